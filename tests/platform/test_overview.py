"""Platforms at a glance: classes of hosts and links, and how they are put into words."""

from __future__ import annotations

import pytest
from describing import cluster, nodes, platform
from rich.console import Console

from elastisim.errors import InputError
from elastisim.platform.builders import BurstBuffer, Gpus, NodeType, PlatformBuilder
from elastisim.platform.cluster import FlatCluster
from elastisim.platform.draft import Draft
from elastisim.platform.overview import Overview, Role, name_range, shape
from elastisim.platform.terminal import overview_tables, route_table


def printed(content):
    console = Console(width=200)
    with console.capture() as capture:
        console.print(content)
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def machine():
    builder = PlatformBuilder("machine")
    kind = NodeType(
        speed="100Gf",
        cores=48,
        bandwidth="12.5GBps",
        latency="1us",
        gpus=Gpus(4, "10Tf", "50GBps"),
        burst_buffer=BurstBuffer("2GBps", "1GBps"),
    )
    builder.add_crossbar("box", kind, 12)
    builder.add_crossbar("old", NodeType(speed="10Gf", bandwidth="1GBps", latency="5us"), 2)
    builder.add_file_system("PFS", read_bandwidth="80GBps", write_bandwidth="50GBps", latency="500us")
    return builder.build()


def test_hosts_are_sorted_into_classes():
    overview = Overview(machine())

    assert [(one.traits.role, one.traits.zone.name, len(one.hosts)) for one in overview.hosts] == [
        (Role.FILE_SYSTEM, "PFS_zone", 1),
        (Role.BATCH, "batch_system_zone", 1),
        (Role.COMPUTE, "box", 12),
        (Role.COMPUTE, "old", 2),
    ]
    assert [one.hosts[0].name for one in overview.compute_classes] == ["box-10", "old-1"]


@pytest.mark.parametrize(
    "changes",
    [
        'speed="2Gf"',
        'speed="1Gf" core="2"',
        'speed="1Gf,2Gf"',
    ],
)
def test_hosts_that_differ_are_not_in_one_class(changes):
    found = platform(f"""
    <zone id="z" routing="Full">
      <host id="a" speed="1Gf"/><host id="b" {changes}/>
    </zone>""")

    assert len(Overview(found).hosts) == 2


def test_links_are_sorted_into_classes():
    overview = Overview(machine())

    assert [(one.traits.bandwidth, one.traits.latency, len(one.links)) for one in overview.links] == [
        (80e9, 5e-4, 1),
        (50e9, 5e-4, 1),
        (12.5e9, 1e-6, 24),
        (1e9, 5 * 1e-6, 4),
        (1e10, 0.0, 1),
    ]


def test_everything_is_printed():
    lines = printed(overview_tables(Overview(machine())))

    assert lines[0] == "machine 16 hosts, 2 routers, 30 links, 5 zones"
    assert "box FLAT 12 hosts around a switch" in lines
    assert "machine Full 16" in lines
    assert "compute node box 12 box-10 … box-21 100Gf 48 4 x 10Tf, 50GBps node-local, 2GBps read, 1GBps write" in lines
    assert "compute node old 2 old-1, old-2 10Gf 1" in lines
    assert "PFS host PFS_zone 1 PFS 0f 1" in lines
    assert "box 24 box_link_10_DOWN … box_link_21_UP 12.5GBps 1us SHARED" in lines
    assert "1 __loopback__ 10GBps 0s FATPIPE" in lines
    assert "Compute nodes 14 (IDs 0 to 13)" in lines
    assert "GPUs 48" in lines
    assert "Burst buffers 12" in lines
    assert "File system PFS" in lines
    assert "Batch system batch_system" in lines
    assert "box-10 … box-21 12 PFS 80GBps by PFS_read 501us 50GBps by PFS_write 501us" in lines
    assert "old-1, old-2 2 PFS 80GBps by PFS_read 505us 50GBps by PFS_write 505us" in lines


def test_what_is_not_there_is_not_printed():
    lines = printed(overview_tables(Overview(cluster())))

    assert "Batch system n0 (no host has the property batch_system)" in lines
    assert "File system none" in lines
    assert not any(line.startswith(("GPUs", "Burst buffers", "Access")) for line in lines)


def test_a_platform_without_compute_nodes():
    found = platform("""
    <zone id="z" routing="Full"><host id="a" speed="1f"><prop id="pfs_host" value="true"/></host></zone>""")

    assert "Compute nodes none" in printed(overview_tables(Overview(found)))


def test_nodes_that_cannot_reach_their_file_system_are_seen():
    found = platform("""
    <zone id="z" routing="Full">
      <cluster id="c" prefix="n" suffix="" radical="0-1" speed="1f" bw="1Bps" lat="0s"/>
      <zone id="f" routing="Full"><host id="PFS" speed="0f"><prop id="pfs_host" value="true"/></host></zone>
      <link id="l" bandwidth="3Bps"/>
      <zoneRoute src="c" dst="f" gw_src="nc_router" gw_dst="PFS" symmetrical="NO"><link_ctn id="l"/></zoneRoute>
    </zone>""")

    assert "n0, n1 2 PFS no route 3Bps by l 0s" in printed(overview_tables(Overview(found)))


def test_file_systems_among_the_nodes_limit_nothing():
    found = platform("""
    <zone id="z" routing="Full">
      <host id="a" speed="1f"/><host id="PFS" speed="0f"><prop id="pfs_host" value="true"/></host>
    </zone>""")

    assert "a 1 PFS no limit 0s no limit 0s" in printed(overview_tables(Overview(found)))


def test_pstates_and_wide_striping_are_printed():
    found = cluster(
        children='<prop id="node_local_bb" value="true"/><prop id="wide_striping" value="true"/>'
        '<prop id="bb_read_bw" value="2Bps"/><prop id="bb_write_bw" value="1Bps"/><prop id="num_gpus" value="1"/>'
        '<prop id="flops_per_gpu" value="7f"/>',
    )

    assert "compute node c 4 n0 … n3 1Gf 1 1 x 7f wide-striped, 2Bps read, 1Bps write" in printed(
        overview_tables(Overview(found))
    )
    found = platform('<zone id="z" routing="Full"><host id="a" speed="3f,2f,1f" pstate="1"/></zone>')
    assert "compute node z 1 a 2f (3f, 1f) 1" in printed(overview_tables(Overview(found)))


def test_long_lists_are_cut():
    hosts = "".join(f'<host id="h{i}" speed="{i}f"/>' for i in range(100))
    found = platform(f'<zone id="z" routing="Full">{hosts}</zone>')

    lines = printed(overview_tables(Overview(found)))

    assert "and 60 more classes of hosts" in lines
    assert len(lines) < 80


def test_wrong_properties_are_refused():
    with pytest.raises(InputError, match="num_gpus"):
        Overview(cluster(children='<prop id="num_gpus" value="many"/>'))


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ("", "hosts around a switch"),
        ('bb_bw="1Bps"', "hosts around a backbone"),
        ('topology="TORUS" topo_parameters="3,2,2"', "3 x 2 x 2"),
        (
            'topology="FAT_TREE" topo_parameters="3;3,2,2;1,2,1;1,3,1"',
            "4 switches with 3 hosts and 6 uplinks each, 4 on level 2, 2 on level 3",
        ),
        ('topology="FAT_TREE" topo_parameters="1;12;1;1"', "1 switch with 12 hosts each"),
        ('topology="DRAGONFLY" topo_parameters="2,1;3,1;2,1;1"', "2 groups of 3 chassis of 2 blades of 1 host"),
    ],
)
def test_shapes(attributes, words):
    assert shape(cluster(attributes, radical="0-11").root) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a"], "a"),
        (["a", "b"], "a, b"),
        (["n1", "n10", "n9"], "n1 … n10"),
        (["n10", "n8", "n9"], "n8 … n10"),
        (["x", "1", "y2"], "1 … y2"),
    ],
)
def test_ranges_of_names(names, words):
    assert name_range(names) == words


def test_routes_are_printed():
    found = cluster('bb_bw="1MBps" bb_lat="2ms" bb_sharing_policy="FATPIPE"')
    a, b, *_ = found.hosts

    assert printed(route_table(a, b, found.route(a, b))) == [
        "Route from n0 to n1",
        "Link Bandwidth Latency Sharing",
        "c_link_0_UP 1MBps 1ms SHARED",
        "c_backbone 1MBps 2ms FATPIPE",
        "c_link_1_DOWN 1MBps 1ms SHARED",
        "3 links, 1MBps at most, 4ms",
    ]


def test_empty_routes_are_printed():
    found = platform('<zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/></zone>')

    assert printed(route_table(*found.hosts, found.route(*found.hosts)))[-1] == "0 links, no limit, 0s"


def test_platforms_without_a_file_are_named_after_their_zone():
    draft = Draft()
    draft.add_zone(FlatCluster, "alone").build(nodes(1))

    assert printed(overview_tables(Overview(draft.finish())))[0] == "alone 1 host, 1 router, 2 links, 1 zone"
