"""Comparisons of runs, job by job and replication by replication."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from synthetic import write_run

from elastisim.errors import InputError
from elastisim.results.comparison import ScoreDifference, compare, open_contender
from elastisim.results.inference import Interval

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status\n"


def write_jobs(directory: Path, *rows: tuple[int, float, float, float]) -> Path:
    """Write jobs as (ID, submission, start, end)."""
    directory.mkdir(parents=True)
    lines = [
        f"{i},rigid,{submit},{start},{end},{start - submit},{end - start},{end - submit},completed"
        for i, submit, start, end in rows
    ]
    (directory / "job_statistics.csv").write_text(HEADER + "\n".join(lines) + "\n")
    return directory


def score(contenders: list[Path], name: str, position: int = 1) -> ScoreDifference:
    found = compare([open_contender(path) for path in contenders])
    (row,) = (row for row in found.scores if row.name == name)
    return row.contenders[position]


def test_the_same_jobs_are_compared_one_by_one(tmp_path: Path) -> None:
    a = write_jobs(tmp_path / "a", (0, 0, 10, 20), (1, 0, 20, 40), (2, 5, 6, 100), (3, 7, 7, 8), (4, 9, 9, 10))
    b = write_jobs(tmp_path / "b", (0, 0, 4, 14), (1, 0, 25, 45), (2, 5, 6, 100), (3, 7.5, 8, 9), (5, 9, 9, 10))
    (jobs,) = compare([open_contender(a), open_contender(b)]).jobs
    assert jobs.unmatched == 2
    wait = jobs.metrics[0]
    assert (wait.metric, wait.pairs, wait.better, wait.worse, wait.same) == ("wait", 3, 1, 1, 1)
    assert (wait.mean.mean, wait.median) == (pytest.approx((-6 + 5 + 0) / 3), 0.0)
    slowdown = jobs.metrics[2]
    assert slowdown.metric == "bounded_slowdown"
    assert slowdown.mean.mean == pytest.approx((14 / 10 - 20 / 10 + 45 / 20 - 40 / 20) / 3)


def test_figures_say_which_run_is_better(tmp_path: Path) -> None:
    a = write_jobs(tmp_path / "a", (0, 0, 10, 20), (1, 0, 20, 40))
    b = write_jobs(tmp_path / "b", (0, 0, 5, 15), (1, 0, 15, 35))
    wait = score([a, b], "wait_mean")
    assert wait.value is not None
    assert wait.difference is not None
    assert (wait.value.mean, wait.difference.mean, wait.relative, wait.verdict) == (10.0, -5.0, -5.0 / 15.0, "better")
    assert score([b, a], "wait_mean").verdict == "worse"
    assert score([a, b], "throughput").verdict == "better"
    assert score([a, b], "runtime_mean").verdict == "same"
    assert score([a, b, a], "wait_mean", 2).verdict == "same"
    assert score([a, b], "wait_mean", 0).difference is None


def test_replications_are_paired_by_name(tmp_path: Path) -> None:
    for seed, (first, second) in enumerate([(10, 8), (100, 97), (1000, 998)], 1):
        write_jobs(tmp_path / "a" / f"seed-{seed}", (0, 0, first, first + 1))
        write_jobs(tmp_path / "b" / f"seed-{seed}", (0, 0, second, second + 1))
    write_jobs(tmp_path / "b" / "seed-9", (0, 0, 1, 2))
    cell = score([tmp_path / "a", tmp_path / "b"], "wait_mean")
    assert cell.value is not None
    assert cell.difference is not None
    assert cell.value.count == 4
    # The spread between seeds is large, that of the differences is small: -2, -3, -2.
    assert (cell.difference.count, cell.difference.mean) == (3, pytest.approx(-7 / 3))
    assert cell.difference.half_width == pytest.approx(4.303 / 3, abs=1e-3)
    assert cell.verdict == "better"


def test_a_difference_that_may_be_chance_is_no_verdict(tmp_path: Path) -> None:
    for seed, (first, second) in enumerate([(10, 8), (10, 13), (10, 8)], 1):
        write_jobs(tmp_path / "a" / f"seed-{seed}", (0, 0, first, first + 1))
        write_jobs(tmp_path / "b" / f"seed-{seed}", (0, 0, second, second + 1))
    cell = score([tmp_path / "a", tmp_path / "b"], "wait_mean")
    assert isinstance(cell.difference, Interval)
    assert cell.verdict == "open"


def test_a_comparison_of_one_run_is_an_input_error(tmp_path: Path) -> None:
    a = write_jobs(tmp_path / "a", (0, 0, 1, 2))
    with pytest.raises(InputError, match="at least two"):
        compare([open_contender(a)])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no results"):
        open_contender(tmp_path / "empty")
    with pytest.raises(InputError, match="does not exist"):
        open_contender(tmp_path / "missing")


def test_what_differs_in_the_inputs_is_said(tmp_path: Path) -> None:
    for name, nodes in (("easy", 24), ("fair", 24)):
        write_run(tmp_path / name, jobs=20, nodes=nodes, days=0.1, largest=8, name=name)
    write_jobs(tmp_path / "original", (0, 0, 1, 2))
    for name, change in (
        ("easy", {"inputs": [("jobs_file", "aa"), ("application_model", "m"), ("application_model", "n")]}),
        ("fair", {"inputs": [("jobs_file", "bb"), ("application_model", "m"), ("application_model", "n")]}),
    ):
        path = tmp_path / name / "run.json"
        description = json.loads(path.read_text())
        description["inputs"] = [
            {"role": role, "path": "x", "sha256": digest, "bytes": 1} for role, digest in change["inputs"]
        ]
        description["options"]["scheduling_interval"] = 60 if name == "easy" else 5
        description["options"]["job_statistics"] = f"{name}/job_statistics.csv"
        path.write_text(json.dumps(description))
    found = compare([open_contender(tmp_path / name) for name in ("easy", "fair", "original")])
    assert {difference.name: difference.values for difference in found.inputs} == {
        "algorithm": ["easy", "fair", ""],
        "option scheduling_interval": ["60", "5", ""],
        "content of jobs_file": ["aa", "bb", ""],
    }
    assert found.provenance_unknown == [(tmp_path / "original").as_posix()]
    assert found.partial == [False, False, False]
