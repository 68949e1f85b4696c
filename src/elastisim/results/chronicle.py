"""The history of a run, recorded while it is simulated: what statistics need, without reading files again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.batch.job import JobState
from elastisim.batch.observer import Observer
from elastisim.results.history import EvolvingRequest, History, JobRecord, Reconfiguration, Samples
from elastisim.results.reading import mean_load
from elastisim.results.series import StepSeries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node_list import NodeList
    from elastisim.batch.observer import Sample


class Chronicle(Observer):
    """Keeps what statistics need; memory grows with jobs, reconfigurations and samples.

    The stays of jobs on nodes are not kept: a Gantt chart needs the result files.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._jobs: list[Job] = []
        self._node_seconds: dict[int, float] = {}
        self._sizes: dict[int, tuple[float, int]] = {}
        self._busy = StepSeries()
        self._count = 0
        self._occupied = bytearray()
        self._names: list[str] = []
        self._changes: dict[int, tuple[float, int, int, int]] = {}
        self._reconfigurations: list[Reconfiguration] = []
        self._requests: list[EvolvingRequest] = []
        self._samples = {
            "cpu_utilization": Samples(values={"cpu": []}),
            "gpu_utilization": Samples(values={"gpu": []}),
            "network_activity": Samples(values={"network": []}),
            "pfs_utilization": Samples(
                values={"pfs_read": [], "pfs_write": [], "pfs_read_relative": [], "pfs_write_relative": []}
            ),
        }

    def history(self, name: str, *, is_partial: bool = False) -> History:
        """Return the history up to now."""
        sampled = bool(self._samples["cpu_utilization"].times)
        return History(
            name=name,
            nodes=self._names,
            jobs=[self._record(job) for job in sorted(self._jobs, key=lambda job: job.identifier)],
            busy=self._busy,
            end=self._now,
            is_partial=is_partial,
            reconfigurations=self._reconfigurations,
            reconfigurations_recorded=True,
            evolving_requests=self._requests,
            samples=self._samples if sampled else {},
        )

    def _record(self, job: Job) -> JobRecord:
        description = job.description
        started, ended = job.start_time >= 0.0, job.is_finished
        record = JobRecord(
            identifier=job.identifier,
            type=description.type.name.lower(),
            submit=description.submit_time,
            start=job.start_time if started else None,
            end=job.end_time if ended else None,
            wait=job.wait_time if started else None,
            runtime=job.makespan if started and ended else None,
            turnaround=job.turnaround_time if ended else None,
            status="killed" if job.state is JobState.KILLED else "completed" if ended else "pending",
            node_seconds=self._node_seconds.get(job.identifier, 0.0),
            last_nodes=len(job.active) if started else 0,
            walltime=description.walltime or None,
            min_nodes=description.min_nodes,
            max_nodes=description.max_nodes,
            phases=description.total_phases,
            model=description.model.file,
            source=description.source,
            arguments=description.arguments,
            attributes=description.attributes,
        )
        if started and not ended:
            since, size = self._sizes[job.identifier]
            record.status = "running"
            record.node_seconds += size * (self._now - since)
        return record

    def simulation_started(self, nodes: NodeList) -> None:
        """Learn the names of the nodes."""
        self._names = list(nodes.table.names)
        self._occupied = bytearray(len(nodes))
        self._busy.append(0.0, 0)

    def job_submitted(self, now: float, job: Job) -> None:
        """Remember the job."""
        self._now = now
        self._jobs.append(job)

    def job_started(self, now: float, job: Job) -> None:
        """Begin to count node-seconds."""
        self._now = now
        self._sizes[job.identifier] = (now, len(job.active))

    def job_reconfigured(self, now: float, job: Job, before: NodeList) -> None:
        """Go on counting with another number of nodes."""
        self._count_node_seconds(now, job)
        self._finish_change(job, None)
        gained = len(job.active.without(before))
        self._changes[job.identifier] = (now, len(before), len(job.active), gained)
        self._sizes[job.identifier] = (now, len(job.active))

    def reconfiguration_finished(self, now: float, job: Job) -> None:
        """Take down a reconfiguration."""
        self._now = now
        self._finish_change(job, now)

    def evolving_request_handled(self, now: float, job: Job, nodes_before: int, requested: int) -> None:
        """Take down an evolving request."""
        self._now = now
        self._requests.append(EvolvingRequest(now, job.identifier, nodes_before, requested, len(job.active)))

    def job_ended(self, now: float, job: Job) -> None:
        """Count the last node-seconds of a job."""
        if job.identifier in self._sizes:
            self._count_node_seconds(now, job)
            self._finish_change(job, None)
        self._now = now

    def _count_node_seconds(self, now: float, job: Job) -> None:
        self._now = now
        since, size = self._sizes.pop(job.identifier)
        self._node_seconds[job.identifier] = self._node_seconds.get(job.identifier, 0.0) + size * (now - since)

    def _finish_change(self, job: Job, resumed: float | None) -> None:
        change = self._changes.pop(job.identifier, None)
        if change is not None:
            time, before, after, gained = change
            duration = None if resumed is None else resumed - time
            self._reconfigurations.append(
                Reconfiguration(time, job.identifier, before, after, gained, before + gained - after, duration)
            )

    def nodes_changed(self, now: float, nodes: NodeList) -> None:
        """Count the nodes on which jobs run."""
        occupied = self._occupied
        for (start, end), occupancy in nodes.uses():
            runs = bool(occupancy.running)
            self._count += (end - start) * runs - occupied.count(1, start, end)
            occupied[start:end] = bytes([runs]) * (end - start)
        self._now = now
        self._busy.append(now, self._count)

    def sampled(self, sample: Sample) -> None:
        """Keep samples, averaged over the nodes."""
        for name, value in (
            ("cpu_utilization", {"cpu": mean_load(sample.cpu)}),
            ("gpu_utilization", {"gpu": mean_load(sample.gpu)}),
            ("network_activity", {"network": sample.network}),
            (
                "pfs_utilization",
                {
                    "pfs_read": sample.pfs_read,
                    "pfs_write": sample.pfs_write,
                    "pfs_read_relative": sample.pfs_read_relative,
                    "pfs_write_relative": sample.pfs_write_relative,
                },
            ),
        ):
            samples = self._samples[name]
            samples.times.extend(sample.times)
            for curve, load in value.items():
                samples.values[curve].extend([load] * len(sample.times))

    def simulation_ended(self, now: float, jobs: Sequence[Job]) -> None:
        """Learn the end."""
        self._now = now
        self._jobs = list(jobs)
