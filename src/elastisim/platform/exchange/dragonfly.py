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
        receivers = there.total()
        pairs = here.total() * receivers
        before = max(
            self._leave(group, chassis, blade, other, count * receivers) for (chassis, blade), count in here.items()
        )
        self.tally.add(self.dragonfly.blue(group, other), pairs)
        self._limit((group, 0, other), pairs)
        senders = here.total()
        after = max(
            self._turn((other, 0, group), chassis, blade, count * senders) for (chassis, blade), count in there.items()
        )
        self.tally.see((before + after + 3) * self.latency)

    def _leave(self, group: int, chassis: int, blade: int, other: int, pairs: int) -> int:
        """Lead pairs from a router to the blue link of their group; return the number of links."""
        if blade != other:
            self._limit((group, chassis, blade), pairs)
            self.tally.add(self.dragonfly.green(group, chassis, blade, other), pairs)
        if chassis != 0:
            self._limit((group, chassis, other), pairs)
            self.tally.add(self.dragonfly.black(group, chassis, 0, other), pairs)
        return (blade != other) + (chassis != 0)

    def _turn(self, place: Place, chassis: int, blade: int, pairs: int) -> int:
        """Lead pairs from a router to another one of the group; return the number of links."""
        group, start, at = place
        if blade != at:
            self._limit(place, pairs)
            self.tally.add(self.dragonfly.green(group, start, at, blade), pairs)
            # As the routes of P7.15, which go on from chassis 0.
            start = 0
        if chassis != start:
            self._limit((group, start, blade), pairs)
            self.tally.add(self.dragonfly.black(group, start, chassis, blade), pairs)
        return (blade != at) + (chassis != start)

    def _count_within(self, group: int) -> None:
        """Count the pairs between routers of one group."""
        routers = self.routers[group]
        for (chassis, blade), senders in routers.items():
            for (other_chassis, other_blade), receivers in routers.items():
                if (chassis, blade) != (other_chassis, other_blade):
                    links = self._turn((group, chassis, blade), other_chassis, other_blade, senders * receivers)
                    self.tally.see((links + 2) * self.latency)

    def _limit(self, place: Place, pairs: int) -> None:
        if self.dragonfly.router_limiters:
            self.tally.add(self.dragonfly.router_limiters[self.dragonfly.router(*place)], pairs)
