"""Files that are refused: each with the line, and with what is wrong or what would be accepted."""

from __future__ import annotations

import pytest
from describing import document, read_text

from elastisim.errors import InputError
from elastisim.platform import read_platform

HOSTS = '<host id="a" speed="1Gf"/><host id="b" speed="2Gf"/>'
LINK = '<link id="l" bandwidth="1MBps" latency="1ms"/>'
ROUTE = '<route src="a" dst="b"><link_ctn id="l"/></route>'
SUBZONES = (
    '<zone id="x" routing="Full"><host id="a" speed="1f"/></zone>'
    '<zone id="y" routing="Full"><host id="b" speed="1f"/><host id="c" speed="1f"/></zone>'
    '<link id="l" bandwidth="1Bps"/>\n'
)
CLUSTER = '<cluster id="c" prefix="n" suffix="" radical="0-3" speed="1Gf" bw="1MBps" lat="1ms" '


def zone(content: str, routing: str = "Full") -> str:
    return f'<zone id="z" routing="{routing}">\n{content}\n</zone>'


def topology(name: str, parameters: str, radical: str = "0-3") -> str:
    start = CLUSTER.replace("0-3", radical)
    return f'{start} topology="{name}" topo_parameters="{parameters}"/>'


BODIES = {
    "unknown element": (zone(f"{HOSTS}<foo/>"), 5, "<foo>: is unknown in <zone>, which may contain <zone>, <AS>"),
    "element in the wrong place": (HOSTS, 4, "<host>: cannot stand in <platform>"),
    "link in host": (zone(f'<host id="a" speed="1f">{LINK}</host>'), 5, "<link>: cannot stand in <host>"),
    "unknown attribute": (
        zone('<host id="a" speed="1f" foo="1"/>'),
        5,
        "<host>: there is no attribute foo; accepted are",
    ),
    "missing attribute": (zone('<host id="a"/>'), 5, "<host>: the attribute speed is missing"),
    "missing gateway": (zone(f'{SUBZONES}<zoneRoute src="x" dst="y" gw_dst="b"/>'), 6, "gw_src is missing"),
    "text": (zone("hello"), 4, "<zone>: the text 'hello' has no meaning here"),
    "text in a host": (zone('<host id="a" speed="1f">x</host>'), 5, "<host>: the text 'x'"),
    "bad unit": (zone('<host id="a" speed="1GF"/>'), 5, r"<host speed>: '1GF' has the unknown unit 'GF': expected"),
    "blank before unit": (zone('<host id="a" speed="1 Gf"/>'), 5, "<host speed>: .*unknown unit ' Gf'"),
    "no number": (zone('<link id="l" bandwidth="fast"/>'), 5, "<link bandwidth>: 'fast' is not a bandwidth"),
    "negative latency": (
        zone('<link id="l" bandwidth="1Bps" latency="-1s"/>'),
        5,
        "<link latency>: '-1s' is out of range",
    ),
    "infinite speed": (zone('<host id="a" speed="inff"/>'), 5, "<host speed>: 'inff' is not a finite number"),
    "list of bandwidths": (zone('<link id="l" bandwidth="1Bps,2Bps"/>'), 5, "<link bandwidth>: .* is a list"),
    "no cores": (zone('<host id="a" speed="1f" core="0"/>'), 5, "host 'a' has 0 cores"),
    "cores are not a number": (zone('<host id="a" speed="1f" core="x"/>'), 5, "<host core>: 'x' is not an integer"),
    "pstate out of range": (zone('<host id="a" speed="1f,2f" pstate="2"/>'), 5, "has the pstates 0 to 1"),
    "negative pstate": (zone('<host id="a" speed="1f" pstate="-1"/>'), 5, "has the pstates 0 to 0"),
    "duplicate host": (
        zone(f'{HOSTS}\n<host id="a" speed="1f"/>'),
        6,
        "the name 'a' of a host or router is used twice",
    ),
    "router named like a host": (zone(f'{HOSTS}<router id="b"/>'), 5, "the name 'b'"),
    "duplicate link": (zone(f"{LINK}\n{LINK}"), 6, "the name 'l' of a link is used twice"),
    "duplicate zone": (zone('<zone id="z" routing="Full"/>'), 5, "the name 'z' of a zone is used twice"),
    "zone named like a router": (
        zone('<zone id="y" routing="Full"><router id="r"/></zone>\n<zone id="r" routing="Full"/>'),
        6,
        "the name 'r' of a zone",
    ),
    "router named like a zone": (zone('<router id="z"/>'), 5, "the name 'z'"),
    "link of a cluster by hand": (
        f'<zone id="w" routing="Full">{CLUSTER}/>\n<link id="c_link_2_UP" bandwidth="1Bps"/></zone>',
        5,
        "the name 'c_link_2_UP'",
    ),
    "loopback by hand": (zone('<link id="__loopback__" bandwidth="1Bps"/>'), 5, "'__loopback__'"),
    "unknown routing": (zone(HOSTS, "Foo"), 4, "<zone routing>: 'Foo' is not one of Full, Floyd, Dijkstra"),
    "star routing": (zone(HOSTS, "Star"), 4, "<zone routing>: 'Star'"),
    "wifi": (zone(HOSTS, "Wifi"), 4, "<zone routing>: WiFi zones do not exist"),
    "second top-level zone": (f'{zone("")}\n<zone id="y" routing="Full"/>', 7, "second top-level zone beside 'z'"),
    "second top-level cluster": (f"{zone('')}\n{CLUSTER}/>", 7, "second top-level zone"),
    "no zone": ("", 3, "<platform>: the platform has no zone and no cluster"),
    "only a configuration": ('<config id="General"/>', 3, "no zone and no cluster"),
    "hosts after zones": (zone(f'<zone id="y" routing="Full"/>\n{HOSTS}'), 6, "holds zones; it cannot hold 'a'"),
    "zones after hosts": (zone(f'{HOSTS}\n<zone id="y" routing="Full"/>'), 6, "cannot hold zone 'y'"),
    "cluster after router": (zone(f'<router id="r"/>\n{CLUSTER}/>'), 6, "cannot hold zone 'c'"),
    "unknown link": (
        zone(f'{HOSTS}<route src="a" dst="b">\n<link_ctn id="m"/></route>'),
        6,
        "<link_ctn id>: .* no link 'm'",
    ),
    "unknown end": (zone(f'{HOSTS}{LINK}<route src="a" dst="q"><link_ctn id="l"/></route>'), 5, "<route dst>: .* 'q'"),
    "empty route": (zone(f'{HOSTS}<route src="a" dst="b"/>'), 5, "at least one link_ctn"),
    "duplicate route": (
        zone(f'{HOSTS}{LINK}{ROUTE}\n<route src="b" dst="a"><link_ctn id="l"/></route>'),
        6,
        "the route from 'b' to 'a' is declared twice",
    ),
    "self route both ways in Floyd": (
        zone(f'{HOSTS}{LINK}<route src="a" dst="a"><link_ctn id="l"/></route>', "Floyd"),
        5,
        "declared twice, perhaps by symmetry",
    ),
    "route in None": (
        zone(f'{HOSTS}{LINK}<route src="a" dst="b"><link_ctn id="l"/></route>', "None"),
        5,
        "routing None",
    ),
    "route in Cluster": (
        zone(f'{HOSTS}{LINK}<route src="a" dst="b"><link_ctn id="l"/></route>', "Cluster"),
        5,
        "Cluster",
    ),
    "route between points of other zones": (
        zone(f'{SUBZONES}<route src="a" dst="b"><link_ctn id="l"/></route>'),
        6,
        "'a' is not declared in zone 'z' but in 'x'",
    ),
    "symmetry": (
        zone(f'{HOSTS}<route src="a" dst="b" symmetrical="true"/>'),
        5,
        "'true' is not one of YES, yes, NO, no",
    ),
    "split duplex without direction": (
        zone(
            '<link id="s" bandwidth="1Bps" sharing_policy="SPLITDUPLEX"/>'
            + HOSTS
            + '<route src="a" dst="b"><link_ctn id="s"/></route>'
        ),
        5,
        "link 's' is split-duplex; give the direction UP or DOWN, or name s_UP or s_DOWN",
    ),
    "direction without split duplex": (
        zone(f'{HOSTS}{LINK}<route src="a" dst="b"><link_ctn id="l" direction="UP"/></route>'),
        5,
        "link 'l' is not split-duplex",
    ),
    "halves by hand are no cable": (
        zone(
            f'{HOSTS}<link id="s_UP" bandwidth="1Bps"/><link id="s_DOWN" bandwidth="1Bps"/>'
            '<route src="a" dst="b"><link_ctn id="s" direction="UP"/></route>'
        ),
        5,
        "no split-duplex link 's'",
    ),
    "direction": (
        zone(f'{HOSTS}{LINK}<route src="a" dst="b"><link_ctn id="l" direction="up"/></route>'),
        5,
        "<link_ctn direction>: 'up' is not one of NONE, UP, DOWN",
    ),
    "sharing policy": (
        zone('<link id="l" bandwidth="1Bps" sharing_policy="shared"/>'),
        5,
        "'shared' is not one of SHARED, FATPIPE, WIFI, SPLITDUPLEX",
    ),
    "unknown zone": (
        zone(f'{SUBZONES}<zoneRoute src="x" dst="q" gw_src="a" gw_dst="b"><link_ctn id="l"/></zoneRoute>'),
        6,
        "<zoneRoute dst>: there is no zone 'q'",
    ),
    "unknown gateway": (
        zone(f'{SUBZONES}<zoneRoute src="x" dst="y" gw_src="a" gw_dst="q"><link_ctn id="l"/></zoneRoute>'),
        6,
        "<zoneRoute gw_dst>: there is no host or router 'q'",
    ),
    "gateway outside of its zone": (
        zone(f'{SUBZONES}<zoneRoute src="x" dst="y" gw_src="b" gw_dst="c"><link_ctn id="l"/></zoneRoute>'),
        6,
        "gateway 'b' does not lie in zone 'x'",
    ),
    "zone route to the zone itself": (
        zone(f'{SUBZONES}<zoneRoute src="z" dst="y" gw_src="a" gw_dst="b"><link_ctn id="l"/></zoneRoute>'),
        6,
        "zone 'z' is not a direct sub-zone of zone 'z'",
    ),
    "equal gateways": (
        zone(f'{SUBZONES}<zoneRoute src="y" dst="y" gw_src="b" gw_dst="b"><link_ctn id="l"/></zoneRoute>'),
        6,
        "both gateways are 'b'",
    ),
    "zone route in Cluster": (
        zone(f'{SUBZONES}<zoneRoute src="x" dst="y" gw_src="a" gw_dst="b"><link_ctn id="l"/></zoneRoute>', "Cluster"),
        6,
        "its sub-zones cannot be connected",
    ),
    "duplicate bypass": (
        zone(
            f'{HOSTS}{LINK}<bypassRoute src="a" dst="b"><link_ctn id="l"/></bypassRoute>\n'
            '<bypassRoute src="a" dst="b"><link_ctn id="l"/></bypassRoute>'
        ),
        6,
        "the bypass from 'a' to 'b' is declared twice",
    ),
    "empty bypass": (zone(f'{HOSTS}<bypassRoute src="a" dst="b"/>'), 5, "at least one link_ctn"),
    "duplicate zone bypass": (
        zone(
            SUBZONES + '<bypassZoneRoute src="x" dst="y" gw_src="a" gw_dst="b"><link_ctn id="l"/></bypassZoneRoute>' * 2
        ),
        6,
        "the bypass from zone 'x' to zone 'y' is declared twice",
    ),
    "zone bypass of outer zones": (
        zone(f'{SUBZONES}<bypassASroute src="z" dst="y" gw_src="a" gw_dst="b"><link_ctn id="l"/></bypassASroute>'),
        6,
        "zone 'z' does not lie in zone 'z'",
    ),
    "cabinet outside of Cluster": (
        zone('<cabinet id="k" prefix="k" suffix="" radical="1" speed="1f" bw="1Bps" lat="0"/>'),
        5,
        "<cabinet>: can only stand in a zone of routing Cluster",
    ),
    "cabinet outside of zones": (
        '<cabinet id="k" prefix="k" suffix="" radical="1" speed="1f" bw="1Bps" lat="0"/>',
        4,
        "<cabinet>: cannot stand in <platform>",
    ),
    "list of speeds in a cabinet": (
        zone('<cabinet id="k" prefix="k" suffix="" radical="1" speed="1f,2f" bw="1Bps" lat="0"/>', "Cluster"),
        5,
        "<cabinet speed>",
    ),
    "host link outside of Cluster": (zone(f'{HOSTS}<host_link id="a" up="l" down="l"/>'), 5, "routing Cluster"),
    "host link without host": (zone(f'{LINK}<host_link id="a" up="l" down="l"/>', "Cluster"), 5, "no host 'a'"),
    "host link without link": (zone(f'{HOSTS}<host_link id="a" up="l" down="l"/>', "Cluster"), 5, "<host_link up>"),
    "two host links": (
        zone(HOSTS + LINK + '<host_link id="a" up="l" down="l"/>' * 2, "Cluster"),
        5,
        "host 'a' is connected twice",
    ),
    "two backbones": (
        zone(
            '<backbone id="b" bandwidth="1Bps" latency="0"/>\n<backbone id="c" bandwidth="1Bps" latency="0"/>',
            "Cluster",
        ),
        6,
        "has the backbone 'b' already",
    ),
    "peer outside of Vivaldi": (
        zone('<peer id="p" speed="1f" bw_in="1Bps" bw_out="1Bps" coordinates="1 2 3"/>'),
        5,
        "<peer>: can only stand in a zone of routing Vivaldi",
    ),
    "peer without coordinates": (
        zone('<peer id="p" speed="1f" bw_in="1Bps" bw_out="1Bps"/>', "Vivaldi"),
        5,
        "coordinates is missing",
    ),
    "host without coordinates": (zone(HOSTS, "Vivaldi"), 5, "'a' lies in the Vivaldi zone 'z' and needs coordinates"),
    "router without coordinates": (zone('<router id="r"/>', "Vivaldi"), 5, "'r' lies in the Vivaldi zone"),
    "two coordinates": (zone('<host id="a" speed="1f" coordinates="1 2"/>', "Vivaldi"), 5, "three numbers"),
    "wide coordinates": (zone('<host id="a" speed="1f" coordinates="1  2 3"/>', "Vivaldi"), 5, "<host coordinates>"),
    "zone in Vivaldi": (zone('<zone id="y" routing="Full"/>', "Vivaldi"), 5, "zones have no coordinates"),
    "radical": (f"{CLUSTER}/>".replace("0-3", "a-b"), 4, "<cluster radical>"),
    "repeated radical": (f"{CLUSTER}/>".replace("0-3", "1,1"), 4, "the name 'n1'"),
    "huge radical": (f"{CLUSTER}/>".replace("0-3", "0-1999999999"), 4, "10000000 of them at most"),
    "unknown topology": (topology("RING", "4"), 4, "<cluster topology>: 'RING' is not one of FLAT, TORUS, FAT_TREE"),
    "backbone policy": (f'{CLUSTER} bb_bw="1Bps" bb_sharing_policy="SPLITDUPLEX"/>', 4, "<cluster bb_sharing_policy>"),
    "no torus sizes": (topology("TORUS", ""), 4, "<cluster topo_parameters>"),
    "torus of size zero": (topology("TORUS", "2,0"), 4, "positive numbers are needed"),
    "few hosts for a torus": (topology("TORUS", "2,3"), 4, "needs 6 hosts; its radical has 4"),
    "ambiguous torus": (topology("TORUS", "1,1"), 4, "the name 'c_link_from_0_to_0_UP'"),
    "huge torus": (topology("TORUS", "1000,1000,1000"), 4, "10000000 of them at most"),
    "no bandwidth in a torus": (topology("TORUS", "4").replace('"1MBps"', '"0"'), 4, "it must be positive"),
    "fat tree of three lists": (topology("FAT_TREE", "1;4;1"), 4, "expected LEVELS;CHILDREN"),
    "fat tree of wrong depth": (topology("FAT_TREE", "2;4;1;1"), 4, "expected LEVELS"),
    "fat tree without children": (topology("FAT_TREE", "1;0;1;1"), 4, "are positive"),
    "few hosts for a fat tree": (topology("FAT_TREE", "2;2,4;1,2;1,1"), 4, "needs 8 hosts"),
    "limiters of too many switches": (
        topology("FAT_TREE", "3;2,3,2;1,2,2;1,1,1", "0-11").replace("/>", ' limiter_link="1Bps"/>'),
        4,
        "_limiter' of a link is used twice",
    ),
    "huge fat tree": (topology("FAT_TREE", "1;2;99999999;9999"), 4, "10000000 of them at most"),
    "dragonfly": (topology("DRAGONFLY", "1;1;1;1"), 4, "expected GROUPS,LINKS;CHASSIS,LINKS;BLADES,LINKS;NODES"),
    "dragonfly without nodes": (topology("DRAGONFLY", "1,1;1,1;1,1;0"), 4, "are positive"),
    "more groups than blades": (topology("DRAGONFLY", "3,1;1,1;2,1;1", "0-5"), 4, "3 groups needs as many blades"),
    "few hosts for a dragonfly": (topology("DRAGONFLY", "2,1;1,1;2,1;2"), 4, "needs 8 hosts"),
    "huge dragonfly": (topology("DRAGONFLY", "1,1;1,1;99999,1;1"), 4, "10000000 of them at most"),
    "configuration too late": (f'{zone("")}\n<config id="c"/>', 7, "must come before everything else"),
    "network model": ('<config><prop id="network/model" value="ns-3"/></config>', 4, "network/model cannot be chosen"),
    "cpu model": ('<config><prop id="cpu/model" value="Cas01"/></config>', 4, "cpu/model cannot be chosen"),
    "solver": ('<config><prop id="host/solver" value="bmf"/></config>', 4, "'bmf' is not one of fairbottleneck"),
    "setting": (
        '<config><prop id="network/TCP-gamma" value="4MB"/></config>',
        4,
        "<prop value>: '4MB' is not a number",
    ),
    "negative setting": ('<config><prop id="network/TCP-gamma" value="-1"/></config>', 4, "must be positive"),
    "include": (zone('<include file="x.xml"/>'), 5, "<include>: is no longer part of the format"),
    "storage": ('<storage_type id="s"/>', 4, "<storage_type>: is no longer part"),
    "actor": ('<actor host="a" function="f"/>', 4, "<actor>: starts a program"),
    "unknown trace": (
        f'{zone(HOSTS)}\n<trace_connect kind="SPEED" trace="t" element="a"/>',
        7,
        "<trace_connect trace>: there is no trace 't'",
    ),
    "duplicate trace": ('<trace id="t" periodicity="1"/>' * 2, 4, "the trace 't' is declared twice"),
    "trace with file and text": ('<trace id="t" periodicity="1" file="f">1 1</trace>', 4, "a file and a text"),
    "trace": ('<trace id="t" periodicity="1">1</trace>', 4, "<trace>: line 1 of the profile"),
    "period": ('<trace id="t" periodicity="often"/>', 4, "<trace periodicity>"),
    "trace of a link for a host": (
        f'{zone(HOSTS)}<trace id="t" periodicity="0">1 1</trace><trace_connect kind="LATENCY" trace="t" element="a"/>',
        6,
        "<trace_connect element>: there is no link 'a'",
    ),
    "unknown kind of trace": (
        f'{zone(HOSTS)}<trace_connect kind="POWER" trace="t" element="a"/>',
        6,
        "<trace_connect kind>: 'POWER' is not one of SPEED, HOST_AVAIL",
    ),
    "two profiles of a kind": (
        f'{zone(HOSTS)}<trace id="t" periodicity="0">1 1</trace>'
        + '<trace_connect kind="SPEED" trace="t" element="a"/>' * 2,
        6,
        "'a' has two profiles of kind SPEED",
    ),
    "missing profile file": (zone('<host id="a" speed="1f" speed_file="no/such"/>'), 5, "'no/such' cannot be read"),
    "disk without bandwidth": (
        zone('<host id="a" speed="1f">\n<disk id="d" read_bw="0" write_bw="1Bps"/></host>'),
        6,
        "<disk>: disk 'd' of 'a' has the read bandwidth 0: it must be positive",
    ),
    "remote disk of unknown form": (
        zone('<host id="a" speed="1f">\n<prop id="remote_disk" value="D:a"/></host>'),
        6,
        "MOUNT:DISK:HOST",
    ),
    "unknown remote disk": (
        zone('<host id="a" speed="1f">\n<prop id="remote_disk" value="/:D:a"/></host>'),
        6,
        "host 'a' has no disk 'D'",
    ),
}

TEXTS = {
    "empty file": ("", 1, "not well-formed XML: no element found"),
    "not closed": (document("").replace("</platform>", ""), 6, "not well-formed XML"),
    "wrong end": (document("<zone id='z' routing='Full'></platform>"), 4, "not well-formed XML: mismatched tag"),
    "another element": ("<machine/>", 1, "the outermost element of a platform file is <platform>"),
    "a zone alone": ('<zone id="z" routing="Full"/>', 1, "the outermost element"),
    "another document type": ('<!DOCTYPE html>\n<platform version="4.1"/>', 1, "a document of type 'html'"),
    "no version": ("<platform/>", 1, "the attribute version is missing"),
    "old version": ('<platform version="3"/>', 1, "'3' is not a supported version; accepted are 4.0 and 4.1"),
    "new version": ('<platform version="4.2"/>', 1, "'4.2' is not a supported version"),
    "version": ('<platform version="new"/>', 1, "<platform version>: 'new' is not a number"),
    "entities": (
        '\n<!DOCTYPE platform [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>\n<platform version="&b;"/>',
        2,
        "entities and the like are refused",
    ),
    "unknown entity": ('<platform version="4.1"><zone id="&x;" routing="Full"/></platform>', 1, "undefined entity"),
    "unknown entity with DOCTYPE": (document('<zone id="&x;" routing="Full"/>'), 4, "undefined entity"),
    "duplicate attribute": (document('<zone id="z" id="y" routing="Full"/>'), 4, "duplicate attribute"),
    "control character": (document('<zone id="\x01" routing="Full"/>'), 4, "not well-formed XML"),
    "deep nesting": (
        document("".join(f'<zone id="z{i}" routing="Full">\n' for i in range(3000))),
        55,
        "nested more than 50 deep",
    ),
}


@pytest.mark.parametrize(("body", "line", "reason"), BODIES.values(), ids=BODIES)
def test_refused_bodies(body, line, reason):
    with pytest.raises(InputError, match=rf"platform\.xml: line {line}: .*{reason}"):
        read_text(document(body))


@pytest.mark.parametrize(("text", "line", "reason"), TEXTS.values(), ids=TEXTS)
def test_refused_files(text, line, reason):
    with pytest.raises(InputError, match=rf"platform\.xml: line {line}: .*{reason}"):
        read_text(text)


def test_two_document_types():
    with pytest.raises(InputError, match=r"platform\.xml: contains a document type where none may be|not well-formed"):
        read_text('<!DOCTYPE platform>\n<!DOCTYPE platform [<!ENTITY a "b">]>\n<platform version="4.1"/>')


@pytest.mark.parametrize("name", ["missing.xml", "."])
def test_files_that_cannot_be_read(tmp_path, name):
    with pytest.raises(InputError, match="cannot be read: "):
        read_platform(tmp_path / name)


def test_names_that_cannot_be_files():
    with pytest.raises(InputError, match="cannot be read: "):
        read_platform("nul\0byte")
