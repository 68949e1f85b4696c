"""The workbench of the fast engine where several executions may be on a node at a time.

Nodes on which the same executions do the same make a cell (see :mod:`elastisim.kernel.tenancy`), and one flow on the
first of them stands for those on all.  Nothing is folded away, as others may come at any time; only who is alone for
the time being goes on in stretches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.arrangement import can_be_arranged
from elastisim.kernel.burden import Burden
from elastisim.kernel.folding import NOTHING, FoldedUsage, unfold
from elastisim.kernel.grouped import USAGES_KEPT, GroupedWorkbench, role_of
from elastisim.kernel.plan import Plan
from elastisim.kernel.resource import Demand
from elastisim.kernel.score import Transfer
from elastisim.kernel.stretch import find_timeline
from elastisim.kernel.team import RankGroup
from elastisim.kernel.tenancy import Tenancy
from elastisim.kernel.workbench import ExactWorkbench
from elastisim.patterns import MatrixPattern
from elastisim.platform.machine import NodeKind

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from elastisim.kernel.execution import Execution
    from elastisim.kernel.fast import FastFluidModel
    from elastisim.kernel.itinerary import Itinerary
    from elastisim.kernel.launch import Launch
    from elastisim.kernel.lazy_flow import LazyFlow
    from elastisim.kernel.program import Communication, Load
    from elastisim.kernel.site import Site
    from elastisim.kernel.team import Team
    from elastisim.kernel.tenancy import Cell
    from elastisim.kernel.timeline import Timeline
    from elastisim.kernel.traits import Traits
    from elastisim.platform.link import Link
    from elastisim.platform.machine import ComputeNode, Machine


class SharedWorkbench(GroupedWorkbench):
    """Cells of nodes, and executions that are split and joined as others come and go."""

    def __init__(self, site: Site, fluid: FastFluidModel, machine: Machine) -> None:
        super().__init__(site, fluid, machine)
        self.tenancy = Tenancy()
        self._open_usages: dict[Hashable, FoldedUsage] = {}
        private_links = machine.platform.private_links
        site.replicated = {link for node in machine.compute_nodes for link in private_links(node.host)}

    def plan(self, launch: Launch) -> Plan:
        """Let the ranks of an execution in, grouped by what they do if there is nobody else."""
        program = launch.program
        traits = self._traits_of(program)
        roles: Sequence[Hashable]
        if (
            not self._is_steady
            or not self._exposed.isdisjoint(launch.nodes)
            or (program.on_expansion is not None and launch.newcomers)
            or (traits.uses_burst_buffers and not all(_has_disk(node) for node in launch.nodes))
            or not can_be_arranged(program)
        ):
            plan = ExactWorkbench.plan(self, launch)
            roles = range(len(launch.nodes))
        else:
            roles = self._roles(launch, traits)
            members: dict[Hashable, list[int]] = {}
            for rank, role in enumerate(roles):
                members.setdefault(role, []).append(rank)
            groups = [RankGroup(ranks, launch.nodes[ranks[0]]) for ranks in members.values()]
            plan = Plan(groups, overlaps=traits.is_asynchronous, parts=[None] * len(program.phases))
        plan.tenant = self.tenancy.enter(launch.nodes, roles)
        return plan

    def vacate(self, plan: Plan) -> None:
        """Let others have the nodes for themselves."""
        if plan.tenant is not None:
            self.tenancy.leave(plan.tenant)

    def timeline(self, execution: Execution, itinerary: Itinerary) -> Timeline | None:
        """Return what the next iteration of an execution does, if it can be skipped while nobody else is there."""
        plan = execution.plan
        return find_timeline(self, execution, itinerary) if plan.parts is not None and not plan.overlaps else None

    def in_cell(self, cell: Cell, flops: float) -> Transfer:
        """Return a computation of *flops* on one core of each node of a cell."""
        burden = None
        if self.watch.is_on and len(cell.nodes) > 1:
            burden = Burden(cell.nodes[1:], [flops] * (len(cell.nodes) - 1))
        return Transfer(self.site.computation(cell.node.host, flops), 1, burden)

    def from_cell(self, cell: Cell, size: float, write: bool) -> Transfer:
        """Return the transfers of *size* bytes between each node of a cell and the parallel file system."""
        burden = None
        if self.watch.is_on and len(cell.nodes) > 1:
            own = [self._transfer(node, write).private for node in cell.nodes[1:]]
            burden = Burden(transfers=own, scale=size)
        usage = unfold(self._transfer(cell.node, write), self.site, is_steady=False)
        return Transfer(usage.demand(size), len(cell.nodes), burden)

    def across(self, team: Team, flops: Load | None, communication: Communication) -> Transfer:
        """Return one activity of a whole team."""
        usage, total = NOTHING, 0.0
        if team.size > 1 and communication.total > 0.0:
            usage = self._open_usage(communication, team.nodes)
            total = 1.0 if communication.pattern is MatrixPattern.MATRIX else communication.total
        demand = usage.demand(total, everywhere=self.watch.is_on or flops is not None)
        if flops is not None:
            cores = self.site.joint([node.host for node in team.nodes], flops.over(team.size), ())
            demand = Demand({**cores.weights, **demand.weights}, cores.computing, demand.latency, demand.window)
        return Transfer(demand, 1, None)

    def resume(self, transfer: Transfer, elapsed: float) -> LazyFlow:
        """Start a transfer or a computation that has been under way for *elapsed* seconds, unseen and by itself."""
        flow = self.model.resume(transfer.demand, transfer.multiplicity, elapsed)
        if transfer.burden is not None:
            self.watch.change(flow, transfer.burden)
        return flow

    def divide(self, flow: LazyFlow, own: Transfer, other: Transfer) -> LazyFlow:
        """Let a flow that is under way be *own* from now on, and another one go on for the rest; return that."""
        twin = self.model.divide(flow, own.multiplicity, other.demand, other.multiplicity)
        if self.watch.is_on:
            self.watch.change(flow, own.burden)
            self.watch.change(twin, other.burden)
        return twin

    def _roles(self, launch: Launch, traits: Traits) -> list[Hashable]:
        """Return what is the same for ranks that do the same and have equal resources, which they use equally."""
        weights: list[Mapping[Link, float]] = [dict(usage.private) for usage in self._usages_of(launch)]
        if traits.uses_pfs:
            weights.append({})
        if not weights and self._have_one_kind(traits):
            return [0] * len(launch.nodes)
        return [
            (
                self._kind(node, traits.uses_pfs),
                role_of(rank, traits),
                *[self._port(node, known) for known in weights],
            )
            for rank, node in enumerate(launch.nodes)
        ]

    def _open_usage(self, communication: Communication, nodes: Sequence[ComputeNode]) -> FoldedUsage:
        """Return what a byte of a communication asks of the network, all entries of a matrix taken together."""
        pattern = communication.pattern
        key = (pattern, communication.values, tuple(node.identifier for node in nodes))
        usage = self._open_usages.get(key)
        if usage is None:
            folded = self._usage_of(communication, nodes)
            if len(self._open_usages) >= USAGES_KEPT:
                self._open_usages.clear()
            usage = self._open_usages[key] = unfold(folded, self.site, is_steady=not self._unsteady_links)
        return usage


def _has_disk(node: ComputeNode) -> bool:
    """Return whether a node has a burst buffer of its own."""
    return node.burst_buffer is not None and node.kind is not NodeKind.WIDE_STRIPED_BURST_BUFFER
