"""Strategies that look at how full malleable jobs are, between minimum and maximum."""

from heapq import heapify, heappop, heappush, heapreplace

from elastisim.scheduling.policies.agreements import CommonPool, Direct, Stealing
from elastisim.scheduling.policies.elastic import Member
from elastisim.scheduling.policies.malleable import Gift, Malleable
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView


class Average(Malleable):
    """Jobs start with their minimum; the fullest jobs shrink first, the emptiest one expands.

    The published ones empty and fill one job after the other, the sane variant evens the fills out.
    """

    def start_size(self, job: JobView, free: int) -> int:  # noqa: ARG002
        """Start with the minimum."""
        return job.min_nodes

    def gifts(self, job: JobView, free: int, *, is_first: bool) -> list[Gift]:  # noqa: ARG002
        """Take nodes from the fullest jobs (S6.5)."""
        need = job.min_nodes - free
        if not 0 < need <= self.elastic.above_min:
            return []
        counts = self._emptied(need) if self.is_published else self._evened_out(need)
        return [(member, member.least, counts[member.job]) for member in self.elastic if member.job in counts]

    def _emptied(self, need: int) -> dict[JobView, int]:
        """Let one job after the other give all that it can spare; a job seems the fuller the more it has given."""
        counts: dict[JobView, int] = {}
        for member in sorted(self.elastic, key=lambda member: -_fill(member, member.size)):
            spare = min(member.size - member.least, need)
            if spare > 0:
                counts[member.job] = spare
                need -= spare
        return counts

    def _evened_out(self, need: int) -> dict[JobView, int]:
        """Let the job that is the fullest at the time give one node, again and again; those at their minimum do not."""
        fullest = [
            (-_fill(member, member.size), member.identifier, member.size, member)
            for member in self.elastic
            if member.size > member.least
        ]
        heapify(fullest)
        counts: dict[JobView, int] = {}
        while need > 0:
            _, identifier, size, member = fullest[0]
            heapreplace(fullest, (-_fill(member, size - 1), identifier, size - 1, member))
            counts[member.job] = counts.get(member.job, 0) + 1
            need -= 1
        return counts

    def expand(self, system: System) -> None:
        """Give all free nodes to the emptiest job, or even the fills out (S7.3)."""
        free = len(system.free_nodes)
        growable = self.elastic.growable.values()
        emptiest = [(_fill(member, member.size), member.identifier, member.size, member) for member in growable]
        if self.is_published:
            _, _, size, member = min(emptiest)
            self.elastic.expand(system, member, min(member.most - size, free), "nodes are free, and it is the emptiest")
            return
        heapify(emptiest)
        sizes: dict[JobView, int] = {}
        for _ in range(free):
            if not emptiest:
                break
            _, identifier, size, member = heappop(emptiest)
            sizes[member.job] = size + 1
            if size + 1 < member.most:
                heappush(emptiest, (_fill(member, size + 1), identifier, size + 1, member))
        for member in list(growable):
            if member.job in sizes:
                self.elastic.expand(system, member, sizes[member.job] - member.size, "nodes are free")


def _fill(member: Member, size: int) -> float:
    """Return how full a job is with *size* nodes: 0 with its minimum, 1 with its maximum or if both are equal."""
    span = member.most - member.least
    return (size - member.least) / span if span else 1.0


class AverageAgreement(Average):
    """Start with the minimum, shrink the fullest, expand the emptiest; promised nodes are waited for (Wagomu)."""

    name = "average-agreement"
    agreements = Direct


class AverageCommonPool(Average):
    """Start with the minimum, shrink the fullest, expand the emptiest; released nodes form a common pool (Wagomu)."""

    name = "average-common-pool"
    agreements = CommonPool


class AverageStealAgreement(Average):
    """Start with the minimum, shrink the fullest, expand the emptiest; promised nodes may be stolen (Wagomu)."""

    name = "average-steal-agreement"
    agreements = Stealing
