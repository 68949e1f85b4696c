"""Programs are made once for each configuration of nodes that a job gets."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from batch.scenes import decide, first_come, idle, job, play
from elastisim.batch.program import Compilation
from elastisim.kernel.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Decision, Invocation


@pytest.mark.parametrize(
    ("has_expansion", "different"),
    [
        # Newcomers matter if there is something to do for them: none, one or two of them come.
        (False, [0, 1, 0, 2, 0, 1]),
        (True, [0, 1, 2, 3, 0, 1]),
    ],
)
def test_a_configuration_that_comes_again_has_the_same_program(
    has_expansion: bool, different: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs: list[Program] = []
    make = Compilation.program

    def noted(compilation: Compilation, newcomers: int = 0) -> Program:
        programs.append(make(compilation, newcomers))
        return programs[-1]

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls.append(invocation.time)
        nodes = {1: (0,), 2: (0, 1), 3: (2,), 4: (0, 1, 2), 5: (1,), 6: (1, 3)}.get(len(calls))
        return [decide(0, *nodes)] if nodes is not None else []

    calls: list[float] = []
    monkeypatch.setattr(Compilation, "program", noted)
    model = {"on_expansion": {"tasks": [idle("num_nodes")]}} if has_expansion else {}
    description = job(idle("num_nodes"), iterations=8, type="malleable", nodes=(1, 4), model=model)
    play(tmp_path, "fast", [description], choose, schedule_on_reconfiguration=False)

    first: dict[int, int] = {}
    assert [first.setdefault(id(program), len(first)) for program in programs] == different


def test_programs_are_gone_with_their_job(tmp_path: Path) -> None:
    """Those of jobs with evolving requests as well, without a circle that somebody would have to look for."""

    def choose(invocation: Invocation, scene: Scene) -> Sequence[Decision]:
        counts.append(sum(isinstance(item, Program) for item in gc.get_objects()))
        return first_come(invocation, scene)

    counts: list[int] = []
    description = job(idle(1), iterations=2, type="evolving", nodes=(1, 1), phase={"evolving_request": "1"})
    gc.collect()
    gc.disable()
    try:
        play(tmp_path, "fast", [{**description, "submit_time": time} for time in (0, 9, 18, 27)], choose)
    finally:
        gc.enable()

    # One job runs, and one has just ended.
    assert max(counts) - counts[0] <= 2


def test_runtime_arguments_make_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls.append(invocation.time)
        nodes = {1: (0,), 2: (1,)}.get(len(calls))
        if nodes is None:
            return []
        decision = decide(0, *nodes)
        decision.runtime_arguments = {"delay": str(len(calls))}
        return [decision]

    calls: list[float] = []
    description = job(idle("delay"), iterations=3, type="malleable", nodes=(1, 4))
    scene = play(tmp_path, "fast", [description], choose, schedule_on_reconfiguration=False)

    assert scene.row(0)[1] == 1.0 + 2.0 + 2.0
