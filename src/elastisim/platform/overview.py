"""What can be said about a platform at a glance: its zones, and hosts and links by class."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from elastisim.errors import InputError
from elastisim.platform.cluster import FlatCluster
from elastisim.platform.dragonfly import DragonflyCluster
from elastisim.platform.fat_tree import FatTreeCluster
from elastisim.platform.host import Host
from elastisim.platform.machine import BurstBuffer, Machine, NodeKind
from elastisim.platform.torus import TorusCluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.platform.link import Link
    from elastisim.platform.platform import Platform
    from elastisim.platform.route import Route
    from elastisim.platform.zone import Zone


class Role(Enum):
    """What a host is used for."""

    COMPUTE = "compute node"
    FILE_SYSTEM = "PFS host"
    BATCH = "batch system"


class HostTraits(NamedTuple):
    """What hosts of a class have in common: flop/s, byte/s, and flop for a byte; PFS hosts by name."""

    role: Role
    zone: Zone
    speeds: tuple[float, ...]
    pstate: int
    cores: int
    gpus: int
    flops_per_gpu: float
    gpu_bandwidth: float
    kind: NodeKind
    burst_buffer: BurstBuffer | None
    flops_per_byte: float
    pfs_targets: tuple[Host, ...]


class LinkTraits(NamedTuple):
    """What links of a class have in common: byte/s, s, and the policy by the name that files use."""

    zone: Zone | None
    bandwidth: float
    latency: float
    policy: str

    @classmethod
    def of(cls, link: Link) -> LinkTraits:
        """Return the traits of a link."""
        return cls(link.zone, link.bandwidth, link.latency, link.label)


@dataclass(frozen=True, slots=True)
class HostClass:
    """Hosts that do not differ, in order of their names."""

    traits: HostTraits
    hosts: list[Host]


@dataclass(frozen=True, slots=True)
class LinkClass:
    """Links that do not differ, in order of their numbers."""

    traits: LinkTraits
    links: list[Link]


@dataclass(frozen=True, slots=True)
class FileAccess:
    """How the nodes of a class reach a file-system host: the routes of the last node, None where there is none.

    The first one tends to be the gateway of its cluster.
    """

    nodes: HostClass
    target: Host
    reading: Route | None
    writing: Route | None


class Overview:
    """A platform by classes, in order of first appearance in the lists of hosts and links.

    Raise InputError when properties of hosts are wrong.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.machine = Machine(platform)
        self.hosts = self._host_classes()
        self.links = _link_classes(platform.links)

    def _host_classes(self) -> list[HostClass]:
        nodes = {node.host: node for node in self.machine.compute_nodes}
        pfs_hosts = set(self.machine.pfs_hosts)
        classes: dict[HostTraits, list[Host]] = {}
        for host in self.platform.hosts:
            node = nodes.get(host)
            what = (host.zone, host.speeds, host.pstate, host.cores)
            if node is None:
                role = Role.FILE_SYSTEM if host in pfs_hosts else Role.BATCH
                traits = HostTraits(role, *what, 0, 0.0, 0.0, NodeKind.COMPUTE, None, 0.0, ())
            else:
                traits = HostTraits(
                    Role.COMPUTE,
                    *what,
                    node.gpus,
                    node.flops_per_gpu,
                    node.gpu_bandwidth,
                    node.kind,
                    node.burst_buffer,
                    node.flops_per_byte,
                    node.pfs_targets,
                )
            classes.setdefault(traits, []).append(host)
        return [HostClass(traits, hosts) for traits, hosts in classes.items()]

    @property
    def compute_classes(self) -> list[HostClass]:
        """The classes of compute nodes."""
        return [one for one in self.hosts if one.traits.role is Role.COMPUTE]

    def file_accesses(self) -> Iterable[FileAccess]:
        """Yield how each class of compute nodes reaches the hosts that it reads files from and writes files to."""
        for one in self.compute_classes:
            node = one.hosts[-1]
            for target in dict.fromkeys(one.traits.pfs_targets):
                yield FileAccess(one, target, self._route(target, node), self._route(node, target))

    def _route(self, source: Host, destination: Host) -> Route | None:
        try:
            return self.platform.route(source, destination)
        except InputError:
            return None


def _link_classes(links: Iterable[Link]) -> list[LinkClass]:
    classes: dict[LinkTraits, list[Link]] = {}
    for link in links:
        classes.setdefault(LinkTraits.of(link), []).append(link)
    return [LinkClass(traits, members) for traits, members in classes.items()]


def name_range(names: Sequence[str]) -> str:
    """Return one or two names, or the first and the last of several; n2 comes before n10."""
    if len(names) <= 2:
        return ", ".join(names)
    return f"{min(names, key=_natural)} … {max(names, key=_natural)}"


def _natural(name: str) -> list[tuple[str, int]]:
    return [(other, int(digits or 0)) for digits, other in re.findall(r"(\d+)|(\D+)", name)]


def counted(number: int, what: str) -> str:
    """Return a number of things, in the plural where there are several."""
    plural = "" if number == 1 else "es" if what.endswith("ch") else "s"
    return f"{number:,} {what}{plural}"


def count_hosts(zone: Zone) -> int:
    """Return the number of hosts in a zone and in those below."""
    return sum(isinstance(point, Host) for member in zone.family() for point in member.points)


def shape(zone: Zone) -> str:
    """Return in words how a cluster is put together; empty for other zones."""
    match zone:
        case FlatCluster(middle=()):
            return "hosts around a switch"
        case FlatCluster():
            return "hosts around a backbone"
        case FatTreeCluster(shape=tree):
            uplinks = f" and {counted(tree.parents[1] * tree.cables[1], 'uplink')}" if tree.levels > 1 else ""
            above = (f", {tree.width(level)} on level {level}" for level in range(2, tree.levels + 1))
            leaves = f"{counted(tree.width(1), 'switch')} with {counted(tree.children[0], 'host')}"
            return f"{leaves}{uplinks} each{''.join(above)}"
        case DragonflyCluster(shape=fly):
            sizes = f"{counted(fly.groups, 'group')} of {fly.chassis} chassis of {counted(fly.blades, 'blade')}"
            return f"{sizes} of {counted(fly.nodes, 'host')}"
        case TorusCluster(sizes=sizes):
            return " x ".join(map(str, sizes))
        case _:
            return ""
