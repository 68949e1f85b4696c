"""Soloists: ranks that are all alike and go from one report to the next, without acting in between."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from elastisim.kernel.actors import PAUSE
from elastisim.kernel.interlude import Interlude
from elastisim.kernel.itinerary import Itinerary
from elastisim.kernel.overture import ENTRANCE, ON_EXPANSION, Overture
from elastisim.kernel.rank import Rank, Start
from elastisim.kernel.score import Transfer
from elastisim.kernel.stretch import open_stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any

    from elastisim.kernel.actors import Activity, Behaviour, Create, Request, Stage
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.score import Part, Place, Score
    from elastisim.kernel.stretch import Stretch


class Soloist:
    """The only group of an execution, as long as its program consists of stretches and of parts of scores.

    It becomes an actor when something else happens at the instant at which it goes on, or when there is something to
    do that is neither, and takes over again when the next part begins.  Reports go to *deliver*.
    """

    __slots__ = (
        "_activity",
        "_bench",
        "_course",
        "_deliver",
        "_execution",
        "_interlude",
        "_itinerary",
        "_number",
        "_overture",
        "_score",
        "_start",
        "_stretch",
    )

    def __init__(self, execution: Execution, bench: GroupedWorkbench, deliver: Callable[[object], None]) -> None:
        self._execution = execution
        self._bench = bench
        self._deliver = deliver
        self._overture: Overture | None = Overture(execution.launch, expands=execution.plan.newcomers is not None)
        self._itinerary = Itinerary(execution.launch, execution.whole.size)
        self._course: Overture | Itinerary = self._itinerary
        self._stretch: Stretch | None = None
        self._score: Score | None = None
        self._number = 0
        self._start = 0.0
        self._activity: Activity | None = None
        self._interlude: Interlude | None = None

    @property
    def is_over(self) -> bool:
        """Whether the execution has been cancelled."""
        return self._execution.is_over

    def prompt(self) -> tuple[int, Callable[[], None]] | None:
        """Return how to start without an actor, and the steps until something begins; None if that is not possible."""
        execution, itinerary = self._execution, self._itinerary
        assert self._overture is not None
        first = self._overture.first()
        if first is not None:
            number, phase = first
            steps = 1 if number == ON_EXPANSION else 0
            score = self._bench.score(execution, number, phase)
        elif not itinerary.goes_on():
            return None
        elif self._bench.timeline(execution, itinerary) is not None:
            return 1, self._proceed
        else:
            steps = 2 if itinerary.phase.barrier else 1
            score = self._bench.score(execution, itinerary.number, itinerary.phase)
        return (steps + score.parts[0].lead, self._proceed) if score is not None else None

    def creations(self) -> Sequence[Create]:
        """Return the actors to create instead."""
        return self._execution.creations()

    def go_on(self) -> None:
        """Conclude a part, a stretch, or the iteration of a stretch whose tasks are logged."""
        score, stretch = self._score, self._stretch
        if score is not None:
            if self._interlude is not None:
                self._dismiss()
            number = self._number
            self._log(score.parts[number])
            number += 1
            if number == len(score.parts):
                number = 0
                if not self._course.repeats():
                    self._proceed()
                    return
            self._number = number
            self._play(score.parts[number])
            return
        assert stretch is not None
        if stretch.is_over:
            self._conclude(stretch)
            self._proceed()
        else:
            stretch.proceed()

    def enter(self, stage: Stage) -> None:
        """Conclude it as an actor."""
        self._execution.enter(stage, self._act())

    def cancel(self) -> None:
        """Make the part that is under way vanish."""
        self._dismiss()
        if self._activity is not None:
            self._bench.cancel(self._activity)

    def let_go(self) -> None:
        """Part from activities, which know whose they are."""
        self._activity = self._stretch = None

    def takes_over(self, course: Overture | Itinerary, place: Place) -> Generator[Request, Any, bool]:
        """Take the place of the actor if a part begins; return whether it does."""
        score = self._bench.score(self._execution, course.number, course.phase)
        number = score.openings.get(place) if score is not None else None
        if score is None or number is None:
            return False
        if isinstance(course, Overture):
            self._overture = course
        else:
            self._overture = None
            self._itinerary = course
        self._course = course
        self._score = score
        self._number = number
        part = score.parts[number]
        if isinstance(part.content, Transfer):
            for _ in range(part.lead):
                yield PAUSE
            yield Start(partial(self._play, part))
        else:
            self._play(part)
        return True

    def _act(self) -> Behaviour:
        rank = Rank(self._execution, self._execution.groups[0])
        score, stretch = self._score, self._stretch
        if score is not None:
            self._dismiss()
            part = score.parts[self._number]
            for _ in range(part.pauses):
                yield PAUSE
            self._log(part)
            yield from rank.resume(self._course, part.end)
            return
        assert stretch is not None
        stretch.party = None
        yield from stretch.play()
        self._conclude(stretch)
        yield from rank.go_on(self._itinerary)

    def _conclude(self, stretch: Stretch) -> None:
        stretch.conclude()
        self._itinerary.skip(stretch.count, is_fresh=stretch.is_followed)

    def _proceed(self) -> None:
        """Begin the next iteration or one-time phase, or report."""
        execution, overture = self._execution, self._overture
        while overture is not None:
            if not overture.goes_on():
                overture = self._overture = None
            elif overture.number != ENTRANCE:
                self._perform(overture)
                return
            else:
                execution.client.running()
                overture.repeats()
        itinerary = self._itinerary
        if not itinerary.goes_on():
            self._deliver(execution.client.at_end())
            return
        if itinerary.stops():
            self._deliver(itinerary.report(execution.client))
            return
        self._score = None
        stretch = self._stretch = open_stretch(self._bench, execution, itinerary)
        if stretch is not None:
            stretch.party = self
            stretch.proceed()
            return
        self._perform(itinerary)

    def _perform(self, course: Overture | Itinerary) -> None:
        """Begin the next iteration, as an actor if it has no score."""
        self._course = course
        score = self._score = self._bench.score(self._execution, course.number, course.phase)
        if score is not None:
            self._number = 0
            self._play(score.parts[0])
        else:
            rank = Rank(self._execution, self._execution.groups[0])
            self._execution.enter(self._bench.fluid.stage, rank.resume(course))

    def _play(self, part: Part) -> Activity:
        """Begin a part and wait for its end."""
        bench, content = self._bench, part.content
        self._start = bench.model.now
        if isinstance(content, Transfer):
            self._activity = flow = bench.start(content)
            flow.party = self
            return flow
        model = bench.model
        self._activity = appointment = model.appoint(model.now + content.duration, self)
        if bench.watch.is_on:
            self._interlude = Interlude(model, self._execution.launch.nodes, content)
            bench.watch.witnesses[self._interlude] = None
        return appointment

    def _log(self, part: Part) -> None:
        """Report the task that a part has been, if it is of interest."""
        if part.logged is not None:
            now = self._bench.model.now
            _, group = self._execution.performers(self._execution.groups[0], self._course.number)
            self._execution.client.task_finished(group, part.logged, now - self._start, now)

    def _dismiss(self) -> None:
        """Let the watch know that an isolated part is over."""
        if self._interlude is not None:
            self._bench.watch.dismiss(self._interlude)
            self._interlude = None
