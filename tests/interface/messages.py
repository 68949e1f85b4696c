"""Fields of messages as the simulator sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def job_fields(identifier: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the fields of a pending malleable job; a rigid one with type=0."""
    size: dict[str, Any]
    if fields.get("type") == 0:
        size = {"num_nodes": 2, "num_gpus_per_node": 1}
    else:
        size = {"num_nodes_min": 1, "num_nodes_max": 8, "num_gpus_per_node_min": 0, "num_gpus_per_node_max": 4}
    return {
        "assigned_nodes": [],
        "assigned_num_gpus_per_node": 0,
        "completed_phases": 0,
        "end_time": -1.0,
        "id": identifier,
        "makespan": -1.0,
        "start_time": -1.0,
        "state": 1,
        "submit_time": 2.5,
        "total_phase_count": 4,
        "turnaround_time": -1.0,
        "type": 2,
        "wait_time": -1.0,
        "walltime": 60.0,
        **size,
        **fields,
    }


def node_fields(identifier: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the fields of a free node without GPUs."""
    return {"assigned_jobs": [], "gpus": [], "id": identifier, "state": 0, "type": 0, **fields}


def invocation(
    jobs: Sequence[dict[str, Any]] = (),
    nodes: Sequence[dict[str, Any]] = (),
    **fields: Any,
) -> dict[str, Any]:
    """Return the message of a periodic invocation."""
    return {"code": 0xFFEC4400, "time": 7.25, "invocation_type": 0, "jobs": list(jobs), "nodes": list(nodes), **fields}
