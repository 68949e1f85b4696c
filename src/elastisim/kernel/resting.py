"""Tickers that cost nothing while nobody wants their messages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Request, Send
from elastisim.kernel.ticker import Ticker

if TYPE_CHECKING:
    from elastisim.kernel.actors import Actor, Behaviour, Stage
    from elastisim.kernel.appointment import Appointment
    from elastisim.kernel.prompt import PromptEngine

EXACT_SUMS = 2.0**53
"""Whole numbers up to here are added without rounding."""


class RestingTicker(Ticker):
    """While the ticker rests, dates pass without a message, and are no events."""

    __slots__ = ("_appointment", "_engine", "_is_on_its_way", "_message", "_model", "_rest")

    def __init__(self, engine: PromptEngine, interval: float, message: object) -> None:
        super().__init__(engine.model, interval)
        self._engine = engine
        self._model = engine.model
        self._message = message
        self._rest = -math.inf
        self._is_on_its_way = False
        self._appointment: Appointment | None = None
        self.wait_for_next()

    def go_on(self) -> None:
        """Send the message, and wait for the next date."""
        self._is_on_its_way = True
        self._engine.handle(self._message)
        self._is_on_its_way = False
        self.wait_for_next()
        self._engine.begin()

    def enter(self, stage: Stage) -> None:
        """Do the same among others."""
        stage.enter(self._send())

    def arrive(self) -> None:
        """Count the date of now: its message has been received."""
        self._previous = self._last_before(self._model.now - self._model.precision.time)
        self.date = self._model.now

    def rest(self, until: float = math.inf) -> None:
        """Send nothing before the first date that is not before *until*."""
        self._rest = until

    def resume(self, since: float) -> bool:
        """End a rest because of something that happens now; return whether there is a message for this very instant."""
        if self._rest == -math.inf:
            return False
        self._rest = -math.inf
        model = self._model
        horizon = model.precision.time
        self.date = self._last_before(model.now - horizon)
        if self._is_on_its_way:
            return False
        coincides = self.date + self._interval <= model.now + horizon
        is_due = coincides and since < self.date
        if coincides and not is_due:
            self.date += self._interval
        if self._appointment is not None:
            model.cancel(self._appointment)
        if is_due:
            self.enter(model.stage)
        else:
            self.wait_for_next()
        return is_due

    def _send(self) -> Behaviour:
        self._is_on_its_way = True
        yield Send(self._engine.mailbox, self._message)
        self._is_on_its_way = False
        # Requests are served when those who act in this step have done so: the message has been handled then.
        yield _WaitForNext(self)

    def _latest(self) -> float:
        if self._rest == -math.inf:
            return self.date
        model = self._model
        horizon = model.precision.time
        date = self._last_before(model.now - horizon)
        return date + self._interval if date + self._interval <= model.now + horizon else date

    def wait_for_next(self) -> None:
        """Make an appointment for the next date that is wanted."""
        self._appointment = None
        if self._rest != math.inf:
            last = self._last_before(max(self._rest, self.date))
            self._appointment = self._model.appoint(last + self._interval, self)

    def _last_before(self, limit: float) -> float:
        """Return the last date before *limit*, or the latest one if the next is not before it."""
        date, interval = self.date, self._interval
        if date.is_integer() and interval.is_integer() and limit < EXACT_SUMS:
            return date + max(math.ceil((limit - date) / interval) - 1, 0) * interval
        while date + interval < limit:
            date += interval
        return date


class _WaitForNext(Request):
    """Let a ticker wait; its actor has done its work."""

    __slots__ = ("_ticker",)

    def __init__(self, ticker: RestingTicker) -> None:
        self._ticker = ticker

    def serve(self, actor: Actor, stage: Stage) -> None:  # noqa: ARG002
        """Do not wake the actor any more."""
        self._ticker.wait_for_next()
