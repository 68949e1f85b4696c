"""Invocations of a scheduling algorithm and the decisions it returns (spec section 7)."""

from __future__ import annotations

from enum import IntEnum
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from elastisim.batch.node_list import NO_NODES
from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.desk import Desk
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.node_list import NodeList


@plain
class InvocationType(IntEnum):
    """Why the algorithm is invoked (7.1); the values are those of the wire protocol."""

    PERIODIC = 0
    JOB_SUBMIT = 1
    JOB_COMPLETED = 2
    JOB_KILLED = 3
    SCHEDULING_POINT = 4
    EVOLVING_REQUEST = 5
    RECONFIGURATION = 6


class PfsLoad(Struct, frozen=True):
    """Links to and from the parallel file system (R8.7): what they can carry and what they carry, in byte/s."""

    read_bandwidth: float
    write_bandwidth: float
    read_utilization: float
    write_utilization: float


class Invocation(Struct):
    """One call of the algorithm.

    ``jobs`` are those modified since the previous invocation, each once, in order of first modification (R8.5).
    ``changes`` are lists of nodes that have been modified together, in order; the first invocation holds all nodes.
    ``job`` is the triggering job, None for periodic invocations.  ``desk`` is where the algorithm can turn to besides
    deciding.
    """

    type: InvocationType
    time: float
    job: Job | None
    evolving_request: int | None
    jobs: Sequence[Job]
    changes: Sequence[NodeList]
    pfs_load: PfsLoad | None = None
    desk: Desk | None = None

    @property
    def nodes(self) -> Sequence[Node]:
        """The nodes modified since the previous invocation, each once, in order of first modification (R8.6)."""
        return distinct(self.changes)


def distinct(lists: Sequence[NodeList]) -> Sequence[Node]:
    """Return the nodes of all lists, each once; a node occurs once in each list."""
    return lists[0] if len(lists) == 1 else list(dict.fromkeys(chain.from_iterable(lists)))


class Decision(Struct):
    """What the algorithm decides for one job (R8.10).

    ``nodes`` are the IDs of its nodes in rank order.  Who has the nodes themselves, and knows that they are different
    ones, gives them as ``chosen`` instead.  ``runtime_arguments`` is the complete new set, or None to leave it as it
    is.  With ``kill`` nothing else counts.  ``reason`` is the explanation of the algorithm, if it gives one.
    """

    job: int
    kill: bool = False
    nodes: tuple[int, ...] = ()
    gpus_per_node: int = 0
    runtime_arguments: dict[str, str] | None = None
    reason: str = ""
    chosen: NodeList = NO_NODES

    @property
    def identifiers(self) -> tuple[int, ...]:
        """IDs of the nodes, however they were given."""
        return self.nodes or tuple(self.chosen.identifiers)


class Algorithm(Protocol):
    """A scheduling algorithm, wherever it runs.

    Failures of the algorithm or of the connection to it are raised as :class:`~elastisim.errors.AlgorithmError`.
    """

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        """Return the decisions of the algorithm, in the order in which they are to be processed."""
        ...

    def finish(self) -> None:
        """Tell the algorithm that the simulation has ended."""
        ...

    def close(self) -> None:
        """Release what the connection holds; called in any case, also after errors, and more than once."""
        ...
