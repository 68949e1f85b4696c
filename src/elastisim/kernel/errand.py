"""Errands: executions of which nothing is seen but their end.

Most jobs of traces compute or sleep for a while and are done.  If their ranks are all alike, need nobody else, and
report nothing before the end, the whole execution is one date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.execution import Execution
from elastisim.kernel.fluid import Sleep
from elastisim.kernel.itinerary import Itinerary
from elastisim.kernel.rank import Rank
from elastisim.kernel.timeline import COINCIDENCE, time_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.kernel.actors import Create, Stage
    from elastisim.kernel.launch import Client, Launch
    from elastisim.kernel.prompt import PromptEngine


class Errand(Sleep):
    """The execution of a program that takes *duration* seconds on all ranks alike, which are a sleep to others.

    It turns into ranks that act when something else happens at the instant at which it begins or ends.
    """

    __slots__ = ("_client", "_engine", "_execution", "_launch")

    plan: None = None
    stretch: None = None

    def __init__(self, launch: Launch, client: Client, engine: PromptEngine, duration: float) -> None:
        self.is_over = False  # calls of bases would cost as much again
        self.order = 0
        self.waiting = []
        self.duration = duration
        self.version = 0
        self.party = None
        self._launch = launch
        self._client = client
        self._engine = engine
        self._execution: Execution | None = None

    def is_over_before(self, delay: float) -> bool:
        """Whether an errand that begins now ends so long before *delay* seconds that roundings do not matter."""
        now = self._engine.model.now
        return now + self.duration + 1.0 < now + delay

    def prompt(self) -> tuple[int, Callable[[], None]]:
        """Return how to start without an actor; ranks would meet first."""
        return 1, self._start

    def _start(self) -> None:
        self._client.running()
        model = self._engine.model
        model.begin(self, model.now + self.duration)

    def creations(self) -> Sequence[Create]:
        """Return the actors to create instead."""
        return self._act().creations()

    def end_alone(self, stage: Stage) -> None:  # noqa: ARG002
        """Report the end."""
        self.is_over = True
        self._engine.deliver(self._client.at_end())

    def end(self, stage: Stage) -> None:
        """Report the end as an actor."""
        self.is_over = True
        execution = self._act()
        itinerary = Itinerary(self._launch, execution.whole.size)
        itinerary.skip(self._launch.program.phases[0].iterations, is_fresh=False)
        execution.enter(stage, Rank(execution, execution.groups[0]).go_on(itinerary))

    def cancel(self) -> None:
        """Stop, with all ranks that act."""
        self._engine.model.cancel(self)
        if self._execution is not None:
            self._execution.cancel()

    def let_go(self) -> None:
        """Part from those who know it."""
        if self._execution is not None:
            self._execution.let_go()
            self._execution = None

    def _act(self) -> Execution:
        engine = self._engine
        self._execution = Execution(self._launch, self._client, engine.bench, engine.mailbox)
        return self._execution


def find_errand(launch: Launch, client: Client, engine: PromptEngine) -> Errand | None:
    """Return the errand that an execution is, or None if there is more to it."""
    program, bench = launch.program, engine.grouped
    if len(program.phases) != 1 or not launch.is_first or program.on_init is not None:
        return None
    (phase,) = program.phases
    if phase.has_point or phase.request is not None or phase.iterations < 1:
        return None
    if client.logs_tasks or bench.watch.is_on or not bench.are_alike(launch):
        return None
    duration = time_apart(phase.steps, launch.nodes[0], len(launch.nodes), bench.site)
    if duration is None or duration <= COINCIDENCE:
        return None
    return Errand(launch, client, engine, phase.iterations * duration)
