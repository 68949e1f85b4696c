"""Clusters whose routers form a dragonfly (spec P7.12 to P7.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.platform.cluster import Cluster, Nodes, Wire
from elastisim.platform.zone import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Host, Point
    from elastisim.platform.link import Link
    from elastisim.platform.route import Trail
    from elastisim.platform.zone import Zone


class DragonflyShape(Struct, frozen=True):
    """Groups, chassis in a group, blades (routers) in a chassis, nodes at a blade; and what links are made of.

    A link between groups (blue), chassis (black) or blades (green) has the bandwidth of that many ordinary ones.
    """

    groups: int
    chassis: int
    blades: int
    nodes: int
    blue: int = 1
    black: int = 1
    green: int = 1

    def __post_init__(self) -> None:
        if min(self.groups, self.chassis, self.blades, self.nodes, self.blue, self.black, self.green) < 1:
            raise refusal("all numbers of a dragonfly are positive")
        if self.groups > 1 and self.groups > self.blades:
            raise refusal(
                f"a dragonfly of {self.groups} groups needs as many blades in a chassis, there are {self.blades}; "
                "each blade of the first chassis holds the link to one group"
            )

    @property
    def routers(self) -> int:
        """Number of routers."""
        return self.groups * self.chassis * self.blades

    @property
    def hosts(self) -> int:
        """Number of hosts."""
        return self.routers * self.nodes

    @property
    def wires(self) -> int:
        """Number of links, pairs of halves counted once."""
        green = self.groups * self.chassis * _pairs(self.blades)
        black = self.groups * self.blades * _pairs(self.chassis)
        return self.hosts + green + black + _pairs(self.groups)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _pair(first: int, second: int, count: int) -> int:
    """Return the position of a pair among all pairs i < j below *count* in lexicographic order."""
    low, high = min(first, second), max(first, second)
    return low * count - low * (low + 1) // 2 + high - low - 1


class DragonflyCluster(Cluster):
    """A dragonfly; routes are minimal but for quirks of the original (P7.15)."""

    kind = "cluster DRAGONFLY"

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self.shape = DragonflyShape(1, 1, 1, 1)
        self.router_limiters: list[Link] = []
        self._local: list[Wire] = []
        self._green: list[Wire] = []
        self._black: list[Wire] = []
        self._blue: list[Wire] = []

    def build(self, nodes: Nodes, shape: DragonflyShape) -> None:
        """Generate hosts and links."""
        self._check_nodes(nodes, shape.hosts, 2 * (shape.hosts + shape.wires) + shape.routers)
        self.shape = shape
        self._generate_hosts(nodes, shape.hosts)
        if nodes.limiter > 0:
            self.limiters = [self._add_limiter(nodes, node) for node in range(shape.hosts)]
            self.router_limiters = [
                self._add_limiter(nodes, 2 * shape.hosts - 1 - router) for router in range(shape.routers)
            ]
        for router in range(shape.routers):
            for node in range(shape.nodes):
                self._connect(nodes, self._local, f"local_link_from_router_{router}_to_node_{node}", 1)
        for chassis in range(shape.groups * shape.chassis):
            for i in range(shape.blades):
                for j in range(i + 1, shape.blades):
                    where = f"green_link_in_chassis_{chassis % shape.chassis}"
                    self._connect(nodes, self._green, f"{where}_between_routers_{i}_and_{j}", shape.green)
        for group in range(shape.groups):
            for i in range(shape.chassis):
                for j in range(i + 1, shape.chassis):
                    for blade in range(shape.blades):
                        where = f"black_link_in_group_{group}"
                        name = f"{where}_between_chassis_{i}_and_{j}_blade_{blade}"
                        self._connect(nodes, self._black, name, shape.black)
        for i in range(shape.groups):
            for j in range(i + 1, shape.groups):
                routers = f"routers_{self.router(i, 0, j)}_and_{self.router(j, 0, i)}"
                self._connect(nodes, self._blue, f"blue_link_between_group_{i}_and_{j}_{routers}", shape.blue)

    def _connect(self, nodes: Nodes, wires: list[Wire], name: str, multiplicity: int) -> None:
        bandwidth = nodes.bandwidth * multiplicity
        name = f"{name}_{self.draft.dragonfly_links}"
        self.draft.dragonfly_links += 1
        wires.append(self._wire(name, bandwidth, nodes.latency, nodes.split_duplex))

    def router(self, group: int, chassis: int, blade: int) -> int:
        """Return the number of a router."""
        return (group * self.shape.chassis + chassis) * self.shape.blades + blade

    def place(self, node: int) -> tuple[int, int, int]:
        """Return group, chassis and blade of a host."""
        router = node // self.shape.nodes
        chassis, blade = divmod(router, self.shape.blades)
        return *divmod(chassis, self.shape.chassis), blade

    def local(self, node: int) -> Wire:
        """Return the link between a host and its router, towards the router and back."""
        return self._local[node]

    def green(self, group: int, chassis: int, blade: int, other: int) -> Link:
        """Return the link from a blade to another one of its chassis."""
        first = (group * self.shape.chassis + chassis) * _pairs(self.shape.blades)
        return self._green[first + _pair(blade, other, self.shape.blades)][blade > other]

    def black(self, group: int, chassis: int, other: int, blade: int) -> Link:
        """Return the link from a blade to the same blade of another chassis of its group."""
        pair = group * _pairs(self.shape.chassis) + _pair(chassis, other, self.shape.chassis)
        return self._black[pair * self.shape.blades + blade][chassis > other]

    def blue(self, group: int, other: int) -> Link:
        """Return the link from a group to another one."""
        return self._blue[_pair(group, other, self.shape.groups)][group > other]

    def port_links(self, host: Host) -> Sequence[Link]:
        """Return the links between *host* and its router, and its limiter."""
        return [*self._local[host.position], *self.limiters[host.position : host.position + 1]]

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* by green, black and blue links, in the order of P7.15."""
        if source is destination and self.loopbacks:
            trail.add(self.loopbacks[source.position])
            return
        if self.limiters:
            trail.add(self.limiters[source.position])
        trail.add(self.local(source.position)[0])
        start, end = self.place(source.position), self.place(destination.position)
        if start != end:
            self._cross(trail, start, end)
        self._limit(trail, end)
        trail.add(self.local(destination.position)[1])
        if self.limiters:
            trail.add(self.limiters[destination.position])

    def _cross(self, trail: Trail, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
        """Continue *trail* from router to router."""
        group, chassis, blade = start
        if group != end[0]:
            if blade != end[0]:
                self._limit(trail, (group, chassis, blade))
                trail.add(self.green(group, chassis, blade, end[0]))
                blade = end[0]
            if chassis != 0:
                self._limit(trail, (group, chassis, blade))
                trail.add(self.black(group, chassis, 0, blade))
                chassis = 0
            trail.add(self.blue(group, end[0]))
            self._limit(trail, (group, chassis, blade))
            group, chassis, blade = end[0], 0, group
        if blade != end[2]:
            self._limit(trail, (group, chassis, blade))
            trail.add(self.green(group, chassis, blade, end[2]))
            # The original takes the blade to be in chassis 0 from here on, whatever chassis the link was in.
            chassis, blade = 0, end[2]
        if chassis != end[1]:
            self._limit(trail, (group, chassis, blade))
            trail.add(self.black(group, chassis, end[1], blade))

    def _limit(self, trail: Trail, place: tuple[int, int, int]) -> None:
        if self.router_limiters:
            trail.add(self.router_limiters[self.router(*place)])
