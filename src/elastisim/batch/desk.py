"""The desk: what an algorithm can learn from and ask of the batch system, besides deciding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from elastisim.batch.job import Job
    from elastisim.batch.rules import Rules
    from elastisim.platform.machine import Machine


class Desk:
    """Every invocation refers to the same desk; algorithms that know nothing of it are served as the rules say.

    ``skips_idle_ticks``: periodic invocations are left out as long as nothing has happened to any job or node since
    the last invocation.  ``reports_progress``: jobs that have passed a scheduling point count as modified (R8.5).
    An algorithm may change both at any time.
    """

    __slots__ = ("_progress", "_wake", "machine", "next_tick", "reports_progress", "rules", "skips_idle_ticks")

    def __init__(
        self, machine: Machine, rules: Rules, wake: Callable[[float], None], progress: Callable[[Job], int]
    ) -> None:
        self.machine = machine
        self.rules = rules
        self.skips_idle_ticks = rules.skip_idle_ticks
        self.reports_progress = not rules.skip_idle_ticks
        self.next_tick = math.inf
        self._wake = wake
        self._progress = progress

    def wake_at(self, time: float) -> None:
        """Ask for an additional periodic invocation at *time*; in the past means at once.

        Where the minimum scheduling interval forbids it, it takes place as soon as that allows.
        """
        self._wake(time)

    def wake_at_tick(self, time: float) -> None:
        """Do not leave out the first periodic invocation at or after *time*; holds until the next invocation."""
        self.next_tick = min(self.next_tick, time)

    def progress(self, job: Job) -> int:
        """Return the number of iterations of phases that *job* has completed, as of its last scheduling point."""
        return self._progress(job)
