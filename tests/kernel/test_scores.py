"""Scores: phases in which isolated parts alternate with transfers that others have a say in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batch.scenes import idle, job, play

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.kernel.rank import Rank

TASKS = [
    {"type": "cpu", "name": "c", "flops": "1e9 / num_nodes", "computation_pattern": "uniform"},
    {"type": "cpu", "name": "x", "bytes": "1e8 * num_nodes", "communication_pattern": "all_to_all"},
    {"type": "pfs_write", "name": "w", "bytes": 3e9, "pattern": "uniform"},
    idle(0.25),
]


@pytest.mark.parametrize("sensed", [False, True])
def test_tasks_are_logged_one_by_one_without_actors(sensed: bool, tmp_path: Path, performed: list[Rank]) -> None:
    jobs = [job(*TASKS, iterations=5, nodes=2), job(*TASKS, iterations=4, nodes=2, submit_time=0.37)]
    keys: dict[str, Any] = {"sensing": True, "sensing_interval": 0.5} if sensed else {}
    expected = play(tmp_path, "exact", jobs, **keys)

    performed.clear()
    found = play(tmp_path, "fast", jobs, **keys)

    assert performed == []
    assert len(found.tasks) == 4 * (5 + 4) * 2
    for task, other in zip(sorted(expected.tasks, key=by_place), sorted(found.tasks, key=by_place), strict=True):
        assert other[1:3] == task[1:3]
        assert (other[0], other[3]) == pytest.approx((task[0], task[3]), rel=1e-9)


def by_place(task: tuple[float, int, str, float]) -> tuple[int, str, float]:
    date, node, name, _ = task
    return node, name, date
