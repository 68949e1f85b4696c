"""Result files have their final names only when they are complete."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest
from recorded import make_job, make_nodes

from elastisim.batch.node import allocate, release
from elastisim.errors import InputError
from elastisim.results.files import RECORDERS, ResultFiles
from elastisim.results.sink import MemorySink

if TYPE_CHECKING:
    from pathlib import Path


def every_kind(directory: Path) -> dict[str, Path]:
    return {kind: directory / f"{kind}.csv" for kind in RECORDERS}


def simulate(files: ResultFiles, end: float | None = 3.0) -> None:
    """Let a job run on one node; without *end* it is still running."""
    nodes, job = make_nodes("n0"), make_job(0)
    files.simulation_started(nodes)
    files.job_submitted(0.0, job)
    allocate(nodes, job)
    files.nodes_changed(1.0, nodes)
    if end is not None:
        release(nodes, job)
        files.nodes_changed(end, nodes)
        files.job_ended(end, job)
        files.simulation_ended(end, [job])


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_files_are_partial_until_they_are_complete(tmp_path: Path) -> None:
    files = ResultFiles(every_kind(tmp_path))
    files.open()
    assert names(tmp_path) == sorted(f"{kind}.csv.partial" for kind in RECORDERS)
    simulate(files)
    files.complete()
    files.abandon()
    assert names(tmp_path) == sorted(f"{kind}.csv" for kind in RECORDERS)
    assert (tmp_path / "node_utilization.csv").read_text().splitlines()[1:] == [
        "0,n0,free,none,none",
        "1,n0,allocated,0,none",
        "3,n0,free,none,none",
    ]


def test_an_interrupted_run_leaves_what_was_recorded_marked_as_partial(tmp_path: Path) -> None:
    files = ResultFiles({"node_utilization": tmp_path / "n.csv", "task_times": None})
    files.open()
    simulate(files, end=None)
    files.abandon()
    assert names(tmp_path) == ["n.csv.partial"]
    assert (tmp_path / "n.csv.partial").read_text().endswith("\n1,n0,allocated,0,none\n")


def test_an_error_before_the_start_leaves_nothing(tmp_path: Path) -> None:
    files = ResultFiles(every_kind(tmp_path / "new"))
    files.open()
    files.abandon()
    assert names(tmp_path / "new") == []


def test_results_of_an_older_run_do_not_stay_beside_partial_ones(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("old")
    files = ResultFiles({"node_utilization": tmp_path / "n.csv"})
    files.open()
    assert names(tmp_path) == ["n.csv.partial"]
    files.abandon()


def test_paths_that_cannot_be_written_are_all_reported_and_nothing_is_touched(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "directory").mkdir()
    files = ResultFiles(
        {
            "task_times": tmp_path / "old.csv",
            "job_statistics": tmp_path / "file" / "jobs.csv",
            "node_utilization": tmp_path / "directory",
        }
    )
    with pytest.raises(InputError) as caught:
        files.open()
    assert [problem.file for problem in caught.value.problems] == [
        str(tmp_path / "file" / "jobs.csv"),
        str(tmp_path / "directory"),
    ]
    assert "cannot be written" in str(caught.value)
    assert names(tmp_path) == ["directory", "file", "old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"


def test_two_kinds_cannot_share_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    files = ResultFiles({"job_statistics": tmp_path / "x.csv", "node_utilization": tmp_path / "a" / ".." / "x.csv"})
    with pytest.raises(InputError, match="job_statistics and node_utilization"):
        files.open()
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="there is no null device")  # noqa: PTH110
def test_devices_are_written_to_and_survive() -> None:
    files = ResultFiles(dict.fromkeys(RECORDERS, "/dev/null"))
    files.open()
    simulate(files)
    files.complete()
    assert not os.path.isfile("/dev/null")  # noqa: PTH113


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_gets_the_rows(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content: list[str] = []
    reader = threading.Thread(target=lambda: content.append(pipe.read_text()))
    reader.start()
    files = ResultFiles({"job_statistics": pipe})
    files.open()
    simulate(files)
    files.complete()
    reader.join()
    assert content[0].splitlines()[1:] == ["0,rigid,0,-1,-1,-1,-1,-1,pending_submission"]


def test_results_in_memory_are_the_bytes_of_the_file(tmp_path: Path) -> None:
    sink = MemorySink()
    for target in (sink, tmp_path / "n.csv"):
        files = ResultFiles({"node_utilization": target})
        files.open()
        simulate(files)
        assert not sink.is_complete or target is not sink
        files.complete()
    assert sink.is_complete
    assert sink.content() == (tmp_path / "n.csv").read_bytes()
