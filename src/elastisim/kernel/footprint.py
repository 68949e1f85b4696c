"""Footprints: the links of a large transfer on which others may be met, most of which never see anybody else.

As long as nobody else is there, a link is no more than a limit of the rate (spec F10.3).  So a transfer between many
nodes does not appear on all of its links, but only where it meets others, and there only on links that matter: of
links with the same users, one that each of them fills less than another link is never the bottleneck of any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.kernel.resource import Channel, Resource

LEAST = 8
"""Links from which on a usage has a footprint; it costs more than it saves below."""

ENCOUNTERS_KEPT = 256
"""Encounters that a footprint remembers."""

Narrow = tuple["Resource", tuple[int, ...]]
"""A link that matters in an encounter, and who is met there, by position."""


class Footprint:
    """Links with the weight that one byte of a transfer has on each.

    None of them is a fat pipe, none changes its capacity, and the transfer stands for no other ones.  ``pace`` is the
    rate in 1/s at which one byte passes all of them if nobody is met.
    """

    __slots__ = ("_common", "_narrows", "pace", "weights")

    def __init__(self, weights: Iterable[tuple[Channel, float]]) -> None:
        self.weights: dict[Resource, float] = dict(weights)
        self.pace = min(link.capacity / weight for link, weight in self.weights.items())
        self._common: dict[Footprint, list[Resource]] = {}
        self._narrows: dict[tuple[Footprint, ...], list[Narrow]] = {}

    def common(self, other: Footprint) -> list[Resource]:
        """Return the links that both have."""
        common = self._common.get(other)
        if common is None:
            common = []
            if not self.weights.keys().isdisjoint(other.weights):
                common = [link for link in self.weights if link in other.weights]
            if len(self._common) >= ENCOUNTERS_KEPT:
                self._common.clear()
            self._common[other] = common
        return common

    def narrows(self, others: tuple[Footprint, ...]) -> list[Narrow]:
        """Return the links that matter in an encounter with all others at once."""
        narrows = self._narrows.get(others)
        if narrows is None:
            users: dict[Resource, list[int]] = {}
            for position, other in enumerate(others):
                for link in self.common(other):
                    users.setdefault(link, []).append(position)
            classes: dict[tuple[int, ...], list[Resource]] = {}
            for link, positions in users.items():
                classes.setdefault(tuple(positions), []).append(link)
            narrows = []
            for met, links in classes.items():
                present = [self, *(others[position] for position in met)]
                narrows += [(link, met) for link in _tightest(links, present)]
            if len(self._narrows) >= ENCOUNTERS_KEPT:
                self._narrows.clear()
            self._narrows[others] = narrows
        return narrows


def _tightest(links: Sequence[Resource], present: Sequence[Footprint]) -> list[Resource]:
    """Return links without those that everybody fills less than, or as much as, another one."""
    fills = {link: tuple(footprint.weights[link] / link.capacity for footprint in present) for link in links}
    kept: dict[tuple[float, ...], Resource] = {}
    for link in sorted(links, key=lambda link: fills[link], reverse=True):
        fill = fills[link]
        if fill not in kept and not any(all(map(float.__le__, fill, other)) for other in kept):
            kept[fill] = link
    return list(kept.values())
