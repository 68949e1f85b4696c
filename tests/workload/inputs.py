"""Small jobs files and application models, written by the tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from elastisim.errors import InputError
from elastisim.workload.reading import read_workload

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.workload.job import JobDescription
    from elastisim.workload.reading import Workload

IDLE = {"type": "idle", "delay": 1}


def write_json(file: Path, document: Any) -> Path:
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def model_of(*tasks: dict[str, Any] | str, **phase: Any) -> dict[str, Any]:
    """Return the document of a model with one phase."""
    return {"phases": [{"tasks": list(tasks), **phase}]}


def rigid(**changes: Any) -> dict[str, Any]:
    """Return the document of a rigid job; values that are None are left out."""
    job = {"type": "rigid", "submit_time": 0, "num_nodes": 2, "application_model": "model.json", **changes}
    return {key: value for key, value in job.items() if value is not None}


def elastic(kind: Any = "malleable", **changes: Any) -> dict[str, Any]:
    """Return the document of a job that is not rigid; values that are None are left out."""
    limits = {"num_nodes_min": 1, "num_nodes_max": 4}
    job = {"type": kind, "submit_time": 0, **limits, "application_model": "model.json", **changes}
    return {key: value for key, value in job.items() if value is not None}


def read(directory: Path, jobs: Any, model: Any = None, **options: Any) -> Workload:
    """Read jobs that share an application model, of one idle task unless given."""
    write_json(directory / "model.json", model_of(IDLE) if model is None else model)
    document = {"jobs": jobs} if isinstance(jobs, list) else jobs
    return read_workload(write_json(directory / "jobs.json", document), **options)


def read_job(directory: Path, job: dict[str, Any], model: Any = None, **options: Any) -> JobDescription:
    (description,) = read(directory, [job], model, **options).jobs
    return description


def problems(directory: Path, jobs: Any, model: Any = None, **options: Any) -> list[tuple[str, str, str]]:
    """Return the problems of jobs as (name of the file, place, message)."""
    with pytest.raises(InputError) as caught:
        read(directory, jobs, model, **options)
    return [(problem.file.rpartition("/")[2], problem.where, problem.message) for problem in caught.value.problems]


def warnings(directory: Path, jobs: Any, model: Any = None, **options: Any) -> list[tuple[str, str, str]]:
    """Return the warnings of jobs as (name of the file, place, message)."""
    found = read(directory, jobs, model, **options).warnings
    return [(warning.file.rpartition("/")[2], warning.where, warning.message) for warning in found]
