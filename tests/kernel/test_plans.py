"""Plans: ranks are grouped anew only if they run on other nodes than before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batch.scenes import decide, job, play
from elastisim.kernel.grouped import GroupedWorkbench

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from batch.scenes import Scene
    from elastisim.batch.invocation import Decision, Invocation
    from elastisim.kernel.execution import Launch
    from elastisim.kernel.workbench import Plan

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


def test_new_ranks_are_new_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expansion phase singles out ranks, which are like the others afterwards."""
    lasting: list[bool] = []
    plan = GroupedWorkbench.plan

    def noted(bench: GroupedWorkbench, launch: Launch) -> Plan:
        found = plan(bench, launch)
        lasting.append(found.is_lasting)
        return found

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls.append(invocation.time)
        return [decide(0, *range(2 if len(calls) == 1 else 3))] if len(calls) in (1, 5) else []

    calls: list[float] = []
    monkeypatch.setattr(GroupedWorkbench, "plan", noted)
    phase = {"tasks": [TASK]}
    play(
        tmp_path,
        "fast",
        [job(TASK, iterations=20, type="malleable", nodes=(1, 4), model={"on_expansion": phase})],
        choose,
    )

    assert lasting == [True, False, True]
