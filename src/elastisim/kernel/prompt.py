"""The prompt engine: takes the direct way where a single thing happens at an instant.

What begins and what ends then needs no actors to find its order (see :mod:`elastisim.kernel.appointment`).  Instants at
which several things happen are left to the stage.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from elastisim.kernel.actors import Mailbox, Send
from elastisim.kernel.engine import Beginning, Engine, Timer, creations
from elastisim.kernel.errand import Errand, find_errand
from elastisim.kernel.execution import Execution
from elastisim.kernel.fluid import Sleep
from elastisim.kernel.resting import RestingTicker
from elastisim.kernel.soloist import Soloist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from elastisim.kernel.actors import Behaviour, Create, Stage
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.launch import Client, Launch, Undertaking
    from elastisim.kernel.ticker import Ticker


class PromptBeginning(Beginning, Protocol):
    """What can begin without an actor."""

    def prompt(self) -> tuple[int, Callable[[], None]] | None:
        """Return how to begin at once, without an actor; None if that is not possible.

        With it goes the number of steps after which the first activity of the actor would start.
        """
        ...


class Ensemble:
    """An execution without a soloist: its ranks are actors."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    @property
    def is_over(self) -> bool:
        """Whether the execution has been cancelled."""
        return self._execution.is_over

    def prompt(self) -> None:
        """Return that actors are needed."""

    def creations(self) -> Sequence[Create]:
        """Return the actors to create."""
        return self._execution.creations()


class PromptTimer(Timer):
    """A timer with an appointment."""

    __slots__ = ("_engine",)

    def __init__(self, engine: PromptEngine, delay: float, message: object) -> None:
        super().__init__(engine, delay, message)
        self._engine = engine

    def prompt(self) -> tuple[int, Callable[[], None]] | None:
        """Return how to begin to wait, if there is something to wait for."""
        return (0, self._wait) if self._delay > 0.0 else None

    def _wait(self) -> None:
        model = self._engine.model
        self._sleep = model.appoint(model.now + self._delay, self)

    def go_on(self) -> None:
        """Send the message."""
        self._engine.deliver(self._message)

    def enter(self, stage: Stage) -> None:
        """Send the message as an actor."""
        self.cast.append(stage.enter(self._send()))


class Feeder(Sleep):
    """Sends messages at given times to the actor behind *inbox*, or delivers those that are alone at their instant.

    In between it sleeps.
    """

    __slots__ = ("_engine", "_inbox", "_messages", "_next")

    def __init__(self, engine: PromptEngine, messages: Iterator[tuple[float, object]], inbox: Mailbox) -> None:
        super().__init__(0.0)
        self._engine = engine
        self._messages = messages
        self._inbox = inbox
        self._next = next(messages, None)
        engine.model.stage.enter(self._send())

    def end_alone(self, stage: Stage) -> None:
        """Deliver the message that is due, or send it if there is another one at this instant."""
        message = self._take()
        model = self._engine.model
        following = self._next
        if following is not None:
            date = following[0]
            if date <= model.now:
                stage.enter(self._send(message))
                return
            model.begin(self, date)
        self._engine.deliver(message)

    def end(self, stage: Stage) -> None:
        """Send what is due as an actor."""
        stage.enter(self._send())

    @property
    def _is_due(self) -> bool:
        return self._next is not None and self._next[0] <= self._engine.model.now

    def _take(self) -> object:
        assert self._next is not None
        _, message = self._next
        self._next = next(self._messages, None)
        return message

    def _wait(self) -> None:
        if self._next is not None:
            self._engine.model.begin(self, self._next[0])

    def _send(self, *messages: object) -> Behaviour:
        """Send *messages*, and all that are due; then wait for the next one."""
        for message in messages:
            yield Send(self._inbox, message)
        while self._is_due:
            yield Send(self._inbox, self._take())
        self._wait()


_by_steps = itemgetter(0)


class PromptEngine(Engine):
    """The engine of the fast model."""

    def __init__(self, bench: GroupedWorkbench) -> None:
        super().__init__(bench)
        self.grouped = bench
        self.model = bench.model
        self._beginnings: list[PromptBeginning | None] = []

    def launch(self, launch: Launch, client: Client) -> Undertaking:
        """Let ranks execute a program."""
        errand = find_errand(launch, client, self)
        if errand is not None:
            self._beginnings.append(errand)
            return errand
        execution = Execution(launch, client, self.grouped, self.mailbox)
        plan = execution.plan
        if plan.is_folded and not plan.overlaps and len(plan.groups) == 1:
            soloist = execution.soloist = Soloist(execution, self.grouped, self.deliver)
            self._beginnings.append(soloist)
        else:
            self._beginnings.append(Ensemble(execution))
        return execution

    def start_timer(self, delay: float, message: object) -> Timer:
        """Send a message after *delay* seconds."""
        timer = PromptTimer(self, delay, message)
        self._beginnings.append(timer)
        return timer

    def limit(self, undertaking: Undertaking, delay: float, message: object) -> Timer | None:
        """Send a message after *delay* seconds, unless an undertaking that begins now ends before."""
        if isinstance(undertaking, Errand) and undertaking.is_over_before(delay):
            # What comes after it begins in the same step as with a timer.
            self._beginnings.append(None)
            return None
        return self.start_timer(delay, message)

    def tick(self, interval: float, message: object) -> Ticker:
        """Send a message every *interval* seconds, for the first time after one interval."""
        return RestingTicker(self, interval, message)

    def feed(self, messages: Iterable[tuple[float, object]]) -> None:
        """Send messages at given times, in ascending order."""
        inbox = Mailbox()
        self.model.stage.enter(self._relay(inbox))
        Feeder(self, iter(messages), inbox)

    def deliver(self, message: object) -> None:
        """Handle a message that is alone at this instant, and begin what it gives rise to."""
        self.handle(message)
        self.begin()

    def begin(self) -> None:
        """Begin what has been launched and set up by a message that is alone at this instant."""
        beginnings = self._beginnings
        stage = self.model.stage
        if not beginnings or stage.is_over:
            return
        starts = None if stage.runnable else _starts(beginnings)
        if starts is None:
            receiver = self.mailbox.receiver
            assert receiver is not None
            self.mailbox.receiver = None
            stage.wake(receiver)
            return
        self._beginnings = []
        for _, start in starts:
            start()

    def _create(self) -> Behaviour:
        beginnings, self._beginnings = self._beginnings, []
        return creations(beginnings)


def _starts(beginnings: Sequence[PromptBeginning | None]) -> list[tuple[int, Callable[[], None]]] | None:
    """Return how to begin all at once, in order of their steps; None if that is not possible."""
    starts: list[tuple[int, Callable[[], None]]] = []
    for number, beginning in enumerate(beginnings):
        if beginning is not None and not beginning.is_over:
            prompt = beginning.prompt()
            if prompt is None:
                return None
            steps, start = prompt
            starts.append((number + steps, start))
    if len(starts) > 1:
        # Actors are created one after the other (R14.5).
        starts.sort(key=_by_steps)
    return starts
