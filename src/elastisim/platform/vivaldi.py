"""Zones of peers whose latencies follow from coordinates (spec P6.8)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.platform.star import StarZone
from elastisim.platform.zone import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.platform.host import Coordinates, Host, Point
    from elastisim.platform.route import Trail
    from elastisim.platform.zone import AnyZone


def delay(source: Coordinates, destination: Coordinates) -> float:
    """Return the latency (s) between two places, in milliseconds of distance and height."""
    (x1, y1, z1), (x2, y2, z2) = source, destination
    plane = math.sqrt((x1 - x2) * (x1 - x2) + (y1 - y2) * (y1 - y2))
    return (plane + abs(z1) + abs(z2)) / 1000.0


class VivaldiZone(StarZone):
    """A star of peers; the distance between two points adds to the latency."""

    kind = "Vivaldi"

    def add_peer(
        self,
        name: str,
        speeds: Sequence[float],
        coordinates: Coordinates,
        *,
        bandwidth_in: float,
        bandwidth_out: float,
    ) -> Host:
        """Add a host with links of its own in and out (flop/s, byte/s)."""
        peer = self.add_host(name, speeds, coordinates=coordinates)
        down = self.add_link(f"link_{name}_DOWN", bandwidth_in, 0.0)
        up = self.add_link(f"link_{name}_UP", bandwidth_out, 0.0)
        self.set_legs(peer, [up], [down])
        return peer

    def add_zone(self, kind: type[AnyZone], name: str) -> AnyZone:
        """Refuse: zones have no coordinates."""
        del kind
        raise refusal(f"zone {name!r} cannot lie in the Vivaldi zone {self.name!r}, zones have no coordinates")

    def _add_point(self, point: Point) -> None:
        if point.coordinates is None:
            raise refusal(f"{point.name!r} lies in the Vivaldi zone {self.name!r} and needs coordinates")
        super()._add_point(point)

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* up and down, and pay for the distance."""
        super().connect(trail, source, destination)
        assert source.coordinates is not None
        assert destination.coordinates is not None
        trail.latency += delay(source.coordinates, destination.coordinates)
