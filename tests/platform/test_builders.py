"""Machines described in Python."""

from __future__ import annotations

import pytest
from describing import platform, route

from elastisim.errors import InputError
from elastisim.platform import Machine, NodeKind
from elastisim.platform.builders import BurstBuffer, Gpus, NodeType, PlatformBuilder
from elastisim.platform.writer import platform_document

NODE = NodeType(speed="1Gf", bandwidth="1MBps", latency="1ms")


def links(found):
    return [(link.name, link.bandwidth, link.latency, link.policy) for link in found.links]


def hosts(found):
    return [(host.name, host.speeds, host.cores, dict(host.properties)) for host in found.hosts]


def assert_same(built, described):
    assert hosts(built) == hosts(described)
    assert links(built) == links(described)
    for source in built.hosts:
        for destination in built.hosts:
            names = source.name, destination.name
            if "batch_system" not in names:
                assert route(built, *names) == route(described, *names)


def test_a_crossbar_with_a_file_system():
    builder = PlatformBuilder("machine")
    builder.add_crossbar("box", NODE, 3, backbone_bandwidth="5MBps", backbone_latency="2ms")
    builder.add_file_system("PFS", read_bandwidth="8MBps", write_bandwidth="4MBps", latency="3ms")

    described = platform("""
    <zone id="machine" routing="Full">
      <zone id="batch" routing="Full">
        <host id="batch_system" speed="0f"><prop id="batch_system" value="true"/></host>
      </zone>
      <cluster id="box" prefix="box-" suffix="" radical="1-3" speed="1Gf" bw="1MBps" lat="1ms" bb_bw="5MBps"
               bb_lat="2ms" router_id="switch"/>
      <zone id="files" routing="Full"><host id="PFS" speed="0f"><prop id="pfs_host" value="true"/></host></zone>
      <link id="PFS_read" bandwidth="8MBps" latency="3ms"/>
      <link id="PFS_write" bandwidth="4MBps" latency="3ms"/>
      <zoneRoute src="files" dst="box" gw_src="PFS" gw_dst="switch" symmetrical="NO">
        <link_ctn id="PFS_read"/>
      </zoneRoute>
      <zoneRoute src="box" dst="files" gw_src="switch" gw_dst="PFS" symmetrical="NO">
        <link_ctn id="PFS_write"/>
      </zoneRoute>
    </zone>""")
    assert_same(builder.build(), described)


@pytest.mark.parametrize(
    ("add", "topology", "count"),
    [
        (
            lambda builder: builder.add_fat_tree("c", NODE, children=[3, 2], parents=[1, 2]),
            'topology="FAT_TREE" topo_parameters="2;3,2;1,2;1,1"',
            6,
        ),
        (
            lambda builder: builder.add_fat_tree("c", NODE, children=[3, 2], parents=[1, 2], cables=[2, 1]),
            'topology="FAT_TREE" topo_parameters="2;3,2;1,2;2,1"',
            6,
        ),
        (
            lambda builder: builder.add_dragonfly(
                "c", NODE, groups=2, chassis=3, blades=4, nodes_per_blade=1, blue=5, black=6, green=7
            ),
            'topology="DRAGONFLY" topo_parameters="2,5;3,6;4,7;1"',
            24,
        ),
        (lambda builder: builder.add_torus("c", NODE, [2, 3, 2]), 'topology="TORUS" topo_parameters="2,3,2"', 12),
    ],
)
def test_topologies(add, topology, count):
    builder = PlatformBuilder("machine")
    add(builder)
    first = 1 if count < 10 else 10

    described = platform(f"""
    <zone id="machine" routing="Full">
      <zone id="batch" routing="Full">
        <host id="batch_system" speed="0f"><prop id="batch_system" value="true"/></host>
      </zone>
      <cluster id="c" prefix="c-" suffix="" radical="{first}-{first + count - 1}" speed="1Gf" bw="1MBps" lat="1ms"
               {topology}/>
    </zone>""")
    assert_same(builder.build(), described)


def test_nodes_are_numbered_in_the_order_of_their_places():
    builder = PlatformBuilder()
    builder.add_torus("ring", NODE, [95])

    nodes = Machine(builder.build()).compute_nodes

    assert [node.host.position for node in nodes] == list(range(95))
    assert nodes[0].host.name == "ring-100"


def test_what_nodes_have():
    builder = PlatformBuilder()
    kind = NodeType(
        speed=2e9,
        cores=4,
        bandwidth=1e9,
        latency=1e-6,
        gpus=Gpus(2, "3Tf", "40GBps"),
        burst_buffer=BurstBuffer("2GBps", 1e9, wide_striped=True, flops_per_byte="5f"),
    )
    builder.add_crossbar("box", kind, 2)

    first, second = Machine(builder.build()).compute_nodes

    assert (first.host.speed, first.host.cores) == (2e9, 4)
    assert (first.gpus, first.flops_per_gpu, first.gpu_bandwidth) == (2, 3e12, 4e10)
    assert first.kind is NodeKind.WIDE_STRIPED_BURST_BUFFER
    assert first.burst_buffer == second.burst_buffer
    assert (first.burst_buffer.read_bandwidth, first.burst_buffer.write_bandwidth) == (2e9, 1e9)
    assert first.flops_per_byte == 5.0


def test_burst_buffers_of_nodes_alone():
    builder = PlatformBuilder()
    kind = NodeType(speed=1e9, bandwidth=1e9, latency=0, burst_buffer=BurstBuffer(2e9, 1e9), gpus=Gpus(1, 1e12))
    builder.add_crossbar("box", kind, 1)

    (node,) = Machine(builder.build()).compute_nodes

    assert node.kind is NodeKind.EXCLUSIVE_BURST_BUFFER
    assert (node.gpus, node.gpu_bandwidth) == (1, 0.0)


def test_shared_links():
    builder = PlatformBuilder()
    builder.add_crossbar("box", NodeType(speed=1e9, bandwidth=1e9, latency=0, split_duplex=False), 2)

    assert route(builder.build(), "box-1", "box-2") == ["box_link_1", "box_link_2"]


def test_nodes_use_all_file_systems_or_some():
    builder = PlatformBuilder()
    builder.add_crossbar("few", NodeType(speed=1, bandwidth=1, latency=0, file_systems=["scratch", "tape"]), 1)
    builder.add_crossbar("many", NODE, 1)
    builder.add_file_system("scratch", read_bandwidth=1, write_bandwidth=1, servers=2)
    builder.add_file_system("tape", read_bandwidth=1, write_bandwidth=1)
    builder.add_file_system("home", read_bandwidth=1, write_bandwidth=1)

    machine = Machine(builder.build())

    few, many = machine.compute_nodes
    assert [host.name for host in machine.pfs_hosts] == ["home", "scratch0", "scratch1", "tape"]
    assert [host.name for host in few.pfs_targets] == ["scratch0", "scratch1", "tape"]
    assert many.pfs_targets == machine.pfs_hosts
    assert machine.batch_host.name == "batch_system"


def test_servers_are_connected_all_over_clusters_without_router():
    builder = PlatformBuilder()
    builder.add_torus("ring", NODE, [8])
    builder.add_file_system("PFS", read_bandwidth=1, write_bandwidth=1, servers=2)

    found = builder.build()

    assert route(found, "PFS0", "ring-1") == ["PFS0_read"]
    assert route(found, "ring-5", "PFS1") == ["PFS1_write"]
    assert route(found, "ring-6", "PFS1") == ["ring_link_from_4_to_5_DOWN", "PFS1_write"]


def test_clusters_can_be_connected():
    builder = PlatformBuilder()
    builder.add_crossbar("box", NODE, 2)
    builder.add_torus("ring", NODE, [3])
    builder.connect("box", "ring", bandwidth="2MBps", latency="5ms")

    found = builder.build()

    assert route(found, "box-2", "ring-1") == ["box_link_2_UP", "box_ring_UP"]
    assert route(found, "ring-1", "box-2") == ["box_ring_DOWN", "box_link_2_DOWN"]
    assert (found.link("box_ring_UP").bandwidth, found.link("box_ring_UP").latency) == (2e6, 0.005)


def test_names_can_be_chosen():
    builder = PlatformBuilder("site", batch_host="scheduler")
    builder.add_crossbar("box", NODE, 1)

    found = builder.build()

    assert found.root.name == "site"
    assert Machine(found).batch_host is found.host("scheduler")


def test_building_twice_gives_equal_platforms():
    builder = PlatformBuilder()
    builder.add_fat_tree("tree", NODE, children=[2, 2], parents=[1, 2])

    assert platform_document(builder.build()) == platform_document(builder.build())


def refused(action, *messages):
    with pytest.raises(InputError) as caught:
        action()
    for message in messages:
        assert message in str(caught.value)


def node(**changes):
    return NodeType(**({"speed": 1e9, "bandwidth": 1e9, "latency": 0.0} | changes))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (node(speed="1GHz"), "'1GHz' has the unknown unit 'GHz'"),
        (node(speed=-1.0), "-1"),
        (node(speed=float("nan")), "finite"),
        (node(bandwidth="fast"), "'fast' is not a bandwidth"),
        (node(latency="1min"), "'min'"),
        (node(cores=0), "0 cores"),
        (node(gpus=Gpus(0, 1e12)), "0 GPUs"),
        (node(gpus=Gpus(1, "1TB")), "'TB'"),
        (node(burst_buffer=BurstBuffer("1GBps", "1Gf")), "'Gf'"),
        (node(file_systems=["tape"]), "no file system 'tape'"),
    ],
)
def test_wrong_nodes(kind, message):
    builder = PlatformBuilder()
    builder.add_crossbar("box", kind, 2)
    refused(builder.build, message)


def test_wrong_machines():
    builder = PlatformBuilder()
    refused(builder.build, "has no cluster")
    builder.add_crossbar("box", NODE, 1)
    refused(lambda: builder.add_crossbar("box", NODE, 1), "two clusters 'box'")
    builder.add_file_system("PFS", read_bandwidth=1, write_bandwidth=1)
    refused(lambda: builder.add_file_system("PFS", read_bandwidth=1, write_bandwidth=1), "two file systems 'PFS'")
    refused(
        lambda: builder.add_file_system("tape", read_bandwidth=1, write_bandwidth=1, servers=0), "'tape' has 0 servers"
    )
    builder.connect("box", "barn", bandwidth=1)
    refused(builder.build, "no cluster 'barn'; there are box")


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda builder: builder.add_crossbar("c", NODE, 0), "'c' has 0 nodes"),
        (lambda builder: builder.add_torus("c", NODE, [2, 0]), "'c' has 0 nodes"),
        (lambda builder: builder.add_torus("c", NODE, [-2, -2]), "positive numbers"),
        (lambda builder: builder.add_fat_tree("c", NODE, children=[2, 2], parents=[1]), "of each level"),
        (lambda builder: builder.add_fat_tree("c", NODE, children=[2], parents=[1], cables=[0]), "positive"),
        (
            lambda builder: builder.add_dragonfly("c", NODE, groups=3, chassis=1, blades=2, nodes_per_blade=1),
            "3 groups",
        ),
    ],
)
def test_wrong_topologies(add, message):
    def build():
        builder = PlatformBuilder()
        add(builder)
        builder.build()

    refused(build, message)
