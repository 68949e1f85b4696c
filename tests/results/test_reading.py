"""Histories read from result files: complete, interrupted, and spoilt ones."""

from __future__ import annotations

import gzip
import json
import math
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import write_run

from elastisim.errors import InputError
from elastisim.results.history import EvolvingRequest, Reconfiguration, Stay, node_ranges
from elastisim.results.reading import mean_load, read_history
from elastisim.results.tables import holds_results, open_run

if TYPE_CHECKING:
    from pathlib import Path

JOBS_HEADER = "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status\n"
NODES_HEADER = "Time,Node,State,Running jobs,Expected jobs\n"


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a complete and an interrupted run."""
    directory = tmp_path_factory.mktemp("runs")
    write_run(directory / "whole", jobs=60, nodes=24, days=0.2, largest=16, sensing=600.0)
    write_run(directory / "part", jobs=60, nodes=24, days=0.2, largest=16, sensing=600.0, interrupt_at=0.5)
    return directory


@given(st.sets(st.integers(0, 60)))
def test_ranges_hold_exactly_the_nodes(nodes: set[int]) -> None:
    ranges = node_ranges(nodes)
    assert [node for first, last in ranges for node in range(first, last + 1)] == sorted(nodes)
    assert all(second[0] - first[1] > 1 for first, second in pairwise(ranges))


def test_stays_have_a_size_and_a_notation() -> None:
    stay = Stay(0.0, 1.0, node_ranges({0, 1, 2, 3, 8}))
    assert (stay.size, stay.text()) == (5, "0-3 8")


def test_stays_follow_the_nodes_of_jobs(tmp_path: Path) -> None:
    (tmp_path / "node_utilization.csv").write_text(
        NODES_HEADER
        + "0,a,free,none,none\n0,b,free,none,none\n0,c,free,none,none\n"
        + "1,a,allocated,7,none\n1,b,allocated,7,none\n"
        # At 3 the job moves from b to c, where another one has just ended, and a third one shares a.
        + "2,c,allocated,8,none\n3,c,free,none,none\n3,c,allocated,7,none\n3,b,free,none,7\n3,a,allocated,7;9,none\n"
        + "4,a,free,none,none\n4,c,free,none,none\n"
    )
    history = read_history(open_run(tmp_path))
    stays = {job.identifier: job.stays for job in history.jobs}
    assert stays == {
        7: [Stay(1.0, 3.0, ((0, 1),)), Stay(3.0, 4.0, ((0, 0), (2, 2)))],
        8: [Stay(2.0, 3.0, ((2, 2),))],
        9: [Stay(3.0, 4.0, ((0, 0),))],
    }
    assert list(history.nodes) == ["a", "b", "c"]
    assert (history.busy.times, history.busy.values) == ([0.0, 1.0, 2.0, 3.0, 4.0], [0, 2, 3, 2, 0])
    assert history.reconfigurations == [Reconfiguration(3.0, 7, 2, 2, 1, 1)]


def test_nodes_that_are_given_back_and_taken_again_at_once_make_no_reconfiguration(tmp_path: Path) -> None:
    (tmp_path / "node_utilization.csv").write_text(
        NODES_HEADER
        + "0,a,free,none,none\n1,a,allocated,7,none\n2,a,free,none,none\n2,a,allocated,7,none\n3,a,free,none,none\n"
    )
    history = read_history(open_run(tmp_path))
    assert history.jobs[0].stays == [Stay(1.0, 3.0, ((0, 0),))]
    assert history.reconfigurations == []


def test_what_jobs_asked_for_and_how_they_changed_is_read(made_up: Path) -> None:
    history = read_history(open_run(made_up / "whole"))
    assert not history.is_partial
    assert history.reconfigurations_recorded
    assert history.reconfigurations
    durations = {change.duration for change in history.reconfigurations} - {None}
    assert sorted(durations) == pytest.approx([1.5] * len(durations))
    assert history.evolving_requests == []
    for job in history.jobs:
        assert job.min_nodes is not None
        assert job.max_nodes is not None
        assert all(job.min_nodes <= stay.size <= job.max_nodes for stay in job.stays)
        assert job.attributes["user"].startswith("u")
        assert job.walltime
    assert set(history.samples) == {"cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization"}
    # A node computes when a job runs on it, so the sensed load is the share of busy nodes.
    samples = history.samples["cpu_utilization"]
    for time, load in zip(samples.times, samples.values["cpu"], strict=True):
        before = math.nextafter(time, 0.0) if time else 0.0
        assert load in {history.busy.at(before) / 24, history.busy.at(time) / 24}


def test_an_interrupted_run_shows_what_was_going_on(made_up: Path) -> None:
    run = open_run(made_up / "part")
    history = read_history(run)
    assert run.is_partial
    assert history.is_partial
    assert history.end == pytest.approx(run.description.simulated_end if run.description else 0.0)
    statuses = {job.status for job in history.jobs}
    assert statuses >= {"completed", "running", "pending"}
    for job in history.jobs:
        if job.status == "running":
            assert (job.start, job.end) == (job.stays[0].start, None)
            assert job.stays[-1].end <= history.end
        if job.status == "pending":
            assert (job.start, job.stays) == (None, [])


def test_a_partial_run_may_end_in_the_middle_of_a_row(made_up: Path, tmp_path: Path) -> None:
    shutil.copytree(made_up / "part", tmp_path / "cut")
    whole = len(read_history(open_run(tmp_path / "cut")).jobs)
    for path in (tmp_path / "cut").glob("*.partial"):
        path.write_bytes(path.read_bytes()[:-7] if path.stat().st_size > 500 else path.read_bytes())
    cut = read_history(open_run(tmp_path / "cut"))
    assert whole - 1 <= len(cut.jobs) <= whole


def test_a_run_of_the_original_that_stopped_early_is_partial(tmp_path: Path) -> None:
    """It leaves an empty job statistics file (R10.2)."""
    (tmp_path / "job_statistics.csv").write_text("")
    (tmp_path / "node_utilization.csv").write_text(
        NODES_HEADER
        + "0,a,free,none,none\n0,b,free,none,none\n2,a,allocated,3,none\n2,b,allocated,5,none\n6,b,free,none,none\n"
    )
    history = read_history(open_run(tmp_path))
    assert history.is_partial
    gone = history.jobs.pop()
    assert (gone.identifier, gone.status, gone.end, gone.runtime, gone.turnaround) == (5, "completed", 6.0, 4.0, 4.0)
    assert [(job.identifier, job.type, job.status, job.start) for job in history.jobs] == [
        (3, "unknown", "running", 2.0)
    ]


def test_packed_files_are_read(tmp_path: Path) -> None:
    row = "0,rigid,0,1,3,1,2,3,completed\n"
    (tmp_path / "job_statistics.csv.gz").write_bytes(gzip.compress((JOBS_HEADER + row).encode()))
    history = read_history(open_run(tmp_path))
    assert [(job.wait, job.runtime, job.turnaround) for job in history.jobs] == [(1.0, 2.0, 3.0)]
    (tmp_path / "job_statistics.csv.gz").write_bytes(gzip.compress((JOBS_HEADER + row).encode())[:-12])
    with pytest.raises(InputError, match="cannot be read"):
        read_history(open_run(tmp_path))


def test_a_job_killed_while_pending_never_ran(tmp_path: Path) -> None:
    """The original counts its makespan from -1 (Q14)."""
    (tmp_path / "job_statistics.csv").write_text(JOBS_HEADER + "1,rigid,1.7,-1,6.6,-1,7.6,4.9,killed\n")
    (job,) = read_history(open_run(tmp_path)).jobs
    assert (job.start, job.wait, job.runtime, job.turnaround, job.end) == (None, None, None, 4.9, 6.6)
    assert not job.has_run


def test_evolving_requests_are_read(made_up: Path, tmp_path: Path) -> None:
    shutil.copytree(made_up / "whole", tmp_path / "run")
    (tmp_path / "run" / "evolving_requests.csv").write_text(
        "Time,Job,Nodes Before,Requested,Nodes After\n1.5,2,4,6,6\n2,2,6,9,6\n"
    )
    history = read_history(open_run(tmp_path / "run"))
    assert history.evolving_requests == [EvolvingRequest(1.5, 2, 4, 6, 6), EvolvingRequest(2.0, 2, 6, 9, 6)]
    assert [request.granted for request in history.evolving_requests] == [True, False]


def test_undefined_loads_do_not_count() -> None:
    assert mean_load([1.0, math.nan, 0.0]) == 0.5
    assert mean_load([]) == mean_load([math.nan]) == 0.0


def test_directories_without_results_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_run(tmp_path / "missing")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a directory"):
        open_run(tmp_path / "file")
    with pytest.raises(InputError, match=r"holds no results: expected run\.json or files such as job_statistics\.csv"):
        open_run(tmp_path)
    assert not holds_results(tmp_path)
    (tmp_path / "task_times.csv").write_text("Time,Job,Node,Task,Duration\n")
    with pytest.raises(InputError, match="holds no results"):
        open_run(tmp_path)


def test_files_that_are_named_but_missing_are_input_errors(made_up: Path, tmp_path: Path) -> None:
    shutil.copytree(made_up / "whole", tmp_path / "run")
    (tmp_path / "run" / "node_utilization.csv").unlink()
    with pytest.raises(InputError, match=r"node_utilization\.csv: is missing, although run\.json names it"):
        open_run(tmp_path / "run")
    description = json.loads((tmp_path / "run" / "run.json").read_text())
    description |= {"complete": False, "outcome": "jobs.json: no such file", "results": {}}
    (tmp_path / "run" / "run.json").write_text(json.dumps(description))
    with pytest.raises(InputError, match=r"ended before it began \(jobs\.json: no such file\)"):
        open_run(tmp_path / "run")


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("job_statistics", "ID,Type\n", "line 1: the header is 'ID,Type', expected 'ID,Type,Submit Time"),
        ("job_statistics", JOBS_HEADER + "0,rigid,0\n", "line 2: expected 9 columns, found 3: '0,rigid,0'"),
        (
            "job_statistics",
            JOBS_HEADER + "0,rigid,x,1,3,1,2,3,completed\n",
            "not what its column holds in row '0,rigid,x",
        ),
        ("node_utilization", NODES_HEADER + "0,a,allocated,some,none\n", "not what its column holds in row '0,a,alloc"),
        ("network_activity", "Time,Utilization\n0,high\n", "not what its column holds"),
        ("cpu_utilization", "Time,a,b\n0,1\n", "line 2: expected 3 columns, found 2"),
        ("cpu_utilization", "Time,a\n0,full\n", "line 2: a value is not a number"),
        (
            "reconfigurations",
            "Time,Job,Nodes Before,Nodes After,Gained,Lost,Resumed\n0,1,2,x,0,0,1\n",
            "not what its column",
        ),
        ("evolving_requests", "Time,Job,Nodes Before,Requested,Nodes After\n0,1,2,x,0\n", "not what its column holds"),
        ("job_requests", "ID\n", "line 1: expected the header 'ID,Type"),
    ],
)
def test_spoilt_files_are_input_errors_that_name_the_place(
    tmp_path: Path, kind: str, content: str, message: str
) -> None:
    (tmp_path / "job_statistics.csv").write_text(JOBS_HEADER)
    (tmp_path / f"{kind}.csv").write_text(content)
    with pytest.raises(InputError) as caught:
        read_history(open_run(tmp_path))
    assert str(tmp_path / f"{kind}.csv") in str(caught.value)
    assert message in str(caught.value)


def test_requests_with_missing_columns_are_input_errors(made_up: Path, tmp_path: Path) -> None:
    shutil.copytree(made_up / "whole", tmp_path / "run")
    path = tmp_path / "run" / "job_requests.csv"
    path.write_text(path.read_text() + "1,rigid\n")
    with pytest.raises(InputError, match="not what its column holds in row '1,rigid'"):
        read_history(open_run(tmp_path / "run"))
