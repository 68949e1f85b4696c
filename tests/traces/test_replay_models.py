"""Application models of traces: the run times that they give, and what else they do."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.errors import InputError
from elastisim.workload.elasticity import Elasticity, Transformation
from elastisim.workload.evolution import PATTERNS
from elastisim.workload.formula import parse_formula
from elastisim.workload.job import JobType
from elastisim.workload.replay import MODEL, Application
from elastisim.workload.speedup import Amdahl, Downey

SPEED = 2.5e11


def _arguments(application: Application, runtime: float, nodes: int, kind: JobType = JobType.RIGID):
    speedup = "amdahl" if application.speedup == "fixed" else application.speedup
    sizes = Transformation(Elasticity(speedup=speedup, sigma=application.sigma), 5000).sizes(nodes)
    return application.arguments(runtime, nodes, kind, sizes)


def _value(text: str | float, arguments: dict[str, float], nodes: int) -> float:
    if not isinstance(text, str):
        return text
    # Arguments reach a model with six decimals (R2.5).
    known = {name: float(f"{value:.6f}") for name, value in arguments.items()}
    return parse_formula(text).evaluate(known | {"num_nodes": nodes})


def _runtime(application: Application, arguments: dict[str, float], nodes: int) -> float:
    """Return the run time of all phases on nodes that compute with SPEED and do nothing else."""
    seconds = 0.0
    for phase in application.model(MODEL)["phases"]:
        task = phase["tasks"][0]
        once = (
            _value(task["delay"], arguments, nodes)
            if task["type"] == "busy_wait"
            else _value(task["flops"], arguments, nodes) / SPEED
        )
        seconds += once * _value(phase["iterations"], arguments, nodes)
    return seconds


applications = st.builds(
    Application,
    speedup=st.sampled_from(["fixed", "amdahl", "downey"]),
    sigma=st.sampled_from([0.0, 0.5, 1.0, 1.5, 3.0]),
    node_speed=st.just(SPEED),
)


@settings(deadline=None)
@given(
    applications,
    st.floats(0.001, 1e6).map(lambda value: round(value, 6)),
    st.integers(1, 4000),
    st.sampled_from(list(JobType)),
)
def test_the_run_time_of_the_trace_is_reproduced(application, runtime: float, nodes: int, kind: JobType) -> None:
    arguments = _arguments(application, runtime, nodes, kind)

    assert _runtime(application, arguments, nodes) == pytest.approx(runtime, rel=1e-12)
    assert (arguments["runtime"], arguments["num_nodes_pref"]) == (runtime, nodes)


@pytest.mark.parametrize(
    ("application", "law"),
    [
        (Application(speedup="amdahl", node_speed=SPEED), Amdahl(Fraction(999, 1000))),
        (Application(speedup="downey", sigma=1.0, node_speed=SPEED), Downey(Fraction("198.000001"), Fraction(1))),
        (Application(speedup="downey", sigma=0.5, node_speed=SPEED), Downey(Fraction("99.666667"), Fraction(1, 2))),
        (Application(speedup="downey", sigma=2.0, node_speed=SPEED), Downey(Fraction("264.000001"), Fraction(2))),
    ],
)
def test_run_times_on_other_sizes_follow_the_speed_up(application: Application, law: Amdahl | Downey) -> None:
    arguments = _arguments(application, 3600, 100)
    for nodes in (1, 2, 20, 99, 150, 198, 199, 240, 400, 1000):
        expected = 3600 * law.speedup(100) / law.speedup(nodes)

        assert _runtime(application, arguments, nodes) == pytest.approx(float(expected), rel=1e-12)


def test_a_fixed_run_time_is_the_same_on_all_sizes() -> None:
    application = Application(speedup="fixed")
    arguments = _arguments(application, 77, 8)

    assert {_runtime(application, arguments, nodes) for nodes in (1, 8, 500)} == {77}


def test_linear_work_gives_the_run_times_of_the_published_generator() -> None:
    """Run time over efficiency at the preferred size (strategies S10.4): 2.02 times as long for 1024 nodes."""
    application = Application(speedup="amdahl", calibration="linear", node_speed=SPEED)

    assert _runtime(application, _arguments(application, 100, 1), 1) == pytest.approx(100)
    assert _runtime(application, _arguments(application, 100, 1024), 1024) == pytest.approx(202.3, abs=0.05)


@pytest.mark.parametrize(
    ("kind", "runtime", "iterations"),
    [
        (JobType.RIGID, 3600, 1),
        (JobType.MOLDABLE, 3600, 1),
        (JobType.MALLEABLE, 3600, 60),
        (JobType.MALLEABLE, 3659, 60),
        (JobType.MALLEABLE, 59, 1),
        (JobType.MALLEABLE, 1_000_000, 1000),
        (JobType.EVOLVING, 120, 2),
        (JobType.ADAPTIVE, 59, 2),
        (JobType.ADAPTIVE, 300, 5),
    ],
)
def test_phases_of_a_given_length(kind: JobType, runtime: float, iterations: int) -> None:
    assert _arguments(Application(speedup="amdahl"), runtime, 4, kind)["iterations"] == iterations


def test_length_and_number_of_phases_can_be_chosen() -> None:
    application = Application(speedup="amdahl", phase_length=1.0, max_phases=50_000)

    assert _arguments(application, 40_000, 4, JobType.MALLEABLE)["iterations"] == 40_000
    assert _arguments(Application(max_phases=1), 40_000, 4, JobType.MALLEABLE)["iterations"] == 1


def test_checkpoints() -> None:
    application = Application(speedup="amdahl", checkpoint_size=1e9, checkpoint_interval=600.0)
    arguments = _arguments(application, 3700, 4)
    task = application.model(MODEL)["phases"][0]["tasks"][-1]

    assert task == {"type": "pfs_write", "name": "Checkpoint", "bytes": "checkpoint_bytes", "pattern": "all_ranks"}
    assert (arguments["iterations"], arguments["checkpoint_bytes"]) == (6, 4_000_000_000)
    assert _arguments(application, 599, 4)["checkpoint_bytes"] == 0, "too short for a checkpoint"


def test_communication_beside_the_computation() -> None:
    application = Application(speedup="amdahl", communication_rate=1e6, communication_pattern="ring")
    arguments = _arguments(application, 600, 4, JobType.MALLEABLE)
    (task,) = application.model(MODEL)["phases"][0]["tasks"]

    assert (task["bytes"], task["communication_pattern"]) == ("communication_bytes", "ring")
    assert arguments["communication_bytes"] * arguments["iterations"] == 1e6 * 4 * 600


def test_communication_after_a_fixed_run_time() -> None:
    application = Application(speedup="fixed", communication_rate=5.0)
    wait, communicate = application.model(MODEL)["phases"][0]["tasks"]

    assert wait["type"] == "busy_wait"
    assert (communicate["type"], communicate["bytes"]) == ("cpu", "communication_bytes")
    assert _arguments(application, 7, 3)["communication_bytes"] == 105


@pytest.mark.parametrize(
    ("way", "tasks"),
    [("network", ["cpu"]), ("pfs", ["pfs_write", "pfs_read"])],
)
def test_redistribution_of_the_state(way: str, tasks: list[str]) -> None:
    application = Application(speedup="amdahl", state_size=2e9, redistribution=way)
    model = application.model(MODEL)

    assert [task["type"] for task in model["on_reconfiguration"]["tasks"]] == tasks
    assert {task["bytes"] for task in model["on_reconfiguration"]["tasks"]} == {"state_bytes"}
    assert _arguments(application, 100, 8)["state_bytes"] == 16_000_000_000
    assert "on_reconfiguration" not in Application().model(MODEL)


def test_evolving_jobs_have_a_model_for_each_pattern() -> None:
    application = Application(speedup="amdahl", evolving_patterns=("grow", "burst"), seed=4)
    names = [application.model_of(JobType.EVOLVING, job) for job in range(400)]

    assert set(names) == {"application_model_evolving_grow.json", "application_model_evolving_burst.json"}
    assert 150 < names.count("application_model_evolving_grow.json") < 250
    assert names == [application.model_of(JobType.EVOLVING, job) for job in range(400)]
    (phase,) = application.model("application_model_evolving_grow.json")["phases"]
    assert phase["evolving_request"] == PATTERNS["grow"].request


def test_adaptive_jobs_are_malleable_first_and_evolving_then() -> None:
    application = Application(speedup="amdahl")
    name = application.model_of(JobType.ADAPTIVE, 1)
    first, second = application.model(name)["phases"]

    assert name == "application_model_adaptive_wave.json"
    assert "evolving_request" not in first
    assert second["evolving_request"] == PATTERNS["wave"].request
    for iterations in (2, 3, 7, 60):
        counts = [parse_formula(phase["iterations"]).evaluate({"iterations": iterations}) for phase in (first, second)]
        assert sum(counts) == iterations
        assert min(counts) >= 1


def test_other_jobs_share_one_model() -> None:
    application = Application(speedup="amdahl")

    assert {application.model_of(kind, 1) for kind in (JobType.RIGID, JobType.MOLDABLE, JobType.MALLEABLE)} == {MODEL}


@pytest.mark.parametrize(
    ("pattern", "requests"),
    [
        ("grow", [2, 3, 4, 5, 6]),
        ("shrink", [9, 8, 7, 6, 5]),
        ("wave", [2] * 10 + [9] * 10 + [2] * 3),
        ("burst", [2] * 9 + [9] + [2] * 9 + [9, 2]),
    ],
)
def test_patterns_by_hand(pattern: str, requests: list[int]) -> None:
    formula = parse_formula(PATTERNS[pattern].request)
    scope = {"num_nodes_min": 2, "num_nodes_max": 9, "num_nodes": 5}

    assert [formula.evaluate(scope | {"phase_iteration": k}) for k in range(len(requests))] == requests


def test_the_erratic_pattern_reaches_all_sizes() -> None:
    formula = parse_formula(PATTERNS["erratic"].request)
    scope = {"num_nodes_min": 3, "num_nodes_max": 12, "num_nodes": 5}
    requests = [formula.evaluate(scope | {"phase_iteration": k}) for k in range(200)]

    assert set(requests) == set(range(3, 13))
    assert len(set(requests[:6])) > 2


def test_names_of_arguments_do_not_contain_each_other() -> None:
    """Simulators that substitute arguments as text would replace a name inside another one (R4.3)."""
    application = Application(speedup="amdahl", checkpoint_size=1.0, communication_rate=1.0, state_size=1.0)
    names = [*_arguments(application, 1, 1), "average_parallelism"]
    used = [*names, "num_nodes", "num_nodes_min", "num_nodes_max", "phase_iteration", "ceil", "floor"]

    assert [(one, other) for one in names for other in used if one != other and one in other] == []


@pytest.mark.parametrize(
    ("kind", "calibration", "nodes", "slowdown"),
    [
        (JobType.RIGID, "trace", 10, 1.0),
        # p = 0.975: S(10) = 1 / 0.1225, S(2) = 1 / 0.5125
        (JobType.MALLEABLE, "trace", 10, 0.5125 / 0.1225),
        (JobType.RIGID, "linear", 10, 1.225),
        (JobType.MOLDABLE, "linear", 10, 5.125),
    ],
)
def test_longest_run_time_relative_to_the_record(kind: JobType, calibration: str, nodes: int, slowdown: float) -> None:
    sizes = Transformation(Elasticity(), 5000).sizes(nodes)
    application = Application(speedup="amdahl", calibration=calibration)

    assert application.slowdown(sizes, nodes, kind) == pytest.approx(slowdown, rel=1e-14)
    assert Application(speedup="fixed").slowdown(sizes, nodes, kind) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"phase_length": 0.0}, "phase length is 0.0, expected more than 0"),
        ({"node_speed": math.inf}, "node speed is inf"),
        ({"checkpoint_size": -1.0}, "checkpoint size is -1.0, expected 0 or more"),
        ({"max_phases": 0}, "largest number of phases is 0"),
        ({"evolving_patterns": ("waltz",)}, "unknown evolving patterns"),
        ({"evolving_patterns": ()}, "unknown evolving patterns"),
    ],
)
def test_impossible_applications_are_input_errors(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Application(**arguments)
