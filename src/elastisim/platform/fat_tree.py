"""Clusters whose hosts are the leaves of a fat tree (spec P7.7 to P7.11)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.platform.cluster import Cluster, Nodes, Wire
from elastisim.platform.zone import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Host, Point
    from elastisim.platform.link import Link
    from elastisim.platform.route import Trail
    from elastisim.platform.zone import Zone


class FatTreeShape(Struct, frozen=True):
    """Children of each switch, parents of each node, and parallel cables between them, level by level from below."""

    children: tuple[int, ...]
    parents: tuple[int, ...]
    cables: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.children or not len(self.children) == len(self.parents) == len(self.cables):
            raise refusal("a fat tree needs the numbers of children, parents and cables of each level, at least one")
        if min(self.children + self.parents + self.cables) < 1:
            raise refusal("the numbers of children, parents and cables of a fat tree are positive")

    @property
    def levels(self) -> int:
        """Number of levels of switches."""
        return len(self.children)

    @property
    def hosts(self) -> int:
        """Number of hosts."""
        return math.prod(self.children)

    def width(self, level: int) -> int:
        """Return the number of nodes on a level; hosts are level 0."""
        return math.prod(self.parents[:level]) * math.prod(self.children[level:])

    @property
    def wires(self) -> int:
        """Number of cables."""
        return sum(self.width(level) * self.parents[level] * self.cables[level] for level in range(self.levels))


class FatTreeCluster(Cluster):
    """A fat tree; nodes are named by level and index, hosts are level 0.

    A label of digits describes the place of a node (P7.7).  Digit j has the weight Π w_i (i < j) on levels from j - 1
    upwards, so a node differs from its parents in one digit, of weight ``_strides[level]``.
    """

    kind = "cluster FAT_TREE"

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self.shape = FatTreeShape((1,), (1,), (1,))
        self.first_position = 0
        self._strides: list[int] = []
        self._leaf_strides: list[int] = []
        self._wires: list[list[Wire]] = []
        self.switch_limiters: list[list[Link]] = []

    def build(self, nodes: Nodes, shape: FatTreeShape) -> None:
        """Generate hosts, switches and links."""
        count, switches = shape.hosts, sum(shape.width(level + 1) for level in range(shape.levels))
        self._check_nodes(nodes, count, 2 * (count + shape.wires) + switches)
        self.shape = shape
        self.first_position = self.draft.fat_tree_positions
        self.draft.fat_tree_positions += count
        self._strides = [math.prod(shape.parents[:level]) for level in range(shape.levels + 1)]
        self._leaf_strides = [math.prod(shape.children[:level]) for level in range(shape.levels + 1)]
        self._generate_hosts(nodes, count)
        identifiers = [list(range(count))]
        free = 2 * count - 1
        for level in range(1, shape.levels + 1):
            width = shape.width(level)
            identifiers.append(list(range(free, free - width, -1)))
            free -= width
        if nodes.limiter > 0:
            self.limiters = [self._add_limiter(nodes, identifier) for identifier in identifiers[0]]
            self.switch_limiters = [
                [self._add_limiter(nodes, identifier) for identifier in level] for level in identifiers[1:]
            ]
        for level in range(shape.levels):
            self._add_wires(nodes, level, identifiers)

    def _add_wires(self, nodes: Nodes, level: int, identifiers: Sequence[Sequence[int]]) -> None:
        """Connect the nodes of *level* with their parents; the list has them by node and parent port."""
        wires: list[Wire] = []
        parents, cables = self.shape.parents[level], self.shape.cables[level]
        for node, identifier in enumerate(identifiers[level]):
            ports: list[Wire] = []
            for parent in range(parents):
                switch = identifiers[level + 1][self.above(level, node, parent)]
                for _ in range(cables):
                    name = f"link_from_{identifier}_{switch}_{self.draft.fat_tree_links}"
                    self.draft.fat_tree_links += 1
                    ports.append(self._wire(name, nodes.bandwidth, nodes.latency, nodes.split_duplex))
            # Created parent by parent, but ports count the first cables to all parents first (P7.8).
            wires.extend(ports[parent * cables + cable] for cable in range(cables) for parent in range(parents))
        self._wires.append(wires)

    def above(self, level: int, node: int, digit: int) -> int:
        """Return the index of a parent, on the level above, of a node."""
        stride, children, parents = self._strides[level], self.shape.children[level], self.shape.parents[level]
        return node // (stride * children) * (stride * parents) + digit * stride + node % stride

    def below(self, level: int, switch: int, digit: int) -> int:
        """Return the index of a child, on the level below, of a switch."""
        stride, children, parents = (
            self._strides[level - 1],
            self.shape.children[level - 1],
            self.shape.parents[level - 1],
        )
        return switch // (stride * parents) * (stride * children) + digit * stride + switch % stride

    def wire(self, level: int, node: int, port: int) -> Wire:
        """Return the link at a parent port of a node, upwards and downwards."""
        return self._wires[level][node * self.shape.parents[level] * self.shape.cables[level] + port]

    def is_ancestor(self, level: int, node: int, leaf: int) -> bool:
        """Return whether a node lies above a host."""
        return level > 0 and node // self._strides[level] == leaf // self._leaf_strides[level]

    def port_links(self, host: Host) -> Sequence[Link]:
        """Return the links between *host* and its switches, and its limiter."""
        links = self.limiters[host.position : host.position + 1]
        for port in range(self.shape.parents[0] * self.shape.cables[0]):
            links.extend(self.wire(0, host.position, port))
        return links

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* up to an ancestor of the destination and down."""
        if source is destination and self.loopbacks:
            trail.add(self.loopbacks[source.position])
            return
        leaf = destination.position
        level, node = self._climb(trail, source.position, leaf)
        self.descend(trail, level, node, self.first_position + source.position, leaf)
        if self.limiters:
            trail.add(self.limiters[leaf])

    def parent_ports(self, leaf: int) -> Iterator[int]:
        """Yield the parent ports that traffic to a host takes on its way up, from level 0 on (P7.11)."""
        choice = self.first_position + leaf
        for parents, cables in zip(self.shape.parents, self.shape.cables, strict=True):
            yield choice % (parents * cables)
            choice //= parents

    def _climb(self, trail: Trail, node: int, leaf: int) -> tuple[int, int]:
        level = 0
        ports = self.parent_ports(leaf)
        while not self.is_ancestor(level, node, leaf):
            port = next(ports)
            self._limit(trail, level, node)
            trail.add(self.wire(level, node, port)[0])
            node = self.above(level, node, port % self.shape.parents[level])
            level += 1
        return level, node

    def descend(self, trail: Trail, level: int, node: int, start: int, leaf: int) -> None:
        """Continue *trail* from an ancestor of a host down to it; *start* is the position of the source (P7.10)."""
        while level > 0:
            port = start % self.shape.cables[level - 1] * self.shape.children[level - 1]
            level, node = self._descend(trail, level, node, leaf, port)

    def _descend(self, trail: Trail, level: int, node: int, leaf: int, port: int) -> tuple[int, int]:
        """Scan child ports from *port* on, going down at each that leads to *leaf* without starting anew (P7.11)."""
        while level > 0:
            children, cables = self.shape.children[level - 1], self.shape.cables[level - 1]
            digit = leaf // self._leaf_strides[level - 1] % children
            port += (digit - port) % children
            if port >= children * cables:
                break
            child = self.below(level, node, digit)
            parents = self.shape.parents[level - 1]
            upper_port = node // self._strides[level - 1] % parents + port // children * parents
            trail.add(self.wire(level - 1, child, upper_port)[1])
            self._limit(trail, level, node)
            level, node = level - 1, child
            port += 1
        return level, node

    def _limit(self, trail: Trail, level: int, node: int) -> None:
        if self.limiters:
            trail.add(self.switch_limiters[level - 1][node] if level else self.limiters[node])
