"""Tickers: periodic messages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.actors import Send
from elastisim.kernel.rank import Perform

if TYPE_CHECKING:
    from elastisim.kernel.actors import Activity, Behaviour, Mailbox
    from elastisim.kernel.fluid import FluidModel


class Ticker:
    """Sends a message every *interval* seconds; dates are running sums of intervals.

    In lockstep every event cuts the steps of others: resting has no effect, and who receives the message has to
    ignore it.  ``date`` is the last date that has come.
    """

    __slots__ = ("_counted", "_fluid", "_interval", "_mailbox", "_message", "_previous", "date")

    def __init__(self, fluid: FluidModel, mailbox: Mailbox, interval: float, message: object) -> None:
        self._fluid = fluid
        self._mailbox = mailbox
        self._interval = interval
        self._message = message
        self.date = self._previous = self._counted = fluid.now

    def behave(self) -> Behaviour:
        """Send and wait by turns."""
        while True:
            yield Perform(self._wait)
            yield Send(self._mailbox, self._message)

    def arrive(self) -> None:
        """Count the date of now: its message has been received."""
        self._previous = self.date
        self.date = self._fluid.now

    def rest(self, until: float = math.inf) -> None:
        """Wish for no message before the first date that is not before *until*."""

    def resume(self, since: float) -> bool:  # noqa: ARG002 - nothing rests
        """End a rest because of something that happens now; return whether there is a message for this very instant."""
        return False

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
        return self.date

    def _wait(self) -> Activity:
        return self._fluid.sleep(self._interval)
