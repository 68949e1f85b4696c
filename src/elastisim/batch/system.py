"""The batch system: runs jobs on nodes as a scheduling algorithm decides (spec sections 5 to 7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.batch.decisions import Clerk
from elastisim.batch.desk import Desk
from elastisim.batch.invocation import Invocation, InvocationType, PfsLoad
from elastisim.batch.job import Job, JobState
from elastisim.batch.node import allocate, release
from elastisim.batch.node_list import NodeTable
from elastisim.batch.observer import Sample
from elastisim.batch.program import Compilation
from elastisim.batch.reports import End, Expiry, Point, Submission, Tick, WakeUp
from elastisim.batch.run import Run
from elastisim.errors import AlgorithmError
from elastisim.kernel.sensing import Sampler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.invocation import Algorithm
    from elastisim.batch.node_list import NodeList
    from elastisim.batch.observer import Observer
    from elastisim.batch.rules import Rules
    from elastisim.kernel.engine import Engine, Timer
    from elastisim.kernel.loads import Loads
    from elastisim.kernel.sensing import Sensor
    from elastisim.kernel.ticker import Ticker
    from elastisim.platform.machine import Machine
    from elastisim.workload.job import JobDescription

IDLE_TICKS = 50_000
"""Periodic invocations in a row without effect, while nothing else can happen, after which a run is given up."""


class BatchSystem:
    """Jobs, nodes, and the algorithm that brings them together.

    ``jobs`` holds the jobs submitted so far and ``nodes`` the compute nodes, both by ID.
    """

    def __init__(
        self,
        machine: Machine,
        descriptions: Sequence[JobDescription],
        rules: Rules,
        engine: Engine,
        sensor: Sensor,
        algorithm: Algorithm,
        observer: Observer,
    ) -> None:
        self.rules = rules
        self.nodes = NodeTable(machine.compute_nodes, engine.bench.gpu_use).everything
        self.jobs: list[Job] = []
        self._engine = engine
        self._clock = engine.fluid
        self._sensor = sensor
        self._algorithm = algorithm
        self._observer = observer
        self._descriptions = descriptions
        self._outstanding = len(descriptions)
        self._warned: set[tuple[str, str]] = set()
        self._runs: dict[Job, Run] = {}
        self._timers: dict[Job, Timer] = {}
        self._modified_jobs: dict[Job, None] = {}
        self._leaving: list[Job] = []
        self._modified_nodes: list[NodeList] = [self.nodes]
        self._clerk = Clerk(self.jobs, self.nodes, rules, self._job_changed, self._note_nodes)
        self._desk = Desk(machine, rules, self._wake_at, self._progress)
        self._ticker: Ticker | None = None
        self._alarms: dict[float, Timer] = {}
        self._has_news = True
        self._cause = math.inf
        self._last_invocation = 0.0
        self._is_tick = False
        self._must_tick = False
        self._has_ticked = False
        self._tick_date = 0.0
        self._is_early = False
        self._idle_ticks = 0
        self._invocations = 0

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of jobs submitted so far, of compute nodes, of invocations of the algorithm, and of events."""
        return {
            "jobs": len(self.jobs),
            "nodes": len(self.nodes),
            "invocations": self._invocations,
            "events": self._engine.events,
        }

    def run(self) -> None:
        """Simulate until all jobs are finished.

        Raises AlgorithmError for what the algorithm does wrong, or when the simulation cannot go on because of it;
        InputError for application models that cannot be executed.
        """
        rules = self.rules
        self._observer.simulation_started(self.nodes)
        if self._outstanding:
            if rules.sensing_interval > 0.0:
                self._engine.observe(Sampler(self._sensor, rules.sensing_interval, self._sampled))
            self._engine.feed(
                (description.submit_time, Submission(Job(description))) for description in self._descriptions
            )
            handle = self._react
            if rules.scheduling_interval > 0.0:
                self._ticker = self._engine.tick(rules.scheduling_interval, Tick())
                handle = self._handle
            if not self._engine.run(handle):
                raise self._deadlock()
        self._algorithm.finish()
        self._observer.simulation_ended(self._clock.now, self.jobs)

    def _handle(self, report: object) -> None:
        """React to a report in its turn, where there are ticks among them."""
        is_tick = isinstance(report, Tick)
        if is_tick and self._has_ticked:
            self._has_ticked = False
            return
        if self._must_tick and not (isinstance(report, Expiry) and report.job.start_time < self._tick_date):
            # The tick woke up too late to be sent in its turn: before all that has not waited longer (R7.12).
            self._must_tick = False
            self._has_ticked = not is_tick
            if self._has_ticked:
                self._react(Tick())
        self._react(report)

    def _react(self, report: object) -> None:
        self._is_tick = self._is_early = False
        match report:
            case Submission():
                self._submit(report.job)
            case End():
                # Reports of ranks that were stopped meanwhile are stale (R7.11).
                if self._runs.get(report.run.job) is report.run:
                    self._complete(report.run.job)
            case Point():
                if self._runs.get(report.run.job) is report.run:
                    self._conclude_point(report.run, report.request)
            case Tick():
                self._is_early = True
                self._is_tick = not self._is_idle_tick()
                self._tick()
            case WakeUp():
                self._is_early = True
                self._wake(report.time)
            case Expiry():
                self._is_early = True
                self._cause = report.job.start_time
                self._expire(report.job)
                self._cause = math.inf
        if not self._outstanding:
            self._engine.stop()

    def _submit(self, job: Job) -> None:
        job.state = JobState.PENDING
        self.jobs.append(job)
        self._job_changed(job)
        self._observer.job_submitted(self._clock.now, job)
        if self.rules.schedule_on_job_submit:
            self._invoke(InvocationType.JOB_SUBMIT, job)

    def _tick(self) -> None:
        """Invoke the algorithm, unless it has nothing to see; let the ticker rest as long as that is so."""
        assert self._ticker is not None
        self._ticker.arrive()
        if self._is_idle_tick():
            decided = False
            self._count_idle_ticks()
        else:
            decided = self._invoke(InvocationType.PERIODIC, None)
        if self._desk.skips_idle_ticks and not self._has_news:
            self._ticker.rest(self._desk.next_tick)
        else:
            self._ticker.resume(self._cause)
        self._note_effect(decided)

    def _is_idle_tick(self) -> bool:
        return self._desk.skips_idle_ticks and not self._has_news and self._clock.now < self._desk.next_tick

    def _count_idle_ticks(self) -> None:
        """Let ticks that were left out count for the minimum scheduling interval, like the others."""
        interval = self.rules.min_scheduling_interval - 0.001
        if interval > 0.0 and self._ticker is not None and self._desk.skips_idle_ticks:
            self._last_invocation = self._ticker.last_since(self._last_invocation, interval, is_due=self._is_tick)

    def _wake_at(self, time: float) -> None:
        """Set an alarm for the algorithm, in addition to those that it has set already."""
        now = self._clock.now
        date = max(time, now)
        if date not in self._alarms:
            delay = date - now
            if now + delay < date:
                delay = math.nextafter(delay, math.inf)
            self._alarms[date] = self._engine.start_timer(delay, WakeUp(date))

    def _wake(self, time: float) -> None:
        del self._alarms[time]
        earliest = self._last_invocation + self.rules.min_scheduling_interval
        if self.rules.min_scheduling_interval > 0.0 and self._clock.now < earliest:
            self._wake_at(earliest)
        else:
            self._note_effect(self._invoke(InvocationType.PERIODIC, None))

    def _note_effect(self, decided: bool) -> None:
        """Count periodic invocations without effect while nothing else can happen; give up in the end."""
        if decided or not self._engine.is_idle:
            self._idle_ticks = 0
            return
        self._idle_ticks += 1
        if self._idle_ticks > IDLE_TICKS:
            raise self._deadlock()

    def _expire(self, job: Job) -> None:
        if job.is_finished:
            return
        run = self._runs[job]
        self._kill(job)
        if self.rules.schedule_on_job_finalize:
            self._invoke(InvocationType.JOB_KILLED, job)
        if run.has_ended:
            # The work ends exactly with the walltime: the original kills the job first and completes it then (R7.11).
            self._complete(job)

    def _conclude_point(self, run: Run, request: int | None) -> None:
        """Let the algorithm decide what a stopped job goes on with (R5.9)."""
        job = run.job
        if request is not None:
            size = len(job.active)
            self._invoke(InvocationType.EVOLVING_REQUEST, job, run, request)
            self._observer.evolving_request_handled(self._clock.now, job, size, request)
        elif self.rules.schedule_on_scheduling_point:
            self._invoke(InvocationType.SCHEDULING_POINT, job, run)
        elif self._proceed(run) and self.rules.schedule_on_reconfiguration:
            self._invoke(InvocationType.RECONFIGURATION, job)

    def _complete(self, job: Job) -> None:
        job.completed_phases = job.description.total_phases
        self._end(job, JobState.COMPLETED)
        if self.rules.schedule_on_job_finalize:
            self._invoke(InvocationType.JOB_COMPLETED, job)

    def _invoke(
        self, kind: InvocationType, job: Job | None, stopped: Run | None = None, request: int | None = None
    ) -> bool:
        """Invoke the algorithm and carry out its decisions; return whether there were any.

        *stopped* is the run that waits for this invocation; it goes on in any case, before the other decisions are
        carried out (R5.9, R7.5).
        """
        now = self._clock.now
        rules = self.rules
        interval = rules.min_scheduling_interval
        if interval > 0.0:
            self._count_idle_ticks()
            if now - self._last_invocation < interval - 0.001:
                # Invocations that come too early are dropped, not postponed (R7.4).
                if stopped is not None:
                    self._proceed(stopped)
                return False
        self._last_invocation = now
        self._invocations += 1
        if self._desk.reports_progress:
            for run in self._runs.values():
                run.catch_up(before_reports=self._is_early)
        pfs_load = self._pfs_load() if rules.forward_io_information else None
        invocation = Invocation(
            kind, now, job, request, list(self._modified_jobs), self._modified_nodes, pfs_load, self._desk
        )
        self._modified_jobs.clear()
        self._modified_nodes = []
        self._has_news = False
        self._desk.next_tick = math.inf
        decisions = self._algorithm.invoke(invocation)
        if self._leaving:
            for gone in self._leaving:
                gone.forget_nodes()
            self._leaving.clear()
        if not decisions:
            if stopped is not None:
                self._proceed(stopped)
            return False
        self._has_news = True
        self._resume_ticks()
        killed, started = self._clerk.record(decisions, stopped.job if stopped is not None else None)
        if stopped is not None and stopped.job not in killed:
            self._proceed(stopped)
        for decision in decisions:
            concerned = self._runs.get(self.jobs[decision.job])
            if concerned is not None:
                concerned.reconsider(before_reports=self._is_early)
        for victim in killed:
            self._kill(victim)
        for starting in started:
            self._start(starting)
        return True

    def _proceed(self, run: Run) -> bool:
        """Let a stopped job go on, on new nodes if it has been given some; return whether it has."""
        job = run.job
        if job.state is not JobState.PENDING_RECONFIGURATION:
            run.proceed()
            return False
        before = job.active
        job.state = JobState.IN_RECONFIGURATION
        self._job_changed(job)
        job.active = job.requested
        job.active_gpus_per_node = job.requested_gpus_per_node
        self._clerk.forget_expectations(job)
        removed = before.without(job.active).sorted()
        added = job.active.without(before)
        program = run.compilation.program(len(added))
        allocate(added, job)
        run.proceed_reconfigured(program, added)
        release(removed, job)
        self._nodes_changed(added)
        self._nodes_changed(removed)
        self._observer.nodes_changed(self._clock.now, added + removed)
        self._observer.job_reconfigured(self._clock.now, job, before)
        return True

    def _start(self, job: Job) -> None:
        """Start a job on the nodes that it was given (R5.4)."""
        self._clerk.check_allocation(job)
        now = self._clock.now
        job.start(now)
        self._job_changed(job)
        allocate(job.active, job)
        self._nodes_changed(job.active)
        self._observer.nodes_changed(now, job.active)
        self._observer.job_started(now, job)
        compilation = Compilation(job, self.rules, self._warned)
        run = Run(job, compilation, self.rules, self._engine, self._observer, self._job_changed, self._job_assigned)
        self._runs[job] = run
        undertaking = run.start()
        walltime = job.description.walltime
        if walltime > 0.0:
            # The original sleeps until a date (R2.6, F4.3); how the date is rounded decides later last digits.
            date = now + walltime + self.rules.job_kill_grace_period
            timer = self._engine.limit(undertaking, date - now, Expiry(job))
            if timer is not None:
                self._timers[job] = timer

    def _kill(self, job: Job) -> None:
        run = self._runs.get(job)
        if run is not None:
            run.catch_up(before_reports=self._is_early)
            run.cancel()
        self._end(job, JobState.KILLED)

    def _end(self, job: Job, state: JobState) -> None:
        """Finish a job: its nodes are released before its expectations vanish (R5.12, R5.13, R10.3)."""
        now = self._clock.now
        is_news = not job.is_finished
        run = self._runs.pop(job, None)
        if run is not None:
            run.close()
        if run is None or not run.has_ended or state is JobState.COMPLETED:
            # A job that is killed as its work ends is still to complete.
            self._leaving.append(job)
        release(job.active, job)
        if job.active.size:
            self._nodes_changed(job.active)
            self._observer.nodes_changed(now, job.active)
        job.end(now, state)
        self._job_changed(job)
        self._clerk.forget_expectations(job)
        timer = self._timers.pop(job, None)
        if timer is not None:
            timer.cancel()
        if is_news:
            self._outstanding -= 1
            self._observer.job_ended(now, job)

    def _sampled(self, loads: Loads, times: Sequence[float]) -> None:
        read, write = loads.pfs_read, loads.pfs_write
        self._observer.sampled(
            Sample(
                times,
                loads.cpu,
                loads.gpu,
                loads.network,
                read.load,
                write.load,
                read.relative,
                write.relative,
                self._sensor.cpu_changes(),
            )
        )

    def _pfs_load(self) -> PfsLoad:
        # A message reaches the algorithm a round after its cause, when rates have been shared anew.
        self._engine.fluid.settle()
        loads, _ = self._sensor.read()
        read, write = loads.pfs_read, loads.pfs_write
        return PfsLoad(read.bandwidth, write.bandwidth, read.load, write.load)

    def _progress(self, job: Job) -> int:
        run = self._runs.get(job)
        if run is not None:
            run.catch_up(before_reports=self._is_early)
        return job.completed_phases

    def _job_changed(self, job: Job) -> None:
        self._modified_jobs[job] = None
        self._has_news = True
        if self._ticker is not None:
            self._resume_ticks()

    def _job_assigned(self, job: Job) -> None:
        """Note what counts as modified without being news: the same state once more, or progress (R8.5)."""
        self._modified_jobs[job] = None

    def _nodes_changed(self, nodes: NodeList) -> None:
        self._note_nodes(nodes)
        self._has_news = True

    def _note_nodes(self, nodes: NodeList) -> None:
        """Note nodes as modified, together; what is noted twice in a row counts once."""
        changes = self._modified_nodes
        if nodes.size and not (changes and changes[-1] is nodes):
            changes.append(nodes)

    def _resume_ticks(self) -> None:
        """There is something to see for the algorithm."""
        if self._ticker is not None and self._ticker.resume(self._cause):
            self._must_tick = True
            self._tick_date = self._ticker.date

    def _deadlock(self) -> AlgorithmError:
        waiting = [job for job in self.jobs if not job.is_finished]
        pending = [job for job in waiting if job.state is JobState.PENDING]
        some = ", ".join(str(job.identifier) for job in (pending or waiting)[:10])
        more = ", …" if len(pending or waiting) > 10 else ""
        if pending:
            reason = f"the algorithm has not started these jobs, and nothing else is going to happen: {some}{more}"
        else:
            reason = f"these running jobs make no progress (is a node, link or disk without speed?): {some}{more}"
        return AlgorithmError(f"the simulation cannot go on at {self._clock.now:.15g} s: {reason}")
