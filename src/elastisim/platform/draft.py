"""A platform under construction: names in use, counters that run through the whole platform, and the end result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.host import Disk, Host, Point, Router
from elastisim.platform.link import Cable, Link, LinkPolicy
from elastisim.platform.platform import Platform, Settings
from elastisim.platform.profile import Profile, ProfileKind, Schedule
from elastisim.platform.zone import AnyZone, Zone, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.errors import Problem

LARGEST_PLATFORM = 10_000_000
"""Hosts, routers and links that generated parts may bring into one platform, against typing errors in sizes."""

LOOPBACK = "__loopback__"


class Draft:
    """A platform that is being described; :meth:`finish` turns it into a :class:`Platform`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.root: Zone | None = None
        self.zones: dict[str, Zone] = {}
        self.points: dict[str, Point] = {}
        self.links: dict[str, Link] = {}
        self.cables: dict[str, Cable] = {}
        self.profiles: list[Profile] = []
        self._profiled: set[tuple[Host | Link, ProfileKind]] = set()
        self.remarks: list[Problem] = []
        self.fat_tree_links = 0
        self.fat_tree_positions = 0
        self.dragonfly_links = 0
        self.loopback = Link(
            LOOPBACK, self.settings.loopback_bandwidth, self.settings.loopback_latency, LinkPolicy.FATPIPE, None
        )
        self.links[LOOPBACK] = self.loopback

    def add_zone(self, kind: type[AnyZone], name: str) -> AnyZone:
        """Add the top-level zone."""
        if self.root is not None:
            raise refusal(f"zone {name!r} is a second top-level zone beside {self.root.name!r}; put both into a zone")
        zone = kind(self, name, None)
        self.register_zone(zone)
        self.root = zone
        return zone

    def register_zone(self, zone: Zone) -> None:
        """Take the name of a zone."""
        if zone.name in self.zones or isinstance(self.points.get(zone.name), Router):
            raise refusal(f"the name {zone.name!r} of a zone is used twice")
        self.zones[zone.name] = zone

    def register_point(self, point: Point) -> None:
        """Take the name of a host or router."""
        name = point.name
        if name in self.points or (isinstance(point, Router) and name in self.zones):
            raise refusal(f"the name {name!r} of a host or router is used twice")
        self.points[name] = point

    def register_link(self, link: Link) -> None:
        """Take the name of a link."""
        if link.name in self.links:
            raise refusal(f"the name {link.name!r} of a link is used twice")
        self.links[link.name] = link

    def reserve(self, elements: int, what: str) -> None:
        """Raise InputError when *elements* more hosts, routers and links are more than a platform may have."""
        if len(self.points) + len(self.links) + elements > LARGEST_PLATFORM:
            raise refusal(
                f"{what} brings {elements} hosts and links; a platform may have {LARGEST_PLATFORM} of them at most"
            )

    def point(self, name: str) -> Point:
        """Return a host or router by name."""
        try:
            return self.points[name]
        except KeyError:
            raise refusal(f"there is no host or router {name!r} declared before") from None

    def host(self, name: str) -> Host:
        """Return a host by name."""
        point = self.points.get(name)
        if not isinstance(point, Host):
            raise refusal(f"there is no host {name!r} declared before")
        return point

    def zone(self, name: str) -> Zone:
        """Return a zone by name."""
        try:
            return self.zones[name]
        except KeyError:
            raise refusal(f"there is no zone {name!r} declared before") from None

    def link(self, name: str) -> Link:
        """Return a link, or the half of a cable, by name."""
        try:
            return self.links[name]
        except KeyError:
            pass
        if self._find_cable(name) is not None:
            raise refusal(
                f"link {name!r} is split-duplex; give the direction UP or DOWN, or name {name}_UP or {name}_DOWN"
            )
        raise refusal(f"there is no link {name!r} declared before")

    def cable(self, name: str) -> Cable:
        """Return a split-duplex link by name."""
        cable = self._find_cable(name)
        if cable is not None:
            return cable
        if name in self.links:
            raise refusal(f"link {name!r} is not split-duplex; it has no direction")
        raise refusal(f"there is no split-duplex link {name!r} declared before")

    def _find_cable(self, name: str) -> Cable | None:
        cable = self.cables.get(name)
        if cable is None:
            # Clusters do not record their many cables; their zones know whether a pair of names is one.
            up, down = self.links.get(f"{name}_UP"), self.links.get(f"{name}_DOWN")
            if up and down and up.zone is down.zone and up.zone is not None and up.zone.has_cables:
                cable = Cable(name, up, down)
        return cable

    def add_disk(
        self, host: Host, name: str, read_bandwidth: float, write_bandwidth: float, properties: Mapping[str, str]
    ) -> Disk:
        """Add a disk to *host* (byte/s)."""
        for what, value in (("read", read_bandwidth), ("write", write_bandwidth)):
            if not value > 0:
                raise refusal(f"disk {name!r} of {host.name!r} has the {what} bandwidth {value:g}: it must be positive")
        disk = Disk(name, read_bandwidth, write_bandwidth, properties)
        host.disks = (*host.disks, disk)
        return disk

    def share_disk(self, host: Host, remote: str) -> None:
        """Let *host* use a disk of another host, given as ``MOUNT:DISK:HOST`` (P3.7)."""
        parts = remote.split(":")
        owner = self.points.get(parts[-1])
        if len(parts) != 3 or not isinstance(owner, Host):
            raise refusal(f"remote_disk {remote!r} is not of the form MOUNT:DISK:HOST with the name of a host")
        disk = next((disk for disk in owner.disks if disk.name == parts[1]), None)
        if disk is None:
            raise refusal(f"remote_disk {remote!r}: host {owner.name!r} has no disk {parts[1]!r}")
        host.disks = (*host.disks, disk)

    def add_profile(self, kind: ProfileKind, resource: Host | Link, schedule: Schedule, where: str = "") -> None:
        """Connect *schedule* with a host or link; date-0 events of hosts take effect at once (P9.3)."""
        if isinstance(resource, Host) is not kind.of_hosts:
            raise refusal(f"a profile of kind {kind.value} belongs to a {'host' if kind.of_hosts else 'link'}")
        if (resource, kind) in self._profiled:
            raise refusal(f"{resource.name!r} has two profiles of kind {kind.value}")
        self._profiled.add((resource, kind))
        self.profiles.append(Profile(kind, resource, schedule, where))
        if isinstance(resource, Host):
            for date, value in schedule.points:
                if date > 0:
                    break
                if kind is ProfileKind.SPEED:
                    resource.availability = value
                else:
                    resource.on = value > 0

    def finish(self, file: str = "") -> Platform:
        """Return the platform; *file* names its origin in messages."""
        if self.root is None:
            raise refusal("the platform has no zone and no cluster")
        hosts = sorted((point for point in self.points.values() if isinstance(point, Host)), key=lambda host: host.name)
        for index, host in enumerate(hosts):
            host.index = index
            host.disks = tuple(sorted(host.disks, key=lambda disk: disk.name))
        links = [link for zone in self.root.family() for link in sorted(zone.links, key=lambda link: link.name)]
        links.append(self.loopback)
        for index, link in enumerate(links):
            link.index = index
        return Platform(self, self.root, tuple(hosts), tuple(links), file)
