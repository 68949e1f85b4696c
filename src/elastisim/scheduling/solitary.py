"""How long jobs run when they have the machine for themselves."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from msgspec.structs import replace

from elastisim.batch.invocation import Decision
from elastisim.batch.job import JobState
from elastisim.batch.observer import Observer
from elastisim.batch.rules import Rules
from elastisim.batch.system import BatchSystem
from elastisim.kernel.engines import make_engine
from elastisim.kernel.sensing import Sensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.desk import Desk
    from elastisim.batch.invocation import Invocation
    from elastisim.scheduling.views import JobView


class Solitude:
    """Simulates jobs, each alone on the first nodes of the machine, with all its tasks and within its walltime.

    Evolving requests are not granted.
    """

    def __init__(self, desk: Desk) -> None:
        self._machine = desk.machine
        self._rules = Rules(
            schedule_on_job_submit=True,
            schedule_on_job_finalize=True,
            clip_evolving_requests=desk.rules.clip_evolving_requests,
            job_kill_grace_period=desk.rules.job_kill_grace_period,
            full_precision=desk.rules.full_precision,
        )
        self._known: dict[tuple[int, int], float] = {}
        self._sensor: Sensor | None = None

    def duration(self, job: JobView, size: int) -> float:
        """Return how many seconds a job runs on *size* nodes."""
        key = (job.identifier, size)
        duration = self._known.get(key)
        if duration is None:
            duration = self._known[key] = self._simulate(job, size)
        return duration

    def _simulate(self, job: JobView, size: int) -> float:
        machine = copy.copy(self._machine)
        machine.compute_nodes = machine.compute_nodes[:size]
        description = replace(job.description, identifier=0, submit_time=0.0)
        engine = make_engine("fast", machine, exclusive=True)
        starter = _Starter(job.gpus_per_node)
        # Nothing is sensed, so that one sensor is enough for all; it lists all links of the machine.
        self._sensor = self._sensor or Sensor(machine, engine.bench, (), ())
        system = BatchSystem(machine, [description], self._rules, engine, self._sensor, starter, Observer())
        system.run()
        return system.jobs[0].makespan


class _Starter:
    """An algorithm that starts the only job on all nodes."""

    def __init__(self, gpus_per_node: int) -> None:
        self._gpus_per_node = gpus_per_node

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        """Start the job when it is submitted."""
        job = invocation.job
        if job is None or job.state is not JobState.PENDING:
            return []
        return [Decision(0, gpus_per_node=self._gpus_per_node, chosen=invocation.changes[0])]

    def finish(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
