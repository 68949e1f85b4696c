"""Passes through the queue, as the published algorithms make them (spec of the strategies, S2.11, S4.3, S4.4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.batch.job import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elastisim.scheduling.estimates import Estimates
    from elastisim.scheduling.views import JobView


class Pass:
    """One pass through the queue; ``head`` is the first job of it that has not been started.

    With *skipping* the job behind a started one is not examined: the published algorithms remove started jobs from the
    list that they iterate over.
    """

    def __init__(self, jobs: Iterable[JobView], *, skipping: bool) -> None:
        self._jobs = jobs
        self._skipping = skipping
        self.head: JobView | None = None

    def __iter__(self) -> Iterator[JobView]:
        is_skipped = False
        for job in self._jobs:
            if self.head is None:
                self.head = job
            if is_skipped:
                is_skipped = False
                continue
            yield job
            if job.state is not JobState.PENDING:
                is_skipped = self._skipping
                if self.head is job:
                    self.head = None

    def is_held_back(self, job: JobView, now: float, estimates: Estimates) -> bool:
        """Return whether the head lets nobody pass: as long as the time is less than its run time (S4.4)."""
        return job is not self.head and now < self._opening(estimates)

    def opens_at(self, now: float, estimates: Estimates) -> float:
        """Return when the head will let others pass, infinite if it does already."""
        opening = self._opening(estimates)
        return opening if now < opening else math.inf

    def _opening(self, estimates: Estimates) -> float:
        head = self.head
        return estimates.duration(head, head.min_nodes) if head is not None else -math.inf
