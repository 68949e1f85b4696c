"""What the published strategies for malleable jobs have in common (spec of the strategies, sections 4 to 7).

In every invocation promises are redeemed, jobs are started, running jobs are shrunk for those that wait, and expanded
onto nodes that are left.  Families differ in sizes at the start, and in whom they shrink and expand.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from elastisim.batch.node_list import NO_NODES
from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.agreements import Agreements
from elastisim.scheduling.policies.easy import Backfilling
from elastisim.scheduling.policies.elastic import Elastic, Member
from elastisim.scheduling.policies.orders import OrderOption
from elastisim.scheduling.policies.passes import Pass
from elastisim.scheduling.policies.queueing import shrink_on_request
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView

VariantOption: TypeAlias = Annotated[
    Literal["wagomu", "sane"],
    Meta(description="wagomu for the decisions of the published algorithm, sane without its peculiarities."),
]
"""An option of the published strategies."""

Gift = tuple[Member, int, int]
"""A running job, how many nodes it keeps before those that it is to give up, and how many these are."""


class Malleable(Backfilling):
    """A strategy that shrinks malleable jobs for those that wait and expands them onto free nodes."""

    agreements: ClassVar[type[Agreements]]

    def __init__(
        self, *, variant: VariantOption = "wagomu", order: OrderOption = "fcfs", estimate: EstimateOption = "auto"
    ) -> None:
        self.is_published = variant == "wagomu"
        super().__init__(order, "wagomu" if self.is_published and estimate == "auto" else estimate)
        self.promises = self.agreements(tidy=not self.is_published)
        self.elastic = Elastic(by_rank=not self.is_published)

    @abstractmethod
    def gifts(self, job: JobView, free: int, *, is_first: bool) -> list[Gift]:
        """Return what running jobs give up for a pending one; none if they cannot do without (section 6).

        *free* nodes are there already; *is_first* tells that no other job has waited longer.
        """

    def restore(self, system: System) -> None:
        """Give nodes back to jobs that have shrunk, before others get them."""

    @abstractmethod
    def expand(self, system: System) -> None:
        """Expand running jobs onto free nodes (section 7)."""

    def schedule(self, system: System) -> None:
        """Take the steps of S4.1."""
        self.estimates.begin(system)
        self.elastic.update(system)
        queue = self.order.update(system)
        if not self.is_published:
            self.releases.update(system)
            shrink_on_request(system)
            self.releases.note_request(system)
        for job in self.promises.resolve(system):
            if not self.is_published:
                self.releases.add(job, system.time)
        if self.is_published:
            self._start_as_published(system, self._without_promise(queue))
        else:
            self.backfill(system, self._without_promise(queue))
        self.restore(system)
        if self.elastic.above_min > 0:
            self.shrink_for(system, self._without_promise(queue))
        if system.free_nodes and self.elastic.growable and (self.is_published or not system.pending):
            self.expand(system)

    def _without_promise(self, queue: Iterable[JobView]) -> Iterable[JobView]:
        return (job for job in queue if job not in self.promises) if self.promises else queue

    def _start_as_published(self, system: System, waiting: Iterable[JobView]) -> None:
        """Start what fits, unless the head of the queue holds it back (S4.2 to S4.4)."""
        free = system.free_nodes
        if not free:
            return
        through = Pass(waiting, skipping=True)
        for job in through:
            if job.min_nodes > len(free):
                continue
            if through.is_held_back(job, system.time, self.estimates):
                # Nobody behind it can start either: the head and the time stay as they are.
                break
            system.start(job, self.start_size(job, len(free)), reason="fits, and the head does not hold it back")
            if not free:
                return
        system.wake_at_tick(through.opens_at(system.time, self.estimates))

    def shrink_for(self, system: System, waiting: Iterable[JobView]) -> None:
        """Shrink running jobs for pending ones, as far as they can spare nodes (S6.1)."""
        for position, job in enumerate(waiting):
            if self.elastic.above_min <= 0:
                break
            free = 0 if self.is_published else len(system.free_nodes)
            gifts = self.gifts(job, free, is_first=position == 0)
            if not gifts:
                continue
            if free:
                self.promises.promise(system, job, system.free_nodes.lowest(free) or NO_NODES)
            for member, kept, count in gifts:
                nodes = self.elastic.shrink(system, member, kept, count, f"makes room for job {job.identifier}")
                self.promises.promise(system, job, nodes)

    def collect(self, need: int, ranked: Sequence[Member], kept: Sequence[int]) -> list[Gift]:
        """Return *need* nodes of the members in this order, each of which keeps so many; none if that is not enough."""
        found: list[Gift] = []
        for member, keep in zip(ranked, kept, strict=True):
            spare = min(member.size - keep, need)
            if spare > 0:
                found.append((member, keep, spare))
                need -= spare
                if need == 0:
                    return found
        return []
