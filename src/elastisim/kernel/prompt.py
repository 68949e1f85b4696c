"""The prompt engine: takes the direct way where a single thing happens at an instant.

What begins and what ends then needs no actors to find its order (see :mod:`elastisim.kernel.appointment`).  Instants at
which several things happen are left to the stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.actors import Mailbox, Receive, Send
from elastisim.kernel.engine import Engine, Opening, Timer
from elastisim.kernel.execution import Execution
from elastisim.kernel.resting import RestingTicker
from elastisim.kernel.soloist import Soloist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elastisim.kernel.actors import Behaviour, Stage
    from elastisim.kernel.execution import Client, Launch
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.ticker import Ticker


class PromptOpening(Opening):
    """The beginning of an execution, which may be a soloist's."""

    __slots__ = ("_soloist",)

    def __init__(self, execution: Execution, engine: PromptEngine) -> None:
        super().__init__(execution)
        self._soloist: Soloist | None = None
        if execution.plan.is_folded and len(execution.groups) == 1:
            self._soloist = Soloist(execution, engine.bench, engine.deliver)

    @property
    def is_prompt(self) -> bool:
        """Whether the execution begins with a stretch of a single group."""
        return self._soloist is not None and self._soloist.begins_with_stretch

    def begin(self) -> None:
        """Begin at once."""
        assert self._soloist is not None
        self._soloist.begin()


class PromptTimer(Timer):
    """A timer with an appointment."""

    __slots__ = ()
    _engine: PromptEngine

    @property
    def is_prompt(self) -> bool:
        """Whether there is something to wait for."""
        return self._delay > 0.0

    def begin(self) -> None:
        """Begin to wait."""
        model = self._engine.model
        self._sleep = model.appoint(model.now + self._delay, self)

    def go_on(self) -> None:
        """Send the message."""
        self._engine.deliver(self._message)

    def enter(self, stage: Stage) -> None:
        """Send the message as an actor."""
        self._cast.append(stage.enter(self._send()))


class Feeder:
    """Sends messages at given times; they take one round more than others (R14.4)."""

    __slots__ = ("_engine", "_messages", "_next", "_relay")

    def __init__(self, engine: PromptEngine, messages: Iterator[tuple[float, object]]) -> None:
        self._engine = engine
        self._messages = messages
        self._relay = Mailbox()
        self._next = next(messages, None)
        stage = engine.model.stage
        stage.enter(self._pass_on())
        stage.enter(self._send())

    def go_on(self) -> None:
        """Send the message that is due, unless there is another one at this instant."""
        assert self._next is not None
        engine = self._engine
        _, message = self._next
        following = next(self._messages, None)
        if following is not None and following[0] <= engine.model.now:
            engine.model.stage.enter(self._send_these(message, following))
            return
        self._next = following
        self._wait()
        engine.deliver(message)

    def enter(self, stage: Stage) -> None:
        """Send what is due as an actor."""
        stage.enter(self._send())

    def _wait(self) -> None:
        if self._next is not None:
            self._engine.model.appoint(self._next[0], self)

    def _send(self) -> Behaviour:
        while self._next is not None and self._next[0] <= self._engine.model.now:
            yield Send(self._relay, self._next[1])
            self._next = next(self._messages, None)
        self._wait()

    def _send_these(self, message: object, following: tuple[float, object]) -> Behaviour:
        yield Send(self._relay, message)
        self._next = following
        yield from self._send()

    def _pass_on(self) -> Behaviour:
        while True:
            message = yield Receive(self._relay)
            yield Send(self._engine.mailbox, message)


class PromptEngine(Engine):
    """The engine of the fast model."""

    bench: GroupedWorkbench

    def __init__(self, bench: GroupedWorkbench) -> None:
        super().__init__(bench)
        self.model = bench.model

    def launch(self, launch: Launch, client: Client) -> Execution:
        """Let ranks execute a program."""
        execution = Execution(launch, client, self.bench, self.mailbox)
        self._creations.append(PromptOpening(execution, self))
        return execution

    def start_timer(self, delay: float, message: object) -> Timer:
        """Send a message after *delay* seconds."""
        timer = PromptTimer(self, delay, message)
        self._creations.append(timer)
        return timer

    def tick(self, interval: float, message: object) -> Ticker:
        """Send a message every *interval* seconds, for the first time after one interval."""
        return RestingTicker(self, interval, message)

    def feed(self, messages: Iterable[tuple[float, object]]) -> None:
        """Send messages at given times, in ascending order."""
        Feeder(self, iter(messages))

    def deliver(self, message: object) -> None:
        """Handle a message that is alone at this instant, and begin what it gives rise to."""
        self.handle(message)
        self.begin()

    def begin(self) -> None:
        """Begin what has been launched and set up by a message that is alone at this instant."""
        creations = self._creations
        stage = self.model.stage
        if not creations or stage.is_over:
            return
        if stage.runnable or not all(creation.is_prompt for creation in creations):
            receiver = self.mailbox.receiver
            assert receiver is not None
            self.mailbox.receiver = None
            stage.wake(receiver)
            return
        self._creations = []
        for creation in creations:
            creation.begin()
