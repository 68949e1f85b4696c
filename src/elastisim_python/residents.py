"""Who runs on nodes: what nodes know of jobs while the jobs know their nodes, without circles that outlive both."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim_python.job import Job
    from elastisim_python.node import Node


class Residents:
    """The jobs that run on *node_count* nodes mentioned together, in the order of ``Node.assigned_jobs``."""

    __slots__ = ("jobs", "node_count")

    def __init__(self, jobs: list[Job], node_count: int) -> None:
        self.jobs = jobs
        self.node_count = node_count


class Register:
    """The residents of the nodes of a simulation; *jobs* are its jobs, where each position is an identifier.

    A node refers to the job objects of its message, even when these have been replaced (R9.10), and these to nodes.
    As garbage, such circles would be the main business of long simulations.  So they are cut: when all nodes with the
    same residents have been replaced, the residents become the jobs as they are then, which refer to other nodes.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs

    def enter(self, identifiers: Iterable[int], node_count: int) -> Residents:
        """Return the residents with these identifiers, in the order of a set (R9.9), of so many new nodes."""
        return Residents([self._jobs[identifier] for identifier in set(identifiers)], node_count)

    def leave(self, nodes: Sequence[Node], identifiers: Iterable[int]) -> None:
        """Forget those of *nodes* that are about to be replaced, by their identifiers, which are their positions."""
        for identifier in identifiers:
            residents = nodes[identifier]._residents
            if residents is not None:
                residents.node_count -= 1
                if not residents.node_count:
                    residents.jobs = [self._jobs[job.identifier] for job in residents.jobs]
