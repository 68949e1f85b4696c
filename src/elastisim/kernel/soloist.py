"""Soloists: ranks that are all alike and go from one report to the next, without acting in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.actors import PAUSE
from elastisim.kernel.itinerary import Itinerary
from elastisim.kernel.rank import Rank
from elastisim.kernel.score import START, Interlude, Transfer
from elastisim.kernel.stretch import open_stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.kernel.actors import Activity, Behaviour, Create, Stage
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.score import Part, Place, Score
    from elastisim.kernel.stretch import Stretch


class Soloist:
    """The only group of an execution, as long as its program consists of stretches and of parts of scores.

    It becomes an actor when something else happens at the instant at which it goes on, or when there is something to
    do that is neither, and takes over again when the next isolated part begins.  Reports go to *deliver*.
    """

    __slots__ = (
        "_activity",
        "_bench",
        "_deliver",
        "_execution",
        "_interlude",
        "_itinerary",
        "_number",
        "_score",
        "_start",
        "_stretch",
    )

    def __init__(self, execution: Execution, bench: GroupedWorkbench, deliver: Callable[[object], None]) -> None:
        self._execution = execution
        self._bench = bench
        self._deliver = deliver
        self._itinerary = Itinerary(execution.launch, execution.whole.size)
        self._stretch: Stretch | None = None
        self._score: Score | None = None
        self._number = 0
        self._start = 0.0
        self._activity: Activity | None = None
        self._interlude: Interlude | None = None

    def prompt(self) -> Callable[[], None] | None:
        """Return how to start without an actor, if nothing precedes the first stretch or the first isolated part."""
        execution = self._execution
        launch = execution.launch
        program = launch.program
        if (
            (program.on_init is not None and launch.is_first)
            or (program.on_reconfiguration is not None and launch.is_reconfigured)
            or (program.on_expansion is not None and launch.newcomers)
            or not self._itinerary.goes_on()
        ):
            return None
        if self._bench.timeline(execution, self._itinerary) is not None:
            return self._start_at_once
        score = self._bench.score(execution, self._itinerary)
        return self._start_at_once if score is not None and START in score.openings else None

    def _start_at_once(self) -> None:
        self._execution.client.running()
        self._proceed()

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
                if not self._itinerary.repeats():
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

    def takes_over(self, itinerary: Itinerary, place: Place) -> bool:
        """Take the place of the actor if an isolated part begins; return whether it does."""
        score = self._bench.score(self._execution, itinerary)
        number = score.openings.get(place) if score is not None else None
        if score is None or number is None:
            return False
        self._itinerary = itinerary
        self._score = score
        self._number = number
        self._play(score.parts[number])
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
            yield from rank.go_on(self._itinerary, part.end)
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
        """Begin the next iteration, or report."""
        execution, itinerary = self._execution, self._itinerary
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
        score = self._score = self._bench.score(execution, itinerary)
        if score is not None:
            self._number = 0
            self._play(score.parts[0])
        else:
            execution.enter(self._bench.fluid.stage, Rank(execution, execution.groups[0]).go_on(itinerary))

    def _play(self, part: Part) -> None:
        """Begin a part and wait for its end."""
        bench, content = self._bench, part.content
        self._start = bench.model.now
        if isinstance(content, Transfer):
            self._activity = flow = bench.start(content)
            flow.party = self
            return
        model = bench.model
        self._activity = model.appoint(model.now + content.duration, self)
        if bench.watch.is_on:
            self._interlude = Interlude(model, self._execution.launch.nodes, content)
            bench.watch.witnesses[self._interlude] = None

    def _log(self, part: Part) -> None:
        """Report the task that a part has been, if it is of interest."""
        if part.logged is not None:
            execution, now = self._execution, self._bench.model.now
            execution.client.task_finished(execution.groups[0], part.logged, now - self._start, now)

    def _dismiss(self) -> None:
        """Let the watch know that an isolated part is over."""
        if self._interlude is not None:
            self._bench.watch.dismiss(self._interlude)
            self._interlude = None
