"""Messages to algorithms: their fields and their JSON."""

from __future__ import annotations

import json

from situations import invocation, job, nodes

from elastisim.batch.invocation import InvocationType, PfsLoad
from elastisim.batch.job import JobState
from elastisim.batch.node import allocate, expect
from elastisim.platform.machine import NodeKind
from elastisim.scheduling.wire import encode, invocation_fields, job_fields, mentions
from elastisim.workload.job import JobType


def test_a_pending_job_of_variable_size() -> None:
    assert job_fields(job(3)) == {
        "assigned_nodes": [],
        "assigned_num_gpus_per_node": 0,
        "completed_phases": 0,
        "end_time": -1.0,
        "id": 3,
        "makespan": -1.0,
        "num_gpus_per_node_max": 4,
        "num_gpus_per_node_min": 0,
        "num_nodes_max": 8,
        "num_nodes_min": 1,
        "start_time": -1.0,
        "state": 1,
        "submit_time": 2.5,
        "total_phase_count": 4,
        "turnaround_time": -1.0,
        "type": 2,
        "wait_time": -1.0,
        "walltime": 60.0,
    }


def test_a_rigid_job_has_one_size_and_never_assigned_gpus() -> None:
    rigid = job(type=JobType.RIGID, min_nodes=3, max_nodes=3, min_gpus_per_node=2, max_gpus_per_node=2)
    rigid.requested_gpus_per_node = 2

    fields = job_fields(rigid)

    assert (fields["num_nodes"], fields["num_gpus_per_node"], fields["assigned_num_gpus_per_node"]) == (3, 2, 0)
    assert not {"num_nodes_min", "num_nodes_max", "num_gpus_per_node_min", "num_gpus_per_node_max"} & fields.keys()


def test_the_requested_nodes_are_shown_in_the_order_of_ranks() -> None:
    running, machine = job(), nodes(*[0] * 5)
    running.active = machine[1:2]
    running.requested = machine[4:] + machine[2:3]
    running.requested_gpus_per_node = 3
    running.active_gpus_per_node = 1

    fields = job_fields(running)

    assert (fields["assigned_nodes"], fields["assigned_num_gpus_per_node"]) == ([4, 2], 3)


def test_times_and_progress_are_those_of_the_job() -> None:
    ended = job(submit_time=1.0)
    ended.start(3.0)
    ended.completed_phases = 2
    ended.end(10.5, JobState.KILLED)

    fields = job_fields(ended)

    assert (fields["submit_time"], fields["start_time"], fields["end_time"]) == (1.0, 3.0, 10.5)
    assert (fields["wait_time"], fields["makespan"], fields["turnaround_time"]) == (2.0, 7.5, 9.5)
    assert (fields["completed_phases"], fields["state"]) == (2, 8)


def test_texts_are_shown_when_there_are_any_and_belong_to_the_message() -> None:
    talking = job(arguments={"a": "1"}, attributes={"b": "2"})
    talking.runtime_arguments = {"c": "3"}

    fields = job_fields(talking)
    for key in ("arguments", "attributes", "runtime_arguments"):
        fields[key]["more"] = "4"

    assert talking.description.arguments == {"a": "1"}
    assert talking.description.attributes == {"b": "2"}
    assert talking.runtime_arguments == {"c": "3"}


def test_a_node_shows_the_jobs_that_run_on_it() -> None:
    machine = nodes(0, 2, kind=NodeKind.WIDE_STRIPED_BURST_BUFFER)
    busy = machine[1:]
    allocate(busy, job(7))
    expect(busy, job(9))

    assert list(mentions([busy, machine])) == [
        {
            "assigned_jobs": [7],
            "gpus": [{"id": 0, "state": 0}, {"id": 1, "state": 0}],
            "id": 1,
            "state": 1,
            "type": 2,
        },
        {"assigned_jobs": [], "gpus": [], "id": 0, "state": 0, "type": 2},
    ]


def test_a_periodic_invocation() -> None:
    assert json.loads(encode(invocation_fields(invocation()))) == {
        "code": 4293673984,
        "invocation_type": 0,
        "jobs": [],
        "nodes": [],
        "time": 7.25,
    }


def test_an_evolving_request_names_job_and_request() -> None:
    fields = invocation_fields(invocation(type=InvocationType.EVOLVING_REQUEST, job=job(6), evolving_request=0))

    assert (fields["invocation_type"], fields["job_id"], fields["evolving_request"]) == (5, 6, 0)


def test_jobs_and_nodes_keep_their_order() -> None:
    machine = nodes(*[0] * 5)
    fields = invocation_fields(invocation([job(2), job(1)], machine[4:] + machine[3:4]))

    assert [entry["id"] for entry in fields["jobs"]] == [2, 1]
    assert [entry["id"] for entry in fields["nodes"]] == [4, 3]


def test_the_load_of_the_file_system() -> None:
    fields = invocation_fields(invocation(pfs_load=PfsLoad(4e9, 2e9, 3e9, 0.5e9)))

    assert (fields["pfs_read_bw"], fields["pfs_write_bw"]) == (4e9, 2e9)
    assert (fields["pfs_read_utilization"], fields["pfs_write_utilization"]) == (3e9, 0.5e9)


def test_numbers_survive_as_json() -> None:
    time = 0.1 + 0.2

    text = encode(invocation_fields(invocation([job(submit_time=61.0)], time=time))).decode()

    assert json.loads(text)["time"] == time
    assert '"submit_time":61.0' in text
    assert '"start_time":-1.0' in text
    assert '"state":1,' in text


def test_nodes_that_are_used_alike_are_mentioned_together() -> None:
    machine = nodes(0, 0, 0, 1, 1)
    allocate(machine[:1], job(7))

    told = mentions([machine])

    assert [mention.identifiers for mention in told.alike] == [[0], [1, 2], [3, 4]]
    assert [(mention.state, list(mention.assigned_jobs)) for mention in told.alike] == [(1, [7]), (0, []), (0, [])]


def test_nodes_are_written_one_by_one() -> None:
    text = encode(invocation_fields(invocation([], nodes(0, 0, 0)[1:])))

    alike = '{{"assigned_jobs":[],"gpus":[],"id":{},"state":0,"type":0}}'
    assert f'"nodes":[{alike.format(1)},{alike.format(2)}]' in text.decode()
