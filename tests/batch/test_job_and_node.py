"""Jobs and nodes over time (spec R5.1 to R5.3, R6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from elastisim.batch.invocation import InvocationType
from elastisim.batch.job import JobState
from elastisim.batch.node import NodeState, allocate, expect, release, unexpect
from elastisim.workload.job import JobType

from .scenes import ENGINES, first_come, idle, job, play
from .test_decisions import Office

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.batch.invocation import Decision, Invocation

    from .scenes import Scene


def test_times_of_a_job() -> None:
    """Times count from the submission and from the start."""
    office = Office((JobType.RIGID, (1, 1)))
    job = office.run(0, 0)
    job.start(4.0)
    job.end(10.0, JobState.COMPLETED)

    assert (job.start_time, job.wait_time) == (4.0, 4.0)
    assert (job.end_time, job.makespan, job.turnaround_time) == (10.0, 6.0, 10.0)
    assert job.is_finished


def test_only_completed_and_killed_jobs_are_finished() -> None:
    """All other states are alive."""
    office = Office((JobType.RIGID, (1, 1)))
    finished = set()
    for state in JobState:
        office.jobs[0].state = state
        if office.jobs[0].is_finished:
            finished.add(state)

    assert finished == {JobState.COMPLETED, JobState.KILLED}


def test_rigid_jobs_want_no_change() -> None:
    """What a rigid job was given last does not matter."""
    office = Office((JobType.RIGID, (1, 2)))
    job = office.run(0, 0)
    job.requested = office.nodes[:2]

    assert not job.wants_change


def test_active_nodes_stay_when_others_are_requested() -> None:
    """A later request leaves the active nodes alone."""
    office = Office((JobType.MALLEABLE, (1, 2)))
    job = office.run(0, 0)
    job.requested = office.nodes[:2]

    assert job.active == office.nodes[:1]
    assert job.wants_change


def test_a_node_is_free_when_the_last_job_leaves() -> None:
    """A node with two jobs stays allocated until both are gone; then it is free, even if it is expected (R6.2)."""
    office = Office(*[(JobType.MALLEABLE, (1, 2))] * 3)
    first, second = office.run(0, 0), office.run(1, 0)
    nodes, node = office.nodes[:1], office.nodes[0]
    expect(nodes, office.jobs[2])
    assert node.state is NodeState.ALLOCATED
    release(nodes, first)
    assert node.state is NodeState.ALLOCATED
    release(nodes, second)
    assert node.state is NodeState.FREE
    assert node.expected


def test_a_node_is_reserved_until_the_last_expectation_is_gone() -> None:
    """Marks of several jobs keep a free node reserved; removing one twice is no harm."""
    office = Office(*[(JobType.MALLEABLE, (1, 2))] * 2)
    nodes, node = office.nodes[:1], office.nodes[0]
    for owner in office.jobs:
        expect(nodes, owner)
    unexpect(nodes, office.jobs[0])
    assert node.state is NodeState.RESERVED
    unexpect(nodes, office.jobs[0])
    assert node.state is NodeState.RESERVED
    unexpect(nodes, office.jobs[1])
    assert node.state is NodeState.FREE


def test_removing_a_mark_leaves_an_allocated_node_allocated() -> None:
    """A node that a job runs on stays allocated when nobody expects it any more."""
    office = Office((JobType.MALLEABLE, (1, 2)))
    job = office.run(0, 0)
    expect(office.nodes[:1], job)
    unexpect(office.nodes[:1], job)
    assert office.nodes[0].state is NodeState.ALLOCATED


def test_nodes_with_the_same_users_share_one_occupancy() -> None:
    """What happens to nodes that are used together is worked out once, however they came together."""
    office = Office((JobType.MALLEABLE, (1, 4)), (JobType.MALLEABLE, (1, 4)))
    first, second = office.jobs
    nodes = office.nodes[:4]
    allocate(nodes[::2], first)
    allocate(nodes[1::2], first)
    expect(nodes[:1], second)
    expect(nodes, first)

    assert nodes[1].occupancy is nodes[2].occupancy is nodes[3].occupancy
    assert nodes[0].occupancy is not nodes[1].occupancy
    assert list(nodes[0].expected) == [1, 0]
    assert list(nodes[1].expected) == [0]


@pytest.mark.parametrize("numbers", [slice(0, 4), slice(0, 4, 2)], ids=["in a row", "scattered"])
def test_nodes_that_come_to_be_used_alike_have_one_occupancy(numbers: slice) -> None:
    """Even a list that was looked at last, when they were used differently."""
    office = Office((JobType.MALLEABLE, (1, 4)))
    nodes = office.nodes[numbers]
    allocate(nodes[:1], office.jobs[0])
    assert nodes.occupancy is None
    allocate(nodes, office.jobs[0])

    assert nodes.occupancy is nodes[0].occupancy


@pytest.mark.parametrize("engine", ENGINES)
def test_jobs_that_are_over_keep_no_nodes(engine: str, tmp_path: Path) -> None:
    """The algorithm sees the nodes of a job that has just ended, and nobody holds them for the rest of the run."""
    seen: dict[int, list[int]] = {}

    def choose(invocation: Invocation, scene: Scene) -> list[Decision]:
        if invocation.type is InvocationType.JOB_COMPLETED and invocation.job is not None:
            seen[invocation.job.identifier] = [node.identifier for node in invocation.job.active]
        return first_come(invocation, scene)

    entries = [job(idle(5), nodes=2), job(idle(7), walltime=7), job(idle(9), submit_time=1)]
    scene = play(tmp_path, engine, entries, choose, nodes=4, log_task_times=False)

    assert seen == {0: [0, 1], 1: [2], 2: [3]}
    # The last invocation is that of the last end.
    assert [len(scene.jobs[number].active) for number in range(3)] == [0, 0, 0]
    assert [len(scene.jobs[number].requested) for number in range(3)] == [0, 0, 0]
