"""Jobs that start or go on and are killed at the same instant, before any of their ranks begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batch.scenes import ENGINES, Scene, decide, idle, job, play
from elastisim.batch.invocation import Decision, InvocationType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from elastisim.batch.invocation import Invocation

READING = {"type": "pfs_read", "bytes": 1e9, "pattern": "uniform"}
COMPUTING = {"type": "cpu", "flops": 2e9, "computation_pattern": "root_only"}
KINDS = {
    "errand": (idle(5), {"log_task_times": False}),
    "soloist": (READING, {"log_task_times": False}),
    "logged": (READING, {}),
    "ranks": (COMPUTING, {}),
    "choir": (READING, {"allow_oversubscription": True}),
}


OTHER = job(idle(30))
"""A job that goes on when the others have ended."""


def start_and_kill(invocation: Invocation, scene: Scene) -> Sequence[Decision]:
    """Start the last job when the walltime of the second one ends, and kill it when the second one completes."""
    concerned = invocation.job.identifier if invocation.job is not None else -1
    match invocation.type, concerned:
        case InvocationType.JOB_SUBMIT, 0 | 1:
            return [decide(concerned, concerned)]
        case InvocationType.JOB_KILLED, 1:
            return [decide(2, 2, 3)]
        case InvocationType.JOB_COMPLETED, 1:
            return [Decision(2, kill=True)]
        case _:
            return []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_jobs_that_are_killed_as_they_start_do_nothing(kind: str, engine: str, tmp_path: Path) -> None:
    """The second job ends exactly with its walltime, so that one message leads to two invocations (R7.11)."""
    task, keys = KINDS[kind]
    jobs = [OTHER, job(idle(10), walltime=10), job(task, nodes=2, walltime=15)]
    scene = play(tmp_path, engine, jobs, start_and_kill, **keys)

    assert [scene.row(number) for number in (1, 2)] == [(0.0, 10.0, "COMPLETED"), (10.0, 10.0, "KILLED")]
    assert [kind for _, kind, number in scene.messages if number == 2] == [InvocationType.JOB_SUBMIT]
    assert [row for row in scene.tasks if row[1] > 1] == []
    assert scene.row(0) == (0.0, 30.0, "COMPLETED")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_jobs_that_are_killed_as_they_go_on_do_nothing_more(kind: str, engine: str, tmp_path: Path) -> None:
    """One message leads to the invocation that tells of the reconfiguration as well."""
    task, keys = KINDS[kind]
    told: list[float] = []

    def expand_and_kill(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.RECONFIGURATION:
            told.append(invocation.time)
            return [Decision(1, kill=True)]
        if invocation.type is InvocationType.JOB_SUBMIT:
            assert invocation.job is not None
            return {0: [decide(0, 0)], 1: [decide(1, 1, 2)], 2: [decide(1, 2, 3), Decision(2, kill=True)]}[
                invocation.job.identifier
            ]
        return []

    malleable: dict[str, Any] = {"type": "malleable", "nodes": (1, 4), "phase": {"scheduling_point": True}}
    jobs = [OTHER, job(task, iterations=3, **malleable), job(idle(1), submit_time=0.1)]
    keys = {"schedule_on_scheduling_point": False, **keys}
    scene = play(tmp_path, engine, jobs, expand_and_kill, **keys)

    (instant,) = told
    assert [time for time, _, _ in scene.reconfigurations] == [instant]
    assert scene.row(1) == (0.0, instant, "KILLED")
    assert [row for row in scene.tasks if row[0] > instant and row[1] > 0] == []
    assert scene.row(0) == (0.0, 30.0, "COMPLETED")
