"""Burdens: what activities put on nodes and links that nobody else uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.scope import Scope
    from elastisim.kernel.terms import Terms
    from elastisim.platform.link import Link
    from elastisim.platform.machine import ComputeNode


class Burden(Struct, eq=False):
    """Flops on nodes and bytes on private links, for the whole of an activity; those under way have one each.

    ``flops`` are those of each of ``nodes``.  Bytes are ``scale`` times the weights of links in each of ``transfers``,
    which are lists that others hold as well.  ``meaning`` is what that is for the scope which was asked last.
    """

    nodes: Sequence[ComputeNode] = ()
    flops: Sequence[float] = ()
    transfers: Sequence[Sequence[tuple[Link, float]]] = ()
    scale: float = 1.0
    meaning: tuple[Scope, Terms] | None = None


class View(Struct):
    """What is in progress: burdens with rates in 1/s, the same for all samples up to ``until``."""

    rates: dict[Burden, float]
    until: float
