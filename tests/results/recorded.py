"""Jobs, nodes and recorded results for the tests of this room."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from elastisim.batch.job import Job, JobState
from elastisim.batch.node_list import NodeList, NodeTable
from elastisim.workload.job import JobDescription, JobType

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests/golden/scenarios"


def golden_directories(kind: str) -> list[Any]:
    """Return the directories of expected results that hold a table of *kind*."""
    found = sorted({path.parent for path in SCENARIOS.glob(f"*/expected/{kind}.csv*")})
    return [pytest.param(path, id=path.parent.name) for path in found if table(path, kind)[1:]]


def table(directory: Path, kind: str) -> list[str]:
    """Return the lines of a table, with their line ends."""
    packed = directory / f"{kind}.csv.gz"
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode().splitlines(keepends=True)
    return (directory / f"{kind}.csv").read_text().splitlines(keepends=True)


def make_job(identifier: int, **changes: Any) -> Job:
    """Return a job; keywords are fields of its description or attributes of the job."""
    fields: dict[str, Any] = {
        "identifier": identifier,
        "type": JobType.RIGID,
        "submit_time": 0.0,
        "walltime": 0.0,
        "min_nodes": 1,
        "max_nodes": 1,
        "min_gpus_per_node": 0,
        "max_gpus_per_node": 0,
        "model": SimpleNamespace(file="model.json"),
        "phase_iterations": (1,),
    }
    attributes = {name: value for name, value in changes.items() if name in Job.__slots__}
    job = Job(JobDescription(**fields | {name: changes[name] for name in changes.keys() - attributes}))
    for name, value in attributes.items():
        setattr(job, name, value)
    return job


def make_nodes(*names: str, gpus: Sequence[int] = ()) -> NodeList:
    """Return free nodes with the IDs 0, 1, 2 and so on; *gpus* are their numbers of GPUs, by default none."""
    numbers = gpus or [0] * len(names)
    resources: list[Any] = [
        SimpleNamespace(identifier=identifier, host=SimpleNamespace(name=name), gpus=number)
        for identifier, (name, number) in enumerate(zip(names, numbers, strict=True))
    ]
    return NodeTable(resources).everything


def job_of_row(row: str) -> Job:
    """Return the job that a row of ``job_statistics`` is about."""
    identifier, kind, submit, start, end, wait, makespan, turnaround, status = row.rstrip("\n").split(",")
    return make_job(
        int(identifier),
        type=JobType[kind.upper()],
        submit_time=float(submit),
        start_time=float(start),
        end_time=float(end),
        wait_time=float(wait),
        makespan=float(makespan),
        turnaround_time=float(turnaround),
        state=JobState[status.upper()],
    )
