"""Cost of large platforms: linear in hosts and links, never in pairs of hosts."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from describing import cluster, platform

TOPOLOGIES = {
    "crossbar": "",
    "torus": 'topology="TORUS" topo_parameters="20,25,40"',
    "fat tree": 'topology="FAT_TREE" topo_parameters="3;20,25,40;1,10,10;1,1,1"',
    "dragonfly": 'topology="DRAGONFLY" topo_parameters="20,2;10,2;20,1;5"',
}


@pytest.mark.parametrize("attributes", TOPOLOGIES.values(), ids=TOPOLOGIES)
def test_twenty_thousand_hosts(attributes):
    began = time.process_time()
    found = cluster(attributes, radical="0-19999")
    for host, other in zip(found.hosts[::50], reversed(found.hosts[::50]), strict=True):
        found.route(host, other)
        found.private_links(host)

    assert len(found.hosts) == 20_000
    assert time.process_time() - began < 10


@pytest.mark.parametrize("attributes", TOPOLOGIES.values(), ids=TOPOLOGIES)
def test_memory_for_each_host_and_link_is_small(attributes):
    tracemalloc.start()
    try:
        found = cluster(attributes, radical="0-19999")
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert used < 700 * (len(found.hosts) + len(found.links))


@pytest.mark.parametrize("routing", ["Floyd", "Dijkstra"])
def test_shortest_paths_among_thousands_of_hosts(routing):
    hosts = "".join(f'<host id="h{i}" speed="1f"/><link id="l{i}" bandwidth="1Bps"/>' for i in range(5000))
    switches = "".join(f'<router id="s{i}"/><link id="u{i}" bandwidth="1Bps"/>' for i in range(50))
    routes = "".join(f'<route src="h{i}" dst="s{i % 50}"><link_ctn id="l{i}"/></route>' for i in range(5000))
    ring = "".join(f'<route src="s{i}" dst="s{(i + 1) % 50}"><link_ctn id="u{i}"/></route>' for i in range(50))
    began = time.process_time()
    found = platform(f'<zone id="z" routing="{routing}">{hosts}{switches}{routes}{ring}</zone>')
    lengths = [len(found.route(a, b).links) for a, b in zip(found.hosts, reversed(found.hosts), strict=True)]

    assert max(lengths) <= 27
    assert time.process_time() - began < 10


def test_routes_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr("elastisim.platform.platform.ROUTES_KEPT", 10)
    found = cluster(radical="0-9")
    for source in found.hosts:
        for destination in found.hosts:
            found.route(source, destination)

    assert len(found._routes) <= 10
