"""What jobs leave behind is freed at once, without the garbage collector."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from batch.scenes import decide, first_come, job, play
from elastisim.batch.invocation import InvocationType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Decision, Invocation

TASKS = [
    {"type": "cpu", "name": "c", "flops": "1e9 / num_nodes", "computation_pattern": "uniform"},
    {"type": "pfs_write", "name": "w", "bytes": 1e9, "pattern": "uniform"},
]


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("logs_tasks", [False, True])
@pytest.mark.parametrize("tasks", [TASKS, TASKS[:1]])
def test_scheduling_points_leave_no_garbage(tasks: list[dict[str, object]], logs_tasks: bool, tmp_path: Path) -> None:
    calls: list[float] = []
    found: list[int] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls.append(invocation.time)
        if len(calls) in (2, 90):
            found.append(gc.collect())
        sizes = {1: 2, 40: 3, 60: 1}
        return [decide(0, *range(sizes[len(calls)]))] if len(calls) in sizes else []

    described = job(*tasks, iterations=100, type="malleable", nodes=(1, 4))
    scene = play(tmp_path, "fast", [described], choose, log_task_times=logs_tasks)

    assert len(scene.reconfigurations) == 2
    assert found[1] < 20


def test_jobs_leave_no_garbage(tmp_path: Path) -> None:
    found: list[int] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.JOB_SUBMIT and len(scene.jobs) in (2, 30):
            found.append(gc.collect())
        return first_come(invocation, scene)

    described = [job(*TASKS, iterations=3, nodes=2, submit_time=20.0 * number, walltime=3) for number in range(32)]
    play(tmp_path, "fast", described, choose)

    assert len(found) == 2
    assert found[-1] < 20
