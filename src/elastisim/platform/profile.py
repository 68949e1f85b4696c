"""Profiles: what changes on hosts and links in the course of time (spec section 9 of the platform rules)."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from elastisim.platform.units import read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.platform.host import Host
    from elastisim.platform.link import Link

Event = tuple[float, float]

_STOCHASTIC = re.compile(r"\b(STOCHASTIC|DET|NORM|UNIF|EXP)\b")


class ProfileKind(Enum):
    """What a profile sets (P9.2); the value is the name used in files."""

    SPEED = "SPEED"
    HOST_STATE = "HOST_AVAIL"
    LINK_STATE = "LINK_AVAIL"
    BANDWIDTH = "BANDWIDTH"
    LATENCY = "LATENCY"

    @property
    def of_hosts(self) -> bool:
        """Whether profiles of this kind belong to hosts, not to links."""
        return self in (ProfileKind.SPEED, ProfileKind.HOST_STATE)


class Schedule:
    """Dates (s) and values of a profile, without saying what they are set on.

    ``period`` is the time after which all dates repeat (s), 0 when they do not.
    """

    __slots__ = ("period", "points")

    def __init__(self, points: tuple[Event, ...], period: float = 0.0) -> None:
        self.points = points
        self.period = period

    def events(self) -> Iterator[Event]:
        """Yield (date, value) in order of time, without end when the schedule repeats."""
        yield from self.points
        repetition = 0
        while self.period > 0 and self.points:
            repetition += 1
            for date, value in self.points:
                yield date + repetition * self.period, value


class Profile:
    """A schedule connected with a host or link.

    Values are factors on the speed (SPEED), byte/s (BANDWIDTH), seconds (LATENCY), or 0 for off and more for on
    (HOST_STATE, LINK_STATE).  ``where`` names the place in the platform file, for messages.
    """

    __slots__ = ("kind", "resource", "schedule", "where")

    def __init__(self, kind: ProfileKind, resource: Host | Link, schedule: Schedule, where: str = "") -> None:
        self.kind = kind
        self.resource = resource
        self.schedule = schedule
        self.where = where

    @property
    def period(self) -> float:
        """Time after which the events repeat (s); 0 when they do not."""
        return self.schedule.period

    def events(self) -> Iterator[Event]:
        """Yield (date, value) in order of time, without end when the profile repeats; those of date 0 come first."""
        return self.schedule.events()


def read_schedule(text: str, period: float = 0.0) -> Schedule:
    """Read the text form of a profile (P9.1); *period* is the attribute of an inline trace.

    Raise ValueError naming the line of *text* that is wrong.
    """
    points: list[Event] = []
    loop_after: float | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "#%":
            continue
        try:
            if _STOCHASTIC.search(line):
                raise ValueError("stochastic profiles are not supported")
            words = line.split()
            if len(words) != 2:
                raise ValueError(f"{line!r} is not a date and a value")
            if words[0] == "PERIODICITY":
                period = read_number(words[1])
            elif words[0] in ("LOOPAFTER", "WAITFOR"):
                loop_after = read_number(words[1])
            else:
                points.append(_read_event(words, points))
        except ValueError as error:
            raise ValueError(f"line {number} of the profile: {error}") from None
    last = points[-1][0] if points else 0.0
    if loop_after is not None:
        if loop_after < 0:
            raise ValueError(f"LOOPAFTER {loop_after:g} is negative")
        period = last + loop_after
    if 0 < period < last:
        raise ValueError(f"the profile repeats after {period:g} s, before its last date {last:g} s")
    return Schedule(tuple(points), max(period, 0.0))


def _read_event(words: list[str], before: list[Event]) -> Event:
    date, value = map(read_number, words)
    if date < 0 or value < 0:
        raise ValueError("dates and values of profiles are not negative")
    if before and date < before[-1][0]:
        raise ValueError(f"date {date:g} comes after the later date {before[-1][0]:g}")
    return date, value
