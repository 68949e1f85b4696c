"""Plans: ranks are grouped anew only if they run on other nodes than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batch.scenes import decide, job, play
from elastisim.kernel import grouped
from elastisim.kernel.grouped import GroupedWorkbench

if TYPE_CHECKING:
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Decision, Invocation
    from elastisim.kernel.launch import Launch
    from elastisim.kernel.plan import Plan

TASK = {"type": "cpu", "name": "c", "flops": "1e9 / num_nodes", "computation_pattern": "uniform"}


def test_a_plan_lasts_until_the_next_reconfiguration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[int] = []
    plan = GroupedWorkbench.plan

    def counted(bench: GroupedWorkbench, launch: Launch) -> Plan:
        planned.append(len(launch.nodes))
        return plan(bench, launch)

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        sizes = {1: 2, 50: 3}
        calls.append(invocation.time)
        size = sizes.get(len(calls))
        return [decide(0, *range(size))] if size else []

    calls: list[float] = []
    monkeypatch.setattr(GroupedWorkbench, "plan", counted)
    scene = play(tmp_path, "fast", [job(TASK, iterations=100, type="malleable", nodes=(1, 4))], choose)

    assert len(scene.reconfigurations) == 1
    assert len(calls) > 100
    assert planned == [2, 3]


ROOT = {**TASK, "computation_pattern": "root_only"}
GPUS = {"type": "gpu", "name": "g", "flops": 1e9, "computation_pattern": "uniform"}


@pytest.mark.parametrize(
    ("tasks", "barrier", "sizes"),
    [
        # A first task for the root only tells rank 0 from others.
        ([TASK, ROOT], True, [2, 3, 2]),
        # Newcomers are like the others, unless these go ahead of them, or GPUs are seen in use on the nodes of some.
        ([TASK], True, [1, 1]),
        ([TASK], False, [1, 2, 1]),
        ([TASK, GPUS], True, [1, 2, 1]),
    ],
)
def test_new_ranks_are_new_only_once(
    tasks: list[dict[str, Any]],
    barrier: bool,
    sizes: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An expansion phase may single out ranks, which are like the others afterwards."""
    plans: list[Plan] = []
    plan = GroupedWorkbench.plan

    def noted(bench: GroupedWorkbench, launch: Launch) -> Plan:
        plans.append(plan(bench, launch))
        return plans[-1]

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls.append(invocation.time)
        return [decide(0, *range(2 if len(calls) == 1 else 3), gpus=1)] if len(calls) in (1, 5) else []

    calls: list[float] = []
    monkeypatch.setattr(GroupedWorkbench, "plan", noted)
    description = job(
        *tasks,
        iterations=20,
        type="malleable",
        nodes=(1, 4),
        num_gpus_per_node_min=0,
        num_gpus_per_node_max=1,
        phase={"barrier": barrier},
        model={"on_expansion": {"tasks": [TASK]}},
    )
    play(tmp_path, "fast", [description], choose, properties={"num_gpus": "1", "flops_per_gpu": "1e9"})

    assert [len(found.groups) for found in plans] == sizes
    assert [found.is_lasting for found in plans] == [True, len(sizes) == 2, True][: len(sizes)]
    added = plans[1].newcomers
    assert (added is not None and list(added.ranks)) == (len(sizes) == 2 and [2])


WRITE = {"type": "pfs_write", "name": "w", "bytes": 3e9, "pattern": "uniform"}


@pytest.mark.parametrize(("sensed", "kept", "composed"), [(False, 1, 1), (True, 16, 3), (True, 1, 4)])
def test_phases_are_the_same_on_nodes_that_are_alike(
    sensed: bool, kept: int, composed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of a program holds on other nodes, too; while loads are watched, on the same ones again."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls[id(scene)] = calls.get(id(scene), 0) + 1
        nodes = {1: (0, 1), 3: (2, 3), 4: (0, 1), 5: (1, 2)}.get(calls[id(scene)])
        return [decide(0, *nodes)] if nodes is not None else []

    calls: dict[int, int] = {}
    jobs = [job(TASK, WRITE, iterations=6, type="malleable", nodes=(1, 4))]
    keys = {"sensing": True, "sensing_interval": 0.25} if sensed else {}
    expected = play(tmp_path, "exact", jobs, choose, schedule_on_reconfiguration=False, **keys)
    scores: list[object] = []
    compose = grouped.compose

    def noted(*arguments: Any) -> object:
        scores.append(compose(*arguments))
        return scores[-1]

    monkeypatch.setattr(grouped, "compose", noted)
    monkeypatch.setattr(grouped, "REPERTOIRES_KEPT", kept)
    found = play(tmp_path, "fast", jobs, choose, schedule_on_reconfiguration=False, **keys)

    assert len(scores) == composed
    assert len(found.reconfigurations) == 3
    assert found.row(0)[1] == pytest.approx(expected.row(0)[1], rel=1e-9)
    assert bool(found.samples) is sensed
    for sample, seen in zip(expected.samples, found.samples, strict=True):
        assert seen.cpu == pytest.approx(sample.cpu)
