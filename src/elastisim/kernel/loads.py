"""Loads: what samples see of nodes and links (spec R10.7 to R10.10)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence


class LinkLoad(Struct):
    """Load of a set of links, and the sum of their bandwidths, in bytes per second."""

    load: float
    bandwidth: float

    @property
    def relative(self) -> float:
        """Load relative to the bandwidth, NaN without links."""
        return self.load / self.bandwidth if self.bandwidth else math.nan


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
