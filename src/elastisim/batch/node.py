"""Compute nodes as the batch system knows them (spec section 6)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.batch.job import Job
    from elastisim.platform.machine import ComputeNode


class NodeState(IntEnum):
    """State of a node; the values are those of the wire protocol."""

    FREE = 0
    ALLOCATED = 1
    RESERVED = 2


class Node:
    """A compute node with the jobs that run on it and those that expect it (R6.2), both by job ID.

    *gpu_use* tells which GPUs of a node are in use.
    """

    __slots__ = ("_gpu_use", "expected", "identifier", "name", "resource", "running", "state")

    def __init__(
        self, resource: ComputeNode, gpu_use: Callable[[ComputeNode], Sequence[bool]] = lambda node: [False] * node.gpus
    ) -> None:
        self.resource = resource
        self._gpu_use = gpu_use
        self.identifier = resource.identifier
        self.name = resource.host.name
        self.state = NodeState.FREE
        self.running: dict[int, Job] = {}
        self.expected: dict[int, Job] = {}

    @property
    def gpu_states(self) -> Sequence[int]:
        """States of the GPUs by their numbers, as the wire protocol has them: 0 free, 1 in use."""
        return [int(is_used) for is_used in self._gpu_use(self.resource)]

    def allocate(self, job: Job) -> None:
        """Let *job* run here."""
        self.running[job.identifier] = job
        self.state = NodeState.ALLOCATED

    def release(self, job: Job) -> None:
        """End the stay of *job*; without another running job the node is free, even if it is expected (R6.2)."""
        self.running.pop(job.identifier, None)
        if not self.running:
            self.state = NodeState.FREE

    def expect(self, job: Job) -> None:
        """Mark the node as expected by *job* (R6.4)."""
        self.expected[job.identifier] = job
        if self.state is NodeState.FREE:
            self.state = NodeState.RESERVED

    def unexpect(self, job: Job) -> None:
        """Remove the mark of *job*, if there is one."""
        self.expected.pop(job.identifier, None)
        if self.state is NodeState.RESERVED and not self.expected:
            self.state = NodeState.FREE
