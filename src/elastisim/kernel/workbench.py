"""The workbench: turns what a group of ranks does into activities of a fluid model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from elastisim.kernel.gpu import GpuSet, GpuWork
from elastisim.kernel.plan import Plan
from elastisim.kernel.team import RankGroup

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

    from elastisim.kernel.actors import Activity, Request
    from elastisim.kernel.burden import Burden
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.fluid import FluidModel
    from elastisim.kernel.itinerary import Itinerary
    from elastisim.kernel.launch import Launch
    from elastisim.kernel.program import Communication, Load
    from elastisim.kernel.rank import Rank
    from elastisim.kernel.resource import Resource
    from elastisim.kernel.scope import Scope
    from elastisim.kernel.site import Site
    from elastisim.kernel.team import Team
    from elastisim.platform.machine import ComputeNode


class Workbench(ABC):
    """Starts the activities of ranks."""

    def __init__(self, site: Site, fluid: FluidModel) -> None:
        self.site = site
        self.fluid = fluid
        self._gpus: dict[ComputeNode, GpuSet] = {}

    def gpus(self, node: ComputeNode) -> GpuSet:
        """Return the GPUs of a node."""
        gpus = self._gpus.get(node)
        if gpus is None:
            gpus = self._gpus[node] = GpuSet(self.fluid, node.gpus, (node,))
        return gpus

    def cancel(self, activity: Activity) -> None:
        """Make an activity vanish at the current instant."""
        if isinstance(activity, GpuWork):
            activity.unit.cancel(activity)
        else:
            self.fluid.cancel(activity)

    def access(self, node: ComputeNode, size: float, write: bool) -> Activity:
        """Start an access to the burst buffer of a node, in bytes."""
        return self.fluid.access(self.site.burst_buffer(node), size, write)

    @abstractmethod
    def watch_loads(self) -> None:
        """Prepare to tell loads from now on."""

    def close_ledger(self) -> None:
        """End all loads in the ledger, if there is one."""
        if self.fluid.ledger is not None:
            self.fluid.ledger.close(self.fluid.now)

    def gpu_use(self, node: ComputeNode) -> list[bool]:
        """Return which GPUs of a node are seen in use."""
        return [unit.is_allocated for unit in self.gpus(node).units]

    def gpu_fractions(self, nodes: Sequence[ComputeNode]) -> list[float]:
        """Return the fraction of GPUs in use of each node, 0.0 without GPUs (R10.8)."""
        return [sum(self.gpu_use(node)) / node.gpus if node.gpus else 0.0 for node in nodes]

    @abstractmethod
    def levels(self, scope: Scope) -> tuple[dict[Resource | Burden, float], float]:
        """Return where loads come from, and a date up to which that stays if nothing happens until then.

        Resources come with their consumption in flop/s or byte/s, activities whose resources are folded away with their
        rate in 1/s; there are no zeros.  What is outside of *scope* does not matter.
        """

    @abstractmethod
    def plan(self, launch: Launch) -> Plan:
        """Divide the ranks of a launch into groups, in rank order."""

    def vacate(self, plan: Plan) -> None:  # noqa: B027 - most do not care
        """Learn that ranks do not use their nodes any more."""

    @abstractmethod
    def compute(self, execution: Execution, group: RankGroup, flops: float) -> Activity:
        """Start a computation of *flops* on each rank of a group."""

    @abstractmethod
    def join(self, execution: Execution, team: Team, flops: Load | None, communication: Communication) -> Activity:
        """Start one activity of a whole team."""

    @abstractmethod
    def transfer_pfs(self, execution: Execution, group: RankGroup, size: float, write: bool) -> Activity:
        """Start a transfer of *size* bytes between each rank of a group and the parallel file system."""

    @abstractmethod
    def stripe(
        self, execution: Execution, group: RankGroup, team: Team, rank: int, size: float, write: bool
    ) -> Activity:
        """Start the network part of an access to striped burst buffers, *size* bytes for each node of the team."""

    @abstractmethod
    def fast_forward(self, execution: Execution, rank: Rank, itinerary: Itinerary) -> Generator[Request, Any, bool]:
        """Skip iterations from the position of *itinerary* on, if possible; return whether some were skipped."""


class ExactWorkbench(Workbench):
    """Every rank on its own, every pair of ranks on its route."""

    def watch_loads(self) -> None:
        """Do nothing: the fluid model knows all loads at any time."""

    def levels(self, scope: Scope) -> tuple[dict[Resource | Burden, float], float]:
        """Return the loads of all resources of the scope, in the order in which the reference sums them up."""
        cpus = (self.site.cpu(node.host) for node in scope.nodes)
        channels = (self.site.channel(link) for links in (scope.network, scope.read, scope.write) for link in links)
        loads = {resource: self.fluid.load(resource) for resource in (*cpus, *channels) if resource.users}
        return {resource: load for resource, load in loads.items() if load != 0.0}, self.fluid.now

    def plan(self, launch: Launch) -> Plan:
        """Make each rank a group."""
        newcomers = {position: number for number, position in enumerate(launch.newcomers)}
        return Plan(
            [RankGroup((position,), node, newcomers.get(position, -1)) for position, node in enumerate(launch.nodes)]
        )

    def compute(self, execution: Execution, group: RankGroup, flops: float) -> Activity:  # noqa: ARG002
        """Compute on one core of the node."""
        return self.fluid.flow(self.site.computation(group.node.host, flops))

    def join(
        self,
        execution: Execution,  # noqa: ARG002
        team: Team,
        flops: Load | None,
        communication: Communication,
    ) -> Activity:
        """Compute and send on all nodes of the team."""
        amounts = flops.over(team.size) if flops is not None else []
        hosts = [node.host for node in team.nodes]
        return self.fluid.flow(self.site.joint(hosts, amounts, communication.entries(team.size)))

    def transfer_pfs(
        self,
        execution: Execution,  # noqa: ARG002
        group: RankGroup,
        size: float,
        write: bool,
    ) -> Activity:
        """Send an equal part to or from each target (R3.26)."""
        targets = group.node.pfs_targets
        part = size / len(targets)
        entries = [(0, i, part) if write else (i, 0, part) for i in range(1, len(targets) + 1)]
        return self.fluid.flow(self.site.joint([group.node.host, *targets], [], entries))

    def stripe(
        self,
        execution: Execution,  # noqa: ARG002
        group: RankGroup,
        team: Team,
        rank: int,
        size: float,
        write: bool,
    ) -> Activity:
        """Send a part to or from each other node, with work for every byte on all of them (R3.28)."""
        flops = [group.node.flops_per_byte * size] * team.size
        others = [other for other in range(team.size) if other != rank]
        entries = [(rank, other, size) if write else (other, rank, size) for other in others]
        return self.fluid.flow(self.site.joint([node.host for node in team.nodes], flops, entries))

    def fast_forward(
        self,
        execution: Execution,  # noqa: ARG002
        rank: Rank,  # noqa: ARG002
        itinerary: Itinerary,
    ) -> Generator[Request, Any, bool]:
        """Skip nothing."""
        itinerary.is_fresh = False
        return False
        yield
