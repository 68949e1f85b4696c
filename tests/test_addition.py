"""Sums that are the same with all versions of Python."""

from __future__ import annotations

from elastisim.addition import added


def test_lost_digits_stay_lost() -> None:
    """From left to right: 1 is less than a unit in the last place of 1e16, and compensation would bring it back."""
    assert added([1e16, 1.0, 1.0, -1e16]) == 0.0
    assert added([1.0, 1.0, 1e16, -1e16]) == 2.0


def test_the_sum_of_nothing_is_a_number_as_well() -> None:
    """And one of the same type."""
    assert repr(added(iter(()))) == "0.0"


def test_whole_numbers_become_floats() -> None:
    """Loads of links may be given as integers."""
    assert repr(added([1, 2])) == "3.0"
