"""What elements and attributes mean, and what is accepted beyond the reference."""

from __future__ import annotations

import pytest
from describing import HEAD, cluster, document, platform, read_text, route

from elastisim.errors import InputError
from elastisim.platform import LinkPolicy, read_platform

HOSTS = '<host id="a" speed="1Gf"/><host id="b" speed="2Gf"/>'
LINK = '<link id="l" bandwidth="1MBps" latency="1ms"/>'
ROUTE = '<route src="a" dst="b"><link_ctn id="l"/></route>'


def test_hosts_are_numbered_by_the_bytes_of_their_names():
    names = ["n2", "n10", "a-1", "a1", "B0x", "Ab", "A1", "_u", "é"]
    hosts = "".join(f'<host id="{name}" speed="1f"/>' for name in names)
    found = platform(f'<zone id="z" routing="Full">{hosts}</zone>')

    assert [host.name for host in found.hosts] == sorted(names, key=str.encode)
    assert [host.index for host in found.hosts] == list(range(len(names)))


def test_links_are_numbered_zone_by_zone_and_the_loopback_comes_last():
    found = platform(
        '<zone id="w" routing="Full"><zone id="y" routing="Full"><link id="b" bandwidth="1Bps"/></zone>'
        '<zone id="x" routing="Full"><link id="c" bandwidth="1Bps" sharing_policy="SPLITDUPLEX"/>'
        '<link id="a" bandwidth="1Bps"/></zone><link id="z" bandwidth="1Bps"/></zone>'
    )

    assert [link.name for link in found.links] == ["z", "b", "a", "c_DOWN", "c_UP", "__loopback__"]
    assert [link.index for link in found.links] == list(range(6))
    assert (found.loopback.policy, found.loopback.bandwidth, found.loopback.latency) == (LinkPolicy.FATPIPE, 1e10, 0.0)
    assert [zone.name for zone in found.zones] == ["w", "y", "x"]


def test_hosts_have_cores_pstates_disks_and_properties():
    found = platform(
        '<zone id="z" routing="Full"><host id="a" speed="1Gf, 2Gf" pstate="1" core="4">'
        '<disk id="ssd" read_bw="2GBps" write_bw="1GBps"/><prop id="k" value="1"/>'
        '<disk read_bw="1Bps" write_bw="2Bps"/>'
        '<prop id="k" value="2"/></host></zone>'
    )

    host = found.host("a")
    assert (host.speed, host.speeds, host.pstate, host.cores) == (2e9, (1e9, 2e9), 1, 4)
    assert [(disk.name, disk.read_bandwidth, disk.write_bandwidth) for disk in host.disks] == [
        ("/", 1.0, 2.0),
        ("ssd", 2e9, 1e9),
    ]
    assert dict(host.properties) == {"k": "1"}


def test_links_and_zones_have_properties():
    found = platform(
        '<zone id="z" routing="Full"><prop id="site" value="here"/><prop id="site" value="there"/>'
        '<link id="l" bandwidth="1Bps"><prop id="watt" value="3"/></link></zone>'
    )

    assert dict(found.root.properties) == {"site": "here"}
    assert dict(found.link("l").properties) == {"watt": "3"}


def test_remote_disks_are_the_same_disk_wherever_they_are_declared():
    found = platform(
        '<zone id="z" routing="Full"><host id="b" speed="1f"><prop id="remote_disk" value="/mnt:D:a"/></host>'
        '<host id="a" speed="1f"><disk id="D" read_bw="1Bps" write_bw="1Bps"/></host></zone>'
    )

    assert found.host("a").disks == found.host("b").disks
    assert len(found.host("a").disks) == 1


def test_properties_of_a_cluster_belong_to_its_hosts():
    found = cluster(children='<prop id="k" value="v"/>')

    assert all(host.properties == {"k": "v"} for host in found.hosts)
    assert found.root.properties == {"k": "v"}


def test_configuration_changes_loopback_window_and_precision():
    found = platform(
        '<config id="General"><prop id="network/TCP-gamma" value="1000"/><prop id="network/TCP-gamma" value="2000"/>'
        '<prop id="network/loopback-bw" value="1e6"/><prop id="network/loopback-lat" value="2e-3"/>'
        '<prop id="precision/timing" value="1e-7"/><prop id="host/model" value="ptask_L07"/>'
        '<prop id="host/solver" value="fairbottleneck"/></config>'
        '<config><prop id="precision/work-amount" value="1e-4"/><prop id="maxmin/precision" value="1"/></config>'
        f'<random id="whatever" any="thing"/><zone id="z" routing="Full">{HOSTS}</zone>'
    )

    assert found.settings.tcp_gamma == 1000.0
    assert found.settings.timing_precision == 1e-7
    assert found.settings.work_precision == 1e-4
    assert (found.loopback.bandwidth, found.loopback.latency) == (1e6, 2e-3)
    assert ["maxmin/precision has no effect" in str(remark) for remark in found.remarks] == [True]


@pytest.mark.parametrize("version", ["4", "4.0", "4.1", "4.10"])
def test_accepted_versions(version):
    assert read_text(f'<platform version="{version}"><zone id="z" routing="None"/></platform>').hosts == ()


@pytest.mark.parametrize(("version", "remarks"), [("4", 1), ("4.09", 1), ("4.1", 0)])
def test_older_versions_are_remarked(version, remarks):
    found = read_text(f'<platform version="{version}"><zone id="z" routing="None"/></platform>')

    assert [str(remark).split(": ", 1)[1] for remark in found.remarks] == [
        f"line 1: <platform version>: version {version} is read as 4.1"
    ] * remarks


def test_the_loopback_may_have_no_latency():
    found = platform('<config><prop id="network/loopback-lat" value="0"/></config><zone id="z" routing="Full"/>')

    assert found.loopback.latency == 0.0


def test_hosts_and_links_count_towards_the_largest_platform(monkeypatch):
    monkeypatch.setattr("elastisim.platform.draft.LARGEST_PLATFORM", 30)
    two = "".join(
        f'<cluster id="{name}" prefix="{name}" suffix="" radical="1-{{}}" speed="1f" bw="1Bps" lat="0"/>'
        for name in "ab"
    )

    assert len(platform(f'<zone id="w" routing="Full">{two.format(4, 4)}</zone>').hosts) == 8
    with pytest.raises(InputError, match="a platform may have 30 of them at most"):
        platform(f'<zone id="w" routing="Full">{two.format(4, 6)}</zone>')


def test_missing_units_are_remarked_once():
    found = platform(
        '<zone id="z" routing="Full">\n<host id="a" speed="1000"/><host id="b" speed="2000"/><host id="c" speed="0"/>'
        '<link id="l" bandwidth="0" latency="0"/></zone>'
    )

    assert [remark.where for remark in found.remarks] == ["line 5"]
    assert "<host speed>: has no unit, taken as f (2 times)" in str(found.remarks[0])


def test_a_wifi_link_outside_of_a_wifi_zone_is_shared():
    found = platform('<zone id="z" routing="Full"><link id="l" sharing_policy="WIFI" bandwidth="54Mbps"/></zone>')

    assert (found.link("l").policy, found.link("l").label) == (LinkPolicy.SHARED, "WIFI")


PLAIN = document(f'<zone id="z" routing="Full">{HOSTS}{LINK}{ROUTE}</zone>')

AROUND = {
    "white space first": PLAIN.replace("<?xml", "\n \n<?xml"),
    "no declaration and no DOCTYPE": PLAIN.split("\n", 2)[2],
    "comment before DOCTYPE": PLAIN.replace("\n<!DOCTYPE", "\n<!-- a comment with <!DOCTYPE in it -->\n<!DOCTYPE", 1),
    "routing and old name of zones": PLAIN.replace("<zone", "<AS").replace("</zone", "</AS").replace("Full", "fuLL"),
    "host after route": PLAIN.replace("</zone>", '<host id="c" speed="1f"/></zone>'),
    "byte order mark": f"\ufeff{PLAIN}",
}


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
def test_what_may_stand_around_the_platform(text):
    assert route(read_text(text), "a", "b") == ["l"]


def test_lines_are_counted_from_the_start_of_the_file():
    with pytest.raises(InputError, match="line 9: <host>"):
        read_text(f'\n\n{HEAD}<zone id="z" routing="Full">\n\n\n<host id="a"/></zone></platform>')


CAFE = '<platform version="4.1"><zone id="café" routing="Full"/></platform>'


@pytest.mark.parametrize(
    "data",
    [
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{CAFE}'.encode("latin-1"),
        CAFE.encode("utf-16"),
        f'<?xml version="1.0" encoding="no-such"?>{CAFE}'.encode(),
        f'<?xml version="1.0" encoding="latin-nonsense"?>{CAFE}'.encode(),
    ],
)
def test_encodings(tmp_path, data):
    (tmp_path / "p.xml").write_bytes(data)

    assert read_platform(tmp_path / "p.xml").root.name == "café"


def test_bytes_without_meaning_in_comments_do_no_harm(tmp_path):
    (tmp_path / "p.xml").write_bytes(b"<!-- \xff\xfe\xe9 -->" + CAFE.encode())

    assert read_platform(tmp_path / "p.xml").root.name == "café"


def test_entities_of_xml_and_quotes():
    found = platform("<zone id='z&amp;&#65;' routing='Full'><host id='a&lt;b' speed='1f'/></zone>")

    assert (found.root.name, found.hosts[0].name) == ("z&A", "a<b")


def test_a_bypass_without_effect_is_remarked():
    found = platform(
        f'<zone id="w" routing="Full"><zone id="z" routing="Full">{HOSTS}{LINK}{ROUTE}</zone>'
        '<link id="m" bandwidth="1Bps"/><bypassRoute src="a" dst="b"><link_ctn id="m"/></bypassRoute></zone>'
    )

    assert route(found, "a", "b") == ["l"]
    assert "has no effect" in str(found.remarks[-1])


def test_asking_for_what_is_not_there_names_it():
    found = platform(f'<zone id="z" routing="Full">{HOSTS}<router id="r"/></zone>')

    with pytest.raises(InputError, match=r"platform\.xml: there is no host 'r'"):
        found.host("r")
    with pytest.raises(InputError, match=r"platform\.xml: there is no link 'x'"):
        found.link("x")
