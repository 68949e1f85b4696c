"""Clusters whose hosts form a torus of any number of dimensions (spec P7.5, P7.6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.platform.cluster import Cluster, Nodes, Wire
from elastisim.platform.zone import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Point
    from elastisim.platform.route import Trail
    from elastisim.platform.zone import Zone


class TorusCluster(Cluster):
    """A torus; traffic is forwarded by the hosts, dimension after dimension."""

    kind = "cluster TORUS"

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self.sizes: tuple[int, ...] = ()
        self._strides: tuple[int, ...] = ()
        self._wires: list[Wire] = []

    def build(self, nodes: Nodes, sizes: Sequence[int]) -> None:
        """Generate one host for each position in a torus of *sizes* and the links to the neighbours upwards."""
        if not sizes or min(sizes) < 1:
            raise refusal(f"cluster {self.name!r} has the torus sizes {list(sizes)}: positive numbers are needed")
        count = math.prod(sizes)
        self._check_nodes(nodes, count, count * (2 * len(sizes) + 3))
        self.sizes = tuple(sizes)
        self._strides = tuple(math.prod(sizes[:dimension]) for dimension in range(len(sizes)))
        self._generate_hosts(nodes, count)
        for node in range(count):
            if nodes.limiter > 0:
                self.limiters.append(self._add_limiter(nodes, node))
            for dimension in range(len(sizes)):
                name = f"{self.name}_link_from_{node}_to_{self.neighbour(node, dimension, upward=True)}"
                self._wires.append(self._wire(name, nodes.bandwidth, nodes.latency, nodes.split_duplex))

    def coordinate(self, node: int, dimension: int) -> int:
        """Return the place of a host on the ring of a dimension."""
        return node // self._strides[dimension] % self.sizes[dimension]

    def neighbour(self, node: int, dimension: int, *, upward: bool) -> int:
        """Return the next host on the ring of a dimension."""
        size, stride = self.sizes[dimension], self._strides[dimension]
        place = self.coordinate(node, dimension)
        if upward:
            return node + stride if place < size - 1 else node - (size - 1) * stride
        return node - stride if place > 0 else node + (size - 1) * stride

    def wire(self, node: int, dimension: int) -> Wire:
        """Return the link of a host to its neighbour upwards, in both directions."""
        return self._wires[node * len(self.sizes) + dimension]

    def goes_up(self, dimension: int, start: int, target: int) -> bool:
        """Return the direction from place to place on the ring of a dimension."""
        size = self.sizes[dimension]
        half = size // 2
        return start < target <= start + half or (start > half and (start + half) % size >= target)

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* ring by ring."""
        if source is destination and self.loopbacks:
            trail.add(self.loopbacks[source.position])
            return
        node = source.position
        for dimension in range(len(self.sizes)):
            target = self.coordinate(destination.position, dimension)
            upward = self.goes_up(dimension, self.coordinate(node, dimension), target)
            while self.coordinate(node, dimension) != target:
                if self.limiters:
                    trail.add(self.limiters[node])
                following = self.neighbour(node, dimension, upward=upward)
                trail.add(self.wire(node, dimension)[0] if upward else self.wire(following, dimension)[1])
                node = following
        if self.limiters:
            trail.add(self.limiters[node])
