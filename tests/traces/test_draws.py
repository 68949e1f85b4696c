import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.workload.draws import Stream, uniform


def test_draws_of_jobs_never_change() -> None:
    """The value is that of ``printf '3\\0MALLEABLE\\00017' | b2sum -l 64``, shifted to 53 bits."""
    expected = (0xDBC5C0F3A17C2683 >> 11) / 2**53

    assert uniform(3, "MALLEABLE", 17) == uniform(3, "MALLEABLE", "17") == expected


def test_streams_never_change() -> None:
    """The values were computed with Python 3.6; they must be the same with every version."""
    stream = Stream(1, "jobs")

    assert [stream.uniform() for _ in range(3)] == [0.4152875811304664, 0.6727591532828765, 0.02514193437366752]


@given(st.integers(), st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=9)))
def test_draws_are_in_the_unit_interval(seed: int, purpose: str, identifier: int | str) -> None:
    assert 0 <= uniform(seed, purpose, identifier) < 1


def test_draws_depend_on_everything_that_names_them() -> None:
    values = {uniform(seed, purpose, job) for seed in range(5) for purpose in "ab" for job in range(50)}

    assert len(values) == 500
    assert statistics.mean(values) == pytest.approx(0.5, abs=0.05)


SAMPLES = 20_000


def _moments(draw) -> tuple[float, float]:
    values = [draw() for _ in range(SAMPLES)]
    return statistics.mean(values), statistics.pstdev(values)


@pytest.mark.parametrize(
    ("name", "parameters", "mean", "deviation"),
    [
        ("exponential", (4.0,), 4.0, 4.0),
        ("normal", (), 0.0, 1.0),
        ("gamma", (4.2, 0.94), 4.2 * 0.94, math.sqrt(4.2) * 0.94),
        ("gamma", (312.0, 0.03), 312 * 0.03, math.sqrt(312) * 0.03),
        ("gamma", (0.5, 2.0), 1.0, math.sqrt(0.5) * 2),
        ("weibull", (3.0, 2.0), 3 * math.gamma(1.5), 3 * math.sqrt(math.gamma(2) - math.gamma(1.5) ** 2)),
    ],
)
def test_distributions_have_their_moments(name: str, parameters: tuple, mean: float, deviation: float) -> None:
    draw = getattr(Stream(5, name), name)
    found_mean, found_deviation = _moments(lambda: draw(*parameters))

    assert found_mean == pytest.approx(mean, abs=5 * deviation / math.sqrt(SAMPLES))
    assert found_deviation == pytest.approx(deviation, rel=0.05)
