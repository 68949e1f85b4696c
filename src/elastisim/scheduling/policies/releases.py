"""When running jobs are expected to end, and how many nodes they release then."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elastisim.batch.job import JobState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.scheduling.estimates import Estimates
    from elastisim.scheduling.system import System
    from elastisim.scheduling.views import JobView

Release = tuple[float, int, int]
"""Expected end in seconds, ID of the job, number of nodes."""


@dataclass(slots=True)
class _Expectation:
    """What is expected of a running job: its release, and the number of nodes that it computes on."""

    release: Release
    active: int


class Releases:
    """The releases of all running jobs by date, including jobs that have just been started.

    When a job changes its size, what is left of its estimate changes in inverse proportion; it does not go beyond the
    walltime.  ``version`` counts the changes that were not planned by whoever uses this object.
    """

    def __init__(self, estimates: Estimates) -> None:
        self.version = 0
        self._estimates = estimates
        self._order: list[Release] = []
        self._jobs: dict[JobView, _Expectation] = {}

    def __iter__(self) -> Iterator[Release]:
        return iter(self._order)

    def update(self, system: System) -> None:
        """Learn what has happened since the last call."""
        for job in system.changed_jobs:
            known = self._jobs.get(job)
            if job.is_finished:
                if known is not None:
                    self._remove(job)
                    self.version += 1
            elif job.state is not JobState.PENDING:
                if known is None:
                    self.add(job, job.start_time)
                    self.version += 1
                else:
                    self._adjust(job, known, system)

    def add(self, job: JobView, start: float) -> None:
        """Learn of a job that starts."""
        size = len(job.nodes)
        self._insert(job, start + self._estimates.duration(job, size), size, size)

    def note_request(self, system: System) -> None:
        """Learn of what has been decided about the job that asks for nodes: it holds others from now on."""
        job = system.job
        if job is not None and system.evolving_request is not None and job in self._jobs:
            known = self._jobs[job]
            if known.release[2] != job.size:
                self._remove(job)
                self._insert(job, known.release[0], job.size, known.active)
                self.version += 1

    def first(self) -> float:
        """Return the first expected end, infinite if nothing runs."""
        return self._order[0][0] if self._order else math.inf

    def shadow(self, count: int, free: int, now: float) -> tuple[float, int]:
        """Return when *count* nodes will be free, and how many more than that will be free then.

        *free* nodes are free now.  Jobs that run longer than estimated are expected to end now.  Nothing is known
        (infinity, and the nodes that are left over in the end) if it takes jobs that nobody knows the end of.
        """
        available = free
        order = self._order
        index = 0
        while index < len(order) and available < count:
            available += order[index][2]
            index += 1
        if available < count:
            return math.inf, 0
        date = max(order[index - 1][0], now) if index else now
        while index < len(order) and order[index][0] <= date:
            available += order[index][2]
            index += 1
        return date, available - count

    def next_after(self, now: float) -> float:
        """Return the first expected end after *now*, infinite if there is none."""
        index = bisect_right(self._order, (now, math.inf, 0))
        return self._order[index][0] if index < len(self._order) else math.inf

    def expected_end(self, job: JobView) -> float:
        """Return when a running job is expected to end, infinite if nobody knows."""
        known = self._jobs.get(job)
        return known.release[0] if known is not None else math.inf

    def _adjust(self, job: JobView, known: _Expectation, system: System) -> None:
        active = job.active_nodes
        size = len(active)
        expects = job.state is JobState.PENDING_RECONFIGURATION
        held = len(set(active).union(job.nodes)) if expects else size
        end = known.release[0]
        if size == known.active and held == known.release[2]:
            return
        if size != known.active and math.isfinite(end):
            end = system.time + max(end - system.time, 0.0) * known.active / size
            if job.walltime > 0.0:
                end = min(end, job.start_time + job.walltime + system.desk.rules.job_kill_grace_period)
        self._remove(job)
        self._insert(job, end, held, size)
        self.version += 1

    def _insert(self, job: JobView, end: float, held: int, active: int) -> None:
        release = (end, job.identifier, held)
        insort(self._order, release)
        self._jobs[job] = _Expectation(release, active)

    def _remove(self, job: JobView) -> None:
        release = self._jobs.pop(job).release
        del self._order[bisect_left(self._order, release)]
