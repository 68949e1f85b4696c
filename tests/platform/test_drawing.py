"""Drawings: what they show of small and of large platforms, and that they can be read."""

from __future__ import annotations

import re
import sys
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from describing import GOLDEN, cluster, platform

from elastisim.errors import MissingExtraError
from elastisim.platform import read_platform
from elastisim.platform.builders import BurstBuffer, Gpus, NodeType, PlatformBuilder
from elastisim.platform.drawing import dot, svg
from elastisim.platform.sketch import MOST_PARTS, Kind, Part, Sketch, sketch

NODE = NodeType(speed="1Gf", bandwidth="1MBps", latency="1ms")


def shown(found):
    """Return the texts of all parts, the texts of connections by the first lines at their ends, and the notes."""
    drawn = sketch(found)
    names = [" ".join(part.lines[:2]) if part.kind is Kind.SWITCH else part.lines[0] for part in drawn.parts]
    connections = {(names[a], names[b]): list(lines) for (a, b), lines in drawn.connections.items()}
    return [list(part.lines) for part in drawn.parts], connections, list(drawn.notes)


def test_every_element_of_a_small_platform_is_drawn():
    found = cluster('bb_bw="5MBps"', radical="0-1")

    parts, connections, notes = shown(found)

    assert parts == [["n0", "1Gf"], ["n1", "1Gf"], ["nc_router", "backbone 5MBps"]]
    assert connections == {
        ("n0", "nc_router backbone 5MBps"): ["1MBps, 1ms"],
        ("n1", "nc_router backbone 5MBps"): ["1MBps, 1ms"],
    }
    assert notes == []


def test_lines_that_are_all_alike_are_explained_once():
    _, connections, notes = shown(cluster(radical="0-4"))

    assert len(connections) == 5
    assert not any(connections.values())
    assert notes == ["all lines in c: 1MBps, 1ms"]


def test_alike_elements_of_a_large_platform_are_drawn_together():
    builder = PlatformBuilder()
    kind = NodeType(
        speed="3Gf", cores=2, bandwidth=1e6, latency=0, gpus=Gpus(1, "5Tf"), burst_buffer=BurstBuffer("2GBps", "1GBps")
    )
    builder.add_fat_tree("tree", kind, children=[8, 8], parents=[1, 4], cables=[1, 2])
    builder.add_file_system("PFS", read_bandwidth="8MBps", write_bandwidth="4MBps")

    parts, connections, _ = shown(builder.build())

    assert parts == [
        ["batch_system", "batch system"],
        ["tree-10 … tree-73", "64 hosts", "2 x 3Gf", "1 x GPU 5Tf", "burst buffer"],
        ["PFS", "PFS host"],
        ["tree", "8 switches on level 1"],
        ["tree", "4 switches on level 2"],
    ]
    assert connections == {
        ("tree-10 … tree-73", "PFS"): ["PFS_read 8MBps", "PFS_write 4MBps"],
        ("tree-10 … tree-73", "tree 8 switches on level 1"): ["64 x 1MBps"],
        ("tree 8 switches on level 1", "tree 4 switches on level 2"): ["64 x 1MBps"],
    }


def test_what_connects_alike_elements_stands_inside():
    builder = PlatformBuilder()
    builder.add_torus("ring", NODE, [50])
    builder.add_dragonfly("fly", NODE, groups=2, chassis=3, blades=4, nodes_per_blade=2, green=2, black=3, blue=4)

    parts, connections, _ = shown(builder.build())

    assert ["ring-10 … ring-59", "50 hosts", "1Gf", "inside: 50 x 1MBps, 1ms"] in parts
    assert [
        "fly",
        "24 blades",
        "inside: 36 x 2MBps, 1ms",
        "inside: 24 x 3MBps, 1ms",
        "inside: 4MBps, 1ms",
    ] in parts
    assert connections["fly-10 … fly-57", "fly 24 blades"] == ["48 x 1MBps, 1ms"]


def test_zones_of_huge_platforms_are_drawn_whole():
    clusters = "".join(
        f'<zone id="site{i}" routing="Full"><cluster id="c{i}" prefix="n{i}-" suffix="" radical="0-9" speed="{i}f" '
        f'bw="1Bps" lat="0s"/><zone id="x{i}" routing="Full"><router id="r{i}"/></zone></zone>'
        for i in range(1, 31)
    )
    routes = "".join(
        f'<link id="l{i}" bandwidth="{i}Bps" latency="0s"/>'
        f'<zoneRoute src="hub" dst="site{i}" gw_src="centre" gw_dst="r{i}"><link_ctn id="l{i}"/></zoneRoute>'
        for i in range(1, 31)
    )
    hub = '<zone id="hub" routing="Full"><router id="centre"/></zone>'
    found = platform(f'<zone id="w" routing="Floyd">{hub}{clusters}{routes}</zone>')

    parts, connections, _ = shown(found)

    assert len(parts) == 31
    assert parts[:2] == [["hub", "1 router"], ["site1", "10 hosts", "2 zones"]]
    assert connections["hub", "site7"] == ["l7 7Bps"]


def test_servers_and_links_between_whole_zones_are_drawn_on_their_own():
    builder = PlatformBuilder()
    for i in range(20):
        builder.add_fat_tree(f"tree{i}", NODE, children=[2, 2], parents=[1, 2])
    builder.add_file_system("PFS", read_bandwidth="8MBps", write_bandwidth="4MBps", latency="1s")

    parts, connections, _ = shown(builder.build())

    assert len(parts) == 24
    assert ["PFS", "PFS host"] in parts
    assert ["PFS_read", "8MBps, 1s"] in parts
    assert ["tree7", "4 hosts", "2 switches with 2 hosts and 2 uplinks each, 2 on level 2"] in parts
    assert {("PFS", "PFS_read"), ("tree0", "PFS_read")} <= set(connections)


def test_links_of_one_kind_are_drawn_together():
    links = "".join(f'<link id="l{i}" bandwidth="1Bps" latency="0s"/>' for i in range(60))
    routes = "".join(f'<route src="a{i}" dst="b"><link_ctn id="l{i}"/><link_ctn id="l{i}"/></route>' for i in range(60))
    hosts = "".join(f'<host id="a{i}" speed="1f"/>' for i in range(60))
    found = platform(f'<zone id="z" routing="Full">{hosts}<host id="b" speed="2f"/>{links}{routes}</zone>')

    parts, connections, _ = shown(found)

    assert parts == [["a0 … a59", "60 hosts", "1f"], ["b", "2f"], ["l0 … l59", "60 links", "1Bps"]]
    assert set(connections) == {("a0 … a59", "l0 … l59"), ("b", "l0 … l59")}


def test_links_between_more_than_two_elements_are_elements():
    found = platform("""
    <zone id="z" routing="Full">
      <host id="a" speed="1f"/><host id="b" speed="1f"/><host id="c" speed="1f"/>
      <link id="own" bandwidth="1Bps" latency="0s" sharing_policy="SPLITDUPLEX"/>
      <link id="lan" bandwidth="2Bps" latency="3s" sharing_policy="SPLITDUPLEX"/>
      <route src="a" dst="b"><link_ctn id="own" direction="UP"/><link_ctn id="lan" direction="DOWN"/></route>
      <route src="b" dst="c"><link_ctn id="lan" direction="UP"/></route>
      <route src="a" dst="a" symmetrical="NO"><link_ctn id="own" direction="UP"/></route>
    </zone>""")

    parts, connections, _ = shown(found)

    assert parts[3:] == [["own", "1Bps"], ["lan", "2Bps, 3s"]]
    assert set(connections) == {("a", "own"), ("own", "lan"), ("b", "lan"), ("c", "lan")}


def test_links_of_one_connection_are_written_on_it():
    found = platform("""
    <zone id="z" routing="Full">
      <host id="a" speed="1f"/><host id="b" speed="1f"/>
      <link id="there" bandwidth="1Bps" latency="0s"/><link id="back" bandwidth="2Bps" latency="0s"/>
      <route src="a" dst="b" symmetrical="NO"><link_ctn id="there"/></route>
      <route src="b" dst="a" symmetrical="NO"><link_ctn id="back"/></route>
    </zone>""")

    assert shown(found)[1] == {("a", "b"): ["there 1Bps", "back 2Bps"]}


def test_stars_have_a_centre():
    found = platform("""
    <zone id="z" routing="Cluster">
      <router id="r"/><host id="a" speed="1f"/>
      <link id="up" bandwidth="1Bps" latency="0s"/><link id="down" bandwidth="2Bps" latency="0s"/>
      <host_link id="a" up="up" down="down"/>
      <backbone id="bb" bandwidth="5Bps" latency="0s"/>
    </zone>""")

    parts, connections, _ = shown(found)

    assert ["z", "Cluster", "backbone 5Bps"] in parts
    assert connections["a", "z Cluster"] == ["1Bps", "2Bps"]
    assert connections["r", "z Cluster"] == []


def test_zones_without_connections_are_drawn():
    found = platform('<zone id="z" routing="None"><host id="a" speed="1f"/></zone>')

    assert shown(found) == ([["a", "1f"]], {}, [])


def test_many_kinds_of_links_are_cut():
    routes = "".join(
        f'<link id="l{i}" bandwidth="{i}Bps" latency="0s"/><route src="h{i}" dst="r"><link_ctn id="l{i}"/></route>'
        for i in range(1, 60)
    )
    hosts = "".join(f'<host id="h{i}" speed="1f"/>' for i in range(1, 60))
    found = platform(f'<zone id="z" routing="Full"><router id="r"/>{hosts}{routes}</zone>')

    assert list(shown(found)[1].values()) == [["1Bps", "2Bps", "3Bps", "and 56 more kinds"]]


FOLDERS = [folder for folder in sorted((GOLDEN / "routes").iterdir()) if folder.name != "profiles"]
"""All recorded platforms but one, where a host is switched off, which jobs cannot cope with."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_drawings_show_every_connection(folder):
    found = read_platform(folder / "platform.xml")

    drawn = sketch(found)

    assert len(drawn.parts) <= MOST_PARTS
    assert {part.kind for part in drawn.parts} >= {Kind.NODE}
    ends = {end for pair in drawn.connections for end in pair}
    assert ends <= set(range(len(drawn.parts)))
    assert all(first < last for first, last in drawn.connections)


# Formats

SMALL = Sketch(
    [
        Part(Kind.NODE, "z", ['a "quoted" \\ name', "second line"]),
        Part(Kind.SWITCH, "z", ["switch"]),
        Part(Kind.FILE_SYSTEM, "f", ["<files & more>"]),
        Part(Kind.BATCH, "b", ["alone"]),
    ],
    {(0, 1): ["1GBps"], (1, 2): []},
    ["a note"],
)


def test_graphviz():
    assert dot(SMALL) == (
        "graph platform {\n"
        '  node [shape=box, style=filled, fontname="sans-serif", fontsize=11];\n'
        '  edge [fontname="sans-serif", fontsize=9];\n'
        '  label="a note"; fontname="sans-serif"; fontsize=10;\n'
        "  subgraph cluster_0 {\n"
        '    label="z";\n'
        '    n0 [label="a \\"quoted\\" \\\\ name\\nsecond line", fillcolor="#cfe2f3"];\n'
        '    n1 [label="switch", fillcolor="#d9ead3", style="rounded,filled"];\n'
        "  }\n"
        '  n2 [label="<files & more>", fillcolor="#fce5cd"];\n'
        '  n3 [label="alone", fillcolor="#e6e6e6"];\n'
        '  n0 -- n1 [label="1GBps"];\n'
        "  n1 -- n2;\n"
        "}\n"
    )


SVG = "{http://www.w3.org/2000/svg}"


def boxes(root):
    """Return the rectangles of all parts: left, top, right, bottom."""
    found = []
    for rect in root.iterfind(f"{SVG}g/{SVG}rect"):
        x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


def texts(root):
    return [text.text for text in root.iter(f"{SVG}text")]


def test_svg_shows_all_texts():
    pytest.importorskip("networkx")
    root = ET.fromstring(svg(SMALL))

    assert texts(root) == [*(line for part in SMALL.parts for line in part.lines), "1GBps", "a note"]
    assert len(root.findall(f"{SVG}polyline")) == 2
    assert next(root.iter(f"{SVG}title")).text == "compute node in z"


@pytest.mark.parametrize("name", ["four-topologies", "fattree-3level", "nested-3", "dragonfly-a", "vivaldi", "bypass"])
def test_boxes_do_not_overlap_and_lie_inside(name):
    pytest.importorskip("networkx")
    drawn = sketch(read_platform(GOLDEN / "routes" / name / "platform.xml"))

    root = ET.fromstring(svg(drawn))

    found = boxes(root)
    assert len(found) == len(drawn.parts)
    for one, other in combinations(found, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    for left, top, right, bottom in found:
        assert left >= 0
        assert top >= 0
        assert right <= float(root.get("width"))
        assert bottom <= float(root.get("height"))


def test_lines_lead_from_part_to_part():
    pytest.importorskip("networkx")
    drawn = sketch(read_platform(GOLDEN / "routes" / "nested-3" / "platform.xml"))
    root = ET.fromstring(svg(drawn))
    found = boxes(root)

    for ends, line in zip(drawn.connections, root.iterfind(f"{SVG}polyline"), strict=True):
        points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for end, (x, y) in zip(ends, (points[0], points[-1]), strict=True):
            left, top, right, bottom = found[end]
            assert left < x < right
            assert top < y < bottom


def test_the_same_platform_gives_the_same_drawing():
    pytest.importorskip("networkx")
    file = GOLDEN / "routes" / "four-topologies" / "platform.xml"

    assert svg(sketch(read_platform(file))) == svg(sketch(read_platform(file)))


def test_svg_needs_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)

    with pytest.raises(MissingExtraError, match=re.escape("elastisim[draw]")):
        svg(SMALL)
