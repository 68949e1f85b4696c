"""A bench for policies: the batch system step by step, by hand, without any kernel.

Each step is one invocation; decisions are carried out at once, resizes at the next point of the job.  Times pass only
as the test says.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from stage import machine

from elastisim.batch.desk import Desk
from elastisim.batch.invocation import Invocation, InvocationType
from elastisim.batch.job import Job, JobState
from elastisim.batch.node import allocate, expect, release, unexpect
from elastisim.batch.node_list import NodeList, NodeTable, ranges_of
from elastisim.batch.rules import Rules
from elastisim.scheduling.policies.registry import make_policy
from elastisim.scheduling.policy import Policy, PolicyAlgorithm
from elastisim.workload.application import ApplicationModel
from elastisim.workload.job import JobDescription, JobType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.invocation import Decision
    from elastisim.platform import Machine

MODEL = ApplicationModel(file="model.json", phases=())


class Bench:
    """A machine, jobs, and a policy that is called in every step.

    ``decisions`` are those of the last step.  Jobs are named by their IDs, in order of submission from 0 on.
    """

    def __init__(
        self, policy: str | Policy, nodes: int | Machine = 8, rules: Rules | None = None, **options: Any
    ) -> None:
        site = machine(nodes) if isinstance(nodes, int) else nodes
        self.time = 0.0
        self.nodes = NodeTable(site.compute_nodes).everything
        self.jobs: list[Job] = []
        self.decisions: Sequence[Decision] = ()
        self.alarms: list[float] = []
        self.desk = Desk(site, rules or Rules(), self.alarms.append, lambda job: job.completed_phases)
        made = make_policy(policy, options) if isinstance(policy, str) else policy
        self.algorithm = PolicyAlgorithm(made)
        self.policy = made
        self._changed_jobs: dict[Job, None] = {}
        self._changes = [self.nodes]

    # Steps

    def submit(self, kind: str, low: int, high: int | None = None, **details: Any) -> int:
        """Submit a job of *low* to *high* nodes and call the policy; return the ID of the job."""
        identifier = self.queue(kind, low, high, **details)
        self._invoke(InvocationType.JOB_SUBMIT, self.jobs[identifier])
        return identifier

    def queue(
        self,
        kind: str,
        low: int,
        high: int | None = None,
        *,
        walltime: float = 0.0,
        gpus: tuple[int, int] = (0, 0),
        attributes: dict[str, str] | None = None,
        **arguments: Any,
    ) -> int:
        """Submit a job without calling the policy."""
        job = Job(
            JobDescription(
                identifier=len(self.jobs),
                type=JobType[kind.upper()],
                submit_time=self.time,
                walltime=walltime,
                min_nodes=low,
                max_nodes=low if high is None else high,
                min_gpus_per_node=gpus[0],
                max_gpus_per_node=gpus[1],
                model=MODEL,
                phase_iterations=(1,),
                arguments={key: str(value) for key, value in arguments.items()},
                attributes=attributes or {},
                source=f"$.jobs[{len(self.jobs)}]",
            )
        )
        job.state = JobState.PENDING
        self.jobs.append(job)
        self._changed_jobs[job] = None
        return job.identifier

    def tick(self, time: float | None = None) -> None:
        """Let time pass, and call the policy periodically."""
        self.time = self.time if time is None else time
        self._invoke(InvocationType.PERIODIC, None)

    def end(self, identifier: int, time: float | None = None) -> None:
        """Complete a job."""
        self.time = self.time if time is None else time
        job = self.jobs[identifier]
        self._finish(job, JobState.COMPLETED)
        self._invoke(InvocationType.JOB_COMPLETED, job)

    def point(self, identifier: int, time: float | None = None) -> None:
        """Let a job reach a scheduling point, and go on as decided."""
        self.time = self.time if time is None else time
        self._invoke(InvocationType.SCHEDULING_POINT, self.jobs[identifier])

    def request(self, identifier: int, nodes: int, time: float | None = None) -> None:
        """Let a job ask for a number of nodes, and go on as decided."""
        self.time = self.time if time is None else time
        self._invoke(InvocationType.EVOLVING_REQUEST, self.jobs[identifier], nodes)

    # What can be seen

    def on(self, identifier: int) -> list[int]:
        """Return the nodes that a job runs on, in rank order."""
        return [node.identifier for node in self.jobs[identifier].active]

    def wanted(self, identifier: int) -> list[int]:
        """Return the nodes that were decided for a job, in rank order."""
        return [node.identifier for node in self.jobs[identifier].requested]

    def size(self, identifier: int) -> int:
        """Return the number of nodes that were decided for a job."""
        return len(self.jobs[identifier].requested)

    @property
    def running(self) -> list[int]:
        """IDs of the jobs that have nodes."""
        return [job.identifier for job in self.jobs if JobState.RUNNING <= job.state < JobState.COMPLETED]

    @property
    def waiting(self) -> list[int]:
        """IDs of the pending jobs."""
        return [job.identifier for job in self.jobs if job.state is JobState.PENDING]

    @property
    def free(self) -> list[int]:
        """IDs of the nodes that are free."""
        return [node.identifier for node in self.nodes if not node.running and not node.expected]

    @property
    def decided(self) -> dict[int, list[int] | str]:
        """What the last step decided: nodes by job, or "kill"."""
        return {decision.job: "kill" if decision.kill else list(decision.identifiers) for decision in self.decisions}

    @property
    def reasons(self) -> dict[int, str]:
        """Why, by job."""
        return {decision.job: decision.reason for decision in self.decisions}

    # Rules of the batch system

    def _invoke(self, kind: InvocationType, job: Job | None, request: int | None = None) -> None:
        stops = kind in (InvocationType.SCHEDULING_POINT, InvocationType.EVOLVING_REQUEST)
        invocation = Invocation(kind, self.time, job, request, list(self._changed_jobs), self._changes, None, self.desk)
        self._changed_jobs.clear()
        self._changes = []
        self.desk.next_tick = math.inf
        self.decisions = self.algorithm.invoke(invocation)
        starts = []
        for decision in self.decisions:
            concerned = self.jobs[decision.job]
            if decision.kill:
                self._finish(concerned, JobState.KILLED)
                continue
            if decision.runtime_arguments is not None:
                concerned.runtime_arguments = decision.runtime_arguments
            if concerned.state is JobState.PENDING and not decision.identifiers:
                continue
            chosen = NodeList(self.nodes.table, ranges_of(decision.identifiers))
            assert chosen.repeated() is None
            assert concerned.description.min_nodes <= len(chosen) <= concerned.description.max_nodes
            if concerned.state is JobState.PENDING:
                concerned.requested = chosen
                concerned.requested_gpus_per_node = decision.gpus_per_node
                starts.append(concerned)
            else:
                self._expect(concerned, chosen, decision.gpus_per_node)
        if stops and job is not None and not job.is_finished:
            self._apply(job)
        for starting in starts:
            self._start(starting)

    def _start(self, job: Job) -> None:
        for node in job.requested:
            assert not node.running, f"node {node.identifier} is in use"
            assert not node.expected, f"node {node.identifier} is reserved"
        job.start(self.time)
        self._changed_jobs[job] = None
        allocate(job.active, job)
        self._changes.append(job.active)

    def _expect(self, job: Job, nodes: NodeList, gpus_per_node: int) -> None:
        self._forget(job)
        job.requested = nodes
        job.requested_gpus_per_node = gpus_per_node
        expect(nodes, job)
        self._changes.append(nodes)
        state = JobState.PENDING_RECONFIGURATION if job.wants_change else JobState.RUNNING
        if state is not job.state:
            job.state = state
            self._changed_jobs[job] = None

    def _forget(self, job: Job) -> None:
        unexpect(job.requested, job)
        self._changes.append(job.requested)

    def _apply(self, job: Job) -> None:
        if job.state is not JobState.PENDING_RECONFIGURATION:
            return
        before = job.active
        job.active = job.requested
        job.active_gpus_per_node = job.requested_gpus_per_node
        self._forget(job)
        for node in job.active:
            assert not node.running.keys() - {job.identifier}, f"node {node.identifier} is in use"
        allocate(job.active, job)
        lost = before.without(job.active)
        release(lost, job)
        self._changes.append(lost)
        job.state = JobState.RUNNING
        self._changed_jobs[job] = None

    def _finish(self, job: Job, state: JobState) -> None:
        release(job.active, job)
        self._changes.append(job.active)
        self._forget(job)
        job.end(self.time, state)
        self._changed_jobs[job] = None
