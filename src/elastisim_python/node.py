"""Compute nodes and their GPUs as a scheduling algorithm sees them."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elastisim_python.job import Job
    from elastisim_python.mention import Mention
    from elastisim_python.residents import Residents


@plain
class NodeType(Enum):
    """Equipment of a node with burst buffers."""

    COMPUTE_NODE = 0
    COMPUTE_NODE_WITH_BB = 1
    COMPUTE_NODE_WIDE_STRIPED_BB = 2
    COMPUTE_NODE_WITH_WIDE_STRIPED_BB = COMPUTE_NODE_WIDE_STRIPED_BB
    """The name that the documentation of the scheduling interface uses for the same type."""


@plain
class NodeState(Enum):
    """State of a node: free, running jobs, or kept for a job that expects it."""

    FREE = 0
    ALLOCATED = 1
    RESERVED = 2


@plain
class GpuState(Enum):
    """State of a GPU; as the simulator reports it only together with its node, it is often out of date."""

    FREE = 0
    ALLOCATED = 1


# Objects are built for every change of a node: a look-up costs a third of the call of an enumeration.
_TYPES = {member.value: member for member in NodeType}
_STATES = {member.value: member for member in NodeState}
_GPU_STATES = {member.value: member for member in GpuState}


class Gpu:
    """A GPU of a node; identifiers count from 0 within the node."""

    def __init__(self, json_gpu: Mapping[str, Any]) -> None:
        self.identifier: int = json_gpu["id"]
        self.state: GpuState = _GPU_STATES[json_gpu["state"]]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.identifier} {self.state.name}>"


class Node:
    """A compute node at the time of the message that mentioned it last.

    ``assigned_jobs`` are the jobs that run on it, None unless the node is one of a simulation; ``assigned_job_ids`` are
    their identifiers.  Nodes compare and hash by identity.
    """

    # What algorithms look at in each call is kept within the object; other attributes may be added as to any object.
    # Few ask for anything else than the state, so that the rest is made when it is asked for.
    __slots__ = ("__dict__", "__weakref__", "_gpus", "_job_ids", "_residents", "identifier", "state", "type")

    def __init__(self, json_node: Mapping[str, Any]) -> None:
        self.identifier: int = json_node["id"]
        self.type: NodeType = _TYPES[json_node["type"]]
        self.state: NodeState = _STATES[json_node["state"]]
        self._job_ids: Sequence[int] = json_node["assigned_jobs"]
        self._gpus: Sequence[Mapping[str, Any]] = json_node["gpus"]
        self._residents: Residents | None = None

    @cached_property
    def assigned_job_ids(self) -> set[int]:
        """Identifiers of the jobs that run on the node."""
        return set(self._job_ids)

    @cached_property
    def assigned_jobs(self) -> list[Job] | None:
        """The jobs that run on the node, as they were when it was mentioned.

        A node that has been replaced by a new object may show later objects of them, if it is not asked before that.
        """
        return None if self._residents is None else list(self._residents.jobs)

    @cached_property
    def gpus(self) -> list[Gpu]:
        """The GPUs of the node."""
        return [Gpu(gpu) for gpu in self._gpus]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.identifier} {self.state.name}>"


ABSENT = Node({"id": -1, "type": 0, "state": 0, "assigned_jobs": (), "gpus": ()})
"""What is in the place of a node that there is no object of."""


def replace(nodes: list[Node], mention: Mention, residents: Residents) -> None:
    """Put new objects of the mentioned nodes into *nodes*, where each position is an identifier.

    An old object that nobody else holds goes before the new one comes, which takes its place in memory.  So the nodes
    stay side by side there, in their order: an algorithm that looks at all of them would wait for memory otherwise.
    """
    new, node_type, state = Node.__new__, _TYPES[mention.type], _STATES[mention.state]
    job_ids, gpus = mention.assigned_jobs, mention.gpus
    for identifier in mention.identifiers:
        nodes[identifier] = ABSENT
        nodes[identifier] = node = new(Node)
        node.identifier = identifier
        node.type = node_type
        node.state = state
        node._job_ids = job_ids
        node._gpus = gpus
        node._residents = residents
