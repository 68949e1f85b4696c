"""Exchanges within dragonflies (spec P7.15).

Between groups, the way to the blue link depends on the router of the source and the group of the destination, the way
from it on the group of the source and the router of the destination.  Within a group, the green link depends on the
router of the source and the blade of the destination.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elastisim.platform.dragonfly import DragonflyCluster
    from elastisim.platform.exchange.tally import Tally
    from elastisim.platform.host import Host

Place = tuple[int, int, int]
"""Group, chassis and blade of a router."""


def count_dragonfly(tally: Tally, dragonfly: DragonflyCluster, hosts: list[Host]) -> None:
    """Count the pairs of hosts of a dragonfly."""
    _Exchange(tally, dragonfly, hosts).count()


class _Exchange:
    """The hosts that take part, by the places of their routers, and what their exchange amounts to."""

    def __init__(self, tally: Tally, dragonfly: DragonflyCluster, hosts: list[Host]) -> None:
        assert dragonfly.nodes is not None
        self.tally = tally
        self.dragonfly = dragonfly
        self.hosts = hosts
        self.latency = dragonfly.nodes.latency
        self.routers: dict[int, Counter[tuple[int, int]]] = {}
        for host in hosts:
            group, chassis, blade = dragonfly.place(host.position)
            self.routers.setdefault(group, Counter())[chassis, blade] += 1

    def count(self) -> None:
        """Count the pairs that pass each link."""
        partners = len(self.hosts) - 1
        for host in self.hosts:
            up, down = self.dragonfly.local(host.position)
            self.tally.add(up, partners)
            self.tally.add(down, partners)
            if self.dragonfly.limiters:
                self.tally.add(self.dragonfly.limiters[host.position], 2 * partners)
            self._limit(self.dragonfly.place(host.position), partners)
        # Every pair passes the links of its two hosts.
        self.tally.see(2 * self.latency)
        for group in self.routers:
            self._count_within(group)
            for other in self.routers:
                if other != group:
                    self._count_between(group, other)

    def _count_between(self, group: int, other: int) -> None:
        """Count the pairs that leave a group for another one, on their way through both."""
        here, there = self.routers[group], self.routers[other]
        senders, receivers = here.total(), there.total()
        before = max(
            self._green((group, chassis, blade), other, count * receivers)
            + self._black((group, chassis, other), 0, count * receivers)
            for (chassis, blade), count in here.items()
        )
        self.tally.add(self.dragonfly.blue(group, other), senders * receivers)
        self._limit((group, 0, other), senders * receivers)
        after = max(
            self._green((other, 0, group), blade, count * senders)
            + self._black((other, 0, blade), chassis, count * senders)
            for (chassis, blade), count in there.items()
        )
        self.tally.see((before + after + 3) * self.latency)

    def _count_within(self, group: int) -> None:
        """Count the pairs between routers of one group."""
        routers = self.routers[group]
        blades: dict[int, Counter[int]] = {}
        for (chassis, blade), count in routers.items():
            blades.setdefault(blade, Counter())[chassis] = count
        for (chassis, blade), count in routers.items():
            links = 0
            for other, receivers in blades.items():
                links = max(links, self._green((group, chassis, blade), other, count * receivers.total()))
            for other, receiving in blades[blade].items():
                links = max(links, self._black((group, chassis, blade), other, count * receiving))
            senders = routers.total() - blades[blade].total()
            if senders:
                # Those of other blades come by way of chassis 0, as P7.15 has it.
                links = max(links, 1 + self._black((group, 0, blade), chassis, senders * count))
            self.tally.see((links + 2) * self.latency)

    def _green(self, place: Place, blade: int, pairs: int) -> int:
        """Lead pairs from a router to another blade; return the number of links."""
        group, chassis, start = place
        if start == blade:
            return 0
        self._limit(place, pairs)
        self.tally.add(self.dragonfly.green(group, chassis, start, blade), pairs)
        return 1

    def _black(self, place: Place, chassis: int, pairs: int) -> int:
        """Lead pairs from a router to another chassis; return the number of links."""
        group, start, blade = place
        if start == chassis:
            return 0
        self._limit(place, pairs)
        self.tally.add(self.dragonfly.black(group, start, chassis, blade), pairs)
        return 1

    def _limit(self, place: Place, pairs: int) -> None:
        if self.dragonfly.router_limiters:
            self.tally.add(self.dragonfly.router_limiters[self.dragonfly.router(*place)], pairs)
