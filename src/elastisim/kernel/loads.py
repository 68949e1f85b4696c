"""Loads: what samples see of nodes and links (spec R10.7 to R10.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence


class LinkLoad(Struct):
    """Load of a set of links and the sum of their bandwidths, in bytes per second, and one relative to the other.

    The latter is NaN without links.
    """

    load: float
    bandwidth: float
    relative: float


class Loads(Struct):
    """What a sample sees.

    ``cpu`` is the load of each compute node relative to the speed of one core (R10.7), ``gpu`` the fraction of its GPUs
    in use (R10.8), both in ID order.  ``network`` is the mean relative load of all links that are not part of the file
    system (R10.9), NaN without any; ``pfs_read`` and ``pfs_write`` are loads of the links from and to it (R10.10).
    """

    cpu: Sequence[float]
    gpu: Sequence[float]
    network: float
    pfs_read: LinkLoad
    pfs_write: LinkLoad
