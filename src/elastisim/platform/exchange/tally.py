"""What an exchange asks of the network, in numbers of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.route import Trail, extend

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.platform.host import Host, Point
    from elastisim.platform.link import Link


class Tally:
    """How often each link occurs in the routes of all pairs, and the longest latency of a pair (s)."""

    __slots__ = ("counts", "latency")

    def __init__(self) -> None:
        self.counts: dict[Link, int] = {}
        self.latency = 0.0

    def add(self, link: Link, pairs: int) -> None:
        """Let so many pairs pass *link*."""
        if pairs:
            self.counts[link] = self.counts.get(link, 0) + pairs

    def add_all(self, links: Iterable[Link], pairs: int) -> None:
        """Let so many pairs pass *links*."""
        for link in links:
            self.add(link, pairs)

    def see(self, latency: float) -> None:
        """Take note of the latency of a pair (s)."""
        self.latency = max(self.latency, latency)

    def walk(self, sources: Sequence[Host], destinations: Sequence[Host]) -> None:
        """Let every source send to every destination but itself, route by route."""
        for source in sources:
            for destination in destinations:
                if source is not destination:
                    trail = way(source, destination)
                    self.add_all(trail.links, 1)
                    self.see(trail.latency)


def way(source: Point, destination: Point) -> Trail:
    """Return the way from one point to another; raise NoRouteError if there is none."""
    trail = Trail()
    extend(trail, source, destination)
    return trail
