"""What a drawing of a platform shows: parts and connections, as detailed as can be taken in at a glance.

Every element of a platform is a part of a small drawing.  In larger ones alike hosts, switches and links of a zone are
one part together; in still larger ones whole zones are, the innermost first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from elastisim.platform.cluster import Cluster, FlatCluster
from elastisim.platform.declared import DeclaredZone
from elastisim.platform.dragonfly import DragonflyCluster
from elastisim.platform.fat_tree import FatTreeCluster
from elastisim.platform.host import Host, Router
from elastisim.platform.link import Link
from elastisim.platform.notation import rounded
from elastisim.platform.overview import LinkTraits, Overview, Role, count_hosts, counted, name_range, shape
from elastisim.platform.star import StarZone
from elastisim.platform.units import BANDWIDTH, SPEED, TIME
from elastisim.platform.wiring import Switch, stem, wires
from elastisim.platform.zone import Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from elastisim.platform.overview import HostTraits
    from elastisim.platform.platform import Platform
    from elastisim.platform.wiring import Element, Wire

    Sorting = Callable[[Element], Hashable]
    Traits = Mapping[Host, HostTraits]

MOST_PARTS = 40
"""Number of parts that a drawing has at most, if that can be achieved."""

FEW_CONNECTIONS = 3
"""Connections within a cluster that each have their own text; if there are more and all alike, it stands below."""

MOST_LINES = 4
"""Lines of text at a connection; what does not fit is counted."""


class Kind(Enum):
    """What a part stands for."""

    NODE = "compute node"
    FILE_SYSTEM = "PFS host"
    BATCH = "batch system"
    SWITCH = "switch"
    LINK = "link"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Part:
    """A box of the drawing: its lines of text, and the zone that it belongs to."""

    kind: Kind
    zone: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sketch:
    """Parts, for pairs of their positions the lines of text at the connection, and lines of text below all."""

    parts: Sequence[Part]
    connections: Mapping[tuple[int, int], Sequence[str]]
    notes: Sequence[str]


def sketch(platform: Platform) -> Sketch:
    """Return the most detailed sketch that has no more than MOST_PARTS parts, or the coarsest one.

    Raise InputError when properties of hosts are wrong.
    """
    overview = Overview(platform)
    traits = {host: one.traits for one in overview.hosts for host in one.hosts}
    found = [wire for zone in platform.zones for wire in wires(zone)]
    elements: list[Element] = [point for zone in platform.zones for point in zone.points]
    elements += dict.fromkeys(end for wire in found for end in wire.ends if isinstance(end, Link | Switch))
    deepest = max(zone.depth for zone in platform.zones)
    sortings: list[Sorting] = [lambda element: element, _by_class(traits)]
    sortings += [_by_zone(traits, depth) for depth in range(deepest, 0, -1)]
    for sorting in sortings:
        if len({sorting(element) for element in elements}) <= MOST_PARTS:
            break
    return _draw(elements, found, sorting, traits)


def _by_class(traits: Traits) -> Sorting:
    """Sort alike elements of a zone together."""

    def sorting(element: Element) -> Hashable:
        match element:
            case Host():
                return traits[element]
            case Router():
                return Router, element.zone
            case Link():
                return LinkTraits.of(element)
            case Switch():
                return element.zone, element.level

    return sorting


def _by_zone(traits: Traits, depth: int) -> Sorting:
    """Sort elements of zones of some depth together, but for what is between zones and hosts with special roles."""
    by_class = _by_class(traits)

    def sorting(element: Element) -> Hashable:
        zone = element.zone
        if zone is None or (zone.zones and zone.depth < depth):
            return by_class(element)
        if isinstance(element, Host) and traits[element].role is not Role.COMPUTE:
            return by_class(element)
        while zone.depth > depth and zone.parent is not None:
            zone = zone.parent
        return zone

    return sorting


def _draw(elements: list[Element], found: list[Wire], sorting: Sorting, traits: Traits) -> Sketch:
    members: dict[Hashable, list[Element]] = {}
    for element in elements:
        members.setdefault(sorting(element), []).append(element)
    positions = {key: position for position, key in enumerate(members)}
    between: dict[tuple[int, int], list[Wire]] = {}
    for wire in found:
        first, last = sorted(positions[sorting(end)] for end in wire.ends)
        between.setdefault((first, last), []).append(wire)
    parts = []
    for position, (key, alike) in enumerate(members.items()):
        inside = between.pop((position, position), [])
        if isinstance(key, Zone):
            parts.append(Part(Kind.ZONE, key.name, _zone_lines(key)))
        else:
            lines = [*_lines(alike, traits), *(f"inside: {line}" for line in _connection(inside))]
            parts.append(Part(_kind(alike[0], traits), alike[0].zone.name if alike[0].zone else "", lines))
    usual = _usual_wires(between)
    connections = {ends: _connection(wires_between, usual) for ends, wires_between in between.items()}
    return Sketch(parts, connections, [f"all lines in {zone}: {text}" for zone, text in usual.items()])


def _usual_wires(between: Mapping[tuple[int, int], Sequence[Wire]]) -> dict[str, str]:
    """Return the text of wires for clusters where they are all alike, so that it need not stand at each of them."""
    texts: dict[str, set[str]] = {}
    connections: Counter[str] = Counter()
    for found in between.values():
        zones = {wire.links[0].zone for wire in found if wire.links}
        for zone in zones:
            if isinstance(zone, Cluster):
                texts.setdefault(zone.name, set()).update(_wire_text(wire) for wire in found)
                connections[zone.name] += 1
    return {
        name: min(alike) for name, alike in texts.items() if len(alike) == 1 and connections[name] > FEW_CONNECTIONS
    }


def _wire_text(wire: Wire) -> str:
    return " / ".join(_distinct(map(_link_text, wire.links)))


def _connection(found: Sequence[Wire], usual: Mapping[str, str] | None = None) -> list[str]:
    """Return what is worth knowing of the wires between two parts, without what is *usual* in their zone."""
    zone = found[0].links[0].zone if found and found[0].links else None
    if usual and zone is not None and zone.name in usual:
        return [f"{len(found):,} x"] if len(found) > 1 else []
    if len(found) == 1:
        return _distinct(_link_text(link, named=isinstance(link.zone, DeclaredZone)) for link in found[0].links)
    counts = Counter(_wire_text(wire) for wire in found if wire.links)
    lines = [f"{count:,} x {text}" if count > 1 else text for text, count in counts.items()]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"and {len(lines) - MOST_LINES + 1:,} more kinds"]
    return lines


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _link_text(link: Link, *, named: bool = False) -> str:
    latency = f", {rounded(TIME, link.latency)}" if link.latency else ""
    return f"{stem(link) + ' ' if named else ''}{rounded(BANDWIDTH, link.bandwidth)}{latency}"


def _kind(element: Element, traits: Traits) -> Kind:
    if not isinstance(element, Host):
        return Kind.LINK if isinstance(element, Link) else Kind.SWITCH
    roles = {Role.COMPUTE: Kind.NODE, Role.FILE_SYSTEM: Kind.FILE_SYSTEM, Role.BATCH: Kind.BATCH}
    return roles[traits[element].role]


def _lines(alike: Sequence[Element], traits: Traits) -> list[str]:
    """Return what is worth knowing of elements of one class."""
    match alike[0]:
        case Switch() as switch:
            return _switch_lines(switch, len(alike))
        case Host() as host:
            what, about = "host", _host_lines(traits[host])
        case Router() as router:
            what, about = "router", _backbone(router.zone) if isinstance(router.zone, FlatCluster) else []
        case Link() as link:
            what, about = "link", [_link_text(link)]
    names = [stem(one) if isinstance(one, Link) else one.name for one in alike if not isinstance(one, Switch)]
    return [name_range(names), *([counted(len(alike), what)] if len(alike) > 1 else []), *about]


def _host_lines(traits: HostTraits) -> list[str]:
    if traits.role is not Role.COMPUTE:
        return [traits.role.value]
    speed = rounded(SPEED, traits.speeds[traits.pstate])
    lines = [f"{traits.cores} x {speed}" if traits.cores > 1 else speed]
    if traits.gpus:
        lines.append(f"{traits.gpus} x GPU {rounded(SPEED, traits.flops_per_gpu)}")
    if traits.burst_buffer is not None:
        lines.append("burst buffer")
    return lines


def _switch_lines(switch: Switch, count: int) -> list[str]:
    match switch.zone:
        case FatTreeCluster(name=name):
            what = counted(count, "switch") if count > 1 else f"switch {switch.number}"
            return [name, f"{what} on level {switch.level}"]
        case DragonflyCluster(name=name):
            return [name, counted(count, "blade") if count > 1 else f"blade {switch.number}"]
        case zone:
            return [zone.name, zone.kind, *_backbone(zone)]


def _backbone(zone: Zone) -> list[str]:
    return [f"backbone {_link_text(link)}" for link in zone.middle] if isinstance(zone, StarZone) else []


def _zone_lines(zone: Zone) -> list[str]:
    hosts = count_hosts(zone)
    routers = sum(len(member.points) for member in zone.family()) - hosts
    inside = sum(1 for _ in zone.family()) - 1
    counts = ((hosts, "host"), (routers if not hosts else 0, "router"), (inside, "zone"))
    return [zone.name, *(counted(count, what) for count, what in counts if count), *filter(None, [shape(zone)])]
