"""Patterns ask of the network what all their transfers ask for together."""

from __future__ import annotations

import math
import time

import pytest
from describing import GOLDEN, cluster, nodes
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.patterns import MatrixPattern
from elastisim.platform import LinkPolicy, pair_usage, read_platform
from elastisim.platform.cluster import FlatCluster
from elastisim.platform.declared import FullZone, NoneZone
from elastisim.platform.draft import Draft
from elastisim.platform.dragonfly import DragonflyCluster, DragonflyShape
from elastisim.platform.fat_tree import FatTreeCluster, FatTreeShape
from elastisim.platform.pattern_usage import pattern_usage
from elastisim.platform.shortest_path import DijkstraZone, FloydZone
from elastisim.platform.star import ClusterZone
from elastisim.platform.torus import TorusCluster
from elastisim.platform.vivaldi import VivaldiZone

NAMED = [pattern for pattern in MatrixPattern if pattern is not MatrixPattern.MATRIX]
ALL_TO_ALL = MatrixPattern.ALL_TO_ALL

# Powers of two add up without rounding, so that latencies can be compared for equality.
latencies = st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0, 2.0])
policies = st.sampled_from(LinkPolicy)
small = st.integers(1, 3)


def assert_sum_over_pairs(found, pattern, hosts):
    usage = pattern_usage(found, pattern, hosts)
    entries = pattern.entries(1.0, len(hosts))
    expected = pair_usage(found, [(hosts[i], hosts[j], amount) for i, j, amount in entries])
    assert usage.weights == {link: pytest.approx(weight, rel=1e-12) for link, weight in expected.weights.items()}
    assert usage.latency == pytest.approx(expected.latency, rel=1e-12)
    assert usage.window == pytest.approx(expected.window, rel=1e-12)


# Platforms at random


@st.composite
def described_nodes(draw, count, prefix):
    return nodes(
        count,
        prefix=prefix,
        latency=draw(latencies),
        split_duplex=draw(st.booleans()),
        limiter=draw(st.sampled_from([0.0, 1e6])),
        loopback_bandwidth=draw(st.sampled_from([0.0, 1e9])),
    )


@st.composite
def levels(draw):
    count = draw(small)
    lists = (draw(st.lists(small, min_size=count, max_size=count)) for _ in range(3))
    return FatTreeShape(*map(tuple, lists))


@st.composite
def dragonfly_shapes(draw):
    groups, chassis = draw(small), draw(small)
    return DragonflyShape(groups, chassis, draw(st.integers(groups, 4)), draw(st.integers(1, 2)))


def add_flat(draw, parent, name):
    zone = parent.add_zone(FlatCluster, name)
    backbone = draw(st.sampled_from([0.0, 1e9]))
    described = draw(described_nodes(draw(st.integers(1, 8)), name))
    zone.build(
        described,
        backbone_bandwidth=backbone,
        backbone_latency=draw(latencies) if backbone else 0.0,
        backbone_policy=draw(policies),
    )


def add_fat_tree(draw, parent, name):
    # Few shapes would not collide with the names of the limiters otherwise (P7.9).
    shape = draw(levels().filter(lambda it: sum(it.width(level + 1) for level in range(it.levels)) < it.hosts))
    parent.add_zone(FatTreeCluster, name).build(draw(described_nodes(shape.hosts, name)), shape)


def add_dragonfly(draw, parent, name):
    shape = draw(dragonfly_shapes())
    parent.add_zone(DragonflyCluster, name).build(draw(described_nodes(shape.hosts, name)), shape)


def add_torus(draw, parent, name):
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 4, 5, 7]), min_size=1, max_size=3))
    sizes = [1 if size == 1 and 1 in sizes[:position] else size for position, size in enumerate(sizes)]
    sizes = [size for position, size in enumerate(sizes) if size > 1 or sizes.index(1) == position]
    count = 1
    for size in sizes:
        count *= size
    parent.add_zone(TorusCluster, name).build(draw(described_nodes(count, name)), sizes)


def add_cabinets(draw, parent, name):
    """Add hosts with links of their own, links that several share, or none."""
    zone = parent.add_zone(ClusterZone, name)
    links = [zone.add_link(f"{name}-l{i}", 1e6, draw(latencies), draw(policies)) for i in range(4)]
    for i in range(draw(st.integers(1, 6))):
        host = zone.add_host(f"{name}{i}", (1e9,))
        if draw(st.booleans()):
            zone.add_host_link(host, draw(st.sampled_from(links)), draw(st.sampled_from(links)))
    for i in range(draw(st.integers(0, 4))):
        zone.add_cabinet_host(f"{name}-{i}", 1e9, 1e6, draw(latencies))
    if draw(st.booleans()):
        zone.add_backbone(f"{name}-bb", 1e6, draw(latencies))


def add_peers(draw, parent, name):
    zone = parent.add_zone(VivaldiZone, name)
    places = st.tuples(*[st.integers(-100, 100).map(float)] * 3)
    for i in range(draw(st.integers(1, 6))):
        zone.add_peer(f"{name}{i}", (1e9,), draw(places), bandwidth_in=1e6, bandwidth_out=1e6)


def add_graph(draw, parent, name):
    """Add hosts and routers that are connected as a tree, with a few routes more."""
    zone = parent.add_zone(draw(st.sampled_from([FullZone, FloydZone, DijkstraZone])), name)
    points = [
        zone.add_router(f"{name}r{i}") if draw(st.booleans()) else zone.add_host(f"{name}{i}", (1e9,))
        for i in range(draw(st.integers(1, 8)))
    ]
    points.append(zone.add_host(f"{name}last", (1e9,)))
    links = [zone.add_link(f"{name}-l{i}", 1e6, draw(latencies), draw(policies)) for i in range(6)]
    routes = st.lists(st.sampled_from(links), min_size=1, max_size=3)
    pairs = [(draw(st.integers(0, i - 1)), i) for i in range(1, len(points))]
    pairs += draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=4))
    declared = set()
    for i, j in pairs:
        if i < j < len(points) and (i, j) not in declared:
            declared.add((i, j))
            zone.add_route(points[i], points[j], draw(routes))
    if draw(st.booleans()):
        zone.add_bypass(points[0], points[-1], draw(routes))


ADD = [add_flat, add_fat_tree, add_dragonfly, add_torus, add_cabinets, add_peers, add_graph]


def gateways(zone):
    if zone.zones:
        return [point for sub_zone in zone.zones for point in gateways(sub_zone)]
    return zone.points


def add_group(draw, parent, name, kinds):
    """Add zones that are connected to each other, or in a chain."""
    zone = parent.add_zone(draw(st.sampled_from([FullZone, FloydZone, DijkstraZone])), name)
    for i, add in enumerate(kinds):
        add(draw, zone, f"{name}{'abc'[i]}")
    links = [zone.add_link(f"{name}-l{i}", 1e6, draw(latencies), draw(policies)) for i in range(3)]
    routes = st.lists(st.sampled_from(links), min_size=1, max_size=2)
    for i, start in enumerate(zone.zones):
        for j, end in enumerate(zone.zones[:i]):
            if isinstance(zone, FullZone) or j == i - 1:
                ends = draw(st.sampled_from(gateways(start))), draw(st.sampled_from(gateways(end)))
                zone.add_zone_route(start, end, ends, draw(routes))
    if len(kinds) > 1 and draw(st.integers(0, 3)) == 0:
        start, end = zone.zones[:2]
        ends = draw(st.sampled_from(gateways(start))), draw(st.sampled_from(gateways(end)))
        zone.add_zone_bypass(start, end, ends, draw(routes))


def add_pair(draw, parent, name):
    add_group(draw, parent, name, draw(st.lists(st.sampled_from(ADD), min_size=2, max_size=2)))


@st.composite
def single_zones(draw, add):
    draft = Draft()
    add(draw, draft, "z")
    return draft.finish()


@st.composite
def several_zones(draw):
    draft = Draft()
    add_group(draw, draft, "z", draw(st.lists(st.sampled_from([*ADD, add_pair]), min_size=2, max_size=3)))
    return draft.finish()


def choice_of_hosts(data, found):
    hosts = data.draw(st.permutations(found.hosts), label="hosts")
    return hosts[: data.draw(st.integers(1, len(hosts)), label="number of hosts")]


@pytest.mark.parametrize("add", ADD)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_all_to_all_is_the_sum_over_all_pairs_of_a_zone(add, data):
    found = data.draw(single_zones(add))

    assert_sum_over_pairs(found, ALL_TO_ALL, choice_of_hosts(data, found))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_all_to_all_is_the_sum_over_all_pairs_of_several_zones(data):
    found = data.draw(several_zones())

    assert_sum_over_pairs(found, ALL_TO_ALL, choice_of_hosts(data, found))


@pytest.mark.parametrize("pattern", NAMED)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_pattern_is_the_sum_over_its_pairs(pattern, data):
    found = data.draw(several_zones())

    assert_sum_over_pairs(found, pattern, choice_of_hosts(data, found))


@pytest.mark.parametrize("pattern", [ALL_TO_ALL, MatrixPattern.RING])
@pytest.mark.parametrize("folder", sorted((GOLDEN / "routes").iterdir()), ids=lambda folder: folder.name)
def test_recorded_platforms(folder, pattern):
    found = read_platform(folder / "platform.xml")
    hosts = found.hosts[:: max(1, len(found.hosts) // 40)]
    pairs = [(hosts[i], hosts[j], amount) for i, j, amount in pattern.entries(1.0, len(hosts))]
    refused = refusal(lambda: pair_usage(found, pairs))

    assert refusal(lambda: pattern_usage(found, pattern, hosts)) == refused
    if refused is None:
        assert_sum_over_pairs(found, pattern, hosts)


def refusal(action):
    try:
        action()
    except InputError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("kind", "shape", "count"),
    [
        (FatTreeCluster, FatTreeShape((6, 5, 4), (1, 3, 2), (1, 1, 2)), 120),
        (DragonflyCluster, DragonflyShape(4, 2, 5, 3), 120),
        (TorusCluster, (7, 5, 3), 105),
    ],
)
@pytest.mark.parametrize("limiter", [0.0, 1e6])
def test_all_to_all_on_whole_machines(kind, shape, count, limiter):
    draft = Draft()
    draft.add_zone(kind, "c").build(nodes(count, limiter=limiter), shape)
    found = draft.finish()

    assert_sum_over_pairs(found, ALL_TO_ALL, found.hosts)


@pytest.mark.parametrize("sizes", [(9,), (8,), (7, 5), (8, 6), (5, 4, 3), (2, 9, 2)])
@pytest.mark.parametrize("limiter", [0.0, 1e6])
def test_all_to_all_on_neighbours_in_a_torus(sizes, limiter):
    """No two of them are as far apart as two nodes of the torus can be."""
    count = math.prod(sizes)
    draft = Draft()
    torus = draft.add_zone(TorusCluster, "c")
    torus.build(nodes(count, limiter=limiter), sizes)
    found = draft.finish()

    for number in range(2, count):
        assert_sum_over_pairs(found, ALL_TO_ALL, torus.points[1 : number + 1])


def test_all_to_all_on_a_diagonal_of_a_torus():
    """The farthest two are two steps apart on each ring, once upwards and once downwards."""
    draft = Draft()
    torus = draft.add_zone(TorusCluster, "c")
    torus.build(nodes(25, latency=1.0), (5, 5))
    found = draft.finish()
    hosts = torus.points[4:21:4]

    assert pattern_usage(found, ALL_TO_ALL, hosts).latency == 4.0
    assert_sum_over_pairs(found, ALL_TO_ALL, hosts)


@pytest.mark.parametrize("kind", [FloydZone, DijkstraZone])
@pytest.mark.parametrize("leaves", [1, 2, 5])
@pytest.mark.parametrize("hub_takes_part", [False, True])
def test_all_to_all_around_a_host(kind, leaves, hub_takes_part):
    draft = Draft()
    zone = draft.add_zone(kind, "z")
    hub = zone.add_host("hub", (1e9,))
    hosts = [zone.add_host(f"h{i}", (1e9,)) for i in range(leaves)]
    for i, host in enumerate(hosts):
        zone.add_route(host, hub, [zone.add_link(f"l{i}", 1e6, 2.0**i)])
    found = draft.finish()

    assert_sum_over_pairs(found, ALL_TO_ALL, [hub, *hosts] if hub_takes_part else hosts)


@pytest.mark.parametrize("kind", [FloydZone, DijkstraZone, ClusterZone, FlatCluster])
def test_all_to_all_with_a_bypass(kind):
    draft = Draft()
    zone = draft.add_zone(kind, "z")
    if kind is FlatCluster:
        zone.build(nodes(4))
        hosts = zone.points[:4]
    else:
        hosts = [zone.add_host(f"h{i}", (1e9,)) for i in range(4)]
    if kind in (FloydZone, DijkstraZone):
        router = zone.add_router("r")
        for i, host in enumerate(hosts):
            zone.add_route(host, router, [zone.add_link(f"l{i}", 1e6, 1.0)])
    zone.add_bypass(hosts[1], hosts[2], [zone.add_link("bypass", 1e6, 8.0)])
    found = draft.finish()

    assert_sum_over_pairs(found, ALL_TO_ALL, hosts)
    assert pattern_usage(found, ALL_TO_ALL, hosts).latency == 8.0


def test_all_to_all_on_many_nodes_of_a_large_machine_takes_no_time():
    """A million routes would take ten seconds."""
    draft = Draft()
    shape = FatTreeShape((16, 16, 16), (1, 8, 16), (1, 1, 1))
    draft.add_zone(FatTreeCluster, "c").build(nodes(4096), shape)
    found = draft.finish()
    start = time.process_time()

    pattern_usage(found, ALL_TO_ALL, found.hosts[::4])

    assert time.process_time() - start < 1.0


# By hand


def test_all_to_all_on_a_crossbar():
    """Of one byte in all, each of four hosts sends a quarter and receives a quarter."""
    found = cluster()

    usage = pattern_usage(found, ALL_TO_ALL, found.hosts)

    expected = {f"c_link_{i}_{half}": pytest.approx(0.25) for i in range(4) for half in ("UP", "DOWN")}
    assert {link.name: weight for link, weight in usage.weights.items()} == expected
    assert usage.latency == pytest.approx(0.002)
    assert usage.window == pytest.approx(0.002 / 12)


def test_all_to_all_on_a_backbone_that_is_a_fat_pipe():
    found = cluster('bb_bw="1MBps" bb_sharing_policy="FATPIPE"')

    assert pattern_usage(found, ALL_TO_ALL, found.hosts).weights[found.link("c_backbone")] == pytest.approx(1 / 12)


def test_all_to_all_in_a_fat_tree():
    """A quarter of the pairs of eight hosts leaves each half of the tree."""
    found = cluster('topology="FAT_TREE" topo_parameters="2;4,2;1,1;1,1"', radical="0-7")

    usage = pattern_usage(found, ALL_TO_ALL, found.hosts)

    assert usage.weights[found.link("link_from_15_13_8_UP")] == pytest.approx(16 / 56)
    assert usage.weights[found.link("link_from_14_13_9_DOWN")] == pytest.approx(16 / 56)
    assert usage.weights[found.link("link_from_0_15_0_UP")] == pytest.approx(7 / 56)
    assert usage.latency == pytest.approx(0.004)


def test_all_to_all_on_a_ring():
    """Going up from one of five hosts pass a pair of neighbours and two pairs that are two steps apart."""
    found = cluster('topology="TORUS" topo_parameters="5"', radical="0-4")

    usage = pattern_usage(found, ALL_TO_ALL, found.hosts)

    assert list(usage.weights.values()) == [pytest.approx(3 / 20)] * 10
    assert usage.latency == pytest.approx(0.002)


def test_one_host_has_nobody_to_talk_to():
    found = cluster()

    for pattern in NAMED:
        usage = pattern_usage(found, pattern, found.hosts[:1])
        assert (usage.weights, usage.latency, usage.window) == ({}, 0.0, 0.0)


def test_hosts_that_are_not_connected_are_named():
    draft = Draft()
    zone = draft.add_zone(NoneZone, "z")
    for name in ("a", "b"):
        zone.add_host(name, (1e9,))
    found = draft.finish()

    with pytest.raises(InputError, match="from 'a' to 'b'"):
        pattern_usage(found, ALL_TO_ALL, found.hosts)


def test_a_matrix_has_no_usage_of_its_own():
    found = cluster()

    with pytest.raises(ValueError, match="lists its entries itself"):
        pattern_usage(found, MatrixPattern.MATRIX, found.hosts)
