"""The running malleable jobs that can be resized now, and how many nodes they can spare."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from elastisim.batch.job import JobState
from elastisim.batch.node_list import NodeList
from elastisim.scheduling.sizes import preferred_size
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.scheduling.system import System
    from elastisim.scheduling.views import JobView


@dataclass(slots=True)
class Member:
    """A malleable job: its number of nodes as decided last, and its limits."""

    job: JobView
    identifier: int
    size: int
    least: int
    preferred: int
    most: int


class Elastic:
    """Malleable jobs in state RUNNING at the beginning of an invocation (S2.3), in ascending order of their IDs.

    ``above_min`` and ``above_preferred`` are the numbers of nodes that all jobs together have beyond their minimum and
    their preferred size.  With *by_rank* the nodes of a job are taken in rank order; otherwise in the order in which
    the published algorithms see them, that of a set of IDs (R9.9).
    """

    def __init__(self, *, by_rank: bool) -> None:
        self.above_min = 0
        self.above_preferred = 0
        self.growable: dict[JobView, Member] = {}
        self._by_rank = by_rank
        self._members: dict[JobView, Member] = {}
        self._assigned: dict[JobView, NodeList] = {}

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        """Yield the members in ascending order of their IDs."""
        return iter(sorted(self._members.values(), key=attrgetter("identifier")))

    def update(self, system: System) -> None:
        """Learn what has changed since the last invocation."""
        self._assigned.clear()
        for job in system.changed_jobs:
            if job.type is JobType.MALLEABLE:
                known = self._members.pop(job, None)
                if known is not None:
                    self._count(known, -1)
                    self.growable.pop(job, None)
                if job.state is JobState.RUNNING:
                    self._add(known, job)

    def nodes(self, member: Member) -> NodeList:
        """Return the nodes of a job in the order in which they are given up from behind."""
        assigned = self._assigned.get(member.job)
        if assigned is None:
            assigned = member.job.nodes
            if not self._by_rank:
                assigned = NodeList.listing(assigned.table, list(assigned.members))
            self._assigned[member.job] = assigned
        return assigned

    def shrink(self, system: System, member: Member, first: int, count: int, reason: str) -> NodeList:
        """Take *count* nodes from a job, of which the first has the position *first*; return them."""
        nodes = self.nodes(member)
        self._resize(system, member, nodes[:first] + nodes[first + count :], reason)
        return nodes[first : first + count]

    def expand(self, system: System, member: Member, count: int, reason: str) -> None:
        """Give the *count* lowest free nodes to a job."""
        added = system.free_nodes.lowest(count)
        assert added is not None
        self._resize(system, member, self.nodes(member) + added, reason)

    def _resize(self, system: System, member: Member, nodes: NodeList, reason: str) -> None:
        system.resize(member.job, nodes, reason=reason)
        self._assigned[member.job] = nodes
        self._count(member, -1)
        member.size = len(nodes)
        self._count(member, 1)
        self._note_headroom(member)

    def _add(self, known: Member | None, job: JobView) -> None:
        if known is None:
            known = Member(job, job.identifier, 0, job.min_nodes, preferred_size(job), job.max_nodes)
        known.size = len(job.nodes)
        self._members[job] = known
        self._count(known, 1)
        self._note_headroom(known)

    def _count(self, member: Member, sign: int) -> None:
        self.above_min += sign * (member.size - member.least)
        self.above_preferred += sign * max(member.size - member.preferred, 0)

    def _note_headroom(self, member: Member) -> None:
        if member.size < member.most:
            self.growable[member.job] = member
        else:
            self.growable.pop(member.job, None)
