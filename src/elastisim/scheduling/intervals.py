"""Sets of whole numbers kept as intervals: cheap where members come and go in runs, as nodes do."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class IntervalSet:
    """A set of whole numbers in ascending order.

    Interval i holds the numbers from ``starts[i]`` up to but not including ``ends[i]``; intervals are as long as
    possible.  Looking up and changing an interval costs the logarithm of their number, and a move of references.
    """

    __slots__ = ("_size", "ends", "starts")

    def __init__(self, stop: int = 0) -> None:
        """Hold the numbers below *stop*."""
        self.starts: list[int] = [0] if stop > 0 else []
        self.ends: list[int] = [stop] if stop > 0 else []
        self._size = max(stop, 0)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        for start, end in zip(list(self.starts), list(self.ends), strict=True):
            yield from range(start, end)

    def __contains__(self, number: int) -> bool:
        index = bisect_right(self.starts, number) - 1
        return index >= 0 and number < self.ends[index]

    def add(self, start: int, end: int) -> None:
        """Add the numbers from *start* up to but not including *end*, none of which is a member."""
        starts, ends = self.starts, self.ends
        index = bisect_right(starts, start)
        self._size += end - start
        joins_previous = index > 0 and ends[index - 1] == start
        joins_next = index < len(starts) and starts[index] == end
        if joins_previous and joins_next:
            ends[index - 1] = ends.pop(index)
            del starts[index]
        elif joins_previous:
            ends[index - 1] = end
        elif joins_next:
            starts[index] = start
        else:
            starts.insert(index, start)
            ends.insert(index, end)

    def remove(self, start: int, end: int) -> None:
        """Remove the numbers from *start* up to but not including *end*, all of which are members."""
        starts, ends = self.starts, self.ends
        index = bisect_right(starts, start) - 1
        self._size -= end - start
        if starts[index] == start:
            if ends[index] == end:
                del starts[index], ends[index]
            else:
                starts[index] = end
        else:
            last = ends[index]
            ends[index] = start
            if last > end:
                starts.insert(index + 1, end)
                ends.insert(index + 1, last)

    def lowest(self, count: int) -> list[tuple[int, int]]:
        """Return the *count* smallest numbers as intervals; there must be so many."""
        found = []
        for start, end in zip(self.starts, self.ends, strict=True):
            if count <= end - start:
                if count > 0:
                    found.append((start, start + count))
                return found
            found.append((start, end))
            count -= end - start
        return found

    def take_lowest(self, count: int) -> list[tuple[int, int]]:
        """Remove the *count* smallest numbers, which there must be, and return them as intervals."""
        taken = self.lowest(count)
        self._size -= count
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


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return different numbers as intervals, in ascending order."""
    ordered = sorted(numbers)
    if ordered and ordered[-1] - ordered[0] < len(ordered):
        return [(ordered[0], ordered[-1] + 1)]
    found: list[tuple[int, int]] = []
    start = end = -1
    for number in ordered:
        if number == end:
            end += 1
        else:
            if end > start:
                found.append((start, end))
            start, end = number, number + 1
    if end > start:
        found.append((start, end))
    return found
