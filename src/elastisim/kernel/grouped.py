"""The workbench of the fast engine: one group of ranks acts for all ranks that do the same (see the architecture).

What only the nodes of an execution can use is folded into the demands of its activities.  Where private links can be
contended all the same, every rank acts on its own, on the fluid model of the fast engine.  Of nodes that executions
share takes care :mod:`elastisim.kernel.shared`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec.structs import replace

from elastisim.kernel.burden import Burden
from elastisim.kernel.composition import compose
from elastisim.kernel.folding import NOTHING, FoldedUsage, fold
from elastisim.kernel.gpu import GpuSet
from elastisim.kernel.plan import Plan
from elastisim.kernel.program import Load
from elastisim.kernel.repertoire import Repertoire
from elastisim.kernel.resource import Demand, Replica
from elastisim.kernel.score import Transfer
from elastisim.kernel.stretch import fast_forward, find_timeline
from elastisim.kernel.team import RankGroup
from elastisim.kernel.traits import Traits, all_steps, communication_of, traits_of
from elastisim.kernel.watch import Watch
from elastisim.kernel.workbench import ExactWorkbench
from elastisim.patterns import MatrixPattern, VectorPattern
from elastisim.platform.machine import NodeKind
from elastisim.platform.pattern_usage import pattern_usage
from elastisim.platform.profile import ProfileKind
from elastisim.platform.usage import Usage, pair_usage

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Mapping, Sequence
    from typing import Any

    from elastisim.kernel.actors import Activity, Request
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.fast import FastFluidModel
    from elastisim.kernel.itinerary import Itinerary
    from elastisim.kernel.launch import Launch
    from elastisim.kernel.lazy_flow import LazyFlow
    from elastisim.kernel.program import Communication, Once, Program, Repeat
    from elastisim.kernel.rank import Rank
    from elastisim.kernel.resource import Resource
    from elastisim.kernel.scope import Scope
    from elastisim.kernel.score import Score
    from elastisim.kernel.site import Site
    from elastisim.kernel.team import Team
    from elastisim.kernel.timeline import Timeline
    from elastisim.platform.link import Link
    from elastisim.platform.machine import ComputeNode, Machine

USAGES_KEPT = 4096
"""Usages of communication patterns that are remembered, one for each pattern and list of nodes, or number of them."""

REPERTOIRES_KEPT = 16
"""Repertoires of a program that are remembered, one for each list of nodes."""

MATRICES_KEPT = 64
"""Usages of explicit matrices that are remembered, one for each matrix and list of nodes."""


class GroupedWorkbench(ExactWorkbench):
    """Groups of ranks, folded demands, and stretches of iterations in one go.

    No node is ever used by two executions at a time.
    """

    def __init__(self, site: Site, fluid: FastFluidModel, machine: Machine) -> None:
        super().__init__(site, fluid)
        self.model = fluid
        self.watch = Watch(fluid)
        self._exposed = _exposed_nodes(machine)
        profiles = machine.platform.profiles
        self._is_steady = all(profile.kind is not ProfileKind.LATENCY for profile in profiles)
        self._unsteady_links = {profile.resource for profile in profiles}
        self._machine = machine
        self._shares_vantage: bool | None = None
        self._uniformity: dict[bool, bool] = {}
        self._traits: dict[Hashable, Traits] = {}
        self._kinds: dict[Hashable, int] = {}
        self._kind_of: dict[tuple[ComputeNode, bool], int] = {}
        self._known_ways: dict[Hashable, Hashable] = {}
        self._transfers: dict[tuple[ComputeNode, bool], FoldedUsage] = {}
        self._usages: dict[tuple[MatrixPattern, Hashable], FoldedUsage] = {}
        self._examples: dict[tuple[MatrixPattern, int], tuple[FoldedUsage, list[tuple[int, int, float]]]] = {}
        self._replicas: dict[Link, Replica] = {}
        self._matrices: dict[tuple[tuple[float, ...], tuple[int, ...]], FoldedUsage] = {}

    def plan(self, launch: Launch) -> Plan:
        """Group the ranks of an execution that has its nodes for itself."""
        traits = self._traits_of(launch.program)
        if not self._may_fold(launch, traits):
            return self._plan_apart(launch, traits)
        plan = self._plan_folded(launch, traits)
        plan.repertoire = self._repertoire(launch, traits)
        return plan

    def _repertoire(self, launch: Launch, traits: Traits) -> Repertoire:
        """Return what is known of the phases of a program on the nodes of a launch, or on all that are like them."""
        program = launch.program
        known = program.repertoires
        key: Hashable = None
        are_alike = self._is_uniform(with_pfs=traits.uses_pfs) and self._has_one_vantage and not self._exposed
        # Loads that are watched are those of certain nodes.
        if not are_alike or self.watch.is_on:
            newcomers = launch.newcomers if program.on_expansion is not None else ()
            key = (*[node.identifier for node in launch.nodes], -1, *newcomers)
        repertoire = known.get(key)
        if repertoire is None:
            if len(known) >= REPERTOIRES_KEPT:
                del known[next(iter(known))]
            repertoire = known[key] = Repertoire()
        return repertoire

    def _plan_folded(self, launch: Launch, traits: Traits) -> Plan:
        newcomers: dict[int, int] = {}
        if launch.program.on_expansion is not None:
            newcomers = {position: number for number, position in enumerate(launch.newcomers)}
        overlaps = traits.is_asynchronous
        if not overlaps and self._have_one_kind(traits):
            ranks = range(len(launch.nodes))
            whole = RankGroup(ranks, launch.nodes[0])
            if not newcomers:
                if traits.uses_gpus:
                    self._separate_gpus([ranks], launch)
                return Plan([whole], is_folded=True)
            if not traits.uses_gpus and launch.program.phases[launch.phase].barrier:
                # All meet before the main part goes on, so that nobody is ahead of newcomers.
                added = RankGroup(launch.newcomers, launch.nodes[launch.newcomers[0]], 0)
                return Plan([whole], is_folded=True, newcomers=added)
        members: dict[Hashable, list[int]] = {}
        for position, node in enumerate(launch.nodes):
            key = (self._kind(node, traits.uses_pfs), role_of(position, traits), -1)
            if newcomers and position in newcomers:
                key = (*key[:2], role_of(newcomers[position], traits))
            members.setdefault(key, []).append(position)
        if overlaps and (newcomers or not self._are_even(list(members.values()), launch)):
            return self._plan_apart(launch, traits)
        if traits.uses_gpus:
            self._separate_gpus(list(members.values()), launch)
        groups = [RankGroup(ranks, launch.nodes[ranks[0]], newcomers.get(ranks[0], -1)) for ranks in members.values()]
        return Plan(groups, is_folded=True, overlaps=overlaps)

    def are_alike(self, launch: Launch) -> bool:
        """Whether all ranks of an execution without newcomers do the same, on nodes of their own that are all equal."""
        traits = self._traits_of(launch.program)
        return self._have_one_kind(traits) and self._may_fold(launch, traits)

    def _plan_apart(self, launch: Launch, traits: Traits) -> Plan:
        """Make each rank a group."""
        if traits.uses_gpus:
            self._separate_gpus([[position] for position in range(len(launch.nodes))], launch)
        return super().plan(launch)

    def levels(self, scope: Scope) -> tuple[dict[Resource | Burden, float], float]:  # noqa: ARG002
        """Return the loads of resources in use, and the activities under way whose resources are folded away."""
        levels: dict[Resource | Burden, float] = dict(self.model.loads())
        until = self.watch.add_rates(levels)
        return levels, min(until, self.model.steady_until())

    def watch_loads(self) -> None:
        """Remember what activities put on nodes and links from now on."""
        self.watch.is_on = True

    def close_ledger(self) -> None:
        """End all loads in the ledger, those of stretches included, if there is one."""
        for witness in list(self.watch.witnesses):
            self.watch.dismiss(witness)
        super().close_ledger()

    def gpu_use(self, node: ComputeNode) -> list[bool]:
        """Return which GPUs of a node are seen in use, by stretches or otherwise."""
        for witness in self.watch.witnesses:
            for group, count in witness.gpu_use():
                if any(witness.nodes[rank] is node for rank in group.ranks):
                    return [unit < count for unit in range(node.gpus)]
        return super().gpu_use(node)

    def gpu_fractions(self, nodes: Sequence[ComputeNode]) -> list[float]:
        """Return the fraction of GPUs in use of each node."""
        fractions = [
            sum(super(GroupedWorkbench, self).gpu_use(node)) / node.gpus if node.gpus else 0.0 for node in nodes
        ]
        for witness in self.watch.witnesses:
            for group, count in witness.gpu_use():
                for rank in group.ranks:
                    node = witness.nodes[rank]
                    fractions[node.identifier] = count / node.gpus
        return fractions

    def compute(self, execution: Execution, group: RankGroup, flops: float) -> Activity:
        """Compute on one core of each node of the group."""
        if not execution.plan.is_folded or flops <= 0.0:
            return super().compute(execution, group, flops)
        return self.start(self.on_cores(execution, group, flops))

    def join(self, execution: Execution, team: Team, flops: Load | None, communication: Communication) -> Activity:
        """Compute and send on all nodes of the team, as one flow over the links that others can use."""
        if not execution.plan.is_folded:
            return super().join(execution, team, flops, communication)
        overlaps = execution.plan.overlaps
        usage, total = self.usage(team, communication, is_private=overlaps)
        if overlaps:
            usage = self._unfolded(usage, execution.groups)
        return self.start(self.among(team, flops, usage, total))

    def transfer_pfs(self, execution: Execution, group: RankGroup, size: float, write: bool) -> Activity:
        """Send an equal part to or from each target, on each node of the group."""
        if not execution.plan.is_folded or size <= 0.0:
            return super().transfer_pfs(execution, group, size, write)
        return self.start(self.to_pfs(execution, group, size, write))

    def start(self, transfer: Transfer) -> LazyFlow:
        """Start a transfer or a computation."""
        flow = self.model.flow(transfer.demand, transfer.multiplicity)
        if transfer.burden is not None:
            self.watch.add(flow, transfer.burden)
        return flow

    def on_cores(self, execution: Execution, group: RankGroup, flops: float) -> Transfer:
        """Return a computation of *flops* on one core of each node of a group."""
        demand = Demand(limit=self.site.cpu(group.node.host).core_speed / flops)
        burden = None
        if self.watch.is_on:
            nodes = execution.launch.nodes
            burden = Burden([nodes[rank] for rank in group.ranks], [flops] * group.size)
        return Transfer(demand, 1, burden)

    def among(self, team: Team, flops: Load | None, usage: FoldedUsage, total: float) -> Transfer:
        """Return a transfer of *total* bytes between all nodes of a team, and what they compute at the same pace."""
        burden = self.burden(team, flops, usage, total) if self.watch.is_on else None
        return Transfer(usage.demand(total, self.pace(team, flops), everywhere=self.watch.is_on), 1, burden)

    def to_pfs(self, execution: Execution, group: RankGroup, size: float, write: bool) -> Transfer:
        """Return the transfers of *size* bytes between each rank of a group and the parallel file system."""
        burden = None
        if self.watch.is_on:
            nodes = execution.launch.nodes
            own = [self._transfer(nodes[rank], write).private for rank in group.ranks]
            burden = Burden(transfers=own, scale=size)
        usage = self._transfer(group.node, write)
        if execution.plan.overlaps:
            usage = self._unfolded(usage, (group,))
        return Transfer(usage.demand(size), group.size, burden)

    def score(self, execution: Execution, number: int, phase: Once | Repeat) -> Score | None:
        """Return what the only group of an execution does in the next iteration, if it takes its legs in turn."""
        plan = execution.plan
        if plan.overlaps:
            return None
        scores = plan.repertoire.scores
        if number not in scores:
            team, group = execution.performers(plan.groups[0], number)
            scores[number] = compose(self, execution, phase.steps, team, group)
        return scores[number]

    def fast_forward(self, execution: Execution, rank: Rank, itinerary: Itinerary) -> Generator[Request, Any, bool]:
        """Skip iterations that consist of isolated activities only."""
        return fast_forward(self, execution, rank, itinerary)

    def timeline(self, execution: Execution, itinerary: Itinerary) -> Timeline | None:
        """Return what the next iteration of an execution does, if it can be skipped."""
        plan = execution.plan
        return find_timeline(self, execution, itinerary) if plan.is_folded and not plan.overlaps else None

    def usage(self, team: Team, communication: Communication, *, is_private: bool = False) -> tuple[FoldedUsage, float]:
        """Return what a byte of a communication asks of the network, and the number of bytes.

        Private links are those of other nodes, which are alike, unless it *is_private* or somebody watches.
        """
        if team.size < 2:
            return NOTHING, 0.0
        if communication.pattern is MatrixPattern.MATRIX:
            folded = self._matrix_usage(communication, team.nodes)
            return folded, 0.0 if folded is NOTHING else 1.0
        known = team.usages.get(communication.pattern)
        if known is None:
            known = team.usages[communication.pattern] = self._pattern_usage(
                communication, team.nodes, is_private=is_private
            )
        return known, communication.total

    def pace(self, team: Team, flops: Load | None) -> float:
        """Return the rate in 1/s that a computation of a whole team allows, infinite without any."""
        if flops is None:
            return math.inf
        if flops.pattern is VectorPattern.VECTOR:
            return self._slowest(team, flops)
        if flops.total <= 0.0:
            return math.inf
        unit = team.paces.get(flops.pattern)
        if unit is None:
            unit = team.paces[flops.pattern] = self._slowest(team, Load(flops.pattern, 1.0))
        return unit / flops.total

    def burden(self, team: Team, flops: Load | None, usage: FoldedUsage, total: float) -> Burden:
        """Return what an activity of a whole team puts on nodes and private links."""
        if flops is None:
            return Burden(transfers=(usage.private,), scale=total)
        return Burden(team.nodes, flops.over(team.size), (usage.private,), total)

    def _slowest(self, team: Team, flops: Load) -> float:
        if flops.pattern is not VectorPattern.VECTOR and self._is_uniform(with_pfs=False):
            # No rank has more to do than the first even and the first odd one.
            most = max(flops.of(rank, team.size) for rank in range(min(team.size, 2)))
            return self.site.cpu(team.nodes[0].host).core_speed / most if most > 0.0 else math.inf
        amounts = flops.over(team.size)
        cpus = (self.site.cpu(node.host) for node in team.nodes)
        return min(
            (cpu.core_speed / amount for cpu, amount in zip(cpus, amounts, strict=True) if amount > 0.0),
            default=math.inf,
        )

    def _pattern_usage(
        self, communication: Communication, nodes: Sequence[ComputeNode], *, is_private: bool
    ) -> FoldedUsage:
        """Return what a byte of a communication, other than a matrix, asks of the network."""
        pattern = communication.pattern
        are_alike = self._has_one_vantage and not (is_private or self.watch.is_on)
        key = (pattern, len(nodes) if are_alike else tuple(node.identifier for node in nodes))
        usage = self._usages.get(key)
        if usage is None:
            if len(self._usages) >= USAGES_KEPT:
                self._usages.clear()
            usage = self._usages[key] = self._folded_usage(pattern, nodes)
        return usage

    def _folded_usage(self, pattern: MatrixPattern, nodes: Sequence[ComputeNode]) -> FoldedUsage:
        """Return what a byte of a pattern asks of the network, folded once for nodes that are like others."""
        platform = self.site.platform
        key = (pattern, len(nodes))
        example = self._examples.get(key)
        if example is not None:
            # The private links of nodes that are alike are equal one by one, and all others are the same.
            usage, places = example
            links = [platform.private_links(node.host) for node in nodes]
            return replace(usage, private=tuple([(links[node][number], weight) for node, number, weight in places]))
        usage = self._fold(pattern_usage(platform, pattern, [node.host for node in nodes]), nodes, is_joint=True)
        if self._has_one_vantage:
            place = {
                link: (position, number)
                for position, node in enumerate(nodes)
                for number, link in enumerate(platform.private_links(node.host))
            }
            self._examples[key] = usage, [(*place[link], weight) for link, weight in usage.private]
        return usage

    def _matrix_usage(self, matrix: Communication, nodes: Sequence[ComputeNode]) -> FoldedUsage:
        """Return what all entries of a matrix ask of the network together."""
        key = (matrix.values, tuple(node.identifier for node in nodes))
        usage = self._matrices.get(key)
        if usage is None:
            if len(self._matrices) >= MATRICES_KEPT:
                self._matrices.clear()
            hosts = [node.host for node in nodes]
            pairs = [(hosts[i], hosts[j], amount) for i, j, amount in matrix.entries(len(nodes))]
            usage = NOTHING
            if pairs:
                usage = self._fold(pair_usage(self.site.platform, pairs), nodes, is_joint=True)
            self._matrices[key] = usage
        return usage

    def _transfer(self, node: ComputeNode, write: bool) -> FoldedUsage:
        """Return what a byte between a node and its PFS targets asks of the network."""
        usage = self._transfers.get((node, write))
        if usage is None:
            part = 1.0 / len(node.pfs_targets)
            ends = ((node.host, target) if write else (target, node.host) for target in node.pfs_targets)
            pairs = [(source, destination, part) for source, destination in ends]
            usage = self._transfers[node, write] = self._fold(pair_usage(self.site.platform, pairs), [node])
        return usage

    def _fold(self, usage: Usage, nodes: Sequence[ComputeNode], *, is_joint: bool = False) -> FoldedUsage:
        private = {link for node in nodes for link in self.site.platform.private_links(node.host)}
        return fold(usage, private, self._unsteady_links, self.site, is_joint=is_joint)

    def _unfolded(self, usage: FoldedUsage, groups: Sequence[RankGroup]) -> FoldedUsage:
        """Return a usage with the private links of one node of each group as links on which the others are met."""
        own = {link for group in groups for link in self.site.platform.private_links(group.node.host)}
        replicas = tuple((self._replica(link), weight) for link, weight in usage.private if link in own)
        return FoldedUsage((*usage.shared, *replicas), usage.private, math.inf, usage.latency, usage.window)

    def _replica(self, link: Link) -> Replica:
        replica = self._replicas.get(link)
        if replica is None:
            replica = self._replicas[link] = Replica(f"each {link.name}", link.bandwidth, link.latency)
        return replica

    @property
    def _has_one_vantage(self) -> bool:
        """Whether all nodes of the machine have the same routes to one another, but for steady links of their own."""
        if self._shares_vantage is None:
            vantage = self.site.platform.vantage
            vantages = {vantage(node.host) for node in self._machine.compute_nodes}
            self._shares_vantage = not self._unsteady_links and len(vantages) == 1
        return self._shares_vantage

    def _are_even(self, members: Sequence[Sequence[int]], launch: Launch) -> bool:
        """Return whether all communication of a program fills the private links of all nodes of a group equally."""
        usages = [NOTHING, *self._usages_of(launch)]
        for usage in usages:
            weights = dict(usage.private)
            for ranks in members:
                ports = {self._port(launch.nodes[rank], weights) for rank in ranks}
                if len(ports) > 1:
                    return False
        return True

    def _usages_of(self, launch: Launch) -> list[FoldedUsage]:
        """Return what all communication of a program asks of the network."""
        if len(launch.nodes) < 2:
            return []
        return [
            self._usage_of(communication, launch.nodes)
            for step in all_steps(launch.program)
            if (communication := communication_of(step)) is not None
        ]

    def _usage_of(self, communication: Communication, nodes: Sequence[ComputeNode]) -> FoldedUsage:
        """Return what a byte of a communication asks of the network, or all entries of a matrix together."""
        if communication.pattern is MatrixPattern.MATRIX:
            return self._matrix_usage(communication, nodes)
        return self._pattern_usage(communication, nodes, is_private=True)

    def _port(self, node: ComputeNode, weights: Mapping[Link, float]) -> Hashable:
        """Return the capacities of the private links of a node and the weights on them."""
        links = self.site.platform.private_links(node.host)
        return tuple((link.bandwidth, link.policy, weights.get(link)) for link in links)

    def _may_fold(self, launch: Launch, traits: Traits) -> bool:
        """Whether nothing but the activities of the launch itself uses what its nodes own."""
        return (
            self._is_steady
            and (not self._exposed or self._exposed.isdisjoint(launch.nodes))
            and not (
                traits.uses_burst_buffers
                and any(node.kind is NodeKind.WIDE_STRIPED_BURST_BUFFER for node in launch.nodes)
            )
        )

    def _traits_of(self, program: Program) -> Traits:
        """Return the traits of a program, worked out once for all of its kind."""
        kind = program.kind
        if kind is None:
            return traits_of(program)
        traits = self._traits.get(kind)
        if traits is None:
            traits = self._traits[kind] = traits_of(program)
        return traits

    def _kind(self, node: ComputeNode, with_pfs: bool) -> int:
        """Return a number that is the same for nodes whose private resources are equal."""
        number = self._kind_of.get((node, with_pfs))
        if number is None:
            host = node.host
            key: tuple[Hashable, ...] = (
                (host.speed, host.availability),
                (node.gpus, node.flops_per_gpu, node.gpu_bandwidth),
                (node.kind, node.burst_buffer),
            )
            if with_pfs:
                key = (*key, self._ways(node))
            number = self._kind_of[node, with_pfs] = self._kinds.setdefault(key, len(self._kinds))
        return number

    def _ways(self, node: ComputeNode) -> Hashable:
        """Return what tells the ways from a node to its PFS targets and back from those of other nodes."""
        targets, host = node.pfs_targets, node.host
        vantage: Hashable = host
        if not self._unsteady_links and all(target.zone is not host.zone for target in targets):
            vantage = self.site.platform.vantage(host)
        ways = self._known_ways.get((vantage, targets))
        if ways is None:
            usages = [self._transfer(node, write) for write in (False, True) if targets]
            ways = tuple((usage.shared, usage.limit, usage.latency, usage.window) for usage in usages)
            self._known_ways[vantage, targets] = ways
        return ways

    def _is_uniform(self, *, with_pfs: bool) -> bool:
        """Whether the private resources of all nodes of the machine are equal; then nobody has to look at each node."""
        verdict = self._uniformity.get(with_pfs)
        if verdict is None:
            kinds = {self._kind(node, with_pfs) for node in self._machine.compute_nodes}
            verdict = self._uniformity[with_pfs] = len(kinds) == 1
        return verdict

    def _have_one_kind(self, traits: Traits) -> bool:
        """Whether all ranks have the same loads everywhere, and the machine nothing but equal nodes."""
        return not (
            traits.singles_out_root or traits.distinguishes_parity or traits.distinguishes_ranks
        ) and self._is_uniform(with_pfs=traits.uses_pfs)

    def _separate_gpus(self, members: Sequence[Sequence[int]], launch: Launch) -> None:
        """Give each group of nodes GPUs of its own; nothing is running on them between executions."""
        for ranks in members:
            gpus = GpuSet(self.fluid, launch.nodes[ranks[0]].gpus, [launch.nodes[rank] for rank in ranks])
            for rank in ranks:
                self._gpus[launch.nodes[rank]] = gpus


def role_of(position: int, traits: Traits) -> int:
    """Return a number that is the same for ranks that have the same loads everywhere."""
    if traits.distinguishes_ranks or (traits.singles_out_root and position == 0):
        return position
    return 1 + position % 2 if traits.distinguishes_parity else 1


def _exposed_nodes(machine: Machine) -> set[ComputeNode]:
    """Return the nodes whose resources others can use or whose speed changes: targets of transfers, and profiles."""
    targets = {target for node in machine.compute_nodes for target in node.pfs_targets}
    changing = {profile.resource for profile in machine.platform.profiles}
    return {node for node in machine.compute_nodes if node.host in targets or node.host in changing}
