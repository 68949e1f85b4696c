"""How figures are worded for people: durations, shares, counts, amounts."""

from __future__ import annotations

import math

NOTHING = "–"
"""Stands for a figure that is not known."""

_UNITS = (("m", 60, "s", 1, 3600), ("h", 3600, "m", 60, 86400), ("d", 86400, "h", 3600, math.inf))


def duration(seconds: float | None) -> str:
    """Return a time span in the two units that matter: ``8.25s``, ``11m 43s``, ``3h 20m``, ``4d 6h``."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds < 0.0:
        return "0s" if seconds > -1e-9 else "−" + duration(-seconds)
    if seconds < 59.95:
        return f"{round(seconds, 3 if seconds < 1.0 else 2 if seconds < 10.0 else 1):g}s"
    for unit, size, smaller, step, limit in _UNITS:
        count, rest = divmod(round(seconds / step), size // step)
        if count * size < limit:
            return f"{count:,}{unit} {rest}{smaller}" if rest else f"{count:,}{unit}"
    raise AssertionError("the last limit is infinite")


def share(value: float | None) -> str:
    """Return a share of one as a percentage."""
    return NOTHING if value is None or math.isnan(value) else f"{100.0 * value:.1f} %"


def points(value: float | None) -> str:
    """Return a difference of shares in percentage points."""
    return NOTHING if value is None or math.isnan(value) else f"{100.0 * value:.1f} pp"


def number(value: float | None) -> str:
    """Return a number with about three significant digits and separators of thousands."""
    if value is None or math.isnan(value):
        return NOTHING
    if value == int(value) or abs(value) >= 1000.0:
        return f"{value:,.0f}"
    if abs(value) >= 100.0:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3g}"


def amount(value: float | None, unit: str) -> str:
    """Return an amount with a decimal prefix: ``1.5 GB/s``."""
    if value is None or math.isnan(value):
        return NOTHING
    for prefix in ("", "k", "M", "G", "T", "P"):
        if abs(value) < 1000.0 or prefix == "P":
            break
        value /= 1000.0
    return f"{value:.3g} {prefix}{unit}"
