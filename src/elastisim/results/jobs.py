"""The recorders of jobs: what became of them, what was asked for, and how they were reconfigured."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import msgspec

from elastisim.batch.job import JobState
from elastisim.results.recorder import DIGITS, Recorder, row_format
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node_list import NodeList
    from elastisim.results.sink import Sink

TYPES = {kind: kind.name.lower() for kind in JobType}
STATES = {state: state.name.lower() for state in JobState}
"""Words of result files."""

_encode = msgspec.json.Encoder().encode


class JobStatisticsRecorder(Recorder):
    """Writes ``job_statistics``: one row per job in ID order, at the end (R10.2).

    Until then the partial file holds the jobs that have ended, in the order of their ends, so that an interrupted
    run can be looked at.
    """

    header = "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status"

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._format = row_format("%d,%s,%g,%g,%g,%g,%g,%g,%s\n", digits)
        self._order = array("q")
        self._ends = array("q", [len(self.header) + 1])

    def job_ended(self, now: float, job: Job) -> None:  # noqa: ARG002
        """Append the row of a job."""
        row = self._row(job)
        self._order.append(job.identifier)
        self._ends.append(self._ends[-1] + len(row))
        self._write(row)

    def simulation_ended(self, now: float, jobs: Sequence[Job]) -> None:  # noqa: ARG002
        """Put the rows of all jobs in ID order."""
        self.flush()
        content = self._sink.reclaim()
        if content is None:
            return
        text = content.decode()
        places = array("q", [0]) * len(jobs)
        for place, identifier in enumerate(self._order):
            places[identifier] = place
        self._write(text[: self._ends[0]])
        for job, place in zip(jobs, places, strict=True):
            row = text[self._ends[place] : self._ends[place + 1]]
            # A job that ends in the moment of its kill has changed its status since (R7.11).
            self._write(row if row.endswith(f",{STATES[job.state]}\n") else self._row(job))

    def _row(self, job: Job) -> str:
        return self._format % (
            job.identifier,
            TYPES[job.description.type],
            job.description.submit_time,
            job.start_time,
            job.end_time,
            job.wait_time,
            job.makespan,
            job.turnaround_time,
            STATES[job.state],
        )


class JobRequestsRecorder(Recorder):
    """Writes ``job_requests``: what each job asked for, one row per job when it is submitted.

    An addition to the files of the original; quoted where necessary (RFC 4180).  ``Arguments`` and ``Attributes`` are
    JSON objects.
    """

    header = (
        "ID,Type,Submit Time,Walltime,Min Nodes,Max Nodes,Min GPUs per Node,Max GPUs per Node,Phases,"
        "Application Model,Source,Arguments,Attributes"
    )

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._format = row_format("%d,%s,%g,%g,%d,%d,%d,%d,%d,%s,%s,%s,%s\n", digits)

    def job_submitted(self, now: float, job: Job) -> None:  # noqa: ARG002
        """Write one row."""
        description = job.description
        row = (
            job.identifier,
            TYPES[description.type],
            description.submit_time,
            description.walltime,
            description.min_nodes,
            description.max_nodes,
            description.min_gpus_per_node,
            description.max_gpus_per_node,
            description.total_phases,
            _quoted(description.model.file),
            _quoted(description.source),
            _json(description.arguments),
            _json(description.attributes),
        )
        self._write(self._format % row)


def _json(strings: Mapping[str, str]) -> str:
    """Return a field with an object: only an empty one has no quotation marks."""
    return '"' + _encode(strings).decode().replace('"', '""') + '"' if strings else "{}"


def _quoted(field: str) -> str:
    """Return a field of a row, in quotation marks where necessary (RFC 4180)."""
    if "," in field or '"' in field or "\n" in field or "\r" in field:
        return '"' + field.replace('"', '""') + '"'
    return field


class ReconfigurationsRecorder(Recorder):
    """Writes ``reconfigurations``: one row for each change of a job's node list, when the job goes on.

    ``Resumed`` is the time at which the job had finished its reconfiguration phase, -1 if it was killed before.
    """

    header = "Time,Job,Nodes Before,Nodes After,Gained,Lost,Resumed"

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._unfinished: dict[int, str] = {}

    def job_reconfigured(self, now: float, job: Job, before: NodeList) -> None:
        """Remember the change until the job goes on."""
        self._finish(job, -1.0)
        gained = len(job.active.without(before))
        lost = len(before) + gained - len(job.active)
        self._unfinished[job.identifier] = (
            f"{self._number(now)},{job.identifier},{len(before)},{len(job.active)},{gained},{lost},"
        )

    def reconfiguration_finished(self, now: float, job: Job) -> None:
        """Write the row."""
        self._finish(job, now)

    def job_ended(self, now: float, job: Job) -> None:  # noqa: ARG002
        """Write the row of a job that was killed while it was reconfigured."""
        if self._unfinished:
            self._finish(job, -1.0)

    def abandon(self) -> None:
        """Write the rows of all jobs that are being reconfigured, too."""
        for row in self._unfinished.values():
            self._write(f"{row}-1\n")
        self._unfinished.clear()
        super().abandon()

    def _finish(self, job: Job, resumed: float) -> None:
        row = self._unfinished.pop(job.identifier, None)
        if row is not None:
            self._write(f"{row}{self._number(resumed)}\n")


class EvolvingRequestsRecorder(Recorder):
    """Writes ``evolving_requests``: one row for each request that reached the algorithm, and its outcome."""

    header = "Time,Job,Nodes Before,Requested,Nodes After"

    def evolving_request_handled(self, now: float, job: Job, nodes_before: int, requested: int) -> None:
        """Write one row."""
        self._write(f"{self._number(now)},{job.identifier},{nodes_before},{requested},{len(job.active)}\n")
