"""The site: hosts and links of a platform as resources, and activities on them as demands (spec F3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.disk import Disk
from elastisim.kernel.profile import Change, Profiles
from elastisim.kernel.resource import Channel, Cpu, Demand
from elastisim.platform.host import Host
from elastisim.platform.link import Link, LinkPolicy
from elastisim.platform.profile import ProfileKind
from elastisim.platform.usage import pair_usage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from elastisim.kernel.resource import Resource
    from elastisim.platform.machine import ComputeNode
    from elastisim.platform.platform import Platform


class Site:
    """Resources made when they are needed first; one for each host, link and disk.

    ``replicated`` are links of single hosts, of which those of one may stand for those of others.
    """

    replicated: Collection[Link] = ()

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._cpus: dict[Host, Cpu] = {}
        self._channels: dict[Link, Channel] = {}
        self._disks: dict[ComputeNode, Disk] = {}
        self._unsteady = [
            profile.resource
            for profile in platform.profiles
            if profile.kind is ProfileKind.LATENCY and isinstance(profile.resource, Link)
        ]

    def cpu(self, host: Host) -> Cpu:
        """Return the CPU of a host."""
        cpu = self._cpus.get(host)
        if cpu is None:
            cpu = self._cpus[host] = Cpu(host.name, host.speed, host.cores, host.availability)
        return cpu

    def channel(self, link: Link) -> Channel:
        """Return the channel of a link."""
        channel = self._channels.get(link)
        if channel is None:
            channel = self._channels[link] = Channel(
                link.name, link.bandwidth, link.latency, link.policy is LinkPolicy.FATPIPE
            )
            channel.is_replica = link in self.replicated
        return channel

    def burst_buffer(self, node: ComputeNode) -> Disk:
        """Return the disk of a node that has a burst buffer."""
        disk = self._disks.get(node)
        if disk is None:
            buffer = node.burst_buffer
            assert buffer is not None
            disk = self._disks[node] = Disk(node.host.name, buffer.read_bandwidth, buffer.write_bandwidth)
        return disk

    def profiles(self) -> Profiles:
        """Return the changes of resources that the platform prescribes."""
        return Profiles(
            Change(
                self.cpu(profile.resource) if isinstance(profile.resource, Host) else self.channel(profile.resource),
                profile.kind,
                profile.events(),
            )
            for profile in self.platform.profiles
        )

    def computation(self, host: Host, flops: float) -> Demand:
        """Return the demand of a computation on one core (F4.1)."""
        if flops <= 0.0:
            return Demand()
        cpu = self.cpu(host)
        return Demand({cpu: (flops,)}, ((cpu, flops),))

    def joint(self, hosts: Sequence[Host], flops: Sequence[float], entries: Iterable[tuple[int, int, float]]) -> Demand:
        """Return the demand of an activity that computes *flops* on *hosts* and sends bytes between them.

        *flops* has one value per host or none; *entries* are (sender, receiver, bytes) in row-major order, by
        position in *hosts*.  On a single host the bytes do not count (F3.1).
        """
        if len(hosts) == 1:
            return self.computation(hosts[0], flops[0] if flops else 0.0)
        computing = [(self.cpu(host), amount) for host, amount in zip(hosts, flops, strict=False) if amount > 0.0]
        weights: dict[Resource, tuple[float, ...]] = {}
        for cpu, amount in computing:
            weights[cpu] = (*weights.get(cpu, ()), amount)
        pairs = [(hosts[i], hosts[j], amount) for i, j, amount in entries]
        changed = {link: self.channel(link).latency for link in self._unsteady}
        usage = pair_usage(self.platform, pairs, changed)
        for link, weight in usage.weights.items():
            weights[self.channel(link)] = (weight,)
        if not weights:
            return Demand()
        messages: Sequence[tuple[Sequence[Channel], float]] = ()
        if self._unsteady:
            messages = tuple(
                ([self.channel(link) for link in self.platform.route(src, dst).links], amount)
                for src, dst, amount in pairs
                if amount > 0.0
            )
        return Demand(weights, computing, usage.latency, usage.window, messages)
