"""Choirs: ranks on nodes that are shared do what they would do one by one, for less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batch.scenes import ENGINES, decide, idle, job, play
from elastisim.batch.invocation import InvocationType
from elastisim.kernel import shared_engine
from elastisim.kernel.fast import FastFluidModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batch.scenes import Scene
    from elastisim.batch.invocation import Decision, Invocation
    from elastisim.kernel.lazy_flow import LazyFlow

QUIET = {"log_task_times": False, "schedule_on_scheduling_point": False, "allow_oversubscription": True}
COMPUTE = {"type": "cpu", "name": "c", "flops": 4e9, "computation_pattern": "uniform"}
"""Four seconds on each node, by itself."""

EXCHANGE = {"type": "cpu", "name": "x", "bytes": "2e9 * num_nodes", "communication_pattern": "ring_clockwise"}
"""Two seconds, by itself: each node sends and receives 2 GB over links of its own."""

WRITE = {"type": "pfs_write", "name": "w", "bytes": 1e9, "pattern": "uniform"}
"""1 GB from each node; all nodes together write 2 GB/s."""


ALL = [0, 1, 2, 3]


def on(*places: list[int]) -> Callable[[Invocation, Scene], list[Decision]]:
    """Return an algorithm that starts each job on its nodes as soon as it comes."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        return [decide(job.identifier, *places[job.identifier]) for job in scene.pending]

    return choose


def ends(scene: Scene) -> list[float]:
    return [scene.row(number)[1] for number in sorted(scene.jobs)]


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many equal ones each flow stands for that is started, or divided from another one."""
    started: list[int] = []
    enable = FastFluidModel._enable

    def noted(model: FastFluidModel, flow: LazyFlow) -> None:
        started.append(flow.multiplicity)
        enable(model, flow)

    monkeypatch.setattr(FastFluidModel, "_enable", noted)
    return started


@pytest.mark.parametrize("engine", ENGINES)
def test_who_comes_takes_its_part_of_some_nodes(engine: str, tmp_path: Path, flows: list[int]) -> None:
    """The first job has done 1 s of 4 s when the second comes to half of its nodes, for 2 s of work.

    There both go at half of the speed until the second is done after 4 s, at 5 s.  By then the first has 1 s left.
    """
    jobs = [job(COMPUTE, nodes=4), job({**COMPUTE, "flops": 2e9}, nodes=2, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [2, 3]), **QUIET)

    assert ends(scene) == pytest.approx([6.0, 5.0])
    if engine == "fast":
        # As long as the first job was alone there was no flow.  Afterwards there is one for each job and pair of nodes.
        assert len(flows) == 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("arrival", "end"),
    [
        pytest.param(2.0, 19.0, id="in the first computation"),
        pytest.param(4.0, 19.0, id="between two"),
        pytest.param(6.5, 19.0, id="in the second computation"),
        pytest.param(8.0, 18.0, id="going to sleep"),
        pytest.param(8.5, 18.5, id="asleep"),
        pytest.param(9.0, 19.0, id="between iterations"),
        pytest.param(10.0, 19.0, id="in the next iteration"),
    ],
)
def test_a_stretch_is_interrupted_anywhere(engine: str, arrival: float, end: float, tmp_path: Path) -> None:
    """Twice 4 s of work and 1 s of sleep, two times over.  Who comes for 1 s of work costs as much of it, but no sleep.

    Asleep, half of a second is left in which the visitor has the node for itself.
    """
    tasks = [{**COMPUTE, "iterations": 2}, idle(1)]
    jobs = [job(*tasks, nodes=2, iterations=2), job({**COMPUTE, "flops": 1e9}, submit_time=arrival)]
    scene = play(tmp_path, engine, jobs, on([0, 1], [1]), **QUIET)

    assert ends(scene)[0] == pytest.approx(end)


@pytest.mark.parametrize("engine", ENGINES)
def test_sharing_ends_where_the_program_meets(engine: str, tmp_path: Path, flows: list[int]) -> None:
    """A visitor slows one node down for one iteration; the others wait, and are one with it again afterwards."""
    tasks = [COMPUTE, EXCHANGE]
    jobs = [job(*tasks, nodes=4, iterations=50), job({**COMPUTE, "flops": 1e9}, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [2]), **QUIET)

    assert ends(scene) == pytest.approx([50 * 6.0 + 1.0, 3.0])
    if engine == "fast":
        # Two for the computation that was interrupted, one of the visitor, and the exchange of that iteration.
        assert len(flows) == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_transfers_to_the_file_system_are_divided(engine: str, tmp_path: Path, flows: list[int]) -> None:
    """Four nodes write 1 GB each at 2 GB/s, for 2 s.  After 1 s a visitor comes to one of them, to write as well.

    Of 2 GB/s each of five flows then gets 0.4 GB/s, until the first four have written their 0.5 GB after 1.25 s.
    """
    jobs = [job(WRITE, nodes=4), job(WRITE, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [1]), **QUIET)

    # The visitor has written 0.5 GB, and goes on alone at 1 GB/s.
    assert ends(scene) == pytest.approx([2.25, 2.75])
    if engine == "fast":
        assert flows == [4, 1, 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_computing_while_others_exchange(engine: str, tmp_path: Path) -> None:
    """Ranks compute for 4 s beside an exchange of 2 s; a visitor comes in the middle of both, or of the rest."""
    both = {**COMPUTE, **EXCHANGE, "coupled": False}
    for arrival in (1.0, 3.0):
        jobs = [job(both, idle(1), nodes=2, iterations=2), job({**COMPUTE, "flops": 0.5e9}, submit_time=arrival)]
        scene = play(tmp_path, engine, jobs, on([0, 1], [0]), **QUIET)
        assert ends(scene) == pytest.approx([10.5, arrival + 1.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_asynchronous_transfers_are_divided(engine: str, tmp_path: Path) -> None:
    """The transfers of above, while ranks compute for 4 s; after them the first iteration waits for those of 5 s."""
    first = {**WRITE, "async": True}
    jobs = [job(first, COMPUTE, nodes=4), job(WRITE, submit_time=1)]
    assert ends(play(tmp_path, engine, jobs, on([0, 1, 2, 3], [1]), **QUIET)) == pytest.approx([4.0, 2.75])

    large = {**first, "bytes": 2.5e9}
    inner = {"type": "sequence", "name": "s", "tasks": [large, {**COMPUTE, "flops": 1e9}]}
    for tasks in ([large, COMPUTE], [inner], [{**inner, "tasks": [first, *inner["tasks"]]}]):
        jobs = [job(*tasks, idle(1), nodes=4, iterations=2), job(idle(1), submit_time=1)]
        scenes = [play(tmp_path, other, jobs, on([0, 1, 2, 3], [1]), **QUIET) for other in (engine, "exact")]
        assert ends(scenes[0]) == pytest.approx(ends(scenes[1]))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_burst_buffers_are_shared(engine: str, asynchronous: bool, tmp_path: Path) -> None:
    """After 1 s of 4 a visitor writes as much as takes 1 s, and gets half of the disk for 2 s."""
    write = {"type": "bb_write", "name": "b", "bytes": 4e9, "pattern": "uniform", "async": asynchronous}
    disks = {"node_local_bb": "true", "bb_read_bw": "2GBps", "bb_write_bw": "1GBps"}
    jobs = [job(write, nodes=4), job({**write, "bytes": 1e9}, submit_time=1), job(idle(1), submit_time=0.5)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [2], [1]), properties=disks, **QUIET)

    assert ends(scene) == pytest.approx([5.0, 1.5, 3.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_an_exchange_is_interrupted(engine: str, tmp_path: Path) -> None:
    """An exchange of 2 s is half done when the visitors begin theirs, over the same links; both take 2 s more."""
    jobs = [job(EXCHANGE, nodes=4), job(EXCHANGE, nodes=4, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [0, 1, 2, 3]), **QUIET)

    assert ends(scene) == pytest.approx([3.0, 4.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_coupled_activities_share_cores(engine: str, tmp_path: Path) -> None:
    """Four seconds of work and an exchange at the same pace; who computes on one of the nodes slows all down."""
    coupled = {**COMPUTE, **EXCHANGE, "coupled": True}
    jobs = [job(coupled, nodes=4), job({**COMPUTE, "flops": 1e9}, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [3]), **QUIET)

    assert ends(scene) == pytest.approx([5.0, 3.0])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("nodes", [1, 2])
def test_coupled_activities_without_bytes(engine: str, nodes: int, tmp_path: Path) -> None:
    """A single rank has nobody to talk to, and two need not have anything to say: both compute all the same."""
    coupled = {**COMPUTE, **EXCHANGE, "coupled": True, "bytes": 2e9 if nodes == 1 else 0}
    jobs = [job(coupled, nodes=nodes), job({**COMPUTE, "flops": 1e9}, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1][:nodes], [0]), **QUIET)

    assert ends(scene) == pytest.approx([5.0, 3.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_ranks_that_differ_share_with_ranks_that_differ(engine: str, tmp_path: Path) -> None:
    """The root of the second job computes on a node in the middle of the first, and its other ranks do nothing."""
    root = {**COMPUTE, "flops": 2e9, "computation_pattern": "root_only"}
    jobs = [job(COMPUTE, nodes=4), job(root, nodes=3, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [2, 3, 1]), **QUIET)

    assert ends(scene) == pytest.approx([6.0, 5.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_kill_leaves_nothing_behind(engine: str, tmp_path: Path) -> None:
    """After one second together, and one of the victim's work in it, the first job is alone again."""
    jobs = [
        job(COMPUTE, nodes=4),
        job(COMPUTE, EXCHANGE, nodes=2, submit_time=1, walltime=2),
        job(EXCHANGE, nodes=4, submit_time=1.5, walltime=1),
    ]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [0, 1], [0, 1, 2, 3]), **QUIET)

    assert scene.row(1)[1:] == (3.0, "KILLED")
    assert scene.row(2)[1:] == (2.5, "KILLED")
    assert scene.row(0)[1] == pytest.approx(5.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stretch_that_was_interrupted_reports_its_progress(engine: str, tmp_path: Path) -> None:
    """A malleable job is in its third iteration when somebody comes; it expands at the next scheduling point."""

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        seen.append(scene.jobs[0].completed_phases)
        decisions = [decide(job.identifier, 0) for job in scene.pending]
        if invocation.type is InvocationType.JOB_SUBMIT and invocation.job is scene.jobs.get(1):
            decisions.append(decide(0, 0, 2))
        return decisions

    seen: list[int] = []
    jobs = [job(COMPUTE, nodes=(1, 2), iterations=4, type="malleable"), job(idle(1), submit_time=9)]
    jobs.append(job(idle(1), submit_time=9.5))
    scene = play(tmp_path, engine, jobs, choose, **QUIET)

    assert scene.reconfigurations == [(12.0, 0, [0, 2])]
    assert scene.row(0)[1] == pytest.approx(16.0)
    # When it came itself, when others came, and when it expanded.
    assert seen[:3] == [0, 2, 2]
    assert scene.jobs[0].completed_phases == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_tasks_are_logged_for_each_rank(engine: str, tmp_path: Path) -> None:
    """A rank that is slowed down reports later; those that wait for it have spent the time in the exchange."""
    jobs = [job(COMPUTE, EXCHANGE, nodes=3), job({**COMPUTE, "name": "v", "flops": 1e9}, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2], [1]), **{**QUIET, "log_task_times": True})

    assert sorted(scene.tasks) == [
        (3.0, 1, "v", 2.0),
        (4.0, 0, "c", 4.0),
        (4.0, 2, "c", 4.0),
        (5.0, 1, "c", 5.0),
        (7.0, 0, "x", 3.0),
        (7.0, 1, "x", 2.0),
        (7.0, 2, "x", 3.0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_all_nodes_of_a_cell_are_sensed(engine: str, tmp_path: Path) -> None:
    """One node stands for others, but the samples show them all, before and after somebody has come."""
    sensing = {"sensing": True, "sensing_interval": 0.75}
    jobs = [job(COMPUTE, nodes=4), job(idle(1), nodes=4, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on(ALL, ALL), **QUIET, **sensing)
    assert [[*sample.cpu] for sample in scene.samples if 0 < sample.times[0] < 4] == [[1.0] * 4] * 5

    jobs = [job(COMPUTE, nodes=4), job({**COMPUTE, "flops": 2e9}, nodes=2, submit_time=1)]
    scene = play(tmp_path, engine, jobs, on([0, 1, 2, 3], [1, 2]), **QUIET, **sensing)
    assert [(sample.times[0], [*sample.cpu]) for sample in scene.samples if 0 < sample.times[0] < 6] == [
        (pytest.approx(time), pytest.approx(loads))
        for time, loads in [
            (0.75, [1, 1, 1, 1]),
            (1.5, [1, 1, 1, 1]),
            (2.25, [1, 1, 1, 1]),
            (3.0, [1, 1, 1, 1]),
            (3.75, [1, 1, 1, 1]),
            (4.5, [0, 1, 1, 0]),
            (5.25, [0, 1, 1, 0]),
        ]
    ]


LONG = {**EXCHANGE, "bytes": "40e9 * num_nodes"}
"""An exchange that is under way all the time."""

GATHER = {**EXCHANGE, "bytes": "4e9 * num_nodes", "communication_pattern": "gather"}
BOTH = {**COMPUTE, **EXCHANGE, "coupled": False}


@pytest.mark.parametrize(
    ("jobs", "places"),
    [
        pytest.param(
            [job(COMPUTE, idle(1), nodes=4), job(LONG, nodes=4), job(COMPUTE, submit_time=4)],
            [ALL, ALL, [1]],
            id="somebody comes at the end of a leg",
        ),
        pytest.param(
            [job(COMPUTE, nodes=4, iterations=2), job(idle(1), submit_time=8 - 5e-10)],
            [ALL, [1]],
            id="somebody comes as a stretch ends",
        ),
        pytest.param(
            [
                job({**EXCHANGE, "bytes": "8e9 * num_nodes"}, nodes=4),
                job({**WRITE, "bytes": 9e9, "async": True}, LONG, nodes=4, submit_time=1, walltime=1.5),
            ],
            [ALL, ALL],
            id="a kill in the midst of what is done alongside",
        ),
        pytest.param([job({**WRITE, "async": True}, EXCHANGE, nodes=4)], [ALL], id="nothing to wait for yet"),
        pytest.param([job({**COMPUTE, "computation_pattern": "odd_ranks"}, idle(2))], [[0]], id="nothing to do"),
        pytest.param(
            [
                job(idle(4, pattern="even_ranks"), BOTH, nodes=4, iterations=2),
                job({**COMPUTE, "flops": 0.5e9}, nodes=2, submit_time=1),
            ],
            [ALL, [1, 3]],
            id="some have arrived and go on beside",
        ),
        pytest.param(
            [
                job(COMPUTE, nodes=4),
                job({**COMPUTE, "computation_pattern": "root_only"}, nodes=3, submit_time=1),
                job(COMPUTE, nodes=2, submit_time=1.3),
            ],
            [ALL, [2, 3, 1], [3, 1]],
            id="only the root takes part of a core",
        ),
        pytest.param(
            [job(GATHER, COMPUTE, nodes=4), job({**WRITE, "bytes": 3e9}, nodes=4, submit_time=0.5)],
            [[2, 0, 1, 3], ALL],
            id="links are filled unequally",
        ),
    ],
)
def test_choirs_do_what_ranks_would_do(jobs: list[Any], places: list[list[int]], tmp_path: Path) -> None:
    exact, fast = (play(tmp_path, engine, jobs, on(*places), **QUIET) for engine in ENGINES)

    assert ends(fast) == pytest.approx(ends(exact), rel=1e-9)
    assert sorted(message[1:] for message in fast.messages) == sorted(message[1:] for message in exact.messages)


def test_cells_are_one_again_beside_others_that_stay(tmp_path: Path, flows: list[int]) -> None:
    """While an exchange is under way, no rank of it does anything, so that nothing keeps cells apart."""
    jobs = [job(COMPUTE, nodes=4, iterations=10), job({**LONG, "bytes": "90e9 * num_nodes"}, nodes=4)]
    jobs.append(job({**COMPUTE, "flops": 1e9}, submit_time=1))
    scene = play(tmp_path, "fast", jobs, on(ALL, ALL, [1]), **QUIET)

    assert ends(scene)[0] == pytest.approx(41.0)
    # The exchange, the visitor, each iteration, and the rest of the one that was divided.
    assert len(flows) == 1 + 1 + 10 + 1


def test_ranks_act_on_their_own_if_they_have_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of other jobs on the same nodes are led by choirs nevertheless."""
    led: list[int] = []
    make = shared_engine.Choir

    def noted(execution: Any, *others: Any) -> Any:
        led.append(execution.whole.size)
        return make(execution, *others)

    monkeypatch.setattr(shared_engine, "Choir", noted)
    free = {"barrier": False, "scheduling_point": False}
    jobs = [job(COMPUTE, nodes=4, iterations=2, phase=free), job(COMPUTE, nodes=3, submit_time=1)]
    scenes = [play(tmp_path, engine, jobs, on([0, 1, 2, 3], [1, 2, 3]), **QUIET) for engine in ENGINES]

    assert led == [3]
    assert [ends(scene) for scene in scenes] == [pytest.approx([12.0, 9.0])] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_jobs_that_begin_and_end_together(engine: str, tmp_path: Path) -> None:
    """Several things at an instant are told in the order of ranks at work."""
    jobs = [job(COMPUTE, EXCHANGE, nodes=2), job(COMPUTE, EXCHANGE, nodes=2), job(idle(12), nodes=2)]
    scene = play(tmp_path, engine, jobs, on([0, 1], [1, 0], [0, 1]), **QUIET)

    assert ends(scene) == pytest.approx([12.0, 12.0, 12.0])
    done = [number for _, kind, number in scene.messages if kind == InvocationType.JOB_COMPLETED]
    assert done == [2, 0, 1]
