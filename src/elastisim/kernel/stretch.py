"""Stretches: many iterations of a phase as one event (mechanism "fast-forward" of the architecture).

A stretch consists of equal iterations of isolated activities, without a report that anybody waits for.  Its boundaries
are located by arithmetic: when somebody decides to reconfigure the job it is cut at the next one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.rank import Perform
from elastisim.kernel.timeline import COINCIDENCE, draw

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

    from elastisim.kernel.actors import Activity, Behaviour, Party, Request
    from elastisim.kernel.burden import View
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.itinerary import Itinerary
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.program import Repeat
    from elastisim.kernel.rank import Rank
    from elastisim.kernel.team import RankGroup
    from elastisim.kernel.timeline import Occurrence, Timeline
    from elastisim.platform.machine import ComputeNode


def fast_forward(
    bench: GroupedWorkbench, execution: Execution, rank: Rank, itinerary: Itinerary
) -> Generator[Request, Any, bool]:
    """Skip iterations from the position of *itinerary* on, together with all other groups; return whether some were."""
    if bench.timeline(execution, itinerary) is None:
        itinerary.is_fresh = False
        return False
    barrier = execution.whole.barrier
    if barrier.size > 1:
        yield barrier
    if rank.group.rank == 0:
        stretch = open_stretch(bench, execution, itinerary)
        if stretch is not None:
            yield from stretch.play()
            stretch.conclude()
    if barrier.size > 1:
        yield barrier
    done = execution.stretch
    if done is None:
        itinerary.is_fresh = False
        return False
    itinerary.skip(done.count, is_fresh=done.is_followed)
    return True


def open_stretch(bench: GroupedWorkbench, execution: Execution, itinerary: Itinerary) -> Stretch | None:
    """Make the stretch of *execution* that begins now, if there is one; it does not proceed yet."""
    execution.stretch = None
    timeline = bench.timeline(execution, itinerary)
    if timeline is None:
        return None
    count = _count(execution, itinerary.phase, itinerary.iteration)
    if count == 0:
        return None
    stretch = execution.stretch = Stretch(bench, execution, timeline, itinerary, count)
    bench.watch.witnesses[stretch] = None
    return stretch


def find_timeline(bench: GroupedWorkbench, execution: Execution, itinerary: Itinerary) -> Timeline | None:
    """Return what an iteration does, if it can be skipped; all groups come to the same conclusion."""
    phase = itinerary.phase
    is_alone = execution.whole.barrier.size == 1
    if (phase.has_point and execution.client.hears_points) or not (phase.barrier or is_alone):
        return None
    if phase.iterations - itinerary.iteration < 2 and not is_alone:
        return None
    timelines = execution.plan.repertoire.timelines
    number = itinerary.number
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
    between iterations are scheduling points, at which the stretch can be cut.  ``is_followed`` tells that the same
    phase goes on after the stretch without a report.  ``party`` goes on at the end, if it is not an actor that waits.
    """

    __slots__ = (
        "_activity",
        "_bench",
        "_execution",
        "_is_partial",
        "_logged",
        "_planned",
        "_view",
        "count",
        "first",
        "has_points",
        "is_cut",
        "party",
        "phase",
        "start",
        "timeline",
    )

    def __init__(
        self,
        bench: GroupedWorkbench,
        execution: Execution,
        timeline: Timeline,
        itinerary: Itinerary,
        count: int,
    ) -> None:
        phase = itinerary.phase
        self._bench = bench
        self._execution = execution
        self._planned = count
        self._logged = (0, 0)
        self._is_partial = phase.request is None and itinerary.iteration + count < phase.iterations
        self._activity: Activity | None = None
        self._view: View | None = None
        self.timeline = timeline
        self.phase = itinerary.number
        self.first = itinerary.iteration
        self.count = count
        self.has_points = phase.has_point
        self.party: Party | None = None
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

    @property
    def is_followed(self) -> bool:
        """Whether the next iteration of the same phase begins without a report."""
        return self._is_partial and not self.is_cut

    @property
    def points(self) -> int:
        """Number of boundaries, the first ones, that are scheduling points without a report.

        The last boundary is none where the phase ends, and where the stretch is cut a report follows.
        """
        if not self.has_points:
            return 0
        return self.count if self.is_followed else self.count - 1

    def play(self) -> Behaviour:
        """Wait for the end, as an actor."""
        while not self.is_over:
            yield Perform(self.proceed)

    def proceed(self) -> Activity:
        """Start to wait for the end, or for the end of the next iteration if tasks are logged one by one."""
        target = self._boundary(self.count)
        if self._execution.client.logs_tasks:
            self._log()
            target = min(self._boundary(self.passed(inclusive=True) + 1), target)
        model = self._bench.model
        activity = model.sleep_until(target) if self.party is None else model.appoint(target, self.party)
        self._activity = self._execution.keep(activity)
        return activity

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

    def conclude(self) -> None:
        """Finish at the end, and tell the client of points: it sees nothing but the stretch that comes next."""
        self.finish()
        if self.points > 0:
            self._execution.client.passed_points(self.phase, self.first + self.points)

    def interrupt(self) -> tuple[int, float]:
        """End in the middle of an iteration; return how many are done, and the seconds since."""
        passed = self.passed(inclusive=True)
        elapsed = max(self._bench.fluid.now - self._boundary(passed), 0.0)
        if self._activity is not None:
            self._bench.fluid.cancel(self._activity)
        self.finish()
        if self.has_points and passed > 0:
            self._execution.client.passed_points(self.phase, self.first + passed)
        return passed, elapsed

    def finish(self) -> None:
        """Leave nothing behind, at the end or because the execution is cancelled."""
        if self._execution.client.logs_tasks:
            self._log()
        self._bench.watch.dismiss(self)

    def view(self) -> View:
        """Return what is in progress; what begins or ends just now is not (R10.6)."""
        now = self._bench.fluid.now
        if self._view is None or now > self._view.until:
            self._view = self.timeline.view(self._offset(), now)
        return self._view

    def gpu_use(self) -> Iterator[tuple[RankGroup, int]]:
        """Yield groups and the number of GPUs that each of their nodes uses."""
        return self.timeline.gpu_use(self._offset())

    def enter(self, ledger: Ledger) -> None:
        """Enter all activities up to now into a ledger."""
        self.timeline.enter(ledger, self.nodes, self._occurrences)

    def _occurrences(self, begin: float, end: float) -> Iterator[Occurrence]:
        now = self._bench.fluid.now
        times = self.passed(inclusive=True)
        if times < self.count and self._boundary(times) + end <= now + COINCIDENCE:
            times += 1
        if times > 0:
            yield self.start + begin, self.start + end, times, False
        if times < self.count and self._boundary(times) + begin + COINCIDENCE < now:
            yield self._boundary(times) + begin, now, 1, True

    def _boundary(self, iterations: int) -> float:
        return self.start + iterations * self.timeline.duration

    def _offset(self) -> float:
        """Return the seconds since the last boundary before now."""
        return self._bench.fluid.now - self._boundary(self.passed(inclusive=False))

    def _end_after(self, count: int) -> None:
        self.count = count
        assert self._activity is not None
        waiting = list(self._activity.waiting)
        self._bench.fluid.cancel(self._activity)
        self.proceed().waiting.extend(waiting)

    def _log(self) -> None:
        """Report the tasks that are finished by now and have not been reported yet."""
        client = self._execution.client
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
