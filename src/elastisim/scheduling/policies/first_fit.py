"""First fit: start whatever fits."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.orders import OrderOption
from elastisim.scheduling.policies.passes import Pass
from elastisim.scheduling.policies.queueing import QueuePolicy, expand_on_request, shrink_on_request
from elastisim.scheduling.sizes import preferred_size
from elastisim.scheduling.system import System

VariantOption: TypeAlias = Annotated[
    Literal["sane", "wagomu"],
    Meta(description="sane, or wagomu for the decisions of the published algorithm, peculiarities included."),
]
"""An option of policies that have a published counterpart."""


class FirstFit(QueuePolicy):
    """First fit: every job that fits is started with its preferred size, past jobs that do not fit."""

    name = "first-fit"

    def __init__(
        self,
        *,
        variant: VariantOption = "sane",
        order: OrderOption = "fcfs",
        estimate: EstimateOption = "auto",
    ) -> None:
        super().__init__(order, estimate)
        self._is_published = variant == "wagomu"

    def schedule(self, system: System) -> None:
        """Examine every job, as long as there are free nodes (S3.3)."""
        self.estimates.begin(system)
        queue = Pass(self.order.update(system), skipping=self._is_published)
        if not self._is_published:
            shrink_on_request(system)
        free = system.free_nodes
        if free:
            for job in queue:
                size = preferred_size(job)
                if size <= len(free):
                    system.start(job, size, reason="fits")
                    if not free:
                        break
        if not self._is_published:
            expand_on_request(system, len(free))
