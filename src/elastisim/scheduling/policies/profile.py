"""The number of free nodes over time, as planned."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right


class Profile:
    """How many nodes are free from now on: a step function of time that begins with ``free`` nodes at ``now``."""

    __slots__ = ("_free", "_times")

    def __init__(self, now: float, free: int) -> None:
        self._times = [now]
        self._free = [free]

    def steps(self) -> list[tuple[float, int]]:
        """Return the times at which the number may change, each with the number from then on."""
        return list(zip(self._times, self._free, strict=True))

    def add(self, start: float, end: float, count: int) -> None:
        """Free *count* more nodes from *start* to *end*, or occupy them if the count is negative."""
        if start >= end:
            return
        first = self._split(start)
        last = self._split(end) if end < math.inf else len(self._times)
        free = self._free
        for index in range(first, last):
            free[index] += count

    def earliest(self, count: int, duration: float) -> float:
        """Return the earliest time from which on *count* nodes are free for *duration* seconds, infinite if never."""
        times, free = self._times, self._free
        start: float | None = None
        for index, time in enumerate(times):
            if free[index] < count:
                start = None
                continue
            if start is None:
                start = time
            end = times[index + 1] if index + 1 < len(times) else math.inf
            if end >= start + duration:
                return start
        return math.inf

    def is_free(self, start: float, duration: float, count: int) -> bool:
        """Return whether *count* nodes are free from *start* on for *duration* seconds."""
        return self.least(start, start + duration) >= count

    def least(self, start: float, end: float) -> int:
        """Return the smallest number of nodes that are free at any time from *start* to *end*."""
        first = max(bisect_right(self._times, start) - 1, 0)
        last = bisect_left(self._times, end)
        return min(self._free[first : max(last, first + 1)])

    def advance(self, now: float) -> None:
        """Forget what has been before *now*."""
        index = bisect_right(self._times, now) - 1
        if index > 0:
            del self._times[:index], self._free[:index]
        if self._times[0] < now:
            self._times[0] = now

    def _split(self, time: float) -> int:
        """Make *time* the beginning of a step; return its index."""
        index = bisect_left(self._times, time)
        if index == len(self._times) or self._times[index] != time:
            if index == 0:
                return 0
            self._times.insert(index, time)
            self._free.insert(index, self._free[index - 1])
        return index
