"""One-time phases: those of ranks that are all alike are played without actors, too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from batch.scenes import decide, idle, job, play
from elastisim.kernel.actors import PAUSE
from elastisim.kernel.engine import creations
from elastisim.kernel.launch import Launch
from elastisim.kernel.overture import ENTRANCE, ON_EXPANSION, ON_INIT, ON_RECONFIGURATION, Overture
from elastisim.kernel.program import Once, Program
from elastisim.kernel.prompt import PromptEngine
from elastisim.kernel.rank import Rank
from kernel.test_scores import by_place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Decision, Invocation

READ = {"type": "pfs_read", "name": "r", "bytes": 2e9, "pattern": "all_ranks"}
COMPUTE = {"type": "cpu", "name": "c", "flops": "1e9 / num_nodes", "computation_pattern": "uniform"}
EXCHANGE = {"type": "cpu", "name": "x", "bytes": "1e8 * num_nodes", "communication_pattern": "all_to_all"}
WRITE = {"type": "pfs_write", "name": "w", "bytes": 3e9, "pattern": "uniform"}
ONCE = {
    "on_init": {"tasks": [READ], "iterations": 2},
    "on_reconfiguration": {"tasks": [EXCHANGE, READ]},
    "on_expansion": {"tasks": [idle(0.125), {**WRITE, "name": "e"}]},
}


def resizing() -> Callable[[Invocation, Scene], list[Decision]]:
    """Start job 0 on two nodes, expand it to four, and reduce it to three; start others at once."""
    sizes = {1: 2, 2: 4, 5: 3}
    calls: list[float] = []

    def resize(invocation: Invocation, scene: Scene) -> list[Decision]:
        decisions = [decide(other.identifier, 4, 5) for other in scene.pending if other.identifier]
        if invocation.job is scene.jobs[0]:
            calls.append(invocation.time)
            if len(calls) in sizes:
                decisions.append(decide(0, *range(sizes[len(calls)])))
        return decisions

    return resize


@pytest.mark.parametrize("logged", [False, True])
@pytest.mark.parametrize("sensed", [False, True])
def test_one_time_phases_need_no_actors(sensed: bool, logged: bool, tmp_path: Path, performed: list[Rank]) -> None:
    jobs = [
        job(COMPUTE, WRITE, iterations=8, type="malleable", nodes=(2, 4), model=ONCE),
        job(COMPUTE, WRITE, iterations=3, nodes=2, submit_time=0.37, model=ONCE),
    ]
    keys: dict[str, Any] = {"sensing": True, "sensing_interval": 0.5} if sensed else {}
    keys["log_task_times"] = logged
    expected = play(tmp_path, "exact", jobs, resizing(), nodes=6, **keys)

    performed.clear()
    found = play(tmp_path, "fast", jobs, resizing(), nodes=6, **keys)

    assert performed == []
    assert len(found.reconfigurations) == 2
    for times, others in zip(expected.reconfigurations, found.reconfigurations, strict=True):
        assert others[0] == pytest.approx(times[0], rel=1e-9)
        assert others[1:] == times[1:]
    assert [found.row(0)[1], found.row(1)[1]] == pytest.approx([expected.row(0)[1], expected.row(1)[1]], rel=1e-9)
    assert len(found.tasks) == len(expected.tasks)
    assert bool(found.tasks) is logged
    for task, other in zip(sorted(expected.tasks, key=by_place), sorted(found.tasks, key=by_place), strict=True):
        assert other[1:3] == task[1:3]
        assert (other[0], other[3]) == pytest.approx((task[0], task[3]), rel=1e-9)
    for sample, seen in zip(expected.samples, found.samples, strict=True):
        assert seen.cpu == pytest.approx(sample.cpu)
        assert seen.pfs_write == pytest.approx(sample.pfs_write)


@pytest.mark.parametrize("model", [{}, {"on_init": {"tasks": [READ]}}])
def test_transfers_of_jobs_that_start_together_are_taken_over(
    model: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where something else happens at the instant, an actor begins a part, and nobody acts until its end."""
    jobs = [job(WRITE, iterations=2, nodes=2, model=model) for _ in range(2)]
    expected = play(tmp_path, "exact", jobs)

    performed: list[object] = []
    monkeypatch.setattr(Rank, "_perform", lambda rank, *_: performed.append(rank))
    found = play(tmp_path, "fast", jobs)

    assert performed == []
    assert [found.row(0)[1], found.row(1)[1]] == pytest.approx([expected.row(0)[1], expected.row(1)[1]], rel=1e-9)


def test_phases_come_in_order_and_as_often_as_they_say() -> None:
    once = [Once(count, ("step",)) for count in (2, 1, 3)]  # type: ignore[arg-type]
    program = Program((), *once)
    launch = Launch(program, [], newcomers=[1], is_first=True, is_reconfigured=True)
    overture = Overture(launch, expands=True)
    assert overture.first() == (ON_INIT, once[0])
    found = []
    while overture.goes_on():
        found.append(overture.number)
        assert overture.repeats() is (found.count(overture.number) < overture.phase.iterations)
    assert found == [ON_INIT, ON_INIT, ON_RECONFIGURATION, ENTRANCE, ON_EXPANSION, ON_EXPANSION, ON_EXPANSION]
    assert overture.first() is None


@pytest.mark.parametrize(
    ("launch", "expands", "numbers"),
    [
        ({"is_first": True}, True, [ON_INIT, ENTRANCE]),
        ({"is_reconfigured": True}, True, [ON_RECONFIGURATION, ENTRANCE]),
        ({"newcomers": [1]}, True, [ENTRANCE, ON_EXPANSION]),
        ({"newcomers": [1]}, False, [ENTRANCE]),
        ({}, True, [ENTRANCE]),
    ],
)
def test_phases_depend_on_the_launch(launch: dict[str, Any], expands: bool, numbers: list[int]) -> None:
    program = Program((), *[Once(1, ("step",)) for _ in range(3)])  # type: ignore[arg-type]
    overture = Overture(Launch(program, [], **launch), expands=expands)
    found = []
    while overture.goes_on():
        found.append(overture.number)
        overture.repeats()
    assert found == numbers


def test_those_who_begin_together_begin_in_the_order_of_actors() -> None:
    """Actors are created one after the other, and take different numbers of steps to their first activity."""
    begun: list[str] = []

    class Beginning:
        def __init__(self, name: str, steps: int, *, is_over: bool = False) -> None:
            self.is_over = is_over
            self.prompt = lambda: (steps, lambda: begun.append(name))

    beginnings = [Beginning("a", 2), Beginning("b", 2), Beginning("c", 0), Beginning("d", 0)]
    stage = SimpleNamespace(is_over=False, runnable=[])
    engine = SimpleNamespace(_beginnings=beginnings, model=SimpleNamespace(stage=stage))
    PromptEngine.begin(engine)  # type: ignore[arg-type]
    assert begun == ["a", "c", "b", "d"]
    assert engine._beginnings == []

    # What has become needless, or was cancelled, keeps its place.
    for gap in (None, Beginning("x", 0, is_over=True)):
        begun.clear()
        engine._beginnings = [Beginning("a", 3), gap, Beginning("b", 1), Beginning("c", 0)]
        PromptEngine.begin(engine)  # type: ignore[arg-type]
        assert begun == ["a", "b", "c"]


def test_actors_are_created_in_the_steps_that_they_have_with_all_others() -> None:
    """What has become needless or was cancelled takes a step as well."""
    first, second = object(), object()

    def beginning(*created: object, is_over: bool = False) -> Any:
        return SimpleNamespace(is_over=is_over, creations=lambda: created)

    beginnings = [beginning(first), None, beginning(second), beginning(first, is_over=True)]

    assert list(creations(beginnings)) == [first, PAUSE, second, PAUSE]
