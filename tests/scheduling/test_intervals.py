"""Sets of intervals are what sets are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from elastisim.scheduling.intervals import IntervalSet

SIZE = 12
intervals = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).filter(lambda pair: pair[0] < pair[1])


@given(st.lists(st.tuples(st.booleans(), intervals)), intervals, st.integers(0, SIZE))
def test_a_set_of_intervals_follows_a_set(
    steps: list[tuple[bool, tuple[int, int]]], part: tuple[int, int], n: int
) -> None:
    numbers, expected = IntervalSet(SIZE // 2), set(range(SIZE // 2))
    for is_added, (start, end) in steps:
        if is_added:
            numbers.add(start, end)
            expected |= set(range(start, end))
        else:
            numbers.remove(start, end)
            expected -= set(range(start, end))
    found = numbers.intervals()

    assert [number for start, end in found for number in range(start, end)] == sorted(expected)
    assert all(end < start for (_, end), (start, _) in pairwise(found))
    assert list(numbers) == sorted(expected)
    assert numbers.size == len(numbers) == len(expected)
    assert [number for number in range(-1, SIZE + 2) if number in numbers] == sorted(expected)
    inside = set(range(*part))
    assert spread(numbers.within(*part)) == sorted(expected & inside)
    assert numbers.covers(*part) == inside.issubset(expected)
    assert spread(numbers.missing(*part)) == sorted(inside - expected)
    starts = [start for start in sorted(expected) if expected.issuperset(range(start, start + n))]
    assert n == 0 or numbers.run(n) == (starts[0] if starts else None)
    if n <= len(expected):
        assert spread(numbers.lowest(n)) == spread(numbers.take_lowest(n)) == sorted(expected)[:n]
        assert list(numbers) == sorted(expected)[n:]
        assert numbers.size == len(expected) - n


def spread(found: list[tuple[int, int]]) -> list[int]:
    """Return the numbers of intervals, none of which is empty."""
    assert all(start < end for start, end in found)
    return [number for start, end in found for number in range(start, end)]
