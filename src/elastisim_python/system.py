"""What a call of a scheduling algorithm is about, and views of jobs and nodes that need no search."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from elastisim_python.job import FINISHED, JobState, JobType
from elastisim_python.node import NodeState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elastisim_python.job import Job
    from elastisim_python.node import Node

_RESIZABLE = (JobType.MALLEABLE, JobType.ADAPTIVE)


class NodeView(Sequence["Node"]):
    """Nodes in one state, in the order of their identifiers; a slice is a list.

    The order is kept from the first time that somebody asks for it: most algorithms never do.
    """

    def __init__(self, nodes: Sequence[Node], state: NodeState) -> None:
        self._nodes = nodes
        self._state = state
        self._members: set[int] = set()
        self._order: list[int] | None = None

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        nodes = self._nodes
        if isinstance(index, slice):
            return [nodes[identifier] for identifier in self._identifiers()[index]]
        return nodes[self._identifiers()[index]]

    def __iter__(self) -> Iterator[Node]:
        nodes = self._nodes
        return (nodes[identifier] for identifier in tuple(self._identifiers()))

    def __contains__(self, node: object) -> bool:
        identifier = getattr(node, "identifier", None)
        return isinstance(identifier, int) and identifier in self._members

    def update(self, nodes: Iterable[Node]) -> None:
        """Learn the states of nodes; for those who keep the view up to date."""
        members, order, state = self._members, self._order, self._state
        for node in nodes:
            identifier = node.identifier
            if node.state is state:
                if identifier not in members:
                    members.add(identifier)
                    if order is not None:
                        insort(order, identifier)
            elif identifier in members:
                members.remove(identifier)
                if order is not None:
                    del order[bisect_left(order, identifier)]

    def _identifiers(self) -> list[int]:
        if self._order is None:
            self._order = sorted(self._members)
        return self._order


class Views:
    """Jobs and nodes by their states, kept up to date message by message."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.pending: dict[int, Job] = {}
        self.running: dict[int, Job] = {}
        self.malleable: dict[int, Job] = {}
        self.unfinished: dict[int, Job] = {}
        self.free_nodes = NodeView(nodes, NodeState.FREE)
        self.reserved_nodes = NodeView(nodes, NodeState.RESERVED)
        self.changed_jobs: list[Job] = []
        self.changed_nodes: list[Node] = []

    def update_jobs(self, jobs: list[Job]) -> None:
        """Learn the jobs of a message."""
        self.changed_jobs = jobs
        for job in jobs:
            identifier, state = job.identifier, job.state
            if state is JobState.PENDING:
                self.pending[identifier] = self.unfinished[identifier] = job
                continue
            self.pending.pop(identifier, None)
            if state in FINISHED:
                self.running.pop(identifier, None)
                self.malleable.pop(identifier, None)
                self.unfinished.pop(identifier, None)
            else:
                self.running[identifier] = self.unfinished[identifier] = job
                if job.type in _RESIZABLE:
                    self.malleable[identifier] = job

    def update_nodes(self, nodes: list[Node]) -> None:
        """Learn the nodes of a message."""
        self.changed_nodes = nodes
        self.free_nodes.update(nodes)
        self.reserved_nodes.update(nodes)


class System(dict[str, Any]):
    """The fields of an invocation, by name as in the original, with views of jobs and nodes as attributes.

    ``pending``: jobs that wait, in order of submission; ``running``: jobs that have nodes, in order of their starts;
    ``malleable``: those of them that can be resized at scheduling points (malleable and adaptive jobs); ``free_nodes``
    and ``reserved_nodes``: nodes in these states, in order of their identifiers; ``changed_jobs`` and
    ``changed_nodes``: what has changed since the last call.  All are as of the beginning of the call, must not be
    changed, and cost nothing that grows with the number of jobs or nodes.
    """

    def __init__(self, fields: Mapping[str, Any], views: Views) -> None:
        super().__init__(fields)
        self._views = views

    @property
    def pending(self) -> Collection[Job]:
        """Jobs that wait, in order of submission."""
        return self._views.pending.values()

    @property
    def running(self) -> Collection[Job]:
        """Jobs that have nodes, in order of their starts."""
        return self._views.running.values()

    @property
    def malleable(self) -> Collection[Job]:
        """Running jobs that can be resized at scheduling points: malleable and adaptive ones."""
        return self._views.malleable.values()

    @property
    def free_nodes(self) -> Sequence[Node]:
        """Free nodes, in order of their identifiers."""
        return self._views.free_nodes

    @property
    def reserved_nodes(self) -> Sequence[Node]:
        """Nodes that are kept for a job that expects them, in order of their identifiers."""
        return self._views.reserved_nodes

    @property
    def changed_jobs(self) -> Sequence[Job]:
        """Jobs that have changed since the last call."""
        return self._views.changed_jobs

    @property
    def changed_nodes(self) -> Sequence[Node]:
        """Nodes that have changed since the last call."""
        return self._views.changed_nodes
