"""The platform: hosts, links, and the routes between hosts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.errors import InputError, Problem
from elastisim.platform.host import Host, Point, Router
from elastisim.platform.privacy import Privacy
from elastisim.platform.route import NoRouteError, Route, Trail, extend

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from elastisim.platform.draft import Draft
    from elastisim.platform.link import Link
    from elastisim.platform.zone import Zone

ROUTES_KEPT = 100_000
"""Routes remembered; finding one again is cheap, remembering all pairs is not linear."""


class Settings(Struct, frozen=True):
    """What a platform file can configure (P10.1): byte, byte/s, s, s, and flop or byte."""

    tcp_gamma: float = 4194304.0
    loopback_bandwidth: float = 1e10
    loopback_latency: float = 0.0
    timing_precision: float = 1e-9
    work_precision: float = 1e-5


class Platform:
    """Hosts in the order of their numbers, links in the order of theirs (P4.2, P4.3), and how they are connected.

    ``remarks`` are things in the platform file that are accepted but may not be meant, such as missing units.
    """

    def __init__(self, draft: Draft, root: Zone, hosts: tuple[Host, ...], links: tuple[Link, ...], file: str) -> None:
        self.file = file
        self.root = root
        self.hosts = hosts
        self.links = links
        self.loopback = draft.loopback
        self.settings = draft.settings
        self.profiles = tuple(draft.profiles)
        self.remarks: tuple[Problem, ...] = tuple(draft.remarks)
        self._points = draft.points
        self._links = draft.links
        self._routes: dict[int, Route] = {}

    def __repr__(self) -> str:
        return f"<Platform {self.root.name}: {len(self.hosts)} hosts, {len(self.links)} links>"

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All zones, depth first in order of declaration."""
        return tuple(self.root.family())

    @property
    def routers(self) -> tuple[Router, ...]:
        """All routers, sorted by name."""
        routers = (point for point in self._points.values() if isinstance(point, Router))
        return tuple(sorted(routers, key=lambda router: router.name))

    def host(self, name: str) -> Host:
        """Return a host by name; raise InputError if there is none."""
        host = self._points.get(name)
        if not isinstance(host, Host):
            raise InputError.at(self.file, "", f"there is no host {name!r}")
        return host

    def link(self, name: str) -> Link:
        """Return a link by name; raise InputError if there is none."""
        link = self._links.get(name)
        if link is None:
            raise InputError.at(self.file, "", f"there is no link {name!r}")
        return link

    def route(self, source: Host, destination: Host) -> Route:
        """Return the route between two hosts; raise InputError if there is none."""
        key = source.index * len(self.hosts) + destination.index
        route = self._routes.get(key)
        if route is None:
            trail = self._walk(source, destination, None)
            if len(self._routes) >= ROUTES_KEPT:
                self._routes.clear()
            route = self._routes[key] = Route(tuple(trail.links), trail.latency)
        return route

    def latency(self, source: Host, destination: Host, changed: Mapping[Link, float]) -> float:
        """Return the latency of a route (s) while the latencies of some links are *changed* by profiles."""
        return self._walk(source, destination, changed).latency

    def private_links(self, host: Host) -> tuple[Link, ...]:
        """Return the links that can only ever carry traffic that starts or ends at *host*, in order of their index."""
        return self._privacy.links(host)

    def vantage(self, host: Host) -> Hashable:
        """Return what is equal for hosts whose routes to the world outside their zone differ in private links only.

        Those links are equal as well, one by one.
        """
        return self._privacy.vantage(host)

    @cached_property
    def _privacy(self) -> Privacy:
        return Privacy(self.root)

    def _walk(self, source: Point, destination: Point, changed: Mapping[Link, float] | None) -> Trail:
        trail = Trail(changed=changed)
        try:
            extend(trail, source, destination)
        except NoRouteError as error:
            message = f"there is no route from {source.name!r} to {destination.name!r}: {error}"
            raise InputError.at(self.file, "", message) from None
        return trail
