"""Sensing: loads of CPUs, GPUs and links at instants (spec R10.5 to R10.10)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from elastisim.addition import added
from elastisim.kernel.loads import LinkLoad, Loads
from elastisim.kernel.scope import Quantity, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from elastisim.kernel.burden import Burden
    from elastisim.kernel.resource import Resource
    from elastisim.kernel.terms import Terms
    from elastisim.kernel.workbench import Workbench
    from elastisim.platform.link import Link
    from elastisim.platform.machine import ComputeNode, Machine


class Sensor:
    """Reads loads, as of the last time at which rates were shared, at a cost that grows with what has changed."""

    def __init__(
        self, machine: Machine, bench: Workbench, pfs_read_links: Sequence[str], pfs_write_links: Sequence[str]
    ) -> None:
        self.scope = scope = Scope(machine, pfs_read_links, pfs_write_links)
        self._bench = bench
        self._levels: dict[Resource | Burden, float] = {}
        self._terms: dict[Resource | Burden, Terms] = {}
        self._board = _Board(scope.nodes)
        self._has_gpus = any(node.gpus for node in scope.nodes)
        self._gpu = [0.0] * len(scope.nodes)
        self._links = (_bandwidth(scope.read), _bandwidth(scope.write))
        self._loads: Loads | None = None

    def cpu_changes(self) -> Mapping[tuple[int, int], float] | None:
        """Return CPU loads by ranges of nodes, outside of which they are what they were when this was asked before.

        Of ranges that overlap, the last one counts.  None if all that is unknown.
        """
        return self._board.changes()

    def read(self) -> tuple[Loads, float]:
        """Return the loads at this instant, and a date up to which they stay if nothing happens until then."""
        levels, until = self._bench.levels(self.scope)
        gpu = self._bench.gpu_fractions(self.scope.nodes) if self._has_gpus else self._gpu
        if self._loads is None or levels != self._levels or gpu != self._gpu:
            self._update(levels)
            self._gpu = gpu
            self._loads = self._sum_up(levels)
        return self._loads, until

    def _update(self, levels: dict[Resource | Burden, float]) -> None:
        """Show on the board what has changed."""
        terms, board, before = self._terms, self._board, self._levels
        board.renew()
        # Nodes are left before others come.
        for source, level in before.items():
            now = levels.get(source)
            if now != level:
                board.remove(terms[source])
                if now is None:
                    del terms[source]
        for source, level in levels.items():
            if before.get(source) != level:
                known = terms.get(source)
                if known is None:
                    known = terms[source] = self.scope.terms_of(source)
                board.add(known, level)
        if board.is_crowded:
            board.clear()
            for source, level in levels.items():
                board.pile_up(terms[source], level)
        self._levels = levels

    def _sum_up(self, levels: dict[Resource | Burden, float]) -> Loads:
        network = read = write = 0.0
        terms = self._terms
        for source, level in levels.items():
            for quantity, factor, divisor in terms[source].totals:
                if quantity is _NETWORK:
                    network += level * factor / divisor
                elif quantity is _PFS_READ:
                    read += level * factor / divisor
                else:
                    write += level * factor / divisor
        links = len(self.scope.network)
        read_bandwidth, write_bandwidth = self._links
        return Loads(
            self._board.loads,
            self._gpu,
            network / links if links else math.nan,
            _link_load(read, read_bandwidth),
            _link_load(write, write_bandwidth),
        )


_NETWORK: Final = Quantity.NETWORK
_PFS_READ: Final = Quantity.PFS_READ


class _Board:
    """The CPU loads of all nodes, of which only those are touched that change.

    A node on which several sources put something is crowded: its loads have to be piled up in the order of the
    sources, as adding and subtracting would heap up rounding errors.
    """

    def __init__(self, nodes: Sequence[ComputeNode]) -> None:
        self._idle = [0.0 if node.host.speed > 0.0 else math.nan for node in nodes]
        self._sources = bytearray(len(nodes))
        self._touched: dict[tuple[int, int], float] | None = None
        self.loads = self._idle
        self.is_crowded = False

    def changes(self) -> dict[tuple[int, int], float] | None:
        """Return the loads of ranges of nodes that were touched since this was asked before, None if any may be."""
        touched, self._touched = self._touched, {}
        return touched

    def renew(self) -> None:
        """Begin a new list of loads; the old one may be in use."""
        self.loads = self.loads.copy()
        if self._touched is not None and len(self._touched) > len(self.loads):
            self._touched = None

    def clear(self) -> None:
        """Forget all loads."""
        self.loads = self._idle.copy()
        self._sources = bytearray(len(self.loads))
        self.is_crowded = False
        self._touched = None

    def add(self, terms: Terms, level: float) -> None:
        """Add a load."""
        self._put(terms, level, 0, b"\1")

    def remove(self, terms: Terms) -> None:
        """Remove a load."""
        self._put(terms, 0.0, 1, b"\0")

    def pile_up(self, terms: Terms, level: float) -> None:
        """Add a load to those that are there."""
        loads, sources = self.loads, self._sources
        for _, first, last, factor, divisor in terms.nodes:
            for number in range(first, last + 1):
                loads[number] += level * factor / divisor
                sources[number] = min(sources[number] + 1, 2)

    def _put(self, terms: Terms, level: float, before: int, after: bytes) -> None:
        """Show loads on nodes that have so many sources *before*, and *after*."""
        loads, sources, touched = self.loads, self._sources, self._touched
        for _, first, last, factor, divisor in terms.nodes:
            end = last + 1
            count = end - first
            if sources.count(before, first, end) == count:
                sources[first:end] = after * count
                load = level * factor / divisor
                loads[first:end] = [load] * count
                if touched is not None:
                    touched.pop((first, last), load)
                    touched[first, last] = load
            else:
                self.is_crowded = True


class Sampler:
    """Takes a sample every *interval* seconds; *receive* gets loads, and the dates at which they were seen in a row."""

    def __init__(self, sensor: Sensor, interval: float, receive: Callable[[Loads, Sequence[float]], None]) -> None:
        self.interval = interval
        self._sensor = sensor
        self._receive = receive

    def take(self, now: float, limit: float) -> float:
        """Take the sample that is due *now*, and all up to *limit* that see the same; return when the next one is due.

        Nothing happens before *limit*.
        """
        loads, until = self._sensor.read()
        until = min(until, limit)
        times = [now]
        time = now + self.interval
        while time <= until:
            times.append(time)
            time += self.interval
        self._receive(loads, times)
        return time


def _link_load(load: float, bandwidth: float) -> LinkLoad:
    return LinkLoad(load, bandwidth, load / bandwidth if bandwidth else math.nan)


def _bandwidth(links: Sequence[Link]) -> float:
    return added(link.bandwidth for link in links)
