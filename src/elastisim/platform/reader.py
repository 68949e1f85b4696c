"""Platform files: what their elements mean (spec of the platform rules, sections 1, 3 and 7 to 10)."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.errors import InputError
from elastisim.platform.cluster_reader import add_cluster
from elastisim.platform.configuration import read_settings
from elastisim.platform.declared import FullZone, NoneZone
from elastisim.platform.document import Element, Source, parse
from elastisim.platform.draft import Draft
from elastisim.platform.host import Host
from elastisim.platform.link import NO_PROPERTIES, Lane, LinkPolicy, Step
from elastisim.platform.platform import Settings
from elastisim.platform.profile import ProfileKind, Schedule, read_schedule
from elastisim.platform.shortest_path import DijkstraCacheZone, DijkstraZone, FloydZone
from elastisim.platform.star import ClusterZone
from elastisim.platform.units import BANDWIDTH, SPEED, TIME, read_integer, read_number, read_radical
from elastisim.platform.vivaldi import VivaldiZone
from elastisim.platform.zone import Zone, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elastisim.platform.host import Coordinates, Point
    from elastisim.platform.link import Link
    from elastisim.platform.platform import Platform

ROUTINGS: dict[str, type[Zone]] = {
    zone.kind.lower(): zone
    for zone in (FullZone, FloydZone, DijkstraZone, DijkstraCacheZone, NoneZone, VivaldiZone, ClusterZone)
}
"""Kinds of zones by their name in lower case; that of files is compared without regard to case (P2.8)."""

_SYMMETRICAL = {"YES": True, "yes": True, "NO": False, "no": False}
_UPWARD = {"NONE": None, "UP": True, "DOWN": False}
_POLICIES = {
    "SHARED": LinkPolicy.SHARED,
    "FATPIPE": LinkPolicy.FATPIPE,
    "WIFI": LinkPolicy.SHARED,
    "SPLITDUPLEX": None,
    "FULLDUPLEX": None,
}
_PROFILE_KINDS = {kind.value: kind for kind in ProfileKind}
_FILES = {
    "speed_file": ProfileKind.SPEED,
    "availability_file": ProfileKind.SPEED,
    "bandwidth_file": ProfileKind.BANDWIDTH,
    "latency_file": ProfileKind.LATENCY,
}


def read_platform(file: str | Path) -> Platform:
    """Return the platform that a file describes; raise InputError naming file, line, element and attribute."""
    path = Path(file)
    source = Source(str(file))
    reader = _Reader(path.parent)
    parse(path, source, reader)
    assert reader.draft is not None, "a well-formed file has a platform, which has been closed"
    reader.draft.remarks.extend(source.remarks)
    return reader.draft.finish(source.file)


class _Reader:
    """Builds a platform from the elements of a file, in their order."""

    def __init__(self, directory: Path) -> None:
        self.draft: Draft | None = None
        self._directory = directory
        self._settings = Settings()
        self._zone: Zone | None = None
        self._schedules: dict[str, Schedule] = {}
        self._connections: list[Element] = []
        self._disk_users: list[tuple[Host, Element]] = []

    # Containers

    def open(self, element: Element) -> None:
        """Begin the platform or a zone."""
        if element.tag == "platform":
            _check_version(element)
            return
        kind = ROUTINGS.get(element["routing"].lower())
        if element["routing"].lower() == "wifi":
            raise element.error("WiFi zones do not exist in the model of parallel tasks", "routing")
        if kind is None:
            accepted = ", ".join(zone.kind for zone in ROUTINGS.values())
            raise element.error(f"{element['routing']!r} is not one of {accepted}", "routing")
        self._zone = self._parent().add_zone(kind, element["id"])

    def close(self, element: Element) -> None:
        """End the platform or a zone."""
        if element.tag != "platform":
            assert self._zone is not None
            self._zone = self._zone.parent
            return
        for connection in self._connections:
            self._connect(connection)
        for host, place in self._disk_users:
            place.read("value", partial(self._draft.share_disk, host))
        if self.draft is None or self.draft.root is None:
            raise element.error("the platform has no zone and no cluster")

    def take(self, element: Element) -> None:
        """Add what a complete element describes."""
        _TAKE[element.tag](self, element)

    def _parent(self) -> Draft | Zone:
        return self._zone or self._draft

    @property
    def _draft(self) -> Draft:
        """The platform under construction; configuration must be complete when it begins (P10.1)."""
        if self.draft is None:
            self.draft = Draft(self._settings)
        return self.draft

    @property
    def _inside(self) -> Zone:
        assert self._zone is not None, "the vocabulary keeps leaves inside of zones"
        return self._zone

    # Leaves

    def _config(self, element: Element) -> None:
        if self.draft is not None:
            raise element.error("must come before everything else")
        self._settings = read_settings(element, self._settings)

    def _random(self, element: Element) -> None:
        """Ignore: generators of old formats."""

    def _prop(self, element: Element) -> None:
        zone = self._inside
        zone.properties = {element["id"]: element["value"], **zone.properties}

    def _host(self, element: Element) -> None:
        host = self._inside.add_host(
            element["id"],
            element.speeds("speed"),
            element.read("core", read_integer),
            pstate=element.read("pstate", read_integer),
            properties=_properties(element),
            coordinates=self._coordinates(element),
        )
        for disk in element.children:
            if disk.tag == "disk":
                read, write = disk.amount("read_bw", BANDWIDTH), disk.amount("write_bw", BANDWIDTH)
                try:
                    self._draft.add_disk(host, disk["id"], read, write, _properties(disk))
                except InputError as error:
                    raise disk.error(error.problems[0].message) from None
        self._attach_files(element, host, ProfileKind.HOST_STATE)
        self._note_disk_users(element, [host])

    def _note_disk_users(self, element: Element, hosts: Iterable[Host]) -> None:
        """Remember hosts with the property ``remote_disk``; the disk may be declared later (P3.7)."""
        props = (child for child in element.children if child.tag == "prop")
        place = next((prop for prop in props if prop["id"] == "remote_disk"), None)
        if place is not None:
            self._disk_users.extend((host, place) for host in hosts)

    def _router(self, element: Element) -> None:
        self._inside.add_router(element["id"], self._coordinates(element))

    def _link(self, element: Element) -> None:
        name, policy = element["id"], element.choose("sharing_policy", _POLICIES)
        if "," in element["bandwidth"] or ";" in element["bandwidth"]:
            raise element.error(f"{element['bandwidth']!r} is a list; one value is possible", "bandwidth")
        bandwidth = element.amount("bandwidth", BANDWIDTH)
        latency = element.amount("latency", TIME, default=0.0)
        if policy is None:
            if element["sharing_policy"] == "FULLDUPLEX":
                element.remark("FULLDUPLEX is the old name of SPLITDUPLEX", "sharing_policy")
            cable = self._inside.add_cable(name, bandwidth, latency)
            links = [cable.up, cable.down]
        else:
            links = [self._inside.add_link(name, bandwidth, latency, policy, element["sharing_policy"])]
        for link in links:
            link.properties = _properties(element)
            self._attach_files(element, link, ProfileKind.LINK_STATE)

    def _backbone(self, element: Element) -> None:
        zone = self._cluster_zone(element)
        zone.add_backbone(element["id"], element.amount("bandwidth", BANDWIDTH), element.amount("latency", TIME))

    def _host_link(self, element: Element) -> None:
        zone = self._cluster_zone(element)
        host = element.read("id", self._draft.host)
        zone.add_host_link(host, element.read("up", self._draft.link), element.read("down", self._draft.link))

    def _cabinet(self, element: Element) -> None:
        zone = self._cluster_zone(element)
        speed, bandwidth = element.amount("speed", SPEED), element.amount("bw", BANDWIDTH)
        latency = element.amount("lat", TIME)
        for number in self._radical(element, 3):
            zone.add_cabinet_host(f"{element['prefix']}{number}{element['suffix']}", speed, bandwidth, latency)

    def _peer(self, element: Element) -> None:
        zone = self._zone
        if not isinstance(zone, VivaldiZone):
            raise element.error("can only stand in a zone of routing Vivaldi")
        coordinates = self._coordinates(element)
        if coordinates is None:
            raise element.error("the attribute coordinates is missing")
        if element["lat"]:
            element.remark("has no effect, latencies follow from coordinates", "lat")
        peer = zone.add_peer(
            element["id"],
            element.speeds("speed"),
            coordinates,
            bandwidth_in=element.amount("bw_in", BANDWIDTH),
            bandwidth_out=element.amount("bw_out", BANDWIDTH),
        )
        self._attach_files(element, peer, ProfileKind.HOST_STATE)

    def _cluster(self, element: Element) -> None:
        cluster = add_cluster(element, self._parent(), self._radical(element, 3), _properties(element))
        self._note_disk_users(element, (point for point in cluster.points if isinstance(point, Host)))

    # Routes

    def _route(self, element: Element) -> None:
        symmetrical = element.choose("symmetrical", _SYMMETRICAL)
        self._inside.add_route(*self._ends(element), self._steps(element), symmetrical=symmetrical)

    def _zone_route(self, element: Element) -> None:
        symmetrical = element.choose("symmetrical", _SYMMETRICAL)
        source, destination = element.read("src", self._draft.zone), element.read("dst", self._draft.zone)
        gateways = element.read("gw_src", self._draft.point), element.read("gw_dst", self._draft.point)
        self._inside.add_zone_route(source, destination, gateways, self._steps(element), symmetrical=symmetrical)

    def _bypass(self, element: Element) -> None:
        source, destination = self._ends(element)
        for end in (source, destination):
            if end.zone is not self._zone:
                element.remark("has no effect, its ends are not declared in this zone")
                break
        self._inside.add_bypass(source, destination, self._steps(element))

    def _zone_bypass(self, element: Element) -> None:
        source, destination = element.read("src", self._draft.zone), element.read("dst", self._draft.zone)
        gateways = element.read("gw_src", self._draft.point), element.read("gw_dst", self._draft.point)
        self._inside.add_zone_bypass(source, destination, gateways, self._steps(element))

    def _ends(self, element: Element) -> tuple[Point, Point]:
        return element.read("src", self._draft.point), element.read("dst", self._draft.point)

    def _steps(self, element: Element) -> list[Step]:
        steps: list[Step] = []
        for child in element.children:
            upward = child.choose("direction", _UPWARD)
            if upward is None:
                steps.append(child.read("id", self._draft.link))
            else:
                steps.append(Lane(child.read("id", self._draft.cable), upward))
        return steps

    # Profiles

    def _trace(self, element: Element) -> None:
        name = element["id"]
        if name in self._schedules:
            raise element.error(f"the trace {name!r} is declared twice", "id")
        period = element.read("periodicity", read_number)
        if element["file"]:
            if element.text.strip():
                raise element.error("has a file and a text; one of them is possible")
            self._schedules[name] = self._schedule_file(element, "file")
        else:
            try:
                self._schedules[name] = read_schedule(element.text, period)
            except ValueError as error:
                raise element.error(str(error)) from None

    def _trace_connect(self, element: Element) -> None:
        element.choose("kind", _PROFILE_KINDS)
        self._connections.append(element)

    def _connect(self, element: Element) -> None:
        """Connect a trace; done at the end, the position of the element means nothing (P9.2)."""
        schedule = self._schedules.get(element["trace"])
        if schedule is None:
            raise element.error(f"there is no trace {element['trace']!r}", "trace")
        kind = element.choose("kind", _PROFILE_KINDS)
        if kind.of_hosts:
            self._add_profile(element, kind, element.read("element", self._draft.host), schedule)
        else:
            self._add_profile(element, kind, element.read("element", self._draft.link), schedule)

    def _attach_files(self, element: Element, resource: Host | Link, state: ProfileKind) -> None:
        for attribute, kind in {**_FILES, "state_file": state}.items():
            if element.attributes.get(attribute):
                self._add_profile(element, kind, resource, self._schedule_file(element, attribute))

    def _add_profile(self, element: Element, kind: ProfileKind, resource: Host | Link, schedule: Schedule) -> None:
        try:
            self._draft.add_profile(kind, resource, schedule, f"line {element.line}")
        except InputError as error:
            raise element.error(error.problems[0].message) from None

    def _schedule_file(self, element: Element, attribute: str) -> Schedule:
        """Return the profile in a file, searched as P9.1 says."""
        name = element[attribute]
        for path in (Path(name), self._directory / name):
            try:
                text = path.read_text("utf-8", "replace")
            except (OSError, ValueError):
                continue
            try:
                return read_schedule(text)
            except ValueError as error:
                raise element.error(f"{path}: {error}", attribute) from None
        raise element.error(
            f"{name!r} cannot be read, neither from the working directory nor beside the platform file", attribute
        )

    # Values

    def _radical(self, element: Element, elements_each: int) -> list[int]:
        groups = element.read("radical", read_radical)
        self._draft.reserve(elements_each * sum(map(len, groups)), f"<{element.tag}>")
        return list(chain.from_iterable(groups))

    def _coordinates(self, element: Element) -> Coordinates | None:
        """Return the coordinates; outside of Vivaldi zones they mean nothing and are not looked at."""
        if not element["coordinates"] or not isinstance(self._zone, VivaldiZone):
            return None
        return element.read("coordinates", _read_coordinates)

    def _cluster_zone(self, element: Element) -> ClusterZone:
        if not isinstance(self._zone, ClusterZone):
            raise element.error("can only stand in a zone of routing Cluster")
        return self._zone


_TAKE = {
    "config": _Reader._config,
    "random": _Reader._random,
    "prop": _Reader._prop,
    "host": _Reader._host,
    "router": _Reader._router,
    "link": _Reader._link,
    "backbone": _Reader._backbone,
    "host_link": _Reader._host_link,
    "cabinet": _Reader._cabinet,
    "peer": _Reader._peer,
    "cluster": _Reader._cluster,
    "route": _Reader._route,
    "zoneRoute": _Reader._zone_route,
    "ASroute": _Reader._zone_route,
    "bypassRoute": _Reader._bypass,
    "bypassZoneRoute": _Reader._zone_bypass,
    "bypassASroute": _Reader._zone_bypass,
    "trace": _Reader._trace,
    "trace_connect": _Reader._trace_connect,
}


def _check_version(platform: Element) -> None:
    """Refuse versions of the format other than 4.0 and 4.1 (P1.2)."""
    hundredths = round(100 * platform.read("version", read_number))
    if not 400 <= hundredths <= 410:
        raise platform.error(f"{platform['version']!r} is not a supported version; accepted are 4.0 and 4.1", "version")
    if hundredths < 410:
        platform.remark(f"version {platform['version']} is read as 4.1", "version")


def _properties(element: Element) -> Mapping[str, str]:
    """Return the properties in an element; the first of several values of a key counts (P2.9)."""
    properties: dict[str, str] = {}
    for child in element.children:
        if child.tag == "prop":
            properties.setdefault(child["id"], child["value"])
    return properties or NO_PROPERTIES


def _read_coordinates(text: str) -> Coordinates:
    numbers = [read_number(word) for word in text.split(" ")]
    if len(numbers) != 3:
        raise refusal(f"{text!r} is not three numbers separated by single blanks")
    return numbers[0], numbers[1], numbers[2]
