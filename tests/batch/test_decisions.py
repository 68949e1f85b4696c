"""What an algorithm may decide, and what its decisions change at once (spec R6.3, R6.4, R7.6 to R7.9)."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from elastisim.batch.decisions import Clerk
from elastisim.batch.invocation import Decision
from elastisim.batch.job import Job, JobState
from elastisim.batch.node import NodeState, allocate
from elastisim.batch.node_list import NodeList, NodeTable, ranges_of
from elastisim.batch.rules import Rules
from elastisim.errors import AlgorithmError
from elastisim.workload.job import JobDescription, JobType

from .scenes import decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.node import Node

RUNNING_TYPES = [JobType.MALLEABLE, JobType.EVOLVING, JobType.ADAPTIVE]
FIXED_TYPES = [JobType.RIGID, JobType.MOLDABLE]


def make_job(identifier: int, kind: JobType, nodes: tuple[int, int], gpus: tuple[int, int]) -> Job:
    """Return a pending job."""
    job = Job(
        JobDescription(
            identifier=identifier,
            type=kind,
            submit_time=0.0,
            walltime=0.0,
            min_nodes=nodes[0],
            max_nodes=nodes[1],
            min_gpus_per_node=gpus[0],
            max_gpus_per_node=gpus[1],
            model=cast("Any", None),
            phase_iterations=(1,),
        )
    )
    job.state = JobState.PENDING
    return job


class Office:
    """A clerk with five nodes, and what it reports."""

    def __init__(self, *jobs: tuple[JobType, tuple[int, int]], gpus: tuple[int, int] = (0, 0), shared: bool = False):
        resources: list[Any] = [SimpleNamespace(identifier=i, host=SimpleNamespace(name=f"n{i}")) for i in range(5)]
        self.nodes = NodeTable(resources).everything
        self.jobs = [make_job(number, kind, nodes, gpus) for number, (kind, nodes) in enumerate(jobs)]
        self.changed: list[Job] = []
        self.changed_nodes: list[Node] = []
        rules = Rules(allow_oversubscription=shared)
        self.clerk = Clerk(self.jobs, self.nodes, rules, self.changed.append, self.changed_nodes.extend)

    def record(self, *decisions: Decision, stopped: Job | None = None) -> tuple[list[int], list[int]]:
        killed, started = self.clerk.record(decisions, stopped)
        return [job.identifier for job in killed], [job.identifier for job in started]

    def run(self, number: int, *nodes: int) -> Job:
        """Let a job run on nodes."""
        job = self.jobs[number]
        job.requested = NodeList(self.nodes.table, ranges_of(nodes))
        job.start(0.0)
        allocate(job.active, job)
        return job

    def expected(self, node: int) -> list[int]:
        return sorted(self.nodes[node].expected)


def refused(office: Office, *decisions: Decision, stopped: Job | None = None) -> str:
    """Return the message with which decisions are refused."""
    with pytest.raises(AlgorithmError) as error:
        office.record(*decisions, stopped=stopped)
    return str(error.value)


def test_start_of_a_pending_job() -> None:
    """A pending job that is given enough nodes starts, in their order."""
    office = Office((JobType.RIGID, (2, 2)))

    assert office.record(decide(0, 3, 1)) == ([], [0])
    assert office.jobs[0].state is JobState.PENDING_ALLOCATION
    assert [node.identifier for node in office.jobs[0].requested] == [3, 1]
    assert office.changed == []


@pytest.mark.parametrize(
    ("kind", "nodes", "given", "message"),
    [
        (JobType.RIGID, (2, 2), (0,), "job 0 got 1 nodes, expected 2"),
        (JobType.RIGID, (2, 2), (0, 1, 2), "job 0 got 3 nodes, expected 2"),
        (JobType.MOLDABLE, (2, 3), (0,), "job 0 got 1 nodes, expected 2 to 3"),
        (JobType.MALLEABLE, (1, 3), (0, 1, 2, 3), "job 0 got 4 nodes, expected 1 to 3"),
        (JobType.ADAPTIVE, (1, 3), (), "job 0 got 0 nodes, expected 1 to 3"),
        (JobType.RIGID, (1, 1), (5,), "job 0 got node 5, but nodes have the IDs 0 to 4"),
        (JobType.RIGID, (1, 1), (-1,), "job 0 got node -1, but nodes have the IDs 0 to 4"),
        (JobType.RIGID, (3, 3), (2, 1, 2), "job 0 got node 2 more than once"),
    ],
)
def test_sizes_and_nodes_have_to_exist(
    kind: JobType, nodes: tuple[int, int], given: tuple[int, ...], message: str
) -> None:
    """The number of nodes has to be right, and each of them has to exist and to be named once."""
    assert refused(Office((kind, nodes)), decide(0, *given)) == message


@pytest.mark.parametrize("kind", [kind for kind in JobType if kind is not JobType.RIGID])
@pytest.mark.parametrize(("gpus", "fits"), [(0, False), (1, True), (4, True), (5, False)])
def test_numbers_of_gpus(kind: JobType, gpus: int, fits: bool) -> None:
    """Jobs that are not rigid need a number of GPUs in their range."""
    office = Office((kind, (1, 1)), gpus=(1, 4))
    if fits:
        assert office.record(decide(0, 0, gpus=gpus)) == ([], [0])
        assert office.jobs[0].requested_gpus_per_node == gpus
    else:
        assert refused(office, decide(0, 0, gpus=gpus)) == f"job 0 got {gpus} GPUs per node, expected 1 to 4"


def test_rigid_jobs_have_their_gpus() -> None:
    """The number of GPUs that is decided for a rigid job does not matter."""
    office = Office((JobType.RIGID, (1, 1)), gpus=(2, 2))

    assert office.record(decide(0, 0, gpus=7)) == ([], [0])
    assert office.jobs[0].requested_gpus_per_node == 0
    office.jobs[0].start(1.0)
    assert office.jobs[0].active_gpus_per_node == 2


@pytest.mark.parametrize("number", [-1, 1])
def test_jobs_have_to_be_submitted(number: int) -> None:
    """A decision about a job that nobody knows is an error."""
    office = Office((JobType.RIGID, (1, 1)))

    assert refused(office, decide(number, 0)) == (
        f"the algorithm decided about job {number}, which has not been submitted"
    )


@pytest.mark.parametrize("state", [JobState.COMPLETED, JobState.KILLED])
@pytest.mark.parametrize("kill", [True, False])
def test_decisions_for_finished_jobs_are_ignored(state: JobState, kill: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A finished job stays as it is; a warning says so."""
    office = Office((JobType.MALLEABLE, (1, 2)))
    office.jobs[0].state = state
    with caplog.at_level(logging.WARNING):
        assert office.record(Decision(0, kill=kill, nodes=(0,))) == ([], [])

    assert office.jobs[0].state is state
    assert office.expected(0) == []
    assert caplog.messages == ["decision for job 0 ignored: the job is finished"]


@pytest.mark.parametrize("kind", list(JobType))
@pytest.mark.parametrize("is_running", [True, False])
def test_kill(kind: JobType, is_running: bool) -> None:
    """With a kill nothing else counts, not even nodes that do not exist."""
    office = Office((kind, (1, 1)))
    if is_running:
        office.run(0, 0)
    assert office.record(Decision(0, kill=True, nodes=(99, 99))) == ([0], [])
    assert office.jobs[0].state is JobState.PENDING_KILL


def test_reply_order() -> None:
    """Jobs to kill and jobs to start come in the order of the reply."""
    office = Office(*[(JobType.RIGID, (1, 1))] * 4)
    reply = [decide(2, 1), Decision(3, kill=True), decide(1, 0), Decision(0, kill=True)]

    assert office.record(*reply) == ([3, 0], [2, 1])


@pytest.mark.parametrize("kind", FIXED_TYPES)
def test_running_rigid_jobs_keep_their_nodes(kind: JobType) -> None:
    """Rigid and moldable jobs cannot be changed; naming the same nodes again changes nothing."""
    office = Office((kind, (1, 2)))
    job = office.run(0, 1)

    assert refused(office, decide(0, 2)) == (
        f"job 0 is {kind.name.lower()} and already runs: its nodes cannot be changed"
    )
    assert office.record(decide(0, 1)) == ([], [])
    assert job.state is JobState.RUNNING
    assert office.expected(1) == []
    office.record(Decision(0, nodes=(1,), runtime_arguments={"a": "1"}))
    assert job.runtime_arguments == {"a": "1"}


@pytest.mark.parametrize("kind", RUNNING_TYPES)
def test_change_and_withdrawal(kind: JobType) -> None:
    """Other nodes, or the same in another order, make a job wait; the nodes that it has make it run on (R7.10)."""
    office = Office((kind, (1, 3)))
    job = office.run(0, 0, 1)
    for nodes, state in (
        ((0, 1, 2), JobState.PENDING_RECONFIGURATION),
        ((1, 0), JobState.PENDING_RECONFIGURATION),
        ((0, 1), JobState.RUNNING),
        ((0,), JobState.PENDING_RECONFIGURATION),
    ):
        office.record(decide(0, *nodes))
        assert job.state is state
        assert [office.expected(node) for node in range(3)] == [[0] if node in nodes else [] for node in range(3)]
    assert office.changed == [job] * 3
    assert office.nodes[2].state is NodeState.FREE


def test_change_of_gpus_only() -> None:
    """Another number of GPUs on the same nodes is a change, too."""
    office = Office((JobType.MALLEABLE, (1, 1)), gpus=(0, 4))
    job = office.run(0, 0)
    office.record(decide(0, 0, gpus=3))

    assert job.state is JobState.PENDING_RECONFIGURATION
    assert job.requested_gpus_per_node == 3


def test_decision_during_a_reconfiguration() -> None:
    """A decision for a job in reconfiguration is stored; the state stays (R7.8)."""
    office = Office((JobType.MALLEABLE, (1, 2)))
    job = office.run(0, 0)
    job.state = JobState.IN_RECONFIGURATION
    office.record(decide(0, 0, 1))

    assert job.state is JobState.IN_RECONFIGURATION
    assert job.wants_change
    assert office.expected(1) == [0]


def test_expected_nodes_are_reserved_until_given_back() -> None:
    """A free node that is expected is reserved; an allocated one stays allocated (R6.4)."""
    office = Office((JobType.MALLEABLE, (1, 3)))
    office.run(0, 0)
    office.record(decide(0, 0, 1))

    assert [node.state for node in office.nodes[:2]] == [NodeState.ALLOCATED, NodeState.RESERVED]
    assert set(office.changed_nodes) == set(office.nodes[:2])
    office.changed_nodes.clear()
    office.clerk.forget_expectations(office.jobs[0])
    assert [node.state for node in office.nodes[:2]] == [NodeState.ALLOCATED, NodeState.FREE]
    assert office.changed_nodes == list(office.nodes[:2])


USED = "job 0 cannot get node 2 (n2): job 1 runs on it and oversubscription is not allowed"
RESERVED = "job 0 cannot get node 2 (n2): the node is reserved for job 1 and oversubscription is not allowed"


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("is_running", [False, True])
def test_expansion_onto_nodes_of_others(shared: bool, is_running: bool) -> None:
    """A job cannot be promised a node that another uses or expects, unless nodes are shared."""
    office = Office(*[(JobType.MALLEABLE, (1, 3))] * 2, shared=shared)
    office.run(0, 0)
    if is_running:
        office.run(1, 2)
    else:
        office.run(1, 1)
        office.record(decide(1, 1, 2))
    if shared:
        office.record(decide(0, 0, 2))
        assert 0 in office.expected(2)
    else:
        assert refused(office, decide(0, 0, 2)) == (USED if is_running else RESERVED)


@pytest.mark.parametrize("is_running", [False, True])
def test_victims_of_the_same_reply_do_not_stand_in_the_way(is_running: bool) -> None:
    """The nodes of a job that is killed earlier in the reply may be promised to others."""
    office = Office(*[(JobType.MALLEABLE, (1, 3))] * 2)
    office.run(0, 0)
    office.run(1, 2 if is_running else 1)
    if not is_running:
        office.record(decide(1, 1, 2))

    assert office.record(Decision(1, kill=True), decide(0, 0, 2)) == ([1], [])
    assert 0 in office.expected(2)


@pytest.mark.parametrize("kill", [False, True])
def test_nodes_given_up_by_the_stopped_job(kill: bool) -> None:
    """A node that the job that waits for the reply gives up may be promised to another running job (R7.9)."""
    office = Office(*[(JobType.MALLEABLE, (1, 3))] * 2)
    office.run(0, 0)
    stopped = office.run(1, 1, 2)
    office.record(decide(0, 0, 2), Decision(1, nodes=(1,), kill=kill), stopped=stopped)

    assert office.expected(2) == [0]


def test_nodes_kept_by_the_stopped_job() -> None:
    """A node that the stopped job keeps is still its own, and so is one about which it did not decide."""
    office = Office(*[(JobType.MALLEABLE, (1, 3))] * 2)
    office.run(0, 0)
    stopped = office.run(1, 1, 2)

    assert refused(office, decide(0, 0, 2), decide(1, 2), stopped=stopped) == USED
    assert refused(office, decide(0, 0, 2), stopped=stopped) == USED
    assert refused(office, decide(0, 0, 2), decide(1, 1)) == USED


@pytest.mark.parametrize(
    ("other", "relation"), [("runs", "is in use by"), ("expects", "is reserved for"), ("shares", "")]
)
def test_allocation_of_nodes_of_others(other: str, relation: str) -> None:
    """A job cannot start on nodes that another uses or expects, unless nodes are shared (R6.3)."""
    office = Office((JobType.RIGID, (1, 1)), (JobType.MALLEABLE, (1, 2)), shared=other == "shares")
    office.run(1, 1 if other == "expects" else 2)
    if other == "expects":
        office.record(decide(1, 1, 2))
    office.record(decide(0, 2))
    if other == "shares":
        office.clerk.check_allocation(office.jobs[0])
        return
    with pytest.raises(AlgorithmError) as error:
        office.clerk.check_allocation(office.jobs[0])

    assert str(error.value) == (
        f"job 0 cannot start on node 2 (n2): the node {relation} job 1 and oversubscription is not allowed"
    )


def arguments_after(kind: JobType, is_running: bool, decision: Decision) -> tuple[dict[str, str], Sequence[int]]:
    """Return the runtime arguments of a job after a decision, and the jobs that it starts."""
    office = Office((kind, (1, 2)))
    if is_running:
        office.run(0, 0)
    office.jobs[0].runtime_arguments = {"old": "1"}
    _, started = office.record(decision)
    return office.jobs[0].runtime_arguments, started


@pytest.mark.parametrize("kind", list(JobType))
@pytest.mark.parametrize("is_running", [False, True])
def test_runtime_arguments_are_replaced_as_a_whole(kind: JobType, is_running: bool) -> None:
    """Runtime arguments that are decided replace all former ones; without any the former ones stay (R7.7)."""
    assert arguments_after(kind, is_running, Decision(0, nodes=(0,)))[0] == {"old": "1"}
    assert arguments_after(kind, is_running, Decision(0, nodes=(0,), runtime_arguments={"new": "2"}))[0] == {"new": "2"}
    assert arguments_after(kind, is_running, Decision(0, nodes=(0,), runtime_arguments={}))[0] == {}


def test_runtime_arguments_of_a_pending_job_do_not_start_it() -> None:
    """Arguments without nodes are stored for a pending job, which goes on waiting."""
    arguments, started = arguments_after(JobType.RIGID, False, Decision(0, runtime_arguments={"new": "2"}))

    assert arguments == {"new": "2"}
    assert started == []
