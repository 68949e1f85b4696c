"""Compute nodes as the batch system knows them (spec section 6)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node_list import NodeList, NodeTable
    from elastisim.platform.machine import ComputeNode


@plain
class NodeState(IntEnum):
    """State of a node; the values are those of the wire protocol."""

    FREE = 0
    ALLOCATED = 1
    RESERVED = 2


class Occupancy:
    """Who uses a node: the jobs that run there and those that expect it (R6.2), both by ID, and the state it is in.

    An occupancy does not change.  Nodes that have been used together share one, so that what happens to all of them has
    to be worked out once only.
    """

    __slots__ = ("expected", "is_vacant", "running", "state")

    def __init__(self, running: dict[int, Job], expected: dict[int, Job], state: NodeState) -> None:
        self.running = running
        self.expected = expected
        self.state = state
        self.is_vacant = not running and not expected

    @property
    def key(self) -> Hashable:
        """What is the same for equal occupancies."""
        return (*self.running, -1, *self.expected, self.state)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody expects the node while nobody runs there."""
        return bool(self.expected) and not self.running

    def allocated(self, job: Job) -> Occupancy:
        """Return what follows when *job* comes to run here."""
        return Occupancy({**self.running, job.identifier: job}, self.expected, NodeState.ALLOCATED)

    def released(self, job: Job) -> Occupancy:
        """Return what follows when *job* leaves; without another one the node is free, even if expected (R6.2)."""
        running = _without(self.running, job)
        if not running and not self.expected:
            return VACANT
        return Occupancy(running, self.expected, self.state if running else NodeState.FREE)

    def awaited(self, job: Job) -> Occupancy:
        """Return what follows when *job* comes to expect the node (R6.4)."""
        state = NodeState.RESERVED if self.state is NodeState.FREE else self.state
        return Occupancy(self.running, {**self.expected, job.identifier: job}, state)

    def unawaited(self, job: Job) -> Occupancy:
        """Return what follows when *job* does not expect the node any more, whether it did or not."""
        expected = _without(self.expected, job)
        is_free = self.state is NodeState.FREE or (self.state is NodeState.RESERVED and not expected)
        if is_free and not self.running and not expected:
            return VACANT
        return Occupancy(self.running, expected, NodeState.FREE if is_free else self.state)


VACANT = Occupancy({}, {}, NodeState.FREE)
"""Nobody uses the node."""


class Node:
    """A compute node, listed in a *table*, and who uses it.

    *gpu_use* tells which GPUs of a node are in use.
    """

    __slots__ = ("_gpu_use", "identifier", "name", "resource", "table")

    def __init__(
        self, resource: ComputeNode, table: NodeTable, gpu_use: Callable[[ComputeNode], Sequence[bool]]
    ) -> None:
        self.resource = resource
        self.table = table
        self._gpu_use = gpu_use
        self.identifier = resource.identifier
        self.name = resource.host.name

    @property
    def occupancy(self) -> Occupancy:
        """Who uses the node."""
        return self.table.occupancies[self.identifier]

    @property
    def state(self) -> NodeState:
        """Whether the node is free, allocated or reserved."""
        return self.occupancy.state

    @property
    def running(self) -> Mapping[int, Job]:
        """The jobs that run here, by ID, in the order in which they came."""
        return self.occupancy.running

    @property
    def expected(self) -> Mapping[int, Job]:
        """The jobs that expect the node, by ID."""
        return self.occupancy.expected

    @property
    def gpu_states(self) -> Sequence[int]:
        """States of the GPUs by their numbers, as the wire protocol has them: 0 free, 1 in use."""
        return [int(is_used) for is_used in self._gpu_use(self.resource)]


def allocate(nodes: NodeList, job: Job) -> None:
    """Let *job* run on nodes."""
    _change(nodes, job, Occupancy.allocated)


def release(nodes: NodeList, job: Job) -> None:
    """End the stay of *job* on nodes."""
    _change(nodes, job, Occupancy.released)


def expect(nodes: NodeList, job: Job) -> None:
    """Mark nodes as expected by *job*."""
    _change(nodes, job, Occupancy.awaited)


def unexpect(nodes: NodeList, job: Job) -> None:
    """Remove the marks of *job* from nodes, where there are any."""
    _change(nodes, job, Occupancy.unawaited)


def _change(nodes: NodeList, job: Job, transition: Callable[[Occupancy, Job], Occupancy]) -> None:
    """Let the occupancies of nodes follow a transition."""
    sole = nodes.occupancy
    if sole is not None:
        nodes.enter(transition(sole, job))
        return
    table = nodes.table
    table.known = None
    if nodes.is_scattered:
        before = nodes.pick(table.occupancies)
        followers = _followers(before, job, transition)
        for number, occupancy in zip(nodes.identifiers, before, strict=True):
            table.occupancies[number] = followers[occupancy]
        return
    uses = list(nodes.uses())
    followers = _followers([occupancy for _, occupancy in uses], job, transition)
    for (start, end), occupancy in uses:
        table.occupancies[start:end] = [followers[occupancy]] * (end - start)


def _followers(
    before: Iterable[Occupancy], job: Job, transition: Callable[[Occupancy, Job], Occupancy]
) -> dict[Occupancy, Occupancy]:
    """Return what follows occupancies; equal ones become one again, so that they do not get more and more."""
    followers: dict[Occupancy, Occupancy] = {}
    different: dict[Hashable, Occupancy] = {}
    for occupancy in dict.fromkeys(before):
        after = transition(occupancy, job)
        followers[occupancy] = different.setdefault(after.key, after)
    return followers


def _without(jobs: dict[int, Job], job: Job) -> dict[int, Job]:
    if job.identifier not in jobs:
        return jobs
    if len(jobs) == 1:
        return {}
    return {identifier: other for identifier, other in jobs.items() if identifier != job.identifier}
