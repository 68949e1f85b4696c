"""Folding: links that nobody else can use become a limit of the rate (mechanisms "aggregated usage", "isolation")."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.kernel.footprint import LEAST, Footprint
from elastisim.kernel.resource import Demand
from elastisim.platform.link import LinkPolicy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from elastisim.kernel.resource import Channel, Resource
    from elastisim.kernel.site import Site
    from elastisim.platform.host import Host
    from elastisim.platform.link import Link
    from elastisim.platform.usage import Usage


class FoldedUsage(Struct, frozen=True):
    """What one byte of a transfer asks of the network.

    ``shared`` are the links on which others may be met, with weights; ``private`` all others.  ``limit`` is the rate
    in 1/s that the private links allow.  If there are many shared links they make a ``footprint``.
    """

    shared: tuple[tuple[Channel, float], ...]
    private: tuple[tuple[Link, float], ...]
    limit: float
    latency: float
    window: float
    footprint: Footprint | None = None

    @property
    def is_isolated(self) -> bool:
        """Whether nobody else can slow the transfer down."""
        return not self.shared

    def demand(self, total: float, pace: float = math.inf, *, everywhere: bool = False) -> Demand:
        """Return the demand of *total* bytes, and of a computation that allows the rate *pace* in 1/s.

        It names all shared links if they have to be seen *everywhere*.
        """
        if total <= 0.0:
            return Demand(limit=pace)
        footprint = self.footprint
        if footprint is not None and not everywhere:
            limit = min(self.limit / total, footprint.pace / total, pace)
            return Demand({}, (), self.latency, self.window * total, (), limit, footprint, total)
        weights: dict[Resource, tuple[float, ...]] = {channel: (weight * total,) for channel, weight in self.shared}
        return Demand(weights, (), self.latency, self.window * total, limit=min(self.limit / total, pace))

    def duration(self, total: float, pace: float, tcp_gamma: float) -> float:
        """Return the seconds that *total* bytes take if the transfer is isolated (F10.3); 0.0 for nothing to do."""
        demand = self.demand(total, pace)
        rate = demand.bound(tcp_gamma)
        return demand.latency + 1.0 / rate if rate > 0.0 else 0.0


NOTHING = FoldedUsage((), (), math.inf, 0.0, 0.0)
"""The usage of a transfer that touches no link."""


def fold(
    usage: Usage,
    private: Collection[Link],
    unsteady: Collection[Host | Link],
    site: Site,
    *,
    is_joint: bool = False,
) -> FoldedUsage:
    """Fold the usage of one byte; *private* are the links that nobody else can use, *unsteady* those that change.

    Only what *is_joint* can have a footprint: a single transfer of all nodes, not one for each of several.
    """
    shared, own = [], []
    limit = math.inf
    for link, weight in usage.weights.items():
        if link in private and link.policy is LinkPolicy.SHARED and link not in unsteady:
            own.append((link, weight))
            limit = min(limit, link.bandwidth / weight)
        else:
            shared.append((site.channel(link), weight))
    is_steady = is_joint and usage.weights.keys().isdisjoint(unsteady)
    footprint = _footprint(shared) if is_steady else None
    return FoldedUsage(tuple(shared), tuple(own), limit, usage.latency, usage.window, footprint)


def unfold(usage: FoldedUsage, site: Site, *, is_steady: bool) -> FoldedUsage:
    """Return a usage on whose private links others may be met as well.

    Only what is a single transfer of all nodes can have a footprint, and only if all links are *steady*.
    """
    links = [*usage.shared, *[(site.channel(link), weight) for link, weight in usage.private]]
    footprint = _footprint(links) if is_steady else None
    return FoldedUsage(tuple(links), (), math.inf, usage.latency, usage.window, footprint)


def _footprint(links: Sequence[tuple[Channel, float]]) -> Footprint | None:
    """Return the footprint of links with weights, if they are enough, and none of them is a fat pipe."""
    if len(links) < LEAST or any(channel.is_fatpipe for channel, _ in links):
        return None
    return Footprint(links)
