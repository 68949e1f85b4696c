"""Quantities over time."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from elastisim.addition import added

if TYPE_CHECKING:
    from collections.abc import Iterable


class StepSeries:
    """A quantity that changes in steps: ``values[i]`` holds from ``times[i]`` on until ``times[i + 1]``.

    Times ascend strictly; before the first one the quantity is 0, after the last one it keeps its value.
    """

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.values: list[float] = []

    @classmethod
    def of_changes(cls, changes: Iterable[tuple[float, float]]) -> StepSeries:
        """Return the running sum of *changes*, pairs of time and difference in any order."""
        series = cls()
        total = 0.0
        for time, difference in sorted(changes):
            total += difference
            series.append(time, total)
        return series

    def append(self, time: float, value: float) -> None:
        """Continue with *value* from *time* on, which is not before the last time."""
        times, values = self.times, self.values
        if times and times[-1] == time:
            values[-1] = value
            if len(values) > 1 and values[-2] == value:
                times.pop()
                values.pop()
        elif not values or values[-1] != value:
            times.append(time)
            values.append(value)

    def at(self, time: float) -> float:
        """Return the value at *time*."""
        position = bisect_right(self.times, time)
        return self.values[position - 1] if position else 0.0

    def steps(self, start: float, end: float) -> Iterable[tuple[float, float]]:
        """Yield (value, duration) of the parts between *start* and *end*."""
        times, values = self.times, self.values
        position = bisect_right(times, start)
        before = start
        value = values[position - 1] if position else 0.0
        while position < len(times) and times[position] < end:
            yield value, times[position] - before
            before, value = times[position], values[position]
            position += 1
        if end > before:
            yield value, end - before

    def integral(self, start: float, end: float) -> float:
        """Return the integral from *start* to *end*."""
        return added(value * duration for value, duration in self.steps(start, end))

    def mean(self, start: float, end: float) -> float:
        """Return the mean over time from *start* to *end*; the value at *start* if both are equal."""
        return self.integral(start, end) / (end - start) if end > start else self.at(start)

    def maximum(self, start: float, end: float) -> float:
        """Return the largest value between *start* and *end*."""
        return max((value for value, _ in self.steps(start, end)), default=self.at(start))
