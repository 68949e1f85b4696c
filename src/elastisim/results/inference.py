"""What samples tell about means: Student's confidence intervals, for replications and for paired differences."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
"""Confidence level of all intervals."""


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A mean of ``count`` values and its confidence interval; without bounds for a single value."""

    count: int
    mean: float
    low: float | None
    high: float | None

    @property
    def half_width(self) -> float | None:
        """Distance of the bounds from the mean."""
        return None if self.high is None else self.high - self.mean

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside of the interval."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


def mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Return Student's confidence interval for the mean, assuming independent values; None without any value."""
    count = len(values)
    if not count:
        return None
    mean = math.fsum(values) / count
    if count == 1:
        return Interval(count=1, mean=mean, low=None, high=None)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = student_quantile((1.0 + level) / 2.0, count - 1) * math.sqrt(variance / count)
    return Interval(count=count, mean=mean, low=mean - half, high=mean + half)


def paired_interval(before: Sequence[float], after: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Return the interval for the mean of ``after - before`` of pairs."""
    return mean_interval([b - a for a, b in zip(before, after, strict=True)], level)


@lru_cache(maxsize=64)
def student_quantile(probability: float, freedom: int) -> float:
    """Return the quantile of Student's t distribution, by bisection of its distribution function."""
    if probability < 0.5:
        return -student_quantile(1.0 - probability, freedom)
    low, high = 0.0, 1.0
    while student_distribution(high, freedom) < probability:
        low, high = high, 2.0 * high
    while high - low > 1e-13 * high:
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if student_distribution(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def student_distribution(value: float, freedom: int) -> float:
    """Return the probability that Student's t is at most *value* (Abramowitz and Stegun 26.5.27)."""
    tail = incomplete_beta(freedom / (freedom + value * value), freedom / 2.0, 0.5) / 2.0
    return 1.0 - tail if value >= 0.0 else tail


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(1.0 - x, b, a)
    factor = math.exp(a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))
    terms = []
    for m in range(1, 200):
        terms.append(-(a + m - 1.0) * (a + b + m - 1.0) * x / ((a + 2.0 * m - 2.0) * (a + 2.0 * m - 1.0)))
        terms.append(m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)))
    fraction = 1.0
    for term in reversed(terms):
        fraction = 1.0 + term / fraction
    return factor / a / fraction
