"""Jobs, nodes and invocations of a batch system, without the system."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from elastisim.batch.invocation import Invocation, InvocationType
from elastisim.batch.job import Job, JobState
from elastisim.batch.node_list import NO_NODES, NodeList, NodeTable
from elastisim.platform.machine import ComputeNode, NodeKind
from elastisim.workload.application import ApplicationModel
from elastisim.workload.job import JobDescription, JobType

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = ApplicationModel(file="model.json", phases=())


def job(identifier: int = 0, **changes: Any) -> Job:
    """Return a pending malleable job."""
    fields: dict[str, Any] = {
        "type": JobType.MALLEABLE,
        "submit_time": 2.5,
        "walltime": 60.0,
        "min_nodes": 1,
        "max_nodes": 8,
        "min_gpus_per_node": 0,
        "max_gpus_per_node": 4,
        "model": MODEL,
        "phase_iterations": (1, 3),
    }
    made = Job(JobDescription(identifier=identifier, **{**fields, **changes}))
    made.state = JobState.PENDING
    return made


def nodes(*gpus: int, kind: NodeKind = NodeKind.COMPUTE) -> NodeList:
    """Return free nodes with so many GPUs each."""
    return NodeTable(
        [
            ComputeNode(
                identifier, cast("Any", SimpleNamespace(name=f"n{identifier}")), kind, number, 0, 0, None, 0, ()
            )
            for identifier, number in enumerate(gpus)
        ]
    ).everything


def invocation(jobs: Sequence[Job] = (), nodes: NodeList = NO_NODES, **changes: Any) -> Invocation:
    """Return a periodic invocation."""
    fields = {"type": InvocationType.PERIODIC, "time": 7.25, "job": None, "evolving_request": None}
    return Invocation(**{**fields, **changes, "jobs": jobs, "changes": [nodes]})
