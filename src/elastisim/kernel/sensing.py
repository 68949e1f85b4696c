"""Sensing: loads of CPUs, GPUs and links at an instant (spec R10.6 to R10.10)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.workbench import Workbench
    from elastisim.platform.link import Link
    from elastisim.platform.machine import Machine


@dataclass(frozen=True, slots=True)
class LinkLoad:
    """Load of a set of links, and the sum of their bandwidths, in bytes per second."""

    load: float
    bandwidth: float

    @property
    def relative(self) -> float:
        """Load relative to the bandwidth, NaN without links."""
        return self.load / self.bandwidth if self.bandwidth else math.nan


class Sensor:
    """Reads loads, as of the last time at which rates were shared."""

    def __init__(
        self, machine: Machine, bench: Workbench, pfs_read_links: Sequence[str], pfs_write_links: Sequence[str]
    ) -> None:
        platform = machine.platform
        self._nodes = machine.compute_nodes
        self._bench = bench
        self._read = [platform.link(name) for name in pfs_read_links]
        self._write = [platform.link(name) for name in pfs_write_links]
        storage = {*self._read, *self._write}
        self._network = [
            link
            for link in platform.links
            if link not in storage and "loopback" not in link.name and "_limiter" not in link.name
        ]

    def cpu(self) -> list[float]:
        """Return the load of each compute node relative to the speed of one core (R10.7)."""
        loads = self._bench.cpu_loads(self._nodes)
        speeds = [node.host.speed for node in self._nodes]
        return [load / speed if speed > 0.0 else math.nan for load, speed in zip(loads, speeds, strict=True)]

    def gpu(self) -> list[float]:
        """Return the fraction of GPUs in use of each compute node (R10.8)."""
        return self._bench.gpu_fractions(self._nodes)

    def network(self) -> float:
        """Return the mean relative load of all links that are not part of the file system (R10.9)."""
        if not self._network:
            return math.nan
        loads = self._bench.link_loads(self._network)
        relative = (load / link.bandwidth for load, link in zip(loads, self._network, strict=True))
        return sum(relative) / len(self._network)

    def pfs_read(self) -> LinkLoad:
        """Return the load of the links from the parallel file system (R10.10)."""
        return self._load(self._read)

    def pfs_write(self) -> LinkLoad:
        """Return the load of the links to the parallel file system (R10.10)."""
        return self._load(self._write)

    def _load(self, links: Sequence[Link]) -> LinkLoad:
        load = sum(self._bench.link_loads(links))
        return LinkLoad(float(load), float(sum(link.bandwidth for link in links)))
