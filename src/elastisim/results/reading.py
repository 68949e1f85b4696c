"""The history of a run, read from its result files."""

from __future__ import annotations

import csv
import json
import math
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.errors import InputError
from elastisim.results.history import (
    EvolvingRequest,
    History,
    JobRecord,
    Reconfiguration,
    Samples,
)
from elastisim.results.jobs import (
    EvolvingRequestsRecorder,
    JobRequestsRecorder,
    JobStatisticsRecorder,
    ReconfigurationsRecorder,
)
from elastisim.results.parquet_reading import read_samples
from elastisim.results.sensing import NetworkActivityRecorder, PfsUtilizationRecorder
from elastisim.results.stays import Occupancy, derive_reconfigurations, read_stays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.results.tables import Run, Table

UNKNOWN_TYPE = "unknown"
"""Type of a job of an interrupted run of the original, which shows in ``node_utilization`` only."""


def read_history(run: Run) -> History:
    """Return the history of *run*; raise :class:`~elastisim.errors.InputError` if a file is not what it should be."""
    tables = run.tables
    jobs: dict[int, JobRecord] = {}
    if "job_requests" in tables:
        jobs = {job.identifier: job for job in read_requests(tables["job_requests"])}
    if "job_statistics" in tables:
        read_statistics(tables["job_statistics"], jobs)
    occupancy = read_stays(tables["node_utilization"]) if "node_utilization" in tables else Occupancy()
    for identifier, stays in occupancy.stays.items():
        job = jobs.get(identifier)
        if job is None:
            job = jobs[identifier] = JobRecord(identifier=identifier, type=UNKNOWN_TYPE, submit=stays[0].start)
        job.stays = stays
        job.last_nodes = stays[-1].size
        job.node_seconds = added(stay.size * (stay.end - stay.start) for stay in stays)
        if job.end is None:
            _complete_from_stays(job, still_there=identifier in occupancy.present)
    end = max([occupancy.end, *(job.end for job in jobs.values() if job.end is not None)])
    recorded = "reconfigurations" in tables
    return History(
        name=run.name,
        nodes=occupancy.nodes,
        jobs=sorted(jobs.values(), key=lambda job: job.identifier),
        busy=occupancy.busy,
        end=max(end, run.description.simulated_end) if run.description else end,
        is_partial=run.is_partial,
        reconfigurations=(
            list(read_reconfigurations(tables["reconfigurations"]))
            if recorded
            else derive_reconfigurations(occupancy.stays)
        ),
        reconfigurations_recorded=recorded,
        evolving_requests=(
            list(read_evolving_requests(tables["evolving_requests"])) if "evolving_requests" in tables else None
        ),
        samples={kind: reader(tables[kind]) for kind, reader in SAMPLE_READERS.items() if kind in tables},
    )


def _complete_from_stays(job: JobRecord, *, still_there: bool) -> None:
    """Fill in what the job statistics of an interrupted run do not say.

    The original writes them at the end only, so there a job that has left its nodes is taken to have completed.
    """
    job.start = job.stays[0].start
    job.wait = job.start - job.submit
    if still_there:
        job.status = "running"
    else:
        job.status = "completed"
        job.end = job.stays[-1].end
        job.runtime = job.end - job.start
        job.turnaround = job.end - job.submit


def read_statistics(table: Table, jobs: dict[int, JobRecord]) -> None:
    """Add to *jobs* what ``job_statistics`` says.  A start of -1 stands for a job that was killed while pending."""
    for row in table.rows(JobStatisticsRecorder.header):
        try:
            identifier = int(row[0])
            submit, start, end, wait, runtime, turnaround = map(float, row[2:8])
        except ValueError:
            raise table.bad_row(row) from None
        job = jobs.get(identifier)
        if job is None:
            job = jobs[identifier] = JobRecord(identifier=identifier, type=row[1], submit=submit)
        job.status = row[8]
        if end >= 0.0:
            job.end = end
            job.turnaround = turnaround
        if start >= 0.0:
            job.start = start
            job.wait = wait
            job.runtime = runtime


def read_requests(table: Table) -> Iterable[JobRecord]:
    """Yield the jobs that ``job_requests`` lists."""
    lines = table.lines()
    if next(lines, None) != JobRequestsRecorder.header:
        raise InputError.at(table.name, "line 1", f"expected the header {JobRequestsRecorder.header!r}")
    for row in csv.reader(line + "\n" for line in lines):
        try:
            identifier, kind, submit, walltime, smallest, largest, _, _, phases, model, source, given, attributes = row
            yield JobRecord(
                identifier=int(identifier),
                type=kind,
                submit=float(submit),
                walltime=float(walltime) or None,
                min_nodes=int(smallest),
                max_nodes=int(largest),
                phases=int(phases),
                model=model,
                source=source,
                arguments=json.loads(given),
                attributes=json.loads(attributes),
            )
        except ValueError:
            raise table.bad_row(row) from None


def read_reconfigurations(table: Table) -> Iterable[Reconfiguration]:
    """Yield the recorded reconfigurations."""
    for row in table.rows(ReconfigurationsRecorder.header):
        try:
            time, resumed = float(row[0]), float(row[6])
            job, before, after, gained, lost = map(int, row[1:6])
        except ValueError:
            raise table.bad_row(row) from None
        yield Reconfiguration(time, job, before, after, gained, lost, resumed - time if resumed >= 0.0 else None)


def read_evolving_requests(table: Table) -> Iterable[EvolvingRequest]:
    """Yield the recorded evolving requests."""
    for row in table.rows(EvolvingRequestsRecorder.header):
        try:
            yield EvolvingRequest(float(row[0]), *map(int, row[1:]))
        except ValueError:
            raise table.bad_row(row) from None


def read_mean_loads(table: Table) -> Samples:
    """Return the mean over the nodes of ``cpu_utilization`` or ``gpu_utilization``, without undefined loads (NaN)."""
    name = table.kind.removesuffix("_utilization")
    samples = Samples(values={name: []})
    if table.is_parquet:
        for instant, sampled in read_samples(table):
            samples.times.append(instant)
            samples.values[name].append(mean_load(sampled))
        return samples
    lines = table.lines()
    columns = next(lines, "Time").count(",")
    for number, line in enumerate(lines, 2):
        try:
            time, *cells = line.split(",")
            samples.times.append(float(time))
            loads: list[float] = list(map(float, cells))
        except ValueError:
            raise InputError.at(table.name, f"line {number}", "a value is not a number") from None
        if len(loads) != columns:
            raise InputError.at(table.name, f"line {number}", f"expected {columns + 1} columns, found {len(loads) + 1}")
        samples.values[name].append(mean_load(loads))
    return samples


def mean_load(loads: Iterable[float]) -> float:
    """Return the mean of *loads*, leaving out those of nodes without speed (NaN); 0 without any."""
    loads = list(loads)
    total = added(loads)
    if math.isnan(total):
        loads = [load for load in loads if not math.isnan(load)]
        total = added(loads)
    return total / len(loads) if loads else 0.0


def read_network(table: Table) -> Samples:
    """Return the curve of ``network_activity``."""
    return _read_curves(table, NetworkActivityRecorder.header, ("network",))


def read_pfs(table: Table) -> Samples:
    """Return the curves of ``pfs_utilization``."""
    names = ("pfs_read", "pfs_write", "pfs_read_relative", "pfs_write_relative")
    return _read_curves(table, PfsUtilizationRecorder.header, names)


def _read_curves(table: Table, header: str, names: tuple[str, ...]) -> Samples:
    samples = Samples(values={name: [] for name in names})
    for row in table.rows(header):
        try:
            time, *values = map(float, row)
        except ValueError:
            raise table.bad_row(row) from None
        samples.times.append(time)
        for name, value in zip(names, values, strict=True):
            samples.values[name].append(value)
    return samples


SAMPLE_READERS = {
    "cpu_utilization": read_mean_loads,
    "gpu_utilization": read_mean_loads,
    "network_activity": read_network,
    "pfs_utilization": read_pfs,
}
