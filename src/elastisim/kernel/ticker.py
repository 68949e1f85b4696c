"""Tickers: periodic messages."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elastisim.kernel.fluid import FluidModel


class Ticker(ABC):
    """Sends a message every *interval* seconds; dates are running sums of intervals.

    While the ticker rests, dates pass without a message.  ``date`` is the last one that is known to have come.
    """

    __slots__ = ("_counted", "_fluid", "_interval", "_previous", "date")

    def __init__(self, fluid: FluidModel, interval: float) -> None:
        self._fluid = fluid
        self._interval = interval
        self.date = self._previous = self._counted = fluid.now

    @abstractmethod
    def arrive(self) -> None:
        """Count the date of now: its message has been received."""

    @abstractmethod
    def rest(self, until: float = math.inf) -> None:
        """Wish for no message before the first date that is not before *until*."""

    @abstractmethod
    def resume(self, since: float) -> bool:
        """End a rest because of something that happens now; return whether there is a message for this very instant.

        There is one if what happens now has been waiting *since* a time before the last date, and so precedes it
        (R7.12).  Otherwise the date has passed already, as timers come first.
        """

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

    @abstractmethod
    def _latest(self) -> float:
        """Return the latest date that has come, with or without a message."""
