from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.workload.speedup import (
    Amdahl,
    Downey,
    amdahl_for,
    as_fraction,
    downey_for,
    efficiency,
    largest_efficient,
)

F = Fraction
EIGHTY = F(4, 5)


def test_amdahl() -> None:
    assert Amdahl(F(9, 10)).speedup(1) == 1
    assert Amdahl(F(9, 10)).speedup(9) == 5, "1 / (0.1 + 0.9 / 9)"
    assert Amdahl(F(1)).speedup(7) == 7


@pytest.mark.parametrize(
    ("a", "sigma", "n", "expected"),
    [
        (F(10), F(0), 5, F(5)),
        (F(10), F(0), 50, F(10)),
        (F(10), F(1), 5, F(50, 12)),
        (F(10), F(1), 15, F(150, 17)),
        (F(10), F(1), 19, F(10)),
        (F(10), F(1), 20, F(10)),
        (F(10), F(2), 5, F(150, 38)),
        (F(10), F(2), 28, F(10)),
        (F(10), F(2), 27, F(810, 82)),
        (F(10), F(2), 29, F(10)),
        (F(10), F(1, 2), 10, F(400, 49)),
        (F(10), F(1, 2), 12, F(480, 55)),
    ],
)
def test_downey_by_hand(a: Fraction, sigma: Fraction, n: int, expected: Fraction) -> None:
    assert Downey(a, sigma).speedup(n) == expected


models = st.one_of(
    st.builds(Amdahl, st.fractions(0, 1, max_denominator=1000)),
    st.builds(Downey, st.fractions(1, 500, max_denominator=100), st.fractions(0, 5, max_denominator=20)),
)


@given(models, st.integers(1, 2000))
def test_speedup_grows_and_efficiency_falls(model: Amdahl | Downey, n: int) -> None:
    assert model.speedup(1) == 1
    assert 1 <= model.speedup(n) <= model.speedup(n + 1)
    assert efficiency(model, n + 1) <= efficiency(model, n) <= 1


@pytest.mark.parametrize(
    ("preferred", "thousandths"),
    # E(n) > 0.8 means n < 1 + 0.25 / (1 - p): 6, 6.56, 7.25, 8.14, 9.33, 11, 13.5, 17.67, 26, 51, 251.
    [
        (1, 950), (2, 950), (5, 950), (6, 955), (7, 960), (8, 965), (9, 970), (10, 975), (11, 980), (13, 980),
        (14, 985), (17, 985), (18, 990), (25, 990), (26, 995), (50, 995), (51, 999), (250, 999), (251, 999),
        (9688, 999),
    ],
)  # fmt: skip
def test_the_parallel_fraction_by_hand(preferred: int, thousandths: int) -> None:
    assert amdahl_for(preferred, EIGHTY) == Amdahl(F(thousandths, 1000))


@pytest.mark.parametrize(
    ("thousandths", "largest"),
    # E(n) > 0.5 means n < 1 + 1 / (1 - p).
    [(950, 20), (955, 23), (960, 25), (965, 29), (970, 34), (975, 40), (980, 50), (985, 67), (990, 100), (995, 200),
     (999, 1000)],
)  # fmt: skip
def test_the_largest_size_by_hand(thousandths: int, largest: int) -> None:
    law = Amdahl(F(thousandths, 1000))

    assert largest_efficient(law, 1, F(1, 2), 10_000) == largest
    assert largest_efficient(law, 1, F(1, 2), 15) == 15
    assert largest_efficient(law, 5000, F(1, 2), 10_000) == 5000, "nothing above the preferred size is efficient"


@given(models, st.integers(1, 300), st.integers(1, 300), st.fractions("1/10", "9/10", max_denominator=100))
def test_the_largest_size_is_the_last_efficient_one(model, preferred: int, limit: int, threshold: Fraction) -> None:
    found = largest_efficient(model, preferred, threshold, limit)
    efficient = [n for n in range(preferred + 1, limit + 1) if efficiency(model, n) > threshold]

    assert found == max(efficient, default=preferred)


@given(st.integers(1, 5000), st.fractions(0, 4, max_denominator=10))
def test_downeys_parallelism_is_just_enough(preferred: int, sigma: Fraction) -> None:
    model = downey_for(preferred, EIGHTY, sigma)
    n = max(preferred, 2)
    less = Downey(model.average_parallelism - F(1, 1_000_000), sigma)

    assert efficiency(model, n) > EIGHTY
    assert model.average_parallelism == 1 or efficiency(less, n) <= EIGHTY


def test_downeys_parallelism_by_hand() -> None:
    """With sigma 1 and n <= A: E = A / (A + (n - 1) / 2) > 0.8 means A > 2 (n - 1)."""
    assert downey_for(101, EIGHTY, F(1)).average_parallelism == 200 + F(1, 1_000_000)
    assert downey_for(1, EIGHTY, F(1)) == downey_for(2, EIGHTY, F(1))


def test_numbers_are_taken_as_they_are_written() -> None:
    assert as_fraction(0.8) == F(4, 5)
    assert as_fraction(1e-7) == F(1, 10**7)
    with pytest.raises(ValueError, match="nan is no number"):
        as_fraction(float("nan"))
