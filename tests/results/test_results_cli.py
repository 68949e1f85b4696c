"""The commands that work on finished runs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from synthetic import write_run

from elastisim.cli.main import cli
from elastisim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("commands")
    for seed in (1, 2, 3):
        write_run(made / "easy" / f"s{seed}", jobs=40, nodes=16, days=0.1, largest=8, seed=seed, load=2.0)
        write_run(made / "wide" / f"s{seed}", jobs=40, nodes=20, days=0.1, largest=8, seed=seed, load=2.0, name="wide")
    write_run(made / "part", jobs=40, nodes=16, days=0.1, largest=8, interrupt_at=0.5)
    return made


def call(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli, list(map(str, arguments)), catch_exceptions=False)


def test_stats_prints_a_table(runs: Path) -> None:
    result = call("stats", runs / "easy" / "s1", "--by", "type, size")
    assert result.exit_code == 0
    for text in ("40 jobs", "on 16 nodes", "Node utilisation", "Bounded slowdown", "p95", "malleable", "slowdown*"):
        assert text in result.output
    assert "partial" not in result.output


def test_stats_of_an_interrupted_run_are_marked(runs: Path) -> None:
    assert "partial: the run was interrupted" in " ".join(call("stats", runs / "part").output.split())


def test_stats_as_json_have_all_digits(runs: Path) -> None:
    result = call("stats", runs / "easy" / "s1", "--json", "--bound", "60", "--window", "10%:90%")
    found = json.loads(result.output)
    assert found["bound"] == 60.0
    assert found["window"]["start"] > 0.0
    assert found["metrics"]["bounded_slowdown"]["minimum"] >= 1.0
    assert isinstance(found["metrics"]["wait"]["mean"], float)


def test_stats_of_several_runs_are_means_with_intervals(runs: Path) -> None:
    directories = [runs / "easy" / f"s{seed}" for seed in (1, 2, 3)]
    result = call("stats", *directories)
    assert "3 runs" in result.output
    assert "± 95 %" in result.output
    found = json.loads(call("stats", *directories, "--json").output)
    assert len({run["metrics"]["wait"]["mean"] for run in found}) == 3


def test_compare_prints_differences(runs: Path) -> None:
    result = call("compare", runs / "easy" / "s1", runs / "wide" / "s1")
    assert result.exit_code == 0
    for text in ("difference", "Wait, mean", "The same jobs", "better", "What differs between the runs", "algorithm"):
        assert text in result.output
    found = json.loads(call("compare", runs / "easy", runs / "wide", "--json").output)
    assert found["replicates"] == [3, 3]
    (wait,) = (row for row in found["scores"] if row["name"] == "wait_mean")
    assert wait["contenders"][1]["difference"]["count"] == 3
    assert wait["contenders"][1]["difference"]["mean"] < 0.0
    assert "± is a 95 % confidence interval" in call("compare", runs / "easy", runs / "wide").output


def test_compare_writes_a_page(runs: Path, tmp_path: Path) -> None:
    result = call("compare", runs / "easy" / "s1", runs / "wide" / "s1", "-o", tmp_path / "c.html")
    assert result.exit_code == 0
    assert "<title>" in (tmp_path / "c.html").read_text()


def test_report_says_where_it_is(runs: Path, tmp_path: Path) -> None:
    result = call("report", runs / "easy" / "s1", "-o", tmp_path / "new" / "r.html")
    assert result.output == f"{tmp_path / 'new' / 'r.html'}\n"
    assert (tmp_path / "new" / "r.html").stat().st_size > 50_000
    assert call("report", runs / "part").output == f"{runs / 'part' / 'report.html'}\n"


@pytest.mark.parametrize(
    ("format_", "name"), [("parquet", "parquet"), ("trace", "trace.json"), ("batsim", "jobs.csv"), ("swf", "jobs.swf")]
)
def test_export_writes_beside_the_results(runs: Path, format_: str, name: str) -> None:
    if format_ == "parquet":
        pytest.importorskip("polars")
    result = call("export", format_, runs / "easy" / "s2")
    assert result.output == f"{runs / 'easy' / 's2' / name}\n"
    assert (runs / "easy" / "s2" / name).exists()


def test_export_of_parts_is_for_batsim(runs: Path, tmp_path: Path) -> None:
    assert call("export", "batsim", runs / "easy" / "s1", "--parts", "-o", tmp_path / "p.csv").exit_code == 0
    assert "-2,elastisim" in (tmp_path / "p.csv").read_text()
    result = call("export", "swf", runs / "easy" / "s1", "--parts")
    assert result.exit_code == 2
    assert "--parts is for the format batsim only" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stats", "missing"), "missing: does not exist; expected the output directory of a run"),
        (("report", "."), "holds no results: expected run.json or files such as job_statistics.csv"),
        (("compare", "missing", "missing"), "missing: does not exist"),
        (("export", "swf", "missing"), "missing: does not exist"),
    ],
)
def test_what_is_no_run_ends_with_status_two_and_one_line(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    command = [sys.executable, "-c", "from elastisim.cli.main import main; main()", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("elastisim: error: ")
    assert message in run.stderr
    assert run.stderr.count("\n") == 1


def test_wrong_options_are_input_errors(runs: Path) -> None:
    for arguments in (("--by", "shoe"), ("--window", "9:1")):
        with pytest.raises(InputError):
            call("stats", runs / "part", *arguments)
    assert call("compare", "--json").exit_code == 2
