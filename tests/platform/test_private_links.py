"""Links that only the traffic of one host can pass: never too many, and those that matter are found."""

from __future__ import annotations

from itertools import product

import pytest
from describing import GOLDEN, cluster, platform
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.platform import read_platform


def private(found, host):
    return [link.name for link in found.private_links(found.host(host))]


def assert_sound(found):
    """No route between two other hosts passes a private link."""
    owners = {host: set(found.private_links(host)) for host in found.hosts}
    for source, destination in product(found.hosts, repeat=2):
        try:
            links = set(found.route(source, destination).links)
        except InputError:
            continue
        for host in found.hosts:
            if host is not source and host is not destination:
                assert not links & owners[host], (source, destination, host)


@pytest.mark.parametrize("case", sorted(path.name for path in (GOLDEN / "routes").iterdir()))
def test_no_private_link_of_a_recorded_platform_is_passed_by_others(case):
    assert_sound(read_platform(GOLDEN / "routes" / case / "platform.xml"))


def test_flat_clusters():
    found = cluster('bb_bw="1GBps" limiter_link="1MBps" loopback_bw="1MBps"')

    assert private(found, "n1") == ["c_link_1_DOWN", "c_link_1_UP", "c_link_1_limiter", "c_link_1_loopback"]


def test_shared_links_are_listed_once():
    assert private(cluster('sharing_policy="SHARED"'), "n1") == ["c_link_1"]


def test_a_torus_forwards_through_hosts():
    parameters = 'topology="TORUS" topo_parameters="4" limiter_link="1MBps" loopback_bw="1MBps"'

    assert private(cluster(parameters), "n1") == ["c_link_1_loopback"]


def test_fat_trees_and_dragonflies_have_private_ports():
    tree = cluster('topology="FAT_TREE" topo_parameters="1;4;2;1" limiter_link="1MBps"')
    fly = cluster('topology="DRAGONFLY" topo_parameters="1,1;2,1;2,1;1" limiter_link="1MBps"')

    assert private(tree, "n1") == [
        "c_link_1_limiter",
        "link_from_1_6_3_DOWN",
        "link_from_1_6_3_UP",
        "link_from_1_7_2_DOWN",
        "link_from_1_7_2_UP",
    ]
    assert private(fly, "n1") == [
        "c_link_1_limiter",
        "local_link_from_router_1_to_node_0_1_DOWN",
        "local_link_from_router_1_to_node_0_1_UP",
    ]


def test_peers_and_cabinets():
    peers = platform(
        '<zone id="z" routing="Vivaldi"><peer id="p" speed="1f" bw_in="1Bps" bw_out="1Bps" coordinates="1 2 3"/></zone>'
    )
    cabinets = platform(
        '<zone id="z" routing="Cluster">'
        '<cabinet id="x" prefix="k" suffix="" radical="1-2" speed="1f" bw="1Bps" lat="0"/>'
        '<backbone id="bb" bandwidth="1Bps" latency="0"/></zone>'
    )

    assert private(peers, "p") == ["link_p_DOWN", "link_p_UP"]
    assert private(cabinets, "k1") == ["link_k1_DOWN", "link_k1_UP"]


def test_a_shared_host_link_is_not_private():
    found = platform(
        '<zone id="z" routing="Cluster"><host id="a" speed="1f"/><host id="b" speed="1f"/>'
        '<link id="u" bandwidth="1Bps"/>'
        '<link id="d" bandwidth="1Bps"/><link id="e" bandwidth="1Bps"/><host_link id="a" up="u" down="d"/>'
        '<host_link id="b" up="u" down="e"/></zone>'
    )

    assert (private(found, "a"), private(found, "b")) == (["d"], ["e"])


FULL = (
    '<host id="a" speed="1f"/><host id="b" speed="1f"/><host id="c" speed="1f"/><router id="r"/>'
    '<link id="ar" bandwidth="1Bps"/><link id="br" bandwidth="1Bps"/><link id="ab" bandwidth="1Bps"/>'
    '<link id="all" bandwidth="1Bps"/>'
)
FULL_ROUTES = (
    '<route src="a" dst="r"><link_ctn id="ar"/></route><route src="b" dst="r"><link_ctn id="br"/></route>'
    '<route src="a" dst="b"><link_ctn id="ar"/><link_ctn id="ab"/><link_ctn id="br"/></route>'
    '<route src="a" dst="c"><link_ctn id="all"/></route><route src="b" dst="c"><link_ctn id="all"/></route>'
)


def test_declared_routes():
    """What a shares with b only is private to both; ``all`` carries what ends at c."""
    found = platform(f'<zone id="z" routing="Full">{FULL}{FULL_ROUTES}</zone>')

    assert private(found, "a") == ["ab", "ar"]
    assert private(found, "b") == ["ab", "br"]
    assert private(found, "c") == ["all"]
    assert_sound(found)


def test_hosts_that_turn_routes_have_nothing_of_their_own():
    found = platform(f'<zone id="z" routing="Floyd">{FULL}{FULL_ROUTES}</zone>')

    assert [private(found, name) for name in "abc"] == [[], [], []]
    assert_sound(found)


@pytest.mark.parametrize("routing", ["Full", "Floyd", "Dijkstra"])
def test_links_to_a_switch_and_links_of_bypasses(routing):
    found = platform(
        f'<zone id="z" routing="{routing}"><host id="a" speed="1f"/><host id="b" speed="1f"/><router id="s"/>'
        '<host id="c" speed="1f"/><link id="as" bandwidth="1Bps"/><link id="bs" bandwidth="1Bps"/>'
        '<link id="cs" bandwidth="1Bps"/><link id="way" bandwidth="1Bps"/>'
        '<route src="a" dst="s"><link_ctn id="as"/></route><route src="b" dst="s"><link_ctn id="bs"/></route>'
        '<route src="c" dst="s"><link_ctn id="cs"/></route>'
        '<bypassRoute src="a" dst="b"><link_ctn id="cs"/><link_ctn id="way"/></bypassRoute></zone>'
    )

    assert [private(found, name) for name in "abc"] == [["as", "way"], ["bs", "way"], []]
    assert_sound(found)


def test_gateways_have_nothing_but_loopbacks():
    body = (
        '<zone id="w" routing="Full"><cluster id="c" prefix="n" suffix="" radical="0-2" speed="1f" bw="1Bps" lat="0" '
        'loopback_bw="1Bps"/><zone id="o" routing="Full"><host id="out" speed="1f"/></zone>'
        '<link id="x" bandwidth="1Bps"/>'
        '<zoneRoute src="c" dst="o" gw_src="{gateway}" gw_dst="out"><link_ctn id="{link}"/></zoneRoute></zone>'
    )
    found = platform(body.format(gateway="n0", link="x"))

    assert private(found, "n0") == ["c_link_0_loopback"]
    assert private(found, "n1") == ["c_link_1_DOWN", "c_link_1_UP", "c_link_1_loopback"]
    assert private(found, "out") == []
    assert_sound(found)
    borrowed = platform(body.format(gateway="nc_router", link="c_link_1_UP"))
    assert private(borrowed, "n1") == ["c_link_1_DOWN", "c_link_1_loopback"]
    assert_sound(borrowed)


def test_a_link_named_in_another_zone_is_not_private():
    found = platform(
        '<zone id="w" routing="Full"><cluster id="c" prefix="n" suffix="" radical="0-1" speed="1f" bw="1Bps" lat="0"/>'
        '<zone id="o" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/>'
        '<route src="a" dst="b"><link_ctn id="c_link_0_UP"/><link_ctn id="__loopback__"/></route></zone></zone>'
    )

    assert private(found, "n0") == ["c_link_0_DOWN"]
    assert (private(found, "a"), private(found, "b")) == ([], [])


def test_bypasses_use_links_too():
    found = platform(
        '<zone id="w" routing="Full"><cluster id="c" prefix="n" suffix="" radical="0-1" speed="1f" bw="1Bps" lat="0"/>'
        '<cluster id="d" prefix="m" suffix="" radical="0-1" speed="1f" bw="1Bps" lat="0"/>'
        '<bypassZoneRoute src="c" dst="d" gw_src="nc_router" gw_dst="md_router">'
        '<link_ctn id="c_link_0_UP"/></bypassZoneRoute></zone>'
    )

    assert private(found, "n0") == ["c_link_0_DOWN"]
    assert_sound(found)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_random_zones(data):
    """Zones with few links, used again and again, in all kinds of routes, gateways and bypasses."""
    kinds = st.sampled_from(["Full", "Floyd", "Dijkstra"])
    links = "".join(f'<link id="l{i}" bandwidth="1Bps"/>' for i in range(6))
    declared = set()

    def body(prefix, routes):
        points = "".join(f'<host id="{prefix}{i}" speed="1f"/>' for i in range(3)) + f'<router id="{prefix}r"/>'
        text = ""
        names = [f"{prefix}0", f"{prefix}1", f"{prefix}2", f"{prefix}r"]
        for source, destination, through in routes:
            pair = names[source], names[destination]
            if source == destination or pair in declared or pair[::-1] in declared:
                continue
            declared.add(pair)
            steps = "".join(f'<link_ctn id="l{link}"/>' for link in through)
            text += f'<route src="{pair[0]}" dst="{pair[1]}">{steps}</route>'
        return points, text

    route = st.tuples(st.integers(0, 3), st.integers(0, 3), st.lists(st.integers(0, 5), min_size=1, max_size=2))
    zones = ""
    for prefix in "ab":
        points, text = body(prefix, data.draw(st.lists(route, max_size=6)))
        shared = links if prefix == "a" else ""
        zones += f'<zone id="{prefix}" routing="{data.draw(kinds)}">{points}{shared}{text}</zone>'
    gateways = [f"{prefix}{data.draw(st.sampled_from('012r'))}" for prefix in "ab"]
    steps = f'<link_ctn id="l{data.draw(st.integers(0, 5))}"/>'
    across = f'src="a" dst="b" gw_src="{gateways[0]}" gw_dst="{gateways[1]}">{steps}'
    tag = data.draw(st.sampled_from(["zoneRoute", "bypassZoneRoute"]))

    assert_sound(platform(f'<zone id="w" routing="{data.draw(kinds)}">{zones}<{tag} {across}</{tag}></zone>'))
