"""Jobs as the batch system knows them: their state and their nodes over time (spec section 5)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from elastisim.batch.node_list import NO_NODES
from elastisim.workload.job import NO_STRINGS, JobType
from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.batch.node_list import NodeList
    from elastisim.workload.job import JobDescription


@plain
class JobState(IntEnum):
    """State of a job (R5.1); the values are those of the wire protocol."""

    PENDING_SUBMISSION = 0
    PENDING = 1
    PENDING_ALLOCATION = 2
    PENDING_KILL = 3
    RUNNING = 4
    PENDING_RECONFIGURATION = 5
    IN_RECONFIGURATION = 6
    COMPLETED = 7
    KILLED = 8


class Job:
    """A job in the batch system.

    ``requested`` is the list of nodes that the last accepted decision named, ``active`` the list of those on which the
    job runs: positions in it are ranks (R5.2).  ``expects_nodes`` tells that the requested nodes are marked as expected
    (R6.4).  Times are in seconds, -1.0 until they are known (R5.3).
    ``completed_phases`` is updated at scheduling points and evolving requests only (R5.11).
    """

    __slots__ = (
        "active",
        "active_gpus_per_node",
        "completed_phases",
        "description",
        "end_time",
        "expects_nodes",
        "identifier",
        "makespan",
        "requested",
        "requested_gpus_per_node",
        "runtime_arguments",
        "start_time",
        "state",
        "turnaround_time",
        "wait_time",
    )

    def __init__(self, description: JobDescription) -> None:
        self.description = description
        self.identifier = description.identifier
        self.state = JobState.PENDING_SUBMISSION
        self.requested: NodeList = NO_NODES
        self.active: NodeList = NO_NODES
        self.expects_nodes = False
        self.requested_gpus_per_node = 0
        self.active_gpus_per_node = 0
        self.runtime_arguments: Mapping[str, str] = NO_STRINGS
        self.start_time = -1.0
        self.end_time = -1.0
        self.wait_time = -1.0
        self.makespan = -1.0
        self.turnaround_time = -1.0
        self.completed_phases = 0

    @property
    def is_finished(self) -> bool:
        """Whether the job has completed or was killed."""
        return self.state >= JobState.COMPLETED

    @property
    def wants_change(self) -> bool:
        """Whether the job was promised other nodes or GPUs than it has; the order of nodes matters (R5.10)."""
        if self.description.type is JobType.RIGID:
            return False
        if self.requested_gpus_per_node != self.active_gpus_per_node:
            return True
        return self.requested is not self.active and self.requested != self.active

    def start(self, now: float) -> None:
        """Take the requested nodes and run."""
        self.state = JobState.RUNNING
        self.active = self.requested
        rigid = self.description.type is JobType.RIGID
        self.active_gpus_per_node = self.description.min_gpus_per_node if rigid else self.requested_gpus_per_node
        self.start_time = now
        self.wait_time = now - self.description.submit_time

    def end(self, now: float, state: JobState) -> None:
        """Finish in *state*; for a job that never started the makespan counts from -1, as in the original (R5.3)."""
        self.state = state
        self.end_time = now
        self.makespan = now - self.start_time
        self.turnaround_time = now - self.description.submit_time

    def forget_nodes(self) -> None:
        """Part from the nodes, after everybody has heard of the end: there may be millions of jobs that are over."""
        self.active = self.requested = NO_NODES
