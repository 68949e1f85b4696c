"""Figures in words."""

from __future__ import annotations

import math

import pytest

from elastisim.results.wording import NOTHING, amount, duration, number, points, share


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, NOTHING),
        (math.nan, NOTHING),
        (0.0, "0s"),
        (-1e-15, "0s"),
        (-75.0, "−1m 15s"),
        (0.1234, "0.123s"),
        (3.14159, "3.14s"),
        (12.34, "12.3s"),
        (59.96, "1m"),
        (61.0, "1m 1s"),
        (3599.6, "1h"),
        (3661.0, "1h 1m"),
        (86370.0, "1d"),
        (90000.0, "1d 1h"),
        (1e8, "1,157d 10h"),
    ],
)
def test_time_spans_have_two_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NOTHING),
        (0.0, "0"),
        (3.0, "3"),
        (12.345, "12.35"),
        (123.45, "123.5"),
        (1234567.8, "1,234,568"),
        (0.00123, "0.00123"),
    ],
)
def test_numbers_have_few_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_shares_and_amounts() -> None:
    assert (share(0.1234), share(None), points(-0.05)) == ("12.3 %", NOTHING, "-5.0 pp")
    assert (amount(1.5e9, "B/s"), amount(0.0, "B/s"), amount(2e18, "B"), amount(None, "B")) == (
        "1.5 GB/s",
        "0 B/s",
        "2e+03 PB",
        NOTHING,
    )
