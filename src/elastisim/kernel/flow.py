"""Flows: activities that consume shared resources at a rate of their whole work per second (spec F1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.actors import Activity

if TYPE_CHECKING:
    from elastisim.kernel.resource import Demand


class Flow(Activity):
    """A computation, a transfer, or both in one.

    ``remaining`` counts from 1.0 down to 0.0, ``rate`` is its fraction per second.  While the latency is being paid
    the flow is not enabled and consumes nothing (F2.2).  ``bound`` limits the rate, 0.0 means unlimited.  A flow with
    a multiplicity stands for that many equal ones (F10.6).  ``weights`` are those of the demand, or of a footprint on
    the links where others are met; everywhere else the flow is by itself.
    """

    __slots__ = (
        "bound",
        "demand",
        "increment",
        "is_enabled",
        "is_rising",
        "latency",
        "multiplicity",
        "rate",
        "remaining",
        "weights",
    )

    def __init__(self, demand: Demand, multiplicity: int = 1) -> None:
        super().__init__()
        self.demand = demand
        self.multiplicity = multiplicity
        self.weights = demand.weights if demand.footprint is None else {}
        self.latency = demand.latency
        self.remaining = 1.0
        self.rate = 0.0
        self.bound = 0.0
        self.increment = 0.0
        self.is_enabled = False
        self.is_rising = False

    def enable(self) -> None:
        """Become a user of the resources."""
        self.is_enabled = True
        for resource, weights in self.weights.items():
            resource.users[self] = weights

    def disable(self) -> None:
        """Stop being a user of the resources."""
        self.is_enabled = False
        for resource in self.weights:
            resource.users.pop(self, None)
