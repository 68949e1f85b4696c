"""Decisions of an algorithm: what is allowed, and what they change at once (spec R6.3, R6.4, R7.6 to R7.9)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from elastisim.batch.job import JobState
from elastisim.batch.node import expect, unexpect
from elastisim.batch.node_list import NO_NODES, NodeList, ranges_of
from elastisim.errors import AlgorithmError
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.batch.invocation import Decision
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node, Occupancy
    from elastisim.batch.rules import Rules

log = logging.getLogger(__name__)


class Clerk:
    """Checks decisions and records them with the jobs and nodes that they concern."""

    def __init__(
        self,
        jobs: Sequence[Job],
        nodes: NodeList,
        rules: Rules,
        job_changed: Callable[[Job], None],
        nodes_changed: Callable[[NodeList], None],
    ) -> None:
        self._jobs = jobs
        self._nodes = nodes
        self._rules = rules
        self._job_changed = job_changed
        self._nodes_changed = nodes_changed

    def record(self, decisions: Sequence[Decision], stopped: Job | None) -> tuple[dict[Job, None], dict[Job, None]]:
        """Record all decisions of a reply; return the jobs to kill and the jobs to start, in reply order.

        *stopped* is the job that waits for this reply, if any: nodes that it gives up may be promised to others.
        """
        killed: dict[Job, None] = {}
        started: dict[Job, None] = {}
        given_up = self._given_up(decisions, stopped) if stopped is not None else NO_NODES
        for decision in decisions:
            job = self._job(decision.job)
            if job.is_finished:
                log.warning("decision for job %d ignored: the job is finished", job.identifier)
            elif decision.kill:
                job.state = JobState.PENDING_KILL
                killed[job] = None
            elif job.state is JobState.PENDING:
                if self._record_start(job, decision):
                    started[job] = None
            else:
                self._record_change(job, decision, stopped, given_up)
        return killed, started

    def check_allocation(self, job: Job) -> None:
        """Make sure that a starting job may have its nodes, as they are now (R6.3)."""
        if self._rules.allow_oversubscription:
            return
        occupancy = job.requested.occupancy
        if occupancy is not None and occupancy.is_vacant:
            return
        for node in job.requested:
            for other in (*node.running.values(), *node.expected.values()):
                relation = "is in use by" if other.identifier in node.running else "is reserved for"
                raise AlgorithmError(
                    f"job {job.identifier} cannot start on node {node.identifier} ({node.name}): "
                    f"the node {relation} job {other.identifier} and oversubscription is not allowed"
                )

    def forget_expectations(self, job: Job) -> None:
        """Remove the marks of a job from the nodes that it asked for; they count as modified in any case (R8.6)."""
        if job.expects_nodes:
            unexpect(job.requested, job)
            job.expects_nodes = False
        self._nodes_changed(job.requested)

    def _given_up(self, decisions: Sequence[Decision], stopped: Job) -> NodeList:
        """Return the nodes that a job which waits for the decisions is to lose."""
        for decision in decisions:
            if decision.job == stopped.identifier:
                return stopped.active if decision.kill else stopped.active.without(self._list(decision))
        return NO_NODES

    def _list(self, decision: Decision) -> NodeList:
        """Return the nodes of a decision in its order."""
        return decision.chosen if decision.chosen.size else NodeList(self._nodes.table, ranges_of(decision.nodes))

    def _record_start(self, job: Job, decision: Decision) -> bool:
        """Record a decision for a pending job; return whether it starts."""
        self._set_runtime_arguments(job, decision)
        if not (decision.chosen.size or decision.nodes) and decision.runtime_arguments is not None:
            return False
        job.requested = self._resolve(decision)
        self._set_gpus(job, decision)
        self._check_size(job)
        job.state = JobState.PENDING_ALLOCATION
        return True

    def _record_change(self, job: Job, decision: Decision, stopped: Job | None, given_up: NodeList) -> None:
        """Record a decision for a job at work."""
        requested = self._resolve(decision)
        if job.description.type in (JobType.RIGID, JobType.MOLDABLE):
            if requested != job.active:
                raise AlgorithmError(
                    f"job {job.identifier} is {job.description.type.name.lower()} and already runs: "
                    "its nodes cannot be changed"
                )
            self._set_runtime_arguments(job, decision)
            return
        self.forget_expectations(job)
        job.requested = requested
        self._set_gpus(job, decision)
        self._set_runtime_arguments(job, decision)
        self._check_size(job)
        self._check_expectations(job, stopped, given_up)
        expect(requested, job)
        job.expects_nodes = True
        self._nodes_changed(requested)
        self._update_state(job)

    def _update_state(self, job: Job) -> None:
        """Let the job wait for its reconfiguration, or no longer (transitions c and d of 5.2)."""
        if job.state is JobState.IN_RECONFIGURATION:
            return
        state = JobState.PENDING_RECONFIGURATION if job.wants_change else JobState.RUNNING
        if state is not job.state:
            job.state = state
            self._job_changed(job)

    def _check_expectations(self, job: Job, stopped: Job | None, given_up: NodeList) -> None:
        if self._rules.allow_oversubscription:
            return

        def is_in_question(occupancy: Occupancy) -> bool:
            # Most nodes are those that the job has already, and nobody else.
            return not occupancy.is_vacant and (
                bool(occupancy.expected) or len(occupancy.running) > 1 or job.identifier not in occupancy.running
            )

        for node in job.requested.used(is_in_question):
            self._check_expectation(job, node, stopped, given_up)

    @staticmethod
    def _check_expectation(job: Job, node: Node, stopped: Job | None, given_up: NodeList) -> None:
        for other in node.running.values():
            if (
                other is not job
                and other.state is not JobState.PENDING_KILL
                and not (other is stopped and node in given_up)
            ):
                raise AlgorithmError(
                    f"job {job.identifier} cannot get node {node.identifier} ({node.name}): "
                    f"job {other.identifier} runs on it and oversubscription is not allowed"
                )
        for other in node.expected.values():
            if other is not job and other.state is not JobState.PENDING_KILL:
                raise AlgorithmError(
                    f"job {job.identifier} cannot get node {node.identifier} ({node.name}): "
                    f"the node is reserved for job {other.identifier} and oversubscription is not allowed"
                )

    def _check_size(self, job: Job) -> None:
        description = job.description
        count = job.requested.size
        if not description.min_nodes <= count <= description.max_nodes:
            expected = _range(description.min_nodes, description.max_nodes)
            raise AlgorithmError(f"job {job.identifier} got {count} nodes, expected {expected}")
        gpus = job.requested_gpus_per_node
        if description.type is not JobType.RIGID and not (
            description.min_gpus_per_node <= gpus <= description.max_gpus_per_node
        ):
            expected = _range(description.min_gpus_per_node, description.max_gpus_per_node)
            raise AlgorithmError(f"job {job.identifier} got {gpus} GPUs per node, expected {expected}")

    @staticmethod
    def _set_gpus(job: Job, decision: Decision) -> None:
        if job.description.type is not JobType.RIGID:
            job.requested_gpus_per_node = decision.gpus_per_node

    @staticmethod
    def _set_runtime_arguments(job: Job, decision: Decision) -> None:
        if decision.runtime_arguments is not None:
            job.runtime_arguments = dict(decision.runtime_arguments)

    def _job(self, identifier: int) -> Job:
        if not 0 <= identifier < len(self._jobs):
            raise AlgorithmError(f"the algorithm decided about job {identifier}, which has not been submitted")
        return self._jobs[identifier]

    def _resolve(self, decision: Decision) -> NodeList:
        """Return the nodes of a decision, after having made sure that they are different ones that exist."""
        if decision.chosen.size:
            return decision.chosen
        last = len(self._nodes) - 1
        if decision.nodes and not 0 <= min(decision.nodes) <= max(decision.nodes) <= last:
            unknown = next(identifier for identifier in decision.nodes if not 0 <= identifier <= last)
            raise AlgorithmError(f"job {decision.job} got node {unknown}, but nodes have the IDs 0 to {last}")
        if len(set(decision.nodes)) != len(decision.nodes):
            twice = next(node for node in decision.nodes if decision.nodes.count(node) > 1)
            raise AlgorithmError(f"job {decision.job} got node {twice} more than once")
        return self._list(decision)


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
