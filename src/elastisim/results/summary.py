"""Distributions in a few numbers: mean, deviation, percentiles, fairness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution of ``count`` values; ``deviation`` is the standard deviation of a sample (n − 1)."""

    count: int
    mean: float
    deviation: float
    minimum: float
    median: float
    p90: float
    p95: float
    p99: float
    maximum: float


def summarise(values: Iterable[float]) -> Summary | None:
    """Return the summary of *values*, or None without any."""
    ordered = sorted(values)
    count = len(ordered)
    if not count:
        return None
    mean = math.fsum(ordered) / count
    squares = math.fsum((value - mean) ** 2 for value in ordered)
    return Summary(
        count=count,
        mean=mean,
        deviation=math.sqrt(squares / (count - 1)) if count > 1 else 0.0,
        minimum=ordered[0],
        median=quantile(ordered, 0.5),
        p90=quantile(ordered, 0.9),
        p95=quantile(ordered, 0.95),
        p99=quantile(ordered, 0.99),
        maximum=ordered[-1],
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the quantile of ascending values by linear interpolation (type 7 of Hyndman and Fan, 1996)."""
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def jain_index(values: Sequence[float]) -> float | None:
    """Return the fairness index (Σx)² / (n Σx²) of Jain, Chiu and Hawe (1984): 1 if all are equal; None without any."""
    squares = math.fsum(value * value for value in values)
    if not values:
        return None
    return math.fsum(values) ** 2 / (len(values) * squares) if squares else 1.0
