"""Routes through zones: gateways, bypasses, stars, and what happens where there is no route."""

from __future__ import annotations

import pytest
from describing import cluster, platform, route
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.platform import LinkPolicy


def site(name: str, hosts: int = 2) -> str:
    """Return a Full zone with hosts in a chain: NAME0, NAME1, ... joined by links NAME-0, ..."""
    inside = "".join(f'<host id="{name}{i}" speed="1f"/>' for i in range(hosts))
    inside += "".join(f'<link id="{name}-{i}" bandwidth="1Bps" latency="1s"/>' for i in range(hosts - 1))
    inside += "".join(
        f'<route src="{name}{i}" dst="{name}{i + 1}"><link_ctn id="{name}-{i}"/></route>' for i in range(hosts - 1)
    )
    return f'<zone id="{name}" routing="Full">{inside}</zone>'


def wide(*names: str) -> str:
    return "".join(f'<link id="{name}" bandwidth="1Bps" latency="1s"/>' for name in names)


def test_the_way_back_reverses_links_and_exchanges_lanes():
    found = platform(
        '<zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/>'
        '<link id="s" bandwidth="1Bps" sharing_policy="SPLITDUPLEX"/><link id="t" bandwidth="1Bps" '
        'sharing_policy="SPLITDUPLEX"/><link id="l" bandwidth="1Bps"/><route src="a" dst="b">'
        '<link_ctn id="s" direction="UP"/><link_ctn id="l"/><link_ctn id="t_UP"/><link_ctn id="t" direction="DOWN"/>'
        "</route></zone>"
    )

    assert route(found, "a", "b") == ["s_UP", "l", "t_UP", "t_DOWN"]
    assert route(found, "b", "a") == ["t_UP", "t_UP", "l", "s_DOWN"]


@pytest.mark.parametrize(("symmetrical", "back"), [("YES", ["l"]), ("yes", ["l"]), ("NO", []), ("no", [])])
def test_symmetry(symmetrical, back):
    found = platform(
        '<zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/><link id="l" bandwidth="1Bps"/>'
        f'<route src="a" dst="b" symmetrical="{symmetrical}"><link_ctn id="l"/></route></zone>'
    )

    assert (route(found, "a", "b"), route(found, "b", "a")) == (["l"], back)


def test_a_one_way_route_leaves_the_way_back_empty():
    found = platform(
        '<zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/><link id="l" bandwidth="1Bps"/>'
        '<route src="a" dst="b" symmetrical="NO"><link_ctn id="l"/></route></zone>'
    )

    assert (route(found, "a", "b"), route(found, "b", "a"), route(found, "a", "a")) == (["l"], [], ["__loopback__"])


def test_the_lane_of_a_generated_cable_can_be_named():
    found = platform(
        '<zone id="w" routing="Full"><cluster id="c" prefix="n" suffix="" radical="0-1" speed="1f" bw="1Bps" lat="0"/>'
        f'{site("s")}<zoneRoute src="c" dst="s" gw_src="nc_router" gw_dst="s0">'
        '<link_ctn id="c_link_1" direction="UP"/></zoneRoute></zone>'
    )

    assert route(found, "n0", "s0") == ["c_link_0_UP", "c_link_1_UP"]
    assert route(found, "s0", "n0") == ["c_link_1_DOWN", "c_link_0_DOWN"]


def test_gateways_deep_inside_sub_zones():
    found = platform(
        f'<zone id="top" routing="Full"><zone id="left" routing="Full">{site("a")}{site("b")}{wide("ab")}'
        '<zoneRoute src="a" dst="b" gw_src="a1" gw_dst="b0"><link_ctn id="ab"/></zoneRoute></zone>'
        f'{site("c")}{wide("lc")}<zoneRoute src="left" dst="c" gw_src="b1" gw_dst="c1">'
        '<link_ctn id="lc"/></zoneRoute></zone>'
    )

    assert route(found, "a0", "c0") == ["a-0", "ab", "b-0", "lc", "c-0"]
    assert route(found, "c0", "a0") == ["c-0", "lc", "b-0", "ab", "a-0"]
    assert found.route(found.host("a0"), found.host("c0")).latency == 5.0


def test_bypasses_of_points_and_of_zones():
    found = platform(
        f'<zone id="top" routing="Full"><zone id="x" routing="Full">{site("a")}{site("b")}{wide("ab")}'
        '<zoneRoute src="a" dst="b" gw_src="a0" gw_dst="b0"><link_ctn id="ab"/></zoneRoute></zone>'
        f"{site('c')}{wide('xc', 'by', 'short')}"
        '<zoneRoute src="x" dst="c" gw_src="a0" gw_dst="c0"><link_ctn id="xc"/></zoneRoute>'
        '<bypassZoneRoute src="b" dst="c" gw_src="b1" gw_dst="c1"><link_ctn id="by"/></bypassZoneRoute></zone>'
    )

    assert route(found, "a0", "c1") == ["xc", "c-0"]
    assert route(found, "b0", "c0") == ["b-0", "by", "c-0"]
    assert route(found, "b1", "c1") == ["__loopback__", "by", "__loopback__"]
    assert route(found, "c0", "b0") == ["xc", "ab"]


def test_a_bypass_of_deeper_zones_is_preferred():
    found = platform(
        f'<zone id="top" routing="Full"><zone id="x" routing="Full">{site("a")}</zone>'
        f'<zone id="y" routing="Full">{site("b")}</zone>{wide("high", "mixed", "deep")}'
        '<bypassZoneRoute src="x" dst="y" gw_src="a0" gw_dst="b0"><link_ctn id="high"/></bypassZoneRoute>'
        '<bypassZoneRoute src="y" dst="x" gw_src="b0" gw_dst="a0"><link_ctn id="high"/></bypassZoneRoute>'
        '<bypassZoneRoute src="y" dst="a" gw_src="b0" gw_dst="a0"><link_ctn id="mixed"/></bypassZoneRoute>'
        '<bypassZoneRoute src="a" dst="b" gw_src="a0" gw_dst="b0"><link_ctn id="deep"/></bypassZoneRoute></zone>'
    )

    assert route(found, "a1", "b1") == ["a-0", "deep", "b-0"]
    assert route(found, "b1", "a1") == ["b-0", "mixed", "a-0"]


def test_a_point_bypass_counts_within_its_zone():
    found = platform(
        '<zone id="z" routing="None"><host id="a" speed="1f"/><host id="b" speed="1f"/><link id="l" bandwidth="1Bps"/>'
        '<bypassRoute src="a" dst="b"><link_ctn id="l"/></bypassRoute></zone>'
    )

    assert route(found, "a", "b") == ["l"]
    with pytest.raises(InputError, match="no route from 'b' to 'a': zone 'z' has the routing None"):
        route(found, "b", "a")


def test_a_missing_zone_route_is_an_error_when_asked_for():
    found = platform(f'<zone id="w" routing="Full">{site("a")}{site("b")}</zone>')

    with pytest.raises(InputError, match="there is no route from 'a0' to 'b1': zone 'w' declares no zoneRoute"):
        route(found, "a0", "b1")


def test_zones_in_a_star_are_not_connected():
    found = platform(f'<zone id="w" routing="Cluster">{site("a")}{site("b")}</zone>')

    with pytest.raises(InputError, match=r"zone 'w' \(routing Cluster\) cannot connect 'a' and 'b'"):
        route(found, "a0", "b1")


def test_a_link_of_a_star_is_listed_once():
    found = platform(
        '<zone id="z" routing="Cluster"><host id="a" speed="1f"/><host id="b" speed="1f"/><host id="mid" speed="1f"/>'
        f'{wide("u", "d")}<host_link id="a" up="u" down="u"/><host_link id="b" up="d" down="u"/>'
        '<backbone id="bb" bandwidth="1Bps" latency="1s"/></zone>'
    )

    assert route(found, "a", "b") == ["u", "bb"]
    assert route(found, "b", "a") == ["d", "bb", "u"]
    assert route(found, "b", "mid") == ["d", "bb"]
    assert route(found, "mid", "mid") == []


def test_shared_clusters_with_everything():
    found = cluster(
        'sharing_policy="SHARED" bb_bw="1GBps" bb_lat="2ms" bb_sharing_policy="FATPIPE" limiter_link="5MBps" '
        'loopback_bw="9MBps" router_id="out"'
    )

    limited = ["c_link_0_limiter", "c_link_0", "c_backbone", "c_link_2", "c_link_2_limiter"]
    assert route(found, "n0", "n2") == limited
    assert route(found, "n1", "n1") == ["c_link_1_loopback"]
    assert [router.name for router in found.routers] == ["out"]
    assert found.link("c_backbone").policy is LinkPolicy.FATPIPE
    assert found.link("c_link_1_loopback").policy is LinkPolicy.FATPIPE
    assert found.link("c_link_0").policy is LinkPolicy.SHARED
    assert found.route(found.host("n0"), found.host("n2")).latency == 0.0 + 0.001 + 0.002 + 0.001


def test_distances_add_to_the_latency_of_peers():
    found = platform(
        '<zone id="z" routing="Vivaldi">'
        '<peer id="p" speed="1f" bw_in="1Bps" bw_out="2Bps" coordinates="1 2 -3" lat="1s"/>'
        '<host id="q" speed="1f" coordinates="4 6 5"/></zone>'
    )

    there = found.route(found.host("p"), found.host("q"))
    assert [link.name for link in there.links] == ["link_p_UP"]
    assert there.latency == (5.0 + 3.0 + 5.0) / 1000.0
    assert (found.link("link_p_UP").bandwidth, found.link("link_p_DOWN").bandwidth) == (2.0, 1.0)
    assert "has no effect" in str(found.remarks[0])


def test_changed_latencies_count_instead_of_declared_ones():
    found = platform(
        f'<zone id="w" routing="Full">{site("a")}{site("b")}{wide("ab")}'
        '<zoneRoute src="a" dst="b" gw_src="a0" gw_dst="b0"><link_ctn id="ab"/></zoneRoute></zone>'
    )
    first, last = found.host("a1"), found.host("b1")

    assert found.latency(first, last, {}) == found.route(first, last).latency == 3.0
    assert found.latency(first, last, {found.link("ab"): 0.5, found.link("a-0"): 0.25}) == 1.75


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3), st.integers(0, 3))
def test_a_route_is_found_once_and_remembered(first, second):
    found = cluster()
    a, b = found.hosts[first], found.hosts[second]

    assert found.route(a, b) is found.route(a, b)
    assert found.route(a, b).latency == sum(link.latency for link in found.route(a, b).links)
