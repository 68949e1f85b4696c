"""What is written as a platform file is read as the same platform."""

from __future__ import annotations

import pytest
from describing import GOLDEN, SHARED, cluster, document, platform, read_text
from hypothesis import given
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.platform import read_platform
from elastisim.platform.draft import Draft
from elastisim.platform.notation import exact, rounded
from elastisim.platform.star import ClusterZone
from elastisim.platform.units import BANDWIDTH, SPEED, TIME
from elastisim.platform.writer import platform_document, write_platform

FILES = [
    *sorted((GOLDEN / "routes").glob("*/platform.xml")),
    *sorted((SHARED / "data").glob("*-platforms/*/*.xml")),
]


def hosts(found):
    return [
        (host.name, host.speeds, host.cores, host.pstate, host.availability, host.on, host.properties, disks(host))
        for host in found.hosts
    ]


def disks(host):
    return [(disk.name, disk.read_bandwidth, disk.write_bandwidth, disk.properties) for disk in host.disks]


def links(found):
    return [(link.name, link.bandwidth, link.latency, link.label, link.properties) for link in found.links]


def zones(found):
    return [(zone.name, zone.kind, zone.properties, [point.name for point in zone.points]) for zone in found.zones]


def profiles(found):
    return sorted(
        (one.resource.name, one.kind.value, one.schedule.points, one.schedule.period) for one in found.profiles
    )


def route(found, source, destination):
    try:
        route = found.route(found.hosts[source], found.hosts[destination])
    except InputError as error:
        return str(error).split(": ", 1)[1]
    return [link.name for link in route.links], route.latency


def assert_same(one, other):
    assert hosts(one) == hosts(other)
    assert links(one) == links(other)
    assert zones(one) == zones(other)
    assert [router.name for router in one.routers] == [router.name for router in other.routers]
    assert one.settings == other.settings
    assert profiles(one) == profiles(other)
    some = range(0, len(one.hosts), len(one.hosts) // 12 + 1)
    for source in some:
        for destination in some:
            assert route(one, source, destination) == route(other, source, destination)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_platforms_survive_being_written(file, tmp_path):
    try:
        found = read_platform(file)
    except InputError:
        pytest.skip("refused")
    if len(found.hosts) > 10_000:
        pytest.skip("large")
    write_platform(found, tmp_path / "written.xml")

    written = read_platform(tmp_path / "written.xml")

    assert_same(found, written)
    assert not written.remarks


def body(found):
    return platform_document(found).split("\n", 3)[3].rsplit("</platform>", 1)[0]


def test_routes_there_and_back_become_one():
    text = """\
  <zone id="z" routing="Full">
    <link id="cable" bandwidth="1MBps" latency="1ms" sharing_policy="SPLITDUPLEX" />
    <link id="lan" bandwidth="2GBps" latency="0s" sharing_policy="FATPIPE" />
    <host id="a" speed="1Gf" />
    <host id="b" speed="1Gf,2Gf" core="4" pstate="1" />
    <route src="a" dst="b">
      <link_ctn id="cable" direction="UP" />
      <link_ctn id="lan" />
    </route>
  </zone>
"""

    assert body(platform(text)) == text


def test_routes_of_one_direction_stay_so():
    text = """\
  <zone id="z" routing="Full">
    <link id="cable" bandwidth="1MBps" latency="1ms" sharing_policy="SPLITDUPLEX" />
    <host id="a" speed="1Gf" />
    <host id="b" speed="1Gf" />
    <route src="a" dst="b" symmetrical="NO">
      <link_ctn id="cable" direction="UP" />
    </route>
    <route src="b" dst="a" symmetrical="NO">
      <link_ctn id="cable" direction="UP" />
    </route>
  </zone>
"""

    assert body(platform(text)) == text


def test_clusters_stay_clusters():
    text = """\
  <cluster id="c" prefix="n" suffix=".x" radical="3-5,9,7-8" speed="1Gf" core="2" bw="1MBps" lat="1ms" \
sharing_policy="SHARED" router_id="r" bb_bw="2MBps" bb_lat="3ms" bb_sharing_policy="FATPIPE" limiter_link="4MBps" \
loopback_bw="5GBps" loopback_lat="6us">
    <prop id="key" value="&lt;&quot;&amp;" />
  </cluster>
"""

    assert body(platform(text)) == text


def test_settings_and_profiles_are_written():
    text = """\
  <config>
    <prop id="network/TCP-gamma" value="1000.0" />
    <prop id="network/loopback-lat" value="0.5" />
  </config>
  <zone id="z" routing="Full">
    <host id="a" speed="1Gf" />
  </zone>
  <trace id="profile0" periodicity="60.0">
0.0 0.5
30.0 1.0
</trace>
  <trace_connect kind="SPEED" trace="profile0" element="a" />
"""

    assert body(platform(text)) == text


def test_disks_of_others_are_not_written_twice():
    found = platform("""
    <zone id="z" routing="Full">
      <host id="a" speed="1Gf"><disk id="d" read_bw="1MBps" write_bw="2MBps"/></host>
      <host id="b" speed="1Gf"><disk id="e" read_bw="1MBps" write_bw="2MBps"/>
        <prop id="remote_disk" value="/m:d:a"/></host>
    </zone>""")

    assert platform_document(found).count("<disk ") == 2
    assert_same(found, read_text(platform_document(found)))


def test_what_the_format_cannot_say_is_refused():
    found = cluster()
    a, b, *_ = found.hosts
    found.root.add_bypass(a, b, [found.link("c_link_0_UP")])

    with pytest.raises(InputError, match="no words for bypasses declared in the cluster 'c'"):
        platform_document(found)


def test_stars_of_more_than_one_link_are_refused():
    draft = Draft()
    zone = draft.add_zone(ClusterZone, "z")
    links = [zone.add_link(name, 1.0, 0.0) for name in ("a", "b")]
    zone.set_legs(zone.add_host("n", (1.0,)), links, links)

    with pytest.raises(InputError, match="no words for the links of 'n'"):
        platform_document(draft.finish())


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_platform(cluster(), tmp_path / "missing" / "written.xml")


def test_the_head_is_what_the_format_demands():
    found = cluster()

    text = platform_document(found)

    assert text.startswith(document("").split("<platform")[0])
    assert text.endswith("</platform>\n")


@pytest.mark.parametrize("quantity", [SPEED, BANDWIDTH, TIME])
@given(value=st.floats(0, 1e300))
def test_numbers_are_written_exactly(quantity, value):
    assert quantity.read(exact(quantity, value)) == value


@pytest.mark.parametrize(
    ("quantity", "value", "short"),
    [
        (SPEED, 1e11, "100Gf"),
        (SPEED, 0.0, "0f"),
        (BANDWIDTH, 12.5e9, "12.5GBps"),
        (TIME, 5 * 1e-6, "5us"),
        (TIME, 5e-5, "0.05ms"),
        (TIME, 1 / 3, "0.3333333333333333s"),
    ],
)
def test_numbers_are_written_short(quantity, value, short):
    assert exact(quantity, value) == short


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        (SPEED, 0.0, "0f"),
        (SPEED, 123456789.0, "123.5Mf"),
        (SPEED, 999999.0, "1Mf"),
        (BANDWIDTH, 1e10, "10GBps"),
        (TIME, 5e-5, "50us"),
        (TIME, 1e-12, "0.001ns"),
        (TIME, 3600.0, "3600s"),
    ],
)
def test_numbers_for_people_are_rounded(quantity, value, text):
    assert rounded(quantity, value) == text
