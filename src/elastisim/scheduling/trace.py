"""Traces of decisions: what an algorithm decided, when, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from elastisim.batch.job import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.batch.invocation import Algorithm, Decision, Invocation
    from elastisim.batch.job import Job


_encoder = msgspec.json.Encoder()


class DecisionTrace:
    """An algorithm that reports each decision of another one as a line of JSON.

    A line holds the ``time`` in seconds, the ``trigger`` of the invocation and the ``trigger_job`` if there is one, the
    ``job`` that is decided about, the ``decision``, and the ``reason`` if the algorithm gives one.  Decisions are
    ``start``, ``expand``, ``shrink``, ``move`` (other nodes, or another order of them), ``keep`` (the nodes that it
    has; a pending change is withdrawn), ``gpus``, ``arguments``, ``kill``, and ``ignored`` for jobs that have ended.
    ``nodes`` are the IDs of the nodes in rank order; ``gpus_per_node`` and ``runtime_arguments`` come with them where
    they apply.
    """

    def __init__(self, algorithm: Algorithm, write: Callable[[bytes], object]) -> None:
        self._algorithm = algorithm
        self._write = write
        self._jobs: dict[int, Job] = {}

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        """Pass on, and report."""
        decisions = self._algorithm.invoke(invocation)
        for job in invocation.jobs:
            self._jobs[job.identifier] = job
        if decisions:
            lines = [self._line(invocation, decision) for decision in decisions]
            self._write(_encoder.encode_lines(lines))
        for job in invocation.jobs:
            if job.is_finished:
                self._jobs.pop(job.identifier, None)
        return decisions

    def finish(self) -> None:
        """Pass on."""
        self._algorithm.finish()

    def close(self) -> None:
        """Pass on."""
        self._algorithm.close()

    def _line(self, invocation: Invocation, decision: Decision) -> dict[str, Any]:
        job = self._jobs.get(decision.job)
        line: dict[str, Any] = {"time": invocation.time, "trigger": invocation.type.name.lower()}
        if invocation.job is not None:
            line["trigger_job"] = invocation.job.identifier
        line["job"] = decision.job
        line["decision"] = _kind(decision, job)
        if not decision.kill:
            if nodes := decision.identifiers:
                line["nodes"] = nodes
            if decision.gpus_per_node:
                line["gpus_per_node"] = decision.gpus_per_node
            if decision.runtime_arguments is not None:
                line["runtime_arguments"] = decision.runtime_arguments
        if decision.reason:
            line["reason"] = decision.reason
        return line


def _kind(decision: Decision, job: Job | None) -> str:
    """Return what a decision means for a job in its present state."""
    if job is None:
        return "ignored"
    if decision.kill:
        return "kill"
    after = decision.identifiers
    if job.state is JobState.PENDING:
        return "start" if after else "arguments"
    before = tuple(node.identifier for node in job.active)
    if len(after) != len(before):
        return "expand" if len(after) > len(before) else "shrink"
    if after != before:
        return "move"
    if decision.gpus_per_node != job.active_gpus_per_node:
        return "gpus"
    return "arguments" if decision.runtime_arguments is not None else "keep"
