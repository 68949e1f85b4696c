"""Which links can only carry the traffic of one host.

The answer must never be too generous: what is private to a host is not handed to the sharing of resources when the
host belongs to one job only.  It is found without walking routes, from how zones use their links:

* links that a cluster generates at the port of a host carry traffic from and to this host, as nothing is forwarded by
  hosts, unless the host is a gateway; loopbacks carry traffic to itself only;
* a link in a declared route carries the traffic of the two ends that are hosts, not gateways, and no turning points of
  longer routes; all uses of a link must agree on the host;
* links of zone routes and of bypasses between zones carry the traffic of many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.cluster import Cluster
from elastisim.platform.declared import DeclaredZone
from elastisim.platform.host import Host, Point
from elastisim.platform.star import ClusterZone, StarZone

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from elastisim.platform.link import Link
    from elastisim.platform.route import Hop
    from elastisim.platform.zone import Zone

Owners = tuple[Host, ...]


class Privacy:
    """What is known about the use of links after one pass over everything that was declared."""

    def __init__(self, root: Zone) -> None:
        self._gateways: set[Point] = set()
        self._owners: dict[Link, Owners] = {}
        self._links: dict[Host, tuple[Link, ...]] = {}
        zones = list(root.family())
        for zone in zones:
            self._gateways.update(_gateways(zone))
        for zone in zones:
            self._declared_uses(zone)
        self._declared: dict[Host, list[Link]] = {}
        for link, owners in self._owners.items():
            # What else uses the links of clusters, and the loopback of the platform, is not seen here.
            if link.zone is not None and not isinstance(link.zone, Cluster):
                for owner in owners:
                    self._declared.setdefault(owner, []).append(link)

    def links(self, host: Host) -> tuple[Link, ...]:
        """Return the private links of *host* in order of their index."""
        links = self._links.get(host)
        if links is None:
            links = self._links[host] = self._find_links(host)
        return links

    def _find_links(self, host: Host) -> tuple[Link, ...]:
        port, loopback = host.zone.private_candidates(host)
        candidates = [*loopback] if host in self._gateways else [*loopback, *port]
        found = {link for link in candidates if host in self._owners.get(link, (host,))}
        found.update(self._declared.get(host, ()))
        return tuple(sorted(found, key=lambda link: link.index))

    def vantage(self, host: Host) -> Hashable:
        """Return what is equal for hosts whose routes to the world outside their zone differ in private links only.

        Those links are equal as well, one by one.
        """
        port, _ = host.zone.private_candidates(host)
        zone: Zone | None = host.zone
        is_special = host in self._gateways or not self._owners.keys().isdisjoint(port)
        while zone is not None and not is_special:
            is_special = bool(zone.bypasses or zone.zone_bypasses)
            zone = zone.parent
        return host if is_special else host.zone.vantage(host)

    def _declared_uses(self, zone: Zone) -> None:
        for (source, destination), hop in zone.bypasses.items():
            self._use(hop.links, self._ends(source, destination))
        for hop in zone.zone_bypasses.values():
            self._use(hop.links, ())
        if isinstance(zone, DeclaredZone):
            turns = zone.turning_points()
            for (end, other), hop in zone.hops.items():
                ends = () if not isinstance(end, Point) or not isinstance(other, Point) else self._ends(end, other)
                self._use(hop.links, tuple(host for host in ends if host not in turns))
        elif isinstance(zone, StarZone) and not isinstance(zone, Cluster):
            for point in zone.points:
                up, down = zone.own_legs(point)
                self._use(up + down, self._ends(point, point))
            if isinstance(zone, ClusterZone):
                self._use(zone.middle, ())

    def _ends(self, source: Point, destination: Point) -> Owners:
        ends = dict.fromkeys((source, destination))
        return tuple(end for end in ends if isinstance(end, Host) and end not in self._gateways)

    def _use(self, links: Iterable[Link], owners: Owners) -> None:
        for link in links:
            before = self._owners.get(link)
            self._owners[link] = owners if before is None else tuple(host for host in before if host in owners)


def _gateways(zone: Zone) -> Iterable[Point]:
    hops: list[Hop] = [*zone.zone_bypasses.values()]
    if isinstance(zone, DeclaredZone) and zone.zones:
        hops.extend(zone.hops.values())
    for hop in hops:
        yield hop.source_gateway
        yield hop.destination_gateway
