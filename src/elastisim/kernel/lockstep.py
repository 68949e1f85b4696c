"""The engine of the exact model: whoever waits for something is an actor, at all times."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Mailbox, Send
from elastisim.kernel.engine import Engine, Timer, creations
from elastisim.kernel.execution import Execution
from elastisim.kernel.rank import Perform
from elastisim.kernel.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.kernel.actors import Activity, Behaviour
    from elastisim.kernel.engine import Beginning
    from elastisim.kernel.launch import Client, Launch
    from elastisim.kernel.workbench import Workbench


class LockstepTicker(Ticker):
    """Every event cuts the steps of others, so resting has no effect: who receives a message has to ignore it."""

    __slots__ = ("_engine", "_message")

    def __init__(self, engine: Engine, interval: float, message: object) -> None:
        super().__init__(engine.fluid, interval)
        self._engine = engine
        self._message = message

    def behave(self) -> Behaviour:
        """Send and wait by turns."""
        while True:
            yield Perform(self._wait)
            yield Send(self._engine.mailbox, self._message)

    def arrive(self) -> None:
        """Count the date of now: its message has been received."""
        self._previous = self.date
        self.date = self._fluid.now

    def rest(self, until: float = math.inf) -> None:
        """Do nothing."""

    def resume(self, since: float) -> bool:  # noqa: ARG002 - nothing rests
        """Return that there is no additional message."""
        return False

    def _latest(self) -> float:
        return self.date

    def _wait(self) -> Activity:
        return self._fluid.sleep(self._interval)


class LockstepEngine(Engine):
    """Creates an actor for each group of ranks and for each timer, one after the other."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self._beginnings: list[Beginning] = []

    def launch(self, launch: Launch, client: Client) -> Execution:
        """Let ranks execute a program."""
        execution = Execution(launch, client, self.bench, self.mailbox)
        self._beginnings.append(execution)
        return execution

    def start_timer(self, delay: float, message: object) -> Timer:
        """Send a message after *delay* seconds."""
        timer = Timer(self, delay, message)
        self._beginnings.append(timer)
        return timer

    def tick(self, interval: float, message: object) -> Ticker:
        """Send a message every *interval* seconds, for the first time after one interval."""
        ticker = LockstepTicker(self, interval, message)
        self.fluid.stage.enter(ticker.behave())
        return ticker

    def feed(self, messages: Iterable[tuple[float, object]]) -> None:
        """Send messages at given times, in ascending order."""
        inbox = Mailbox()
        self.fluid.stage.enter(self._relay(inbox))
        self.fluid.stage.enter(self._feed(messages, inbox))

    def _create(self) -> Behaviour:
        beginnings, self._beginnings = self._beginnings, []
        return creations(beginnings)

    def _feed(self, messages: Iterable[tuple[float, object]], inbox: Mailbox) -> Behaviour:
        for time, message in messages:
            delay = time - self.fluid.now
            if delay > 0.0:
                yield Perform(partial(self.fluid.sleep, delay))
            yield Send(inbox, message)
