"""Sums of floating-point numbers that are the same with all versions of Python."""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def added(values: Iterable[float]) -> float:
    """Return the sum of *values* from left to right, each addition rounded as in the original; 0 without any.

    The built-in ``sum`` does so up to Python 3.11 only: later ones compensate for lost digits.
    """
    return reduce(operator.add, values, 0.0)
