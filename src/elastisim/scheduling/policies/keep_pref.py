"""Malleable jobs at their preferred size whenever possible."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.agreements import Agreements, CommonPool, Direct, Stealing
from elastisim.scheduling.policies.malleable import Gift
from elastisim.scheduling.policies.orders import OrderOption
from elastisim.scheduling.policies.preferred import Preferred
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView

AgreementsOption: TypeAlias = Annotated[
    Literal["direct", "steal", "pool"], Meta(description="How promises of nodes are redeemed.")
]
BelowOption: TypeAlias = Annotated[
    bool, Meta(description="Whether jobs shrink below their preferred size for the head of the queue.")
]
BeyondOption: TypeAlias = Annotated[
    bool, Meta(description="Whether jobs expand beyond their preferred size when no job waits.")
]


_KINDS: dict[str, Callable[..., Agreements]] = {"direct": Direct, "steal": Stealing, "pool": CommonPool}


class KeepPref(Preferred):
    """Keep malleable jobs at their preferred size whenever possible (our reading of KeepPref, arXiv 2602.17318)."""

    name = "keep-pref"
    agreements = Stealing

    def __init__(
        self,
        *,
        agreements: AgreementsOption = "steal",
        shrink_below_pref: BelowOption = True,
        expand_beyond_pref: BeyondOption = True,
        order: OrderOption = "fcfs",
        estimate: EstimateOption = "auto",
    ) -> None:
        super().__init__(variant="sane", order=order, estimate=estimate)
        self.promises = _KINDS[agreements](tidy=True)
        self._shrinks_below = shrink_below_pref
        self._expands_beyond = expand_beyond_pref

    def restore(self, system: System) -> None:
        """Give jobs below their preferred size what they lack."""
        if system.free_nodes:
            self.fill(system, to_most=False)

    def gifts(self, job: JobView, free: int, *, is_first: bool) -> list[Gift]:
        """Take what is beyond preferred sizes; what is below, at most for the head of the queue."""
        gifts = self.beyond_preferred(job, free)
        if not gifts and is_first and self._shrinks_below:
            gifts = self.beyond_minimum(job, free)
        return gifts

    def expand(self, system: System) -> None:
        """Let jobs grow beyond their preferred size, if that is wanted."""
        if self._expands_beyond:
            self.fill(system, to_most=True)
