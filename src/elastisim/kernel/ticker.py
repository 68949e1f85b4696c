"""Tickers: periodic messages that cost nothing while nobody wants them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Activity, Mailbox, Send
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.rank import Perform

if TYPE_CHECKING:
    from elastisim.kernel.actors import Behaviour
    from elastisim.kernel.fluid import FluidModel

EXACT_SUMS = 2.0**53
"""Whole numbers up to here are added without rounding."""


class Ticker:
    """Sends a message every *interval* seconds; dates are running sums of intervals.

    While the ticker rests, dates pass without a message.  On the fast model they are no events then; in lockstep, where
    every event cuts the steps of others, resting has no effect, and who receives the message has to ignore it.
    """

    __slots__ = (
        "_activity",
        "_counted",
        "_fluid",
        "_interval",
        "_is_due",
        "_is_on_its_way",
        "_mailbox",
        "_message",
        "_previous",
        "_rest",
        "date",
    )

    def __init__(self, fluid: FluidModel, mailbox: Mailbox, interval: float, message: object) -> None:
        self._fluid = fluid
        self._mailbox = mailbox
        self._interval = interval
        self._message = message
        self._activity: Activity | None = None
        self._rest = -math.inf
        self._is_due = False
        self._is_on_its_way = False
        self.date = self._previous = self._counted = fluid.now

    def behave(self) -> Behaviour:
        """Send and wait by turns."""
        while True:
            yield Perform(self._wait)
            if self._is_due:
                self._is_on_its_way = True
                yield Send(self._mailbox, self._message)
                self._is_on_its_way = False

    def arrive(self) -> None:
        """Count the date of now: its message has been received."""
        self._previous = self._last_before(self._fluid.now - self._fluid.precision.time)
        self.date = self._fluid.now

    def rest(self, until: float = math.inf) -> None:
        """Send nothing before the first date that is not before *until*."""
        if isinstance(self._fluid, FastFluidModel):
            self._rest = until

    def resume(self, since: float) -> bool:
        """End a rest because of something that happens now; return whether there is a message for this very instant.

        There is one if what happens now has been waiting *since* a time before the last date, and so precedes it
        (R7.12).  Otherwise the date has passed already, as timers come first.
        """
        if self._rest == -math.inf:
            return False
        self._rest = -math.inf
        horizon = self._fluid.precision.time
        self.date = self._last_before(self._fluid.now - horizon)
        if self._is_on_its_way:
            return False
        coincides = self.date + self._interval <= self._fluid.now + horizon
        self._is_due = coincides and since < self.date
        if coincides and not self._is_due:
            self.date += self._interval
        if self._activity is not None:
            waiting = list(self._activity.waiting)
            self._fluid.cancel(self._activity)
            self._activity = None
            for actor in waiting:
                self._fluid.stage.wake(actor)
        return self._is_due

    def last_since(self, start: float, distance: float, *, is_due: bool) -> float:
        """Return the last date of those that have come, with or without a message; *start* if none has.

        From *start* on only dates count that are at least *distance* after the last one that counts.  With *is_due*
        the one whose message is being delivered does not.
        """
        latest = self._previous if is_due else self._latest()
        if distance <= self._interval:
            return latest if latest - start >= distance else start
        while self._counted < latest:
            following = self._counted + self._interval
            # The last one as it came: it may have been moved a little by something at the same instant.
            self._counted = min(latest, following)
            if self._counted - start >= distance:
                start = self._counted
        return start

    def _latest(self) -> float:
        """Return the latest date that has come, with or without a message."""
        if self._rest == -math.inf:
            return self.date
        horizon = self._fluid.precision.time
        date = self._last_before(self._fluid.now - horizon)
        return date + self._interval if date + self._interval <= self._fluid.now + horizon else date

    def _wait(self) -> Activity:
        self._is_due = True
        if not isinstance(self._fluid, FastFluidModel):
            return self._fluid.sleep(self._interval)
        if self._rest == math.inf:
            self._activity = Activity()
        else:
            last = self._last_before(max(self._rest, self.date))
            self._activity = self._fluid.sleep_until(last + self._interval)
        return self._activity

    def _last_before(self, limit: float) -> float:
        """Return the last date before *limit*, or the latest one if the next is not before it."""
        date, interval = self.date, self._interval
        if date.is_integer() and interval.is_integer() and limit < EXACT_SUMS:
            return date + max(math.ceil((limit - date) / interval) - 1, 0) * interval
        while date + interval < limit:
            date += interval
        return date
