"""Platforms in full as JSON, in the form in which they have been recorded."""

from __future__ import annotations

import gzip
import json

import pytest
from describing import GOLDEN, cluster, platform

from elastisim.errors import InputError
from elastisim.platform import read_platform
from elastisim.platform.listing import listing, read_pairs


def listed(found, pairs=None):
    return json.loads("".join(listing(found, pairs)))


def recorded(folder):
    plain = folder / "routes.json"
    return json.loads(
        plain.read_bytes() if plain.exists() else gzip.decompress((folder / "routes.json.gz").read_bytes())
    )


@pytest.mark.parametrize("folder", sorted((GOLDEN / "routes").iterdir()), ids=lambda folder: folder.name)
def test_listings_equal_what_was_recorded(folder):
    found = read_platform(folder / "platform.xml")
    expected = recorded(folder)
    pairs = [(found.host(route["src"]), found.host(route["dst"])) for route in expected["routes"]]

    document = listed(found, pairs)

    for host, described in zip(document["hosts"], expected["hosts"], strict=True):
        assert {key: value for key, value in host.items() if key not in ("availability", "on")} == described
    for route, described in zip(document["routes"], expected["routes"], strict=True):
        latency = described.pop("latency", 0.0)
        assert route.pop("latency", 0.0) == pytest.approx(latency, rel=1e-12)
        assert route == described
    assert document["routers"] == expected["routers"]
    assert document["links"] == expected["links"]
    assert document["zones"] == expected["zones"]


def test_availability_and_state_are_listed_where_they_are_not_usual():
    found = platform("""
    <trace id="slow" periodicity="0">0 0.5</trace>
    <trace id="off" periodicity="0">0 0</trace>
    <zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/><host id="c" speed="1f"/></zone>
    <trace_connect trace="slow" element="a" kind="SPEED"/>
    <trace_connect trace="off" element="b"/>""")

    assert listed(found)["hosts"] == [
        {"name": "a", "speed": 1, "cores": 1, "availability": 0.5},
        {"name": "b", "speed": 1, "cores": 1, "on": False},
        {"name": "c", "speed": 1, "cores": 1},
    ]


def test_all_routes_of_small_platforms_are_listed():
    routes = listed(cluster(radical="0-39"))["routes"]

    assert len(routes) == 1600
    assert [(route["src"], route["dst"]) for route in routes[:2]] == [("n0", "n0"), ("n0", "n1")]


def test_some_routes_of_large_platforms_are_listed():
    found = cluster(radical="0-40")

    pairs = [(route["src"], route["dst"]) for route in listed(found)["routes"]]

    assert len(set(pairs)) == 600
    assert pairs == [(route["src"], route["dst"]) for route in listed(found)["routes"]]
    assert {source for source, _ in pairs} == {host.name for host in found.hosts}


@pytest.mark.parametrize(
    "text",
    [
        "n0 n1\n\n# a comment\nn2\tn2\n",
        "n0, n1\nn2,n2\n",
        '[["n0", "n1"], ["n2", "n2"]]',
        '[{"src": "n0", "dst": "n1"}, {"src": "n2", "dst": "n2", "latency": 1}]',
        '{"hosts": [], "routes": [{"src": "n0", "dst": "n1", "links": []}, {"src": "n2", "dst": "n2"}]}',
    ],
)
def test_pairs_can_be_given(tmp_path, text):
    found = cluster()
    file = tmp_path / "pairs"
    file.write_text(text)

    pairs = read_pairs(found, file)

    assert [(source.name, destination.name) for source, destination in pairs] == [("n0", "n1"), ("n2", "n2")]
    assert [(route["src"], route["dst"]) for route in listed(found, pairs)["routes"]] == [("n0", "n1"), ("n2", "n2")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n0 n1\nn0", "line 2: expected two names of hosts, found 1"),
        ("n0 n1 n2", "line 1: expected two names of hosts, found 3"),
        ("n0 n7", "line 1: there is no host 'n7'"),
        ('[["n0", "n1"], ["n0"]]', "$[1]: expected two names"),
        ('{"routes": [{"src": "n0", "dst": "n7"}]}', "$.routes[0]: there is no host 'n7'"),
        ('[["n0", 1]]', "expected an array of pairs"),
        ('{"hosts": []}', "expected an array of pairs"),
        ("[", "expected an array of pairs"),
    ],
)
def test_wrong_pairs_are_named(tmp_path, text, message):
    file = tmp_path / "pairs"
    file.write_text(text)

    with pytest.raises(InputError) as caught:
        read_pairs(cluster(), file)

    assert message in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_platform_without_routers_and_pairs():
    found = cluster('topology="TORUS" topo_parameters="4"')

    assert listed(found, [])["routers"] == []
    assert listed(found, [])["routes"] == []
