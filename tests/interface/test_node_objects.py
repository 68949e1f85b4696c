"""Nodes and GPUs as algorithms see them, and the names of the package."""

from __future__ import annotations

import pytest
from messages import node_fields

import elastisim_python
from elastisim_python import Gpu, GpuState, InvocationType, JobState, JobType, Node, NodeState, NodeType
from elastisim_python.interface import CommunicationCode


def test_a_node_has_the_fields_of_its_message() -> None:
    node = Node(
        node_fields(4, state=1, type=2, assigned_jobs=[9, 3], gpus=[{"id": 0, "state": 1}, {"id": 1, "state": 0}])
    )

    assert (node.identifier, node.type, node.state) == (4, NodeType.COMPUTE_NODE_WIDE_STRIPED_BB, NodeState.ALLOCATED)
    assert node.assigned_job_ids == {3, 9}
    assert node.assigned_jobs is None
    assert [(gpu.identifier, gpu.state) for gpu in node.gpus] == [(0, GpuState.ALLOCATED), (1, GpuState.FREE)]


def test_nodes_are_compared_by_identity() -> None:
    first, again = Node(node_fields(1)), Node(node_fields(1))

    assert first != again
    assert len({first, again}) == 2


def test_algorithms_may_replace_the_class_and_add_attributes() -> None:
    class MyNode(Node):
        def __repr__(self) -> str:
            return "mine"

    node = Node(node_fields())
    assert type(node) is Node
    node.__class__ = MyNode
    node.rack = 3  # type: ignore[attr-defined]

    assert repr(node) == "mine"
    assert vars(node)["rack"] == 3


def test_objects_tell_what_they_are() -> None:
    node = Node(node_fields(4, state=1, gpus=[{"id": 1, "state": 0}]))

    assert repr(node) == "<Node 4 ALLOCATED>"
    assert repr(node.gpus) == "[<Gpu 1 FREE>]"


def test_both_names_mean_wide_striped_burst_buffers() -> None:
    assert NodeType["COMPUTE_NODE_WITH_WIDE_STRIPED_BB"] is NodeType.COMPUTE_NODE_WIDE_STRIPED_BB
    assert NodeType(2).name == "COMPUTE_NODE_WIDE_STRIPED_BB"


@pytest.mark.parametrize(
    ("enumeration", "members"),
    [
        (JobType, {"RIGID": 0, "MOLDABLE": 1, "MALLEABLE": 2, "EVOLVING": 3, "ADAPTIVE": 4}),
        (
            JobState,
            {
                "PENDING": 1,
                "RUNNING": 4,
                "PENDING_RECONFIGURATION": 5,
                "IN_RECONFIGURATION": 6,
                "COMPLETED": 7,
                "KILLED": 8,
            },
        ),
        (NodeType, {"COMPUTE_NODE": 0, "COMPUTE_NODE_WITH_BB": 1, "COMPUTE_NODE_WIDE_STRIPED_BB": 2}),
        (NodeState, {"FREE": 0, "ALLOCATED": 1, "RESERVED": 2}),
        (GpuState, {"FREE": 0, "ALLOCATED": 1}),
        (
            InvocationType,
            {
                "INVOKE_PERIODIC": 0,
                "INVOKE_JOB_SUBMIT": 1,
                "INVOKE_JOB_COMPLETED": 2,
                "INVOKE_JOB_KILLED": 3,
                "INVOKE_SCHEDULING_POINT": 4,
                "INVOKE_EVOLVING_REQUEST": 5,
                "INVOKE_RECONFIGURATION": 6,
            },
        ),
    ],
)
def test_enumerations_have_the_values_of_messages(enumeration: type, members: dict[str, int]) -> None:
    assert {member.name: member.value for member in enumeration} == members  # type: ignore[attr-defined]


def test_messages_have_the_codes_of_the_original() -> None:
    assert CommunicationCode.ZMQ_INVOKE_SCHEDULING.value == 4293673984
    assert CommunicationCode.ZMQ_SCHEDULED.value == 4293673985
    assert CommunicationCode.ZMQ_FINALIZE.value == 4293674239


def test_everything_is_exported_at_the_top() -> None:
    assert elastisim_python.node.Gpu is Gpu
    assert elastisim_python.job.Job is elastisim_python.Job
    assert set(elastisim_python.__all__) >= {
        "InvocationType",
        "Job",
        "JobState",
        "JobType",
        "Node",
        "NodeState",
        "NodeType",
        "pass_algorithm",
    }


def test_algorithms_may_keep_attributes_of_their_own() -> None:
    node = Node({"id": 3, "type": 0, "state": 0, "assigned_jobs": [], "gpus": []})
    node.colour = "red"  # type: ignore[attr-defined]
    assert node.colour == "red"  # type: ignore[attr-defined]
