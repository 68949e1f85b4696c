"""EASY backfilling."""

import math
from collections.abc import Iterable

from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.first_fit import VariantOption
from elastisim.scheduling.policies.orders import OrderName, OrderOption
from elastisim.scheduling.policies.passes import Pass
from elastisim.scheduling.policies.queueing import QueuePolicy, expand_on_request, shrink_on_request
from elastisim.scheduling.policies.releases import Releases
from elastisim.scheduling.sizes import preferred_size
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView


class Backfilling(QueuePolicy):
    """A policy that gives the head of the queue a reservation, and lets others pass if they do not delay it."""

    def __init__(self, order: OrderName, estimate: EstimateOption) -> None:
        super().__init__(order, estimate)
        self.releases = Releases(self.estimates)

    def start_size(self, job: JobView, free: int) -> int:  # noqa: ARG002 - subclasses go by it
        """Return the number of nodes to start a job with, more than are *free* if it has to wait."""
        return preferred_size(job)

    def backfill(self, system: System, queue: Iterable[JobView]) -> None:
        """Start jobs while they fit; then those behind the first that does not, within its reservation (S9.1)."""
        now = system.time
        free = system.free_nodes
        head: JobView | None = None
        shadow, extra = math.inf, len(system.nodes)
        for job in queue:
            size = self.start_size(job, len(free))
            if head is None:
                if size <= len(free):
                    self._start(system, job, size, "next in the queue")
                    continue
                head = job
                shadow, extra = self.releases.shadow(size, len(free), now)
            if not free:
                break
            if size > len(free):
                continue
            if not self._ends_after(now + self.estimates.duration(job, size), shadow):
                self._start(system, job, size, f"ends before job {head.identifier} can start")
            elif size <= extra:
                extra -= size
                self._start(system, job, size, f"leaves enough nodes for job {head.identifier}")
        self._expand(system, shadow, extra)
        if head is not None:
            system.wake_at_tick(self.releases.next_after(now))

    def serve(self, system: System, queue: Iterable[JobView]) -> None:
        """Start jobs while they fit, and nobody behind the first that does not."""
        free = system.free_nodes
        for job in queue:
            size = self.start_size(job, len(free))
            if size > len(free):
                break
            self._start(system, job, size, "next in the queue")
        expand_on_request(system, len(free))

    def _expand(self, system: System, shadow: float, extra: int) -> None:
        """Grant a request for more nodes, as far as that does not delay the head either."""
        job = system.job
        if job is not None and system.evolving_request is not None:
            is_harmless = not self._ends_after(self.releases.expected_end(job), shadow)
            expand_on_request(system, len(system.free_nodes) if is_harmless else extra)
            self.releases.note_request(system)

    def _start(self, system: System, job: JobView, size: int, reason: str) -> None:
        system.start(job, size, reason=reason)
        self.releases.add(job, system.time)

    @staticmethod
    def _ends_after(end: float, shadow: float) -> bool:
        """Return whether a job would hold its nodes beyond the reservation; one without an estimate does always."""
        return end > shadow or end == math.inf


class Easy(Backfilling):
    """EASY backfilling: jobs may pass the head of the queue if they do not delay it (Lifka 1995)."""

    name = "easy"

    def __init__(
        self,
        *,
        variant: VariantOption = "sane",
        order: OrderOption = "fcfs",
        estimate: EstimateOption = "auto",
    ) -> None:
        self._is_published = variant == "wagomu"
        super().__init__(order, "wagomu" if self._is_published and estimate == "auto" else estimate)

    def schedule(self, system: System) -> None:
        """Serve the queue."""
        self.estimates.begin(system)
        queue = self.order.update(system)
        if self._is_published:
            self._schedule_as_published(system, queue)
            return
        self.releases.update(system)
        shrink_on_request(system)
        self.releases.note_request(system)
        self.backfill(system, queue)

    def _schedule_as_published(self, system: System, queue: Iterable[JobView]) -> None:
        """Start whatever fits, unless the head holds it back (S3.4)."""
        free = system.free_nodes
        if not free:
            return
        through = Pass(queue, skipping=True)
        for job in through:
            size = preferred_size(job)
            if size > len(free):
                continue
            if through.is_held_back(job, system.time, self.estimates):
                # Nobody behind it can start either: the head and the time stay as they are.
                break
            system.start(job, size, reason="fits, and the head of the queue does not hold it back")
            if not free:
                return
        system.wake_at_tick(through.opens_at(system.time, self.estimates))
