"""Stretches: many iterations as one event, without a difference to anybody (mechanism "fast-forward")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.scenes import decide, first_come, idle, job, play
from elastisim.batch.invocation import Decision, InvocationType
from elastisim.batch.job import JobState
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Invocation

ITERATIONS = 100
SILENT: dict[str, Any] = {
    "schedule_on_scheduling_point": False,
    "schedule_on_reconfiguration": False,
    "log_task_times": False,
}
"""Nobody hears of scheduling points and tasks."""

TASKS = [
    {"type": "cpu", "name": "c", "flops": "1e9 / num_nodes", "computation_pattern": "uniform"},
    {"type": "cpu", "name": "x", "bytes": "1e9 * num_nodes", "communication_pattern": "all_to_all"},
]
"""On two nodes: 0.5 s and 1 s."""


@pytest.fixture
def advances(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The dates to which the fast model has moved its clock."""
    dates: list[float] = []
    advance = FastFluidModel.advance

    def counted(model: FastFluidModel) -> bool:
        moved = advance(model)
        dates.append(model.now)
        return moved

    monkeypatch.setattr(FastFluidModel, "advance", counted)
    return dates


def malleable(**fields: Any) -> dict[str, Any]:
    """A job of 100 iterations that take 1.5 s each on two nodes."""
    return job(*TASKS, iterations=ITERATIONS, type="malleable", nodes=(1, 4), **fields)


def deciding(*plan: tuple[int, ...]) -> Callable[[Invocation, Scene], Sequence[Decision]]:
    """Return an algorithm that gives job 0 the nodes of the plan, one entry for each invocation; () for nothing."""
    turns = iter(plan)

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        nodes = next(turns, ())
        return [decide(0, *nodes)] if nodes else []

    return choose


def test_many_iterations_are_one_event(tmp_path: Path, advances: list[float]) -> None:
    """A job whose scheduling points nobody hears of takes a handful of events, however many iterations it has."""
    scene = play(tmp_path, "fast", [malleable()], deciding((0, 1)), **SILENT)

    assert scene.end == pytest.approx(150.0, rel=1e-9)
    assert scene.jobs[0].completed_phases == ITERATIONS
    assert len(advances) < 10


def test_points_that_are_heard_are_not_skipped(tmp_path: Path, advances: list[float]) -> None:
    """Where the algorithm hears of scheduling points there is one message for each, and none is left out."""
    silent = {**SILENT, "schedule_on_scheduling_point": True}
    scene = play(tmp_path, "fast", [malleable()], deciding((0, 1)), **silent)

    assert [kind for _, kind, _ in scene.messages].count(InvocationType.SCHEDULING_POINT) == ITERATIONS - 1
    assert len(advances) >= ITERATIONS


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_reconfiguration_in_the_middle(engine: str, tmp_path: Path) -> None:
    """A job that is given more nodes at 40 s has them from its next scheduling point on, at 40.5 s."""
    plan = deciding((0, 1), (0, 1, 2, 3))
    scene = play(tmp_path, engine, [malleable()], plan, scheduling_interval=40, **SILENT)

    ((date, _, nodes),) = scene.reconfigurations
    assert date == pytest.approx(40.5, rel=1e-9)
    assert nodes == [0, 1, 2, 3]
    # 27 iterations of 1.5 s, then 73 of 0.25 s + 1 s.
    assert scene.end == pytest.approx(40.5 + 73 * 1.25, rel=1e-9)


def test_a_reconfiguration_costs_few_events(tmp_path: Path, advances: list[float]) -> None:
    """A stretch is cut at the scheduling point where it matters and nowhere else."""
    plan = deciding((0, 1), (0, 1, 2, 3))
    play(tmp_path, "fast", [malleable()], plan, scheduling_interval=70, **SILENT)

    assert len(advances) < 15


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_withdrawn_reconfiguration(engine: str, tmp_path: Path, advances: list[float]) -> None:
    """A decision that is withdrawn before the next scheduling point has no effect."""
    # Iterations end at 39 and 40.5; decided at 39.2, withdrawn at 39.6 (multiples of 0.4).
    calls: list[float] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        calls.append(invocation.time)
        if invocation.type is InvocationType.JOB_SUBMIT:
            return [decide(0, 0, 1)]
        if abs(invocation.time - 39.2) < 1e-6:
            return [decide(0, 0, 1, 2)]
        if abs(invocation.time - 39.6) < 1e-6:
            assert scene.jobs[0].state is JobState.PENDING_RECONFIGURATION
            return [decide(0, 0, 1)]
        return []

    scene = play(tmp_path, engine, [malleable()], choose, scheduling_interval=0.4, **SILENT)

    assert scene.reconfigurations == []
    assert scene.end == pytest.approx(150.0, rel=1e-9)


def test_progress_at_a_decision(tmp_path: Path) -> None:
    """Iterations that are done when the algorithm is invoked count, the one under way does not (R5.11)."""
    progress: list[tuple[float, int]] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if scene.jobs[0].state is JobState.PENDING:
            return [decide(0, 0, 1)]
        progress.append((invocation.time, scene.jobs[0].completed_phases))
        return []

    play(tmp_path, "fast", [malleable()], choose, scheduling_interval=40, **SILENT)

    assert progress[:3] == [(40.0, 26), (80.0, 53), (120.0, 79)]


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_periodic_invocation_at_a_scheduling_point(engine: str, tmp_path: Path) -> None:
    """A periodic invocation comes before a scheduling point of the same instant, so its decision takes effect there."""
    plan = deciding((0,), (0, 1))
    one = job(idle(4), iterations=10, type="malleable", nodes=(1, 2))
    scene = play(tmp_path, engine, [one], plan, scheduling_interval=20, **SILENT)

    assert [date for date, _, _ in scene.reconfigurations] == [20.0]


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_submission_at_a_scheduling_point(engine: str, tmp_path: Path) -> None:
    """A submission comes after a scheduling point of the same instant, so its decision waits for the next one."""
    plan = deciding((0,), (0, 1))

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        return [*plan(invocation, scene), *([decide(1, 3)] if invocation.time == 20.0 else [])]

    one = job(idle(4), iterations=10, type="malleable", nodes=(1, 2))
    scene = play(tmp_path, engine, [one, job(idle(1), submit_time=20)], choose, **SILENT)

    assert [date for date, _, _ in scene.reconfigurations] == [24.0]


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_kill_in_the_middle(engine: str, tmp_path: Path) -> None:
    """A walltime ends a stretch where it is; the progress up to there counts."""
    scene = play(tmp_path, engine, [malleable(walltime=40)], deciding((0, 1)), **SILENT)

    assert scene.row(0) == (0.0, 40.0, "KILLED")
    assert scene.jobs[0].completed_phases == 26
    assert scene.end == 40.0


@pytest.mark.parametrize("engine", ["exact", "fast"])
@pytest.mark.parametrize("is_alone", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "last", [idle(50), {"type": "pfs_write", "name": "w", "bytes": 1e11, "pattern": "uniform"}], ids=["idle", "write"]
)
def test_kill_in_a_later_phase(
    engine: str, is_alone: bool, is_first: bool, last: dict[str, Any], tmp_path: Path
) -> None:
    """Scheduling points that a stretch has passed count; its end is none if no report follows (R5.11)."""
    pattern = "uniform" if is_alone else "root_only"
    phases = [{"iterations": 5, "tasks": [idle(2, pattern=pattern)]}, {"scheduling_point": False, "tasks": [last]}]
    model = {"phases": phases} if is_first else {"phases": phases, "on_init": {"tasks": [idle(1)]}}
    one = job(model=model, type="malleable", nodes=(2, 2), walltime=40)
    scene = play(tmp_path, engine, [one], **SILENT)

    assert scene.row(0) == (0.0, 40.0, "KILLED")
    assert scene.jobs[0].completed_phases == 4


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_evolving_request_ends_a_stretch(engine: str, tmp_path: Path) -> None:
    """Iterations are skipped up to the one whose request differs from the number of nodes."""
    requests: list[tuple[float, int | None]] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.EVOLVING_REQUEST:
            requests.append((invocation.time, invocation.evolving_request))
            return [decide(0, 0, 1, 2)]
        return first_come(invocation, scene)

    one = job(
        idle(2),
        iterations=30,
        type="evolving",
        nodes=(1, 3),
        phase={"evolving_request": "phase_iteration < 20 ? 1 : 3"},
    )
    scene = play(tmp_path, engine, [one], choose, **SILENT)

    assert requests == [(40.0, 3)]
    assert scene.end == 60.0


@given(
    decisions=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 4)), min_size=1, max_size=4),
    barrier=st.booleans(),
    logs=st.booleans(),
    pattern=st.sampled_from(("uniform", "root_only", "even_ranks")),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_engines_agree_on_reconfigurations(
    tmp_path: Path, decisions: list[tuple[int, int]], barrier: bool, logs: bool, pattern: str
) -> None:
    """Reconfigurations decided at any time take place at the same times with stretches and without."""
    plan = {round(number * 2.71, 9): size for number, size in decisions}

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if scene.jobs[0].state is JobState.PENDING:
            return [decide(0, 0, 1)]
        size = plan.get(round(invocation.time, 9))
        return [decide(0, *range(size))] if size and not scene.jobs[0].is_finished else []

    last = idle(0.3, pattern=pattern)
    one = job(*TASKS, last, iterations=40, type="malleable", nodes=(1, 4), phase={"barrier": barrier})
    keys = {**SILENT, "log_task_times": logs, "scheduling_interval": 2.71}
    exact, fast = (play(tmp_path, engine, [one], choose, **keys) for engine in ("exact", "fast"))

    assert [entry[1:] for entry in fast.reconfigurations] == [entry[1:] for entry in exact.reconfigurations]
    dates = [entry[0] for entry in exact.reconfigurations]
    assert [entry[0] for entry in fast.reconfigurations] == pytest.approx(dates, rel=1e-9)
    assert fast.end == pytest.approx(exact.end, rel=1e-9)
    found, expected = by_node(fast), by_node(exact)
    assert [task[:2] for task in found] == [task[:2] for task in expected]
    for column in (2, 3):
        assert [task[column] for task in found] == pytest.approx(
            [task[column] for task in expected], rel=1e-9, abs=1e-9
        )


@pytest.mark.parametrize("engine", ["exact", "fast"])
def test_tasks_are_reported_when_they_end(engine: str, tmp_path: Path) -> None:
    """Whoever looks in the middle of a stretch finds the tasks of all iterations that are done."""
    found: list[tuple[float, int]] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        found.append((invocation.time, len(scene.tasks)))
        return first_come(invocation, scene)

    keys = {**SILENT, "log_task_times": True, "scheduling_interval": 5}
    play(tmp_path, engine, [job(idle(2), iterations=9)], choose, **keys)

    assert (found[1], found[3]) == ((5.0, 2), (15.0, 7))


def by_node(scene: Scene) -> list[tuple[int, str, float, float]]:
    """Return node, task, time and duration of all tasks, those of each node in their order."""
    return sorted((node, task, time, duration) for time, node, task, duration in scene.tasks)


def test_sensing_changes_no_job(tmp_path: Path) -> None:
    """In the fast engine samples change not a bit of any job, node or task."""
    described = [
        malleable(submit_time=number * 1.37, walltime=100.1)
        if number % 2
        else job(*TASKS, {"type": "pfs_write", "name": "w", "bytes": 7e8, "pattern": "all_ranks"}, iterations=9)
        for number in range(6)
    ]
    plain, watched = (
        play(tmp_path, "fast", described, scheduling_interval=7.3, **SILENT, **sensing)
        for sensing in ({"sensing": False}, {"sensing": True, "sensing_interval": 0.37})
    )

    assert watched.samples
    assert not plain.samples
    assert [repr(watched.row(number)) for number in range(6)] == [repr(plain.row(number)) for number in range(6)]
    assert watched.rows == plain.rows
    assert watched.messages == plain.messages


def test_loads_during_a_stretch_are_those_of_the_exact_engine(tmp_path: Path) -> None:
    """Samples show the activities of a stretch as if each of them were simulated."""
    keys = {**SILENT, "sensing": True, "sensing_interval": 0.4321}
    exact, fast = (
        play(tmp_path, engine, [job(*TASKS, idle(0.3), iterations=12, nodes=2)], nodes=2, **keys)
        for engine in ("exact", "fast")
    )
    # A sample at the very end may or may not be taken.
    for found, expected in zip(fast.samples, exact.samples, strict=False):
        assert found.times == pytest.approx(expected.times, rel=1e-9)
        assert found.cpu == pytest.approx(expected.cpu, rel=1e-9, abs=1e-9)
        assert found.network == pytest.approx(expected.network, rel=1e-9, abs=1e-9)
    assert len(fast.samples) > 40
    assert {tuple(sample.cpu) for sample in fast.samples} == {(0.0, 0.0), (1.0, 1.0)}


def test_gpu_use_during_a_stretch(tmp_path: Path) -> None:
    """GPUs look used during kernels that are skipped, and free in between."""
    kernel = {"type": "gpu", "name": "k", "flops": 3e9, "computation_pattern": "uniform"}
    keys = {**SILENT, "sensing": True, "sensing_interval": 1}
    properties = {"num_gpus": "4", "flops_per_gpu": "1Gf", "gpu_to_gpu_bw": "1GBps"}
    one = job(kernel, idle(2.5), iterations=5, num_gpus_per_node=2)
    scene = play(tmp_path, "fast", [one], nodes=1, properties=properties, **keys)

    # Iterations take 1.5 s of kernels and 2.5 s of idling: 0 to 1.5, 4 to 5.5, …
    busy = [sample.times[0] for sample in scene.samples if sample.gpu[0] == 0.5]
    assert busy == [1.0, 5.0, 9.0, 13.0, 17.0]
    assert all(sample.gpu[0] in (0.0, 0.5) for sample in scene.samples)


def test_single_nodes_skip_the_last_iteration_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job with one group of ranks skips all iterations in one stretch, a job with several all but the last."""
    counts: list[int] = []
    init = Stretch.__init__

    def noted(self: Stretch, *arguments: Any) -> None:
        counts.append(arguments[4])
        init(self, *arguments)

    monkeypatch.setattr(Stretch, "__init__", noted)
    rooted = idle(1, pattern="root_only")
    play(tmp_path, "fast", [job(idle(1), iterations=10, nodes=2)], **SILENT)
    play(tmp_path, "fast", [job(rooted, iterations=10, nodes=2)], **SILENT)

    assert counts == [10, 9]
