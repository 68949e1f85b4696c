"""Reports that reach the batch system, one after the other (spec R7.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from elastisim.batch.job import Job
    from elastisim.batch.run import Run


class Submission(Struct):
    """A job arrives."""

    job: Job


class Tick(Struct):
    """The scheduling interval has passed."""


class WakeUp(Struct):
    """The algorithm wanted to be invoked at *time*."""

    time: float


class Expiry(Struct):
    """The walltime of a job, with its grace period, is over."""

    job: Job


class Point(Struct):
    """All ranks of a job have stopped at a scheduling point, or at an evolving request for *request* nodes."""

    run: Run
    request: int | None


class End(Struct):
    """All ranks of a job have finished."""

    run: Run
