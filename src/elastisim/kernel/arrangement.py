"""Arrangements: what the ranks of a program do on their own, and where they meet, for nodes that are shared.

A phase consists of passages, through which each rank goes at its own pace, of meetings, at which all wait for the last
one, and of joint activities of all ranks between two meetings.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elastisim.kernel.lazy_flow import LazyFlow
from elastisim.kernel.program import (
    BusyWait,
    Compute,
    Idle,
    ProgramError,
    Sequence,
    Step,
    TransferBurstBuffer,
    TransferPfs,
)

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Callable

    from elastisim.kernel.disk import DiskAccess
    from elastisim.kernel.program import Communication, Load, Program
    from elastisim.kernel.score import Transfer
    from elastisim.kernel.shared import SharedWorkbench
    from elastisim.kernel.tenancy import Cell

LONGEST = 1000
"""Parts of a phase up to which it is arranged."""


class NotArrangedError(Exception):
    """Ranks do something that only they themselves can do."""


class Leg:
    """What a rank does in a passage, so many *times* in a row; *alongside* what comes next if it is awaited later."""

    __slots__ = ("is_alongside", "step", "times")

    def __init__(self, step: Step, times: int, *, alongside: bool = False) -> None:
        self.step = step
        self.times = times
        self.is_alongside = alongside

    def amount(self, load: Load, rank: int, size: int) -> float:
        """Return what a rank among *size* has to do."""
        check(self.step, load)
        return load.of(rank, size)


class Rest(Leg):
    """Sleep."""

    __slots__ = ("delay",)

    def __init__(self, step: Idle, times: int) -> None:
        super().__init__(step, times)
        self.delay = step.delay

    def seconds(self, rank: int, size: int) -> float:
        """Return for how long."""
        return max(self.amount(self.delay, rank, size), 0.0)


class Work(Leg, ABC):
    """Something that uses resources of the first node of a cell, for all of them."""

    __slots__ = ()

    @abstractmethod
    def begin(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> LazyFlow | DiskAccess | None:
        """Begin it; return None if there is nothing to do."""

    @abstractmethod
    def seconds(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> float:
        """Return how long it takes if nobody else is there."""

    @abstractmethod
    def resume(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int, elapsed: float) -> LazyFlow | DiskAccess:
        """Have it under way, as if it had been begun *elapsed* seconds before, and nobody else was there."""

    @abstractmethod
    def divide(
        self, activity: LazyFlow | DiskAccess, bench: SharedWorkbench, cells: tuple[Cell, Cell], rank: int, size: int
    ) -> LazyFlow | DiskAccess:
        """Let what is under way be that of the first cell only; return that of the second one, which was part of it."""


class Transferring(Work, ABC):
    """Something that is a flow."""

    __slots__ = ()

    @abstractmethod
    def transfer(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> Transfer | None:
        """Return it as the activity of all nodes of a cell, None if there is nothing to do."""

    def begin(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> LazyFlow | None:
        """Start the flow."""
        transfer = self.transfer(bench, cell, rank, size)
        return bench.start(transfer) if transfer is not None else None

    def seconds(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> float:
        """Return how long the flow takes by itself."""
        transfer = self.transfer(bench, cell, rank, size)
        return bench.model.seconds_alone(transfer.demand) if transfer is not None else 0.0

    def resume(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int, elapsed: float) -> LazyFlow:
        """Start the flow with what is left of it."""
        transfer = self.transfer(bench, cell, rank, size)
        assert transfer is not None
        return bench.resume(transfer, elapsed)

    def divide(
        self, activity: LazyFlow | DiskAccess, bench: SharedWorkbench, cells: tuple[Cell, Cell], rank: int, size: int
    ) -> LazyFlow:
        """Divide the flow."""
        assert isinstance(activity, LazyFlow)
        own, other = (self.transfer(bench, cell, rank, size) for cell in cells)
        assert own is not None
        assert other is not None
        return bench.divide(activity, own, other)


class Computation(Transferring):
    """Compute."""

    __slots__ = ("flops",)

    def __init__(self, step: Step, times: int, flops: Load, *, alongside: bool = False) -> None:
        super().__init__(step, times, alongside=alongside)
        self.flops = flops

    def transfer(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> Transfer | None:
        """Return the computation on one core of each node."""
        flops = self.amount(self.flops, rank, size)
        return bench.in_cell(cell, flops) if flops > 0.0 else None


class Waiting(Transferring):
    """Keep a core busy."""

    __slots__ = ("delay",)

    def __init__(self, step: BusyWait, times: int) -> None:
        super().__init__(step, times)
        self.delay = step.delay

    def transfer(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> Transfer:
        """Return the computation on one core of each node."""
        return bench.in_cell(cell, self.amount(self.delay, rank, size) * cell.node.host.speed)


class FileTransfer(Transferring):
    """Read from or write to the parallel file system."""

    __slots__ = ("load", "write")

    def __init__(self, step: TransferPfs, times: int) -> None:
        super().__init__(step, times, alongside=step.asynchronous)
        self.load = step.size
        self.write = step.write

    def transfer(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> Transfer | None:
        """Return the transfers between each node and the parallel file system."""
        amount = self.amount(self.load, rank, size)
        return bench.from_cell(cell, amount, self.write) if cell.node.pfs_targets else None


class BufferAccess(Work):
    """Read from or write to the burst buffer of the node."""

    __slots__ = ("load", "write")

    def __init__(self, step: TransferBurstBuffer, times: int) -> None:
        super().__init__(step, times, alongside=step.asynchronous)
        self.load = step.size
        self.write = step.write

    def begin(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> DiskAccess:
        """Start an access to the disk of the first node."""
        return self._access(bench, cell, self.amount(self.load, rank, size))

    def seconds(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int) -> float:
        """Return how long whole bytes take."""
        return max(int(self.amount(self.load, rank, size)), 0) / self._bandwidth(bench, cell)

    def resume(self, bench: SharedWorkbench, cell: Cell, rank: int, size: int, elapsed: float) -> DiskAccess:
        """Start an access to what is left."""
        done = elapsed * self._bandwidth(bench, cell)
        return self._access(bench, cell, int(self.amount(self.load, rank, size)) - round(done))

    def divide(
        self,
        activity: LazyFlow | DiskAccess,
        bench: SharedWorkbench,
        cells: tuple[Cell, Cell],
        rank: int,  # noqa: ARG002 - what is left is known
        size: int,  # noqa: ARG002
    ) -> DiskAccess:
        """Start the same access elsewhere."""
        return self._access(bench, cells[1], activity.remaining)

    def _access(self, bench: SharedWorkbench, cell: Cell, amount: float) -> DiskAccess:
        return bench.model.access(bench.site.burst_buffer(cell.node), amount, self.write)

    def _bandwidth(self, bench: SharedWorkbench, cell: Cell) -> float:
        disk = bench.site.burst_buffer(cell.node)
        return disk.write_bandwidth if self.write else disk.read_bandwidth


class Awaiting(Leg):
    """Wait for the last ones of those that were started alongside, as many as *times*, in the order of their starts."""

    __slots__ = ()


class Opening(Leg):
    """Note that a step begins."""

    __slots__ = ()


class Closing(Leg):
    """Report that a step is finished."""

    __slots__ = ()


@dataclass(slots=True)
class Passage:
    """Legs that each rank takes at its own pace, between two meetings."""

    legs: list[Leg]

    @property
    def is_momentary(self) -> bool:
        """Whether no leg takes any time."""
        return all(isinstance(leg, Opening | Closing) for leg in self.legs)


@dataclass(slots=True)
class Meeting:
    """All ranks wait for the last one."""


@dataclass(slots=True)
class Joint:
    """One activity of all ranks."""

    step: Step
    flops: Load | None
    communication: Communication
    transfer: Transfer | None = None


Part = Passage | Meeting | Joint
MEETING = Meeting()


def check(step: Step, load: Load | Communication) -> None:
    """Make sure that a load can be executed."""
    if not load.total < math.inf:
        raise ProgramError(step.path, f"the load is {load.total}, expected a finite number")


def arrange(steps: abc.Sequence[Step], times: int = 1, *, logs_tasks: bool = False) -> list[Part]:
    """Return the parts of steps that are done so many *times*; raise NotArrangedError if that is not possible."""
    arranging = Arranging(logs_tasks)
    for _ in range(times):
        for step in steps:
            arranging.step(step)
    if steps:
        arranging.finish_pending(steps[-1])
    return arranging.parts


def can_be_arranged(program: Program) -> bool:
    """Return whether ranks do nothing but what parts are, and meet between iterations.

    What newcomers do on their own is another matter.
    """
    have_met = True
    try:
        for once in (program.on_init, program.on_reconfiguration):
            if once is not None:
                arrange(once.steps, once.iterations)
        for phase in program.phases:
            parts = arrange(phase.steps)
            end_met = not parts or not isinstance(parts[-1], Passage)
            meets = phase.barrier or phase.has_point
            if not meets and not (have_met and (end_met or phase.iterations < 2)):
                return False
            have_met = end_met
    except NotArrangedError:
        return False
    return True


class Arranging:
    """Parts in the making, with notes for the log if there is one."""

    def __init__(self, logs_tasks: bool) -> None:
        self.parts: list[Part] = []
        self._logs_tasks = logs_tasks
        self._pending = 0

    def step(self, step: Step) -> None:
        """Add a step."""
        if self._logs_tasks:
            self._take(Opening(step, 1))
            self._add_step(step)
            self._take(Closing(step, 1))
        else:
            self._add_step(step)

    def _add_step(self, step: Step) -> None:
        body = BODIES.get(type(step))
        if body is None:
            raise NotArrangedError
        if isinstance(step, BODIES_ALONE) and not step.synchronized:
            if step.iterations > 0:
                body(self, step, step.iterations)
            return
        for _ in range(step.iterations):
            if step.synchronized:
                self._add(MEETING)
            body(self, step, 1)

    def finish_pending(self, step: Step) -> None:
        """Wait for what was started asynchronously, at the end of a *step*."""
        if self._pending:
            self._take(Awaiting(step, self._pending))
            self._pending = 0

    def _add(self, part: Part) -> None:
        self.parts.append(part)
        if len(self.parts) > LONGEST:
            raise NotArrangedError

    def _take(self, leg: Leg) -> None:
        last = self.parts[-1] if self.parts else None
        if not isinstance(last, Passage):
            last = Passage([])
            self._add(last)
        last.legs.append(leg)
        if len(last.legs) > LONGEST:
            raise NotArrangedError

    def _idle(self, step: Idle, times: int) -> None:
        self._take(Rest(step, times))

    def _busy_wait(self, step: BusyWait, times: int) -> None:
        self._take(Waiting(step, times))

    def _transfer_pfs(self, step: TransferPfs, times: int) -> None:
        self._take_perhaps_alongside(FileTransfer(step, times))

    def _transfer_burst_buffer(self, step: TransferBurstBuffer, times: int) -> None:
        self._take_perhaps_alongside(BufferAccess(step, times))

    def _take_perhaps_alongside(self, leg: Work) -> None:
        self._take(leg)
        if leg.is_alongside:
            self._pending += leg.times

    def _compute(self, step: Compute, times: int) -> None:
        if step.communication is None:
            if step.flops is not None:
                self._take(Computation(step, times, step.flops))
            return
        for _ in range(times):
            if step.flops is None or step.coupled:
                self._join(Joint(step, step.flops, step.communication))
            else:
                self._take(Computation(step, 1, step.flops, alongside=True))
                self._join(Joint(step, None, step.communication))
                self._take(Awaiting(step, 1))

    def _join(self, joint: Joint) -> None:
        self._add(MEETING)
        self._add(joint)
        self._add(MEETING)

    def _sequence(self, step: Sequence, times: int) -> None:
        for _ in range(times):
            outer, self._pending = self._pending, 0
            for inner in step.steps:
                self.step(inner)
            self.finish_pending(step)
            self._pending = outer


BODIES_ALONE = (Idle, BusyWait, TransferPfs, TransferBurstBuffer, Compute)
"""Steps that repeat without anything in between."""

BODIES: dict[type[Step], Callable[[Arranging, Any, int], None]] = {
    Idle: Arranging._idle,
    BusyWait: Arranging._busy_wait,
    Compute: Arranging._compute,
    TransferPfs: Arranging._transfer_pfs,
    TransferBurstBuffer: Arranging._transfer_burst_buffer,
    Sequence: Arranging._sequence,
}
