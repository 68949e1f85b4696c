"""What the batch system reports to those who record or watch a simulation."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.node_list import NodeList
    from elastisim.kernel.ledger import LoadSpan


class Sample(Struct):
    """Loads as samples see them (R10.5 to R10.10), the same at several ``times`` in a row, in seconds.

    ``cpu`` and ``gpu`` hold one value per compute node in ID order: load relative to one core, and the fraction of the
    GPUs in use.  ``network`` is the mean relative load of the network links (NaN without links).  PFS values are
    bytes per second and relative to the bandwidth (NaN without links).  ``cpu_changes`` are the loads of ranges of
    nodes, from first to last ID, outside of which ``cpu`` is the same as in the samples before; of ranges that overlap,
    the last one counts.  None if that is unknown.
    """

    times: Sequence[float]
    cpu: Sequence[float]
    gpu: Sequence[float]
    network: float
    pfs_read: float
    pfs_write: float
    pfs_read_relative: float
    pfs_write_relative: float
    cpu_changes: Mapping[tuple[int, int], float] | None = None


class Observer:
    """Receives what happens; every method does nothing unless overridden.

    The objects passed are live: an observer reads them during the call and keeps none of their lists.  Times are
    simulated seconds.
    """

    def simulation_started(self, nodes: NodeList) -> None:
        """Learn the compute nodes in ID order; time is 0."""

    def job_submitted(self, now: float, job: Job) -> None:
        """Learn that *job* was submitted."""

    def job_started(self, now: float, job: Job) -> None:
        """Learn that *job* started on ``job.active``."""

    def job_reconfigured(self, now: float, job: Job, before: NodeList) -> None:
        """Learn that *job* was moved from *before* to ``job.active`` (also mere permutations)."""

    def reconfiguration_finished(self, now: float, job: Job) -> None:
        """Learn that *job* has run its reconfiguration phase and goes on (transition f of section 5.2)."""

    def evolving_request_handled(self, now: float, job: Job, nodes_before: int, requested: int) -> None:
        """Learn that the algorithm answered an evolving request; ``job.active`` is what the job goes on with."""

    def job_ended(self, now: float, job: Job) -> None:
        """Learn that *job* completed or was killed."""

    def nodes_changed(self, now: float, nodes: NodeList) -> None:
        """Learn that jobs were allocated to or released from *nodes*; one record per node, in this order (R10.3)."""

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        """Learn that the ranks on *nodes* finished a task; one record per node, in this order (R10.4)."""

    def sampled(self, sample: Sample) -> None:
        """Learn samples of the loads; those in a row that are the same come together."""

    def load_lasted(self, span: LoadSpan) -> None:
        """Learn of a load that is over or has changed; spans come in no particular order."""

    def loads_ended(self, now: float) -> None:
        """Learn that there are no more loads, at the end or because the simulation is abandoned."""

    def simulation_ended(self, now: float, jobs: Sequence[Job]) -> None:
        """Learn that all jobs are finished; *jobs* in ID order."""


EVENTS = tuple(name for name in vars(Observer) if not name.startswith("_"))
"""Names of the methods of observers."""


class Audience(Observer):
    """Passes everything on to several observers, in order.

    Those who do nothing about an event are not asked, as events are many.  What a subclass does about an event itself
    takes the place of passing it on.
    """

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._listeners: dict[str, tuple[Callable[..., None], ...]] = {}
        members = list(observers)
        for event in EVENTS:
            if getattr(type(self), event) is getattr(Observer, event):
                listeners = tuple(chain.from_iterable(_listeners(member, event) for member in members))
                self._listeners[event] = listeners
                if listeners:
                    setattr(self, event, _passing_on(listeners))


def _listeners(observer: Observer, event: str) -> tuple[Callable[..., None], ...]:
    """Return what is to be called at an event."""
    if isinstance(observer, Audience) and event in observer._listeners:
        return observer._listeners[event]
    does_nothing = getattr(type(observer), event, None) is getattr(Observer, event)
    return () if does_nothing else (getattr(observer, event),)


def _passing_on(listeners: tuple[Callable[..., None], ...]) -> Callable[..., None]:
    if len(listeners) == 1:
        return listeners[0]

    def pass_on(*what: object) -> None:
        for listener in listeners:
            listener(*what)

    return pass_on
