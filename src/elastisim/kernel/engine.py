"""The engine: runs a simulation from one instant to the next, and carries messages to whoever steers it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Create, Mailbox, Receive, Send
from elastisim.kernel.execution import Execution
from elastisim.kernel.rank import Perform
from elastisim.kernel.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from elastisim.kernel.actors import Activity, Actor, Behaviour
    from elastisim.kernel.execution import Client, Launch
    from elastisim.kernel.fluid import FluidModel
    from elastisim.kernel.workbench import Workbench


class Timer:
    """A message to be sent after some time, unless cancelled before."""

    __slots__ = ("_fluid", "cast", "sleep")

    def __init__(self, fluid: FluidModel) -> None:
        self._fluid = fluid
        self.cast: list[Actor] = []
        self.sleep: Activity | None = None

    def cancel(self) -> None:
        """Send nothing; the sleep must not cut the steps of others any more."""
        for actor in self.cast:
            actor.kill()
        if self.sleep is not None:
            self._fluid.cancel(self.sleep)

    def begin(self, delay: float) -> Activity:
        """Start to wait."""
        self.sleep = self._fluid.sleep(delay)
        return self.sleep


class Engine:
    """Simulated time and all that happens in it.

    Messages go to *handler*, one after the other, in the order of R7.12; what the handler launches or sets up begins
    after it has returned, in the same order (R14.5).
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.fluid = bench.fluid
        self._mailbox = Mailbox()
        self._creations: list[Create] = []

    @property
    def now(self) -> float:
        """Simulated time in seconds."""
        return self.fluid.now

    def run(self, handler: Callable[[object], None]) -> bool:
        """Simulate until :meth:`stop` is called; return False if nothing can happen any more before that."""
        stage = self.fluid.stage
        stage.enter(self._receive(handler))
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
        execution = Execution(launch, client, self.bench, self._mailbox)
        for behaviour in execution.behaviours():
            self._creations.append(Create(behaviour, execution.actors))
        return execution

    def start_timer(self, delay: float, message: object) -> Timer:
        """Send a message after *delay* seconds."""
        timer = Timer(self.fluid)
        self._creations.append(Create(self._send_later(delay, message, timer), timer.cast))
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
        ticker = Ticker(self.fluid, self._mailbox, interval, message)
        self.fluid.stage.enter(ticker.behave())
        return ticker

    def feed(self, messages: Iterable[tuple[float, object]]) -> None:
        """Send messages at given times, in ascending order; they take one round more than others (R14.4)."""
        relay = Mailbox()
        self.fluid.stage.enter(self._relay(relay))
        self.fluid.stage.enter(self._feed(messages, relay))

    def _receive(self, handler: Callable[[object], None]) -> Behaviour:
        while True:
            message = yield Receive(self._mailbox)
            handler(message)
            creations, self._creations = self._creations, []
            yield from creations

    def _send_later(self, delay: float, message: object, timer: Timer) -> Behaviour:
        if delay > 0.0:
            yield Perform(partial(timer.begin, delay))
        yield Send(self._mailbox, message)

    def _relay(self, inbox: Mailbox) -> Behaviour:
        while True:
            message = yield Receive(inbox)
            yield Send(self._mailbox, message)

    def _feed(self, messages: Iterable[tuple[float, object]], relay: Mailbox) -> Behaviour:
        for time, message in messages:
            delay = time - self.fluid.now
            if delay > 0.0:
                yield Perform(partial(self.fluid.sleep, delay))
            yield Send(relay, message)
