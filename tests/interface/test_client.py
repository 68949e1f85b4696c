"""What an algorithm is called with, and how its decisions become replies."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import invocation, job_fields, node_fields

from elastisim_python import InvocationType, Job, JobState, Node, NodeState
from elastisim_python.interface import Client

Call = tuple[list[Job], list[Node], dict[str, Any]]


class Recorder:
    """An algorithm that remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.client = Client(lambda *call: self.calls.append(call))

    def tell(self, message: dict[str, Any]) -> Call:
        self.client.answer(message)
        return self.calls[-1]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_positions_are_identifiers(recorder: Recorder) -> None:
    jobs, nodes, _ = recorder.tell(
        invocation([job_fields(1), job_fields(0)], [node_fields(2), node_fields(0), node_fields(1)])
    )

    assert [job.identifier for job in jobs] == [0, 1]
    assert [node.identifier for node in nodes] == [0, 1, 2]


def test_gaps_are_noticed(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="the simulator mentions job 1, but never mentioned job 0"):
        recorder.tell(invocation([job_fields(1)]))


def test_mentioned_objects_are_replaced_and_others_kept(recorder: Recorder) -> None:
    before = recorder.tell(invocation([job_fields(0), job_fields(1)], [node_fields(0), node_fields(1)]))
    before[0][0].mark = True  # type: ignore[attr-defined]
    after = recorder.tell(
        invocation([job_fields(0, state=4, assigned_nodes=[1])], [node_fields(1, state=1, assigned_jobs=[0])])
    )

    assert after[0][0] is not before[0][0]
    assert not hasattr(after[0][0], "mark")
    assert after[0][1] is before[0][1]
    assert after[1][0] is before[1][0]
    assert after[1][1] is not before[1][1]
    assert before[0][0].state is JobState.PENDING
    assert after[0][0].state is JobState.RUNNING


def test_a_node_mentioned_several_times_has_one_new_object(recorder: Recorder) -> None:
    _, nodes, _ = recorder.tell(invocation([], [node_fields(0), node_fields(0, state=1), node_fields(0, state=2)]))

    assert [node.state for node in nodes] == [NodeState.RESERVED]


def test_jobs_and_nodes_are_linked(recorder: Recorder) -> None:
    jobs, nodes, _ = recorder.tell(
        invocation([job_fields(0, state=4, assigned_nodes=[1])], [node_fields(0), node_fields(1, assigned_jobs=[0])])
    )

    assert jobs[0].assigned_nodes == [nodes[1]]
    assert nodes[1].assigned_jobs == [jobs[0]]
    assert nodes[0].assigned_jobs == []


def test_objects_that_are_not_mentioned_keep_their_links(recorder: Recorder) -> None:
    jobs, nodes, _ = recorder.tell(
        invocation([job_fields(0, state=4, assigned_nodes=[0])], [node_fields(0, state=1, assigned_jobs=[0])])
    )
    later_jobs, later_nodes, _ = recorder.tell(invocation([job_fields(0, state=5, assigned_nodes=[0])]))

    assert later_nodes[0].assigned_jobs == [jobs[0]]
    assert later_nodes[0].assigned_jobs[0].state is JobState.RUNNING
    assert later_jobs[0].assigned_nodes == [nodes[0]]


def test_assigned_nodes_have_the_order_of_a_set(recorder: Recorder) -> None:
    nodes = [node_fields(identifier) for identifier in range(64)]

    jobs, _, _ = recorder.tell(invocation([job_fields(0, state=4, assigned_nodes=[9, 8, 0, 40])], nodes))

    assert [node.identifier for node in jobs[0].assigned_nodes] == [8, 9, 40, 0]


@given(st.lists(st.integers(0, 300), unique=True, max_size=40))
def test_assigned_nodes_have_the_order_of_a_set_filled_in_the_order_of_the_message(identifiers: list[int]) -> None:
    recorder = Recorder()
    filled = set()
    for identifier in identifiers:
        filled.add(identifier)

    nodes = [node_fields(identifier) for identifier in range(301)]
    jobs, _, _ = recorder.tell(invocation([job_fields(0, state=4, assigned_nodes=identifiers)], nodes))

    assert [node.identifier for node in jobs[0].assigned_nodes] == list(filled)


def test_nodes_of_finished_jobs_can_be_asked_for(recorder: Recorder) -> None:
    nodes = [node_fields(identifier) for identifier in range(64)]
    recorder.tell(invocation([job_fields(0, state=7, assigned_nodes=[9, 8, 0, 40])], nodes))
    jobs, later, _ = recorder.tell(invocation([], [node_fields(8, state=1)]))

    assert [node.identifier for node in jobs[0].assigned_nodes] == [8, 9, 40, 0]
    assert jobs[0].assigned_nodes[0] is later[8]
    assert jobs[0].assigned_node_ids == {0, 8, 9, 40}


def test_node_objects_keep_the_job_objects_of_their_message_until_they_are_replaced(recorder: Recorder) -> None:
    busy = [node_fields(identifier, state=1, assigned_jobs=[0]) for identifier in range(3)]
    jobs, nodes, _ = recorder.tell(invocation([job_fields(0, state=4, assigned_nodes=[0, 1, 2])], busy))
    recorder.tell(invocation([job_fields(0, state=5, assigned_nodes=[0, 1, 2])], busy[:1]))

    assert nodes[2].assigned_jobs is not None
    assert nodes[2].assigned_jobs[0] is jobs[0]

    free = [node_fields(identifier) for identifier in range(3)]
    last_jobs, last_nodes, _ = recorder.tell(invocation([job_fields(0, state=7)], free))

    assert last_nodes[1].assigned_jobs == []
    assert nodes[2].assigned_jobs[0] is jobs[0]
    assert nodes[1].assigned_job_ids == {0}
    assert nodes[1].assigned_jobs is not None
    assert nodes[1].assigned_jobs[0] is last_jobs[0], "it was asked for too late"


def test_nodes_do_not_share_what_algorithms_may_change(recorder: Recorder) -> None:
    _, nodes, _ = recorder.tell(
        invocation(
            [job_fields(0, state=4, assigned_nodes=[0, 1])],
            [node_fields(0, assigned_jobs=[0]), node_fields(1, assigned_jobs=[0])],
        )
    )
    for name in ("assigned_jobs", "assigned_job_ids", "gpus"):
        assert getattr(nodes[0], name) is getattr(nodes[0], name)
        assert getattr(nodes[0], name) is not getattr(nodes[1], name)


def test_what_is_replaced_is_freed_without_the_garbage_collector() -> None:
    client = Client(lambda jobs, nodes, system: None)
    told = [
        ([job_fields(0, state=4, assigned_nodes=[0, 1])], [node_fields(i, assigned_jobs=[0]) for i in range(2)]),
        ([job_fields(0, state=5, assigned_nodes=[0, 1, 2])], [node_fields(2, state=2)]),
        ([job_fields(0, state=4, assigned_nodes=[0, 1, 2])], [node_fields(i, assigned_jobs=[0]) for i in range(3)]),
        ([job_fields(0, state=7, assigned_nodes=[0, 1, 2])], [node_fields(i) for i in range(3)]),
    ]
    replaced: list[weakref.ref[object]] = []
    gc.disable()
    try:
        client.answer(invocation([job_fields(0)], [node_fields(i) for i in range(3)]))
        for jobs, nodes in told:
            client.answer(invocation(jobs, nodes))
            replaced += [weakref.ref(client._jobs[0]), *map(weakref.ref, client._nodes)]
        alive = [ref() for ref in replaced if ref() is not None]
    finally:
        gc.enable()

    assert set(map(id, alive)) == set(map(id, [*client._jobs, *client._nodes]))


def test_nodes_in_a_state(recorder: Recorder) -> None:
    recorder.tell(invocation([], [node_fields(i, state=i % 2) for i in range(6)]))
    _, nodes, system = recorder.tell(invocation([], [node_fields(3), node_fields(4, state=2), node_fields(1)]))
    free, reserved = system.free_nodes, system.reserved_nodes  # type: ignore[attr-defined]

    assert list(free) == [nodes[0], nodes[1], nodes[2], nodes[3]]
    assert list(reserved) == [nodes[4]]
    recorder.tell(invocation([], [node_fields(0, state=1), node_fields(4), node_fields(5)]))
    nodes = recorder.calls[-1][1]
    assert (list(free), list(reserved)) == ([nodes[i] for i in range(1, 6)], [])
    assert (len(free), free[-1], free[1:3]) == (5, nodes[5], [nodes[2], nodes[3]])
    assert nodes[0] not in free
    assert nodes[4] in free
    assert nodes[4] not in reserved
    assert "node" not in free


def test_finished_jobs_keep_no_node_objects_alive(recorder: Recorder) -> None:
    recorder.tell(invocation([job_fields(0, state=7, assigned_nodes=[0])], [node_fields(0)]))
    old = weakref.ref(recorder.calls[-1][1][0])
    recorder.tell(invocation([], [node_fields(0)]))
    recorder.calls.clear()
    gc.collect()

    assert old() is None


def test_lists_may_be_sorted_and_shrunk(recorder: Recorder) -> None:
    jobs, nodes, _ = recorder.tell(invocation([job_fields(0), job_fields(1)], [node_fields(0), node_fields(1)]))
    jobs.reverse()
    nodes.clear()
    jobs, nodes, _ = recorder.tell(invocation([job_fields(1, state=4)]))

    assert [(job.identifier, job.state.name) for job in jobs] == [(0, "PENDING"), (1, "RUNNING")]
    assert len(nodes) == 2


def test_system_has_the_fields_of_the_message(recorder: Recorder) -> None:
    jobs, _, system = recorder.tell(
        invocation([job_fields(0)], [], job_id=0, invocation_type=5, evolving_request=3, pfs_read_bw=1.5)
    )

    assert system["code"] == 4293673984
    assert system["time"] == 7.25
    assert system["invocation_type"] is InvocationType.INVOKE_EVOLVING_REQUEST
    assert system["job"] is jobs[0]
    assert system["evolving_request"] == 3
    assert system["pfs_read_bw"] == 1.5


def test_periodic_invocations_have_no_job(recorder: Recorder) -> None:
    _, _, system = recorder.tell(invocation())

    assert system["invocation_type"] is InvocationType.INVOKE_PERIODIC
    assert "job" not in system
    assert "evolving_request" not in system


class TestReply:
    def test_decisions_are_sent_by_identifier_and_only_once(self) -> None:
        def schedule(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
            if system["time"] == 1.0:
                jobs[2].assign(nodes[0])
                jobs[0].kill()
                jobs[2].assign(nodes[1])

        client = Client(schedule)
        message = invocation([job_fields(index) for index in range(3)], [node_fields(0), node_fields(1)], time=1.0)

        reply = client.answer(message)

        assert reply["code"] == 4293673985
        assert [(entry["id"], entry["assigned_node_ids"]) for entry in reply["jobs"]] == [(0, []), (2, [0, 1])]
        assert client.answer(invocation(time=2.0))["jobs"] == []

    def test_decisions_on_replaced_objects_are_lost(self) -> None:
        kept: list[Job] = []

        def schedule(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
            kept.append(jobs[0])
            kept[0].update_runtime_argument("call", len(kept))

        client = Client(schedule)

        assert len(client.answer(invocation([job_fields(0)]))["jobs"]) == 1
        assert client.answer(invocation([job_fields(0)]))["jobs"] == []

    def test_decisions_on_objects_of_earlier_calls_count_while_they_are_current(self) -> None:
        kept: list[Job] = []

        def schedule(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
            kept.append(jobs[0])
            kept[0].update_runtime_argument("call", len(kept))

        client = Client(schedule)
        client.answer(invocation([job_fields(0)]))

        assert client.answer(invocation())["jobs"][0]["runtime_arguments"] == {"call": "2"}

    def test_a_decision_can_be_withdrawn_and_made_by_hand(self) -> None:
        def schedule(jobs: list[Job], nodes: list[Node], system: dict[str, Any]) -> None:
            jobs[0].kill()
            jobs[0].modified = False
            jobs[1].modified = True

        client = Client(schedule)

        assert [entry["id"] for entry in client.answer(invocation([job_fields(0), job_fields(1)]))["jobs"]] == [1]

    def test_finished_jobs_can_be_decided_about(self) -> None:
        client = Client(lambda jobs, nodes, system: jobs[0].kill())

        assert client.answer(invocation([job_fields(0, state=7)]))["jobs"][0]["kill_flag"] is True
