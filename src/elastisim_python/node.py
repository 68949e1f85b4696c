"""Compute nodes and their GPUs as a scheduling algorithm sees them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim_python.job import Job


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

    ``assigned_jobs`` are the jobs that run on it, None until the node is linked with the jobs of the simulation;
    ``assigned_job_ids`` are their identifiers.  Nodes compare and hash by identity.
    """

    # What algorithms look at in each call is kept within the object; other attributes may be added as to any object.
    __slots__ = ("__dict__", "__weakref__", "assigned_job_ids", "assigned_jobs", "gpus", "identifier", "state", "type")

    def __init__(self, json_node: Mapping[str, Any]) -> None:
        self.identifier: int = json_node["id"]
        self.type: NodeType = _TYPES[json_node["type"]]
        self.state: NodeState = _STATES[json_node["state"]]
        self.assigned_jobs: list[Job] | None = None
        self.assigned_job_ids: set[int] = set(json_node["assigned_jobs"])
        gpus = json_node["gpus"]
        self.gpus: list[Gpu] = [Gpu(gpu) for gpu in gpus] if gpus else []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.identifier} {self.state.name}>"
