"""Resources that running activities share, and what an activity demands of them (spec F1 and F3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.addition import added

if TYPE_CHECKING:
    from collections.abc import Sequence


class Resource:
    """A capacity in flop/s or byte/s that flows share.

    ``users`` maps each enabled flow that consumes the resource to its weights on it (several if it uses the resource
    as several hosts), in the order in which the flows were enabled.  A fat pipe serves each user as if it were alone.
    A replica is one of many, so that all flows for which one stands (F10.6) find a resource of their own.
    """

    __slots__ = ("capacity", "is_fatpipe", "is_replica", "name", "remaining", "share", "users")

    def __init__(self, name: str, capacity: float, is_fatpipe: bool = False) -> None:
        self.name = name
        self.capacity = capacity
        self.is_fatpipe = is_fatpipe
        self.is_replica = False
        self.users: dict[Flow, tuple[float, ...]] = {}
        self.remaining = 0.0
        self.share = 0.0


class Cpu(Resource):
    """The cores of a host; one activity never gets more than one core (F3.5)."""

    __slots__ = ("availability", "cores", "speed")

    def __init__(self, name: str, speed: float, cores: int, availability: float = 1.0) -> None:
        super().__init__(name, cores * speed * availability)
        self.speed = speed
        self.cores = cores
        self.availability = availability

    @property
    def core_speed(self) -> float:
        """Speed of one core in flop/s, as available now."""
        return self.speed * self.availability

    def set_availability(self, availability: float) -> None:
        """Change the fraction of the speed that is available."""
        self.availability = availability
        self.capacity = self.cores * self.speed * availability


class Channel(Resource):
    """A network link with its latency in seconds."""

    __slots__ = ("latency",)

    def __init__(self, name: str, bandwidth: float, latency: float, is_fatpipe: bool = False) -> None:
        super().__init__(name, bandwidth, is_fatpipe)
        self.latency = latency


class Replica(Channel):
    """Equal links of all ranks of a group, one for each rank."""

    __slots__ = ()

    def __init__(self, name: str, bandwidth: float, latency: float) -> None:
        super().__init__(name, bandwidth, latency)
        self.is_replica = True


class Demand:
    """What a flow asks of resources.

    ``weights`` are the flops or bytes of the whole activity on each resource, in the order of F3.2; several values for
    a CPU whose host takes part several times.  ``computing`` lists the CPUs with the flops that bound the rate (F3.5),
    ``window`` is the largest product of latency and bytes over all pairs (F3.4).  ``messages`` lists the links and
    bytes of each pair, only needed where latencies change over time.  ``limit`` is the rate in 1/s that resources
    allow which nobody else can use and which are not listed in the weights (F10.3).  A ``footprint``, of which each
    unit of ``scale`` asks, takes the place of weights.

    ``is_empty`` tells that there is nothing to do (F3.7), ``sole`` is the only resource that is asked for, once, if it
    takes from each user what it gives to another.
    """

    __slots__ = (
        "_constant_bound",
        "computing",
        "footprint",
        "is_empty",
        "latency",
        "limit",
        "messages",
        "scale",
        "sole",
        "weights",
        "window",
    )

    def __init__(
        self,
        weights: dict[Resource, tuple[float, ...]] | None = None,
        computing: Sequence[tuple[Cpu, float]] = (),
        latency: float = 0.0,
        window: float = 0.0,
        messages: Sequence[tuple[Sequence[Channel], float]] = (),
        limit: float = math.inf,
        footprint: Footprint | None = None,
        scale: float = 1.0,
    ) -> None:
        self.weights = weights = weights if weights is not None else {}
        self.computing = computing
        self.latency = latency
        self.window = window
        self.messages = messages
        self.limit = limit
        self.footprint = footprint
        self.scale = scale
        self.is_empty = not weights and limit == math.inf
        self.sole: Resource | None = None
        if len(weights) == 1:
            ((resource, own),) = weights.items()
            if len(own) == 1 and not (resource.is_fatpipe or resource.is_replica):
                self.sole = resource
        self._constant_bound = -1.0

    def bound(self, tcp_gamma: float) -> float:
        """Return the upper bound of the rate in 1/s as of now, 0.0 for none (F3.4 to F3.6)."""
        if self._constant_bound >= 0.0:
            return self._constant_bound
        bound = 0.0
        window = self.window
        if self.messages:
            window = max(added(link.latency for link in links) * amount for links, amount in self.messages)
        if window > 0.0:
            bound = tcp_gamma / (2.0 * window)
        for cpu, flops in self.computing:
            limit = cpu.core_speed / flops
            if bound <= 0.0 or limit < bound:
                bound = limit
        if self.limit < math.inf and (bound <= 0.0 or self.limit < bound):
            bound = self.limit
        if not (self.messages or self.computing):
            self._constant_bound = bound
        return bound


if TYPE_CHECKING:
    from elastisim.kernel.flow import Flow
    from elastisim.kernel.footprint import Footprint
