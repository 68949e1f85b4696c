"""Runs: a job at work on its nodes, from one restart of its ranks to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.batch.job import JobState
from elastisim.batch.reports import End, Point
from elastisim.errors import InputError
from elastisim.kernel.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.node_list import NodeList
    from elastisim.batch.observer import Observer
    from elastisim.batch.program import Compilation
    from elastisim.batch.rules import Rules
    from elastisim.kernel.engine import Engine
    from elastisim.kernel.launch import Undertaking
    from elastisim.kernel.plan import Plan
    from elastisim.kernel.program import Program, ProgramError
    from elastisim.kernel.team import RankGroup


class Run:
    """What the batch system knows about the ranks of a running job.

    ``hears_points`` tells that the algorithm is invoked at every scheduling point, ``logs_tasks`` that task times are
    recorded.  ``has_ended`` tells that the ranks have finished, even if the report of it is still on its way.
    ``phase`` and ``iteration`` say where the ranks continue when they are started again.  ``changed`` is called when
    the state of the job changes, ``assigned`` when it is assigned anew without a change, or the job makes progress.
    """

    __slots__ = (
        "_assigned",
        "_changed",
        "_engine",
        "_observer",
        "compilation",
        "execution",
        "has_ended",
        "hears_points",
        "iteration",
        "job",
        "logs_tasks",
        "nodes",
        "phase",
        "program",
    )

    def __init__(
        self,
        job: Job,
        compilation: Compilation,
        rules: Rules,
        engine: Engine,
        observer: Observer,
        changed: Callable[[Job], None],
        assigned: Callable[[Job], None],
    ) -> None:
        self.job = job
        self.compilation = compilation
        self.program = compilation.program()
        self.phase = 0
        self.iteration = 0
        self.nodes = job.active
        self.execution: Undertaking | None = None
        self.has_ended = False
        self.hears_points = rules.schedule_on_scheduling_point
        self.logs_tasks = rules.log_task_times
        self._engine = engine
        self._observer = observer
        self._changed = changed
        self._assigned = assigned

    def start(self) -> Undertaking:
        """Start the ranks for the first time."""
        return self._launch(is_first=True)

    def proceed(self) -> None:
        """Start the ranks again on the same nodes, where they stopped."""
        assert self.execution is not None
        plan = self.execution.plan
        self._launch(plan=plan if plan is not None and plan.is_lasting else None)

    def proceed_reconfigured(self, program: Program, added: NodeList) -> None:
        """Start the ranks again on the active nodes of the job, some of which may have been *added*."""
        self.program = program
        active = self.job.active
        newcomers: Sequence[int] = ()
        if added:
            first = len(active) - len(added)
            if active[first:] == added:
                newcomers = range(first, len(active))
            else:
                new = added.members
                newcomers = [position for position, number in enumerate(active.identifiers) if number in new]
        self._launch(newcomers=newcomers, is_reconfigured=True)

    def cancel(self) -> None:
        """Stop the ranks."""
        if self.execution is not None:
            self.execution.cancel()

    def close(self) -> None:
        """Part from the ranks, after the job has ended."""
        if self.execution is not None:
            self._part(self.execution)
            self.execution = None

    @property
    def wants_point(self) -> bool:
        """Whether the job waits for a scheduling point to be reconfigured."""
        return self.job.state is JobState.PENDING_RECONFIGURATION

    def running(self) -> None:
        """Learn that the ranks have started: the job is running, or waits for its next reconfiguration (R5.7)."""
        job = self.job
        if job.state is JobState.IN_RECONFIGURATION:
            self._observer.reconfiguration_finished(self._engine.now, job)
        state = JobState.PENDING_RECONFIGURATION if job.wants_change else JobState.RUNNING
        if state is job.state:
            self._assigned(job)
        else:
            job.state = state
            self._changed(job)

    def at_point(self, phase: int, iteration: int, request: int | None) -> object:
        """Learn that the ranks have stopped; note the progress (R5.11)."""
        self.phase = phase
        self.iteration = iteration
        self.job.completed_phases = self._finished_before(phase) + iteration
        return Point(self, request)

    def passed_points(self, phase: int, iteration: int) -> None:
        """Note the progress at scheduling points that nobody waited for (R5.11)."""
        finished = self._finished_before(phase) + iteration
        if finished > self.job.completed_phases:
            self.job.completed_phases = finished
            self._assigned(self.job)

    def at_end(self) -> object:
        """Learn that the ranks have finished."""
        self.has_ended = True
        return End(self)

    def failure(self, error: ProgramError) -> Exception:
        """Return the error for a task that cannot be executed."""
        return InputError.at(self.job.description.model.file, error.path, f"{error} (job {self.job.identifier})")

    def task_finished(self, group: RankGroup, name: str, duration: float, date: float) -> None:
        """Learn that a group of ranks has finished a task."""
        nodes: Sequence[Node] = self.nodes
        if group.size < len(nodes):
            ranks = self.nodes.pick(self.nodes.table.nodes)
            nodes = [ranks[rank] for rank in group.ranks]
        self._observer.task_finished(date, self.job, nodes, name, duration)

    def reconsider(self, *, before_reports: bool) -> None:
        """React to a decision about the job: the next scheduling point matters now, or no longer.

        *before_reports* tells that a scheduling point of this very instant is still to come (R7.12).
        """
        stretch = self.execution.stretch if self.execution is not None else None
        if stretch is None or stretch.is_over:
            return
        if self.wants_point:
            stretch.cut(inclusive=before_reports)
        else:
            stretch.restore()

    def catch_up(self, *, before_reports: bool) -> None:
        """Note the progress within a stretch."""
        stretch = self.execution.stretch if self.execution is not None else None
        if stretch is None or stretch.points <= 0:
            return
        passed = min(stretch.passed(inclusive=not before_reports), stretch.points)
        if passed > 0:
            self.passed_points(stretch.phase, stretch.first + passed)

    def _finished_before(self, phase: int) -> int:
        return sum(earlier.iterations for earlier in self.program.phases[:phase])

    def _launch(
        self,
        *,
        newcomers: Sequence[int] = (),
        is_first: bool = False,
        is_reconfigured: bool = False,
        plan: Plan | None = None,
    ) -> Undertaking:
        self.nodes = self.job.active
        launch = Launch(
            self.program,
            self.nodes.pick(self.nodes.table.resources),
            newcomers,
            is_first,
            is_reconfigured,
            self.phase,
            self.iteration,
            plan,
        )
        if self.execution is not None:
            self._part(self.execution, plan)
        self.execution = undertaking = self._engine.launch(launch, self)
        return undertaking

    def _part(self, execution: Undertaking, kept: Plan | None = None) -> None:
        """Part from ranks, whose plan may be *kept* for the next ones."""
        execution.let_go()
        if execution.plan is not None and execution.plan is not kept:
            self._engine.bench.vacate(execution.plan)
