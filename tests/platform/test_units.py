from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.platform.units import (
    BANDWIDTH,
    SPEED,
    TIME,
    read_integer,
    read_number,
    read_radical,
    read_speeds,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1f", 1.0),
        ("2.5Gf", 2.5e9),
        ("1zetaflops", 1e21),
        ("1zettaflops", 1e21),
        ("3megaflops", 3e6),
        ("1000", 1000.0),
        (" 1Gf", 1e9),
        ("0x10Mf", 16e6),
        ("0x1p3f", 8.0),
        (".5kf", 500.0),
        ("5.f", 5.0),
        ("1e3f", 1000.0),
        ("+7f", 7.0),
        ("0", 0.0),
    ],
)
def test_speeds(text, value):
    assert SPEED.read(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("8bps", 1.0), ("1kBps", 1e3), ("1KiBps", 1024.0), ("1Mibps", 131072.0), ("3GBps", 3e9), ("2TiBps", 2.0**41)],
)
def test_bandwidths(text, value):
    assert BANDWIDTH.read(text) == value


def test_times_are_one_multiplication_with_a_decimal_factor():
    """5us is 5 * 1e-6, which is not the double nearest to 5e-06 (P2.3)."""
    assert TIME.read("5us") == 4.9999999999999996e-06 != 5e-06
    assert TIME.read("2w") == 2 * 7 * 24 * 3600


def test_decimal_factors_are_built_by_repeated_multiplication():
    expected = 0.125
    for prefix in "kMGTPEZY":
        expected *= 1000.0
        assert BANDWIDTH.read(f"1{prefix}bps") == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "f", "1GF", "1 Gf", "1Gflops", "1Gf ", "1,5f", "inff", "nanf", "-1f", "1e400f", "1e-400f", "1e300Yf"],
)
def test_refused_speeds(text):
    with pytest.raises(ValueError, match=r"finite|expected|range|zero"):
        SPEED.read(text)


@pytest.mark.parametrize("text", ["1KBps", "1B/s", "1MBPS", "10MB"])
def test_refused_bandwidths(text):
    with pytest.raises(ValueError, match=r"expected .*Bps \(bytes\) or bps \(bits\)"):
        BANDWIDTH.read(text)


def test_lists_of_speeds_are_trimmed():
    assert read_speeds("1Gf, 2Gf ,\t3Gf") == (1e9, 2e9, 3e9)


@pytest.mark.parametrize("text", ["1Gf,", ",", "1Gf;2Gf"])
def test_refused_lists_of_speeds(text):
    with pytest.raises(ValueError, match="expected"):
        read_speeds(text)


@pytest.mark.parametrize(("text", "value"), [("4", 4), (" 4 ", 4), ("2.7", 2), ("-3x", -3), ("+5", 5), ("007", 7)])
def test_integers_stop_at_what_is_no_digit(text, value):
    assert read_integer(text) == value


@pytest.mark.parametrize("text", ["", "x1", "- 1", "99999999999", "2147483648", "9" * 5000])
def test_refused_integers(text):
    with pytest.raises(ValueError, match=r"not an integer|out of range"):
        read_integer(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0-2,7,9-10", [0, 1, 2, 7, 9, 10]),
        ("5-3", []),
        ("001-003", [1, 2, 3]),
        (" 1 - 3 , 5", [1, 2, 3, 5]),
        ("4,2", [4, 2]),
    ],
)
def test_radicals(text, numbers):
    assert [number for group in read_radical(text) for number in group] == numbers


@pytest.mark.parametrize("text", ["", "a-b", "1-2-3", "-1", "1-", "1,,2", "0-99999999999"])
def test_refused_radicals(text):
    with pytest.raises(ValueError, match=r"integer|radical|range"):
        read_radical(text)


@pytest.mark.parametrize("text", ["1s", "", "nan", "inf", "1 2"])
def test_refused_plain_numbers(text):
    with pytest.raises(ValueError, match="number"):
        read_number(text)


@given(st.floats(min_value=0, max_value=1e200), st.sampled_from(sorted(BANDWIDTH.factors)))
def test_a_value_is_number_times_factor(number, unit):
    value = BANDWIDTH.read(f"{number!r}{unit}")

    assert value == number * BANDWIDTH.factors[unit]
    assert math.isfinite(value)


@given(st.text(max_size=12))
@pytest.mark.parametrize("read", [SPEED.read, BANDWIDTH.read, TIME.read, read_integer, read_number, read_speeds])
def test_any_text_is_read_or_refused(read, text):
    with suppress(ValueError):
        read(text)
