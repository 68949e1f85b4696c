"""Changes of resources over time that a platform prescribes (spec F8.3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.resource import Channel, Cpu
from elastisim.platform.profile import ProfileKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Change:
    """The next change of one resource, and all that follow it."""

    __slots__ = ("_events", "date", "kind", "resource", "value")

    def __init__(self, resource: Cpu | Channel, kind: ProfileKind, events: Iterable[tuple[float, float]]) -> None:
        self.resource = resource
        self.kind = kind
        self._events: Iterator[tuple[float, float]] = iter(events)
        self.date = 0.0
        self.value = 0.0

    def advance(self) -> bool:
        """Move on to the next event; return whether there is one."""
        event = next(self._events, None)
        if event is None:
            return False
        self.date, self.value = event
        return True

    def apply(self) -> None:
        """Change the resource."""
        match self.resource, self.kind:
            case Cpu() as cpu, ProfileKind.SPEED:
                cpu.set_availability(self.value)
            case Channel() as channel, ProfileKind.BANDWIDTH:
                channel.capacity = self.value
            case Channel() as channel, ProfileKind.LATENCY:
                channel.latency = self.value
            case resource, kind:
                raise ValueError(f"{kind.value} does not apply to {resource.name}")

    @property
    def is_always_felt(self) -> bool:
        """Whether the change cuts the current step even if nobody uses the resource: hosts are always in use."""
        return isinstance(self.resource, Cpu)


class Profiles:
    """All changes to come, by date; changes of one date in the order of the profiles.

    ``next_date`` is the date of the next one in seconds, infinite without one.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._pending = [change for change in changes if change.advance()]
        self.next_date = 0.0
        self.take(0.0)

    def take(self, until: float) -> list[Change]:
        """Apply all changes up to *until* and return them, one entry for each."""
        applied = []
        for change in list(self._pending):
            while change.date <= until:
                change.apply()
                applied.append(change)
                if not change.advance():
                    self._pending.remove(change)
                    break
        self.next_date = min((change.date for change in self._pending), default=math.inf)
        return applied

    def __bool__(self) -> bool:
        return bool(self._pending)
