"""Strategies around the preferred size of malleable jobs."""

from elastisim.scheduling.policies.agreements import CommonPool, Direct, Stealing
from elastisim.scheduling.policies.elastic import Member
from elastisim.scheduling.policies.malleable import Gift, Malleable
from elastisim.scheduling.sizes import preferred_size
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView


class Preferred(Malleable):
    """Jobs start with up to their preferred size; those farthest above it shrink first, farthest below expand first."""

    def start_size(self, job: JobView, free: int) -> int:
        """Start with the preferred size, or with what is free if that is the minimum at least."""
        preferred = preferred_size(job)
        return min(preferred, free) if job.min_nodes <= free else preferred

    def gifts(self, job: JobView, free: int, *, is_first: bool) -> list[Gift]:  # noqa: ARG002
        """Take what is beyond preferred sizes, for the preferred size or the minimum, else beyond minima (S6.4)."""
        return self.beyond_preferred(job, free) or self.beyond_minimum(job, free)

    def beyond_preferred(self, job: JobView, free: int) -> list[Gift]:
        """Take what is beyond preferred sizes, for the preferred size of the job, else for its minimum."""
        if self.elastic.above_preferred <= 0:
            return []
        return self._beyond_preferred(preferred_size(job) - free) or self._beyond_preferred(job.min_nodes - free)

    def beyond_minimum(self, job: JobView, free: int) -> list[Gift]:
        """Take what is beyond minima, for the minimum of the job."""
        need = job.min_nodes - free
        if not 0 < need <= self.elastic.above_min:
            return []
        ranked = self._ranked()
        return self.collect(need, ranked, [member.least for member in ranked])

    def _beyond_preferred(self, need: int) -> list[Gift]:
        if not 0 < need <= self.elastic.above_preferred:
            return []
        ranked = self._ranked()
        return self.collect(need, ranked, [member.preferred for member in ranked])

    def _ranked(self) -> list[Member]:
        return sorted(self.elastic, key=lambda member: member.preferred - member.size)

    def expand(self, system: System) -> None:
        """Fill up to the preferred size, then up to the maximum, farthest below the preferred size first (S7.2)."""
        self.fill(system, to_most=False)
        self.fill(system, to_most=True)

    def fill(self, system: System, *, to_most: bool) -> None:
        """Expand jobs up to their preferred size, or their maximum."""
        growable = self.elastic.growable.values()
        wanting = growable if to_most else [member for member in growable if member.size < member.preferred]
        for member in sorted(wanting, key=lambda one: (one.size - one.preferred, one.identifier)):
            free = len(system.free_nodes)
            if not free:
                break
            target = member.most if to_most else member.preferred
            self.elastic.expand(system, member, min(target - member.size, free), "nodes are free")


class PrefAgreement(Preferred):
    """Start with up to the preferred size, shrink and expand around it; promised nodes are waited for (Wagomu)."""

    name = "pref-agreement"
    agreements = Direct


class PrefCommonPool(Preferred):
    """Start with up to the preferred size, shrink and expand around it; released nodes form a common pool (Wagomu)."""

    name = "pref-common-pool"
    agreements = CommonPool


class PrefStealAgreement(Preferred):
    """Start with up to the preferred size, shrink and expand around it; promised nodes may be stolen (Wagomu)."""

    name = "pref-steal-agreement"
    agreements = Stealing
