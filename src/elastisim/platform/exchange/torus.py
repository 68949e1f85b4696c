"""Exchanges within tori (spec P7.6).

On its way through a dimension a route is where its source is in all later dimensions and where its destination is in
all earlier ones.  So the traffic on each ring is that between the sources of the one and the destinations of the other
kind, counted by their places on the ring.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate, combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.platform.exchange.tally import Tally
    from elastisim.platform.host import Host
    from elastisim.platform.torus import TorusCluster

Census = tuple[int, ...]
"""A number of hosts for each place on a ring."""


def count_torus(tally: Tally, torus: TorusCluster, hosts: list[Host]) -> None:
    """Count the pairs of hosts of a torus."""
    nodes = [host.position for host in hosts]
    stride = 1
    for dimension, size in enumerate(torus.sizes):
        if size > 1:
            _count_dimension(tally, torus, dimension, stride, nodes)
        stride *= size
    for node in nodes if torus.limiters else ():
        tally.add(torus.limiters[node], len(nodes) - 1)
    assert torus.nodes is not None
    tally.see(_diameter(torus, nodes) * torus.nodes.latency)


def _count_dimension(tally: Tally, torus: TorusCluster, dimension: int, stride: int, nodes: list[int]) -> None:
    """Count the pairs that pass the links of all rings of a dimension; places on a ring are *stride* apart."""
    size = torus.sizes[dimension]
    reach = _reach_upward(torus, dimension)
    back = [size - 1 - steps for steps in reversed(reach)]

    @cache
    def traffic(senders: Census, receivers: Census) -> tuple[list[int], list[int]]:
        downward = _departures(senders[::-1], receivers[::-1], back)
        return _departures(senders, receivers, reach), downward[::-1]

    senders = _census((divmod(node // stride, size) for node in nodes), size)
    receivers = _census(((node % stride, node // stride % size) for node in nodes), size)
    for (later, leaving), (earlier, arriving) in product(senders.items(), receivers.items()):
        first = later * stride * size + earlier
        for place, (up, down) in enumerate(zip(*traffic(leaving, arriving), strict=True)):
            node = first + place * stride
            if up:
                tally.add(torus.wire(node, dimension)[0], up)
            if down:
                tally.add(torus.wire(torus.neighbour(node, dimension, upward=False), dimension)[1], down)
            if torus.limiters:
                tally.add(torus.limiters[node], up + down)


def _census(places: Iterable[tuple[int, int]], size: int) -> dict[int, Census]:
    """Count the hosts at each place of each ring."""
    rings: dict[int, list[int]] = {}
    for ring, place in places:
        rings.setdefault(ring, [0] * size)[place] += 1
    return {ring: tuple(counts) for ring, counts in rings.items()}


def _reach_upward(torus: TorusCluster, dimension: int) -> list[int]:
    """Return for each place on a ring how many steps upwards routes go at most; beyond that they go downwards."""
    size = torus.sizes[dimension]
    half = size // 2
    return [half - (not torus.goes_up(dimension, place, (place + half) % size)) for place in range(size)]


def _departures(senders: Census, receivers: Census, reach: list[int]) -> list[int]:
    """Return how many pairs pass from each place of a ring to the next if senders reach so many steps ahead.

    Of the pairs of a sender, those that pass place p are its receivers from p + 1 to where it reaches.  Sums over
    senders change only where one begins or ceases to reach, so they are carried along twice around the ring.
    """
    size = len(senders)
    # Receivers on the first places of two rounds.
    passed = [0, *accumulate(receivers + receivers)]
    senders_change = [0] * (2 * size + 1)
    pairs_change = [0] * (2 * size + 1)
    for place, (count, steps) in enumerate(zip(senders, reach, strict=True)):
        for position, sign in ((place, 1), (place + steps, -1)):
            senders_change[position] += sign * count
            pairs_change[position] += sign * count * passed[place + steps + 1]
    departures = [0] * size
    active = pairs = 0
    for position in range(2 * size):
        active += senders_change[position]
        pairs += pairs_change[position]
        departures[position % size] += pairs - active * passed[position + 1]
    return departures


def _diameter(torus: TorusCluster, nodes: list[int]) -> int:
    """Return the largest number of steps between two nodes.

    Seen from a node, no place is farther than its antipode, and every step from there brings one nearer.  So the
    search starts at the antipodes of all nodes and spreads until it meets a node.
    """
    if len(nodes) ** 2 < len(torus.points):
        return max(_distance(torus, one, other) for one, other in combinations(nodes, 2))
    wanted = set(nodes)
    reached = {antipode for node in nodes for antipode in _antipodes(torus, node)}
    frontier = reached
    steps = sum(size // 2 for size in torus.sizes)
    while wanted.isdisjoint(frontier):
        frontier = {
            torus.neighbour(node, dimension, upward=upward)
            for node in frontier
            for dimension in range(len(torus.sizes))
            for upward in (True, False)
        } - reached
        reached |= frontier
        steps -= 1
    return steps


def _distance(torus: TorusCluster, one: int, other: int) -> int:
    distance = 0
    for dimension, size in enumerate(torus.sizes):
        apart = abs(torus.coordinate(one, dimension) - torus.coordinate(other, dimension))
        distance += min(apart, size - apart)
    return distance


def _antipodes(torus: TorusCluster, node: int) -> list[int]:
    """Return the farthest nodes: two places on each ring of odd size."""
    antipodes = [node]
    stride = 1
    for dimension, size in enumerate(torus.sizes):
        place = torus.coordinate(node, dimension)
        opposite = dict.fromkeys(((place + size // 2) % size, (place + (size + 1) // 2) % size))
        antipodes = [other + (new - place) * stride for other in antipodes for new in opposite]
        stride *= size
    return antipodes
