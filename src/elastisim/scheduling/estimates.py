"""Estimates of how long jobs run, the same for all policies that plan ahead."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeAlias

from msgspec import Meta

from elastisim.errors import InputError
from elastisim.scheduling.sizes import preferred_size
from elastisim.scheduling.views import JobView
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from elastisim.scheduling.solitary import Solitude
    from elastisim.scheduling.system import System

log = logging.getLogger(__name__)

Prediction = Callable[[JobView, int], float]
"""Returns the run time, in seconds, of a job that starts on a number of nodes."""

EstimateOption: TypeAlias = Annotated[
    str | Prediction,
    Meta(
        description="Source of estimated run times: auto (argument runtime, else walltime, else work by speed), "
        "walltime, exact, argument:NAME, attribute:NAME, or in Python a function of job and number of nodes.",
    ),
]
"""An option of policies that plan ahead."""


class Estimates:
    """Estimated run times, in seconds.

    *source* says where they come from:

    - ``auto``: the argument ``runtime`` of a job, else its walltime, else its work as told by the arguments ``flops``
      and ``iterations`` (1 if absent), divided by nodes and speed (S2.5);
    - ``walltime``: the walltime;
    - ``argument:NAME`` and ``attribute:NAME``: a number in seconds that the jobs file gives for each job;
    - ``exact``: how long the job runs when it has the machine for itself, found by simulating that;
    - ``wagomu``: as the published algorithms have it, in units of whatever the arguments say (S2.5);
    - a function of job and number of nodes.

    Numbers given for a job that is not rigid hold for its preferred size; on other sizes run times are inversely
    proportional to the number of nodes.  A walltime is a limit and holds for all sizes.  A job without estimate is
    taken to run for ever.
    """

    def __init__(self, source: str | Prediction = "auto") -> None:
        self.source = source
        self._predict = self._prediction(source)
        self._speed = 0.0
        self._system: System | None = None
        self._solitude: Solitude | None = None
        self._has_warned = False

    def begin(self, system: System) -> None:
        """Learn the machine; to be called before estimates are asked for."""
        if self._system is not system:
            self._system = system
            self._speed = min((node.resource.host.speed for node in system.nodes), default=0.0)

    def duration(self, job: JobView, size: int) -> float:
        """Return how long a job runs on *size* nodes; infinite if nobody knows.

        Raises InputError where the jobs file says something that is no number of seconds.
        """
        duration = self._predict(job, size)
        if duration == math.inf and not self._has_warned:
            self._has_warned = True
            log.warning("nothing says how long job %d runs; jobs like this are taken to run for ever", job.identifier)
        return duration

    def _prediction(self, source: str | Prediction) -> Prediction:
        if not isinstance(source, str):
            return source
        kind, _, name = source.partition(":")
        simple = {"auto": self._auto, "walltime": _walltime, "exact": self._exact, "wagomu": self._wagomu}
        if source in simple:
            return simple[source]
        if kind in ("argument", "attribute") and name:
            return lambda job, size: _scaled(job, size, _required(job, f"{kind}s", name))
        known = ", ".join([*simple, "argument:NAME", "attribute:NAME"])
        raise InputError.at("option estimate", "", f"expected one of {known}, found {source!r}")

    def _auto(self, job: JobView, size: int) -> float:
        runtime = _number(job, "arguments", "runtime")
        if runtime is not None:
            return _scaled(job, size, runtime)
        if job.walltime > 0.0:
            return job.walltime
        work = _work(job)
        return work / (size * self._speed) if work is not None and self._speed > 0.0 else math.inf

    def _exact(self, job: JobView, size: int) -> float:
        if self._solitude is None:
            from elastisim.scheduling.solitary import Solitude

            assert self._system is not None
            self._solitude = Solitude(self._system.desk)
        return self._solitude.duration(job, size)

    def _wagomu(self, job: JobView, size: int) -> float:
        runtime = _number(job, "arguments", "runtime")
        if runtime is not None:
            return runtime
        work = _work(job)
        return work / job.min_nodes if work is not None else _walltime(job, size)


def _walltime(job: JobView, size: int) -> float:  # noqa: ARG001
    return job.walltime if job.walltime > 0.0 else math.inf


def _work(job: JobView) -> float | None:
    """Return the work of a job in flops, None if the jobs file does not tell."""
    flops = _number(job, "arguments", "flops")
    if flops is None:
        return None
    iterations = _number(job, "arguments", "iterations")
    return flops * iterations if iterations is not None else flops


def _scaled(job: JobView, size: int, duration: float) -> float:
    if job.type is JobType.RIGID:
        return duration
    return duration * preferred_size(job) / size


def _required(job: JobView, kind: str, name: str) -> float:
    number = _number(job, kind, name)
    if number is None:
        place = f"{job.description.source}.{kind}.{name}"
        raise InputError.at(f"job {job.identifier}", place, "is missing, but estimates of run times are taken from it")
    return number


def _number(job: JobView, kind: str, name: str) -> float | None:
    text = (job.arguments if kind == "arguments" else job.attributes).get(name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < math.inf:
        place = f"{job.description.source}.{kind}.{name}"
        message = f"expected a number ≥ 0 to estimate run times, found {text}"
        raise InputError.at(f"job {job.identifier}", place, message)
    return number
