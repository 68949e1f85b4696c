"""Strategies around the minimum size of malleable jobs."""

from elastisim.scheduling.policies.agreements import CommonPool, Direct, Stealing
from elastisim.scheduling.policies.malleable import Gift, Malleable
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView


class Minimum(Malleable):
    """Jobs start with their minimum; those with most nodes beyond it shrink first, those with fewest expand first."""

    def start_size(self, job: JobView, free: int) -> int:  # noqa: ARG002
        """Start with the minimum."""
        return job.min_nodes

    def gifts(self, job: JobView, free: int, *, is_first: bool) -> list[Gift]:  # noqa: ARG002
        """Take nodes beyond the minimum, most first (S6.3)."""
        need = job.min_nodes - free
        if not 0 < need <= self.elastic.above_min:
            return []
        ranked = sorted(self.elastic, key=lambda member: member.least - member.size)
        return self.collect(need, ranked, [member.least for member in ranked])

    def expand(self, system: System) -> None:
        """Fill up to the maximum those first that are nearest to the minimum (S7.1)."""
        growable = sorted(self.elastic.growable.values(), key=lambda one: (one.size - one.least, one.identifier))
        for member in growable:
            count = min(member.most - member.size, len(system.free_nodes))
            if count == 0:
                break
            self.elastic.expand(system, member, count, "nodes are free")


class MinAgreement(Minimum):
    """Start with the minimum, shrink for waiting jobs, expand; promised nodes are waited for (Wagomu)."""

    name = "min-agreement"
    agreements = Direct


class MinCommonPool(Minimum):
    """Start with the minimum, shrink for waiting jobs, expand; released nodes form a common pool (Wagomu)."""

    name = "min-common-pool"
    agreements = CommonPool


class MinStealAgreement(Minimum):
    """Start with the minimum, shrink for waiting jobs, expand; promised nodes may be stolen (Wagomu)."""

    name = "min-steal-agreement"
    agreements = Stealing
