"""Sets of whole numbers kept as intervals: cheap where members come and go in runs, as nodes do."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Interval = tuple[int, int]
"""The numbers from the first up to but not including the second."""


class IntervalSet:
    """A set of whole numbers in ascending order.

    Interval i holds the numbers from ``starts[i]`` up to but not including ``ends[i]``; intervals are as long as
    possible, and ``size`` is the number of members.  Looking up and changing an interval costs the logarithm of their
    number, and a move of references.
    """

    __slots__ = ("ends", "size", "starts")

    def __init__(self, stop: int = 0) -> None:
        """Hold the numbers below *stop*."""
        self.starts: list[int] = [0] if stop > 0 else []
        self.ends: list[int] = [stop] if stop > 0 else []
        self.size = max(stop, 0)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        for start, end in self.intervals():
            yield from range(start, end)

    def __contains__(self, number: int) -> bool:
        index = bisect_right(self.starts, number) - 1
        return index >= 0 and number < self.ends[index]

    def intervals(self) -> list[Interval]:
        """Return all members as intervals."""
        return list(zip(self.starts, self.ends, strict=True))

    def add(self, start: int, end: int) -> None:
        """Add the numbers from *start* up to but not including *end*, as far as they are no members."""
        starts, ends = self.starts, self.ends
        index = bisect_right(starts, start)
        reached = ends[index - 1] if index else start - 1
        following = starts[index] if index < len(starts) else end + 1
        if reached > start or following < end:
            self.remove(start, end)
            self.add(start, end)
            return
        self.size += end - start
        if reached < start:
            if following > end:
                starts.insert(index, start)
                ends.insert(index, end)
            else:
                starts[index] = start
        elif following > end:
            ends[index - 1] = end
        else:
            ends[index - 1] = ends.pop(index)
            del starts[index]

    def remove(self, start: int, end: int) -> None:
        """Remove the numbers from *start* up to but not including *end*, as far as they are members."""
        starts, ends = self.starts, self.ends
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        if first >= last:
            return
        left = [(starts[first], start)] if starts[first] < start else []
        if ends[last - 1] > end:
            left.append((end, ends[last - 1]))
        for index in range(first, last):
            self.size -= ends[index] - starts[index]
        for begin, stop in left:
            self.size += stop - begin
        starts[first:last] = [begin for begin, _ in left]
        ends[first:last] = [stop for _, stop in left]

    def lowest(self, count: int) -> list[Interval]:
        """Return the *count* smallest numbers as intervals; there must be so many."""
        found: list[Interval] = []
        for start, end in zip(self.starts, self.ends, strict=True):
            if count <= end - start:
                if count > 0:
                    found.append((start, start + count))
                return found
            found.append((start, end))
            count -= end - start
        return found

    def take_lowest(self, count: int) -> list[Interval]:
        """Remove the *count* smallest numbers, which there must be, and return them as intervals."""
        taken = self.lowest(count)
        self.size -= count
        starts, ends = self.starts, self.ends
        whole = len(taken)
        if taken and taken[-1][1] < ends[whole - 1]:
            whole -= 1
            starts[whole] = taken[-1][1]
        del starts[:whole], ends[:whole]
        return taken

    def run(self, length: int) -> int | None:
        """Return the smallest number with which *length* consecutive members begin, None if there is none."""
        for start, end in zip(self.starts, self.ends, strict=True):
            if end - start >= length:
                return start
        return None

    def covers(self, start: int, end: int) -> bool:
        """Return whether all numbers from *start* up to but not including *end* are members; there must be one."""
        index = bisect_right(self.starts, start) - 1
        return index >= 0 and end <= self.ends[index]

    def within(self, start: int, end: int) -> list[Interval]:
        """Return the members from *start* up to but not including *end* as intervals."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        found = list(zip(self.starts[first:last], self.ends[first:last], strict=True))
        if found:
            found[0] = (max(found[0][0], start), found[0][1])
            found[-1] = (found[-1][0], min(found[-1][1], end))
        return found

    def missing(self, start: int, end: int) -> list[Interval]:
        """Return the numbers from *start* up to but not including *end* that are no members as intervals."""
        found = []
        for first, last in self.within(start, end):
            if first > start:
                found.append((start, first))
            start = last
        if start < end:
            found.append((start, end))
        return found
