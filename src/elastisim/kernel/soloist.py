"""Soloists: ranks that are all alike and skip from one report to the next, without acting in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.itinerary import Itinerary
from elastisim.kernel.rank import Rank
from elastisim.kernel.stretch import open_stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from elastisim.kernel.actors import Behaviour, Stage
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.stretch import Stretch


class Soloist:
    """The only group of an execution, as long as its program consists of stretches.

    It becomes an actor when something else happens at the instant at which a stretch ends, or when there is something
    to do that is no stretch.  Reports go to *deliver*.
    """

    __slots__ = ("_bench", "_deliver", "_execution", "_itinerary", "_stretch")

    def __init__(self, execution: Execution, bench: GroupedWorkbench, deliver: Callable[[object], None]) -> None:
        self._execution = execution
        self._bench = bench
        self._deliver = deliver
        self._itinerary = Itinerary(execution.launch, execution.whole.size)
        self._stretch: Stretch | None = None

    @property
    def begins_with_stretch(self) -> bool:
        """Whether nothing precedes the first stretch."""
        execution = self._execution
        launch = execution.launch
        program = launch.program
        return (
            (program.on_init is None or not launch.is_first)
            and (program.on_reconfiguration is None or not launch.is_reconfigured)
            and (program.on_expansion is None or not launch.newcomers)
            and self._itinerary.goes_on()
            and self._bench.timeline(execution, self._itinerary) is not None
        )

    def begin(self) -> None:
        """Start."""
        self._execution.client.running()
        self._proceed()

    def go_on(self) -> None:
        """Conclude a stretch, or the iteration of it whose tasks are logged."""
        stretch = self._stretch
        assert stretch is not None
        if stretch.is_over:
            self._conclude(stretch)
            self._proceed()
        else:
            stretch.proceed()

    def enter(self, stage: Stage) -> None:
        """Conclude a stretch as an actor."""
        self._execution.enter(stage, self._act())

    def _act(self) -> Behaviour:
        stretch = self._stretch
        assert stretch is not None
        stretch.party = None
        yield from stretch.play()
        self._conclude(stretch)
        yield from Rank(self._execution, self._execution.groups[0]).go_on(self._itinerary)

    def _conclude(self, stretch: Stretch) -> None:
        stretch.finish()
        self._itinerary.skip(stretch.count, is_fresh=stretch.is_followed)

    def _proceed(self) -> None:
        execution, itinerary = self._execution, self._itinerary
        if not itinerary.goes_on():
            self._deliver(execution.client.at_end())
        elif itinerary.stops():
            self._deliver(itinerary.report(execution.client))
        else:
            stretch = self._stretch = open_stretch(self._bench, execution, itinerary)
            if stretch is not None:
                stretch.party = self
                stretch.proceed()
            else:
                rank = Rank(execution, execution.groups[0])
                execution.enter(self._bench.fluid.stage, rank.go_on(itinerary))
