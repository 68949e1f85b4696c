"""The test vectors of the specification (section 15), on both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from elastisim.batch.invocation import Decision, InvocationType
from elastisim.batch.job import JobState
from elastisim.batch.node import NodeState

from .scenes import ENGINES, decide, first_come, idle, job, play

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.batch.invocation import Invocation

    from .scenes import Scene

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def durations(scene: Scene, name: str = "task") -> list[float]:
    """Return the durations of a task by node."""
    return [duration for _, _, duration in sorted((n, t, d) for t, n, task, d in scene.tasks if task == name)]


def cpu(**fields: Any) -> dict[str, Any]:
    return {"type": "cpu", "name": "task", **fields}


def test_t1_messages_of_a_rigid_job(engine: str, tmp_path: Path) -> None:
    """A job on two nodes makes two messages, and modified objects are listed once in the second."""
    seen: list[tuple[list[int], list[int]]] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        seen.append(([j.identifier for j in invocation.jobs], [n.identifier for n in invocation.nodes]))
        return first_come(invocation, scene)

    scene = play(tmp_path, engine, [job(idle(10), nodes=2)], choose, nodes=3)

    assert scene.messages == [(0.0, 1, 0), (10.0, 2, 0)]
    assert seen == [([0], [0, 1, 2]), ([0], [0, 1])]
    assert scene.end == 10.0


@pytest.mark.parametrize("walltime", [5, 5.0])
def test_t2_walltime(engine: str, tmp_path: Path, walltime: float) -> None:
    """A job is killed when its walltime is over; any spelling of the number counts (Q1)."""
    scene = play(tmp_path, engine, [job(idle(10), walltime=walltime)])

    assert scene.row(0) == (0.0, 5.0, "KILLED")
    assert scene.messages == [(0.0, 1, 0), (5.0, 3, 0)]


def test_t3_grace_period(engine: str, tmp_path: Path) -> None:
    """The grace period comes on top of the walltime."""
    scene = play(tmp_path, engine, [job(idle(10), walltime=5)], job_kill_grace_period=2.5)

    assert scene.row(0) == (0.0, 7.5, "KILLED")


def test_t4_order_of_submission(engine: str, tmp_path: Path) -> None:
    """Jobs are numbered by submit time, then by their place in the file; those before 0 are submitted at 0."""
    described = [job(idle(10), submit_time=time, nodes=nodes) for time, nodes in ((5, 1), (0, 1), (5, 2), (-3, 1))]
    scene = play(tmp_path, engine, described)

    assert [scene.jobs[i].description.min_nodes for i in range(4)] == [1, 1, 1, 2]
    assert [scene.jobs[i].start_time for i in range(4)] == [0.0, 0.0, 5.0, 10.0]
    assert scene.jobs[0].wait_time == 3.0
    assert [time for time, kind, _ in scene.messages if kind == 1] == [0.0, 0.0, 5.0, 5.0]


def test_t5_iterations_that_are_models(engine: str, tmp_path: Path) -> None:
    """A number of iterations that a model gives is truncated."""
    assert play(tmp_path, engine, [job(idle(10), iterations="2.9")]).end == 20.0


def test_t6_minimum_scheduling_interval(engine: str, tmp_path: Path) -> None:
    """Invocations that come too early are dropped; what they were about is noticed later."""
    described = [job(idle(10), submit_time=time) for time in (0, 15)]
    scene = play(tmp_path, engine, described, min_scheduling_interval=10, schedule_on_scheduling_point=False)

    assert [time for time, _, _ in scene.messages] == [15.0, 25.0]
    assert [scene.jobs[i].start_time for i in (0, 1)] == [15.0, 15.0]


def test_t7_order_of_messages_at_one_instant(engine: str, tmp_path: Path) -> None:
    """A periodic invocation sees a job that ends just then as running; its completion precedes submissions."""
    states: list[JobState] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.time == 10.0:
            states.append(scene.jobs[0].state)
        return first_come(invocation, scene)

    described = [job(idle(10)), job(idle(1), submit_time=10)]
    scene = play(tmp_path, engine, described, choose, scheduling_interval=10)

    assert [(time, kind) for time, kind, _ in scene.messages if time == 10.0] == [(10.0, 0), (10.0, 2), (10.0, 1)]
    assert states == [JobState.RUNNING, JobState.COMPLETED, JobState.COMPLETED]


@pytest.mark.parametrize(("on_init", "expanded", "end"), [(False, 8.0, 18.0), (True, 16.0, 26.0)])
def test_t8_t9_expansion_waits_for_a_scheduling_point(
    engine: str, tmp_path: Path, on_init: bool, expanded: float, end: float
) -> None:
    """A job expands at its next scheduling point; a decision made during on_init is not lost (Q16)."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.time == 3.0:
            return [decide(0, 0)]
        if invocation.time == 4.0:
            return [decide(0, 0, 1)]
        if 4.0 < invocation.time < expanded:
            assert scene.nodes[1].state is NodeState.RESERVED
        return []

    one = job(
        idle(5),
        iterations=3,
        type="malleable",
        nodes=(1, 2),
        submit_time=3,
        model={"on_init": {"tasks": [idle(8)]}} if on_init else {},
    )
    waker = job(idle(1), submit_time=4)

    def start_both(invocation: Invocation, scene: Scene) -> list[Decision]:
        decisions = choose(invocation, scene)
        return [*decisions, decide(1, 3)] if invocation.time == 4.0 else decisions

    scene = play(tmp_path, engine, [one, waker], start_both)

    assert scene.reconfigurations == [(expanded, 0, [0, 1])]
    assert scene.row(0) == (3.0, end, "COMPLETED")


@pytest.mark.parametrize("barrier", [True, False])
def test_t10_t11_one_time_phases(engine: str, tmp_path: Path, barrier: bool) -> None:
    """Added nodes run on_expansion after on_reconfiguration; without barriers the retained node goes on meanwhile."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.JOB_SUBMIT:
            return [decide(0, 0, 1)]
        if invocation.type is InvocationType.SCHEDULING_POINT:
            return [decide(0, 2, 1, 3)] if invocation.time == 8.0 else [decide(0, 3)]
        return []

    model = {
        "on_reconfiguration": {"tasks": [idle(2)]},
        "on_expansion": {"tasks": [idle("10*num_nodes", name="expand", pattern="all_ranks")]},
    }
    one = job(
        idle(5, name="task"),
        iterations=3,
        type="malleable",
        nodes=(1, 4),
        submit_time=3,
        model=model,
        phase={"barrier": barrier},
    )
    scene = play(tmp_path, engine, [one], choose)

    expansions = [(time, node, duration) for time, node, task, duration in scene.tasks if task == "expand"]
    assert sorted(expansions) == [(20.0, 2, 10.0), (20.0, 3, 10.0)]
    assert scene.row(0) == (3.0, 32.0, "COMPLETED")
    assert [(node, running) for time, node, running, _ in scene.rows if time == 8.0] == [(2, [0]), (3, [0]), (0, [])]
    ends = {node: [t for t, n, task, _ in scene.tasks if n == node and task == "task"] for node in range(4)}
    assert ends[1] == [8.0, 25.0] if barrier else [8.0, 15.0]
    assert ends[2] == [25.0]
    assert ends[3] == [25.0, 32.0]


def gpus(number: int) -> dict[str, str]:
    return {"num_gpus": str(number), "flops_per_gpu": "1Gf", "gpu_to_gpu_bw": "1GBps"}


@pytest.mark.parametrize("nodes", [1, 2])
def test_t12_gpu_computation_is_per_node(engine: str, tmp_path: Path, nodes: int) -> None:
    """A uniform amount is that of each node, spread over its GPUs."""
    task = {"type": "gpu", "name": "task", "flops": 8e9, "computation_pattern": "uniform"}
    scene = play(tmp_path, engine, [job(task, nodes=nodes, num_gpus_per_node=2)], properties=gpus(2))

    assert durations(scene) == [4.0] * nodes


@pytest.mark.parametrize(
    ("pattern", "nodes", "count", "expected"),
    [
        *[
            ("all_to_all", *case)
            for case in ((1, 2, 12), (1, 3, 4), (2, 1, 6), (2, 2, 4), (2, 3, 3.6), (3, 2, 3.2), (3, 3, 3))
        ],
        *[
            (pattern, *case)
            for pattern in ("ring", "ring_clockwise", "ring_counter_clockwise")
            for case in ((1, 2, 12), (1, 3, 4), (2, 1, 6), (2, 2, 3), (2, 3, 2), (3, 2, 2), (3, 3, 4 / 3))
        ],
    ],
)
def test_t13_t14_gpu_communication(
    engine: str, tmp_path: Path, pattern: str, nodes: int, count: int, expected: float
) -> None:
    """Traffic inside nodes and between nodes runs at the same time; the longer part counts."""
    task = {"type": "gpu", "name": "task", "bytes": 12e9, "communication_pattern": pattern}
    scene = play(tmp_path, engine, [job(task, nodes=nodes, num_gpus_per_node=count)], properties=gpus(count))

    assert durations(scene) == pytest.approx([expected] * nodes, rel=1e-9)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("gather", (6, 8, 9)),
        ("scatter", (6, 8, 9)),
        ("master_worker", (24, 24, 24)),
        ("ring", (6, 4, 3)),
        ("ring_clockwise", (6, 4, 3)),
        ("ring_counter_clockwise", (6, 4, 3)),
        ("all_to_all", (6, 4, 3)),
    ],
)
def test_t15_cpu_communication(engine: str, tmp_path: Path, pattern: str, expected: tuple[float, ...]) -> None:
    """The busiest link decides how long a communication takes."""
    task = cpu(bytes=12e9, communication_pattern=pattern)
    for nodes, seconds in zip((2, 3, 4), expected, strict=True):
        scene = play(tmp_path, engine, [job(task, nodes=nodes)])
        assert durations(scene) == pytest.approx([seconds] * nodes, rel=1e-9)


@pytest.mark.parametrize(("coupled", "expected"), [(True, [4.0, 4.0]), (False, [4.0, 2.0])])
def test_t16_coupled_tasks(engine: str, tmp_path: Path, coupled: bool, expected: list[float]) -> None:
    """A coupled task ends on all ranks with its slowest part; otherwise each rank waits for its own computation."""
    task = cpu(flops=4e9, computation_pattern="root_only", bytes=4e9, communication_pattern="all_to_all")
    scene = play(tmp_path, engine, [job({**task, "coupled": coupled}, nodes=2)])

    assert durations(scene) == pytest.approx(expected, rel=1e-9)


BURST_BUFFER = {"node_local_bb": "true", "bb_read_bw": "2GBps", "bb_write_bw": "1GBps"}


@pytest.mark.parametrize(
    ("kind", "pattern", "nodes", "striping", "expected"),
    [
        ("bb_read", "uniform", 1, {}, 4.0),
        ("bb_write", "uniform", 1, {}, 8.0),
        ("bb_read", "root_only", 4, {"wide_striping": "true", "flops_per_byte": "0f"}, 6.0),
        ("bb_read", "uniform", 2, {"wide_striping": "true", "flops_per_byte": "1f"}, 8.0),
    ],
)
def test_t17_t18_burst_buffers(
    engine: str, tmp_path: Path, kind: str, pattern: str, nodes: int, striping: dict[str, str], expected: float
) -> None:
    """Exclusive burst buffers take the time of the disk, striped ones that of disk, network or CPU."""
    task = {"type": kind, "name": "task", "bytes": 8e9, "pattern": pattern}
    scene = play(tmp_path, engine, [job(task, nodes=nodes)], properties={**BURST_BUFFER, **striping})

    assert max(durations(scene)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("kind", "nodes", "expected"), [("pfs_read", 1, 8), ("pfs_read", 4, 8), ("pfs_write", 4, 16)])
def test_t19_parallel_file_system(engine: str, tmp_path: Path, kind: str, nodes: int, expected: float) -> None:
    """Transfers are limited by the link of the node, then by that of the file system."""
    task = {"type": kind, "name": "task", "bytes": 8e9, "pattern": "uniform"}
    scene = play(tmp_path, engine, [job(task, nodes=nodes)])

    assert durations(scene) == pytest.approx([expected] * nodes, rel=1e-9)


def test_t20_samples_between_tasks(engine: str, tmp_path: Path) -> None:
    """A sample does not see what begins or ends just then."""
    tasks = [cpu(flops=flops, computation_pattern="uniform") for flops in (3e9, 2e9)]
    scene = play(tmp_path, engine, [job(*tasks)], nodes=1, sensing=True, sensing_interval=1)

    assert [sample.times[0] for sample in scene.samples] == pytest.approx([0, 1, 2, 3, 4, 5])
    assert [sample.cpu[0] for sample in scene.samples] == pytest.approx([0, 1, 1, 0, 1, 0])


def test_t21_samples_of_the_network(engine: str, tmp_path: Path) -> None:
    """The network activity is that of the links outside the file system; the file system has its own figures."""
    tasks = [
        cpu(flops=3e9, computation_pattern="uniform"),
        {"type": "pfs_read", "name": "read", "bytes": 5e9, "pattern": "all_ranks"},
        cpu(bytes=4e9, communication_pattern="all_to_all"),
    ]
    scene = play(tmp_path, engine, [job(*tasks, nodes=2, submit_time=0.5)], nodes=2, sensing=True, sensing_interval=1)

    assert scene.end == pytest.approx(8.0)
    assert [sample.network for sample in scene.samples] == pytest.approx([0, 0, 0, 0, 0.5, 0.5, 0, 1, 0])
    reads = {sample.times[0]: sample.pfs_read for sample in scene.samples if sample.pfs_read}
    assert reads == pytest.approx({4.0: 2e9, 5.0: 2e9})


def granted(invocation: Invocation, scene: Scene) -> list[Decision]:
    """Start jobs on the first two nodes and grant requests."""
    if invocation.type is InvocationType.EVOLVING_REQUEST:
        assert invocation.job is not None
        assert invocation.evolving_request is not None
        return [decide(invocation.job.identifier, *range(invocation.evolving_request))]
    return [decide(job.identifier, 0, 1) for job in scene.pending]


@pytest.mark.parametrize(
    ("request_model", "expected"),
    [
        ("phase_iteration + 1", [(10.0, 3)]),
        ("num_nodes + 100", [(5.0, 4)]),
        ("num_nodes - 100", [(5.0, 1)]),
    ],
)
def test_t22_t23_evolving_requests(
    engine: str, tmp_path: Path, request_model: str, expected: list[tuple[float, int]]
) -> None:
    """A request is made where its clipped value differs from the number of nodes, and only there."""
    requests: list[tuple[float, int | None]] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.EVOLVING_REQUEST:
            requests.append((invocation.time, invocation.evolving_request))
        return granted(invocation, scene)

    one = job(idle(5), iterations=3, type="evolving", nodes=(1, 4), phase={"evolving_request": request_model})
    scene = play(tmp_path, engine, [one], choose)

    assert requests == expected
    assert [(time, len(nodes)) for time, _, nodes in scene.reconfigurations] == expected
    assert scene.end == 15.0


def test_t24_invocation_after_a_reconfiguration(engine: str, tmp_path: Path) -> None:
    """Without scheduling points a pending expansion is applied first and reported then."""
    seen: list[Any] = []

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.RECONFIGURATION:
            seen.append((invocation.time, scene.jobs[0].state, scene.nodes[1].state, scene.nodes[1].expected))
        if invocation.time == 2.0:
            return [decide(0, 0, 1)]
        return [decide(0, 0)] if invocation.time == 0.0 else [decide(i.identifier, 3) for i in scene.pending]

    one = job(idle(5), iterations=3, type="malleable", nodes=(1, 2))
    scene = play(tmp_path, engine, [one], choose, schedule_on_scheduling_point=False, scheduling_interval=2)

    assert seen == [(5.0, JobState.IN_RECONFIGURATION, NodeState.ALLOCATED, {})]
    assert scene.row(0) == (0.0, 15.0, "COMPLETED")


@pytest.mark.parametrize(("is_one_reply", "expected"), [(False, [8.0, 8.0]), (True, [8.0, 16.0])])
def test_t25_gpus_of_a_shared_node(engine: str, tmp_path: Path, is_one_reply: bool, expected: list[float]) -> None:
    """Jobs that choose GPUs at the same instant get the same one, jobs of consecutive invocations different ones."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if is_one_reply and len(scene.jobs) < 2:
            return []
        return [decide(job.identifier, 0, gpus=1) for job in scene.pending]

    task = {"type": "gpu", "name": "task", "flops": 8e9, "computation_pattern": "uniform"}
    described = [job(task, num_gpus_per_node=1)] * 2
    scene = play(tmp_path, engine, described, choose, nodes=1, properties=gpus(2), allow_oversubscription=True)

    assert sorted(job.end_time for job in scene.jobs.values()) == expected


def test_t26_kill_of_a_pending_job(engine: str, tmp_path: Path) -> None:
    """A job that is killed before it starts has no start and no wait time."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        return [Decision(0, kill=True)] if invocation.time == 4.0 else []

    scene = play(tmp_path, engine, [job(idle(10), submit_time=3)], choose, scheduling_interval=4)
    killed = scene.jobs[0]

    assert scene.row(0) == (-1.0, 4.0, "KILLED")
    assert (killed.wait_time, killed.makespan, killed.turnaround_time) == (-1.0, 5.0, 1.0)


def test_t27_nested_sequences(engine: str, tmp_path: Path) -> None:
    """Asynchronous activities are waited for at the end of each iteration of their sequence."""
    inner = {"type": "sequence", "name": "inner", "iterations": 2, "tasks": [idle(0.25, name="short", iterations=3)]}
    write = {"type": "pfs_write", "name": "write", "bytes": 4e9, "pattern": "all_ranks", "async": True}
    outer = {"type": "sequence", "name": "outer", "iterations": 2, "tasks": [write, idle(1, name="long"), inner]}
    scene = play(tmp_path, engine, [job(outer, nodes=2)])

    assert scene.end == pytest.approx(5.0, rel=1e-12)
    assert durations(scene, "outer") == pytest.approx([5.0, 5.0], rel=1e-12)
    assert durations(scene, "inner") == [1.5] * 4
    assert durations(scene, "short") == [0.75] * 8
    assert durations(scene, "write") == [0.0] * 4
