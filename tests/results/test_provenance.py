"""The file run.json says where results come from and whether they are complete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from elastisim.errors import InputError
from elastisim.results.files import ResultFiles
from elastisim.results.provenance import AlgorithmUsed, InputFile, RunRecord, read_run_description
from elastisim.results.sink import MemorySink

if TYPE_CHECKING:
    from pathlib import Path


def record(targets: dict[str, Any], **changes: Any) -> RunRecord:
    fields: dict[str, Any] = {
        "engine": "fast",
        "algorithm": AlgorithmUsed(name="easy", kind="policy", options={"depth": 3}),
        "inputs": [],
        "options": {},
    }
    return RunRecord(ResultFiles(targets), **fields | changes)


def test_a_run_is_described_from_start_to_end(tmp_path: Path) -> None:
    source = tmp_path / "jobs.json"
    source.write_bytes(b"abc")
    targets = {
        "job_statistics": tmp_path / "out/j.csv",
        "task_times": tmp_path / "tasks.csv",
        "cpu_utilization": None,
    }
    (tmp_path / "out").mkdir()
    made = record(targets, inputs=[InputFile.of("jobs_file", source)], options={"jobs_file": source})
    made.start()
    path = tmp_path / "out" / "run.json"

    running = read_run_description(path)
    assert (running.complete, running.outcome) == (False, "running")
    assert running.results == {"job_statistics": "j.csv", "task_times": "../tasks.csv"}
    assert running.algorithm == AlgorithmUsed(name="easy", kind="policy", options={"depth": 3})
    assert running.options == {"jobs_file": str(source)}
    # The digest of "abc" is the first example of FIPS 180.
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert running.inputs == [InputFile(role="jobs_file", path=str(source), sha256=digest, bytes=3)]

    made.finish("completed", simulated_end=12.5, counts={"jobs": 3})
    ended = read_run_description(path)
    assert (ended.complete, ended.simulated_end, ended.counts) == (True, 12.5, {"jobs": 3})
    assert ended.wall_time > 0.0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["run.json"]


def test_a_run_that_was_interrupted_is_not_complete(tmp_path: Path) -> None:
    made = record({"job_statistics": tmp_path / "jobs.csv"})
    made.finish("interrupted", simulated_end=1.0, counts={})
    assert (made.description.complete, made.description.outcome) == (False, "interrupted")


def test_without_files_nothing_is_written() -> None:
    for target in (MemorySink(), "/dev/null"):
        made = record({"job_statistics": target})
        made.start()
        assert made.path is None


def test_a_directory_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    made = record({"job_statistics": tmp_path / "missing" / "jobs.csv"})
    with pytest.raises(InputError, match=r"run\.json: this file cannot be written"):
        made.start()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not a description of a run"),
        (b'{"complete": 3}', r"\$\.complete"),
        (b'{"format": 99}', "newer version"),
    ],
)
def test_a_file_that_is_no_description_is_an_input_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_run_description(path)


def test_keys_of_later_versions_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"format": 1, "colour": "blue", "engine": "exact"}))
    assert read_run_description(path).engine == "exact"
