"""Platforms written as platform files, such that the same platform is read again: names, numbers, order and routes."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from elastisim.errors import InputError
from elastisim.platform.cluster import Cluster, FlatCluster, Nodes
from elastisim.platform.configuration import FIELDS
from elastisim.platform.declared import DeclaredZone
from elastisim.platform.dragonfly import DragonflyCluster
from elastisim.platform.fat_tree import FatTreeCluster
from elastisim.platform.host import Host, Router
from elastisim.platform.link import LinkPolicy
from elastisim.platform.notation import exact
from elastisim.platform.platform import Settings
from elastisim.platform.star import ClusterZone
from elastisim.platform.torus import TorusCluster
from elastisim.platform.units import BANDWIDTH, SPEED, TIME
from elastisim.platform.vivaldi import VivaldiZone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elastisim.platform.host import Disk, Point
    from elastisim.platform.link import Link
    from elastisim.platform.platform import Platform
    from elastisim.platform.route import Hop
    from elastisim.platform.zone import Zone

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n'

Element = ET.Element
Steps = list[tuple[str, str]]
"""Names of the links of a route, each with the half of a split-duplex link or nothing."""


def write_platform(platform: Platform, file: str | Path) -> None:
    """Write a platform file; raise InputError if that is not possible."""
    write_text(Path(file), platform_document(platform))


def write_text(path: Path, text: str) -> None:
    """Write a text file, all of it or nothing; raise InputError if that is not possible."""
    working = path.with_name(f"{path.name}.new")
    try:
        working.write_text(text, encoding="utf-8", newline="\n")
        working.replace(path)
    except OSError as error:
        raise InputError.at(path, "", f"cannot be written: {error.strerror}") from None


def platform_document(platform: Platform) -> str:
    """Return the text of a platform file.

    Raise InputError for what the format has no words for, which only platforms described in Python can contain.
    """
    return _Writer(platform).document()


class _Writer:
    """Turns the zones of a platform into elements."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._halves: dict[Link, tuple[str, str]] = {}
        for zone in platform.zones:
            self._find_cables(zone)

    def document(self) -> str:
        """Return the whole document."""
        root = Element("platform", version="4.1")
        self._configure(root)
        self._zone(root, self._platform.root)
        self._profiles(root)
        ET.indent(root)
        return f"{HEAD}{ET.tostring(root, encoding='unicode')}\n"

    def _find_cables(self, zone: Zone) -> None:
        """Note the pairs of links that can be written as one split-duplex link."""
        if isinstance(zone, Cluster):
            return
        shared = (link for link in zone.links if link.label == LinkPolicy.SHARED.value)
        links = {link.name: link for link in shared if link not in _backbone(zone)}
        for name, up in links.items():
            stem = name.removesuffix("_UP")
            down = links.get(f"{stem}_DOWN")
            if stem != name and down is not None and _traits(up) == _traits(down):
                self._halves[up] = stem, "UP"
                self._halves[down] = stem, "DOWN"

    # The platform

    def _configure(self, root: Element) -> None:
        settings, usual = self._platform.settings, Settings()
        if settings != usual:
            config = _add(root, "config")
            for key, name in FIELDS.items():
                if getattr(settings, name) != getattr(usual, name):
                    _add(config, "prop", id=key, value=repr(getattr(settings, name)))

    def _profiles(self, root: Element) -> None:
        for number, profile in enumerate(self._platform.profiles):
            trace = _add(root, "trace", id=f"profile{number}", periodicity=repr(profile.period))
            lines = (f"{date!r} {value!r}" for date, value in profile.schedule.points)
            trace.text = "\n".join(("", *lines, ""))
        for number, profile in enumerate(self._platform.profiles):
            _add(
                root, "trace_connect", kind=profile.kind.value, trace=f"profile{number}", element=profile.resource.name
            )

    # Zones

    def _zone(self, parent: Element, zone: Zone) -> None:
        if isinstance(zone, Cluster):
            self._cluster(parent, zone)
            return
        element = _add(parent, "zone", id=zone.name, routing=zone.kind)
        _add_properties(element, zone.properties)
        self._links(element, zone)
        for sub_zone in zone.zones:
            self._zone(element, sub_zone)
        for point in zone.points:
            self._point(element, point)
        if isinstance(zone, ClusterZone):
            for point in zone.points:
                self._host_link(element, zone, point)
        if isinstance(zone, DeclaredZone):
            self._routes(element, zone)
        for (source, destination), hop in zone.bypasses.items():
            self._steps(_add(element, "bypassRoute", src=source.name, dst=destination.name), hop)
        for (start, end), hop in zone.zone_bypasses.items():
            bypass = _add(element, "bypassZoneRoute", src=start.name, dst=end.name, **_gateways(hop))
            self._steps(bypass, hop)

    def _links(self, element: Element, zone: Zone) -> None:
        """Write the links that are declared in a zone; those of peers come into being with them."""
        for link in zone.links if not isinstance(zone, VivaldiZone) else self._declared_among_peers(zone):
            name, half = self._halves.get(link, (link.name, ""))
            if half == "DOWN":
                continue
            written = _add(element, "backbone" if link in _backbone(zone) else "link", id=name)
            written.set("bandwidth", exact(BANDWIDTH, link.bandwidth))
            written.set("latency", exact(TIME, link.latency))
            if half:
                written.set("sharing_policy", "SPLITDUPLEX")
            elif link.label != LinkPolicy.SHARED.value:
                written.set("sharing_policy", link.label)
            _add_properties(written, link.properties)

    def _declared_among_peers(self, zone: VivaldiZone) -> list[Link]:
        of_peers = {link for point in zone.points for leg in zone.own_legs(point) for link in leg}
        return [link for link in zone.links if link not in of_peers]

    def _point(self, element: Element, point: Point) -> None:
        coordinates = {} if point.coordinates is None else {"coordinates": " ".join(map(repr, point.coordinates))}
        if isinstance(point, Router):
            _add(element, "router", id=point.name, **coordinates)
            return
        speeds = _speeds(point.speeds)
        if isinstance(point.zone, VivaldiZone) and point.zone.own_legs(point) != ((), ()):
            (up,), (down,) = point.zone.own_legs(point)
            bandwidths = {"bw_in": exact(BANDWIDTH, down.bandwidth), "bw_out": exact(BANDWIDTH, up.bandwidth)}
            _add(element, "peer", id=point.name, speed=speeds, **bandwidths, **coordinates)
            return
        host = _add(element, "host", id=point.name, speed=speeds, **coordinates)
        if point.cores > 1:
            host.set("core", str(point.cores))
        if point.pstate > 0:
            host.set("pstate", str(point.pstate))
        remote = self._remote_disk(point)
        for disk in point.disks:
            if disk is not remote:
                numbers = {"read_bw": disk.read_bandwidth, "write_bw": disk.write_bandwidth}
                texts = {name: exact(BANDWIDTH, value) for name, value in numbers.items()}
                _add_properties(_add(host, "disk", id=disk.name, **texts), disk.properties)
        _add_properties(host, point.properties)

    def _remote_disk(self, host: Host) -> Disk | None:
        """Return the disk of another host that a property of *host* brings along (P3.7)."""
        if "remote_disk" not in host.properties:
            return None
        owner = self._platform.host(host.properties["remote_disk"].split(":")[2])
        return next((disk for disk in host.disks if disk in owner.disks and owner is not host), None)

    def _host_link(self, element: Element, zone: ClusterZone, point: Point) -> None:
        up, down = zone.own_legs(point)
        if up or down:
            if len(up) != 1 or len(down) != 1 or isinstance(point, Router):
                raise self._wordless(f"the links of {point.name!r} in a zone of routing Cluster")
            _add(element, "host_link", id=point.name, up=up[0].name, down=down[0].name)

    # Routes

    def _routes(self, element: Element, zone: DeclaredZone) -> None:
        """Write the declared routes; two in a row that are each other's way back become one."""
        pending = [*reversed(zone.hops.items())]
        while pending:
            (source, destination), hop = pending.pop()
            if isinstance(source, Host | Router):
                route = _add(element, "route", src=source.name, dst=destination.name)
            else:
                route = _add(element, "zoneRoute", src=source.name, dst=destination.name, **_gateways(hop))
            if pending and pending[-1][0] == (destination, source) and self._is_way_back(hop, pending[-1][1]):
                pending.pop()
            else:
                route.set("symmetrical", "NO")
            self._steps(route, hop)

    def _is_way_back(self, hop: Hop, other: Hop) -> bool:
        opposite = {"": "", "UP": "DOWN", "DOWN": "UP"}
        back = [(name, opposite[half]) for name, half in reversed(self._named(hop))]
        gateways = other.destination_gateway, other.source_gateway
        return (hop.source_gateway, hop.destination_gateway) == gateways and back == self._named(other)

    def _named(self, hop: Hop) -> Steps:
        return [self._halves.get(link, (link.name, "")) for link in hop.links]

    def _steps(self, route: Element, hop: Hop) -> None:
        for name, half in self._named(hop):
            step = _add(route, "link_ctn", id=name)
            if half:
                step.set("direction", half)

    # Clusters

    def _cluster(self, parent: Element, zone: Cluster) -> None:
        nodes = zone.nodes
        if nodes is None or zone.bypasses or zone.zone_bypasses:
            raise self._wordless(f"bypasses declared in the cluster {zone.name!r}")
        element = _add(parent, "cluster", id=zone.name, prefix=nodes.prefix, suffix=nodes.suffix)
        element.set("radical", _radical(nodes.radical))
        element.set("speed", _speeds(nodes.speeds))
        if nodes.cores > 1:
            element.set("core", str(nodes.cores))
        element.set("bw", exact(BANDWIDTH, nodes.bandwidth))
        element.set("lat", exact(TIME, nodes.latency))
        if not nodes.split_duplex:
            element.set("sharing_policy", "SHARED")
        _add_shape(element, zone)
        _add_options(element, nodes)
        _add_properties(element, nodes.properties)

    def _wordless(self, what: str) -> InputError:
        return InputError.at(self._platform.file, "", f"platform files have no words for {what}")


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return ET.SubElement(parent, tag, attributes)


def _add_properties(element: Element, properties: Mapping[str, str]) -> None:
    for key, value in properties.items():
        _add(element, "prop", id=key, value=value)


def _add_shape(element: Element, zone: Cluster) -> None:
    """Write topology and parameters of a cluster, or the router and backbone of a flat one."""
    match zone:
        case FatTreeCluster(shape=tree):
            lists = (tree.children, tree.parents, tree.cables)
            element.set("topology", "FAT_TREE")
            element.set("topo_parameters", ";".join((str(tree.levels), *map(_commas, lists))))
        case DragonflyCluster(shape=fly):
            pairs = ((fly.groups, fly.blue), (fly.chassis, fly.black), (fly.blades, fly.green), (fly.nodes,))
            element.set("topology", "DRAGONFLY")
            element.set("topo_parameters", ";".join(map(_commas, pairs)))
        case TorusCluster(sizes=sizes):
            element.set("topology", "TORUS")
            element.set("topo_parameters", _commas(sizes))
        case FlatCluster(middle=middle):
            element.set("router_id", zone.points[-1].name)
            for link in middle:
                element.set("bb_bw", exact(BANDWIDTH, link.bandwidth))
                element.set("bb_lat", exact(TIME, link.latency))
                element.set("bb_sharing_policy", link.policy.value)


def _add_options(element: Element, nodes: Nodes) -> None:
    if nodes.limiter > 0:
        element.set("limiter_link", exact(BANDWIDTH, nodes.limiter))
    if nodes.has_loopback:
        element.set("loopback_bw", exact(BANDWIDTH, nodes.loopback_bandwidth))
        element.set("loopback_lat", exact(TIME, nodes.loopback_latency))


def _backbone(zone: Zone) -> tuple[Link, ...]:
    return zone.middle if isinstance(zone, ClusterZone) else ()


def _gateways(hop: Hop) -> dict[str, str]:
    return {"gw_src": hop.source_gateway.name, "gw_dst": hop.destination_gateway.name}


def _traits(link: Link) -> tuple[object, ...]:
    return link.bandwidth, link.latency, link.label, dict(link.properties)


def _speeds(speeds: Sequence[float]) -> str:
    return ",".join(exact(SPEED, speed) for speed in speeds)


def _commas(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _radical(numbers: Sequence[int]) -> str:
    """Return a list of numbers with those in a row written as ``first-last``."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
