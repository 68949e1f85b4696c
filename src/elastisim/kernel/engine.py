"""The engine: runs a simulation from one instant to the next, and carries messages to whoever steers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Create, Mailbox, Receive, Send
from elastisim.kernel.execution import Execution
from elastisim.kernel.rank import Perform
from elastisim.kernel.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elastisim.kernel.actors import Activity, Actor, Behaviour
    from elastisim.kernel.execution import Client, Launch
    from elastisim.kernel.workbench import Workbench


class Creation(ABC):
    """Something that begins after the message that has given rise to it has been handled.

    Where it ``is_prompt``, it may :meth:`begin` at once instead of being created step by step.
    """

    __slots__ = ()

    @abstractmethod
    def requests(self) -> Iterator[Create]:
        """Yield the actors to create, in order."""

    @property
    def is_prompt(self) -> bool:
        """Whether :meth:`begin` does the same where nothing else happens."""
        return False

    def begin(self) -> None:
        """Begin at once."""
        raise NotImplementedError


class Opening(Creation):
    """The beginning of an execution."""

    __slots__ = ("execution",)

    def __init__(self, execution: Execution) -> None:
        self.execution = execution

    def requests(self) -> Iterator[Create]:
        """Yield the ranks."""
        for behaviour in self.execution.behaviours():
            yield Create(behaviour, self.execution.actors)


class Timer(Creation):
    """A message to be sent after some time, unless cancelled before."""

    __slots__ = ("_cast", "_delay", "_engine", "_message", "_sleep")

    def __init__(self, engine: Engine, delay: float, message: object) -> None:
        self._engine = engine
        self._delay = delay
        self._message = message
        self._cast: list[Actor] = []
        self._sleep: Activity | None = None

    def cancel(self) -> None:
        """Send nothing; the sleep must not cut the steps of others any more."""
        for actor in self._cast:
            actor.kill()
        if self._sleep is not None:
            self._engine.fluid.cancel(self._sleep)

    def requests(self) -> Iterator[Create]:
        """Yield the actor that waits and sends."""
        yield Create(self._send_later(), self._cast)

    def _send_later(self) -> Behaviour:
        if self._delay > 0.0:
            yield Perform(self._begin)
        yield from self._send()

    def _send(self) -> Behaviour:
        yield Send(self._engine.mailbox, self._message)

    def _begin(self) -> Activity:
        self._sleep = self._engine.fluid.sleep(self._delay)
        return self._sleep


class Engine:
    """Simulated time and all that happens in it.

    Messages go to *handler*, one after the other, in the order of R7.12; what the handler launches or sets up begins
    after it has returned, in the same order (R14.5).
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.fluid = bench.fluid
        self.mailbox = Mailbox()
        self.handle: Callable[[object], None] = _ignore
        self._creations: list[Creation] = []

    @property
    def now(self) -> float:
        """Simulated time in seconds."""
        return self.fluid.now

    def run(self, handler: Callable[[object], None]) -> bool:
        """Simulate until :meth:`stop` is called; return False if nothing can happen any more before that."""
        self.handle = handler
        stage = self.fluid.stage
        stage.enter(self._receive())
        while True:
            stage.play()
            if stage.is_over:
                return True
            if not self.fluid.advance():
                return False

    def stop(self) -> None:
        """End the simulation: nothing happens after the current message has been handled."""
        self.fluid.stage.is_over = True

    def launch(self, launch: Launch, client: Client) -> Execution:
        """Let ranks execute a program."""
        execution = Execution(launch, client, self.bench, self.mailbox)
        self._creations.append(Opening(execution))
        return execution

    def start_timer(self, delay: float, message: object) -> Timer:
        """Send a message after *delay* seconds."""
        timer = Timer(self, delay, message)
        self._creations.append(timer)
        return timer

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way that will ever end."""
        return self.fluid.is_idle

    def observe(self, interval: float, observer: Callable[[], None]) -> None:
        """Call *observer* now and every *interval* seconds."""
        self.bench.watch_loads()
        self.fluid.observe(interval, observer)

    def tick(self, interval: float, message: object) -> Ticker:
        """Send a message every *interval* seconds, for the first time after one interval."""
        ticker = Ticker(self.fluid, self.mailbox, interval, message)
        self.fluid.stage.enter(ticker.behave())
        return ticker

    def feed(self, messages: Iterable[tuple[float, object]]) -> None:
        """Send messages at given times, in ascending order; they take one round more than others (R14.4)."""
        relay = Mailbox()
        self.fluid.stage.enter(self._relay(relay))
        self.fluid.stage.enter(self._feed(messages, relay))

    def _receive(self) -> Behaviour:
        while True:
            message = yield Receive(self.mailbox)
            if message is not None:
                self.handle(message)
            yield from self._create()

    def _create(self) -> Iterator[Create]:
        """Yield the actors that a message has given rise to."""
        creations, self._creations = self._creations, []
        for creation in creations:
            yield from creation.requests()

    def _relay(self, inbox: Mailbox) -> Behaviour:
        while True:
            message = yield Receive(inbox)
            yield Send(self.mailbox, message)

    def _feed(self, messages: Iterable[tuple[float, object]], relay: Mailbox) -> Behaviour:
        for time, message in messages:
            delay = time - self.fluid.now
            if delay > 0.0:
                yield Perform(partial(self.fluid.sleep, delay))
            yield Send(relay, message)


def _ignore(message: object) -> None:
    """Handle messages before anybody else does."""
