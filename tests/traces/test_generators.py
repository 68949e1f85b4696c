import math
import statistics
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.workload.draws import Stream
from elastisim.workload.elasticity import Elasticity
from elastisim.workload.generators.cycle import Cycle
from elastisim.workload.generators.distributions import KINDS, Distribution
from elastisim.workload.generators.generating import GenerateOptions, generate
from elastisim.workload.generators.lublin import Lublin, gamma_cdf
from elastisim.workload.generators.parametric import DAY, Parametric
from elastisim.workload.generators.presets import PRESETS
from elastisim.workload.replay import Application


def _draws(text: str, number: int = 20_000) -> list[float]:
    distribution, stream = Distribution.parse(text), Stream(1, "test")
    return [distribution.draw(stream) for _ in range(number)]


@pytest.mark.parametrize(
    ("text", "low", "high", "mean"),
    [
        ("constant:7", 7, 7, 7),
        ("uniform:2:6", 2, 6, 4),
        ("log-uniform:1:100", 1, 100, 99 / math.log(100)),
        ("power-of-two:1:8", 1, 8, 15 / 4),
        ("power-of-two:3:20", 4, 16, 28 / 3),
        ("exponential:5", 0, math.inf, 5),
        ("log-normal:10:0.5", 0, math.inf, 10 * math.exp(0.125)),
        ("gamma:2:3", 0, math.inf, 6),
        ("weibull:4:1", 0, math.inf, 4),
        ("0.25*constant:1 + 0.75*constant:5", 1, 5, 4),
        ("1*constant:1+3*constant:5", 1, 5, 4),
    ],
)
def test_distributions_have_their_range_and_mean(text: str, low: float, high: float, mean: float) -> None:
    values = _draws(text)

    assert low <= min(values) <= max(values) <= high
    assert statistics.mean(values) == pytest.approx(mean, rel=0.03)


def test_powers_of_two_are_equally_likely() -> None:
    counts = Counter(_draws("power-of-two:2:16", 8000))

    assert set(counts) == {2, 4, 8, 16}
    assert min(counts.values()) > 1800


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zipf:2", "there is no distribution 'zipf'; known are: constant"),
        ("uniform:1", "write uniform:low:high"),
        ("uniform:1:2:3", "write uniform:low:high"),
        ("uniform:a:2", "has a parameter that is no number"),
        ("uniform:5:2", "out of range"),
        ("log-uniform:0:2", "out of range"),
        ("power-of-two:5:7", "out of range"),
        ("constant:nan", "out of range"),
        ("0*constant:1", "out of range"),
        ("x*constant:1", "has a parameter that is no number"),
        ("", "there is no distribution ''"),
    ],
)
def test_unusable_distributions_are_input_errors(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Distribution.parse(text)


def test_all_kinds_are_explained() -> None:
    assert all(kind.meaning and kind.parameters for kind in KINDS.values())


def test_arrivals_follow_day_and_week() -> None:
    times = Cycle(amplitude=0.8, peak_hour=14, weekend=0.5).arrivals(60_000, 8 * 7 * DAY, Stream(2, "arrivals"))
    hours = Counter(int(time // 3600) % 24 for time in times if int(time // DAY) % 7 < 5)
    weekdays = Counter(int(time // DAY) % 7 for time in times)

    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= 8 * 7 * DAY
    assert max(hours, key=hours.__getitem__) in (12, 13, 14, 15)
    assert hours[13] / hours[1] == pytest.approx(
        (1 + 0.8 * math.cos(math.pi / 24)) / (1 - 0.8 * math.cos(math.pi / 24)), rel=0.2
    )
    assert weekdays[6] / weekdays[2] == pytest.approx(0.5, rel=0.1)


def test_without_cycle_arrivals_are_even() -> None:
    times = Cycle(amplitude=0, weekend=1).arrivals(20_000, 1000.0, Stream(2, "arrivals"))
    tenths = Counter(int(time // 100) for time in times)

    assert set(tenths) == set(range(10))
    assert max(tenths.values()) - min(tenths.values()) < 300


@pytest.mark.parametrize(
    "arguments",
    [{"amplitude": 1.5}, {"amplitude": -1.0}, {"weekend": -1.0}, {"weekend": math.inf}, {"peak_hour": math.nan}],
)
def test_impossible_cycles_are_input_errors(arguments: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Cycle(**arguments)


def test_no_time_for_arrivals_is_an_input_error() -> None:
    with pytest.raises(InputError, match="leaves no time for arrivals"):
        Cycle(amplitude=0, weekend=0).arrivals(1, 0.0, Stream(0, ""))


def _parametric(**changes: object) -> Parametric:
    values: dict = {
        "nodes": 64,
        "sizes": Distribution.parse("log-uniform:1:64"),
        "runtimes": Distribution.parse("log-uniform:60:36000"),
    }
    return Parametric(**values | changes)


@pytest.mark.parametrize("load", [0.3, 0.9, 1.5])
def test_the_offered_load_is_met_by_jobs_and_by_days(load: float) -> None:
    generator = _parametric(load=load)
    for records, span in ((generator.jobs(3000, 1), None), (generator.days(30, 1), 30 * DAY)):
        work = sum(record.nodes * record.runtime for record in records)
        span = span or (records[-1].submit - records[0].submit)

        assert work / (64 * span) == pytest.approx(load, rel=0.02)


def test_jobs_are_complete_and_consistent() -> None:
    records = _parametric(longest=7200.0, factor=Distribution.parse("uniform:1:50")).jobs(2000, 3)

    assert [record.identifier for record in records] == list(range(1, 2001))
    assert [record.submit for record in records] == sorted(record.submit for record in records)
    for record in records:
        assert all(isinstance(value, int) for value in (record.submit, record.runtime, record.nodes, record.limit))
        assert 1 <= record.nodes <= 64
        assert 60 <= record.runtime <= 7200
        assert record.runtime <= record.limit <= 7200
        assert record.limit % 300 == 0 or record.limit == record.runtime


def test_a_run_time_is_never_cut_by_its_request() -> None:
    records = _parametric(factor=Distribution.parse("constant:0.5")).jobs(500, 3)

    assert all(record.runtime <= record.limit < record.runtime + 300 for record in records)


def test_distributions_that_do_not_fit_the_machine_are_input_errors() -> None:
    with pytest.raises(InputError, match=r"hardly ever gives values from 0\.5 to 64\.5"):
        _parametric(sizes=Distribution.parse("constant:1000")).jobs(1, 0)


def test_a_larger_number_begins_with_the_same_jobs() -> None:
    few, many = _parametric().jobs(50, 8), _parametric().jobs(80, 8)

    assert [(job.nodes, job.runtime) for job in few] == [(job.nodes, job.runtime) for job in many][:50]


def test_lublin_agrees_with_the_statistics_that_are_known_of_it() -> None:
    """On 256 nodes the model is known for means of about 22 nodes and 4860 s (workload Lublin-1 of later studies)."""
    records = Lublin(nodes=256).jobs(20_000, 7)
    sizes = Counter(record.nodes for record in records)

    assert statistics.mean(sizes.elements()) == pytest.approx(22, rel=0.05)
    assert statistics.mean(record.runtime for record in records) == pytest.approx(4860, rel=0.05)
    # Parallel jobs may be drawn as serial ones too: a low logarithm rounds to 0 or the size to 1.
    assert sizes[1] / 20_000 == pytest.approx(0.244, abs=0.03)
    powers = sum(count for size, count in sizes.items() if size > 1 and size.bit_count() == 1)
    assert 0.65 < powers / (20_000 - sizes[1]) < 0.85, "57.6 %, and those among the others that happen to be one"
    assert max(sizes) == 256
    assert max(record.runtime for record in records) <= math.exp(12) + 1


def test_lublin_gaps_have_their_mean() -> None:
    """The mean of exp(X) for a gamma distributed X that is cut at 13, in closed form."""
    model = Lublin(nodes=8)
    shape, scale = 10.2303 * 1.0225, 0.4871
    mean = (1 - scale) ** -shape * gamma_cdf(shape, 13 * (1 / scale - 1)) / gamma_cdf(shape, 13 / scale)
    arrivals = model.arrivals(100_000, Stream(3, "arrivals"))

    assert arrivals[-1] / 100_000 == pytest.approx(mean, rel=0.05)


def test_lublin_large_jobs_run_longer() -> None:
    model, stream = Lublin(nodes=256), Stream(1, "")
    small, large = ([model.runtime(nodes, stream) for _ in range(5000)] for nodes in (1, 128))

    assert statistics.median(large) > 10 * statistics.median(small)


def test_lublin_day_has_its_peak_in_the_afternoon() -> None:
    rates = Lublin(nodes=8).slot_rates()
    records = Lublin(nodes=8).jobs(30_000, 3)
    hours = Counter(int(record.submit // 3600) % 24 for record in records)

    assert statistics.mean(rates) == pytest.approx(1)
    assert rates.index(max(rates)) in (27, 28, 29)
    assert rates.index(min(rates)) == 11, "just before half past five"
    assert hours[14] / hours[5] > 4


@pytest.mark.parametrize("nodes", [1, 2, 3, 5, 100])
def test_lublin_works_for_small_machines(nodes: int) -> None:
    assert {record.nodes for record in Lublin(nodes=nodes).jobs(300, 1)} <= set(range(1, nodes + 1))


def test_lublin_days_are_the_beginning_of_many_jobs() -> None:
    model = Lublin(nodes=16)
    records = model.days(10, 4)

    assert records == model.jobs(5000, 4)[: len(records)]
    assert records[-1].submit < 10 * DAY <= model.jobs(len(records) + 1, 4)[-1].submit


@pytest.mark.parametrize(
    ("shape", "x", "expected"),
    [
        (1.0, 2.0, 1 - math.exp(-2)),
        (2.0, 3.0, 1 - 4 * math.exp(-3)),
        (0.5, 1.0, math.erf(1.0)),
        (8.0, 0.0, 0.0),
        (3, 1e3, 1),
    ],
)
def test_incomplete_gamma_function(shape: float, x: float, expected: float) -> None:
    assert gamma_cdf(shape, x) == pytest.approx(expected, rel=1e-12)


def _generate(preset: str, **options: object):
    return generate(GenerateOptions(preset=preset, **options), Application(), Elasticity())


@pytest.mark.parametrize("preset", list(PRESETS))
@settings(max_examples=5, deadline=None)
@given(nodes=st.integers(1, 300), seed=st.integers(0, 9))
def test_presets_fit_any_machine(preset: str, nodes: int, seed: int) -> None:
    scenario = _generate(preset, nodes=nodes, jobs=30, seed=seed)

    assert len(scenario.records) == 30
    assert all(1 <= record.nodes <= nodes for record in scenario.records)
    assert scenario.cluster.nodes == nodes


@pytest.mark.parametrize(
    ("preset", "nodes", "total_speed", "days", "jobs"),
    [("haswell", 2388, 2.81e15, 5, 12_000), ("knl", 9688, 2.95e16, 6, 25_000), ("theta", 4392, 1.17e16, 14, 1200)],
)
def test_presets_of_studied_machines(preset: str, nodes: int, total_speed: float, days: float, jobs: int) -> None:
    scenario = _generate(preset)

    assert scenario.cluster.nodes == PRESETS[preset].nodes == nodes
    assert PRESETS[preset].node_speed * nodes == pytest.approx(total_speed, rel=1e-6)
    assert (days - 0.2) * DAY < scenario.records[-1].submit < days * DAY
    assert len(scenario.records) > jobs


def test_parameters_and_seed_go_into_the_provenance() -> None:
    scenario = _generate("parametric", seed=6, jobs=5, changes={"load": 0.5}, cycle={"weekend": 0.0, "amplitude": 0.1})
    origin = scenario.origin

    assert (origin["preset"], origin["seed"], origin["jobs"], origin["days"]) == ("parametric", 6, 5, None)
    assert origin["parameters"]["load"] == 0.5
    assert origin["parameters"]["runtimes"] == "log-uniform:30:86400"
    assert origin["parameters"]["cycle"] == {"amplitude": 0.1, "peak_hour": 14.0, "weekend": 0.0}
    assert _generate("lublin").origin["parameters"]["serial"] == 0.244


@pytest.mark.parametrize(
    ("preset", "options", "message"),
    [
        ("bogus", {}, "there is no preset 'bogus'; known are: lublin"),
        ("lublin", {"changes": {"load": 1.0}}, "the preset 'lublin' has no parameter load"),
        ("knl", {"jobs": 5, "days": 2.0}, "either the number of jobs or the number of days"),
        ("knl", {"jobs": 0}, "the number of jobs is 0"),
        ("knl", {"days": math.inf}, "the number of days is inf"),
        ("lublin", {"days": 1e-9}, "the workload is empty"),
        ("parametric", {"changes": {"load": 0.0}}, "the offered load is 0.0"),
    ],
)
def test_impossible_options_are_input_errors(preset: str, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _generate(preset, **options)
