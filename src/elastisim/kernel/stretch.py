"""Stretches: many iterations of a phase as one event (mechanism "fast-forward" of the architecture).

A stretch consists of equal iterations of isolated activities, without a report that anybody waits for.  Its boundaries
are located by arithmetic: when somebody decides to reconfigure the job it is cut at the next one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Activity
from elastisim.kernel.rank import Perform
from elastisim.kernel.timeline import draw

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

    from elastisim.kernel.actors import Request
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.program import Repeat
    from elastisim.kernel.rank import Rank
    from elastisim.kernel.team import RankGroup
    from elastisim.kernel.timeline import Timeline
    from elastisim.kernel.watch import Burden
    from elastisim.platform.machine import ComputeNode

COINCIDENCE = 1e-9
"""Seconds within which a boundary and an event are simultaneous (R13.9)."""

WORTHWHILE = 4
"""Tasks in an iteration from which on a stretch is worth its while even for a single iteration."""


def fast_forward(
    bench: GroupedWorkbench, execution: Execution, rank: Rank, number: int, iteration: int
) -> Generator[Request, Any, tuple[int, bool]]:
    """Skip iterations of phase *number* from *iteration* on, together with all other groups.

    The result is how many iterations are done, and whether the next one begins without a report (R5.5, 5.1).
    """
    phase = execution.launch.program.phases[number]
    timeline = _timeline(bench, execution, phase, number, iteration)
    if timeline is None:
        return 0, False
    barrier = execution.whole.barrier
    if barrier.size > 1:
        yield barrier
    if rank.group.rank == 0:
        execution.stretch = None
        count = _count(execution, phase, iteration)
        if count > 0:
            stretch = Stretch(bench, execution, timeline, number, iteration, count, phase.has_point)
            execution.stretch = stretch
            bench.watch.witnesses[stretch] = None
            while not stretch.is_over:
                yield Perform(stretch.proceed)
            stretch.finish()
    if barrier.size > 1:
        yield barrier
    done = execution.stretch
    if done is None:
        return 0, False
    is_fresh = not done.is_cut and phase.request is None and iteration + done.count < phase.iterations
    return done.count, is_fresh


def _timeline(
    bench: GroupedWorkbench, execution: Execution, phase: Repeat, number: int, iteration: int
) -> Timeline | None:
    """Return what an iteration does, if several can be skipped; all groups come to the same conclusion."""
    is_alone = execution.whole.barrier.size == 1
    if (phase.has_point and execution.client.hears_points) or not (phase.barrier or is_alone):
        return None
    left = phase.iterations - iteration
    if left < 2 and not (is_alone and len(phase.steps) >= WORTHWHILE):
        return None
    timelines = execution.plan.timelines
    if number not in timelines:
        timelines[number] = draw(bench, execution, phase)
    timeline = timelines[number]
    return timeline if timeline is not None and timeline.duration > COINCIDENCE else None


def _count(execution: Execution, phase: Repeat, iteration: int) -> int:
    """Return how many iterations can be skipped: up to the next report, and not the last one of several groups.

    Groups may finish the last iteration at different times, so it is executed.
    """
    if phase.has_point and execution.client.wants_point:
        return 0
    size = execution.whole.size
    left = phase.iterations - iteration
    if phase.request is not None:
        left = next((k for k in range(1, left) if phase.request(iteration + k) != size), left)
        if iteration + left < phase.iterations:
            return left
    return left if execution.whole.barrier.size == 1 else left - 1


class Stretch:
    """Iterations under way: ``count`` of them from ``start`` on, each as long as the timeline.

    ``first`` is the iteration of phase number ``phase`` that begins at the start.  Where ``has_points``, boundaries
    between iterations are scheduling points, at which the stretch can be cut.
    """

    __slots__ = (
        "_activity",
        "_bench",
        "_execution",
        "_logged",
        "_planned",
        "count",
        "first",
        "has_points",
        "is_cut",
        "phase",
        "start",
        "timeline",
    )

    def __init__(
        self,
        bench: GroupedWorkbench,
        execution: Execution,
        timeline: Timeline,
        phase: int,
        first: int,
        count: int,
        has_points: bool,
    ) -> None:
        self._bench = bench
        self._execution = execution
        self._planned = count
        self._logged = (0, 0)
        self._activity: Activity = Activity()
        self.timeline = timeline
        self.phase = phase
        self.first = first
        self.count = count
        self.has_points = has_points
        self.start = bench.fluid.now
        self.is_cut = False

    @property
    def nodes(self) -> Sequence[ComputeNode]:
        """Nodes in rank order."""
        return self._execution.launch.nodes

    @property
    def is_over(self) -> bool:
        """Whether all iterations are done."""
        return self._bench.fluid.now >= self._boundary(self.count)

    def proceed(self) -> Activity:
        """Start to wait for the end, or for the end of the next iteration if tasks are logged one by one."""
        self._log()
        target = self._boundary(self.count)
        if self._execution.client.logs_tasks:
            target = min(self._boundary(self.passed(inclusive=True) + 1), target)
        self._activity = self._execution.keep(self._bench.model.sleep_until(target))
        return self._activity

    def passed(self, *, inclusive: bool) -> int:
        """Return the number of iterations done, with or without one that ends just now."""
        elapsed = (self._bench.fluid.now - self.start) / self.timeline.duration
        nearest = round(elapsed)
        if abs(self._boundary(nearest) - self._bench.fluid.now) <= COINCIDENCE:
            return min(nearest if inclusive else max(nearest - 1, 0), self.count)
        return min(math.floor(elapsed), self.count)

    def cut(self, *, inclusive: bool) -> None:
        """End at the next scheduling point; with *inclusive* it may be now."""
        if not self.has_points or self.is_cut:
            return
        target = max(self.passed(inclusive=not inclusive) + 1, 1)
        if target <= self._planned:
            self.is_cut = True
            self._end_after(target)

    def restore(self) -> None:
        """Go on as planned after a cut that is no longer wanted."""
        if self.is_cut:
            self.is_cut = False
            self._end_after(self._planned)

    def finish(self) -> None:
        """Conclude, at the end or because the execution is cancelled."""
        self._log()
        self._bench.watch.witnesses.pop(self, None)

    def burdens(self) -> Iterator[tuple[float, Burden]]:
        """Yield what is in progress; what begins or ends just now is not (R10.6)."""
        offset = self._offset()
        for begin, end, rate, burden in self.timeline.activities:
            if begin + COINCIDENCE < offset < end - COINCIDENCE:
                yield rate, burden

    def gpu_use(self) -> Iterator[tuple[RankGroup, int]]:
        """Yield groups and the number of GPUs that each of their nodes uses; until the very end (R10.8)."""
        offset = self._offset()
        for begin, end, group, count in self.timeline.gpu_work:
            if begin + COINCIDENCE < offset <= end + COINCIDENCE:
                yield group, count

    def _boundary(self, iterations: int) -> float:
        return self.start + iterations * self.timeline.duration

    def _offset(self) -> float:
        """Return the seconds since the last boundary before now."""
        return self._bench.fluid.now - self._boundary(self.passed(inclusive=False))

    def _end_after(self, count: int) -> None:
        self.count = count
        waiting = list(self._activity.waiting)
        self._bench.fluid.cancel(self._activity)
        self.proceed().waiting.extend(waiting)

    def _log(self) -> None:
        """Report the tasks that are finished by now and have not been reported yet."""
        client = self._execution.client
        if not client.logs_tasks:
            return
        now = self._bench.fluid.now + COINCIDENCE
        iteration, position = self._logged
        tasks = self.timeline.tasks
        while tasks and iteration < self.count:
            end, group, name, duration = tasks[position]
            date = self._boundary(iteration) + end
            if date > now:
                break
            client.task_finished(group, name, duration, min(date, self._bench.fluid.now))
            position += 1
            if position == len(tasks):
                iteration, position = iteration + 1, 0
        self._logged = (iteration, position)
