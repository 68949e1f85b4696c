"""What a set of transfers asks of the network: weights of links, latency, window (fluid-model rules F3.2 to F3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.link import LinkPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elastisim.platform.host import Host
    from elastisim.platform.link import Link
    from elastisim.platform.platform import Platform


class Usage:
    """The demand of transfers that progress together.

    ``weights`` is the load of each link (byte), in order of first use; ``latency`` the longest latency (s); ``window``
    the largest product of latency and bytes of a transfer (s byte), from which the bound of F3.4 follows.
    """

    __slots__ = ("latency", "weights", "window")

    def __init__(self, weights: dict[Link, float], latency: float, window: float) -> None:
        self.weights = weights
        self.latency = latency
        self.window = window


def pair_usage(
    platform: Platform,
    pairs: Iterable[tuple[Host, Host, float]],
    changed: Mapping[Link, float] | None = None,
) -> Usage:
    """Return the demand of transfers (source, destination, bytes), route by route in their order.

    Transfers of no bytes count nowhere (F3.3).  *changed* are latencies (s) that profiles have set on links.  Raise
    InputError when two hosts are not connected.
    """
    weights: dict[Link, float] = {}
    latency = window = 0.0
    for source, destination, amount in pairs:
        if amount <= 0:
            continue
        route = platform.route(source, destination)
        for link in route.links:
            known = weights.get(link)
            if known is None:
                weights[link] = amount
            elif link.policy is LinkPolicy.SHARED:
                weights[link] = known + amount
            else:
                weights[link] = max(known, amount)
        paid = platform.latency(source, destination, changed) if changed else route.latency
        latency = max(latency, paid)
        window = max(window, paid * amount)
    return Usage(weights, latency, window)
