"""The page about workloads says what is true, and its examples work."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from elastisim.cli.main import cli
from elastisim.workload.elasticity import Elasticity, Transformation
from elastisim.workload.evolution import PATTERNS
from elastisim.workload.generators.distributions import KINDS
from elastisim.workload.generators.presets import PRESETS
from elastisim.workload.traces.cleaning import Machine, Report, Window, clean
from elastisim.workload.traces.formats import ReadOptions, available
from elastisim.workload.traces.layout import FIELDS
from elastisim.workload.traces.rules import RULES, choose
from elastisim.workload.traces.source import Source
from elastisim.workload.traces.tables import COBALT, NERSC, PM100, SACCT

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "workloads.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_commands_work(tmp_path, monkeypatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in _blocks("sh") for line in block.splitlines()]
    for command in commands:
        program, *arguments = shlex.split(command)
        result = CliRunner().invoke(cli, arguments)

        assert program == "elastisim"
        assert result.exit_code == 0, f"{command}: {result.output}{result.exception!r}"
    assert len(commands) >= 10


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_rules_are_as_in_the_table(rule) -> None:
    others = ", ".join(f"`{action}`" for action in rule.actions if action != rule.default)

    assert f"| `{rule.name}` | {rule.defect} | `{rule.default}` | {others} |" in PAGE


def test_formats_fields_patterns_presets_and_distributions_are_all_there() -> None:
    built_in = {"alcf", "batsim", "nersc", "parquet", "pm100", "sacct", "swf", "table"}

    assert built_in <= set(available())
    assert all(f"| `{name}` | " in PAGE for name in built_in)
    assert all(f"`{name}`" in PAGE for name in [*FIELDS, *PRESETS])
    assert all(f"| `{name}` | {pattern.summary} |" in PAGE for name, pattern in PATTERNS.items())
    for name, kind in KINDS.items():
        assert f"| `{':'.join((name, *kind.parameters))}` | {kind.meaning} |" in PAGE


def test_columns_of_sites_are_as_in_the_table() -> None:
    rows = re.findall(
        r"^\| (job|submit time|run time|allocated|requested|requested time|outcome) \|(.*)\|$", PAGE, re.MULTILINE
    )
    names = {"job": "id", "submit time": "submit", "run time": "runtime", "allocated": "nodes", "outcome": "status"}
    names |= {"requested": "requested_nodes", "requested time": "limit"}
    processors = {"nodes": "processors", "requested_nodes": "requested_processors"}
    for title, cells in rows:
        for layout, cell in zip((COBALT, NERSC, SACCT, PM100), cells.split(" | "), strict=True):
            field = names[title]
            expected = layout.columns.get(field) or layout.columns["exit_code"]
            expected += layout.columns.get(processors.get(field, ""), ())

            assert tuple(re.findall(r"`(.*?)`", cell)) == expected
    assert len(rows) == 7


def test_sizes_are_as_in_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \| (0\.\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    transformation = Transformation(Elasticity(), 10_000)
    for preferred, fraction, smallest, largest in rows:
        sizes = transformation.sizes(int(preferred))

        assert sizes.speedup_arguments == {"parallel_fraction": float(fraction)}
        assert (sizes.minimum, sizes.maximum) == (int(smallest), int(largest))
    assert len(rows) == 5


def test_the_format_of_ones_own_works(tmp_path) -> None:
    namespace: dict = {}
    exec(next(block for block in _blocks("python") if "TwoColumns" in block), namespace)
    own = namespace["FORMAT"]
    path = tmp_path / "trace"
    path.write_text("#two columns\n60 4\noops\n90 8\n")
    report = Report(str(path), choose({"malformed": "drop"}))
    trace = own.read(Source(path), ReadOptions(), report.flag)
    records = clean(trace, Machine(8), report, Window(), "first")

    assert own.recognises(path.read_bytes())
    assert [(record.submit, record.runtime, record.nodes) for record in records] == [(0, 60, 4), (2, 90, 8)]
    assert report.counts == {"malformed": 1, "unknown-limit": 2}
