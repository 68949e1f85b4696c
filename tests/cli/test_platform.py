"""``elastisim platform``: summaries, routes, listings and drawings of platform files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from elastisim.cli.main import main

GOLDEN = Path(__file__).parents[1] / "golden" / "routes"
FLAT = GOLDEN / "flat-crossbar" / "platform.xml"
FOUR = GOLDEN / "four-topologies" / "platform.xml"


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that calls ``elastisim platform``; it returns the exit status, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["elastisim", "platform", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return call


def test_a_summary(run):
    status, out, err = run(FOUR)

    assert (status, err) == (0, "")
    assert "26 hosts, 1 router, 82 links, 6 zones" in out
    assert "3 x 2" in out
    assert "Compute nodes  25 (IDs 0 to 24)" in out
    assert "store" in out


def test_a_route(run):
    status, out, err = run(FOUR, "--route", "f0", "f1")

    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:5]] == [
        "flat_link_0_UP",
        "flat_backbone",
        "flat_link_1_DOWN",
    ]
    assert "3 links, 100MBps at most, 7us" in out


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        (("f0", "f9"), "there is no host 'f9'"),
        (("tape", "tape"), "there is no route from 'tape' to 'tape'"),
    ],
)
def test_routes_that_are_not_there(run, ends, message):
    file = FOUR if ends[0] == "f0" else GOLDEN / "none-gateway" / "platform.xml"

    status, out, err = run(file, "--route", *ends)

    assert (status, out) == (2, "")
    assert message in err


def test_a_listing(run):
    status, out, err = run(FLAT, "--json")

    assert (status, err) == (0, "")
    document = json.loads(out)
    assert list(document) == ["zones", "hosts", "routers", "links", "routes"]
    assert len(document["routes"]) == len(document["hosts"]) ** 2


def test_a_listing_with_chosen_routes(run, tmp_path):
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("f0 f1\nf1 store\n")

    _, out, _ = run(FOUR, "--json", "--pairs", pairs)

    assert [route["links"][0] for route in json.loads(out)["routes"]] == ["flat_link_0_UP", "flat_link_1_UP"]


def test_wrong_pairs(run, tmp_path):
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("f0 f9\n")

    status, out, err = run(FOUR, "--json", "--pairs", pairs)

    assert (status, out) == (2, "")
    assert f"{pairs}: line 1: there is no host 'f9'" in err


def test_a_drawing_on_the_standard_output(run):
    status, out, err = run(FOUR, "--dot")

    assert (status, err) == (0, "")
    assert out.startswith("graph platform {")
    assert out.endswith("}\n")


@pytest.mark.parametrize("kind", ["dot", "svg"])
def test_drawings_in_files(run, tmp_path, kind):
    pytest.importorskip("networkx")
    file = tmp_path / f"drawing.{kind}"

    status, out, err = run(FOUR, f"--{kind}", file)

    assert (status, out, err) == (0, "", "")
    assert file.read_text().startswith({"dot": "graph", "svg": "<svg"}[kind])
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_drawings_that_cannot_be_written(run, tmp_path):
    status, _, err = run(FOUR, "--dot", tmp_path / "missing" / "drawing.dot")

    assert status == 2
    assert "drawing.dot: cannot be written" in err


@pytest.mark.parametrize(
    "options", [("--json", "--dot"), ("--route", "f0", "f1", "--json"), ("--dot", "--svg"), ("--pairs", "x")]
)
def test_contradicting_options(run, options):
    status, out, err = run(FOUR, *options)

    assert (status, out) == (2, "")
    assert "Usage" in err


def test_remarks_are_warnings(run, tmp_path):
    file = tmp_path / "platform.xml"
    file.write_text('<platform version="4.1"><zone id="z" routing="Full"><host id="a" speed="1000"/></zone></platform>')

    status, out, err = run(file)

    assert status == 0
    assert "1kf" in out
    assert f"warning: {file}: line 1" in err


def test_names_are_shown_as_they_are(run, tmp_path):
    file = tmp_path / "platform.xml"
    file.write_text(
        '<platform version="4.1"><zone id="[bold]" routing="Full">'
        '<host id=":smile:[red]é" speed="1f"/></zone></platform>'
    )

    assert "compute node [bold] 1 :smile:[red]é 1f" in " ".join(run(file)[1].split())
    assert "Route from :smile:[red]é to :smile:[red]é" in run(file, "--route", *[":smile:[red]é"] * 2)[1]
    assert '"name":":smile:[red]é"' in run(file, "--json")[1]


def test_wrong_files(run, tmp_path):
    status, out, err = run(tmp_path / "missing.xml")
    assert (status, out) == (2, "")
    assert "missing.xml" in err

    file = tmp_path / "platform.xml"
    file.write_text('<platform version="4.1"><zone id="z" routing="Star"/></platform>')
    status, out, err = run(file)
    assert (status, out) == (2, "")
    assert "'Star' is not one of" in err


def test_a_listing_leaves_nothing_out_of_a_large_platform(run, tmp_path):
    file = tmp_path / "platform.xml"
    file.write_text(
        '<platform version="4.1"><cluster id="c" prefix="n" suffix="" radical="0-9999" speed="1Gf" bw="1GBps" '
        'lat="1us" topology="TORUS" topo_parameters="10,10,100"/></platform>'
    )

    status, out, _ = run(file)
    assert status == 0
    assert len(out.splitlines()) < 40

    _, out, _ = run(file, "--json")
    assert len(json.loads(out)["hosts"]) == 10_000
    assert len(json.loads(out)["routes"]) == 600
