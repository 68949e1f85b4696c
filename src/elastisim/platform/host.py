"""Hosts and routers: the ends and the turns of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.platform.link import NO_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.platform.zone import Zone

Coordinates = tuple[float, float, float]


class Disk:
    """A disk with its read and write bandwidth (byte/s); remote disks are the same object on several hosts (P3.7)."""

    __slots__ = ("name", "properties", "read_bandwidth", "write_bandwidth")

    def __init__(
        self, name: str, read_bandwidth: float, write_bandwidth: float, properties: Mapping[str, str] = NO_PROPERTIES
    ) -> None:
        self.name = name
        self.read_bandwidth = read_bandwidth
        self.write_bandwidth = write_bandwidth
        self.properties = properties

    def __repr__(self) -> str:
        return f"<Disk {self.name}>"


class Host:
    """A computer.

    ``index`` is the position in the list of all hosts (P4.2).  ``speeds`` lists the speed of one core (flop/s) in each
    pstate, ``speed`` is that of the current one.  ``availability`` is the factor on the speed, ``on`` whether the host
    is switched on, both after the events of date 0 of its profiles (P9.3).
    """

    __slots__ = (
        "availability",
        "coordinates",
        "cores",
        "disks",
        "index",
        "name",
        "on",
        "position",
        "properties",
        "pstate",
        "speeds",
        "zone",
    )

    def __init__(
        self, name: str, zone: Zone, position: int, speeds: tuple[float, ...], cores: int, pstate: int
    ) -> None:
        self.index = -1
        self.name = name
        self.zone = zone
        self.position = position
        self.speeds = speeds
        self.cores = cores
        self.pstate = pstate
        self.availability = 1.0
        self.on = True
        self.disks: tuple[Disk, ...] = ()
        self.properties: Mapping[str, str] = NO_PROPERTIES
        self.coordinates: Coordinates | None = None

    @property
    def speed(self) -> float:
        """Speed of one core in the current pstate (flop/s), without availability."""
        return self.speeds[self.pstate]

    def __repr__(self) -> str:
        return f"<Host {self.name}>"


class Router:
    """A point that routes lead through, without computing power."""

    __slots__ = ("coordinates", "name", "position", "zone")

    def __init__(self, name: str, zone: Zone, position: int) -> None:
        self.name = name
        self.zone = zone
        self.position = position
        self.coordinates: Coordinates | None = None

    def __repr__(self) -> str:
        return f"<Router {self.name}>"


Point = Host | Router
"""Whatever a route can start from or lead to."""
