"""Confidence intervals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.results.inference import (
    incomplete_beta,
    mean_interval,
    paired_interval,
    student_distribution,
    student_quantile,
)


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    # From the printed tables of Student's distribution.
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 4, 2.776),
        (0.975, 9, 2.262),
        (0.975, 29, 2.045),
        (0.975, 1000, 1.962),
        (0.995, 5, 4.032),
        (0.9, 3, 1.638),
        (0.5, 7, 0.0),
        (0.025, 4, -2.776),
    ],
)
def test_quantiles_are_those_of_the_tables(probability: float, freedom: int, quantile: float) -> None:
    assert student_quantile(probability, freedom) == pytest.approx(quantile, abs=5e-4)


@given(st.floats(0.001, 0.999), st.integers(1, 5000))
def test_quantile_and_distribution_are_inverse(probability: float, freedom: int) -> None:
    assert student_distribution(student_quantile(probability, freedom), freedom) == pytest.approx(probability, abs=1e-9)


@given(st.floats(0.0, 1.0), st.floats(0.5, 200.0))
def test_the_incomplete_beta_function_has_closed_forms(x: float, a: float) -> None:
    """I(x; a, 1) = x^a, and I(x; 1, a) = 1 - (1 - x)^a."""
    assert incomplete_beta(x, a, 1.0) == pytest.approx(x**a, abs=1e-12)
    assert incomplete_beta(x, 1.0, a) == pytest.approx(1.0 - (1.0 - x) ** a, abs=1e-12)


def test_the_interval_of_a_textbook_sample() -> None:
    """Mean 4, standard deviation 2 and t = 2.776 with 4 degrees of freedom give 4 ± 2.483."""
    interval = mean_interval([2.0, 2.0, 4.0, 6.0, 6.0])
    assert interval is not None
    assert interval.mean == 4.0
    assert interval.half_width == pytest.approx(2.776 * 2.0 / 5**0.5, abs=1e-3)
    assert interval.excludes_zero
    assert (interval.low, interval.high) == pytest.approx((4.0 - 2.483, 4.0 + 2.483), abs=1e-3)


def test_intervals_of_few_values() -> None:
    assert mean_interval([]) is None
    single = mean_interval([3.0])
    assert single is not None
    assert (single.mean, single.low, single.half_width, single.excludes_zero) == (3.0, None, None, False)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    chance = random.Random(4)
    rounds = 2000
    covered = 0
    for _ in range(rounds):
        interval = mean_interval([chance.gauss(7.0, 3.0) for _ in range(5)])
        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 7.0 <= interval.high
    assert covered / rounds == pytest.approx(0.95, abs=0.015)


def test_pairs_cancel_what_they_share() -> None:
    before = [10.0, 200.0, 3000.0]
    paired = paired_interval(before, [value - 1.0 for value in before])
    assert paired is not None
    assert paired.mean == -1.0
    assert paired.excludes_zero
