"""Exchanges within zones of any kind and between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.dragonfly import DragonflyCluster
from elastisim.platform.exchange.dragonfly import count_dragonfly
from elastisim.platform.exchange.fat_tree import count_fat_tree
from elastisim.platform.exchange.shortest_path import count_shortest_paths
from elastisim.platform.exchange.star import count_star, count_vivaldi
from elastisim.platform.exchange.tally import Tally, way
from elastisim.platform.exchange.torus import count_torus
from elastisim.platform.fat_tree import FatTreeCluster
from elastisim.platform.route import Trail, part
from elastisim.platform.shortest_path import ShortestPathZone
from elastisim.platform.star import StarZone
from elastisim.platform.torus import TorusCluster
from elastisim.platform.vivaldi import VivaldiZone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.platform.host import Host, Point
    from elastisim.platform.zone import Zone


def exchange(hosts: Sequence[Host]) -> Tally:
    """Return what it takes that each of *hosts*, all different, sends to every other one.

    Raise NoRouteError if two of them are not connected.
    """
    members: dict[Zone, list[Host]] = {}
    for host in hosts:
        members.setdefault(host.zone, []).append(host)
    tally = Tally()
    for zone, inhabitants in members.items():
        if len(inhabitants) > 1:
            _count_within(tally, zone, inhabitants)
    if len(members) > 1:
        _count_between(tally, members)
    return tally


def _count_within(tally: Tally, zone: Zone, hosts: list[Host]) -> None:
    """Count the pairs of hosts of one zone."""
    if zone.bypasses:
        tally.walk(hosts, hosts)
        return
    match zone:
        case VivaldiZone():
            count_vivaldi(tally, zone, hosts)
        case StarZone():
            count_star(tally, zone, hosts)
        case FatTreeCluster():
            count_fat_tree(tally, zone, hosts)
        case DragonflyCluster():
            count_dragonfly(tally, zone, hosts)
        case TorusCluster():
            count_torus(tally, zone, hosts)
        case ShortestPathZone():
            count_shortest_paths(tally, zone, hosts)
        case _:
            tally.walk(hosts, hosts)


class _Approach:
    """The ways between the hosts of a zone and a gateway, in one direction; all are used equally often."""

    def __init__(self, hosts: Sequence[Host], gateway: Point, outward: bool) -> None:
        self.trails = [way(host, gateway) if outward else way(gateway, host) for host in hosts if host is not gateway]
        self.latency = max((trail.latency for trail in self.trails), default=0.0)
        self.uses = 0


def _count_between(tally: Tally, members: dict[Zone, list[Host]]) -> None:
    """Count the pairs of hosts of different zones; those between the same two zones meet at the same gateways."""
    approaches: dict[tuple[Zone, Point, bool], _Approach] = {}

    def approach(zone: Zone, gateway: Point, outward: bool) -> _Approach:
        key = (zone, gateway, outward)
        if key not in approaches:
            approaches[key] = _Approach(members[zone], gateway, outward)
        return approaches[key]

    for source, senders in members.items():
        for destination, receivers in members.items():
            if source is destination:
                continue
            common, source_part, destination_part = part(source, destination)
            if common.zone_bypasses:
                tally.walk(senders, receivers)
                continue
            middle = Trail()
            start, end = common.connect_zones(middle, source_part, destination_part)
            tally.add_all(middle.links, len(senders) * len(receivers))
            before, after = approach(source, start, True), approach(destination, end, False)
            before.uses += len(receivers)
            after.uses += len(senders)
            tally.see(before.latency + middle.latency + after.latency)
    for one in approaches.values():
        for trail in one.trails:
            tally.add_all(trail.links, one.uses)
