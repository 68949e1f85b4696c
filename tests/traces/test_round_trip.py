"""From a trace to a simulation and back: first come, first served, on a machine that is always large enough."""

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from reading import cleaned
from starting import first_come_first_served

from elastisim import simulate
from elastisim.cli.main import cli
from elastisim.workload.traces.cleaning import Report
from elastisim.workload.traces.rules import choose
from elastisim.workload.traces.schedule import write_schedule
from elastisim.workload.traces.source import Source
from elastisim.workload.traces.swf import SwfJob, read_jobs, write_jobs


def _trace(path: Path, jobs: int) -> list[SwfJob]:
    draw = random.Random(4)
    lines, submit = [], 0
    for number in range(1, jobs + 1):
        submit += draw.randint(0, 500)
        runtime = (draw.randint(1, 90000), round(draw.uniform(0.5, 5000), 6), draw.uniform(1, 3000))[number % 3]
        limit = draw.choice((-1, int(runtime) + 60))
        lines.append(
            SwfJob(number, submit, -1, runtime, draw.randint(1, 12), requested_time=limit, status=1, user=number % 5)
        )
    with path.open("w") as stream:
        write_jobs(lines, stream, ["MaxNodes: 600"])
    return lines


@pytest.mark.parametrize(
    "options",
    [
        "",
        "--speedup amdahl",
        "--malleable 0.5 --moldable 0.2 --seed 3",
        "--malleable 0.6 --speedup downey --sigma 1.3 --max-phases 20",
    ],
)
def test_run_times_of_the_trace_come_back(tmp_path, monkeypatch, options: str) -> None:
    lines = _trace(tmp_path / "trace", 45)
    arguments = [
        "import",
        str(tmp_path / "trace"),
        "-o",
        str(tmp_path / "scenario"),
        "--origin",
        "keep",
        *options.split(),
    ]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    monkeypatch.chdir(tmp_path / "scenario")
    simulate("configuration.json", first_come_first_served)
    results = [Path("output/job_statistics.csv"), Path("schedule.swf"), Path("output/node_utilization.csv")]
    written = write_schedule("jobs.json", *results)
    again = [job for _, job in read_jobs(Source("schedule.swf"), [], Report("", choose({})).flag)]

    assert again == written
    assert [job.number for job in again] == [line.number for line in lines]
    for job, line in zip(again, lines, strict=True):
        assert job.runtime == pytest.approx(line.runtime, rel=1e-9, abs=1e-9)
        assert (job.submit, job.wait, job.status) == (line.submit, 0, 1)
        assert (job.allocated, job.user) == (line.allocated, line.user)


def test_a_written_schedule_can_be_imported_again(tmp_path, monkeypatch) -> None:
    _trace(tmp_path / "trace", 30)
    arguments = ["import", str(tmp_path / "trace"), "-o", str(tmp_path / "scenario")]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    monkeypatch.chdir(tmp_path / "scenario")
    simulate("configuration.json", first_come_first_served)
    results = [Path("output/job_statistics.csv"), Path("schedule.swf"), Path("output/node_utilization.csv")]
    write_schedule("jobs.json", *results)
    records, report = cleaned(tmp_path / "again", Path("schedule.swf").read_bytes())
    jobs = json.loads(Path("jobs.json").read_text())["jobs"]

    assert [record.identifier for record in records] == [job["attributes"]["trace_id"] for job in jobs]
    assert [record.nodes for record in records] == [job["num_nodes"] for job in jobs]
    assert set(report.counts) <= {"unknown-limit"}
