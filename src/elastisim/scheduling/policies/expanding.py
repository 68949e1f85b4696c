"""First come, first served, on as many nodes as there are."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from elastisim.batch.job import JobState
from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.orders import OrderOption
from elastisim.scheduling.policies.queueing import QueuePolicy, expand_on_request, shrink_on_request
from elastisim.scheduling.system import System
from elastisim.scheduling.views import RESIZED_AT_POINTS, JobView

WhenOption: TypeAlias = Annotated[
    Literal["idle", "always"],
    Meta(description="Expand running jobs only when no job waits (idle), or whenever nodes are left (always)."),
]


class FcfsExpand(QueuePolicy):
    """First come, first served, as large as possible; running malleable jobs expand onto free nodes."""

    name = "fcfs-expand"

    def __init__(
        self, *, expand: WhenOption = "idle", order: OrderOption = "fcfs", estimate: EstimateOption = "auto"
    ) -> None:
        super().__init__(order, estimate)
        self._expands_always = expand == "always"
        self._growable: dict[JobView, None] = {}

    def schedule(self, system: System) -> None:
        """Answer requests, start jobs, expand jobs, the older ones first."""
        self.estimates.begin(system)
        self._update(system)
        queue = self.order.update(system)
        free = system.free_nodes
        shrink_on_request(system)
        expand_on_request(system, len(free))
        if not free:
            return
        for job in queue:
            if job.min_nodes > len(free):
                break
            system.start(job, min(job.max_nodes, len(free)), reason="next in the queue")
        if self._expands_always or not system.pending:
            self._expand(system)

    def _update(self, system: System) -> None:
        for job in system.changed_jobs:
            if job.type in RESIZED_AT_POINTS:
                if not job.is_finished and job.state is not JobState.PENDING and job.size < job.max_nodes:
                    self._growable[job] = None
                else:
                    self._growable.pop(job, None)

    def _expand(self, system: System) -> None:
        free = system.free_nodes
        full = []
        asking = system.job if system.evolving_request is not None else None
        for job in self._growable:
            if not free:
                break
            # Who asks for a size has been answered, and may be as large as possible by now.
            if job is asking:
                continue
            system.expand_by(job, min(job.max_nodes - job.size, len(free)), reason="nodes are free")
            if job.size == job.max_nodes:
                full.append(job)
        for job in full:
            del self._growable[job]
