"""Generated topologies: their size and names, and routes that hold together on any shape."""

from __future__ import annotations

import math
import re
from itertools import product

import pytest
from describing import cluster, nodes, route
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.platform import LinkPolicy
from elastisim.platform.declared import FullZone
from elastisim.platform.draft import Draft
from elastisim.platform.dragonfly import DragonflyCluster, DragonflyShape
from elastisim.platform.fat_tree import FatTreeCluster, FatTreeShape
from elastisim.platform.torus import TorusCluster


def built(kind, shape, count, **changes):
    """Return the only cluster of a platform, and the platform."""
    draft = Draft()
    zone = draft.add_zone(kind, "c")
    zone.build(nodes(count, **changes), shape)
    return zone, draft.finish()


def names(found, source, destination):
    return [link.name for link in found.route(source, destination).links]


sizes = st.lists(st.integers(2, 5), min_size=1, max_size=4).filter(lambda sizes: math.prod(sizes) <= 60)
trees = st.integers(1, 3).flatmap(
    lambda levels: st.tuples(
        *(st.lists(st.integers(1, 3), min_size=levels, max_size=levels).map(tuple) for _ in range(3))
    )
)
dragonflies = st.builds(
    lambda groups, chassis, extra, per_blade, links: DragonflyShape(groups, chassis, groups + extra, per_blade, *links),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.tuples(*[st.integers(1, 3)] * 3),
)


@settings(max_examples=40, deadline=None)
@given(sizes, st.booleans())
def test_torus_routes_lead_from_neighbour_to_neighbour(sizes, split):
    zone, found = built(TorusCluster, sizes, math.prod(sizes), split_duplex=split)
    assert len(found.links) == math.prod(sizes) * len(sizes) * (1 + split) + 1

    for source, destination in product(zone.points, repeat=2):
        here = source.position
        for name in names(found, source, destination):
            ends = [int(end) for end in re.match(r"c_link_from_(\d+)_to_(\d+)(_UP|_DOWN)?$", name).groups()[:2]]
            assert here in ends
            if split:
                assert name.endswith("_UP") is (here == ends[0])
            here = ends[1] if here == ends[0] else ends[0]
        assert here == destination.position


@settings(max_examples=40, deadline=None)
@given(sizes)
def test_torus_routes_are_hardly_longer_than_shortest_ones(sizes):
    """Per ring at most half of its size; on even rings the way up is preferred, on odd ones one more hop can occur."""
    zone, found = built(TorusCluster, sizes, math.prod(sizes))

    for source, destination in product(zone.points, repeat=2):
        shortest = 0
        for dimension, size in enumerate(sizes):
            distance = abs(
                zone.coordinate(source.position, dimension) - zone.coordinate(destination.position, dimension)
            )
            shortest += min(distance, size - distance)
        assert shortest <= len(names(found, source, destination)) <= shortest + len(sizes)


def test_torus_limiters_are_those_of_the_hosts_on_the_way():
    found = cluster('topology="TORUS" topo_parameters="4" limiter_link="1MBps" loopback_bw="1MBps"')

    assert route(found, "n0", "n2") == [
        "c_link_0_limiter",
        "c_link_from_0_to_1_UP",
        "c_link_1_limiter",
        "c_link_from_1_to_2_UP",
        "c_link_2_limiter",
    ]
    assert route(found, "n0", "n3") == ["c_link_0_limiter", "c_link_from_3_to_0_DOWN", "c_link_3_limiter"]
    assert route(found, "n1", "n1") == ["c_link_1_loopback"]


def label(shape, level, index):
    digits = []
    for j in range(shape.levels):
        radix = shape.parents[j] if j < level else shape.children[j]
        digits.append(index % radix)
        index //= radix
    return digits


@settings(max_examples=60, deadline=None)
@given(trees)
def test_parents_in_a_fat_tree_differ_in_one_digit_of_the_label(lists):
    shape = FatTreeShape(*lists)
    zone, _ = built(FatTreeCluster, shape, shape.hosts)

    for level in range(shape.levels):
        for index in range(shape.width(level)):
            for digit in range(shape.parents[level]):
                above = zone.above(level, index, digit)
                expected = label(shape, level, index)
                expected[level] = digit
                assert label(shape, level + 1, above) == expected
                assert zone.below(level + 1, above, label(shape, level, index)[level]) == index


def scanned_route(zone, source, destination, first=0):
    """Return a route by P7.11, port by port, as pairs of nodes (level, index) with the number of the cable."""
    shape, hops = zone.shape, []
    level, node, target = 0, source, label(zone.shape, 0, destination)

    def is_ancestor():
        return level > 0 and label(shape, level, node)[level:] == target[level:]

    while not is_ancestor():
        v = first + destination
        for parents in shape.parents[:level]:
            v //= parents
        port = v % (shape.parents[level] * shape.cables[level])
        above = zone.above(level, node, port % shape.parents[level])
        hops.append(((level, node), (level + 1, above), port // shape.parents[level], "UP"))
        level, node = level + 1, above
    while level > 0:
        x = (first + source) % shape.cables[level - 1] * shape.children[level - 1]
        while level > 0 and x < shape.children[level - 1] * shape.cables[level - 1]:
            if x % shape.children[level - 1] == target[level - 1]:
                below = zone.below(level, node, target[level - 1])
                hops.append(((level - 1, below), (level, node), x // shape.children[level - 1], "DOWN"))
                level, node = level - 1, below
            x += 1
    assert node == destination
    return hops


@settings(max_examples=60, deadline=None)
@given(trees, st.integers(0, 5))
def test_fat_tree_routes_are_those_of_a_scan_port_by_port(lists, before):
    """Another tree before this one shifts the positions that choose among parents and cables (P7.10)."""
    shape = FatTreeShape(*lists)
    draft = Draft()
    top = draft.add_zone(FullZone, "top")
    if before:
        top.add_zone(FatTreeCluster, "b").build(nodes(before, prefix="b"), FatTreeShape((before,), (1,), (1,)))
    zone = top.add_zone(FatTreeCluster, "c")
    zone.build(nodes(shape.hosts), shape)
    found = draft.finish()
    identifier = {(0, index): index for index in range(shape.hosts)}
    for level in range(1, shape.levels + 1):
        for index in range(shape.width(level)):
            identifier[level, index] = 2 * shape.hosts - 1 - (len(identifier) - shape.hosts)
    number = before
    wires = {}
    for level in range(shape.levels):
        for index in range(shape.width(level)):
            for digit in range(shape.parents[level]):
                above = (level + 1, zone.above(level, index, digit))
                for cable in range(shape.cables[level]):
                    wires[(level, index), above, cable] = (
                        f"link_from_{identifier[level, index]}_{identifier[above]}_{number}"
                    )
                    number += 1

    for source, destination in product(zone.points, repeat=2):
        hops = scanned_route(zone, source.position, destination.position, before)
        expected = [f"{wires[below, above, cable]}_{half}" for below, above, cable, half in hops]
        assert names(found, source, destination) == expected


@settings(max_examples=40, deadline=None)
@given(trees)
def test_limiters_of_a_fat_tree_stand_at_every_node_on_the_way(lists):
    shape = FatTreeShape(*lists)
    if sum(shape.width(level + 1) for level in range(shape.levels)) > shape.hosts:
        return
    zone, found = built(FatTreeCluster, shape, shape.hosts, limiter=1e6)

    for source, destination in product(zone.points, repeat=2):
        passed = names(found, source, destination)
        limiters = [name for name in passed if name.endswith("_limiter")]
        assert limiters[0] == f"c_link_{source.position}_limiter"
        assert limiters[-1] == f"c_link_{destination.position}_limiter"
        assert len(limiters) == len(passed) - len(limiters) + 1


@settings(max_examples=40, deadline=None)
@given(dragonflies, st.booleans())
def test_dragonfly_routes_start_and_end_with_local_links(shape, split):
    zone, found = built(DragonflyCluster, shape, shape.hosts, split_duplex=split)
    assert len(found.links) == shape.wires * (1 + split) + 1

    for source, destination in product(zone.points, repeat=2):
        links = found.route(source, destination).links
        assert links[0] is zone.local(source.position)[0]
        assert links[-1] is zone.local(destination.position)[1]
        kinds = [link.name.split("_")[0] for link in links[1:-1]]
        start, end = zone.place(source.position), zone.place(destination.position)
        assert kinds.count("blue") == (start[0] != end[0])
        assert len(kinds) <= 5
        if start == end:
            assert kinds == [] if source is not destination else True


def test_bandwidths_of_a_dragonfly_are_multiples():
    zone, found = built(DragonflyCluster, DragonflyShape(2, 2, 2, 1, blue=2, black=3, green=4), 8)

    factors = {"local": 1, "blue": 2, "black": 3, "green": 4}
    for link in found.links[:-1]:
        assert link.bandwidth == 1e8 * factors[link.name.split("_")[0]]
    assert zone.shape.hosts == 8


def test_private_links_of_clusters_are_never_fat_pipes():
    for topology in ("", 'topology="TORUS" topo_parameters="4"', 'topology="FAT_TREE" topo_parameters="1;4;1;1"'):
        found = cluster(f'sharing_policy="FATPIPE" {topology}')

        assert {link.policy for link in found.links[:-1]} == {LinkPolicy.SHARED}
        assert "cannot be fat pipes" in str(found.remarks[0])


def test_full_duplex_is_the_old_name_of_split_duplex():
    assert route(cluster('sharing_policy="FULLDUPLEX"'), "n0", "n1") == ["c_link_0_UP", "c_link_1_DOWN"]


def test_numbers_run_on_through_all_trees_and_dragonflies():
    draft = Draft()
    top = draft.add_zone(FullZone, "top")
    for name in "ab":
        top.add_zone(FatTreeCluster, f"t{name}").build(nodes(2, prefix=name), FatTreeShape((2,), (1,), (1,)))
        top.add_zone(DragonflyCluster, f"d{name}").build(nodes(1, prefix=f"d{name}"), DragonflyShape(1, 1, 1, 1))
    found = draft.finish()

    halves = [link.name for link in found.links if link.name.endswith("_UP")]
    assert halves == [
        "link_from_0_3_0_UP",
        "link_from_1_3_1_UP",
        "local_link_from_router_0_to_node_0_0_UP",
        "link_from_0_3_2_UP",
        "link_from_1_3_3_UP",
        "local_link_from_router_0_to_node_0_1_UP",
    ]


@pytest.mark.parametrize(
    "topology",
    [
        "",
        'topology="TORUS" topo_parameters="2,2"',
        'topology="FAT_TREE" topo_parameters="1;4;1;1"',
        'topology="DRAGONFLY" topo_parameters="1,1;2,1;2,1;1"',
    ],
)
def test_a_loopback_takes_the_traffic_of_a_host_to_itself(topology):
    found = cluster(f'{topology} loopback_bw="3MBps" loopback_lat="2us" limiter_link="1MBps"')

    for number, host in enumerate(found.hosts):
        own = found.route(host, host)
        assert [link.name for link in own.links] == [f"c_link_{number}_loopback"]
        assert (own.links[0].bandwidth, own.latency) == (3e6, 2 * 1e-6)
        assert own.links[0].policy is LinkPolicy.FATPIPE


def test_nodes_are_plain_unless_said_otherwise():
    zone, found = built(TorusCluster, [3], 3)

    assert {host.cores for host in found.hosts} == {1}
    assert not zone.limiters
    assert not zone.loopbacks
    assert zone.nodes is not None
    assert not zone.nodes.has_loopback


def test_further_radicals_are_ignored():
    found = cluster('topology="TORUS" topo_parameters="2,2"', radical="9-3,20,10-19")

    assert [host.name for host in found.hosts] == ["n10", "n11", "n12", "n20"]
    assert [found.host(name).position for name in ("n20", "n10", "n11", "n12")] == [0, 1, 2, 3]
