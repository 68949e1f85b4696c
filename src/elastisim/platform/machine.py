"""What ElastiSim makes of a platform: compute nodes, file-system hosts, batch host (spec section 12)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from elastisim.errors import InputError, Problem
from elastisim.platform.profile import ProfileKind
from elastisim.platform.units import BANDWIDTH, SPEED, Quantity, read_integer

if TYPE_CHECKING:
    from elastisim.platform.host import Host
    from elastisim.platform.platform import Platform


class NodeKind(IntEnum):
    """Kind of a compute node (R6.1); the values are those of the wire protocol."""

    COMPUTE = 0
    EXCLUSIVE_BURST_BUFFER = 1
    WIDE_STRIPED_BURST_BUFFER = 2


class BurstBuffer(Struct, frozen=True):
    """The disk of a node that tasks use as burst buffer (byte/s)."""

    read_bandwidth: float
    write_bandwidth: float


class ComputeNode(Struct, frozen=True, eq=False):
    """A host that jobs run on, with its ID (R12.2).

    ``flops_per_gpu`` (flop/s) and ``gpu_bandwidth`` (byte/s) are 0 where they do not apply, ``flops_per_byte`` is what
    a byte of a wide-striped burst buffer costs, ``pfs_targets`` are the hosts that tasks of this node read from and
    write to.
    """

    identifier: int
    host: Host
    kind: NodeKind
    gpus: int
    flops_per_gpu: float
    gpu_bandwidth: float
    burst_buffer: BurstBuffer | None
    flops_per_byte: float
    pfs_targets: tuple[Host, ...]


class Machine:
    """The roles of the hosts of a platform.

    ``compute_nodes`` in order of their IDs, ``pfs_hosts`` sorted by name, and the host of the batch system, which has
    no influence on results (R12.3).  Raise InputError naming every property that is wrong.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._problems: list[Problem] = []
        self._traits: dict[int, _Traits] = {}
        batch, pfs, compute = [], [], []
        for host in platform.hosts:
            if host.properties.get("batch_system") == "true":
                batch.append(host)
            elif host.properties.get("pfs_host") == "true":
                pfs.append(host)
            else:
                compute.append(host)
        if not platform.hosts:
            self._report("the platform has no hosts")
        if len(batch) > 1:
            names = f"{batch[0].name!r} and {batch[1].name!r}"
            self._report(f"hosts {names} both have the property batch_system = true; one host can have it")
        self._check_profiles()
        self.pfs_hosts = tuple(pfs)
        self.compute_nodes = tuple(ComputeNode(number, host, *self._read(host)) for number, host in enumerate(compute))
        if self._problems:
            raise InputError(self._problems)
        self.batch_host = batch[0] if batch else platform.hosts[0]

    def _report(self, message: str, where: str = "") -> None:
        self._problems.append(Problem(self.platform.file, where, message))

    def _check_profiles(self) -> None:
        """Refuse profiles that switch something off, which has no defined meaning for jobs (P9.3)."""
        for profile in self.platform.profiles:
            if profile.kind in (ProfileKind.HOST_STATE, ProfileKind.LINK_STATE) and any(
                value == 0 for _, value in profile.schedule.points
            ):
                self._report(f"{profile.resource.name!r} is switched off by a profile; not supported", profile.where)

    def _read(self, host: Host) -> _Traits:
        """Return what the properties of *host* say; hosts of a cluster share them."""
        traits = self._traits.get(id(host.properties))
        if traits is None:
            traits = self._traits[id(host.properties)] = self._read_properties(host)
        return traits

    def _read_properties(self, host: Host) -> _Traits:
        properties = host.properties
        kind, burst_buffer, flops_per_byte = NodeKind.COMPUTE, None, 0.0
        if properties.get("node_local_bb") == "true":
            kind = NodeKind.EXCLUSIVE_BURST_BUFFER
            burst_buffer = BurstBuffer(
                self._positive(host, "bb_read_bw", BANDWIDTH), self._positive(host, "bb_write_bw", BANDWIDTH)
            )
            if properties.get("wide_striping") == "true":
                kind = NodeKind.WIDE_STRIPED_BURST_BUFFER
                if "flops_per_byte" in properties:
                    flops_per_byte = self._quantity(host, "flops_per_byte", SPEED)
        gpus = self._gpus(host)
        # The original stores both as whole numbers (R12.7).
        flops_per_gpu = float(int(self._quantity(host, "flops_per_gpu", SPEED))) if gpus else 0.0
        gpu_bandwidth = float(int(self._quantity(host, "gpu_to_gpu_bw", BANDWIDTH))) if gpus > 1 else 0.0
        return _Traits(kind, gpus, flops_per_gpu, gpu_bandwidth, burst_buffer, flops_per_byte, self._pfs_targets(host))

    def _gpus(self, host: Host) -> int:
        text = host.properties.get("num_gpus", "0")
        try:
            gpus = read_integer(text)
        except ValueError as error:
            self._report(f"host {host.name!r}, property num_gpus: {error}")
            return 0
        if gpus < 0:
            self._report(f"host {host.name!r}, property num_gpus: {text!r} is negative")
        return max(gpus, 0)

    def _quantity(self, host: Host, key: str, quantity: Quantity) -> float:
        """Return a mandatory property."""
        if key not in host.properties:
            self._report(f"host {host.name!r} needs the property {key}: {quantity.expected}")
            return 1.0
        try:
            return quantity.read(host.properties[key])
        except ValueError as error:
            self._report(f"host {host.name!r}, property {key}: {error}")
            return 1.0

    def _positive(self, host: Host, key: str, quantity: Quantity) -> float:
        value = self._quantity(host, key, quantity)
        if value <= 0:
            self._report(f"host {host.name!r}, property {key}: {host.properties[key]!r} must be positive")
        return value

    def _pfs_targets(self, host: Host) -> tuple[Host, ...]:
        """Return the hosts listed, separated by commas or semicolons; without a list all PFS hosts (R12.5)."""
        text = host.properties.get("pfs_targets")
        if text is None:
            return self.pfs_hosts
        targets = []
        for name in text.replace(";", ",").split(","):
            try:
                targets.append(self.platform.host(name.strip()))
            except InputError:
                self._report(f"host {host.name!r}, property pfs_targets: there is no host {name.strip()!r}")
        return tuple(targets)


class _Traits(NamedTuple):
    """All of a compute node but its number and host, in the order of its fields."""

    kind: NodeKind
    gpus: int
    flops_per_gpu: float
    gpu_bandwidth: float
    burst_buffer: BurstBuffer | None
    flops_per_byte: float
    pfs_targets: tuple[Host, ...]
