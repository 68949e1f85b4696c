"""Exports say what the results say, in the formats of other tools."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from synthetic import write_run

from elastisim.errors import InputError
from elastisim.results.export.batsim import COLUMNS, write_jobs
from elastisim.results.export.swf import write_swf
from elastisim.results.export.trace import write_trace
from elastisim.results.results import Results

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    directory = tmp_path_factory.mktemp("exports") / "run"
    write_run(directory, jobs=80, nodes=24, days=0.2, largest=16, sensing=900.0)
    return Results.open(directory)


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def node_ids(text: str) -> set[int]:
    bounds = [[int(bound) for bound in part.split("-")] for part in text.split()]
    return {node for part in bounds for node in range(part[0], part[-1] + 1)}


def test_batsim_jobs(results: Results, tmp_path: Path) -> None:
    count = write_jobs(results.history, tmp_path / "jobs.csv")
    rows = read_csv(tmp_path / "jobs.csv")
    jobs = {str(job.identifier): job for job in results.history.jobs}
    assert count == len(rows) == len(jobs)
    assert tuple(rows[0]) == COLUMNS
    for row in rows:
        job = jobs[row["job_id"]]
        start, end = float(row["starting_time"]), float(row["finish_time"])
        assert (start, end) == (job.start, job.end)
        assert float(row["waiting_time"]) == pytest.approx(start - float(row["submission_time"]), abs=1e-9)
        assert float(row["stretch"]) == pytest.approx(job.slowdown())
        longest = max(stay.end - stay.start for stay in job.stays)
        assert any(
            node_ids(row["allocated_resources"]) == node_ids(stay.text())
            for stay in job.stays
            if stay.end - stay.start == longest
        )
        assert row["success"] == ("1" if job.status == "completed" else "0")
        assert row["final_state"] in {"COMPLETED_SUCCESSFULLY", "COMPLETED_KILLED", "COMPLETED_WALLTIME_REACHED"}


def test_batsim_parts_are_the_stays(results: Results, tmp_path: Path) -> None:
    write_jobs(results.history, tmp_path / "jobs.csv", parts=True)
    rows = read_csv(tmp_path / "jobs.csv")
    found = sorted((float(row["starting_time"]), float(row["finish_time"]), row["allocated_resources"]) for row in rows)
    stays = [stay for job in results.history.jobs for stay in job.stays]
    assert found == sorted((float(f"{stay.start:.15g}"), float(f"{stay.end:.15g}"), stay.text()) for stay in stays)
    assert len({row["job_id"] for row in rows}) == len(rows) > 80


def test_a_job_killed_at_its_walltime_says_so(tmp_path: Path) -> None:
    header = "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status\n"
    (tmp_path / "job_statistics.csv").write_text(
        header + "0,rigid,0,1,11,1,10,11,killed\n1,rigid,0,1,6,1,5,6,killed\n2,rigid,0,-1,6,-1,-1,6,killed\n"
    )
    (tmp_path / "node_utilization.csv").write_text(
        "Time,Node,State,Running jobs,Expected jobs\n0,a,free,none,none\n0,b,free,none,none\n"
        "1,a,allocated,0,none\n1,b,allocated,1,none\n6,b,free,none,none\n11,a,free,none,none\n"
    )
    history = Results.open(tmp_path).history
    for job in history.jobs:
        job.walltime = 10.0
    assert write_jobs(history, tmp_path / "jobs.csv") == 2
    rows = read_csv(tmp_path / "jobs.csv")
    assert [row["final_state"] for row in rows] == ["COMPLETED_WALLTIME_REACHED", "COMPLETED_KILLED"]


def test_evalys_reads_the_jobs_and_draws_its_chart(results: Results, tmp_path: Path) -> None:
    """In a process of its own, because evalys changes global state of what it imports."""
    pytest.importorskip("pandas")
    if subprocess.run([sys.executable, "-c", "import evalys"], capture_output=True, check=False).returncode:
        pytest.skip("evalys is not installed")
    write_jobs(results.history, tmp_path / "jobs.csv")
    program = """
import sys, matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from evalys.jobset import JobSet
jobs = JobSet.from_csv(sys.argv[1], resource_bounds=(0, 23))
jobs.gantt()
plt.savefig(sys.argv[2])
print(len(jobs.df), jobs.df.finish_time.max())
"""
    arguments = [sys.executable, "-c", program, str(tmp_path / "jobs.csv"), str(tmp_path / "gantt.png")]
    run = subprocess.run(arguments, capture_output=True, text=True, check=True)
    count, end = run.stdout.split()
    assert int(count) == 80
    assert float(end) == pytest.approx(results.history.last_end)
    assert (tmp_path / "gantt.png").stat().st_size > 5000


def test_swf_lines_add_up(results: Results, tmp_path: Path) -> None:
    write_swf(results.history, tmp_path / "jobs.swf")
    lines = (tmp_path / "jobs.swf").read_text().splitlines()
    header = dict(line[2:].split(": ", 1) for line in lines if line.startswith(";"))
    assert (header["Version"], header["MaxNodes"], header["MaxJobs"]) == ("2.2", "24", "80")
    rows = [[int(field) for field in line.split()] for line in lines if not line.startswith(";")]
    assert all(len(row) == 18 for row in rows)
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    users = sorted({job.attributes["user"] for job in results.history.jobs})
    for row in rows:
        job = results.history.jobs[row[0] - 1]
        assert job.end is not None
        assert row[1] + row[2] + row[3] == round(job.end)
        assert row[4] == round(job.mean_nodes)
        assert (row[7], row[8]) == (job.max_nodes, job.walltime)
        assert row[10] == (1 if job.status == "completed" else 5)
        assert users[row[11] - 1] == job.attributes["user"]


def test_swf_times_start_at_zero(tmp_path: Path) -> None:
    header = "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status\n"
    (tmp_path / "job_statistics.csv").write_text(
        header + "0,rigid,-3.4,0,5,3.4,5,8.4,completed\n1,rigid,1,-1,6,-1,-1,5,killed\n"
    )
    write_swf(Results.open(tmp_path).history, tmp_path / "jobs.swf")
    rows = [line.split() for line in (tmp_path / "jobs.swf").read_text().splitlines() if line[0] != ";"]
    assert [row[:5] for row in rows] == [["1", "0", "3", "5", "-1"], ["2", "4", "-1", "-1", "-1"]]


def read_trace(path: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    events: list[dict[str, Any]] = json.loads(content)["traceEvents"]
    return events


PHASES = {"M": {"args"}, "C": {"ts", "args"}, "X": {"ts", "dur", "args"}, "s": {"ts", "id"}, "f": {"ts", "id", "bp"}}
"""Keys that the Chrome trace event format asks for, beyond those of all events, in the phases that are used."""


def test_the_trace_is_a_chrome_trace(results: Results, tmp_path: Path) -> None:
    count = write_trace(results.history, tmp_path / "trace.json")
    events = read_trace(tmp_path / "trace.json")
    assert len(events) == count
    for event in events:
        assert {"name", "ph", "pid", "tid"} <= event.keys()
        assert PHASES[event["ph"]] <= event.keys()
        assert all(isinstance(event[key], int | float) and event[key] >= 0 for key in ("ts", "dur") if key in event)
    assert {event["ph"] for event in events} == set(PHASES)


def test_the_trace_has_a_slice_for_each_job_on_each_node(results: Results, tmp_path: Path) -> None:
    write_trace(results.history, tmp_path / "trace.json.gz")
    events = read_trace(tmp_path / "trace.json.gz")
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    slices: dict[str, float] = defaultdict(float)
    ends: dict[int, float] = defaultdict(float)
    for event in sorted((event for event in events if event["ph"] == "X"), key=lambda event: event["ts"]):
        slices[event["name"]] += event["dur"] / 1e6
        # Nodes are exclusive here, so slices on a track do not overlap.
        assert event["ts"] >= ends[event["tid"]] - 0.01
        ends[event["tid"]] = event["ts"] + event["dur"]
    assert slices == {
        f"Job {job.identifier}": pytest.approx(job.node_seconds, abs=1e-3) for job in results.history.jobs
    }
    assert [names[node + 1] for node in range(24)] == list(results.history.nodes)


def test_flows_lead_from_slices_to_slices_of_the_same_job(results: Results, tmp_path: Path) -> None:
    write_trace(results.history, tmp_path / "trace.json")
    events = read_trace(tmp_path / "trace.json")
    slices = [event for event in events if event["ph"] == "X"]

    def holders(event: dict[str, Any]) -> set[str]:
        return {
            slice_["name"]
            for slice_ in slices
            if slice_["tid"] == event["tid"]
            and slice_["ts"] - 1e-3 <= event["ts"] < slice_["ts"] + slice_["dur"] - 1e-3
        }

    ends = {event["id"]: event for event in events if event["ph"] == "f"}
    starts = [event for event in events if event["ph"] == "s"]
    assert len(starts) == len(ends) > 10
    for start in starts:
        name = f"Job {start['id'].split('.')[0]}"
        assert name in holders(start)
        assert name in holders(ends[start["id"]])


def test_counters_follow_the_curves(results: Results, tmp_path: Path) -> None:
    write_trace(results.history, tmp_path / "trace.json")
    events = [event for event in read_trace(tmp_path / "trace.json") if event["ph"] == "C"]
    busy = [(event["ts"] / 1e6, event["args"]["value"]) for event in events if event["name"] == "Allocated nodes"]
    series = results.history.busy
    assert busy == [(pytest.approx(t, abs=1e-8), v) for t, v in zip(series.times, series.values, strict=True)]
    assert {event["name"] for event in events} >= {"Waiting jobs", "Running jobs", "CPU load", "PFS read (bytes/s)"}


def test_parquet_files_hold_the_tables_and_their_origin(results: Results, tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    from elastisim.results.export.parquet import METADATA_KEY, write_parquet

    paths = write_parquet(results, tmp_path / "tables")
    assert {path.stem for path in paths} == {
        "jobs", "stays", "node_utilization", "cpu_utilization", "gpu_utilization", "network_activity",
        "pfs_utilization", "reconfigurations", "evolving_requests",
    }  # fmt: skip
    assert sorted(tmp_path.rglob("*.*")) == sorted(paths)
    assert pl.read_parquet(tmp_path / "tables" / "jobs.parquet").equals(results.jobs)
    assert pl.read_parquet(tmp_path / "tables" / "node_utilization.parquet").equals(results.node_utilization)
    metadata = pl.read_parquet_metadata(tmp_path / "tables" / "stays.parquet")
    assert json.loads(metadata[METADATA_KEY])["algorithm"]["name"] == "easy"
    assert metadata["elastisim.partial"] == "false"


@pytest.mark.parametrize("write", [write_jobs, write_swf, write_trace])
def test_a_path_that_cannot_be_written_is_an_input_error(results: Results, tmp_path: Path, write: Any) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(results.history, tmp_path / "file" / "out")


def test_an_export_that_fails_leaves_nothing(results: Results, tmp_path: Path) -> None:
    broken = Results.open(shutil.copytree(results.name, tmp_path / "run")).history
    broken.jobs[40].stays = None  # type: ignore[assignment]
    with pytest.raises(TypeError):
        write_jobs(broken, tmp_path / "jobs.csv", parts=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_equal_results_make_equal_exports(results: Results, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_trace(results.history, tmp_path / name / "trace.json.gz")
    assert (tmp_path / "a" / "trace.json.gz").read_bytes() == (tmp_path / "b" / "trace.json.gz").read_bytes()
