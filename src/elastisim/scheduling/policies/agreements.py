"""Agreements: nodes that running jobs are giving up, promised to jobs that wait (spec of the strategies, section 5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from elastisim.batch.node_list import NO_NODES, NodeList

if TYPE_CHECKING:
    from elastisim.scheduling.system import System
    from elastisim.scheduling.views import JobView


class Agreements(ABC):
    """Who has been promised which nodes, by their IDs; kinds differ in how promises are redeemed.

    Promised nodes are withheld from the pool of free nodes.  With *tidy* the sane variants apply, where there are any.
    """

    def __init__(self, *, tidy: bool) -> None:
        self._is_tidy = tidy
        self._nodes_of: dict[JobView, set[int]] = {}
        self._job_of: dict[int, JobView] = {}

    def __contains__(self, job: JobView) -> bool:
        return job in self._nodes_of

    def __len__(self) -> int:
        return len(self._nodes_of)

    def promise(self, system: System, job: JobView, nodes: NodeList) -> None:
        """Promise nodes to a pending job, in addition to what it has been promised in this invocation (S5.2)."""
        system.free_nodes.withhold(nodes)
        numbers = nodes.identifiers
        self._nodes_of.setdefault(job, set()).update(numbers)
        self._job_of.update(dict.fromkeys(numbers, job))

    def resolve(self, system: System) -> list[JobView]:
        """Start the jobs whose promises can be redeemed; return them (S5.5)."""
        started = []
        for job in sorted(self._nodes_of, key=lambda job: job.identifier):
            nodes = self._redeem(system, job)
            if nodes is None:
                break
            if nodes:
                system.start(job, nodes, reason="the nodes that it was promised are free")
                started.append(job)
        return started

    @abstractmethod
    def _redeem(self, system: System, job: JobView) -> NodeList | None:
        """Return the nodes to start a job with, none if it has to wait, None if all others have to wait as well."""

    def _forget(self, system: System, job: JobView, nodes: NodeList) -> None:
        """End the agreement of a job, and the promises of *nodes*."""
        del self._nodes_of[job]
        for number in nodes.identifiers:
            del self._job_of[number]
        system.free_nodes.readmit(nodes)


class Direct(Agreements):
    """A job starts when all nodes that it was promised are free (S5.6)."""

    def _redeem(self, system: System, job: JobView) -> NodeList:
        free = system.free_nodes
        promised = self._nodes_of[job]
        if not free.are_free(promised):
            return NO_NODES
        nodes = NodeList.listing(free.table, sorted(promised))
        self._forget(system, job, nodes)
        return nodes


class Stealing(Agreements):
    """A job starts when as many promised nodes are free as it was promised, be it to others (S5.7)."""

    def _redeem(self, system: System, job: JobView) -> NodeList | None:
        withheld = system.free_nodes.withheld
        if not withheld:
            return None
        own = self._nodes_of[job]
        if len(own) > len(withheld):
            return NO_NODES
        free = withheld.identifiers
        missing = [number for number in own if number not in withheld.members]
        foreign = [number for number in free if self._job_of[number] is not job]
        for mine, theirs in zip(missing, foreign, strict=False):
            self._swap(job, mine, theirs)
        nodes = NodeList.listing(withheld.table, [number for number in free if self._job_of[number] is job])
        self._forget(system, job, nodes)
        return nodes

    def _swap(self, job: JobView, mine: int, theirs: int) -> None:
        other = self._job_of[theirs]
        own, others = self._nodes_of[job], self._nodes_of[other]
        own.remove(mine)
        own.add(theirs)
        others.remove(theirs)
        others.add(mine)
        self._job_of[mine], self._job_of[theirs] = other, job


class CommonPool(Agreements):
    """A job starts when as many nodes are free as it was promised, promised ones first (S5.8)."""

    def _redeem(self, system: System, job: JobView) -> NodeList | None:
        promised = system.free_nodes.withheld
        if not promised and not system.free_nodes:
            return None
        need = len(self._nodes_of[job])
        if need > len(promised) + len(system.free_nodes):
            return NO_NODES
        promised = promised[:need]
        others = system.free_nodes.lowest(need - len(promised)) or NO_NODES
        self._forget(system, job, promised)
        for _ in others:
            self._drop_promise(system)
        return promised + others

    def _drop_promise(self, system: System) -> None:
        """Take back one promise: the last one that was made, or, in tidy pools, the last one of a node in use."""
        numbers = reversed(self._job_of)
        free = system.free_nodes
        last = next(numbers)
        if self._is_tidy and free.is_free(system.nodes[last]):
            last = next((number for number in numbers if not free.is_free(system.nodes[number])), last)
        del self._job_of[last]
        free.readmit([system.nodes[last]])
