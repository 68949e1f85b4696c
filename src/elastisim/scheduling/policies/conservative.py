"""Conservative backfilling."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from elastisim.batch.job import JobState
from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.orders import OrderOption
from elastisim.scheduling.policies.profile import Profile
from elastisim.scheduling.policies.queueing import QueuePolicy, expand_on_request, shrink_on_request
from elastisim.scheduling.policies.releases import Releases
from elastisim.scheduling.sizes import preferred_size
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView


@dataclass(slots=True)
class Reservation:
    """The nodes that a waiting job is to have, from when on and for how long (s)."""

    start: float
    duration: float
    size: int


class Conservative(QueuePolicy):
    """Conservative backfilling: jobs get a reservation at submission, and nobody delays it (Feitelson, Weil 1998).

    Reservations move forward when jobs end early, in the order of the queue, and never backward, unless a job runs
    longer than estimated: then all of them are made anew.  In any other order than that of submission all of them are
    made anew in every call, and jobs that come first in that order may delay others.
    """

    name = "conservative"

    def __init__(self, *, order: OrderOption = "fcfs", estimate: EstimateOption = "auto") -> None:
        super().__init__(order, estimate)
        self.reservations: dict[JobView, Reservation] = {}
        self._releases = Releases(self.estimates)
        self._profile = Profile(0.0, 0)
        self._version = -1

    def schedule(self, system: System) -> None:
        """Bring the plan up to date and start whose turn it is."""
        self.estimates.begin(system)
        queue = self.order.update(system)
        now = system.time
        self._releases.update(system)
        shrink_on_request(system)
        self._releases.note_request(system)
        for job in [job for job in self.reservations if job.state is not JobState.PENDING]:
            del self.reservations[job]
            self._version = -1
        if self.order.name != "fcfs":
            self.reservations.clear()
            self._draw(system)
        elif self._version != self._releases.version or self._releases.first() <= now:
            self._plan_again(system, queue)
        self._profile.advance(now)
        for job in queue:
            if job not in self.reservations:
                size = preferred_size(job)
                self._reserve(job, self.estimates.duration(job, size), size)
        for job in queue:
            reservation = self.reservations[job]
            if reservation.start <= now and reservation.size <= len(system.free_nodes):
                system.start(job, reservation.size, reason="its reservation begins")
                self._releases.add(job, now)
                del self.reservations[job]
        self._expand(system)
        if self.reservations:
            system.wake_at_tick(self._releases.next_after(now))

    def _plan_again(self, system: System, queue: Iterable[JobView]) -> None:
        """Make the profile anew, keep reservations if possible, and move them forward one by one."""
        now = system.time
        self._version = self._releases.version
        self._draw(system)
        for reservation in self.reservations.values():
            reservation.start = max(reservation.start, now)
            if not self._fits(reservation):
                self._draw(system)
                self.reservations.clear()
                return
            self._occupy(reservation)
        for job in queue:
            known = self.reservations.pop(job, None)
            if known is not None:
                self._profile.add(known.start, known.start + known.duration, known.size)
                self._reserve(job, known.duration, known.size)

    def _draw(self, system: System) -> None:
        self._profile = Profile(system.time, len(system.free_nodes))
        for end, _, count in self._releases:
            self._profile.add(max(end, system.time), math.inf, count)

    def _reserve(self, job: JobView, duration: float, size: int) -> None:
        reservation = Reservation(self._profile.earliest(size, duration), duration, size)
        self.reservations[job] = reservation
        self._occupy(reservation)

    def _fits(self, reservation: Reservation) -> bool:
        return reservation.start == math.inf or self._profile.is_free(
            reservation.start, reservation.duration, reservation.size
        )

    def _occupy(self, reservation: Reservation) -> None:
        if reservation.start < math.inf:
            self._profile.add(reservation.start, reservation.start + reservation.duration, -reservation.size)

    def _expand(self, system: System) -> None:
        """Grant a request for more nodes, as far as nobody needs them before the job ends."""
        job = system.job
        if job is None or system.evolving_request is None:
            return
        end = self._releases.expected_end(job)
        expand_on_request(system, self._profile.least(system.time, end))
        self._releases.note_request(system)
        self._version = -1
