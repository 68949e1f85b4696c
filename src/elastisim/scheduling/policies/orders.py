"""Orders of the queue: which of the waiting jobs is next."""

from __future__ import annotations

import math
from bisect import insort
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from msgspec import Meta

from elastisim.batch.job import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elastisim.scheduling.estimates import Estimates
    from elastisim.scheduling.system import System
    from elastisim.scheduling.views import JobView

OrderName: TypeAlias = Literal["fcfs", "sjf", "ljf", "largest-area", "wfp3", "unicef", "f1"]
OrderOption: TypeAlias = Annotated[OrderName, Meta(description="Order of the queue.")]
"""An option of policies with a queue."""

Priority = tuple[float, int]


class QueueOrder:
    """The pending jobs in a certain order; ties are resolved by submission.

    Sizes are those with which jobs ask to start, for jobs that are not rigid the minimum.  ``is_fixed`` tells that the
    order of two jobs never changes.

    - ``fcfs``: first come, first served;
    - ``sjf``, ``ljf``: shortest, longest job first, by estimated run time;
    - ``largest-area``: largest product of run time and size first;
    - ``wfp3``: largest (waiting time / run time)³ · size first;
    - ``unicef``: largest waiting time / (log₂ size · run time) first;
    - ``f1``: smallest log₁₀(run time) · size + 870 · log₁₀(submission time) first, times in seconds.
    """

    def __init__(self, name: OrderName, estimates: Estimates) -> None:
        self.name = name
        self.is_fixed = name not in _CHANGING
        self._estimates = estimates
        self._sorted: list[tuple[Priority, JobView]] = []
        if self.is_fixed and name != "fcfs":
            self._rank: Callable[[JobView], float] = getattr(self, f"_{name.replace('-', '_')}")

    def update(self, system: System) -> Iterable[JobView]:
        """Learn what has changed since the last invocation; return the pending jobs in order.

        They may be started while they are iterated, and iterated again.
        """
        if self.name == "fcfs":
            return system.pending
        if not self.is_fixed:
            urgency = self._wfp3 if self.name == "wfp3" else self._unicef
            return _Pending(sorted(((-urgency(job, system.time), job.identifier), job) for job in system.pending))
        for job in system.changed_jobs:
            if job.state is JobState.PENDING:
                insort(self._sorted, ((self._rank(job), job.identifier), job), key=itemgetter(0))
        if len(self._sorted) > 2 * len(system.pending) + 32:
            self._sorted = [entry for entry in self._sorted if entry[1].state is JobState.PENDING]
        return _Pending(self._sorted)

    def _runtime(self, job: JobView) -> float:
        return self._estimates.duration(job, job.min_nodes)

    def _sjf(self, job: JobView) -> float:
        return self._runtime(job)

    def _ljf(self, job: JobView) -> float:
        return -self._runtime(job)

    def _largest_area(self, job: JobView) -> float:
        return -self._runtime(job) * job.min_nodes

    def _f1(self, job: JobView) -> float:
        return math.log10(max(self._runtime(job), 1.0)) * job.min_nodes + 870.0 * math.log10(max(job.submit_time, 1.0))

    def _wfp3(self, job: JobView, now: float) -> float:
        waited = now - job.submit_time
        return _ratio(waited, self._runtime(job)) ** 3 * job.min_nodes

    def _unicef(self, job: JobView, now: float) -> float:
        waited = now - job.submit_time
        return _ratio(waited, math.log2(job.min_nodes) * self._runtime(job))


class _Pending:
    """Those of some jobs that are pending, each with its priority."""

    __slots__ = ("_entries",)

    def __init__(self, entries: list[tuple[Priority, JobView]]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[JobView]:
        for _, job in self._entries:
            if job.state is JobState.PENDING:
                yield job


_CHANGING = ("wfp3", "unicef")


def _ratio(waited: float, amount: float) -> float:
    """Return waiting time by amount; without any amount every wait is too long."""
    if amount > 0.0:
        return waited / amount
    return math.inf if waited > 0.0 else 0.0
