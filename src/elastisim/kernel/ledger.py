"""The ledger: which loads there were from when until when (spec R10.5 to R10.10).

Samples say what loads are at some instants; the ledger says when they change, so that any samples can be taken later.
Whoever causes a load tells its *level* whenever it changes: a resource its consumption in flop/s or byte/s, a flow
whose resources are folded away its rate in 1/s, the GPUs of nodes how many are in use.  Instants are taken as a whole:
what is told several times at an instant counts as told last.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from elastisim.kernel.scope import TOTALS, Quantity, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.kernel.burden import Burden
    from elastisim.kernel.flow import Flow
    from elastisim.kernel.gpu import GpuSet
    from elastisim.kernel.resource import Resource
    from elastisim.kernel.scope import Scope
    from elastisim.kernel.terms import Terms
    from elastisim.platform.machine import ComputeNode


class LoadSpan(Struct, frozen=True):
    """A load of each node from *first* to *last*, or of the machine, from *start* to *end* seconds.

    A sample between start and end sees *value*, one at the end sees *at_end*: activities that end contribute nothing
    there any more (R10.6), kernels on GPUs still do (R10.8).  A sample at the start sees nothing yet.  The span occurs
    *repetitions* times, every *period* seconds; a period of 0 stands for once.  Spans that overlap add up.
    """

    quantity: Quantity
    start: float
    end: float
    value: float
    at_end: float
    first: int = 0
    last: int = 0
    period: float = 0.0
    repetitions: int = 1


class Reader(Protocol):
    """Whoever wants to know what is entered into a ledger."""

    def load_lasted(self, span: LoadSpan, /) -> None:
        """Learn of a load that is over or has changed; spans come in no particular order."""
        ...

    def loads_ended(self, now: float, /) -> None:
        """Learn that there are no more loads."""
        ...


class _Level:
    """The level of a source since ``start``, and what becomes of it at the current instant.

    ``gpus`` is the source if it is to be forgotten when the level is 0: GPUs are replaced from job to job.
    """

    __slots__ = ("at_end", "gpus", "next", "start", "terms", "value")

    def __init__(self, terms: Terms, now: float, gpus: GpuSet | None = None) -> None:
        self.terms = terms
        self.gpus = gpus
        self.start = now
        self.value = 0.0
        self.at_end = 0.0
        self.next = 0.0


class _Total:
    """A sum of many loads that come and go, without the rounding errors that adding and subtracting would heap up."""

    __slots__ = ("_partials", "start", "value")

    def __init__(self) -> None:
        self._partials: list[float] = []
        self.start = 0.0
        self.value = 0.0

    def add(self, value: float) -> None:
        """Add exactly (Shewchuk's expansions, as in ``math.fsum``)."""
        position = 0
        for partial in self._partials:
            large, small = (value, partial) if abs(value) >= abs(partial) else (partial, value)
            value = large + small
            error = small - (value - large)
            if error:
                self._partials[position] = error
                position += 1
        self._partials[position:] = [value]

    def sum(self) -> float:
        """Return the sum of what was added."""
        return math.fsum(self._partials)


class Ledger:
    """Turns levels into spans for *reader*; nodes and links outside of *scope* are passed over."""

    def __init__(self, scope: Scope, reader: Reader) -> None:
        self._reader = reader
        self._scope = scope
        self._terms: dict[Resource, Terms] = {}
        self._levels: dict[Resource | Flow | GpuSet, _Level] = {}
        self._changing: dict[_Level, None] = {}
        self._totals = {quantity: _Total() for quantity in TOTALS}
        self._now = 0.0

    def share(self, resource: Resource, now: float, load: float) -> None:
        """Enter the load of a resource from now on."""
        level = self._level_of(resource, now)
        if level is not None:
            self._change(level, now, load)

    def leave(self, resource: Resource, now: float, load: float) -> None:
        """Enter what a sample at this instant shows, at which some of the users of a resource have ended."""
        level = self._level_of(resource, now)
        if level is not None and self._change(level, now, load):
            level.at_end = load

    def watch(self, flow: Flow, burden: Burden, now: float, rate: float) -> None:
        """Learn what a flow with some rate puts on nodes and links, until it ends."""
        level = self._levels[flow] = _Level(self._scope.terms_of(burden), now)
        self._change(level, now, rate)

    def pace(self, flow: Flow, now: float, rate: float) -> None:
        """Enter the rate of a flow from now on."""
        level = self._levels.get(flow)
        if level is not None:
            self._change(level, now, rate)

    def end(self, flow: Flow, now: float) -> None:
        """Enter the end of a flow."""
        level = self._levels.pop(flow, None)
        if level is not None and self._change(level, now, 0.0):
            level.at_end = 0.0

    def cancel(self, flow: Flow, now: float) -> None:
        """Enter that a flow vanishes, which a sample at this instant does not show yet."""
        level = self._levels.pop(flow, None)
        if level is not None:
            self._change(level, now, 0.0)

    def occupy(self, gpus: GpuSet, now: float, count: int) -> None:
        """Enter the number of GPUs in use on each of some nodes from now on."""
        self._turn_to(now)
        level = self._levels.get(gpus)
        if level is None:
            level = self._levels[gpus] = _Level(self._scope.terms_of_gpus(gpus.nodes), now, gpus)
        self._change(level, now, float(count))

    def repeat(
        self, burden: Burden, rate: float, start: float, end: float, period: float, repetitions: int, *, is_cut: bool
    ) -> None:
        """Enter an activity that took place several times; *is_cut* tells that it was under way at its end."""
        self._enter_repeated(
            self._scope.terms_of(burden), rate, (start, end, period, repetitions), is_seen_at_end=is_cut
        )

    def repeat_kernel(
        self, nodes: Sequence[ComputeNode], count: int, start: float, end: float, period: float, repetitions: int
    ) -> None:
        """Enter the work of *count* GPUs on each of *nodes* that took place several times."""
        occurrence = (start, end, period, repetitions)
        self._enter_repeated(self._scope.terms_of_gpus(nodes), float(count), occurrence, is_seen_at_end=True)

    def close(self, now: float) -> None:
        """End all loads, at the end of a simulation or because it is abandoned."""
        for level in list(self._levels.values()):
            if level not in self._changing or self._now != now:
                self._change(level, now, 0.0)
        self._settle()
        self._levels.clear()
        self._reader.loads_ended(now)

    def _level_of(self, resource: Resource, now: float) -> _Level | None:
        level = self._levels.get(resource)
        if level is None:
            terms = self._terms.get(resource)
            if terms is None:
                terms = self._terms[resource] = self._scope.terms_of(resource)
            if terms.nodes or terms.totals:
                level = self._levels[resource] = _Level(terms, now)
        return level

    def _change(self, level: _Level, now: float, value: float) -> bool:
        """Change a level; return whether it is the first change at this instant, which samples at it may show."""
        self._turn_to(now)
        is_first = level not in self._changing
        if is_first:
            self._changing[level] = None
            level.at_end = level.value
        level.next = value
        return is_first

    def _turn_to(self, now: float) -> None:
        """Conclude an instant when the next one comes."""
        if now != self._now:
            self._settle()
            self._now = now

    def _settle(self) -> None:
        """Conclude the current instant: enter what has changed at it."""
        now = self._now
        spans: dict[tuple[Quantity, float, float, float], list[tuple[int, int]]] = {}
        touched: dict[Quantity, list[tuple[float, float]]] = {}
        for level in self._changing:
            if level.next == level.value == level.at_end:
                continue
            for quantity, first, last, factor, divisor in level.terms.nodes:
                value, at_end = level.value * factor / divisor, level.at_end * factor / divisor
                if value or at_end:
                    spans.setdefault((quantity, level.start, value, at_end), []).append((first, last))
            for quantity, factor, divisor in level.terms.totals:
                old, at_end, new = (value * factor / divisor for value in (level.value, level.at_end, level.next))
                self._totals[quantity].add(-old)
                self._totals[quantity].add(at_end)
                touched.setdefault(quantity, []).append((at_end, new))
            level.start = now
            level.value = level.next
            if level.gpus is not None and not level.value:
                self._levels.pop(level.gpus, None)
        self._changing.clear()
        for (quantity, start, value, at_end), ranges in spans.items():
            if start < now:
                for first, last in joined(ranges):
                    self._reader.load_lasted(LoadSpan(quantity, start, now, value, at_end, first, last))
        for quantity, changes in touched.items():
            self._settle_total(quantity, changes)

    def _settle_total(self, quantity: Quantity, changes: Iterable[tuple[float, float]]) -> None:
        total = self._totals[quantity]
        at_end = total.sum() / self._divisor(quantity)
        for old, new in changes:
            total.add(-old)
            total.add(new)
        value = total.sum() / self._divisor(quantity)
        if not total.value == at_end == value:
            if total.start < self._now and (total.value or at_end):
                self._reader.load_lasted(LoadSpan(quantity, total.start, self._now, total.value, at_end))
            total.start = self._now
            total.value = value

    def _enter_repeated(
        self, terms: Terms, level: float, occurrence: tuple[float, float, float, int], *, is_seen_at_end: bool
    ) -> None:
        start, end, period, repetitions = occurrence
        loads = [
            (quantity, level * factor / divisor, first, last) for quantity, first, last, factor, divisor in terms.nodes
        ]
        loads += [
            (quantity, level * factor / divisor / self._divisor(quantity), 0, 0)
            for quantity, factor, divisor in terms.totals
        ]
        for quantity, value, first, last in loads:
            if value:
                at_end = value if is_seen_at_end else 0.0
                span = LoadSpan(quantity, start, end, value, at_end, first, last, period, repetitions)
                self._reader.load_lasted(span)

    def _divisor(self, quantity: Quantity) -> int:
        """Return by what a total is divided: the activity of the network is a mean over its links (R10.9)."""
        return len(self._scope.network) if quantity is Quantity.NETWORK else 1
