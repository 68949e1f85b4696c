"""Export of jobs in the Standard Workload Format of the Parallel Workloads Archive (version 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.results.export.output import written
from elastisim.results.statistics import USER_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from elastisim.results.history import History, JobRecord

COMPLETED, CANCELLED, UNKNOWN = 1, 5, -1


def write_swf(history: History, path: Path) -> None:
    """Write all jobs to *path*, one line each; nodes stand for processors.

    The format wants whole numbers: points in time are rounded to seconds, so that wait and run times still add up.
    Job numbers are job IDs + 1.  A job that was reconfigured is given its mean number of nodes, rounded.  Users are
    numbered in alphabetical order; the header lists them.
    """
    users = sorted({job.attributes.get(USER_ATTRIBUTE, "") for job in history.jobs} - {""})
    models = sorted({job.model for job in history.jobs} - {""})
    origin = min(0.0, min((job.submit for job in history.jobs), default=0.0))
    with written(path) as stream:
        for key, value in _header(history, users, models):
            stream.write(f"; {key}: {value}\n")
        user_numbers = {user: number for number, user in enumerate(users, 1)}
        model_numbers = {model: number for number, model in enumerate(models, 1)}
        for job in sorted(history.jobs, key=lambda job: (job.submit, job.identifier)):
            user = user_numbers.get(job.attributes.get(USER_ATTRIBUTE, ""), UNKNOWN)
            stream.write(_line(job, origin, user, model_numbers.get(job.model, UNKNOWN)))


def _header(history: History, users: list[str], models: list[str]) -> Iterable[tuple[str, object]]:
    yield "Version", "2.2"
    yield "Computer", f"simulated, {history.name}"
    yield "Acknowledge", "simulated by elastisim"
    yield "MaxJobs", len(history.jobs)
    yield "MaxRecords", len(history.jobs)
    yield "UnixStartTime", 0
    yield "MaxNodes", len(history.nodes)
    yield "MaxProcs", len(history.nodes)
    if history.is_partial:
        yield "Note", "partial: the simulation was interrupted"
    for number, user in enumerate(users, 1):
        yield "Note", f"user {number} is {user}"
    for number, model in enumerate(models, 1):
        yield "Note", f"executable {number} is {model}"


def _line(job: JobRecord, origin: float, user: int, model: int) -> str:
    submit = round(job.submit - origin)
    start = round(job.start - origin) if job.start is not None else None
    end = round(job.end - origin) if job.end is not None else None
    nodes = round(job.mean_nodes) if job.start is not None else UNKNOWN
    fields = (
        job.identifier + 1,
        submit,
        start - submit if start is not None else UNKNOWN,
        end - start if start is not None and end is not None else UNKNOWN,
        nodes or UNKNOWN,
        UNKNOWN,
        UNKNOWN,
        job.max_nodes if job.max_nodes is not None else nodes or UNKNOWN,
        round(job.walltime) if job.walltime is not None else UNKNOWN,
        UNKNOWN,
        {"completed": COMPLETED, "killed": CANCELLED}.get(job.status, UNKNOWN),
        user,
        UNKNOWN,
        model,
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
    )
    return " ".join(map(str, fields)) + "\n"
