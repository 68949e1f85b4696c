"""Runs: a job at work on its nodes, from one restart of its ranks to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.batch.job import JobState
from elastisim.batch.reports import End, Point
from elastisim.errors import InputError
from elastisim.kernel.execution import Launch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.observer import Observer
    from elastisim.kernel.engine import Engine
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.program import Program, ProgramError
    from elastisim.kernel.team import RankGroup


class Run:
    """What the batch system knows about the ranks of a running job.

    ``has_ended`` tells that the ranks have finished, even if the report of it is still on its way.
    ``phase`` and ``iteration`` say where the ranks continue when they are started again.  ``changed`` is called
    whenever the state of the job is assigned.
    """

    __slots__ = (
        "_changed",
        "_engine",
        "_observer",
        "execution",
        "has_ended",
        "iteration",
        "job",
        "nodes",
        "phase",
        "program",
    )

    def __init__(
        self, job: Job, program: Program, engine: Engine, observer: Observer, changed: Callable[[Job], None]
    ) -> None:
        self.job = job
        self.program = program
        self.phase = 0
        self.iteration = 0
        self.nodes: Sequence[Node] = ()
        self.execution: Execution | None = None
        self.has_ended = False
        self._engine = engine
        self._observer = observer
        self._changed = changed

    def start(self) -> None:
        """Start the ranks for the first time."""
        self._launch(is_first=True)

    def proceed(self) -> None:
        """Start the ranks again on the same nodes, where they stopped."""
        self._launch()

    def proceed_reconfigured(self, program: Program, before: Sequence[Node]) -> None:
        """Start the ranks again on the active nodes of the job, where they stopped on the nodes *before*."""
        self.program = program
        known = set(before)
        newcomers = [position for position, node in enumerate(self.job.active) if node not in known]
        self._launch(newcomers=newcomers, is_reconfigured=True)

    def cancel(self) -> None:
        """Stop the ranks."""
        if self.execution is not None:
            self.execution.cancel()

    def running(self) -> None:
        """Learn that the ranks have started: the job is running, or waits for its next reconfiguration (R5.7)."""
        job = self.job
        if job.state is JobState.IN_RECONFIGURATION:
            self._observer.reconfiguration_finished(self._engine.now, job)
        job.state = JobState.PENDING_RECONFIGURATION if job.wants_change else JobState.RUNNING
        self._changed(job)

    def at_point(self, phase: int, iteration: int, request: int | None) -> object:
        """Learn that the ranks have stopped; note the progress (R5.11)."""
        self.phase = phase
        self.iteration = iteration
        finished = sum(earlier.iterations for earlier in self.program.phases[:phase])
        self.job.completed_phases = finished + iteration
        return Point(self, request)

    def at_end(self) -> object:
        """Learn that the ranks have finished."""
        self.has_ended = True
        return End(self)

    def failure(self, error: ProgramError) -> Exception:
        """Return the error for a task that cannot be executed."""
        return InputError.at(self.job.description.model.file, error.path, f"{error} (job {self.job.identifier})")

    def task_finished(self, group: RankGroup, name: str, duration: float) -> None:
        """Learn that a group of ranks has finished a task."""
        nodes = [self.nodes[rank] for rank in group.ranks]
        self._observer.task_finished(self._engine.now, self.job, nodes, name, duration)

    def _launch(self, *, newcomers: Sequence[int] = (), is_first: bool = False, is_reconfigured: bool = False) -> None:
        self.nodes = self.job.active
        launch = Launch(
            self.program,
            [node.resource for node in self.nodes],
            newcomers,
            is_first,
            is_reconfigured,
            self.phase,
            self.iteration,
        )
        self.execution = self._engine.launch(launch, self)
