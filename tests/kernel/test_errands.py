"""Errands: executions of which nothing is seen but their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batch.scenes import ENGINES, first_come, idle, job, play
from elastisim.batch.invocation import Decision, InvocationType
from elastisim.batch.run import Run
from elastisim.kernel import errand, prompt, shared_engine
from elastisim.kernel.soloist import Soloist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Invocation

QUIET = {"log_task_times": False}
COMPUTE = {"type": "cpu", "name": "c", "flops": "4e9 / num_nodes", "computation_pattern": "uniform"}
BUSY = {"type": "busy_wait", "name": "b", "delay": 1.5, "pattern": "uniform"}


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where executions are made that have ranks: by the engine, or because an errand needs actors."""
    made: list[str] = []

    def counting(place: Any, name: str) -> Callable[..., Any]:
        make = place.Execution

        def execution(*arguments: Any) -> Any:
            made.append(name)
            return make(*arguments)

        return execution

    monkeypatch.setattr(errand, "Execution", counting(errand, "errand"))
    for engine in (prompt, shared_engine):
        monkeypatch.setattr(engine, "Execution", counting(engine, "engine"))
    return made


def test_a_lone_job_is_one_date(tmp_path: Path, executions: list[str]) -> None:
    """Three times 2 s of computing on two nodes, twice 0.25 s of sleep and 1.5 s of waiting: no rank ever acts."""
    entry = job(COMPUTE, idle(0.25, iterations=2), BUSY, iterations=3, nodes=2, submit_time=5)
    scene = play(tmp_path, "fast", [entry], **QUIET)

    assert scene.row(0) == (5.0, 17.0, "COMPLETED")
    assert scene.jobs[0].completed_phases == 3
    assert executions == []


@pytest.mark.parametrize(
    ("entry", "keys"),
    [
        pytest.param(job(COMPUTE), {"log_task_times": True}, id="tasks are logged"),
        pytest.param(job(COMPUTE), {**QUIET, "sensing": True, "sensing_interval": 1}, id="loads are sensed"),
        pytest.param(job(COMPUTE, type="malleable", nodes=(1, 2), iterations=2), QUIET, id="scheduling points"),
        pytest.param(job(COMPUTE, model={"on_init": {"tasks": [idle(1)]}}), QUIET, id="something comes first"),
        pytest.param(job({**COMPUTE, "computation_pattern": "root_only"}, nodes=2), QUIET, id="ranks differ"),
        pytest.param(
            job({**COMPUTE, "bytes": 8, "communication_pattern": "ring"}, nodes=2), QUIET, id="ranks communicate"
        ),
        pytest.param(job({"type": "pfs_read", "bytes": 1e9, "pattern": "uniform"}), QUIET, id="others have a say"),
        pytest.param(job(idle(0)), QUIET, id="no time passes"),
        pytest.param(job(COMPUTE), {**QUIET, "allow_oversubscription": True}, id="nodes may be shared"),
    ],
)
def test_whatever_is_more_than_a_date_has_ranks(
    entry: dict[str, Any], keys: dict[str, Any], tmp_path: Path, executions: list[str]
) -> None:
    """An errand is only what nobody can tell from ranks at work."""
    play(tmp_path, "fast", [entry], **keys)

    assert executions[0] == "engine"


def test_phases_after_one_another_have_ranks(tmp_path: Path, executions: list[str]) -> None:
    """Between two phases something happens, if only that progress is made."""
    phases = [{"tasks": [idle(1)]}, {"tasks": [idle(2)]}]
    scene = play(tmp_path, "fast", [job(model={"phases": phases})], **QUIET)

    assert scene.end == 3.0
    assert executions == ["engine"]


@pytest.mark.parametrize("engine", ENGINES)
def test_errands_that_begin_together(engine: str, tmp_path: Path, executions: list[str]) -> None:
    """Jobs that start at the same instant end in the order of their starts; ranks see to it."""
    scene = play(tmp_path, engine, [job(idle(10)), job(idle(10)), job(idle(3), submit_time=7)], **QUIET)

    assert [scene.row(number) for number in range(3)] == [(0.0, 10.0, "COMPLETED")] * 2 + [(7.0, 10.0, "COMPLETED")]
    done = [job for _, kind, job in scene.messages if kind == InvocationType.JOB_COMPLETED]
    assert done == [0, 1, 2]
    if engine == "fast":
        assert executions == ["errand"] * 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("walltime", "state", "end"), [(9, "KILLED", 9.0), (10, "KILLED", 10.0), (11, "COMPLETED", 10.0)]
)
def test_walltimes_of_errands(engine: str, walltime: int, state: str, end: float, tmp_path: Path) -> None:
    """A job that is killed in the middle leaves nothing behind that happens later; at the end itself it is both."""
    later = job(idle(1), submit_time=9.5, nodes=4)
    scene = play(tmp_path, engine, [job(idle(10), walltime=walltime, nodes=4), later], **QUIET)

    kinds = [InvocationType(kind).name for _, kind, job in scene.messages if job == 0]
    assert scene.row(0)[1] == end
    assert kinds[1] == ("JOB_COMPLETED" if state == "COMPLETED" else "JOB_KILLED")
    assert scene.row(1) == (max(9.5, end), max(9.5, end) + 1.0, "COMPLETED")


@pytest.mark.parametrize("engine", ENGINES)
def test_errands_can_be_killed(engine: str, tmp_path: Path) -> None:
    """The algorithm kills one job as it was submitted with another, and one in its midst."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.JOB_SUBMIT and invocation.job is scene.jobs.get(2):
            return [Decision(0, kill=True), Decision(1, kill=True), *first_come(invocation, scene)]
        return first_come(invocation, scene)

    scene = play(tmp_path, engine, [job(idle(10)), job(idle(20)), job(idle(1), submit_time=4)], choose, **QUIET)

    assert [scene.row(number) for number in (0, 1)] == [(0.0, 4.0, "KILLED")] * 2
    assert scene.row(2)[2] == "COMPLETED"


@pytest.mark.parametrize("engine", ENGINES)
def test_errands_that_are_killed_do_not_end_later(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be stale anyway does not happen in the first place."""
    ended: list[int] = []
    at_end = Run.at_end

    def noted(run: Run) -> object:
        ended.append(run.job.identifier)
        return at_end(run)

    monkeypatch.setattr(Run, "at_end", noted)
    play(tmp_path, engine, [job(idle(10), walltime=5, submit_time=1), job(idle(1), submit_time=20)], **QUIET)

    assert ended == [1]


@pytest.mark.parametrize(("walltime", "timers"), [(11.0, 1), (11.5, 0)])
def test_nobody_waits_for_the_walltime_of_an_errand_that_ends_before(
    walltime: float, timers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an end is rounded differently, a second is more than enough."""
    made: list[prompt.PromptTimer] = []

    class CountedTimer(prompt.PromptTimer):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(prompt, "PromptTimer", CountedTimer)
    scene = play(tmp_path, "fast", [job(idle(10), walltime=walltime)], **QUIET)

    assert scene.row(0) == (0.0, 10.0, "COMPLETED")
    assert len(made) == timers


def test_a_timer_that_is_not_needed_keeps_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What three jobs do first begins after 0 + 4 (as if they had to meet before), 1 + 1 and 3 + 1 steps."""
    begun: list[int] = []
    running = Run.running
    whole = Soloist.prompt

    def noted(run: Run) -> None:
        begun.append(run.job.identifier)
        running(run)

    def late(soloist: Soloist) -> Any:
        found = whole(soloist)
        return (4, found[1]) if found is not None else None

    monkeypatch.setattr(Run, "running", noted)
    monkeypatch.setattr(Soloist, "prompt", late)
    reading = job({"type": "pfs_read", "bytes": 1e9, "pattern": "uniform"}, submit_time=1)
    others = [job(idle(10), walltime=20, submit_time=2), job(idle(10), walltime=20, submit_time=3)]
    play(tmp_path, "fast", [job(idle(5), nodes=4, submit_time=0.5), reading, *others], **QUIET)

    assert begun == [0, 2, 1, 3]


@pytest.mark.parametrize("engine", ENGINES)
def test_timers_that_are_not_needed_change_nothing_among_others(engine: str, tmp_path: Path) -> None:
    """Jobs that are submitted together begin as actors, and end in the order of their starts."""
    entries = [job(idle(10), walltime=walltime) for walltime in (0, 20, 10, 30)]
    scene = play(tmp_path, engine, entries, **QUIET)

    kinds = [(InvocationType(kind).name, job) for _, kind, job in scene.messages[4:]]
    done = [("JOB_COMPLETED", 0), ("JOB_COMPLETED", 1), ("JOB_KILLED", 2), ("JOB_COMPLETED", 3)]
    assert sorted(kinds, key=lambda kind: kind[1]) == [*done[:3], ("JOB_COMPLETED", 2), done[3]]
