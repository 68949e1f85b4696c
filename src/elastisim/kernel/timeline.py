"""Timelines: what one iteration of a phase does, when nothing that others do can change it.

The ranks of all groups start together.  Times are offsets in seconds from there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from elastisim.kernel.burden import Burden, View
from elastisim.kernel.program import (
    BusyWait,
    Compute,
    ComputeOnGpus,
    Idle,
    Sequence,
    TransferBurstBuffer,
)

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Callable, Iterable, Iterator

    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.program import Communication, Load, Repeat, Step
    from elastisim.kernel.site import Site
    from elastisim.kernel.team import RankGroup, Team
    from elastisim.platform.machine import ComputeNode

COINCIDENCE = 1e-9
"""Seconds within which a boundary and an event are simultaneous (R13.9)."""

LONGEST = 1000
"""Activities per iteration up to which a timeline is drawn; longer ones would cost more than they save."""


Occurrence = tuple[float, float, int, bool]
"""When something began and ended for the first time, how often it was done, and whether it is still under way."""


class NotIsolatedError(Exception):
    """Somebody else may have a say in this iteration."""


class Timeline:
    """One iteration: its ``duration``, what is in progress when, and when which group finishes which task.

    ``activities`` are (begin, end, rate in 1/s, burden), ``gpu_work`` is (begin, end, group, number of GPUs), ``tasks``
    are (end, group, name, duration) where they are logged.
    """

    __slots__ = ("activities", "duration", "gpu_work", "tasks")

    def __init__(self) -> None:
        self.duration = 0.0
        self.activities: list[tuple[float, float, float, Burden]] = []
        self.gpu_work: list[tuple[float, float, RankGroup, int]] = []
        self.tasks: list[tuple[float, RankGroup, str, float]] = []

    def view(self, offset: float, now: float) -> View:
        """Return what is in progress at *offset*, which is *now*; what begins or ends just then is not (R10.6)."""
        rates = {
            burden: rate
            for begin, end, rate, burden in self.activities
            if begin + COINCIDENCE < offset < end - COINCIDENCE
        }
        edge = self.duration
        for begin, end, _, _ in (*self.activities, *self.gpu_work):
            if offset <= begin + COINCIDENCE:
                edge = min(edge, begin)
            elif offset <= end + COINCIDENCE:
                edge = min(edge, end)
        # Dates are not more precise than that; what samples see close to an edge is looked at anew.
        margin = 2.0 * COINCIDENCE + 4.0 * math.ulp(now)
        return View(rates, max(now, now + (edge - offset) - margin))

    def gpu_use(self, offset: float) -> Iterator[tuple[RankGroup, int]]:
        """Yield groups and the number of GPUs that each of their nodes uses; until the very end (R10.8)."""
        for begin, end, group, count in self.gpu_work:
            if begin + COINCIDENCE < offset <= end + COINCIDENCE:
                yield group, count

    def enter(
        self,
        ledger: Ledger,
        nodes: abc.Sequence[ComputeNode],
        occurrences: Callable[[float, float], Iterable[Occurrence]],
    ) -> None:
        """Enter activities into a ledger; *nodes* are in rank order, *occurrences* tells when something was done."""
        for begin, end, rate, burden in self.activities:
            for start, stop, times, is_cut in occurrences(begin, end):
                ledger.repeat(burden, rate, start, stop, self.duration, times, is_cut=is_cut)
        for begin, end, group, count in self.gpu_work:
            members = [nodes[rank] for rank in group.ranks]
            for start, stop, times, _ in occurrences(begin, end):
                ledger.repeat_kernel(members, count, start, stop, self.duration, times)


def draw(bench: GroupedWorkbench, execution: Execution, phase: Repeat) -> Timeline | None:
    """Return the timeline of a phase, or None if not all of its activities are isolated."""
    if not all(type(step) in BODIES for step in phase.steps):
        return None
    drawing = Drawing(bench, execution, execution.whole, execution.groups)
    try:
        for step in phase.steps:
            drawing.step(step)
    except NotIsolatedError:
        return None
    return drawing.finish()


def time_apart(steps: abc.Sequence[Step], node: ComputeNode, size: int, site: Site) -> float | None:
    """Return how long the first of *size* ranks takes for *steps*, or None if it may need anything but its core.

    It is what the timeline of a phase of such steps would say.
    """
    clock, drawn = 0.0, 0
    try:
        for step in steps:
            drawn += step.iterations
            if drawn > LONGEST:
                return None
            if isinstance(step, Idle):
                delay = max(_amount(step.delay, 0, size), 0.0)
                for _ in range(step.iterations):
                    clock += delay
                continue
            if isinstance(step, BusyWait):
                flops = _amount(step.delay, 0, size) * node.host.speed
            elif isinstance(step, Compute) and step.communication is None and step.flops is not None:
                flops = _amount(step.flops, 0, size)
            else:
                return None
            speed = site.cpu(node.host).core_speed
            for _ in range(step.iterations):
                clock = _computed(clock, flops, speed)
    except NotIsolatedError:
        return None
    return clock


def _amount(load: Load, rank: int, size: int) -> float:
    # Loads that are not finite are refused where they are executed.
    if not load.total < math.inf:
        raise NotIsolatedError
    return load.of(rank, size)


def _computed(begin: float, flops: float, core_speed: float) -> float:
    """Return when a core is done with *flops*."""
    if flops <= 0.0:
        return begin
    if core_speed <= 0.0:
        raise NotIsolatedError
    return begin + 1.0 / (core_speed / flops)


class Drawing:
    """A timeline in the making, of the *groups* of a *team*; ``clocks`` says how far each of them is."""

    def __init__(self, bench: GroupedWorkbench, execution: Execution, team: Team, groups: Iterable[RankGroup]) -> None:
        self.bench = bench
        self.execution = execution
        self.team = team
        self.timeline = Timeline()
        self.clocks = dict.fromkeys(groups, 0.0)
        self._drawn = 0
        self._logs_tasks = execution.client.logs_tasks

    def finish(self) -> Timeline:
        """Return the timeline of all steps drawn."""
        timeline = self.timeline
        timeline.duration = max(self.clocks.values())
        if self._logs_tasks:
            timeline.tasks.sort(key=lambda task: task[0])
        return timeline

    def step(self, step: Step) -> None:
        """Draw a step; raise NotIsolatedError if somebody else may have a say in it."""
        begins = dict(self.clocks) if self._logs_tasks else {}
        body = BODIES.get(type(step))
        if body is None:
            raise NotIsolatedError
        for _ in range(step.iterations):
            self._drawn += 1
            if self._drawn > LONGEST:
                raise NotIsolatedError
            if step.synchronized:
                self._meet()
            body(self, step)
        for group, begin in begins.items():
            clock = self.clocks[group]
            self.timeline.tasks.append((clock, group, step.name, clock - begin))

    def _meet(self) -> float:
        """Let all groups wait for the last one."""
        latest = max(self.clocks.values())
        self.clocks = dict.fromkeys(self.clocks, latest)
        return latest

    def _amount(self, load: Load, group: RankGroup) -> float:
        return _amount(load, group.rank, self.team.size)

    def _idle(self, step: Idle) -> None:
        for group in self.clocks:
            self.clocks[group] += max(self._amount(step.delay, group), 0.0)

    def _busy_wait(self, step: BusyWait) -> None:
        for group in self.clocks:
            self.clocks[group] = self._computed(group, self._amount(step.delay, group) * group.node.host.speed)

    def _compute(self, step: Compute) -> None:
        if step.communication is None:
            assert step.flops is not None
            for group in self.clocks:
                self.clocks[group] = self._computed(group, self._amount(step.flops, group))
        elif step.coupled and step.flops is not None:
            self._join(step.communication, step.flops)
        else:
            own = dict(self.clocks)
            if step.flops is not None:
                own = {group: self._computed(group, self._amount(step.flops, group)) for group in self.clocks}
            self._join(step.communication, None)
            self.clocks = {group: max(clock, own[group]) for group, clock in self.clocks.items()}

    def _compute_on_gpus(self, step: ComputeOnGpus) -> None:
        ends = dict(self.clocks)
        count = step.gpus_per_node
        for group, clock in self.clocks.items():
            node = group.node
            if not 0 < count <= node.gpus:
                raise NotIsolatedError
            if step.flops is not None and (share := self._amount(step.flops, group)) > 0.0:
                if node.flops_per_gpu <= 0.0:
                    raise NotIsolatedError
                end = clock + share / count / node.flops_per_gpu
                self.timeline.gpu_work.append((clock, end, group, count))
                ends[group] = end
            if step.intra_node_bytes > 0.0:
                ends[group] = max(ends[group], clock + step.intra_node_bytes / node.gpu_bandwidth)
        if step.inter_node is not None:
            self._join(step.inter_node, None)
        self.clocks = {group: max(clock, ends[group]) for group, clock in self.clocks.items()}

    def _transfer_burst_buffer(self, step: TransferBurstBuffer) -> None:
        for group in self.clocks:
            buffer = group.node.burst_buffer
            if buffer is None:
                raise NotIsolatedError
            size = int(self._amount(step.size, group))
            if size > 0:
                self.clocks[group] += size / (buffer.write_bandwidth if step.write else buffer.read_bandwidth)

    def _sequence(self, step: Sequence) -> None:
        for inner in step.steps:
            self.step(inner)

    def _computed(self, group: RankGroup, flops: float) -> float:
        """Let a group compute; return its clock at the end."""
        begin = self.clocks[group]
        speed = self.bench.site.cpu(group.node.host).core_speed
        end = _computed(begin, flops, speed)
        if self.bench.watch.is_on and flops > 0.0:
            nodes = self.execution.launch.nodes
            burden = Burden([nodes[rank] for rank in group.ranks], [flops] * group.size)
            self.timeline.activities.append((begin, end, speed / flops, burden))
        return end

    def _join(self, communication: Communication, flops: Load | None) -> None:
        """Let all groups meet, run one activity together, and go on."""
        if not communication.total < math.inf or (flops is not None and not flops.total < math.inf):
            raise NotIsolatedError
        usage, total = self.bench.usage(self.team, communication)
        if usage.shared and total > 0.0:
            raise NotIsolatedError
        begin = self._meet()
        demand = usage.demand(total, self.bench.pace(self.team, flops))
        if demand.is_empty:
            return
        rate = demand.bound(self.bench.fluid.precision.tcp_gamma)
        if rate <= 0.0:
            raise NotIsolatedError
        begin += demand.latency
        end = begin + 1.0 / rate
        self.clocks = dict.fromkeys(self.clocks, end)
        if self.bench.watch.is_on:
            burden = self.bench.burden(self.team, flops, usage, total)
            self.timeline.activities.append((begin, end, rate, burden))


BODIES: dict[type[Step], Callable[[Drawing, Any], None]] = {
    Idle: Drawing._idle,
    BusyWait: Drawing._busy_wait,
    Compute: Drawing._compute,
    ComputeOnGpus: Drawing._compute_on_gpus,
    TransferBurstBuffer: Drawing._transfer_burst_buffer,
    Sequence: Drawing._sequence,
}
