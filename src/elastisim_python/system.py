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
    from elastisim_python.mention import Mentions
    from elastisim_python.node import Node

_RESIZABLE = (JobType.MALLEABLE, JobType.ADAPTIVE)


class NodeView(Sequence["Node"]):
    """Nodes in one state, in the order of their identifiers; a slice is a list.

    Members, and their order, are kept from the first time that somebody asks for them: most algorithms never do.
    """

    def __init__(self, nodes: Sequence[Node], state: NodeState) -> None:
        self._nodes = nodes
        self._state = state
        self._known: set[int] | None = None
        self._order: list[int] | None = None

    def __len__(self) -> int:
        return len(self._members())

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
        return isinstance(identifier, int) and identifier in self._members()

    def update(self, identifiers: Iterable[int], state: int) -> None:
        """Learn that nodes are in a state, given by its value; for those who keep the view up to date."""
        members, order = self._known, self._order
        if members is None:
            return
        if state == self._state.value:
            new = set(identifiers).difference(members)
            members |= new
            if order is not None:
                for identifier in new:
                    insort(order, identifier)
        else:
            old = members.intersection(identifiers)
            members -= old
            if order is not None:
                for identifier in old:
                    del order[bisect_left(order, identifier)]

    def _members(self) -> set[int]:
        if self._known is None:
            self._known = {node.identifier for node in self._nodes if node.state is self._state}
        return self._known

    def _identifiers(self) -> list[int]:
        if self._order is None:
            self._order = sorted(self._members())
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
        self._nodes = nodes
        self._changed_nodes: Sequence[int] = ()

    @property
    def changed_nodes(self) -> list[Node]:
        """The nodes of the last message."""
        return [self._nodes[identifier] for identifier in self._changed_nodes]

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

    def update_nodes(self, mentions: Mentions) -> None:
        """Learn the nodes of a message."""
        self._changed_nodes = mentions.identifiers
        for mention in mentions.alike:
            self.free_nodes.update(mention.identifiers, mention.state)
            self.reserved_nodes.update(mention.identifiers, mention.state)


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
