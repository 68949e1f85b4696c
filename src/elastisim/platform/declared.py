"""Zones whose routes are declared pair by pair: all of them (Full), none of them (None)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.route import Hop, NoRouteError, Trail
from elastisim.platform.zone import Zone, check_gateways, links_of, refusal, way_back

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Point
    from elastisim.platform.link import Step


class DeclaredZone(Zone):
    """A zone that keeps the routes declared in it as hops between neighbours."""

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self.hops: dict[tuple[Point | Zone, Point | Zone], Hop] = {}

    def add_route(self, source: Point, destination: Point, steps: Sequence[Step], *, symmetrical: bool = True) -> None:
        """Declare how two points of this zone are connected (P3.5)."""
        for point in (source, destination):
            if point.zone is not self:
                raise refusal(f"{point.name!r} is not declared in zone {self.name!r} but in {point.zone.name!r}")
        self._declare(source, destination, steps, (source, destination))
        if symmetrical and self._has_way_back(source, destination):
            self._declare(destination, source, way_back(steps), (destination, source))

    def add_zone_route(
        self,
        source: Zone,
        destination: Zone,
        gateways: tuple[Point, Point],
        steps: Sequence[Step],
        *,
        symmetrical: bool = True,
    ) -> None:
        """Declare how two sub-zones of this zone are connected, from gateway to gateway (P3.6)."""
        for zone in (source, destination):
            if zone.parent is not self:
                raise refusal(f"zone {zone.name!r} is not a direct sub-zone of zone {self.name!r}")
        check_gateways(source, destination, gateways)
        self._declare(source, destination, steps, gateways)
        if symmetrical:
            self._declare(destination, source, way_back(steps), (gateways[1], gateways[0]))

    def turning_points(self) -> AbstractSet[Point]:
        """Return the points where routes of this zone may lead on to a third one."""
        return frozenset()

    def _has_way_back(self, source: Point, destination: Point) -> bool:
        del source, destination
        return True

    def _declare(
        self, source: Point | Zone, destination: Point | Zone, steps: Sequence[Step], gateways: tuple[Point, Point]
    ) -> None:
        links = links_of(steps)
        if (source, destination) in self.hops:
            raise refusal(
                f"the route from {source.name!r} to {destination.name!r} is declared twice, perhaps by symmetry"
            )
        self.hops[source, destination] = Hop(links, *gateways)


class FullZone(DeclaredZone):
    """A zone in which exactly the declared pairs are connected (P6.3)."""

    kind = "Full"

    def _has_way_back(self, source: Point, destination: Point) -> bool:
        return source is not destination

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* by the declared links, the loopback for a point with itself, else by nothing."""
        hop = self.hops.get((source, destination))
        if hop is not None:
            trail.add_all(hop.links)
        elif source is destination:
            trail.add(self.draft.loopback)

    def connect_zones(self, trail: Trail, source: Zone, destination: Zone) -> tuple[Point, Point]:
        """Continue *trail* by the declared links between two sub-zones; return their gateways."""
        hop = self.hops.get((source, destination))
        if hop is None:
            raise NoRouteError(f"zone {self.name!r} declares no zoneRoute from {source.name!r} to {destination.name!r}")
        trail.add_all(hop.links)
        return hop.source_gateway, hop.destination_gateway


class NoneZone(Zone):
    """A zone that connects nothing (P6.2)."""

    kind = "None"

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Refuse every route."""
        del trail, source, destination
        raise NoRouteError(f"zone {self.name!r} has the routing None")
