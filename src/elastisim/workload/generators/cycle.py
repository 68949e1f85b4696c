"""Arrivals that follow the hours of the day and the days of the week."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from elastisim.errors import InputError

if TYPE_CHECKING:
    from elastisim.workload.draws import Stream

HOUR = 3600.0
WEEK = 7 * 24


@dataclass(frozen=True, slots=True)
class Cycle:
    """How the rate of arrivals changes over a week that begins on Monday at midnight.

    During a day the rate is 1 + ``amplitude`` * cos(2 pi (hour - ``peak_hour``) / 24), constant within each hour; on
    Saturday and Sunday it is multiplied by ``weekend``.
    """

    amplitude: float = 0.6
    peak_hour: float = 14.0
    weekend: float = 0.6

    def __post_init__(self) -> None:
        if not 0 <= self.amplitude <= 1:
            raise InputError.at("", "", f"the amplitude of the daily cycle is {self.amplitude}, expected 0 to 1")
        if not 0 <= self.weekend < math.inf:
            raise InputError.at("", "", f"the factor of the weekend is {self.weekend}, expected 0 or more")
        if not math.isfinite(self.peak_hour):
            raise InputError.at("", "", f"the hour of the peak is {self.peak_hour}, expected a number")

    def rates(self) -> list[float]:
        """Return the rate in each hour of the week."""
        day = [1 + self.amplitude * math.cos(2 * math.pi * (hour + 0.5 - self.peak_hour) / 24) for hour in range(24)]
        return [rate * (self.weekend if weekday >= 5 else 1.0) for weekday in range(7) for rate in day]

    def arrivals(self, number: int, span: float, stream: Stream) -> list[float]:
        """Return *number* arrivals within *span* seconds in ascending order.

        Given their number, the arrivals of a Poisson process are independent, each with a density proportional to the
        rate; that is how they are drawn.
        """
        rates = self.rates()
        hours = max(1, math.ceil(span / HOUR))
        lengths = [min(HOUR, span - hour * HOUR) for hour in range(hours)]
        sums = list(accumulate(length * rates[hour % WEEK] for hour, length in enumerate(lengths)))
        total = sums[-1]
        if total <= 0:
            raise InputError.at("", "", "the cycle leaves no time for arrivals")
        times = []
        for _ in range(number):
            mark = stream.uniform() * total
            hour = min(bisect_right(sums, mark), hours - 1)
            before = sums[hour - 1] if hour else 0.0
            times.append(hour * HOUR + (mark - before) / rates[hour % WEEK])
        times.sort()
        return times
