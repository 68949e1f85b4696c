"""Exchanges within Floyd and Dijkstra zones.

A host with a single neighbour is reached through it.  So the routes of all hosts at the same neighbour, typically a
router, are the same but for their ends.
"""

from __future__ import annotations

import heapq
from itertools import permutations, product
from typing import TYPE_CHECKING

from elastisim.platform.exchange.tally import way
from elastisim.platform.host import Host, Router

if TYPE_CHECKING:
    from elastisim.platform.exchange.tally import Tally
    from elastisim.platform.host import Point
    from elastisim.platform.route import Trail
    from elastisim.platform.shortest_path import ShortestPathZone


class _Branch:
    """Hosts that hang on the same point, with their ways to it and back."""

    def __init__(self, anchor: Point, hosts: list[Host]) -> None:
        self.anchor = anchor
        self.hosts = hosts
        self.up: dict[Host, Trail] = {}
        self.down: dict[Host, Trail] = {}
        for host in hosts:
            if host is not anchor:
                self.up[host], self.down[host] = way(host, anchor), way(anchor, host)

    def farthest(self, ways: dict[Host, Trail]) -> list[Host]:
        """Return two hosts with the longest ways, or all if there are fewer."""
        return heapq.nlargest(2, ways, key=lambda host: ways[host].latency)


def count_shortest_paths(tally: Tally, zone: ShortestPathZone, hosts: list[Host]) -> None:
    """Count the pairs of hosts of a zone with shortest paths."""
    branches = _branches(zone, hosts)
    for branch in branches:
        for ways in (branch.up, branch.down):
            for trail in ways.values():
                tally.add_all(trail.links, len(hosts) - 1)
        for source, destination in product(branch.farthest(branch.up), branch.farthest(branch.down)):
            if source is not destination:
                tally.see(branch.up[source].latency + branch.down[destination].latency)
    for start, end in permutations(branches, 2):
        trail = way(start.anchor, end.anchor)
        tally.add_all(trail.links, len(start.hosts) * len(end.hosts))
        before = max((up.latency for up in start.up.values()), default=0.0)
        after = max((down.latency for down in end.down.values()), default=0.0)
        tally.see(before + trail.latency + after)


def _branches(zone: ShortestPathZone, hosts: list[Host]) -> list[_Branch]:
    """Group hosts by the point on which they hang; hosts that have several neighbours hang on themselves."""
    taking_part = set(hosts)
    neighbours = zone.graph.neighbours
    by_anchor: dict[Point, list[Host]] = {}
    for host in hosts:
        anchor: Point = host
        if len(neighbours.get(host, ())) == 1:
            (neighbour,) = neighbours[host]
            if isinstance(neighbour, Host | Router) and neighbour not in taking_part:
                anchor = neighbour
        by_anchor.setdefault(anchor, []).append(host)
    return [_Branch(anchor, members) for anchor, members in by_anchor.items()]
