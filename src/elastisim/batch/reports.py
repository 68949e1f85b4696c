"""Reports that reach the batch system, one after the other (spec R7.12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elastisim.batch.job import Job
    from elastisim.batch.run import Run


@dataclass(slots=True)
class Submission:
    """A job arrives."""

    job: Job


@dataclass(slots=True)
class Tick:
    """The scheduling interval has passed."""


@dataclass(slots=True)
class WakeUp:
    """The algorithm wanted to be invoked at *time*."""

    time: float


@dataclass(slots=True)
class Expiry:
    """The walltime of a job, with its grace period, is over."""

    job: Job


@dataclass(slots=True)
class Point:
    """All ranks of a job have stopped at a scheduling point, or at an evolving request for *request* nodes."""

    run: Run
    request: int | None


@dataclass(slots=True)
class End:
    """All ranks of a job have finished."""

    run: Run
