"""Application models (spec section 3) and what jobs ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from inputs import IDLE, elastic, model_of, problems, read, read_job, rigid, warnings

from elastisim.patterns import MatrixPattern, VectorPattern
from elastisim.workload.application import (
    BurstBufferTask,
    BusyWaitTask,
    CpuTask,
    GpuTask,
    IdleTask,
    OneTimePhase,
    Payload,
    PfsTask,
    Phase,
    SequenceTask,
    Task,
    Traffic,
)
from elastisim.workload.formula import parse_formula

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.workload.application import ApplicationModel

TASK = "$.phases[0].tasks[0]"


def model(directory: Path, document: Any, job: dict[str, Any] | None = None) -> ApplicationModel:
    return read_job(directory, job or rigid(arguments={"x": 1}), document).model


def task(directory: Path, written: dict[str, Any], job: dict[str, Any] | None = None) -> Task:
    """Read a model of one task."""
    (phase,) = model(directory, model_of(written), job).phases
    (found,) = phase.tasks
    return found


def mistakes(directory: Path, written: Any, **job: Any) -> list[tuple[str, str]]:
    """Return the problems of a model of one task as (place, message)."""
    found = problems(directory, [rigid(**job)], model_of(written))
    assert {file for file, _, _ in found} == {"model.json"}
    return [(where, message) for _, where, message in found]


def doubts(directory: Path, document: Any, job: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Return the warnings about a model as (place, message)."""
    return [(where, message) for _, where, message in warnings(directory, [job or rigid()], document)]


def test_a_phase_has_defaults(tmp_path: Path) -> None:
    assert model(tmp_path, {"phases": [{}]}).phases == (Phase(path="$.phases[0]"),)
    assert Phase(path="") == Phase(
        path="", iterations=1, scheduling_point=True, evolving_request=None, barrier=True, tasks=()
    )


def test_a_phase(tmp_path: Path) -> None:
    written = {"iterations": "x", "scheduling_point": False, "evolving_request": "x+1", "barrier": False, "tasks": []}
    (_, phase) = model(tmp_path, {"phases": [{}, written]}).phases

    assert phase == Phase(
        path="$.phases[1]",
        iterations=parse_formula("x"),
        scheduling_point=False,
        evolving_request=parse_formula("x+1"),
        barrier=False,
    )


@pytest.mark.parametrize("name", ["on_init", "on_reconfiguration", "on_expansion"])
def test_one_time_phases(tmp_path: Path, name: str) -> None:
    found = model(tmp_path, {"phases": [{}], name: {"iterations": 3, "tasks": [IDLE]}})
    idle = IdleTask(path=f"$.{name}.tasks[0]", delay=Payload(VectorPattern.UNIFORM, 1.0))

    assert getattr(found, name) == OneTimePhase(path=f"$.{name}", iterations=3, tasks=(idle,))
    assert found.one_time_phases() == (getattr(found, name),)


@pytest.mark.parametrize("document", [{"phases": [{}]}, {"phases": [{}], "on_init": None}])
def test_one_time_phases_are_optional(tmp_path: Path, document: Any) -> None:
    assert model(tmp_path, document).one_time_phases() == ()


@pytest.mark.parametrize("document", [{}, {"phases": []}, {"phases": None}])
def test_a_model_without_phases_is_valid_but_odd(tmp_path: Path, document: Any) -> None:
    assert model(tmp_path, document).phases == ()
    assert doubts(tmp_path, document) == [("$.phases", "there are none: jobs are over as soon as they have started")]


@pytest.mark.parametrize("written", [3, 3.0, "3"])
def test_evolving_requests_may_be_numbers(tmp_path: Path, written: Any) -> None:
    request = model(tmp_path, model_of(evolving_request=written)).phases[0].evolving_request

    assert request is not None
    assert request.evaluate({}) == 3.0


@pytest.mark.parametrize("written", [3.0, 2.7, -3, True, [], {}])
@pytest.mark.parametrize("place", ["phase", "task"])
def test_iterations_of_other_kinds_count_as_one(tmp_path: Path, place: str, written: Any) -> None:
    """Test vector T5."""
    document = model_of(IDLE, iterations=written) if place == "phase" else model_of({**IDLE, "iterations": written})
    (phase,) = model(tmp_path, document).phases

    assert (phase.iterations, phase.tasks[0].iterations) == (1, 1)
    ((where, message),) = doubts(tmp_path, document)
    assert where == ("$.phases[0].iterations" if place == "phase" else f"{TASK}.iterations")
    assert message.startswith("expected an integer ≥ 0 or a string, found ")
    assert message.endswith("; counts as 1")


@pytest.mark.parametrize("written", ["3", 2.0, -1, True])
def test_one_time_phases_count_whole_numbers_only(tmp_path: Path, written: Any) -> None:
    document = {"phases": [{}], "on_init": {"iterations": written}}
    found = model(tmp_path, document).on_init

    assert found is not None
    assert found.iterations == 1
    assert [where for where, _ in doubts(tmp_path, document)] == ["$.on_init.iterations"]


@pytest.mark.parametrize(
    ("key", "default"), [("scheduling_point", True), ("barrier", True), ("evolving_request", None)]
)
def test_odd_values_of_phases_count_as_the_default(tmp_path: Path, key: str, default: Any) -> None:
    document = model_of(**{key: [0]})

    assert getattr(model(tmp_path, document).phases[0], key) == default
    assert [where for where, _ in doubts(tmp_path, document)] == [f"$.phases[0].{key}"]


@pytest.mark.parametrize(("key", "default"), [("name", ""), ("synchronized", False)])
def test_odd_values_of_tasks_count_as_the_default(tmp_path: Path, key: str, default: Any) -> None:
    written = {**IDLE, key: 1}

    assert getattr(task(tmp_path, written), key) == default
    assert [where for where, _ in doubts(tmp_path, model_of(written))] == [f"{TASK}.{key}"]


@pytest.mark.parametrize("name", ["idle", "IDLE", "Idle"])
def test_what_all_tasks_have_in_common(tmp_path: Path, name: str) -> None:
    written = {"type": name, "name": "nap", "iterations": "x", "synchronized": True, "delay": 2.5, "async": "ignored"}

    assert task(tmp_path, written) == IdleTask(
        path=TASK,
        name="nap",
        iterations=parse_formula("x"),
        synchronized=True,
        delay=Payload(VectorPattern.UNIFORM, 2.5),
    )


def test_busy_wait(tmp_path: Path) -> None:
    written = {"type": "busy_wait", "delay": "x", "pattern": "root_only"}

    assert task(tmp_path, written) == BusyWaitTask(
        path=TASK, delay=Payload(VectorPattern.ROOT_ONLY, parse_formula("x"))
    )


@pytest.mark.parametrize(
    ("written", "flops", "traffic"),
    [
        ({"flops": 5, "computation_pattern": "uniform"}, Payload(VectorPattern.UNIFORM, 5.0), None),
        ({"bytes": 0, "communication_pattern": "ring"}, None, Traffic(MatrixPattern.RING, 0.0)),
        (
            {"flops": "x", "computation_pattern": "total", "bytes": "x+1", "communication_pattern": "GATHER"},
            Payload(VectorPattern.ALL_RANKS, parse_formula("x")),
            Traffic(MatrixPattern.GATHER, parse_formula("x+1")),
        ),
        (
            {"flops": [1, 2.5], "computation_pattern": "vector", "bytes": None},
            Payload(VectorPattern.VECTOR, (1.0, 2.5)),
            None,
        ),
        (
            {"bytes": [0, 1, 2, 3], "communication_pattern": "matrix"},
            None,
            Traffic(MatrixPattern.MATRIX, (0.0, 1.0, 2.0, 3.0)),
        ),
    ],
)
def test_cpu_tasks(tmp_path: Path, written: dict[str, Any], flops: Payload | None, traffic: Traffic | None) -> None:
    assert task(tmp_path, {"type": "cpu", **written}) == CpuTask(path=TASK, flops=flops, traffic=traffic)


@pytest.mark.parametrize(("written", "coupled"), [(True, True), (False, False), (1, False)])
def test_coupled_tasks(tmp_path: Path, written: Any, coupled: bool) -> None:
    found = task(tmp_path, {"type": "cpu", "flops": 1, "computation_pattern": "uniform", "coupled": written})

    assert isinstance(found, CpuTask)
    assert found.coupled is coupled


def test_gpu_tasks(tmp_path: Path) -> None:
    loads = {"flops": 5, "computation_pattern": "uniform", "bytes": 6, "communication_pattern": "all_to_all"}
    found = task(tmp_path, {"type": "gpu", **loads}, rigid(num_gpus_per_node=2))

    assert found == GpuTask(
        path=TASK, flops=Payload(VectorPattern.UNIFORM, 5.0), traffic=Traffic(MatrixPattern.ALL_TO_ALL, 6.0)
    )


@pytest.mark.parametrize(
    ("name", "kind", "write"),
    [
        ("pfs_read", PfsTask, False),
        ("pfs_write", PfsTask, True),
        ("bb_read", BurstBufferTask, False),
        ("bb_write", BurstBufferTask, True),
    ],
)
@pytest.mark.parametrize("asynchronous", [True, False])
def test_transfers(tmp_path: Path, name: str, kind: Any, write: bool, asynchronous: bool) -> None:
    written = {"type": name, "bytes": 7, "pattern": "even_ranks", "async": asynchronous}
    size = Payload(VectorPattern.EVEN_RANKS, 7.0)

    assert task(tmp_path, written) == kind(path=TASK, size=size, write=write, asynchronous=asynchronous)


@pytest.mark.parametrize(
    ("written", "attribute"),
    [
        ({"type": "idle", "delay": 1}, "delay"),
        ({"type": "busy_wait", "delay": 1}, "delay"),
        ({"type": "pfs_read", "bytes": 1}, "size"),
        ({"type": "bb_write", "bytes": 1}, "size"),
    ],
)
def test_the_pattern_is_uniform_unless_given(tmp_path: Path, written: dict[str, Any], attribute: str) -> None:
    assert getattr(task(tmp_path, written), attribute) == Payload(VectorPattern.UNIFORM, 1.0)


def test_sequences_nest(tmp_path: Path) -> None:
    inner = {"type": "sequence", "iterations": 2, "tasks": [IDLE, IDLE]}
    outer = task(tmp_path, {"type": "sequence", "name": "outer", "tasks": [inner, {"type": "sequence"}]})

    assert isinstance(outer, SequenceTask)
    (first, second) = outer.tasks
    assert isinstance(first, SequenceTask)
    assert [found.path for found in first.tasks] == [f"{TASK}.tasks[0].tasks[0]", f"{TASK}.tasks[0].tasks[1]"]
    assert second == SequenceTask(path=f"{TASK}.tasks[1]")
    assert (first.iterations, outer.name) == (2, "outer")


def test_all_tasks_of_a_model_in_order(tmp_path: Path) -> None:
    document = {"on_init": {"tasks": [IDLE]}, **model_of(IDLE, {"type": "sequence", "tasks": [IDLE]})}

    assert [found.path for found in model(tmp_path, document).tasks()] == [
        "$.on_init.tasks[0]",
        "$.phases[0].tasks[0]",
        "$.phases[0].tasks[1]",
        "$.phases[0].tasks[1].tasks[0]",
    ]


@pytest.mark.parametrize(("depth", "is_accepted"), [(50, True), (51, False), (200, False)])
def test_sequences_nest_to_a_limit(tmp_path: Path, depth: int, is_accepted: bool) -> None:
    written: dict[str, Any] = IDLE
    for _ in range(depth - 1):
        written = {"type": "sequence", "tasks": [written]}
    if is_accepted:
        assert len(list(model(tmp_path, model_of(written)).tasks())) == depth
    else:
        ((where, message),) = mistakes(tmp_path, written)
        assert where.count("tasks[") == 50
        assert message == "sequences are nested more than 50 deep"


def test_bottomless_files_are_refused(tmp_path: Path) -> None:
    text = '{"phases": [{"tasks": ' + '[{"type": "sequence", "tasks": ' * 20000

    assert problems(tmp_path, [rigid()], text) == [("model.json", "", "is nested too deeply")]


CPU = {"type": "cpu", "flops": 1, "computation_pattern": "uniform"}


@pytest.mark.parametrize(
    ("written", "key", "message"),
    [
        ({}, "type", "is missing (expected one of idle, busy_wait, cpu, gpu, pfs_read, "),
        ({"type": "fpga"}, "type", "expected one of idle, busy_wait, cpu, gpu, pfs_read, pfs_write, bb_read, "),
        ({"type": "idle"}, "delay", "is missing (expected a number ≥ 0 or a string or an array of numbers ≥ 0)"),
        ({"type": "pfs_read"}, "bytes", "is missing (expected a number ≥ 0 or a string or an array of numbers ≥ 0)"),
        ({"type": "cpu"}, "", "expected flops, bytes or both, found neither"),
        ({"type": "gpu"}, "", "expected flops, bytes or both, found neither"),
        ({"type": "cpu", "flops": 1}, "computation_pattern", "is missing (with flops expected one of all_ranks, "),
        ({"type": "gpu", "bytes": 1}, "communication_pattern", "is missing (with bytes expected one of all_to_all, "),
        ({**CPU, "computation_pattern": "ring"}, "computation_pattern", "expected one of all_ranks, uniform, "),
        (
            {**IDLE, "pattern": "all"},
            "pattern",
            "expected one of all_ranks, uniform, root_only, even_ranks, odd_ranks, ",
        ),
        ({**CPU, "computation_pattern": 3}, "computation_pattern", "expected a string, found 3"),
        ({**IDLE, "delay": -2}, "delay", "expected a number ≥ 0 or a string or an array of numbers ≥ 0, found -2"),
        ({**CPU, "flops": -0.5}, "flops", "expected a number ≥ 0 or a string or an array of numbers ≥ 0, found -0.5"),
        ({**CPU, "flops": [1, -2], "computation_pattern": "vector"}, "flops[1]", "expected a number ≥ 0, found -2"),
        ({**CPU, "flops": True}, "flops", "expected a number ≥ 0 or a string or an array of numbers ≥ 0, found true"),
        ({**CPU, "flops": [1, 2]}, "flops", "expected a number or a performance model for the pattern uniform"),
        ({**CPU, "computation_pattern": "vector"}, "flops", "expected an array of numbers for the pattern vector"),
        (
            {"type": "cpu", "bytes": "1", "communication_pattern": "matrix"},
            "bytes",
            "expected an array of numbers for the pattern matrix",
        ),
        (
            {"type": "gpu", "bytes": 1, "communication_pattern": "Matrix"},
            "communication_pattern",
            "GPUs do not support the pattern matrix",
        ),
        ({**CPU, "flops": "1 +"}, "flops", "is not a performance model: end of the formula: expected a number, "),
        ({**CPU, "iterations": "(x"}, "iterations", "is not a performance model: end of the formula: expected ')'"),
        (
            {**CPU, "flops": "work / num_nodes"},
            "flops",
            "unknown name 'work' in \"work / num_nodes\"; known names: num_",
        ),
        ({**CPU, "iterations": "runs"}, "iterations", "unknown name 'runs' in \"runs\"; known names: num_gpus, "),
        ({"type": "sequence", "tasks": [{}]}, "tasks[0].type", "is missing (expected one of idle, "),
        ({"type": "sequence", "tasks": 1}, "tasks", "expected an array of objects, found 1"),
    ],
)
def test_mistakes_in_tasks(tmp_path: Path, written: dict[str, Any], key: str, message: str) -> None:
    found = mistakes(tmp_path, written, num_gpus_per_node=1)

    assert found[0][0] == (f"{TASK}.{key}" if key else TASK)
    assert found[0][1].startswith(message)
    assert len(found) == 1


def test_all_mistakes_of_a_task_are_found(tmp_path: Path) -> None:
    written = {
        "type": "cpu",
        "iterations": "1 +",
        "flops": "(",
        "computation_pattern": "x",
        "bytes": ")",
        "communication_pattern": "y",
    }

    assert [where for where, _ in mistakes(tmp_path, written)] == [
        f"{TASK}.{key}" for key in ("iterations", "flops", "computation_pattern", "bytes", "communication_pattern")
    ]


def test_mistakes_in_phases(tmp_path: Path) -> None:
    document = {
        "phases": [{"evolving_request": "1 +"}, 5, {"tasks": [{"type": "fpga"}, {"type": "cpu"}]}],
        "on_init": {"tasks": [{"type": "idle"}]},
    }

    assert [where for _, where, _ in problems(tmp_path, [rigid()], document)] == [
        "$.phases[1]",
        "$.phases[2].tasks[0].type",
        "$.on_init.tasks[0].delay",
        "$.phases[0].evolving_request",
        "$.phases[2].tasks[1]",
    ]


def test_misspelled_keys_are_pointed_out(tmp_path: Path) -> None:
    document = model_of({**IDLE, "iteration": 3, "comment": "fine"}, scheduling_points=False)

    assert doubts(tmp_path, document) == [
        ("$.phases[0].scheduling_points", "is unknown and ignored (did you mean scheduling_point?)"),
        (f"{TASK}.iteration", "is unknown and ignored (did you mean iterations?)"),
    ]


VECTOR = {"type": "cpu", "flops": [1, 2, 3], "computation_pattern": "vector"}
MATRIX = {"type": "cpu", "bytes": [1] * 9, "communication_pattern": "matrix"}


@pytest.mark.parametrize("written", [VECTOR, MATRIX])
@pytest.mark.parametrize("nodes", [1, 3])
def test_explicit_patterns_may_list_more_than_needed(tmp_path: Path, written: dict[str, Any], nodes: int) -> None:
    assert read(tmp_path, [rigid(num_nodes=nodes)], model_of(written)).jobs


@pytest.mark.parametrize(("written", "key", "needed", "found"), [(VECTOR, "flops", 4, 3), (MATRIX, "bytes", 16, 9)])
def test_explicit_patterns_must_be_long_enough(
    tmp_path: Path, written: dict[str, Any], key: str, needed: int, found: int
) -> None:
    jobs = [rigid(num_nodes=3), rigid(num_nodes=4), rigid(num_nodes=4)]
    message = f"expected at least {needed} numbers for 4 nodes, found {found} (job $.jobs[1] of {tmp_path}/jobs.json)"

    assert problems(tmp_path, jobs, model_of(written)) == [("model.json", f"{TASK}.{key}", message)]


@pytest.mark.parametrize(("written", "key"), [(VECTOR, "flops"), (MATRIX, "bytes")])
@pytest.mark.parametrize("kind", ["moldable", "malleable", "evolving", "adaptive"])
def test_explicit_patterns_are_for_rigid_jobs(tmp_path: Path, kind: str, written: dict[str, Any], key: str) -> None:
    pattern = "vector" if key == "flops" else "matrix"
    message = f"the pattern {pattern} is for rigid jobs only, but a {kind} job uses it"

    assert problems(tmp_path, [rigid(), elastic(kind), elastic(kind)], model_of(written)) == [
        ("model.json", f"{TASK}.{key}", f"{message} (job $.jobs[1] of {tmp_path}/jobs.json)")
    ]


GPU = {"type": "gpu", "bytes": 1}


@pytest.mark.parametrize("pattern", ["gather", "scatter", "master_worker"])
@pytest.mark.parametrize(
    ("job", "is_accepted"),
    [
        (rigid(num_gpus_per_node=1), True),
        (rigid(num_gpus_per_node=2), False),
        (rigid(), False),
        (elastic(num_gpus_per_node_min=1, num_gpus_per_node_max=4), True),
        (elastic(num_gpus_per_node_min=0, num_gpus_per_node_max=1), True),
        (elastic(num_gpus_per_node_min=2, num_gpus_per_node_max=4), False),
        (elastic(), False),
    ],
)
def test_some_patterns_need_one_gpu_per_node(
    tmp_path: Path, pattern: str, job: dict[str, Any], is_accepted: bool
) -> None:
    document = model_of({**GPU, "communication_pattern": pattern})
    if is_accepted:
        assert read(tmp_path, [job], document).jobs
    else:
        ((_, where, message),) = problems(tmp_path, [job], document)
        assert where == f"{TASK}.communication_pattern"
        assert message.startswith(f"GPUs support the pattern {pattern} with one GPU per node only (job $.jobs[0] of ")


@pytest.mark.parametrize("pattern", ["all_to_all", "ring", "ring_clockwise", "ring_counter_clockwise"])
def test_other_patterns_support_any_number_of_gpus(tmp_path: Path, pattern: str) -> None:
    document = model_of({**GPU, "communication_pattern": pattern})

    assert read(tmp_path, [rigid(num_gpus_per_node=4)], document).warnings == ()


def test_gather_among_cpus_has_nothing_to_do_with_gpus(tmp_path: Path) -> None:
    document = model_of({"type": "cpu", "bytes": 1, "communication_pattern": "gather"})

    assert read(tmp_path, [rigid(num_gpus_per_node=4)], document).warnings == ()


def test_gpu_tasks_in_jobs_without_gpus_are_pointed_out(tmp_path: Path) -> None:
    document = model_of({"type": "gpu", "flops": 1, "computation_pattern": "uniform"})

    assert doubts(tmp_path, document) == [
        (TASK, f"the task cannot be executed by a job that uses no GPUs (job $.jobs[0] of {tmp_path}/jobs.json)")
    ]
    assert doubts(tmp_path, document, rigid(num_gpus_per_node=1)) == []


@pytest.mark.parametrize(
    ("number", "is_noticeable"), [(1e-7, True), (1.23456789, False), (0.0000125, True), (0, False)]
)
def test_rounding_of_numbers_is_pointed_out_for_jobs_that_are_not_rigid(
    tmp_path: Path, number: float, is_noticeable: bool
) -> None:
    document = model_of({"type": "idle", "delay": number})

    assert doubts(tmp_path, document, rigid()) == []
    assert [where for where, _ in doubts(tmp_path, document, elastic())] == [f"{TASK}.delay"] * is_noticeable
    assert read(tmp_path, [elastic()], document, full_precision=True).warnings == ()


def test_numbers_keep_their_digits_when_read(tmp_path: Path) -> None:
    found = task(tmp_path, {"type": "idle", "delay": 1.23456789e-7}, elastic())

    assert isinstance(found, IdleTask)
    assert found.delay.amount == 1.23456789e-7


@pytest.mark.parametrize(
    "formula", ["x * num_nodes", "num_gpus + num_gpus_per_node", "num_nodes_min + num_nodes_max", "pi", "f(2)"]
)
def test_names_that_rigid_jobs_know(tmp_path: Path, formula: str) -> None:
    job = rigid(arguments={"x": 1, "f": "x + num_nodes"})

    assert read(tmp_path, [job], model_of({"type": "idle", "delay": formula})).jobs


@pytest.mark.parametrize("formula", ["phase_iteration", "runtime"])
def test_names_that_rigid_jobs_do_not_know(tmp_path: Path, formula: str) -> None:
    ((where, message),) = mistakes(tmp_path, {"type": "idle", "delay": formula})

    assert where == f"{TASK}.delay"
    assert message.startswith(f"unknown name '{formula}'")


@pytest.mark.parametrize("kind", ["moldable", "malleable", "evolving", "adaptive"])
def test_other_jobs_may_learn_names_while_they_run(tmp_path: Path, kind: str) -> None:
    assert read(tmp_path, [elastic(kind)], model_of({"type": "idle", "delay": "runtime"})).jobs


def test_evolving_requests_may_mention_anything(tmp_path: Path) -> None:
    assert read(tmp_path, [rigid()], model_of(evolving_request="phase_iteration + goal")).jobs


def test_an_unknown_name_is_reported_for_the_first_job_and_each_place(tmp_path: Path) -> None:
    tasks = [{"type": "idle", "delay": delay} for delay in ("a + b", "b")]
    jobs = [rigid(arguments={"a": 1, "b": 2}), rigid(arguments={"a": 1}), rigid(arguments={"a": 1})]

    assert [(where, message[:17]) for _, where, message in problems(tmp_path, jobs, model_of(*tasks))] == [
        ("$.phases[0].tasks[0].delay", "unknown name 'b' "),
        ("$.phases[0].tasks[1].delay", "unknown name 'b' "),
    ]


def test_arguments_that_mention_unknown_names_are_reported(tmp_path: Path) -> None:
    job = rigid(arguments={"x": "y + 1", "y": "z", "unused": "nobody cares"})

    known = "num_gpus, num_gpus_per_node, num_nodes, num_nodes_max, num_nodes_min, pi, unused, x, y"

    assert problems(tmp_path, [job], model_of({"type": "idle", "delay": "x"})) == [
        ("jobs.json", "$.jobs[0].arguments", f"arguments mention the unknown name 'z'; known names: {known}")
    ]


@pytest.mark.parametrize("job", [rigid, elastic])
def test_arguments_that_are_used_but_are_no_formulas_are_reported(tmp_path: Path, job: Any) -> None:
    document = model_of({"type": "idle", "delay": "x"})
    ((file, where, message),) = problems(tmp_path, [job(arguments={"x": "a b"})], document)

    assert (file, where) == ("jobs.json", "$.jobs[0].arguments.x")
    assert message.startswith("is used as a performance model but is none: column 3: expected an operator, found 'b'")
