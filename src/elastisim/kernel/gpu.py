"""GPUs of a node: work queues on them, first come first served (spec R6.7 to R6.10)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Activity, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.actors import Actor, Behaviour, Stage
    from elastisim.kernel.fluid import FluidModel
    from elastisim.platform.machine import ComputeNode


class GpuWork(Activity):
    """A kernel, or a transfer between the GPUs of a node: takes *duration* seconds once its turn has come."""

    __slots__ = ("duration", "unit")

    def __init__(self, duration: float, unit: GpuUnit) -> None:
        super().__init__()
        self.duration = duration
        self.unit = unit


class _Arrival(Activity):
    """The way of work to its unit; takes one round, so that work chosen at the same time sees the unit free (R6.7)."""

    __slots__ = ("work",)

    def __init__(self, work: GpuWork) -> None:
        super().__init__()
        self.work = work

    def end(self, stage: Stage) -> None:
        """Queue the work."""
        super().end(stage)
        if not self.work.is_over:
            self.work.unit.queue(self.work)


class GpuUnit:
    """A GPU, or the links between the GPUs of a node: works on one thing at a time.

    ``is_allocated`` is what the rest of the world sees.  It is set when work is queued and cleared when work ends,
    even if the next work starts right away (R6.8).
    """

    __slots__ = ("_actor", "_fluid", "_gpus", "_running", "_waiting", "is_allocated")

    def __init__(self, fluid: FluidModel, gpus: GpuSet | None = None) -> None:
        self._fluid = fluid
        self._gpus = gpus
        self._actor: Actor | None = None
        self._running: tuple[GpuWork, Activity] | None = None
        self._waiting: deque[GpuWork] = deque()
        self.is_allocated = False

    def submit(self, duration: float) -> GpuWork:
        """Send work of *duration* seconds to the unit."""
        work = GpuWork(duration, self)
        self._fluid.stage.instantaneous.append(_Arrival(work))
        return work

    def queue(self, work: GpuWork) -> None:
        """Accept work that has arrived."""
        self._show(is_allocated=True)
        self._waiting.append(work)
        if self._actor is None:
            self._actor = self._fluid.stage.enter(self._behave())

    def cancel(self, work: GpuWork) -> None:
        """Drop work, running or not."""
        work.is_over = True
        work.waiting.clear()
        if work in self._waiting:
            self._waiting.remove(work)
        elif self._running is not None and self._running[0] is work:
            assert self._actor is not None
            self._actor.kill()
            self._fluid.cancel(self._running[1])
            self._running = None
            self._actor = self._fluid.stage.enter(self._behave()) if self._waiting else None
            self._show(is_allocated=False)

    def _behave(self) -> Behaviour:
        while self._waiting:
            work = self._waiting.popleft()
            activity = self._fluid.sleep(work.duration)
            self._running = (work, activity)
            yield Wait(activity)
            self._running = None
            self._show(is_allocated=False)
            work.end(self._fluid.stage)
        self._actor = None

    def _show(self, *, is_allocated: bool) -> None:
        self.is_allocated = is_allocated
        if self._fluid.ledger is not None and self._gpus is not None:
            self._fluid.ledger.occupy(self._gpus, self._fluid.now, self._gpus.in_use)


class GpuSet:
    """The GPUs of a node, or of each of several *nodes* that do the same, and the links between them."""

    __slots__ = ("links", "nodes", "units")

    def __init__(self, fluid: FluidModel, count: int, nodes: Sequence[ComputeNode] = ()) -> None:
        self.nodes = nodes
        self.units = [GpuUnit(fluid, self) for _ in range(count)]
        self.links = GpuUnit(fluid)

    @property
    def in_use(self) -> int:
        """Number of GPUs that are seen in use."""
        return sum(unit.is_allocated for unit in self.units)

    def choose(self, count: int) -> list[GpuUnit]:
        """Return *count* units: those that look free in index order, then the others in index order (R6.7)."""
        return sorted(self.units, key=lambda unit: unit.is_allocated)[:count]
