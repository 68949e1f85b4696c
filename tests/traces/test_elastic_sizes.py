import statistics
from itertools import pairwise

import pytest

from elastisim.errors import InputError
from elastisim.workload.elasticity import Elasticity, Transformation
from elastisim.workload.job import JobType


def _types(jobs=range(4000), *, seed: int = 0, **shares: float) -> dict[object, JobType]:
    elasticity = Elasticity(shares={JobType[name.upper()]: share for name, share in shares.items()}, seed=seed)
    transformation = Transformation(elasticity, 100)
    return {job: transformation.type_of(job) for job in jobs}


def _of(types: dict[object, JobType], kind: JobType) -> set[object]:
    return {job for job, found in types.items() if found is kind}


@pytest.mark.parametrize("kind", ["malleable", "moldable", "evolving", "adaptive"])
def test_shares_nest(kind: str) -> None:
    sets = [_of(_types(**{kind: share}), JobType[kind.upper()]) for share in (0, 0.2, 0.4, 0.41, 0.8, 1)]

    assert all(smaller < larger for smaller, larger in pairwise(sets))
    assert not sets[0]
    assert len(sets[-1]) == 4000


@pytest.mark.parametrize("kind", ["malleable", "moldable", "evolving", "adaptive"])
def test_shares_nest_beside_other_types(kind: str) -> None:
    others = {"malleable": 0.2, "moldable": 0.2, "evolving": 0.2, "adaptive": 0.2}
    small, large = (_of(_types(**others | {kind: share}), JobType[kind.upper()]) for share in (0.1, 0.3))

    assert small < large


def test_a_growing_share_of_malleable_jobs_takes_others_without_mixing_them_up() -> None:
    before, after = _types(malleable=0.2, moldable=0.3), _types(malleable=0.4, moldable=0.3)

    stayed = [job for job in before if before[job] is JobType.MOLDABLE]
    assert {after[job] for job in stayed} == {JobType.MOLDABLE, JobType.MALLEABLE}


def test_shares_are_met_on_average() -> None:
    types = _types(range(20000), malleable=0.4, adaptive=0.1, evolving=0.2, moldable=0.15)
    for kind, share in (("MALLEABLE", 0.4), ("ADAPTIVE", 0.1), ("EVOLVING", 0.2), ("MOLDABLE", 0.15), ("RIGID", 0.15)):
        assert len(_of(types, JobType[kind])) / 20000 == pytest.approx(share, abs=0.015)


def test_shares_that_add_up_to_one_leave_no_rigid_job() -> None:
    assert not _of(_types(malleable=0.3, adaptive=0.3, evolving=0.2, moldable=0.2), JobType.RIGID)


def test_types_depend_on_the_seed_and_on_nothing_but_the_job() -> None:
    alone = {job: _types([job], malleable=0.5)[job] for job in range(50)}
    among = _types(malleable=0.5)

    assert alone == {job: among[job] for job in range(50)}
    assert _types(malleable=0.5, seed=1) != among
    assert statistics.mean(kind is JobType.MALLEABLE for kind in _types(seed=1, malleable=0.5).values()) > 0.4


@pytest.mark.parametrize(
    ("preferred", "minimum", "maximum"),
    [
        (1, 1, 20), (2, 1, 20), (4, 1, 20), (5, 1, 20), (6, 1, 23), (9, 1, 34), (10, 2, 40), (14, 2, 67), (15, 3, 67),
        (25, 5, 100), (50, 10, 200), (51, 10, 1000), (251, 50, 1000), (1000, 200, 1000), (1500, 300, 1500),
        (4000, 800, 4000),
    ],
)  # fmt: skip
def test_sizes_by_hand(preferred: int, minimum: int, maximum: int) -> None:
    sizes = Transformation(Elasticity(), 4000).sizes(preferred)

    assert (sizes.minimum, sizes.preferred, sizes.maximum) == (minimum, preferred, maximum)


def test_no_size_is_larger_than_the_machine() -> None:
    assert Transformation(Elasticity(), 64).sizes(51).maximum == 64


def test_thresholds_can_be_chosen() -> None:
    rules = Elasticity(preferred_efficiency=0.9, maximum_efficiency=0.6, minimum_fraction=0.5)
    sizes = Transformation(rules, 4000).sizes(3)

    # E(3) > 0.9 means 1 - p < 1/18, so p = 0.95; E(n) > 0.6 means 0.05 n + 0.95 < 1.667, so n < 14.3.
    assert sizes.speedup_arguments == {"parallel_fraction": 0.95}
    assert (sizes.minimum, sizes.maximum) == (1, 14)


@pytest.mark.parametrize(("fraction", "minimum"), [(0.0, 1), (1.0, 7), (0.3, 2)])
def test_the_smallest_size_may_be_one_node_or_the_preferred_size(fraction: float, minimum: int) -> None:
    assert Transformation(Elasticity(minimum_fraction=fraction), 100).sizes(7).minimum == minimum


def test_downey_sizes_by_hand() -> None:
    """sigma 1, A = 200: E(n) = 200 / (199.5 + n / 2) > 0.5 means n < 401, which is 2 A + 1."""
    sizes = Transformation(Elasticity(speedup="downey", sigma=1.0), 4000).sizes(101)

    assert sizes.speedup_arguments == {"average_parallelism": 200.000001}
    assert (sizes.minimum, sizes.maximum) == (20, 400)


def test_speedups_that_go_with_the_sizes() -> None:
    sizes = Transformation(Elasticity(), 4000).sizes(10)

    assert sizes.speedup_arguments == {"parallel_fraction": 0.975}
    assert sizes.at_preferred == pytest.approx(1 / (0.025 + 0.0975), rel=1e-15)
    assert sizes.at_minimum == pytest.approx(1 / (0.025 + 0.4875), rel=1e-15)


def test_the_preferred_size_may_be_the_largest() -> None:
    sizes = Transformation(Elasticity(preferred_efficiency=0.8, maximum_efficiency=0.8), 100).sizes(5)

    assert sizes.maximum == 5, "E(6) is 0.8 for p = 0.95"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shares": {JobType.MALLEABLE: 1.2}}, "the share of malleable jobs is 1.2"),
        ({"shares": {JobType.MALLEABLE: 0.7, JobType.MOLDABLE: 0.4}}, "add up to 1.1"),
        ({"preferred_efficiency": 1.0}, "efficiencies must be above 0 and below 1"),
        ({"preferred_efficiency": 0.4}, "efficiencies must be above 0 and below 1"),
        ({"minimum_fraction": -0.1}, "minimum fraction is -0.1"),
        ({"sigma": -1.0}, "sigma is -1.0"),
    ],
)
def test_impossible_rules_are_input_errors(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Elasticity(**arguments)
