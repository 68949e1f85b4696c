"""Zones in which every point is connected to a common middle by links up and links down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.zone import Zone, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Host, Point
    from elastisim.platform.link import Link
    from elastisim.platform.route import Trail

Legs = tuple[tuple["Link", ...], tuple["Link", ...]]
"""The links of a point up to the middle and down from it."""


class StarZone(Zone):
    """A zone whose routes are the links up of the source followed by the links down of the destination (P6.7)."""

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self._legs: dict[Point, Legs] = {}
        self.middle: tuple[Link, ...] = ()

    def set_legs(self, point: Point, up: Sequence[Link], down: Sequence[Link]) -> None:
        """Connect a point of this zone; points without legs sit in the middle."""
        self._legs[point] = tuple(up), tuple(down)

    def set_middle(self, link: Link) -> None:
        """Let all traffic of points with legs pass *link*."""
        self.middle = (link,)

    def own_legs(self, point: Point) -> Legs:
        """Return the links of *point* without what all points share."""
        return self._legs.get(point, ((), ()))

    def legs(self, point: Point) -> Legs:
        """Return the links of *point* up to the middle and down from it; both pass the backbone if there is one."""
        legs = self._legs.get(point)
        if legs is None:
            return (), ()
        up, down = legs
        return up + self.middle, self.middle + down

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* up and down; a link is listed once (P6.7)."""
        up, down = self.legs(source)[0], self.legs(destination)[1]
        for link in dict.fromkeys(up + down):
            trail.add(link)


class ClusterZone(StarZone):
    """A zone of routing ``Cluster``: hosts with links of their own, cabinets, and a backbone (P6.7)."""

    kind = "Cluster"

    def add_host_link(self, host: Host, up: Link, down: Link) -> None:
        """Connect a host of this zone by two links declared before."""
        if host.zone is not self:
            raise refusal(f"host {host.name!r} is not declared in zone {self.name!r} but in {host.zone.name!r}")
        if host in self._legs:
            raise refusal(f"host {host.name!r} is connected twice")
        self.set_legs(host, [up], [down])

    def add_backbone(self, name: str, bandwidth: float, latency: float) -> Link:
        """Add the link that all traffic of connected hosts passes (byte/s, s)."""
        if self.middle:
            raise refusal(f"zone {self.name!r} has the backbone {self.middle[0].name!r} already")
        backbone = self.add_link(name, bandwidth, latency)
        self.set_middle(backbone)
        return backbone

    def add_cabinet_host(self, name: str, speed: float, bandwidth: float, latency: float) -> Host:
        """Add a host of a cabinet with links of its own (flop/s, byte/s, s)."""
        host = self.add_host(name, (speed,))
        cable = self.add_cable(f"link_{name}", bandwidth, latency)
        self.set_legs(host, [cable.up], [cable.down])
        return host
