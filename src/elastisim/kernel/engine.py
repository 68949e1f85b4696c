"""The engine: runs a simulation from one instant to the next, and carries messages to whoever steers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from elastisim.kernel.actors import PAUSE, Create, Mailbox, Receive, Send
from elastisim.kernel.rank import Perform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from elastisim.kernel.actors import Activity, Actor, Behaviour
    from elastisim.kernel.launch import Client, Launch, Undertaking
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.sensing import Sampler
    from elastisim.kernel.ticker import Ticker
    from elastisim.kernel.workbench import Workbench


class Timer:
    """A message to be sent after some time, unless cancelled before; ``cast`` are the actors who see to it."""

    __slots__ = ("_delay", "_fluid", "_mailbox", "_message", "_sleep", "cast", "is_over")

    def __init__(self, engine: Engine, delay: float, message: object) -> None:
        self._fluid = engine.fluid
        self._mailbox = engine.mailbox
        self._delay = delay
        self._message = message
        self._sleep: Activity | None = None
        self.cast: list[Actor] = []
        self.is_over = False

    def cancel(self) -> None:
        """Send nothing; the sleep must not cut the steps of others any more."""
        self.is_over = True
        for actor in self.cast:
            actor.kill()
        if self._sleep is not None:
            self._fluid.cancel(self._sleep)
            self._sleep = None

    def creations(self) -> Sequence[Create]:
        """Return the actor to create."""
        return [Create(self.behave(), self.cast)]

    def behave(self) -> Behaviour:
        """Wait and send."""
        if self._delay > 0.0:
            yield Perform(self._begin)
        yield from self._send()

    def _send(self) -> Behaviour:
        yield Send(self._mailbox, self._message)

    def _begin(self) -> Activity:
        self._sleep = self._fluid.sleep(self._delay)
        return self._sleep


class Beginning(Protocol):
    """What a message has given rise to, before it begins."""

    @property
    def is_over(self) -> bool:
        """Whether it has been cancelled by now: the same message may have given rise to that as well."""
        ...

    def creations(self) -> Sequence[Create]:
        """Return the actors to create."""
        ...


def creations(beginnings: Sequence[Beginning | None]) -> Behaviour:
    """Create all actors one after the other (R14.5); what is over, or was needless at once, takes a step as well."""
    for beginning in beginnings:
        if beginning is None or beginning.is_over:
            yield PAUSE
        else:
            yield from beginning.creations()


class Engine(ABC):
    """Simulated time and all that happens in it.

    Messages go to *handler*, one after the other, in the order of R7.12; what the handler launches or sets up begins
    after it has returned, in the same order (R14.5).  ``events`` counts the instants at which the clock has stopped.
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.fluid = bench.fluid
        self.mailbox = Mailbox()
        self.events = 0
        self.handle: Callable[[object], None] = _ignore

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
            if stage.runnable or stage.instantaneous:
                stage.play()
            if stage.is_over:
                return True
            if not self.fluid.advance():
                return False
            self.events += 1

    def stop(self) -> None:
        """End the simulation: nothing happens after the current message has been handled."""
        self.fluid.stage.is_over = True

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way that will ever end."""
        return self.fluid.is_idle

    def observe(self, sampler: Sampler) -> None:
        """Let *sampler* take a sample now, and whenever one is due."""
        self.bench.watch_loads()
        self.fluid.observe(sampler)

    def keep(self, ledger: Ledger) -> None:
        """Enter all loads from now on into a ledger, until it is closed."""
        self.bench.watch_loads()
        self.fluid.ledger = ledger

    def close_ledger(self) -> None:
        """End all loads in the ledger, at the end or because the simulation is abandoned."""
        self.bench.close_ledger()

    @abstractmethod
    def launch(self, launch: Launch, client: Client) -> Undertaking:
        """Let ranks execute a program."""

    @abstractmethod
    def start_timer(self, delay: float, message: object) -> Timer:
        """Send a message after *delay* seconds."""

    def limit(self, undertaking: Undertaking, delay: float, message: object) -> Timer | None:  # noqa: ARG002
        """Send a message after *delay* seconds, to be cancelled when an undertaking that begins now ends.

        There is no timer if it is known to end before.
        """
        return self.start_timer(delay, message)

    @abstractmethod
    def tick(self, interval: float, message: object) -> Ticker:
        """Send a message every *interval* seconds, for the first time after one interval."""

    @abstractmethod
    def feed(self, messages: Iterable[tuple[float, object]]) -> None:
        """Send messages at given times, in ascending order; they take one round more than others (R14.4)."""

    @abstractmethod
    def _create(self) -> Behaviour:
        """Create the actors that a message has given rise to."""

    def _receive(self) -> Behaviour:
        while True:
            message = yield Receive(self.mailbox)
            if message is not None:
                self.handle(message)
            yield from self._create()

    def _relay(self, inbox: Mailbox) -> Behaviour:
        """Pass messages on, which takes one round."""
        while True:
            message = yield Receive(inbox)
            yield Send(self.mailbox, message)


def _ignore(message: object) -> None:
    """Handle messages before anybody else does."""
