"""Floyd and Dijkstra zones against the algorithms as the specification words them, on random graphs."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import pytest
from describing import platform, route
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.platform.draft import Draft
from elastisim.platform.shortest_path import DijkstraZone, FloydZone

if TYPE_CHECKING:
    from elastisim.platform import Platform

Edges = dict[tuple[int, int], list[str]]
"""Names of the links from point to point, in order of declaration."""


@st.composite
def graphs(draw):
    """Draw a number of points and declared routes (source, destination, number of links, both ways)."""
    size = draw(st.integers(2, 9))
    pairs = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=18, unique=True))
    declared: dict[tuple[int, int], tuple[int, bool]] = {}
    for source, destination in pairs:
        if source == destination or (source, destination) in declared:
            continue
        both = (destination, source) not in declared and draw(st.booleans())
        declared[source, destination] = draw(st.integers(1, 3)), both
        if both:
            declared[destination, source] = 0, False
    return size, [(*pair, length, both) for pair, (length, both) in declared.items() if length]


def build(kind, size: int, declared) -> tuple[Platform, Edges]:
    """Return a zone of *size* hosts whose links have latencies that are powers of two, and its directed edges."""
    draft = Draft()
    zone = draft.add_zone(kind, "z")
    hosts = [zone.add_host(f"h{i}", (1.0,)) for i in range(size)]
    edges: Edges = {}
    for number, (source, destination, length, both) in enumerate(declared):
        links = [zone.add_link(f"l{number}.{i}", 1.0, 1.0 / (number + i + 1)) for i in range(length)]
        zone.add_route(hosts[source], hosts[destination], links, symmetrical=both)
        edges[source, destination] = [link.name for link in links]
        if both:
            edges[destination, source] = edges[source, destination][::-1]
    return draft.finish(), edges


def floyd(size: int, edges: Edges, source: int, destination: int) -> list[str] | None:
    """Return the links of a route by P6.4, word by word."""
    cost = {pair: len(links) for pair, links in edges.items()}
    before = {(a, b): a for a, b in edges}
    for point in range(size):
        cost.setdefault((point, point), 1)
        before.setdefault((point, point), point)
    for c, a, b in product(range(size), repeat=3):
        if (a, c) in cost and (c, b) in cost:
            total = cost[a, c] + cost[c, b]
            if (a, b) not in cost or cost[a, b] > total:
                cost[a, b] = total
                before[a, b] = before[c, b]
    hops = []
    point = destination
    while True:
        if (source, point) not in before:
            return None
        hops.append((before[source, point], point))
        point = before[source, point]
        if point == source:
            break
    return [name for hop in reversed(hops) for name in edges.get(hop, ["__loopback__"])]


def dijkstra(size: int, edges: Edges, source: int, destination: int) -> list[str] | None:
    """Return the links of a route by P6.5, word by word."""
    numbers = list(dict.fromkeys(point for edge in edges for point in edge))
    if source not in numbers or destination not in numbers:
        return None
    if source == destination:
        return edges.get((source, source), ["__loopback__"])
    cost, before, finished = {source: 0}, {}, set()
    while unfinished := [point for point in cost if point not in finished]:
        point = min(unfinished, key=lambda point: (cost[point], numbers.index(point)))
        finished.add(point)
        for (start, end), links in edges.items():
            if start == point and (end not in cost or cost[point] + len(links) < cost[end]):
                cost[end], before[end] = cost[point] + len(links), point
    if destination not in before:
        return None
    listed: list[str] = []
    point = destination
    while point != source:
        listed = edges[before[point], point][::-1] + listed
        point = before[point]
    return listed


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize(("kind", "oracle"), [(FloydZone, floyd), (DijkstraZone, dijkstra)])
@given(graphs())
def test_routes_are_those_of_the_algorithm(kind, oracle, graph):
    size, declared = graph
    found, edges = build(kind, size, declared)

    for source, destination in product(range(size), repeat=2):
        expected = oracle(size, edges, source, destination)
        if expected is None:
            with pytest.raises(InputError, match=f"no route from 'h{source}' to 'h{destination}'"):
                route(found, f"h{source}", f"h{destination}")
        else:
            assert route(found, f"h{source}", f"h{destination}") == expected


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_both_kinds_find_routes_of_equal_length(graph):
    size, declared = graph
    by_floyd, edges = build(FloydZone, size, declared)
    by_dijkstra, _ = build(DijkstraZone, size, declared)
    mentioned = {f"h{point}" for edge in edges for point in edge}

    for source, destination in product(sorted(mentioned), repeat=2):
        lengths = Counter()
        for number, found in enumerate((by_floyd, by_dijkstra)):
            try:
                lengths[number] = len(route(found, source, destination))
            except InputError:
                lengths[number] = -1
        assert lengths[0] == lengths[1]


def test_hosts_on_switches_need_no_tables_of_their_own():
    draft = Draft()
    zone = draft.add_zone(FloydZone, "z")
    switches = [zone.add_router(f"s{i}") for i in range(3)]
    for i in range(3):
        zone.add_route(switches[i], switches[(i + 1) % 3], [zone.add_link(f"ring{i}", 1.0, 0.0)])
    hosts = [zone.add_host(f"h{i}", (1.0,)) for i in range(30)]
    for i, host in enumerate(hosts):
        zone.add_route(host, switches[i % 3], [zone.add_link(f"up{i}", 1.0, 0.0)])
    found = draft.finish()

    assert route(found, "h0", "h4") == ["up0", "ring0", "up4"]
    assert route(found, "h5", "h3") == ["up5", "ring2", "up3"]
    assert route(found, "h3", "h6") == ["up3", "up6"]
    for source, destination in product(found.hosts, repeat=2):
        found.route(source, destination)
    assert len(zone._tables) == 3


def test_tables_are_bounded(monkeypatch):
    monkeypatch.setattr("elastisim.platform.shortest_path.ENTRIES_KEPT", 20)
    draft = Draft()
    zone = draft.add_zone(FloydZone, "z")
    ring = [zone.add_host(f"h{i}", (1.0,)) for i in range(9)]
    for i in range(9):
        zone.add_route(ring[i], ring[(i + 1) % 9], [zone.add_link(f"l{i}", 1.0, 0.0)])
    found = draft.finish()

    for source, destination in product(ring, repeat=2):
        assert len(found.route(source, destination).links) == max(
            1, min((source.index - destination.index) % 9, (destination.index - source.index) % 9)
        )
        assert len(zone._tables) <= 4


def test_routes_declared_later_count():
    draft = Draft()
    zone = draft.add_zone(DijkstraZone, "z")
    a, b, c = (zone.add_host(name, (1.0,)) for name in "abc")
    ab, bc, ac = (zone.add_link(name, 1.0, 0.0) for name in ("ab", "bc", "ac"))
    zone.add_route(a, b, [ab])
    zone.add_route(b, c, [bc])
    found = draft.finish()
    assert found.latency(a, c, {bc: 2.0}) == 2.0

    zone.add_route(a, c, [ac])

    assert found.latency(a, c, {bc: 2.0}) == 0.0


def test_routes_declared_later_count_where_there_is_a_choice():
    draft = Draft()
    zone = draft.add_zone(FloydZone, "z")
    ring = [zone.add_host(name, (1.0,)) for name in "abcde"]
    links = [zone.add_link(f"l{i}", 1.0, 1.0) for i in range(6)]
    for i in range(5):
        zone.add_route(ring[i], ring[(i + 1) % 5], [links[i]])
    found = draft.finish()
    assert found.latency(ring[0], ring[2], {links[5]: 0.5}) == 2.0

    zone.add_route(ring[0], ring[2], [links[5]])

    assert found.latency(ring[0], ring[2], {links[5]: 0.5}) == 0.5


ZONES = (
    '<zone id="w" routing="{kind}"><zone id="y" routing="Full"><host id="c" speed="1f"/></zone>'
    '<zone id="v" routing="Full"><host id="e" speed="1f"/><host id="f" speed="1f"/>'
    '<link id="ef" bandwidth="1Bps" latency="3us"/><route src="e" dst="f"><link_ctn id="ef"/></route></zone>'
    '<zone id="z" routing="Full"><host id="a" speed="1f"/></zone>'
    '<zone id="far" routing="None"><host id="q" speed="1f"/></zone>'
    '<link id="x" bandwidth="1Bps" latency="4us"/><link id="x2" bandwidth="1Bps" latency="5us"/>'
    '<zoneRoute src="y" dst="v" gw_src="c" gw_dst="e"><link_ctn id="x"/></zoneRoute>'
    '<zoneRoute src="v" dst="z" gw_src="f" gw_dst="a"><link_ctn id="x2"/></zoneRoute></zone>'
)


@pytest.mark.parametrize("kind", ["Floyd", "Dijkstra", "DijkstraCache"])
def test_gateways_that_differ_are_joined(kind):
    found = platform(ZONES.format(kind=kind))

    assert route(found, "c", "a") == ["x", "ef", "x2"]
    assert route(found, "a", "c") == ["x2", "ef", "x"]
    assert found.route(found.host("c"), found.host("a")).latency == pytest.approx(12e-6, rel=1e-12)
    with pytest.raises(
        InputError, match="no route from 'c' to 'q': zone 'w' has no routes that lead from 'y' to 'far'"
    ):
        route(found, "c", "q")


def test_dijkstra_puts_what_it_finds_in_front_of_what_was_there():
    """The oddity of P5.4: a way inside a Dijkstra zone ends up before the links that lead into it."""
    found = platform(
        '<zone id="w" routing="Full"><zone id="d" routing="Dijkstra"><host id="a" speed="1f"/><host id="b" speed="1f"/>'
        '<link id="l1" bandwidth="1Bps"/><link id="l2" bandwidth="1Bps"/><route src="a" dst="b"><link_ctn id="l1"/>'
        '<link_ctn id="l2"/></route></zone><zone id="o" routing="Full"><host id="c" speed="1f"/></zone>'
        '<link id="x" bandwidth="1Bps"/>'
        '<zoneRoute src="o" dst="d" gw_src="c" gw_dst="a"><link_ctn id="x"/></zoneRoute></zone>'
    )

    assert route(found, "c", "b") == ["l2", "l1", "x"]
    assert route(found, "b", "c") == ["l1", "l2", "x"]
