"""The examples of the documentation work as they are shown."""

from __future__ import annotations

import os
import re
import shlex

import pytest
from click.testing import CliRunner
from describing import ROOT, document, read_text

from elastisim.cli.main import cli
from elastisim.errors import InputError
from elastisim.platform import Machine

PAGE = (ROOT / "docs" / "platforms.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
XML = [text for language, text in BLOCKS if language == "xml"]


def example(text):
    return read_text(text if text.startswith("<?xml") else document(text))


@pytest.mark.parametrize("text", XML, ids=range(len(XML)))
def test_platforms_can_be_simulated_on(text):
    found = example(text)

    nodes = Machine(found).compute_nodes
    assert not found.remarks
    for node in (nodes[0], nodes[-1]):
        for other in (*(node.host for node in nodes), *node.pfs_targets):
            assert found.route(node.host, other)
            assert found.route(other, node.host)


def hosts_of(topology):
    (found,) = [found for found in map(example, XML) if found.root.kind == f"cluster {topology}"]
    return found.hosts


def test_every_topology_has_an_example():
    assert len(hosts_of("FAT_TREE")) == 256
    assert len(hosts_of("DRAGONFLY")) == 432
    assert len(hosts_of("TORUS")) == 512


def test_the_first_machine_is_the_one_of_the_summary(tmp_path, monkeypatch):
    """Commands print what is shown below them; Python runs; files are where the next example expects them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crossbar.xml").write_text(XML[0], "utf-8")
    printed = ""
    namespace = {}
    compared = 0
    for language, text in BLOCKS:
        if language == "python":
            exec(compile(text, "docs/platforms.md", "exec"), namespace)
        elif language == "sh":
            printed = "".join(map(run, text.splitlines()))
        elif language == "text":
            assert lines(printed) == lines(text)
            compared += 1

    assert compared == 2
    assert {path.name for path in tmp_path.iterdir()} == {"crossbar.xml", "tree.xml", "tree.dot", "tree.svg"}
    assert (tmp_path / "tree.svg").read_text().startswith("<svg")


def run(line):
    command, _, _ = line.partition(" > ")
    program, *arguments = shlex.split(command)
    assert program == "elastisim"
    result = CliRunner().invoke(cli, arguments, env={**os.environ, "COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_units_shown_are_units():
    table = PAGE[PAGE.index("| Quantity |") : PAGE.index("The unit follows")]
    shown = [re.findall(r"`([\d.]+\w+)`", line) for line in table.splitlines()[2:]]

    assert [len(examples) for examples in shown[:3]] == [2, 3, 2]
    for attribute, examples in zip(("speed", "bw", "lat"), shown, strict=False):
        for text in examples:
            values = {"speed": "1f", "bw": "1Bps", "lat": "1s"} | {attribute: text}
            attributes = " ".join(f'{key}="{value}"' for key, value in values.items())
            read_text(document(f'<cluster id="c" prefix="n" suffix="" radical="0" {attributes}/>'))


@pytest.mark.parametrize("tag", ["include", "storage", "mount", "actor", "process"])
def test_what_cannot_be_used_is_refused(tag):
    assert f"`<{tag}>`" in PAGE[PAGE.index("What cannot be used") :]

    with pytest.raises(InputError, match=tag):
        read_text(document(f"<{tag}/>"))
