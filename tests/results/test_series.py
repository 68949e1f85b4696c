"""Step functions over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.results.series import StepSeries


def series(*steps: tuple[float, float]) -> StepSeries:
    made = StepSeries()
    for time, value in steps:
        made.append(time, value)
    return made


def test_a_value_holds_until_the_next_time() -> None:
    made = series((1.0, 4.0), (3.0, 2.0))
    assert [made.at(time) for time in (0.0, 1.0, 2.9, 3.0, 9.0)] == [0.0, 4.0, 4.0, 2.0, 2.0]
    assert made.integral(0.0, 5.0) == 2 * 4.0 + 2 * 2.0
    assert made.integral(2.0, 2.5) == 2.0
    assert made.mean(0.0, 4.0) == (2 * 4.0 + 2.0) / 4.0
    assert made.mean(2.0, 2.0) == 4.0
    assert made.maximum(0.0, 9.0) == 4.0
    assert made.maximum(3.0, 9.0) == 2.0


def test_changes_at_one_time_count_as_one() -> None:
    assert series((1.0, 4.0), (1.0, 3.0)).values == [3.0]
    made = series((0.0, 1.0), (2.0, 5.0), (2.0, 1.0))
    assert (made.times, made.values) == ([0.0], [1.0])


CHANGES = st.lists(st.tuples(st.integers(0, 20).map(float), st.integers(-3, 3).map(float)), max_size=30)


@given(CHANGES, st.integers(0, 20), st.integers(0, 20))
def test_the_integral_of_changes_is_the_sum_of_their_areas(changes: list[tuple[float, float]], a: int, b: int) -> None:
    start, end = sorted((float(a), float(b)))
    made = StepSeries.of_changes(changes)
    expected = sum(change * max(0.0, end - max(time, start)) for time, change in changes)
    assert made.integral(start, end) == pytest.approx(expected, abs=1e-9)
    assert made.times == sorted(set(made.times))
    values = [made.at(start + i * (end - start) / 200) for i in range(200)]
    assert made.maximum(start, end) >= max(values)
    assert made.maximum(start, end) in {0.0, *made.values}
