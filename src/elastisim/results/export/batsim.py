"""Export of jobs as Batsim's ``jobs.csv``, which evalys and other tools read."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from elastisim.results.export.output import written
from elastisim.results.recorder import number_format

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elastisim.results.history import History, JobRecord, Stay

COLUMNS = (
    "job_id",
    "workload_name",
    "profile",
    "submission_time",
    "requested_number_of_resources",
    "requested_time",
    "success",
    "final_state",
    "starting_time",
    "execution_time",
    "finish_time",
    "waiting_time",
    "turnaround_time",
    "stretch",
    "allocated_resources",
    "consumed_energy",
    "metadata",
)

_SAME = 1e-6
_number = number_format()


def write_jobs(history: History, path: Path, *, parts: bool = False) -> int:
    """Write the jobs that have run to *path*, and return the number of rows.

    The format knows one set of nodes for each job.  A job that was reconfigured is given the nodes of its longest stay,
    or with *parts* a row for each stay (``7-1``, ``7-2`` …), which draws the right Gantt chart but is wrong for
    statistics over jobs.
    """
    rows = 0
    with written(path) as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for job in history.jobs:
            for row in _part_rows(job) if parts else _job_rows(job):
                table.writerow(row)
                rows += 1
    return rows


def _job_rows(job: JobRecord) -> Iterator[list[str]]:
    if job.start is not None and job.end is not None and job.stays:
        longest = max(job.stays, key=lambda stay: stay.end - stay.start)
        yield _row(job, str(job.identifier), job.start, job.end, longest)


def _part_rows(job: JobRecord) -> Iterator[list[str]]:
    for position, stay in enumerate(job.stays, 1):
        if job.has_run:
            name = str(job.identifier) if len(job.stays) == 1 else f"{job.identifier}-{position}"
            yield _row(job, name, stay.start, stay.end, stay)


def _row(job: JobRecord, name: str, start: float, end: float, stay: Stay) -> list[str]:
    runtime = end - start
    turnaround = end - job.submit
    return [
        name,
        "elastisim",
        job.model or job.type,
        _number(job.submit),
        str(job.max_nodes if job.max_nodes is not None else stay.size),
        _number(job.walltime) if job.walltime is not None else "-1",
        "1" if job.status == "completed" else "0",
        _final_state(job),
        _number(start),
        _number(runtime),
        _number(end),
        _number(start - job.submit),
        _number(turnaround),
        _number(turnaround / runtime if runtime else 1.0),
        stay.text(),
        "-1",
        "",
    ]


def _final_state(job: JobRecord) -> str:
    if job.status == "completed":
        return "COMPLETED_SUCCESSFULLY"
    reached = job.walltime is not None and job.runtime is not None and job.runtime >= job.walltime - _SAME
    return "COMPLETED_WALLTIME_REACHED" if reached else "COMPLETED_KILLED"
