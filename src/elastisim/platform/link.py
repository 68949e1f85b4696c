"""Links: what limits the traffic between hosts."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.platform.zone import Zone

NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


class LinkPolicy(Enum):
    """How concurrent flows use a link; the value is the name used in files."""

    SHARED = "SHARED"
    FATPIPE = "FATPIPE"


class Link:
    """A link with its bandwidth (byte/s) and latency (s).

    ``index`` is the position in the list of all links (P4.3).  ``policy`` says how flows share it, ``label`` how the
    file calls that; the two differ for links of policy WIFI outside of WiFi zones, which are shared (P3.3).
    """

    __slots__ = ("bandwidth", "index", "label", "latency", "name", "policy", "properties", "zone")

    def __init__(
        self, name: str, bandwidth: float, latency: float, policy: LinkPolicy, zone: Zone | None, label: str = ""
    ) -> None:
        self.index = -1
        self.name = name
        self.bandwidth = bandwidth
        self.latency = latency
        self.policy = policy
        self.label = label or policy.value
        self.properties = NO_PROPERTIES
        self.zone = zone

    def __repr__(self) -> str:
        return f"<Link {self.name}>"


class Cable:
    """A split-duplex link: two links of equal bandwidth and latency, one for each direction (P3.3)."""

    __slots__ = ("down", "name", "up")

    def __init__(self, name: str, up: Link, down: Link) -> None:
        self.name = name
        self.up = up
        self.down = down


class Lane:
    """A cable as a declared route passes it; the way back takes the other half (P3.5)."""

    __slots__ = ("cable", "upward")

    def __init__(self, cable: Cable, upward: bool) -> None:
        self.cable = cable
        self.upward = upward

    @property
    def link(self) -> Link:
        """The half that traffic uses."""
        return self.cable.up if self.upward else self.cable.down

    def reversed(self) -> Lane:
        """Return the other half."""
        return Lane(self.cable, not self.upward)


Step = Link | Lane
"""What a declared route lists: a link, or a cable together with a direction."""
