"""Simulated schedules in the Standard Workload Format, for all the tools that read it.

One processor stands for one node.  The number of allocated processors of a job whose size changed is its mean number of
nodes, rounded; that needs the file of node utilization.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from elastisim.errors import InputError
from elastisim.workload.records import Label, Status
from elastisim.workload.traces.swf import SwfJob, write_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator


_Attribute: TypeAlias = Label | float | bool | None


class _Job(msgspec.Struct):
    submit_time: float
    type: str = ""
    num_nodes: int | None = None
    walltime: float | None = None
    arguments: dict[str, float | str] = msgspec.field(default_factory=dict)
    attributes: dict[str, _Attribute] = msgspec.field(default_factory=dict)


class _File(msgspec.Struct):
    jobs: list[_Job]


def write_schedule(
    jobs: str | Path, statistics: str | Path, target: str | Path, node_utilization: str | Path | None = None
) -> list[SwfJob]:
    """Write the schedule of a finished simulation to *target*, and return its lines.

    *jobs* is the jobs file of the simulation, *statistics* and *node_utilization* are results.  Job numbers are those
    of the trace (attribute ``trace_id``) if all jobs have a positive and unique one, else they count from 1.  Users,
    groups, queues and partitions are numbered in order of appearance unless all of them are numbers.  Raise InputError
    for files that cannot be read or do not belong together.
    """
    described = _described(Path(jobs))
    node_seconds = {} if node_utilization is None else _node_seconds(Path(node_utilization))
    numbers = _numbers(described)
    labels = {name: _labels(described, name) for name in ("user", "group", "queue", "partition")}
    lines = []
    for place, row in _rows(Path(statistics), ("ID", "Submit Time", "Wait Time", "Makespan", "Status")):
        try:
            identifier = int(row["ID"])
            submit, wait, runtime = (_time(row[name]) for name in ("Submit Time", "Wait Time", "Makespan"))
        except ValueError as error:
            raise InputError.at(statistics, f"line {place}", str(error)) from None
        if not 0 <= identifier < len(described):
            raise InputError.at(statistics, f"line {place}", f"job {identifier} is not among those of {jobs}")
        job = described[identifier]
        has_started = wait != -1
        allocated = job.num_nodes if job.type.lower() == "rigid" else None
        if allocated is None and runtime > 0 and identifier in node_seconds:
            allocated = round(node_seconds[identifier] / runtime)
        lines.append(
            SwfJob(
                number=numbers[identifier],
                submit=submit,
                wait=wait,
                runtime=runtime if has_started else -1,
                allocated=allocated if has_started and allocated is not None else -1,
                requested=_requested(job),
                requested_time=job.walltime or -1,
                status=_status(row["Status"], has_started=has_started),
                **{name: known.get(job.attributes.get(name), -1) for name, known in labels.items()},
            )
        )
    header = ["Version: 2.2", "Computer: simulated by ElastiSim"]
    header += [f"MaxJobs: {len(lines)}", f"MaxRecords: {len(lines)}"]
    if node_utilization is not None:
        nodes = len({row["Node"] for _, row in _rows(Path(node_utilization), ("Node",))})
        header += [f"MaxNodes: {nodes}", f"MaxProcs: {nodes}"]
    header.append("Note: one processor is one node; the size of jobs that change it is their mean")
    path = Path(target)
    try:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            write_jobs(lines, stream, header)
    except OSError as error:
        raise InputError.at(path, "", f"cannot be written: {error.strerror}") from None
    return lines


def _described(path: Path) -> list[_Job]:
    """Return the jobs in the order of their identifiers in the simulation (R2.4)."""
    try:
        jobs = msgspec.json.decode(path.read_bytes(), type=_File).jobs
    except OSError as error:
        raise InputError.at(path, "", f"cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError.at(path, "", f"is no jobs file: {error}") from None
    return sorted(jobs, key=lambda job: job.submit_time)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a result with their line numbers."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError.at(path, "line 1", f"has no column {', '.join(missing)}")
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise InputError.at(path, "", f"cannot be read: {error.strerror}") from None


def _time(text: str) -> float:
    value = float(text)
    # Differences of times that are equal may leave noise in the last digit.
    if abs(value) < 1e-9:
        return 0
    return int(value) if value.is_integer() else value


def _numbers(jobs: list[_Job]) -> list[int]:
    numbers = [job.attributes.get("trace_id") for job in jobs]
    if all(isinstance(number, int) and number > 0 for number in numbers) and len(set(numbers)) == len(numbers):
        return [number for number in numbers if isinstance(number, int)]
    return list(range(1, len(jobs) + 1))


def _requested(job: _Job) -> int:
    preferred = job.num_nodes if job.type.lower() == "rigid" else job.arguments.get("num_nodes_pref")
    return int(preferred) if preferred is not None else -1


def _status(text: str, *, has_started: bool) -> int:
    if text == "completed":
        return Status.COMPLETED
    return Status.FAILED if has_started else Status.CANCELLED


def _labels(jobs: list[_Job], name: str) -> dict[_Attribute, int]:
    """Return a number for each name of that kind that jobs have."""
    found = list(dict.fromkeys(job.attributes[name] for job in jobs if name in job.attributes))
    if all(isinstance(label, int) for label in found):
        return {label: int(label) for label in found if isinstance(label, int)}
    return {label: number for number, label in enumerate(found, 1)}


def _node_seconds(path: Path) -> dict[int, float]:
    """Return how many node-seconds each job had."""
    seconds: dict[int, float] = {}
    running: dict[str, tuple[float, tuple[int, ...]]] = {}
    for place, row in _rows(path, ("Time", "Node", "Running jobs")):
        names = row["Running jobs"]
        try:
            now = float(row["Time"])
            present = () if names == "none" else tuple(map(int, names.split(";")))
        except ValueError as error:
            raise InputError.at(path, f"line {place}", str(error)) from None
        since, jobs = running.get(row["Node"], (now, ()))
        for job in jobs:
            seconds[job] = seconds.get(job, 0.0) + now - since
        running[row["Node"]] = now, present
    return seconds
