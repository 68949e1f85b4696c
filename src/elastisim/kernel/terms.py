"""Terms: what the level of a source of loads means for what is sensed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from elastisim.kernel.scope import Quantity


class Terms(Struct):
    """What the level of a source means: level x factor / divisor, for ranges of nodes and for the machine.

    The level of a resource is its consumption in flop/s or byte/s, that of an activity whose resources are folded away
    its rate in 1/s, that of GPUs the number in use on each of their nodes.
    """

    nodes: list[tuple[Quantity, int, int, float, float]]
    totals: list[tuple[Quantity, float, float]]
