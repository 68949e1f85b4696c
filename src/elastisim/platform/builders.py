"""Machines described in Python: clusters of the usual topologies, parallel file systems, and what connects them.

    builder = PlatformBuilder()
    nodes = NodeType(speed="100Gf", cores=48, bandwidth="12.5GBps", latency="1us")
    builder.add_fat_tree("tree", nodes, children=[16, 16], parents=[1, 8])
    builder.add_file_system("PFS", read_bandwidth="80GBps", write_bandwidth="50GBps", latency="10us")
    platform = builder.build()

Amounts are numbers (flop/s, byte/s, s) or text with a unit as in platform files.  What is built has the same form as
if it had been read from a file; :func:`~elastisim.platform.writer.write_platform` writes that file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elastisim.platform.cluster import FlatCluster, Nodes
from elastisim.platform.declared import FullZone
from elastisim.platform.draft import Draft
from elastisim.platform.dragonfly import DragonflyCluster, DragonflyShape
from elastisim.platform.fat_tree import FatTreeCluster, FatTreeShape
from elastisim.platform.host import Host
from elastisim.platform.link import Lane
from elastisim.platform.notation import exact
from elastisim.platform.torus import TorusCluster
from elastisim.platform.units import BANDWIDTH, SPEED, TIME, Quantity
from elastisim.platform.zone import check_amount, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.platform.cluster import Cluster
    from elastisim.platform.host import Point
    from elastisim.platform.platform import Platform
    from elastisim.platform.zone import Zone

Amount = float | str
"""A number in base units, or a text with a unit such as ``"12.5GBps"``."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """The GPUs of a node: how many, the speed of each (flop/s), the bandwidth between two of them (byte/s)."""

    count: int
    speed: Amount
    bandwidth: Amount = 0.0

    def properties(self) -> dict[str, str]:
        """Return the properties of hosts that say so."""
        if self.count < 1:
            raise refusal(f"a node has {self.count} GPUs: leave them out, or give at least 1")
        properties = {"num_gpus": str(self.count), "flops_per_gpu": _text(SPEED, self.speed)}
        if self.count > 1:
            properties["gpu_to_gpu_bw"] = _text(BANDWIDTH, self.bandwidth)
        return properties


@dataclass(frozen=True, slots=True)
class BurstBuffer:
    """The burst buffer of a node (byte/s).

    Tasks spread data over the burst buffers of all nodes of a job if they are ``wide_striped``; then every byte costs
    ``flops_per_byte`` (flop) of computing.
    """

    read_bandwidth: Amount
    write_bandwidth: Amount
    wide_striped: bool = False
    flops_per_byte: Amount = 0.0

    def properties(self) -> dict[str, str]:
        """Return the properties of hosts that say so."""
        properties = {
            "node_local_bb": "true",
            "bb_read_bw": _text(BANDWIDTH, self.read_bandwidth),
            "bb_write_bw": _text(BANDWIDTH, self.write_bandwidth),
        }
        if self.wide_striped:
            properties |= {"wide_striping": "true", "flops_per_byte": _text(SPEED, self.flops_per_byte)}
        return properties


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeType:
    """The compute nodes of a cluster, all alike.

    ``speed`` is that of one core (flop/s); ``bandwidth`` (byte/s) and ``latency`` (s) are those of every link of the
    cluster, in each direction unless ``split_duplex`` is false.  ``file_systems`` names those that nodes read from and
    write to, if not all.
    """

    speed: Amount
    cores: int = 1
    bandwidth: Amount
    latency: Amount
    split_duplex: bool = True
    gpus: Gpus | None = None
    burst_buffer: BurstBuffer | None = None
    file_systems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _FileSystem:
    """A parallel file system: its servers and the links from and to each of them (byte/s, s)."""

    servers: tuple[str, ...]
    read_bandwidth: float
    write_bandwidth: float
    latency: float


class PlatformBuilder:
    """Collects the parts of a machine.

    Every cluster is connected to every server of every file system.  Nodes of a cluster are named after it and
    numbered such that the order of their IDs is that of their places in the topology: all numbers have as many digits.
    """

    def __init__(self, name: str = "platform", *, batch_host: str = "batch_system") -> None:
        self._name = name
        self._batch_host = batch_host
        self._clusters: dict[str, Callable[[Zone], Cluster]] = {}
        self._file_systems: dict[str, _FileSystem] = {}
        self._connections: list[tuple[str, str, float, float]] = []

    def add_crossbar(
        self,
        name: str,
        nodes: NodeType,
        count: int,
        *,
        backbone_bandwidth: Amount = 0.0,
        backbone_latency: Amount = 0.0,
    ) -> None:
        """Add *count* nodes around one switch, which is as fast as need be unless it has a backbone (byte/s, s)."""

        def build(parent: Zone) -> FlatCluster:
            cluster = parent.add_zone(FlatCluster, name)
            cluster.build(
                self._nodes(name, nodes, count),
                router=f"{name}_router",
                backbone_bandwidth=_value(BANDWIDTH, backbone_bandwidth),
                backbone_latency=_value(TIME, backbone_latency),
            )
            return cluster

        self._add_cluster(name, build)

    def add_fat_tree(
        self,
        name: str,
        nodes: NodeType,
        *,
        children: Sequence[int],
        parents: Sequence[int],
        cables: Sequence[int] | None = None,
    ) -> None:
        """Add a fat tree, level by level from below (P7.7).

        *children* are the nodes or switches below each switch, *parents* the switches above each node or switch,
        *cables* the links between the two, one if not given.  There are as many nodes as the product of *children*.
        """

        def build(parent: Zone) -> FatTreeCluster:
            shape = FatTreeShape(tuple(children), tuple(parents), tuple(cables or [1] * len(children)))
            cluster = parent.add_zone(FatTreeCluster, name)
            cluster.build(self._nodes(name, nodes, shape.hosts), shape)
            return cluster

        self._add_cluster(name, build)

    def add_dragonfly(
        self,
        name: str,
        nodes: NodeType,
        *,
        groups: int,
        chassis: int,
        blades: int,
        nodes_per_blade: int,
        blue: int = 1,
        black: int = 1,
        green: int = 1,
    ) -> None:
        """Add a dragonfly with so many chassis in a group, blades (routers) in a chassis and nodes at a blade (P7.12).

        Links between groups (*blue*), chassis (*black*) and blades (*green*) have that many times the bandwidth.
        """
        shape = DragonflyShape(groups, chassis, blades, nodes_per_blade, blue, black, green)

        def build(parent: Zone) -> DragonflyCluster:
            cluster = parent.add_zone(DragonflyCluster, name)
            cluster.build(self._nodes(name, nodes, shape.hosts), shape)
            return cluster

        self._add_cluster(name, build)

    def add_torus(self, name: str, nodes: NodeType, sizes: Sequence[int]) -> None:
        """Add a torus with one node for each place; the first dimension counts fastest (P7.5)."""

        def build(parent: Zone) -> TorusCluster:
            cluster = parent.add_zone(TorusCluster, name)
            cluster.build(self._nodes(name, nodes, math.prod(sizes)), sizes)
            return cluster

        self._add_cluster(name, build)

    def add_file_system(
        self, name: str, *, read_bandwidth: Amount, write_bandwidth: Amount, latency: Amount = 0.0, servers: int = 1
    ) -> None:
        """Add a parallel file system (byte/s and s of each server).

        A single server is a host called *name*; several have a number added to it.  All traffic from server S passes
        the link ``S_read``, all traffic to it the link ``S_write``.  Clusters without a router are connected through
        nodes spread over them, one for each server.
        """
        if name in self._file_systems:
            raise refusal(f"there are two file systems {name!r}")
        if servers < 1:
            raise refusal(f"file system {name!r} has {servers} servers: at least 1 is needed")
        names = (name,) if servers == 1 else tuple(f"{name}{number}" for number in range(servers))
        self._file_systems[name] = _FileSystem(
            names, _value(BANDWIDTH, read_bandwidth), _value(BANDWIDTH, write_bandwidth), _value(TIME, latency)
        )

    def connect(self, first: str, second: str, *, bandwidth: Amount, latency: Amount = 0.0) -> None:
        """Connect two clusters by a link with a bandwidth in each direction (byte/s, s)."""
        self._connections.append((first, second, _value(BANDWIDTH, bandwidth), _value(TIME, latency)))

    def build(self) -> Platform:
        """Return the platform; raise InputError when parts do not fit together."""
        if not self._clusters:
            raise refusal("the platform has no cluster")
        root = Draft().add_zone(FullZone, self._name)
        batch = root.add_zone(FullZone, f"{self._batch_host}_zone")
        batch.add_host(self._batch_host, (0.0,), properties={"batch_system": "true"})
        clusters = {name: build(root) for name, build in self._clusters.items()}
        servers = [(server, system) for system in self._file_systems.values() for server in system.servers]
        for number, (server, system) in enumerate(servers):
            gateways = [(cluster, _gateway(cluster, number, len(servers))) for cluster in clusters.values()]
            _add_server(root, server, system, gateways)
        for names in self._connections:
            _connect(root, clusters, *names)
        return root.draft.finish()

    def _add_cluster(self, name: str, build: Callable[[Zone], Cluster]) -> None:
        if name in self._clusters:
            raise refusal(f"there are two clusters {name!r}")
        self._clusters[name] = build

    def _nodes(self, cluster: str, kind: NodeType, count: int) -> Nodes:
        if count < 1:
            raise refusal(f"cluster {cluster!r} has {count} nodes: at least 1 is needed")
        properties: dict[str, str] = {}
        if kind.gpus is not None:
            properties |= kind.gpus.properties()
        if kind.burst_buffer is not None:
            properties |= kind.burst_buffer.properties()
        if kind.file_systems:
            properties["pfs_targets"] = ",".join(server for name in kind.file_systems for server in self._servers(name))
        return Nodes(
            prefix=f"{cluster}-",
            radical=_numbers(count),
            speeds=(_value(SPEED, kind.speed),),
            cores=kind.cores,
            bandwidth=_value(BANDWIDTH, kind.bandwidth),
            latency=_value(TIME, kind.latency),
            split_duplex=kind.split_duplex,
            properties=properties,
        )

    def _servers(self, file_system: str) -> tuple[str, ...]:
        if file_system not in self._file_systems:
            raise refusal(f"there is no file system {file_system!r}; there are {', '.join(self._file_systems)}")
        return self._file_systems[file_system].servers


def _add_server(root: FullZone, name: str, system: _FileSystem, gateways: list[tuple[Cluster, Point]]) -> None:
    """Add a host that serves files, and its links to all clusters."""
    zone = root.add_zone(FullZone, f"{name}_zone")
    server = zone.add_host(name, (0.0,), properties={"pfs_host": "true"})
    read = root.add_link(f"{name}_read", system.read_bandwidth, system.latency)
    write = root.add_link(f"{name}_write", system.write_bandwidth, system.latency)
    for cluster, gateway in gateways:
        root.add_zone_route(zone, cluster, (server, gateway), [read], symmetrical=False)
        root.add_zone_route(cluster, zone, (gateway, server), [write], symmetrical=False)


def _connect(
    root: FullZone, clusters: dict[str, Cluster], first: str, second: str, bandwidth: float, latency: float
) -> None:
    for name in (first, second):
        if name not in clusters:
            raise refusal(f"there is no cluster {name!r}; there are {', '.join(clusters)}")
    one, other = clusters[first], clusters[second]
    cable = root.add_cable(f"{first}_{second}", bandwidth, latency)
    root.add_zone_route(one, other, (_gateway(one, 0, 1), _gateway(other, 0, 1)), [Lane(cable, upward=True)])


def _gateway(cluster: Cluster, number: int, count: int) -> Point:
    """Return the router of a cluster, else one of its hosts: the first of that many equal parts."""
    hosts = [point for point in cluster.points if isinstance(point, Host)]
    routers = cluster.points[len(hosts) :]
    return routers[0] if routers else hosts[number * len(hosts) // count]


def _numbers(count: int) -> range:
    """Return numbers with equally many digits, whose order as text is that of their values."""
    first = 1
    while 9 * first < count:
        first *= 10
    return range(first, first + count)


def _value(quantity: Quantity, amount: Amount) -> float:
    """Return an amount in base units."""
    if isinstance(amount, str):
        try:
            return quantity.read(amount)
        except ValueError as error:
            raise refusal(str(error)) from None
    check_amount(quantity.name, amount, str(amount))
    return float(amount)


def _text(quantity: Quantity, amount: Amount) -> str:
    """Return an amount as properties of hosts contain it."""
    return exact(quantity, _value(quantity, amount))
