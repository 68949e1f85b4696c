"""Zones: the tree in which a platform is organised, and the ways in which it is put together.

The methods ``add_...`` are how platforms come into being, whether a file is read or Python code describes the machine.
They raise InputError, without a place, when something contradicts the rules; readers of files add the place.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from elastisim.errors import InputError
from elastisim.platform.host import Host, Point, Router
from elastisim.platform.link import NO_PROPERTIES, Cable, Lane, Link, LinkPolicy, Step
from elastisim.platform.route import Hop, NoRouteError, Trail

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Coordinates

AnyZone = TypeVar("AnyZone", bound="Zone")

DEEPEST_NESTING = 50


def refusal(message: str) -> InputError:
    """Return the error for a platform that breaks a rule; who reads a file adds the place."""
    return InputError.at("", "", message)


class Zone(ABC):
    """A part of the platform with its own way of routing.

    A zone holds either hosts and routers or sub-zones; ``points`` lists them in order of declaration, ``links`` the
    links declared here.  The kinds of zones differ in how they connect what they hold.
    """

    kind: ClassVar[str]
    """How files call this kind of zone."""

    has_cables = False
    """Whether every pair ``x_UP``, ``x_DOWN`` of links in this zone is a split-duplex link ``x``."""

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        self.draft = draft
        self.name = name
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.position = 0 if parent is None else len(parent.zones)
        self.points: list[Point] = []
        self.zones: list[Zone] = []
        self.links: list[Link] = []
        self.properties: Mapping[str, str] = NO_PROPERTIES
        self.bypasses: dict[tuple[Point, Point], Hop] = {}
        self.zone_bypasses: dict[tuple[Zone, Zone], Hop] = {}
        if self.depth > DEEPEST_NESTING:
            raise refusal(f"zones are nested more than {DEEPEST_NESTING} deep")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # Routing

    @abstractmethod
    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* between two points of this very zone; raise NoRouteError if there is no way."""

    def connect_zones(self, trail: Trail, source: Zone, destination: Zone) -> tuple[Point, Point]:
        """Continue *trail* between two sub-zones of this zone; return the gateways it leads from and to."""
        del trail
        raise NoRouteError(
            f"zone {self.name!r} (routing {self.kind}) cannot connect {source.name!r} and {destination.name!r}"
        )

    def private_candidates(self, host: Host) -> tuple[Sequence[Link], Sequence[Link]]:
        """Return the links of this zone's own making that only the traffic of *host* can pass.

        The second sequence holds those that stay private even if *host* is a gateway: traffic to itself only.
        """
        del host
        return (), ()

    def vantage(self, host: Host) -> Hashable:
        """Return what is equal for hosts that reach all other points by equal private links, then by the same links.

        Who asks sees to bypasses and gateways.
        """
        return host

    def family(self) -> Iterator[Zone]:
        """Yield this zone and all zones below, depth first in order of declaration (P4.3)."""
        pending = [self]
        while pending:
            zone = pending.pop()
            yield zone
            pending.extend(reversed(zone.zones))

    def encloses(self, zone: Zone) -> bool:
        """Return whether *zone* is this zone or lies in it."""
        ancestor: Zone | None = zone
        while ancestor is not None and ancestor is not self:
            ancestor = ancestor.parent
        return ancestor is self

    # Construction

    def add_zone(self, kind: type[AnyZone], name: str) -> AnyZone:
        """Add a sub-zone."""
        if self.points:
            raise refusal(f"zone {self.name!r} holds hosts or routers; it cannot hold zone {name!r} as well")
        zone = kind(self.draft, name, self)
        self.draft.register_zone(zone)
        self.zones.append(zone)
        return zone

    def add_host(
        self,
        name: str,
        speeds: Sequence[float],
        cores: int = 1,
        *,
        pstate: int = 0,
        properties: Mapping[str, str] = NO_PROPERTIES,
        coordinates: Coordinates | None = None,
    ) -> Host:
        """Add a host with the speed of one core (flop/s) in each pstate."""
        if cores < 1:
            raise refusal(f"host {name!r} has {cores} cores: at least 1 is needed")
        if not 0 <= pstate < len(speeds):
            raise refusal(
                f"host {name!r} is in pstate {pstate}: its list of speeds has the pstates 0 to {len(speeds) - 1}"
            )
        for speed in speeds:
            check_amount("speed", speed, name)
        host = Host(name, self, len(self.points), tuple(speeds), cores, pstate)
        host.properties = properties
        host.coordinates = coordinates
        self._add_point(host)
        return host

    def add_router(self, name: str, coordinates: Coordinates | None = None) -> Router:
        """Add a router."""
        router = Router(name, self, len(self.points))
        router.coordinates = coordinates
        self._add_point(router)
        return router

    def _add_point(self, point: Point) -> None:
        if self.zones:
            raise refusal(f"zone {self.name!r} holds zones; it cannot hold {point.name!r} as well")
        self.draft.register_point(point)
        self.points.append(point)

    def add_link(
        self, name: str, bandwidth: float, latency: float, policy: LinkPolicy = LinkPolicy.SHARED, label: str = ""
    ) -> Link:
        """Add a link (byte/s, s)."""
        check_amount("bandwidth", bandwidth, name)
        check_amount("latency", latency, name)
        return self._add_link(name, bandwidth, latency, policy, label)

    def _add_link(
        self, name: str, bandwidth: float, latency: float, policy: LinkPolicy = LinkPolicy.SHARED, label: str = ""
    ) -> Link:
        """Add a link whose numbers have been checked."""
        link = Link(name, bandwidth, latency, policy, self, label)
        self.draft.register_link(link)
        self.links.append(link)
        return link

    def add_cable(self, name: str, bandwidth: float, latency: float) -> Cable:
        """Add a split-duplex link (byte/s, s)."""
        up = self.add_link(f"{name}_UP", bandwidth, latency)
        down = self.add_link(f"{name}_DOWN", bandwidth, latency)
        cable = Cable(name, up, down)
        self.draft.cables[name] = cable
        return cable

    def add_route(self, source: Point, destination: Point, steps: Sequence[Step], *, symmetrical: bool = True) -> None:
        """Declare how two points of this zone are connected (P3.5)."""
        del source, destination, steps, symmetrical
        raise refusal(f"zone {self.name!r} has the routing {self.kind}; routes cannot be declared in it")

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
        del source, destination, gateways, steps, symmetrical
        raise refusal(f"zone {self.name!r} has the routing {self.kind}; its sub-zones cannot be connected")

    def add_bypass(self, source: Point, destination: Point, steps: Sequence[Step]) -> None:
        """Declare an exception for the way from one point to another (P8.1)."""
        if (source, destination) in self.bypasses:
            raise refusal(f"the bypass from {source.name!r} to {destination.name!r} is declared twice")
        self.bypasses[source, destination] = Hop(links_of(steps), source, destination)

    def add_zone_bypass(
        self, source: Zone, destination: Zone, gateways: tuple[Point, Point], steps: Sequence[Step]
    ) -> None:
        """Declare an exception for the way from one zone to another, both anywhere below this zone (P8.1)."""
        for zone in (source, destination):
            if zone is self or not self.encloses(zone):
                raise refusal(f"zone {zone.name!r} does not lie in zone {self.name!r}")
        check_gateways(source, destination, gateways)
        if (source, destination) in self.zone_bypasses:
            raise refusal(f"the bypass from zone {source.name!r} to zone {destination.name!r} is declared twice")
        self.zone_bypasses[source, destination] = Hop(links_of(steps), *gateways)


def check_amount(what: str, value: float, name: str) -> None:
    """Raise InputError unless *value* is finite and not negative."""
    if not 0 <= value < math.inf:
        raise refusal(f"{name!r} has the {what} {value:g}: it must be finite and not negative")


def check_gateways(source: Zone, destination: Zone, gateways: tuple[Point, Point]) -> None:
    """Raise InputError unless the gateways are two points, each inside its zone (P3.6)."""
    for zone, gateway in zip((source, destination), gateways, strict=True):
        if not zone.encloses(gateway.zone):
            raise refusal(f"gateway {gateway.name!r} does not lie in zone {zone.name!r}")
    if gateways[0] is gateways[1]:
        raise refusal(f"both gateways are {gateways[0].name!r}; two different points are needed")


def links_of(steps: Sequence[Step]) -> tuple[Link, ...]:
    """Return the links that traffic on a declared route uses."""
    if not steps:
        raise refusal("the route has no link; at least one link_ctn is needed")
    return tuple(step.link if isinstance(step, Lane) else step for step in steps)


def way_back(steps: Sequence[Step]) -> list[Step]:
    """Return a declared route in the other direction (P3.5)."""
    return [step.reversed() if isinstance(step, Lane) else step for step in reversed(steps)]
