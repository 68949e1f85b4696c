"""The elements of a platform and what connects them, for drawings."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from elastisim.platform.cluster import FlatCluster
from elastisim.platform.declared import DeclaredZone
from elastisim.platform.dragonfly import DragonflyCluster
from elastisim.platform.fat_tree import FatTreeCluster
from elastisim.platform.host import Host, Router
from elastisim.platform.link import Link
from elastisim.platform.star import StarZone
from elastisim.platform.torus import TorusCluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.platform.host import Point
    from elastisim.platform.zone import Zone


class Switch(NamedTuple):
    """Something that connects hosts of a zone and is neither host nor router; levels begin with 1."""

    zone: Zone
    level: int
    number: int


Element = Host | Router | Link | Switch
"""Links are elements where they connect more than two others."""


class Wire(NamedTuple):
    """Two elements and the links between them, one for both directions or several; none at an end of a link."""

    ends: tuple[Element, Element]
    links: tuple[Link, ...]


def wires(zone: Zone) -> Iterator[Wire]:
    """Return the connections that a zone makes, within itself or between its sub-zones."""
    match zone:
        case FlatCluster():
            return _flat(zone)
        case StarZone():
            return _star(zone)
        case FatTreeCluster():
            return _fat_tree(zone)
        case DragonflyCluster():
            return _dragonfly(zone)
        case TorusCluster():
            return _torus(zone)
        case DeclaredZone():
            return _declared(zone)
        case _:
            return iter(())


def _star(zone: StarZone) -> Iterator[Wire]:
    centre = Switch(zone, 1, 0)
    for point in zone.points:
        up, down = zone.own_legs(point)
        yield Wire((point, centre), tuple(dict.fromkeys(up + down)))


def _flat(zone: FlatCluster) -> Iterator[Wire]:
    *hosts, router = zone.points
    for host in hosts:
        up, down = zone.own_legs(host)
        # Limiters, at the far ends, belong to the host.
        yield Wire((host, router), tuple(dict.fromkeys((up[-1], down[0]))))


def _fat_tree(zone: FatTreeCluster) -> Iterator[Wire]:
    tree = zone.shape
    for level in range(tree.levels):
        for node in range(tree.width(level)):
            start = Switch(zone, level, node) if level else zone.points[node]
            for port in range(tree.parents[level] * tree.cables[level]):
                end = Switch(zone, level + 1, zone.above(level, node, port % tree.parents[level]))
                yield Wire((start, end), zone.wire(level, node, port))


def _dragonfly(zone: DragonflyCluster) -> Iterator[Wire]:
    fly = zone.shape

    def router(group: int, chassis: int, blade: int) -> Switch:
        return Switch(zone, 1, zone.router(group, chassis, blade))

    for host in zone.points:
        yield Wire((host, router(*zone.place(host.position))), zone.local(host.position))
    for group in range(fly.groups):
        for chassis in range(fly.chassis):
            for i, j in combinations(range(fly.blades), 2):
                links = zone.green(group, chassis, i, j), zone.green(group, chassis, j, i)
                yield Wire((router(group, chassis, i), router(group, chassis, j)), links)
        for i, j in combinations(range(fly.chassis), 2):
            for blade in range(fly.blades):
                links = zone.black(group, i, j, blade), zone.black(group, j, i, blade)
                yield Wire((router(group, i, blade), router(group, j, blade)), links)
    for i, j in combinations(range(fly.groups), 2):
        yield Wire((router(i, 0, j), router(j, 0, i)), (zone.blue(i, j), zone.blue(j, i)))


def _torus(zone: TorusCluster) -> Iterator[Wire]:
    for host in zone.points:
        for dimension, size in enumerate(zone.sizes):
            if size > 1:
                neighbour = zone.points[zone.neighbour(host.position, dimension, upward=True)]
                yield Wire((host, neighbour), zone.wire(host.position, dimension))


def _declared(zone: DeclaredZone) -> Iterator[Wire]:
    """Routes of one link that nothing else passes are wires; all other links are elements between others."""
    ways: dict[tuple[Point, Point], dict[tuple[Link, ...], None]] = {}
    for hop in zone.hops.values():
        links = tuple(map(_whole, hop.links))
        ends = hop.source_gateway, hop.destination_gateway
        if ends[0].name > ends[1].name:
            ends, links = ends[::-1], links[::-1]
        if ends[0] is not ends[1]:
            ways.setdefault(ends, {})[links] = None
    users = Counter(link for lists in ways.values() for link in {link: None for way in lists for link in way})
    seen: set[tuple[Element, Element]] = set()
    for ends, lists in ways.items():
        single = tuple(way[0] for way in lists if len(way) == 1 and users[way[0]] == 1)
        if single:
            yield Wire(ends, single)
        for way in lists:
            if way[0] not in single:
                for pair in pairwise((ends[0], *way, ends[1])):
                    if pair not in seen and pair[::-1] not in seen:
                        seen.add(pair)
                        yield Wire(pair, ())


def stem(link: Link) -> str:
    """Return the name of a link, without the ending of halves of split-duplex links."""
    for ending, other in (("_UP", "_DOWN"), ("_DOWN", "_UP")):
        name = link.name.removesuffix(ending)
        if name != link.name and link.zone is not None and f"{name}{other}" in link.zone.draft.links:
            return name
    return link.name


def _whole(link: Link) -> Link:
    """Return the first half of a split-duplex link, to stand for both; any other link itself."""
    return link.zone.draft.links.get(f"{stem(link)}_UP", link) if link.zone is not None else link
