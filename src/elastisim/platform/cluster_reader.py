"""The ``<cluster>`` of platform files (spec section 7 of the platform rules)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.cluster import Cluster, FlatCluster, Nodes
from elastisim.platform.dragonfly import DragonflyCluster, DragonflyShape
from elastisim.platform.fat_tree import FatTreeCluster, FatTreeShape
from elastisim.platform.link import LinkPolicy
from elastisim.platform.torus import TorusCluster
from elastisim.platform.units import BANDWIDTH, TIME, read_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.platform.document import Element
    from elastisim.platform.draft import Draft
    from elastisim.platform.zone import Zone

_SPLIT_DUPLEX = {"SHARED": False, "SPLITDUPLEX": True, "FULLDUPLEX": True, "FATPIPE": False}
"""Private links that are fat pipes do not exist; the original makes them shared (P7.2)."""

_BACKBONE_POLICIES = {"SHARED": LinkPolicy.SHARED, "FATPIPE": LinkPolicy.FATPIPE}


def add_cluster(element: Element, parent: Draft | Zone, radical: list[int], properties: Mapping[str, str]) -> Cluster:
    """Add the cluster that *element* describes to a zone or as the top-level zone."""
    nodes = Nodes(
        prefix=element["prefix"],
        suffix=element["suffix"],
        radical=radical,
        speeds=element.speeds("speed"),
        cores=element.read("core", read_integer),
        bandwidth=element.amount("bw", BANDWIDTH),
        latency=element.amount("lat", TIME),
        split_duplex=element.choose("sharing_policy", _SPLIT_DUPLEX),
        limiter=element.amount("limiter_link", BANDWIDTH, default=0.0),
        loopback_bandwidth=element.amount("loopback_bw", BANDWIDTH, default=0.0),
        loopback_latency=element.amount("loopback_lat", TIME, default=0.0),
        properties=properties,
    )
    if element["sharing_policy"] == "FATPIPE":
        element.remark("private links of clusters cannot be fat pipes; they are SHARED", "sharing_policy")
    backbone_bandwidth = element.amount("bb_bw", BANDWIDTH, default=0.0)
    backbone_latency = element.amount("bb_lat", TIME, default=0.0)
    backbone_policy = element.choose("bb_sharing_policy", _BACKBONE_POLICIES)
    name = element["id"]
    match element["topology"]:
        case "FLAT":
            flat = parent.add_zone(FlatCluster, name)
            flat.properties = properties
            flat.build(
                nodes,
                router=element["router_id"],
                backbone_bandwidth=backbone_bandwidth,
                backbone_latency=backbone_latency,
                backbone_policy=backbone_policy,
            )
            return flat
        case "TORUS":
            torus = parent.add_zone(TorusCluster, name)
            torus.build(nodes, element.read("topo_parameters", _read_sizes))
            return torus
        case "FAT_TREE":
            tree = parent.add_zone(FatTreeCluster, name)
            tree.build(nodes, element.read("topo_parameters", _read_fat_tree))
            return tree
        case "DRAGONFLY":
            dragonfly = parent.add_zone(DragonflyCluster, name)
            dragonfly.build(nodes, element.read("topo_parameters", _read_dragonfly))
            return dragonfly
        case other:
            raise element.error(f"{other!r} is not one of FLAT, TORUS, FAT_TREE, DRAGONFLY", "topology")


def _read_sizes(text: str) -> list[int]:
    return [read_integer(item) for item in text.split(",")]


def _read_fat_tree(text: str) -> FatTreeShape:
    groups = [_read_sizes(group) for group in text.split(";")]
    if len(groups) != 4 or len(groups[0]) != 1 or any(len(group) != groups[0][0] for group in groups[1:]):
        raise ValueError(
            f"{text!r} does not describe a fat tree: expected LEVELS;CHILDREN,...;PARENTS,...;CABLES,... with one "
            "number for each level in each list"
        )
    _, children, parents, cables = groups
    return FatTreeShape(tuple(children), tuple(parents), tuple(cables))


def _read_dragonfly(text: str) -> DragonflyShape:
    groups = [_read_sizes(group) for group in text.split(";")]
    if [len(group) for group in groups] != [2, 2, 2, 1]:
        raise ValueError(
            f"{text!r} does not describe a dragonfly: expected GROUPS,LINKS;CHASSIS,LINKS;BLADES,LINKS;NODES"
        )
    (count, blue), (chassis, black), (blades, green), (nodes,) = groups
    return DragonflyShape(count, chassis, blades, nodes, blue, black, green)
