"""Sensing: loads of CPUs, GPUs and links at an instant (spec R10.6 to R10.10)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.workbench import Workbench
    from elastisim.platform.link import Link
    from elastisim.platform.machine import Machine


class Quantity(Enum):
    """What is sensed: the loads of each node, and those of links as a whole."""

    CPU = "cpu"
    GPU = "gpu"
    NETWORK = "network"
    PFS_READ = "pfs_read"
    PFS_WRITE = "pfs_write"


TOTALS = (Quantity.NETWORK, Quantity.PFS_READ, Quantity.PFS_WRITE)


@dataclass(frozen=True, slots=True)
class LinkLoad:
    """Load of a set of links, and the sum of their bandwidths, in bytes per second."""

    load: float
    bandwidth: float

    @property
    def relative(self) -> float:
        """Load relative to the bandwidth, NaN without links."""
        return self.load / self.bandwidth if self.bandwidth else math.nan


class Scope:
    """What is sensed: compute nodes in ID order, and links by what they belong to.

    ``read`` and ``write`` are the links from and to the parallel file system (R10.10), ``network`` all links that are
    no part of it (R10.9).
    """

    def __init__(self, machine: Machine, pfs_read_links: Sequence[str], pfs_write_links: Sequence[str]) -> None:
        platform = machine.platform
        self.nodes = machine.compute_nodes
        self.read = [platform.link(name) for name in pfs_read_links]
        self.write = [platform.link(name) for name in pfs_write_links]
        storage = {*self.read, *self.write}
        self.network = [
            link
            for link in platform.links
            if link not in storage and "loopback" not in link.name and "_limiter" not in link.name
        ]

    def weights(self) -> dict[str, dict[Quantity, float]]:
        """Return what a load of 1 byte/s on a link adds to which quantity, by name of the link.

        What it adds to the network is relative to the bandwidth of the link, and not divided by the number of links.
        """
        weights: dict[str, dict[Quantity, float]] = {
            link.name: {Quantity.NETWORK: 1.0 / link.bandwidth} for link in self.network
        }
        for quantity, links in ((Quantity.PFS_READ, self.read), (Quantity.PFS_WRITE, self.write)):
            for link in links:
                own = weights.setdefault(link.name, {})
                own[quantity] = own.get(quantity, 0.0) + 1.0
        return weights


class Sensor:
    """Reads loads, as of the last time at which rates were shared."""

    def __init__(
        self, machine: Machine, bench: Workbench, pfs_read_links: Sequence[str], pfs_write_links: Sequence[str]
    ) -> None:
        self.scope = Scope(machine, pfs_read_links, pfs_write_links)
        self._bench = bench

    def cpu(self) -> list[float]:
        """Return the load of each compute node relative to the speed of one core (R10.7)."""
        loads = self._bench.cpu_loads(self.scope.nodes)
        speeds = [node.host.speed for node in self.scope.nodes]
        return [load / speed if speed > 0.0 else math.nan for load, speed in zip(loads, speeds, strict=True)]

    def gpu(self) -> list[float]:
        """Return the fraction of GPUs in use of each compute node (R10.8)."""
        return self._bench.gpu_fractions(self.scope.nodes)

    def network(self) -> float:
        """Return the mean relative load of all links that are not part of the file system (R10.9)."""
        if not self.scope.network:
            return math.nan
        loads = self._bench.link_loads(self.scope.network)
        relative = (load / link.bandwidth for load, link in zip(loads, self.scope.network, strict=True))
        return sum(relative) / len(self.scope.network)

    def pfs_read(self) -> LinkLoad:
        """Return the load of the links from the parallel file system (R10.10)."""
        return self._load(self.scope.read)

    def pfs_write(self) -> LinkLoad:
        """Return the load of the links to the parallel file system (R10.10)."""
        return self._load(self.scope.write)

    def _load(self, links: Sequence[Link]) -> LinkLoad:
        load = sum(self._bench.link_loads(links))
        return LinkLoad(float(load), float(sum(link.bandwidth for link in links)))
