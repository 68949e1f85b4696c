"""What happened in a run: its jobs, their nodes over time, and quantities over time.

A history is the common ground of statistics, reports, figures and exports.  It is read from result files
(:mod:`elastisim.results.reading`) or recorded while a simulation runs (:mod:`elastisim.results.chronicle`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from elastisim.results.series import StepSeries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NodeRanges = tuple[tuple[int, int], ...]
"""Node IDs as ascending ranges (first, last), both included."""


def node_ranges(identifiers: Iterable[int]) -> NodeRanges:
    """Return distinct node IDs as ranges."""
    ranges = []
    first = last = -2
    for identifier in sorted(identifiers):
        if identifier != last + 1:
            if last >= 0:
                ranges.append((first, last))
            first = identifier
        last = identifier
    if last >= 0:
        ranges.append((first, last))
    return tuple(ranges)


class Stay(Struct, frozen=True):
    """A job's time on an unchanging set of nodes, from ``start`` to ``end`` seconds."""

    start: float
    end: float
    nodes: NodeRanges

    @property
    def size(self) -> int:
        """Number of nodes."""
        return sum(last - first + 1 for first, last in self.nodes)

    def text(self) -> str:
        """Return the node IDs in the notation of interval sets: ``0-3 8``."""
        return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.nodes)


class JobRecord(Struct, kw_only=True):
    """What became of a job.

    Times are in seconds; None stands for what is not known or has not happened.  ``runtime`` is the time from start to
    end (called makespan in ``job_statistics``).  ``status`` is ``completed`` or ``killed``, in an interrupted run also
    ``running`` or ``pending``.  ``node_seconds`` is the integral of the number of nodes over time, ``last_nodes`` the
    last number.  What the job asked for is known only for runs of this simulator, not for results of the original.
    """

    identifier: int
    type: str
    submit: float
    start: float | None = None
    end: float | None = None
    wait: float | None = None
    runtime: float | None = None
    turnaround: float | None = None
    status: str = "pending"
    node_seconds: float = 0.0
    last_nodes: int = 0
    walltime: float | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None
    phases: int | None = None
    model: str = ""
    source: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    stays: list[Stay] = field(default_factory=list)

    @property
    def has_run(self) -> bool:
        """Whether the job started and ended, be it by completion or by a kill."""
        return self.start is not None and self.end is not None

    @property
    def mean_nodes(self) -> float:
        """Mean number of nodes over the runtime, without rounding noise; the last number if it did not end."""
        if self.runtime:
            return round(self.node_seconds / self.runtime, 9)
        return float(self.last_nodes or self.min_nodes or 0)

    def slowdown(self) -> float | None:
        """Return turnaround time / runtime; None if the job has not run or took no time."""
        if self.turnaround is None or not self.runtime:
            return None
        return self.turnaround / self.runtime

    def bounded_slowdown(self, bound: float) -> float | None:
        """Return max(1, turnaround time / max(runtime, bound)) with *bound* in seconds; None if it has not run."""
        if self.turnaround is None or self.runtime is None:
            return None
        longest = max(self.runtime, bound)
        return max(1.0, self.turnaround / longest) if longest else None


class Reconfiguration(Struct, frozen=True):
    """A change of a running job's nodes; ``duration`` of its reconfiguration phase is None if unknown or cut short."""

    time: float
    job: int
    before: int
    after: int
    gained: int
    lost: int
    duration: float | None = None


class EvolvingRequest(Struct, frozen=True):
    """A request of an evolving job that reached the algorithm; granted if the job went on with that many nodes."""

    time: float
    job: int
    before: int
    requested: int
    after: int

    @property
    def granted(self) -> bool:
        """Whether the job got what it asked for."""
        return self.after == self.requested


class Samples(Struct):
    """Sensed loads: one value per sample and curve, in the order of ``times``."""

    times: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)


class History(Struct, kw_only=True):
    """A run in retrospect.

    ``nodes`` are the names of the nodes in ID order.  ``busy`` is the number of nodes on which jobs run.  ``end`` is
    the simulated time up to which the run is known.  ``evolving_requests`` is None where they were not recorded;
    reconfigurations were derived from node changes if ``reconfigurations_recorded`` is false, so that mere
    permutations and durations are unknown.  ``samples`` holds the curves ``cpu`` and ``gpu`` (mean load over all
    nodes), ``network``, ``pfs_read`` and ``pfs_write`` (bytes/s), by the table they come from.
    """

    name: str
    nodes: Sequence[str]
    jobs: list[JobRecord]
    busy: StepSeries
    end: float
    is_partial: bool = False
    reconfigurations: list[Reconfiguration] = field(default_factory=list)
    reconfigurations_recorded: bool = False
    evolving_requests: list[EvolvingRequest] | None = None
    samples: dict[str, Samples] = field(default_factory=dict)

    @property
    def first_submission(self) -> float:
        """Earliest time at which a job was submitted, in seconds; jobs with negative times are submitted at 0."""
        return max(0.0, min((job.submit for job in self.jobs), default=0.0))

    @property
    def last_end(self) -> float:
        """Time of the last end of a job; the end of what is known in an interrupted run."""
        if self.is_partial:
            return self.end
        return max((job.end for job in self.jobs if job.end is not None), default=self.end)

    def queue_length(self) -> StepSeries:
        """Return the number of jobs that are submitted and neither started nor ended, over time."""
        changes = []
        for job in self.jobs:
            leaves = job.start if job.start is not None else job.end
            changes.append((max(0.0, job.submit), 1.0))
            if leaves is not None:
                changes.append((leaves, -1.0))
        return StepSeries.of_changes(changes)

    def running_jobs(self) -> StepSeries:
        """Return the number of running jobs over time."""
        changes = []
        for job in self.jobs:
            if job.start is not None:
                changes.append((job.start, 1.0))
                if job.end is not None:
                    changes.append((job.end, -1.0))
        return StepSeries.of_changes(changes)
