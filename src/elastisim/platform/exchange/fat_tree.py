"""Exchanges within fat trees (spec P7.11).

The way up consists of switches above the source that the position of the destination selects; the way down of switches
above the destination, all of them selected by its own position.  Only among parallel cables downwards the position of
the source selects.  So pairs are counted by group (the hosts below one switch position) and by choice of ports.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from elastisim.platform.route import Trail

if TYPE_CHECKING:
    from elastisim.platform.exchange.tally import Tally
    from elastisim.platform.fat_tree import FatTreeCluster
    from elastisim.platform.host import Host


class _Level:
    """The destinations as seen from one level: ``groups`` lists those below each occupied place of the level.

    ``selected`` holds for each destination the part of the index of a switch on this level that depends on it.
    """

    def __init__(self, tree: FatTreeCluster, level: int, leaves: list[int], selected: dict[int, int]) -> None:
        self.level = level
        self.width = math.prod(tree.shape.parents[:level])
        self.size = math.prod(tree.shape.children[:level])
        self.selected = selected
        self.groups: dict[int, list[int]] = {}
        for leaf in leaves:
            self.groups.setdefault(leaf // self.size, []).append(leaf)

    def node(self, group: int, selected: int) -> int:
        """Return the index of a node of this level."""
        return group * self.width + selected


def count_fat_tree(tally: Tally, tree: FatTreeCluster, hosts: list[Host]) -> None:
    """Count the pairs of hosts of a fat tree."""
    leaves = [host.position for host in hosts]
    levels = [_Level(tree, 0, leaves, dict.fromkeys(leaves, 0))]
    ports = {leaf: tree.parent_ports(leaf) for leaf in leaves}
    while len(levels[-1].groups) > 1:
        level = levels[-1]
        taken = {leaf: next(ports[leaf]) for leaf in leaves}
        _count_up(tally, tree, level, taken)
        parents = tree.shape.parents[level.level]
        selected = {leaf: level.selected[leaf] + taken[leaf] % parents * level.width for leaf in leaves}
        levels.append(_Level(tree, level.level + 1, leaves, selected))
    _count_down(tally, tree, levels)
    for leaf in leaves if tree.limiters else ():
        tally.add(tree.limiters[leaf], len(leaves) - 1)
    assert tree.nodes is not None
    tally.see(2 * (len(levels) - 1) * tree.nodes.latency)


def _count_up(tally: Tally, tree: FatTreeCluster, level: _Level, ports: dict[int, int]) -> None:
    """Count the pairs that leave each node of a level upwards: towards destinations of all other groups."""
    everywhere = Counter((level.selected[leaf], ports[leaf]) for leaf in ports)
    for group, leaves in level.groups.items():
        inside = Counter((level.selected[leaf], ports[leaf]) for leaf in leaves)
        for choice, destinations in everywhere.items():
            selected, port = choice
            pairs = len(leaves) * (destinations - inside[choice])
            node = level.node(group, selected)
            tally.add(tree.wire(level.level, node, port)[0], pairs)
            if tree.limiters:
                limiters = tree.switch_limiters[level.level - 1] if level.level else tree.limiters
                tally.add(limiters[node], pairs)


def _count_down(tally: Tally, tree: FatTreeCluster, levels: list[_Level]) -> None:
    """Count the pairs that turn at each level towards each destination, by what selects the cables downwards."""
    modulus = math.lcm(*tree.shape.cables)
    first = tree.first_position
    for below, level in pairwise(levels):
        for group, leaves in level.groups.items():
            senders = Counter((first + leaf) % modulus for leaf in leaves)
            for subgroup in dict.fromkeys(leaf // below.size for leaf in leaves):
                near = below.groups[subgroup]
                inside = Counter((first + leaf) % modulus for leaf in near)
                for leaf in near:
                    node = level.node(group, level.selected[leaf])
                    for start, count in senders.items():
                        if count > inside[start]:
                            trail = Trail()
                            tree.descend(trail, level.level, node, start, leaf)
                            tally.add_all(trail.links, count - inside[start])
