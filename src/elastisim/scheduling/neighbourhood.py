"""Neighbourhoods of nodes: which nodes the topology puts close together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.dragonfly import DragonflyCluster
from elastisim.platform.fat_tree import FatTreeCluster
from elastisim.platform.torus import TorusCluster

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from elastisim.batch.node import Node
    from elastisim.platform.host import Host


def switches(nodes: Sequence[Node]) -> list[int]:
    """Return, for each node, the number of the switch that it is attached to.

    The switch is the lowest one of a fat tree, the router of a dragonfly, a row of a torus along its first dimension,
    and otherwise the zone in which the host is declared.
    """
    return _numbered([_switch(node.resource.host) for node in nodes])


def groups(nodes: Sequence[Node]) -> list[int]:
    """Return, for each node, the number of the group of switches that it belongs to.

    The group is the subtree of a second-level switch of a fat tree, the group of a dragonfly, a plane of a torus, and
    otherwise the zone in which the host is declared.
    """
    return _numbered([_group(node.resource.host) for node in nodes])


def _switch(host: Host) -> Hashable:
    zone = host.zone
    if isinstance(zone, FatTreeCluster):
        return zone, host.position // zone.shape.children[0]
    if isinstance(zone, DragonflyCluster):
        return zone, host.position // zone.shape.nodes
    if isinstance(zone, TorusCluster):
        return zone, host.position // zone.sizes[0]
    return zone


def _group(host: Host) -> Hashable:
    zone = host.zone
    if isinstance(zone, FatTreeCluster):
        children = zone.shape.children
        return zone, host.position // (children[0] * (children[1] if len(children) > 1 else 1))
    if isinstance(zone, DragonflyCluster):
        return zone, zone.place(host.position)[0]
    if isinstance(zone, TorusCluster):
        sizes = zone.sizes
        return zone, host.position // (sizes[0] * (sizes[1] if len(sizes) > 1 else 1))
    return zone


def _numbered(places: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(place, len(numbers)) for place in places]
