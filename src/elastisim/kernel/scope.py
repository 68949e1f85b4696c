"""What is sensed, and what sources of loads mean for it (spec R10.7 to R10.10)."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from elastisim.kernel.burden import Burden
from elastisim.kernel.resource import Cpu
from elastisim.kernel.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from elastisim.kernel.resource import Resource
    from elastisim.platform.machine import ComputeNode, Machine


class Quantity(StrEnum):
    """What is sensed: the loads of each node, and those of links as a whole."""

    CPU = "cpu"
    GPU = "gpu"
    NETWORK = "network"
    PFS_READ = "pfs_read"
    PFS_WRITE = "pfs_write"


TOTALS = (Quantity.NETWORK, Quantity.PFS_READ, Quantity.PFS_WRITE)


class Scope:
    """What is sensed: compute nodes in ID order, and links by what they belong to.

    ``read`` and ``write`` are the links from and to the parallel file system (R10.10), ``network`` all links that are
    no part of it (R10.9).
    """

    def __init__(self, machine: Machine, pfs_read_links: Sequence[str], pfs_write_links: Sequence[str]) -> None:
        platform = machine.platform
        self.nodes = machine.compute_nodes
        self.read = [platform.link(name) for name in pfs_read_links]
        self.write = [platform.link(name) for name in pfs_write_links]
        storage = {*self.read, *self.write}
        self.network = [
            link
            for link in platform.links
            if link not in storage and "loopback" not in link.name and "_limiter" not in link.name
        ]

        self._nodes = {node.host.name: node for node in self.nodes}
        self._speeds = [node.host.speed for node in self.nodes]
        self._links: dict[str, list[tuple[Quantity, float, float]]] = {
            link.name: [(Quantity.NETWORK, 1.0, link.bandwidth)] for link in self.network
        }
        for quantity, links in ((Quantity.PFS_READ, self.read), (Quantity.PFS_WRITE, self.write)):
            for link, times in Counter(links).items():
                self._links.setdefault(link.name, []).append((quantity, float(times), 1.0))

    def terms_of(self, source: Resource | Burden) -> Terms:
        """Return what the consumption of a resource means, or the rate of an activity, given by its burden."""
        if not isinstance(source, Burden):
            return self._terms_of_resource(source)
        # Activities of the same kind, one after the other, have the same burden.
        if source.meaning is None or source.meaning[0] is not self:
            source.meaning = self, self._terms_of_burden(source)
        return source.meaning[1]

    def _terms_of_resource(self, resource: Resource) -> Terms:
        if not isinstance(resource, Cpu):
            return Terms([], self._links.get(resource.name, []))
        node = self._nodes.get(resource.name)
        if node is None or node.host.speed <= 0.0:
            return Terms([], [])
        number = node.identifier
        return Terms([(Quantity.CPU, number, number, 1.0, node.host.speed)], [])

    def _terms_of_burden(self, burden: Burden) -> Terms:
        computing: dict[tuple[float, float], list[tuple[int, int]]] = {}
        speeds = self._speeds
        share = pace = 0.0
        alike: list[tuple[int, int]] = []
        for node, flops in zip(burden.nodes, burden.flops, strict=True):
            number = node.identifier
            speed = speeds[number]
            if flops > 0.0 and speed > 0.0:
                # Most of the time all nodes do the same.
                if flops != share or speed != pace:
                    alike = computing.setdefault((flops, speed), [])
                    share, pace = flops, speed
                alike.append((number, number))
        totals: dict[Quantity, float] = {}
        links, scale = self._links, burden.scale
        for transfer in burden.transfers:
            for link, weight in transfer:
                means = links.get(link.name)
                if means is not None:
                    for quantity, factor, divisor in means:
                        totals[quantity] = totals.get(quantity, 0.0) + weight * scale * factor / divisor
        return Terms(
            [
                (Quantity.CPU, first, last, flops, speed)
                for (flops, speed), ranges in computing.items()
                for first, last in joined(ranges)
            ],
            [(quantity, factor, 1.0) for quantity, factor in totals.items()],
        )

    @staticmethod
    def terms_of_gpus(nodes: Iterable[ComputeNode]) -> Terms:
        """Return what a number of GPUs in use on each of *nodes* means."""
        alike: dict[int, list[tuple[int, int]]] = {}
        for node in nodes:
            if node.gpus:
                alike.setdefault(node.gpus, []).append((node.identifier, node.identifier))
        return Terms(
            [
                (Quantity.GPU, first, last, 1.0, float(count))
                for count, ranges in alike.items()
                for first, last in joined(ranges)
            ],
            [],
        )


def joined(ranges: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield disjoint ranges of numbers in ascending order, neighbours as one."""
    ranges.sort()
    first, last = ranges[0]
    for begin, end in ranges[1:]:
        if begin != last + 1:
            yield first, last
            first = begin
        last = end
    yield first, last
