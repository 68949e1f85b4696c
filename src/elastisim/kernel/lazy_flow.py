"""Lazy flows: those of the fast fluid model, whose progress is computed only when something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.kernel.resource import Demand, Resource
    from elastisim.kernel.star import Group


class LazyFlow(Flow):
    """A flow whose ``remaining`` is as of ``updated``; in a star it has a ``mark`` on the clock of a ``group`` instead.

    ``version`` counts how often its end was computed; ``is_scheduled`` tells whether the last one is in the queue.
    """

    __slots__ = ("group", "is_scheduled", "mark", "updated", "version")

    def __init__(self, demand: Demand, multiplicity: int, order: int = 0) -> None:  # calls of bases cost as much again
        self.is_over = False
        self.order = order
        self.waiting = []
        self.demand = demand
        self.multiplicity = multiplicity
        self.weights = demand.weights if demand.footprint is None else {}
        self.latency = demand.latency
        self.remaining = 1.0
        self.rate = self.bound = self.increment = 0.0
        self.is_enabled = self.is_rising = False
        self.updated = 0.0
        self.version = 0
        self.is_scheduled = False
        self.group: Group | None = None
        self.mark = 0.0
        self.party = None

    def appear(self, links: Iterable[Resource]) -> list[Resource]:
        """Add those of *links* that belong to the footprint to the weights; return those that are new."""
        footprint, scale = self.demand.footprint, self.demand.scale
        assert footprint is not None
        new = [link for link in links if link in footprint.weights and link not in self.weights]
        self.weights.update((link, (footprint.weights[link] * scale,)) for link in new)
        return new

    def advance(self, now: float) -> None:
        """Let time pass."""
        self.remaining = max(self.remaining - self.rate * (now - self.updated), 0.0)
        self.updated = now
