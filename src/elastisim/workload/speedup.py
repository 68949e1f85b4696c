"""Speed-up models: how much faster an application runs on n nodes than on one.

Efficiencies are exact fractions, so that sizes chosen by thresholds do not depend on rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

PARALLEL_FRACTIONS = tuple(Fraction(thousandths, 1000) for thousandths in (*range(950, 1000, 5), 999))
"""Parallel fractions from which one is chosen for a job (strategies S10.4)."""

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Amdahl:
    """Amdahl's law with the parallel fraction p: S(n) = 1 / ((1 - p) + p / n)."""

    parallel_fraction: Fraction

    def speedup(self, n: int) -> Fraction:
        """Return S(n)."""
        p = self.parallel_fraction
        return 1 / (1 - p + p / n)

    @property
    def arguments(self) -> dict[str, float]:
        """The arguments that tell a performance model about the law."""
        return {"parallel_fraction": float(self.parallel_fraction)}


@dataclass(frozen=True, slots=True)
class Downey:
    """Downey's model (1997) with average parallelism A and coefficient of variance of parallelism sigma."""

    average_parallelism: Fraction
    sigma: Fraction

    def speedup(self, n: int) -> Fraction:
        """Return S(n)."""
        a, s = self.average_parallelism, self.sigma
        if s <= 1:
            if n <= a:
                return a * n / (a + s / 2 * (n - 1))
            if n <= 2 * a - 1:
                return a * n / (s * (a - Fraction(1, 2)) + n * (1 - s / 2))
            return a
        if n <= a + a * s - s:
            return n * a * (s + 1) / (s * (n + a - 1) + a)
        return a

    @property
    def arguments(self) -> dict[str, float]:
        """The arguments that tell a performance model about the law; sigma is the same for all jobs."""
        return {"average_parallelism": float(self.average_parallelism)}


SpeedUp: TypeAlias = Amdahl | Downey


def efficiency(model: SpeedUp, n: int) -> Fraction:
    """Return S(n) / n."""
    return model.speedup(n) / n


def amdahl_for(preferred: int, threshold: Fraction) -> Amdahl:
    """Return the law whose efficiency on the preferred number of nodes is just above the threshold.

    That is the smallest of the listed parallel fractions with an efficiency above the threshold, or the largest one if
    none is (strategies S10.4).
    """
    for fraction in PARALLEL_FRACTIONS:
        law = Amdahl(fraction)
        if efficiency(law, preferred) > threshold:
            return law
    return Amdahl(PARALLEL_FRACTIONS[-1])


def downey_for(preferred: int, threshold: Fraction, sigma: Fraction) -> Downey:
    """Return the model whose efficiency on the preferred number of nodes is just above the threshold.

    The average parallelism is the smallest multiple of 1e-6 that does it.  One node is always used with full
    efficiency, so a job that prefers one node gets the average parallelism of a job that prefers two.
    """
    n = max(preferred, 2)

    def is_above(micro: int) -> bool:
        return efficiency(Downey(Fraction(micro, _MICRO), sigma), n) > threshold

    low, high = _MICRO, 2 * _MICRO
    while not is_above(high):
        high *= 2
    while low < high:
        middle = (low + high) // 2
        if is_above(middle):
            high = middle
        else:
            low = middle + 1
    return Downey(Fraction(high, _MICRO), sigma)


def largest_efficient(model: SpeedUp, preferred: int, threshold: Fraction, limit: int) -> int:
    """Return the largest number of nodes from preferred to *limit* with an efficiency above the threshold.

    It is preferred if there is none: efficiency never grows with the number of nodes.
    """
    low, high = preferred, max(preferred, limit)
    while low < high:
        middle = (low + high + 1) // 2
        if efficiency(model, middle) > threshold:
            low = middle
        else:
            high = middle - 1
    return low


def as_fraction(value: float) -> Fraction:
    """Return a number as the decimal fraction that it is written as: 0.8 is 4/5."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    return Fraction(repr(value))
