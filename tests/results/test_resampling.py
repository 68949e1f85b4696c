"""Samples made of spans of loads."""

from __future__ import annotations

import math
from itertools import count, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.results.resampling import Lanes, Span, sample


def span(
    start: float,
    end: float,
    load: float = 1.0,
    load_at_end: float = 0.0,
    *,
    first: int = 0,
    last: int = 0,
    period: float = 0.0,
    repetitions: int = 1,
) -> Span:
    return Span(first, last, start, end, load, load_at_end, period, repetitions)


def samples(*spans: Span, lanes: int = 1, interval: float = 1.0, end: float = 6.0) -> list[list[float]]:
    """Return the loads of each sample."""
    ordered = sorted(spans, key=lambda each: each.start)
    return [list(loads) for _, loads in sample(ordered, Lanes(lanes), interval, end)]


def test_a_span_is_not_seen_at_its_start_and_seen_differently_at_its_end() -> None:
    assert samples(span(1.0, 4.0, 3.0, 2.0)) == [[0.0], [0.0], [3.0], [3.0], [2.0], [0.0], [0.0]]


def test_nothing_is_seen_at_the_beginning() -> None:
    assert samples(span(0.0, 2.0), end=1.0) == [[0.0], [1.0]]


def test_overlapping_spans_add_up_node_by_node() -> None:
    found = samples(span(0.0, 3.0, first=0, last=1), span(0.5, 2.5, 0.25, first=1, last=2), lanes=3, end=4.0)
    assert found == [[0.0] * 3, [1.0, 1.25, 0.25], [1.0, 1.25, 0.25], [0.0] * 3, [0.0] * 3]


@pytest.mark.parametrize("error", [-9e-10, 0.0, 9e-10])
def test_changes_within_a_nanosecond_of_a_sample_are_simultaneous(error: float) -> None:
    found = samples(span(1.0 + error, 3.0 + error, 5.0, 2.0), span(3.0 + error, 4.5, 7.0))
    assert found == [[0.0], [0.0], [5.0], [2.0], [7.0], [0.0], [0.0]]


def test_a_span_between_two_samples_is_not_seen() -> None:
    assert samples(span(1.1, 1.9), end=3.0) == [[0.0]] * 4


def test_a_span_repeats() -> None:
    found = samples(span(0.5, 1.0, 4.0, 2.0, period=2.0, repetitions=2), interval=0.25, end=4.0)
    assert [load for (load,) in found] == [0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0]


def test_repetitions_may_follow_one_another_at_once() -> None:
    found = samples(span(0.0, 1.0, period=1.0, repetitions=4), interval=0.5, end=5.0)
    assert [load for (load,) in found] == [0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0]


def test_samples_are_taken_up_to_the_end() -> None:
    times = [time for time, _ in sample([], Lanes(1), 2.5, 5.0)]
    assert times == [0.0, 2.5, 5.0]


def test_undefined_loads_stay_so() -> None:
    ((_, loads),) = sample([], Lanes(2, [1]), 1.0, 0.0)
    assert loads[0] == 0.0
    assert math.isnan(loads[1])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(0, 2),
            st.integers(0, 20),
            st.integers(1, 9),
            st.integers(0, 3),
            st.integers(0, 9),
            st.integers(1, 4),
        ),
        max_size=6,
    ),
    st.integers(1, 7),
)
def test_samples_are_what_the_definition_says(rows: list[tuple[int, ...]], step: int) -> None:
    """Compare with the sum over all occurrences of all spans, in quarters of seconds."""
    spans = [
        span(
            start / 4,
            (start + length) / 4,
            load,
            rest,
            first=first,
            last=min(first + more, 3),
            period=(length + pause) / 4 if times > 1 else 0.0,
            repetitions=times,
        )
        for first, more, start, length, load, pause, times in rows
        for rest in (load / 2,)
    ]

    def seen(lane: int, time: float) -> float:
        total = 0.0
        for each in spans:
            for number in range(each.repetitions):
                begin, end = each.start + number * each.period, each.end + number * each.period
                if each.first <= lane <= each.last and begin < time <= end:
                    total += each.load if time < end else each.load_at_end
        return total

    interval, end = step / 4, 20.0
    expected = [
        [seen(lane, time) for lane in range(4)]
        for time in takewhile(lambda time: time <= end, (n * interval for n in count()))
    ]
    assert samples(*spans, lanes=4, interval=interval, end=end) == expected
