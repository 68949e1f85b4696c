"""Clusters: zones of equal hosts that are generated with all their links (spec section 7 of the platform rules)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct, field

from elastisim.platform.link import NO_PROPERTIES, LinkPolicy
from elastisim.platform.star import StarZone
from elastisim.platform.zone import Zone, check_amount, refusal

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Host, Point
    from elastisim.platform.link import Link
    from elastisim.platform.route import Trail

Wire = tuple["Link", "Link"]
"""The links from a node to its neighbour and back: two halves, or the same link twice."""


class Nodes(Struct, frozen=True, kw_only=True):
    """The hosts of a cluster and the links that each of them has (P7.1).

    Hosts are called ``prefix`` + number + ``suffix`` for the numbers in ``radical``.  ``speeds`` (flop/s per core) has
    one value for each pstate; ``bandwidth`` (byte/s) and ``latency`` (s) are those of private links; a limiter exists
    if ``limiter`` (byte/s) is positive, a loopback if one of its two values is (P7.3).
    """

    prefix: str
    radical: Sequence[int]
    suffix: str = ""
    speeds: tuple[float, ...]
    cores: int = 1
    bandwidth: float
    latency: float
    split_duplex: bool = True
    limiter: float = 0.0
    loopback_bandwidth: float = 0.0
    loopback_latency: float = 0.0
    properties: Mapping[str, str] = field(default_factory=lambda: NO_PROPERTIES)

    @property
    def has_loopback(self) -> bool:
        """Whether traffic of a host to itself has a link of its own."""
        return self.loopback_bandwidth > 0 or self.loopback_latency > 0


class Cluster(Zone):
    """A zone of generated hosts; subclasses generate the links between them and know the routes.

    ``nodes`` describes the hosts once they have been generated.  ``limiters`` and ``loopbacks`` hold a link for each
    host by position, or are empty.
    """

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self.nodes: Nodes | None = None
        self.limiters: list[Link] = []
        self.loopbacks: list[Link] = []

    def private_candidates(self, host: Host) -> tuple[Sequence[Link], Sequence[Link]]:
        """Return what only *host* uses: links at its port; and its loopback, which not even transit passes."""
        return self.port_links(host), self.loopbacks[host.position : host.position + 1]

    def port_links(self, host: Host) -> Sequence[Link]:
        """Return the links between *host* and its switch, if no route of others leads through it."""
        del host
        return ()

    def _check_nodes(self, nodes: Nodes, count: int, elements: int) -> None:
        """Raise InputError unless *nodes* suit a topology of *count* hosts that has so many *elements* in all."""
        self.draft.reserve(elements, f"cluster {self.name!r}")
        if len(nodes.radical) < count:
            raise refusal(f"cluster {self.name!r} needs {count} hosts; its radical has {len(nodes.radical)}")
        check_amount("latency", nodes.latency, self.name)
        if not 0 < nodes.bandwidth < math.inf:
            raise refusal(f"cluster {self.name!r} has the bandwidth {nodes.bandwidth:g}: it must be positive")
        self.has_cables = nodes.split_duplex

    def _generate_hosts(self, nodes: Nodes, count: int | None = None) -> None:
        """Add the first *count* hosts, or all, with their loopbacks; links are numbered by radical (P4.5)."""
        self.nodes = nodes
        check_amount("limiter bandwidth", nodes.limiter, self.name)
        check_amount("loopback bandwidth", nodes.loopback_bandwidth, self.name)
        check_amount("loopback latency", nodes.loopback_latency, self.name)
        for number in nodes.radical if count is None else nodes.radical[:count]:
            name = f"{nodes.prefix}{number}{nodes.suffix}"
            self.add_host(name, nodes.speeds, nodes.cores, properties=nodes.properties)
            if nodes.has_loopback:
                self.loopbacks.append(
                    self._add_link(
                        f"{self.name}_link_{number}_loopback",
                        nodes.loopback_bandwidth,
                        nodes.loopback_latency,
                        LinkPolicy.FATPIPE,
                    )
                )

    def _add_limiter(self, nodes: Nodes, number: int) -> Link:
        return self._add_link(f"{self.name}_link_{number}_limiter", nodes.limiter, 0.0)

    def _wire(self, name: str, bandwidth: float, latency: float, split_duplex: bool) -> Wire:
        """Add the link between two neighbours, one for both directions or one for each."""
        if not split_duplex:
            link = self._add_link(name, bandwidth, latency)
            return link, link
        return self._add_link(f"{name}_UP", bandwidth, latency), self._add_link(f"{name}_DOWN", bandwidth, latency)


class FlatCluster(StarZone, Cluster):
    """Hosts around a router, with a backbone if wanted (P7.4)."""

    kind = "cluster FLAT"

    def build(
        self,
        nodes: Nodes,
        *,
        router: str = "",
        backbone_bandwidth: float = 0.0,
        backbone_latency: float = 0.0,
        backbone_policy: LinkPolicy = LinkPolicy.SHARED,
    ) -> None:
        """Generate the hosts, their links, the router and the backbone, which exists if one value is positive."""
        self.draft.reserve(3 * len(nodes.radical), f"cluster {self.name!r}")
        check_amount("bandwidth", nodes.bandwidth, self.name)
        check_amount("latency", nodes.latency, self.name)
        self.has_cables = nodes.split_duplex
        self._generate_hosts(nodes)
        for number, host in zip(nodes.radical, self.points, strict=True):
            up, down = self._wire(f"{self.name}_link_{number}", nodes.bandwidth, nodes.latency, nodes.split_duplex)
            if nodes.limiter > 0:
                limiter = self._add_limiter(nodes, number)
                self.set_legs(host, (limiter, up), (down, limiter))
            else:
                self.set_legs(host, (up,), (down,))
        self.add_router(router or f"{nodes.prefix}{self.name}_router{nodes.suffix}")
        if backbone_bandwidth > 0 or backbone_latency > 0:
            self.set_middle(
                self.add_link(f"{self.name}_backbone", backbone_bandwidth, backbone_latency, backbone_policy)
            )

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* by the loopback of a host, or up and down (P6.1, P7.4)."""
        if source is destination and source.position < len(self.loopbacks):
            trail.add(self.loopbacks[source.position])
        else:
            super().connect(trail, source, destination)

    def port_links(self, host: Host) -> Sequence[Link]:
        """Return the private link or its halves, and the limiter."""
        up, down = self.own_legs(host)
        return up + down

    def vantage(self, host: Host) -> Hashable:  # noqa: ARG002 - all are alike
        """Return the same for all hosts: they are generated alike, and as far from the router."""
        return self
