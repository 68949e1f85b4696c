"""What a rank does: the program of a job, step by step (spec R5.5 and 3.5 to 3.8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from elastisim.kernel.actors import PAUSE, Activity, Request, Send, Wait
from elastisim.kernel.itinerary import Itinerary
from elastisim.kernel.overture import ENTRANCE, ON_EXPANSION, Overture
from elastisim.kernel.program import (
    BusyWait,
    Compute,
    ComputeOnGpus,
    Idle,
    ProgramError,
    Sequence,
    TransferBurstBuffer,
    TransferPfs,
)
from elastisim.kernel.score import START
from elastisim.platform.machine import NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from elastisim.kernel.actors import Actor, Behaviour, Stage
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.program import Load, Step
    from elastisim.kernel.score import Place
    from elastisim.kernel.team import RankGroup, Team


class Start(Request):
    """Start an activity; the answer is the activity."""

    __slots__ = ("begin",)

    def __init__(self, begin: Callable[[], Activity]) -> None:
        self.begin = begin

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Start it without waiting."""
        stage.wake(actor, self.begin())


class Perform(Start):
    """Start an activity and wait for its end, in one step."""

    __slots__ = ()

    def serve(self, actor: Actor, stage: Stage) -> None:  # noqa: ARG002
        """Start it and block."""
        self.begin().waiting.append(actor)


class Settle(Request):
    """Wait for one round to pass."""

    __slots__ = ()

    def serve(self, actor: Actor, stage: Stage) -> None:
        """Wait for an activity that takes no time."""
        activity = Activity()
        activity.waiting.append(actor)
        stage.instantaneous.append(activity)


class Rank:
    """A group of ranks at work in an execution."""

    __slots__ = ("execution", "group", "pending")

    def __init__(self, execution: Execution, group: RankGroup) -> None:
        self.execution = execution
        self.group = group
        self.pending: list[Activity] = []

    def behave(self) -> Behaviour:
        """Run the program from the position of the execution until the next report (R5.5)."""
        execution = self.execution
        expands = self.group.newcomer >= 0 or execution.plan.newcomers is not None
        yield from self.open(Overture(execution.launch, expands=expands))

    def open(self, overture: Overture, place: Place = START) -> Behaviour:
        """Run one-time phases from the position of *overture* on, there from a place on, and then the main part."""
        execution = self.execution
        whole = execution.whole
        while overture.goes_on():
            if overture.number == ENTRANCE:
                yield whole.barrier
                if self.group.rank == 0:
                    execution.client.running()
                overture.repeats()
                continue
            team, group = execution.performers(self.group, overture.number)
            actor = self if group is self.group else Rank(execution, group)
            rank = group.newcomer if overture.number == ON_EXPANSION else group.rank
            if not (yield from actor._iterate(overture, team, rank, place)):
                return
            place = START
            if not overture.repeats():
                yield from actor._finish_pending()
        yield from self.go_on(Itinerary(execution.launch, whole.size))

    def resume(self, course: Overture | Itinerary, place: Place = START) -> Behaviour:
        """Run the program from where ranks are in it."""
        return self.go_on(course, place) if isinstance(course, Itinerary) else self.open(course, place)

    def go_on(self, itinerary: Itinerary, place: Place = START) -> Behaviour:
        """Run the main part of the program until the next report, or until the soloist takes over.

        It begins at the position of *itinerary*, and there at a place in the iteration.
        """
        execution = self.execution
        whole = execution.whole
        is_root = self.group.rank == 0
        while itinerary.goes_on():
            if place == START:
                if itinerary.stops():
                    yield from self._finish_pending()
                    yield whole.barrier
                    if is_root:
                        yield PAUSE
                        yield Send(execution.mailbox, itinerary.report(execution.client))
                    return
                if (yield from execution.fast_forward(self, itinerary)):
                    continue
                if itinerary.phase.barrier:
                    yield from self._finish_pending()
                    yield whole.barrier
            if not (yield from self._iterate(itinerary, whole, self.group.rank, place)):
                return
            place = START
            itinerary.skip(1, is_fresh=False)
        yield from self._finish_pending()
        yield whole.barrier
        if is_root:
            yield PAUSE
            yield Send(execution.mailbox, execution.client.at_end())

    def _iterate(
        self, course: Overture | Itinerary, team: Team, rank: int, place: Place
    ) -> Generator[Request, Any, bool]:
        """Make the steps of an iteration from a place on; return False if the soloist takes over."""
        soloist = self.execution.soloist
        first, done = place
        for number, step in enumerate(course.phase.steps[first:], first):
            if soloist is not None and (yield from soloist.takes_over(course, (number, done))):
                return False
            yield from self._perform(step, team, rank, done)
            done = 0
        return True

    def _finish_pending(self) -> Behaviour:
        """Wait for the asynchronous activities that were started, in the order of their starts (R3.30)."""
        pending, self.pending = self.pending, []
        for activity in pending:
            yield Wait(activity)

    def _perform(self, step: Step, team: Team, rank: int, done: int = 0) -> Behaviour:
        """Perform a step that has been *done* so often already."""
        execution = self.execution
        fluid = execution.bench.fluid
        start = fluid.now
        body = BODIES[type(step)]
        for _ in range(done, step.iterations):
            if step.synchronized:
                yield team.barrier
            yield from body(self, step, team, rank)
        if execution.client.logs_tasks:
            execution.client.task_finished(self.group, step.name, fluid.now - start, fluid.now)

    def _idle(self, step: Idle, team: Team, rank: int) -> Behaviour:
        delay = self._amount(step, step.delay, team, rank)
        if delay > 0.0:
            yield Perform(partial(self.execution.sleep, delay))

    def _busy_wait(self, step: BusyWait, team: Team, rank: int) -> Behaviour:
        delay = self._amount(step, step.delay, team, rank)
        flops = delay * self.group.node.host.speed
        yield Wait((yield Start(partial(self.execution.compute, self.group, flops))))

    def _compute(self, step: Compute, team: Team, rank: int) -> Behaviour:
        flops = self._amount(step, step.flops, team, rank) if step.flops is not None else 0.0
        if step.communication is None:
            if flops > 0.0:
                yield Wait((yield Start(partial(self.execution.compute, self.group, flops))))
        elif step.coupled and step.flops is not None:
            yield from self._join(step, step.flops, team, rank)
        else:
            own = (yield Start(partial(self.execution.compute, self.group, flops))) if flops > 0.0 else None
            yield from self._join(step, None, team, rank)
            if own is not None:
                yield Wait(own)

    def _join(self, step: Compute, flops: Load | None, team: Team, rank: int) -> Behaviour:
        """Meet, let rank 0 run one activity for all, meet again (R3.16, R3.17)."""
        assert step.communication is not None
        yield team.barrier
        if rank == 0:
            self._check(step, step.communication.total)
            yield Wait((yield Start(partial(self.execution.join, team, flops, step.communication))))
        yield team.barrier

    def _compute_on_gpus(self, step: ComputeOnGpus, team: Team, rank: int) -> Behaviour:
        node = self.group.node
        count = step.gpus_per_node
        if not 0 < count <= node.gpus:
            raise ProgramError(
                step.path, f"the job uses {count} GPUs per node, but node {node.host.name} has {node.gpus}"
            )
        gpus = self.execution.bench.gpus(node)
        works: list[Activity] = []
        if step.flops is not None and (share := self._amount(step, step.flops, team, rank)) > 0.0:
            if node.flops_per_gpu <= 0.0:
                raise ProgramError(step.path, f"the GPUs of node {node.host.name} have no speed (flops_per_gpu)")
            duration = share / count / node.flops_per_gpu
            for unit in gpus.choose(count):
                works.append((yield Start(partial(self.execution.submit, unit, duration))))  # noqa: PERF401 (yield)
        if step.intra_node_bytes > 0.0:
            duration = step.intra_node_bytes / node.gpu_bandwidth
            works.append((yield Start(partial(self.execution.submit, gpus.links, duration))))
        if step.inter_node is not None:
            yield team.barrier
            if rank == 0:
                self._check(step, step.inter_node.total)
                yield Wait((yield Start(partial(self.execution.join, team, None, step.inter_node))))
            yield team.barrier
        for work in works:
            yield Wait(work)
        for _ in works:
            yield SETTLE

    def _transfer_pfs(self, step: TransferPfs, team: Team, rank: int) -> Behaviour:
        size = self._amount(step, step.size, team, rank)
        if self.group.node.pfs_targets:
            transfer = yield Start(partial(self.execution.transfer_pfs, self.group, size, step.write))
            yield from self._conclude([transfer], step.asynchronous)

    def _transfer_burst_buffer(self, step: TransferBurstBuffer, team: Team, rank: int) -> Behaviour:
        node = self.group.node
        if node.burst_buffer is None:
            raise ProgramError(step.path, f"node {node.host.name} has no burst buffer")
        size = self._amount(step, step.size, team, rank)
        starts: list[Callable[[], Activity]]
        if node.kind is NodeKind.WIDE_STRIPED_BURST_BUFFER:
            stripe = size / team.size
            starts = [
                *(partial(self.execution.access, other, stripe, step.write) for other in team.nodes),
                partial(self.execution.stripe, self.group, team, rank, stripe, step.write),
            ]
        else:
            starts = [partial(self.execution.access, node, size, step.write)]
        activities = []
        for start in starts:
            activities.append((yield Start(start)))  # noqa: PERF401 (yield)
        yield from self._conclude(activities, step.asynchronous)

    def _conclude(self, activities: list[Activity], asynchronous: bool) -> Behaviour:
        """Wait for the activities now, or remember them for later."""
        if asynchronous:
            self.pending.extend(activities)
        else:
            for activity in activities:
                yield Wait(activity)

    def _sequence(self, step: Sequence, team: Team, rank: int) -> Behaviour:
        outer, self.pending = self.pending, []
        for inner in step.steps:
            yield from self._perform(inner, team, rank)
        yield from self._finish_pending()
        self.pending = outer

    def _amount(self, step: Step, load: Load, team: Team, rank: int) -> float:
        self._check(step, load.total)
        return load.of(rank, team.size)

    @staticmethod
    def _check(step: Step, total: float) -> None:
        if not total < INFINITY:
            raise ProgramError(step.path, f"the load is {total}, expected a finite number")


SETTLE = Settle()
INFINITY = float("inf")
BODIES: dict[type[Step], Callable[[Rank, Any, Team, int], Behaviour]] = {
    Idle: Rank._idle,
    BusyWait: Rank._busy_wait,
    Compute: Rank._compute,
    ComputeOnGpus: Rank._compute_on_gpus,
    TransferPfs: Rank._transfer_pfs,
    TransferBurstBuffer: Rank._transfer_burst_buffer,
    Sequence: Rank._sequence,
}
