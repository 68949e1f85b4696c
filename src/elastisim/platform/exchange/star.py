"""Exchanges within zones whose hosts are connected to a common middle."""

from __future__ import annotations

import heapq
from collections import Counter
from itertools import combinations, product
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.platform.route import Trail
from elastisim.platform.vivaldi import delay

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.platform.exchange.tally import Tally
    from elastisim.platform.host import Host
    from elastisim.platform.link import Link
    from elastisim.platform.star import StarZone
    from elastisim.platform.vivaldi import VivaldiZone


def count_star(tally: Tally, zone: StarZone, hosts: list[Host]) -> None:
    """Count the pairs of hosts of a star."""
    _count_links(tally, zone, hosts)
    for source, destination in _distant_pairs(zone, hosts):
        trail = Trail()
        zone.connect(trail, source, destination)
        tally.see(trail.latency)


def count_vivaldi(tally: Tally, zone: VivaldiZone, hosts: list[Host]) -> None:
    """Count the pairs of hosts of a Vivaldi zone, whose links have no latency."""
    _count_links(tally, zone, hosts)
    places = [host.coordinates for host in hosts if host.coordinates is not None]
    tally.see(max(delay(one, other) for one, other in combinations(places, 2)))


def _count_links(tally: Tally, zone: StarZone, hosts: list[Host]) -> None:
    """Count pairs; a link that lies both on the way up and on the way down of a pair counts once (P6.7)."""
    up: Counter[Link] = Counter()
    down: Counter[Link] = Counter()
    both: Counter[Link] = Counter()
    for host in hosts:
        ascent, descent = map(dict.fromkeys, zone.legs(host))
        up.update(ascent.keys())
        down.update(descent.keys())
        both.update(link for link in ascent if link in descent)
    partners = len(hosts) - 1
    for link in dict.fromkeys((*up, *down)):
        tally.add(link, (up[link] + down[link]) * partners - (up[link] * down[link] - both[link]))


def _distant_pairs(zone: StarZone, hosts: list[Host]) -> Iterable[tuple[Host, Host]]:
    """Return some pairs among which is one with the longest latency.

    Links of one host only make it near or far.  Hosts that share the same links with others differ in nothing else, so
    the farthest two of each such class will do: one might have to be paired with itself.
    """
    legs = {host: tuple(dict.fromkeys(leg) for leg in zone.legs(host)) for host in hosts}
    users = Counter(link for up, down in legs.values() for link in up | down)
    classes: dict[tuple[tuple[Link, ...], ...], list[Host]] = {}
    for host, ways in legs.items():
        shared = tuple(tuple(link for link in leg if users[link] > 1) for leg in ways)
        classes.setdefault(shared, []).append(host)

    def farthest(direction: int) -> list[Host]:
        def own_latency(host: Host) -> float:
            return added(link.latency for link in legs[host][direction] if users[link] == 1)

        return [host for members in classes.values() for host in heapq.nlargest(2, members, key=own_latency)]

    return (pair for pair in product(farthest(0), farthest(1)) if pair[0] is not pair[1])
