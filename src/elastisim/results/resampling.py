"""Samples of loads, made of spans of time in which loads do not change (R10.5, R10.6)."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.addition import added

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COINCIDENCE = 1e-9
"""Seconds within which a sample and a change of loads are simultaneous (R13.9)."""


class Span(Struct, eq=False):
    """A load on the lanes from *first* to *last* (see :class:`~elastisim.kernel.ledger.LoadSpan`).

    A lane is a node, or one of the curves of a file without nodes.
    """

    first: int
    last: int
    start: float
    end: float
    load: float
    load_at_end: float
    period: float
    repetitions: int

    def seen(self, time: float) -> tuple[float, float]:
        """Return what a sample at *time* sees, and a date up to which samples see the same; infinite at the end."""
        if self.period > 0.0:
            return self._seen_repeatedly(time)
        if not self.start + COINCIDENCE < time:
            return 0.0, self.start + COINCIDENCE
        if time <= self.end - COINCIDENCE:
            return self.load, self.end - COINCIDENCE
        if time <= self.end + COINCIDENCE:
            return self.load_at_end, self.end + COINCIDENCE
        return 0.0, math.inf

    def _seen_repeatedly(self, time: float) -> tuple[float, float]:
        """Return the same where offsets from the beginnings of iterations count, as they do for stretches."""
        number = min(math.floor((time - self.start) / self.period), self.repetitions - 1)
        while number >= 0 and not time - self._begin(number) > COINCIDENCE:
            number -= 1
        while number + 1 < self.repetitions and time - self._begin(number + 1) > COINCIDENCE:
            number += 1
        begin, duration = self._begin(max(number, 0)), self.end - self.start
        offset = time - begin
        if number < 0:
            return 0.0, begin + COINCIDENCE
        if offset < duration - COINCIDENCE:
            return self.load, begin + duration - COINCIDENCE
        if offset <= duration + COINCIDENCE:
            return self.load_at_end, begin + duration + COINCIDENCE
        if number + 1 < self.repetitions:
            return 0.0, self._begin(number + 1) + COINCIDENCE
        return 0.0, math.inf

    def _begin(self, number: int) -> float:
        return self.start + number * self.period


class Lanes:
    """The current loads of all lanes; *undefined* ones stay NaN."""

    def __init__(self, count: int, undefined: Iterable[int] = ()) -> None:
        self.loads = [0.0] * count
        for lane in undefined:
            self.loads[lane] = math.nan
        self._contributions: list[dict[Span, float]] = [{} for _ in range(count)]

    def set(self, span: Span, load: float) -> None:
        """Let a span contribute *load* to each of its lanes from now on."""
        for lane in range(span.first, span.last + 1):
            contributions = self._contributions[lane]
            if load:
                contributions[span] = load
            else:
                contributions.pop(span, None)
            self.loads[lane] = added(contributions.values())


def sample(spans: Iterable[Span], lanes: Lanes, interval: float, end: float) -> Iterator[tuple[float, Sequence[float]]]:
    """Yield the time and the loads of each sample from 0 to *end*, every *interval* seconds.

    *spans* are in the order of their starts.  The loads are those of *lanes*: they change in place.
    """
    coming = iter(spans)
    upcoming = next(coming, None)
    seen: dict[Span, float] = {}
    agenda: list[tuple[float, int, Span]] = []
    order = 0
    time = 0.0
    while time <= end + COINCIDENCE:
        due = []
        while agenda and agenda[0][0] < time:
            due.append(heapq.heappop(agenda)[2])
        while upcoming is not None and upcoming.start < time:
            due.append(upcoming)
            upcoming = next(coming, None)
        for span in due:
            load, date = span.seen(time)
            if load != seen.get(span, 0.0):
                lanes.set(span, load)
                seen[span] = load
            if date < math.inf:
                order += 1
                heapq.heappush(agenda, (date, order, span))
            else:
                seen.pop(span, None)
        yield time, lanes.loads
        time += interval
