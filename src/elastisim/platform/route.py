"""Routes through the tree of zones (spec sections 5 and 8 of the platform rules).

A route is found zone by zone: the zone that holds both ends connects them itself, or connects the two sub-zones in
which they lie between gateways, and the ways to the gateways are routes again.  Both lie in different sub-zones and are
found there, so a route passes no zone twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.platform.host import Point
    from elastisim.platform.link import Link
    from elastisim.platform.zone import Zone


class Route:
    """The links between two hosts in order and the sum of their latencies (s)."""

    __slots__ = ("latency", "links")

    def __init__(self, links: tuple[Link, ...], latency: float) -> None:
        self.links = links
        self.latency = latency

    def __repr__(self) -> str:
        return f"<Route {' '.join(link.name for link in self.links)}, {self.latency:g} s>"


class NoRouteError(Exception):
    """Two points are not connected; the message gives the reason."""


class Hop:
    """Links that connect two neighbours in a zone, from the gateway of the one to the gateway of the other.

    For hosts and routers the gateways are the points themselves.
    """

    __slots__ = ("destination_gateway", "links", "source_gateway")

    def __init__(self, links: tuple[Link, ...], source_gateway: Point, destination_gateway: Point) -> None:
        self.links = links
        self.source_gateway = source_gateway
        self.destination_gateway = destination_gateway


class Trail:
    """A route in the making.

    Latencies are added in the order in which links are visited, which is not always the order of the list (P5.1).
    ``changed`` holds the latencies of links that differ from those in the platform file at the moment.
    """

    __slots__ = ("changed", "latency", "links")

    def __init__(self, latency: float = 0.0, changed: Mapping[Link, float] | None = None) -> None:
        self.links: list[Link] = []
        self.latency = latency
        self.changed = changed

    def pay(self, link: Link) -> None:
        """Add the latency of *link* without listing it yet."""
        self.latency += link.latency if self.changed is None else self.changed.get(link, link.latency)

    def add(self, link: Link) -> None:
        """Visit *link* and append it to the list."""
        self.links.append(link)
        self.pay(link)

    def add_all(self, links: tuple[Link, ...]) -> None:
        """Visit *links* in order and append them to the list."""
        for link in links:
            self.add(link)

    def aside(self) -> Trail:
        """Return a trail with an empty list that goes on with the latency of this one."""
        return Trail(self.latency, self.changed)


def extend(trail: Trail, source: Point, destination: Point) -> None:
    """Continue *trail* from *source* to *destination* (P5.2)."""
    common, source_zone, destination_zone = part(source.zone, destination.zone)
    if (common.bypasses or common.zone_bypasses) and _bypass(
        trail, source, destination, common, source_zone, destination_zone
    ):
        return
    if source_zone is destination_zone:
        common.connect(trail, source, destination)
        return
    middle = trail.aside()
    source_gateway, destination_gateway = common.connect_zones(middle, source_zone, destination_zone)
    trail.latency = middle.latency
    if source is not source_gateway:
        extend(trail, source, source_gateway)
    trail.links.extend(middle.links)
    if destination_gateway is not destination:
        extend(trail, destination_gateway, destination)


def part(source: Zone, destination: Zone) -> tuple[Zone, Zone, Zone]:
    """Return the last common zone of both chains of ancestors and the zones below it where they part."""
    if source is destination:
        return source, source, source
    while source.depth > destination.depth:
        source = _parent(source)
    while destination.depth > source.depth:
        destination = _parent(destination)
    while source.parent is not destination.parent:
        source, destination = _parent(source), _parent(destination)
    return _parent(source), source, destination


def _parent(zone: Zone) -> Zone:
    assert zone.parent is not None, "all zones lie below one top-level zone"
    return zone.parent


def _bypass(
    trail: Trail, source: Point, destination: Point, common: Zone, source_zone: Zone, destination_zone: Zone
) -> bool:
    """Take a bypass of *common* if one applies (P8.2) and return whether it did.

    An end that is a gateway itself is reached by its route to itself, other than in P5.2.
    """
    if source_zone is common:
        bypass = common.bypasses.get((source, destination))
        if bypass is not None:
            trail.add_all(bypass.links)
        return bypass is not None
    bypass = _deepest_bypass(common, _chain(source.zone, source_zone), _chain(destination.zone, destination_zone))
    if bypass is not None:
        extend(trail, source, bypass.source_gateway)
        trail.add_all(bypass.links)
        extend(trail, bypass.destination_gateway, destination)
    return bypass is not None


def _chain(zone: Zone, top: Zone) -> list[Zone]:
    chain = [zone]
    while chain[-1] is not top:
        chain.append(_parent(chain[-1]))
    return chain


def _deepest_bypass(common: Zone, sources: list[Zone], destinations: list[Zone]) -> Hop | None:
    known = common.zone_bypasses
    for outer in range(max(len(sources), len(destinations))):
        pairs = [pair for inner in range(outer) for pair in ((inner, outer), (outer, inner))]
        for i, j in [*pairs, (outer, outer)]:
            if i < len(sources) and j < len(destinations) and (sources[i], destinations[j]) in known:
                return known[sources[i], destinations[j]]
    return None
