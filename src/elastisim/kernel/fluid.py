"""Fluid models: how activities progress in simulated time.

A fluid model starts activities, advances to the next instant at which one ends, and tells loads.  There are two: one
that follows the reference operation by operation (:mod:`elastisim.kernel.exact`) and a fast one
(:mod:`elastisim.kernel.fast`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.kernel.actors import Activity, Stage
from elastisim.kernel.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.kernel.disk import Disk
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.profile import Profiles
    from elastisim.kernel.resource import Demand, Resource
    from elastisim.kernel.sensing import Sampler


class Precision(Struct, frozen=True):
    """Constants of the model (F1.4); seconds for time, flops or bytes for work, bytes for the window."""

    work: float = 1e-5
    time: float = 1e-9
    tcp_gamma: float = 4194304.0

    @property
    def remaining(self) -> float:
        """Fraction of its work below which an activity counts as finished."""
        return self.work * self.time


class Sleep(Activity):
    """A stretch of time that uses nothing (F4.3)."""

    __slots__ = ("duration", "version")

    def __init__(self, duration: float) -> None:
        super().__init__()
        self.duration = duration
        self.version = 0


class FluidModel(ABC):
    """The state of all running activities; ``now`` is the simulated time in seconds.

    Changes of loads are entered into the ``ledger`` if there is one.
    """

    def __init__(self, precision: Precision, profiles: Profiles) -> None:
        self.now = 0.0
        self.precision = precision
        self.profiles = profiles
        self.stage = Stage()
        self.ledger: Ledger | None = None
        self._order = 0

    def _enter_endings(self, ledger: Ledger, over: Iterable[Activity]) -> None:
        """Enter what a sample shows at an instant at which activities have ended: the others at their old rates."""
        for activity in over:
            if isinstance(activity, Flow):
                ledger.end(activity, self.now)
                for resource in activity.demand.weights:
                    ledger.leave(resource, self.now, self.load(resource))

    def _register(self, activity: Activity) -> None:
        self._order += 1
        activity.order = self._order

    @abstractmethod
    def sleep(self, duration: float) -> Activity:
        """Start a positive stretch of time in seconds."""

    @abstractmethod
    def flow(self, demand: Demand, multiplicity: int = 1) -> Flow:
        """Start a computation or transfer; without anything to do it ends in the next round (F3.7).

        *multiplicity* equal ones start and end together.
        """

    @abstractmethod
    def access(self, disk: Disk, size: float, write: bool) -> Activity:
        """Start an access of *size* bytes, truncated to a whole number."""

    @abstractmethod
    def cancel(self, activity: Activity) -> None:
        """Make an activity vanish at the current instant (F9.3); those who wait for it are not woken."""

    @abstractmethod
    def advance(self) -> bool:
        """Move the clock to the next instant at which an activity ends and end it; return False if there is none."""

    @abstractmethod
    def settle(self) -> None:
        """Bring rates up to date with what has started and ended at the current instant."""

    @abstractmethod
    def observe(self, sampler: Sampler) -> None:
        """Let *sampler* take a sample now, and whenever one is due.

        It sees the loads of the activities in progress: those that end at the instant contribute nothing any more,
        those that start at it nothing yet (R10.6).
        """

    @property
    @abstractmethod
    def is_idle(self) -> bool:
        """Whether no activity that is under way will ever end."""

    @abstractmethod
    def load(self, resource: Resource) -> float:
        """Return the consumption of a resource in flop/s or byte/s, as of the last sharing (F9.2)."""
