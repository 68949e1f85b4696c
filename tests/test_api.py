"""Simulations from Python."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

import elastisim
from conftest import ALGORITHM, rigid
from elastisim import AlgorithmError, InputError, Observer, read_configuration, read_scenario, simulate
from elastisim_python import JobState, NodeState, pass_algorithm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import ScenarioWriter
    from elastisim.batch.job import Job
    from elastisim.results.results import Results

ENDS = [10.0, 21.0, 15.0]
"""When the jobs of the default scenario end."""


def first_come_first_served(jobs: Any, nodes: Any, system: Any) -> None:
    free = [node for node in nodes if node.state is NodeState.FREE]
    for job in jobs:
        if job.state is JobState.PENDING:
            if job.num_nodes > len(free):
                break
            job.assign(free[: job.num_nodes])
            del free[: job.num_nodes]


def one_after_the_other(jobs: Any, nodes: Any, system: Any) -> None:
    if not any(job.state is JobState.RUNNING for job in jobs):
        waiting = [job for job in jobs if job.state is JobState.PENDING]
        if waiting:
            waiting[0].assign(nodes[: waiting[0].num_nodes])


def ends(results: Results) -> list[float]:
    return results.jobs["end_time"].to_list()


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda path: path,
        lambda path: {**json.loads(path.read_text()), **{key: path.parent / name for key, name in INPUTS.items()}},
        read_configuration,
        lambda path: read_scenario(read_configuration(path)),
    ],
    ids=["text", "path", "dictionary", "configuration", "scenario"],
)
def test_a_configuration_comes_in_many_forms(scenario: ScenarioWriter, form: Callable[[Path], Any]) -> None:
    assert ends(simulate(form(scenario()), first_come_first_served)) == ENDS


INPUTS = {"jobs_file": "jobs.json", "platform_file": "platform.xml"}


@pytest.mark.parametrize("name", ["algorithm.py", "algorithm.py:schedule"])
def test_an_algorithm_can_be_a_script(scenario: ScenarioWriter, name: str) -> None:
    path = scenario()

    assert ends(simulate(path, path.with_name(name))) == ENDS
    assert ends(simulate(path, str(path.with_name(name)))) == ENDS


@pytest.mark.parametrize("is_named", [True, False])
def test_an_algorithm_can_connect_to_an_address(scenario: ScenarioWriter, tmp_path: Path, is_named: bool) -> None:
    url = f"ipc://{tmp_path}/e.ipc"
    client = Thread(target=pass_algorithm, args=(first_come_first_served, url), daemon=True)
    client.start()
    results = simulate(scenario(zmq_url=None if is_named else url), url if is_named else None, scheduler_timeout=20.0)
    client.join(20.0)

    assert ends(results) == ENDS
    assert not client.is_alive()
    assert results.description is not None
    assert results.description.algorithm is not None
    assert (results.description.algorithm.kind, results.description.algorithm.name) == ("socket", url)


def test_files_are_written_where_they_are_wanted(scenario: ScenarioWriter, tmp_path: Path) -> None:
    path = scenario()
    simulate(path, first_come_first_served, output_directory=tmp_path / "elsewhere")
    assert not (tmp_path / "output").exists()

    simulate(path, first_come_first_served)
    for name in ("job_statistics.csv", "node_utilization.csv"):
        assert (tmp_path / "elsewhere" / name).read_bytes() == (tmp_path / "output" / name).read_bytes()


def test_results_can_be_kept_in_memory(scenario: ScenarioWriter, tmp_path: Path) -> None:
    results = simulate(scenario(sensing=True, sensing_interval=5), first_come_first_served, write_files=False)

    assert not (tmp_path / "output").exists()
    assert ends(results) == ENDS
    assert not results.is_partial
    assert results.cpu_utilization["time"].to_list() == [0.0, 5.0, 10.0, 15.0, 20.0]
    assert results.statistics().jobs.completed == 3
    assert results.name == str(tmp_path / "configuration.json")


def test_overrides_replace_keys(scenario: ScenarioWriter) -> None:
    path = scenario()
    results = simulate(path, first_come_first_served, overrides={"engine": "exact"})

    assert results.description is not None
    assert results.description.engine == "exact"
    with pytest.raises(TypeError, match="takes no overrides"):
        simulate(read_configuration(path), first_come_first_served, overrides={"engine": "exact"})


def test_the_function_is_recorded(scenario: ScenarioWriter) -> None:
    description = simulate(scenario(), first_come_first_served, write_files=False).description

    assert description is not None
    assert description.algorithm is not None
    assert (description.algorithm.kind, description.algorithm.name) == ("function", "first_come_first_served")


def test_a_policy_is_chosen_by_name(scenario: ScenarioWriter) -> None:
    path = scenario()
    results = simulate(path, policy="easy", policy_options={"order": "sjf"}, write_files=False)

    assert ends(results) == ENDS
    assert results.description is not None
    assert results.description.algorithm is not None
    assert (results.description.algorithm.kind, results.description.algorithm.name) == ("policy", "easy")
    assert results.description.algorithm.options == {"order": "sjf"}
    with pytest.raises(TypeError, match="one of them is enough"):
        simulate(path, first_come_first_served, policy="easy")
    with pytest.raises(TypeError, match="no policy"):
        simulate(path, first_come_first_served, policy_options={"order": "sjf"})
    with pytest.raises(InputError, match="no policy 'eazy'"):
        simulate(path, policy="eazy")


def test_a_callable_object_is_an_algorithm_too(scenario: ScenarioWriter) -> None:
    class Counting:
        calls = 0

        def __call__(self, jobs: Any, nodes: Any, system: Any) -> None:
            self.calls += 1
            first_come_first_served(jobs, nodes, system)

    counting = Counting()

    assert ends(simulate(scenario(), counting)) == ENDS
    assert counting.calls == 6


def test_observers_learn_what_happens(scenario: ScenarioWriter) -> None:
    class Ends(Observer):
        def __init__(self) -> None:
            self.seen: list[tuple[float, int]] = []

        def job_ended(self, now: float, job: Job) -> None:
            self.seen.append((now, job.identifier))

    observer = Ends()
    simulate(scenario(), first_come_first_served, observers=[observer])

    assert observer.seen == [(10.0, 0), (15.0, 2), (21.0, 1)]


def test_warnings_about_input_files_are_logged(scenario: ScenarioWriter, caplog: pytest.LogCaptureFixture) -> None:
    path = scenario(nonsense=1)
    with caplog.at_level(logging.WARNING, "elastisim"):
        simulate(path, first_come_first_served)

    assert caplog.messages == [f"{path}: $.nonsense: is unknown and ignored"]


def test_errors_are_raised_as_what_they_are(scenario: ScenarioWriter, tmp_path: Path) -> None:
    def forgetful(jobs: Any, nodes: Any, system: Any) -> None:
        raise LookupError("forgot")

    with pytest.raises(AlgorithmError, match="forgetful failed at 0 s: LookupError: forgot") as failure:
        simulate(scenario(), forgetful)
    assert isinstance(failure.value.__cause__, LookupError)
    assert "in forgetful" in failure.value.details
    assert (tmp_path / "output/job_statistics.csv.partial").exists()
    with pytest.raises(InputError, match=r"\$\.jobs\[0\]\.num_nodes"):
        simulate(scenario([{**rigid(0, 1, 1), "num_nodes": 0}]), first_come_first_served)
    with pytest.raises(InputError, match="does not exist"):
        simulate(scenario(), "nowhere.py")
    with pytest.raises(InputError, match=r"\$\.zmq_url"):
        simulate(scenario(zmq_url=None))


STATEFUL = """import own
from elastisim_python import JobState, pass_algorithm

calls = 0

def schedule(jobs, nodes, system):
    global calls
    calls += 1
    assert calls <= 6, "state of an earlier run"
    for job in jobs:
        if job.state is JobState.PENDING:
            job.assign(nodes[own.FIRST : own.FIRST + job.num_nodes])
            break

pass_algorithm(schedule, "")
"""


def write_stateful(directory: Path, first: int) -> Path:
    """Write a script with a module of its own beside it, which starts jobs on nodes from *first* on."""
    directory.mkdir()
    (directory / "own.py").write_text(f"FIRST = {first}\n")
    path = directory / "algorithm.py"
    path.write_text(STATEFUL)
    return path


def test_one_process_can_simulate_many_times(scenario: ScenarioWriter, tmp_path: Path) -> None:
    path = scenario([rigid(0, 1, 5), rigid(20, 1, 5), rigid(40, 1, 5)])
    algorithm = write_stateful(tmp_path / "a", 2)
    first, second = (simulate(path, algorithm, write_files=False) for _ in range(2))

    assert first.jobs.equals(second.jobs)
    assert first.stays["node_ids"].to_list() == ["2", "2", "2"]
    assert "own" not in sys.modules


class Lockstep(Observer):
    """Lets simulations go on together only, from one submission to the next."""

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier

    def job_submitted(self, now: float, job: Job) -> None:
        self._barrier.wait(timeout=20.0)


def test_threads_can_simulate_with_different_scripts(scenario: ScenarioWriter, tmp_path: Path) -> None:
    path = scenario([rigid(0, 1, 5), rigid(20, 1, 5), rigid(40, 1, 5)])
    scripts = [write_stateful(tmp_path / name, first) for name, first in (("a", 1), ("b", 3))]
    lockstep = [Lockstep(Barrier(2))]

    def run(algorithm: Path) -> Results:
        return simulate(path, algorithm, output_directory=algorithm.parent / "output", observers=lockstep)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, scripts))

    assert [set(result.stays["node_ids"]) for result in results] == [{"1"}, {"3"}]
    assert all((script.parent / "output/job_statistics.csv").exists() for script in scripts)


def test_threads_can_simulate_with_different_functions(scenario: ScenarioWriter) -> None:
    path = scenario()
    lockstep = [Lockstep(Barrier(2))]

    def run(algorithm: Any) -> list[float]:
        return ends(simulate(path, algorithm, write_files=False, observers=lockstep))

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run, [first_come_first_served, one_after_the_other]))

    assert found == [ENDS, [10.0, 30.0, 35.0]]


def test_a_simulation_can_start_another_one(scenario: ScenarioWriter, tmp_path: Path) -> None:
    path = scenario()
    inner = write_stateful(tmp_path / "inner", 1)
    found = []

    def schedule(jobs: Any, nodes: Any, system: Any) -> None:
        if not found:
            found.append(ends(simulate(path, inner, write_files=False, overrides={"allow_oversubscription": True})))
        first_come_first_served(jobs, nodes, system)

    assert ends(simulate(path, schedule, write_files=False)) == ENDS
    assert len(found) == 1


def test_scripts_may_go_on_after_the_simulation(scenario: ScenarioWriter, tmp_path: Path) -> None:
    path = scenario()
    script = tmp_path / "script.py"
    script.write_text(ALGORITHM + "    open(__file__ + '.done', 'w').close()\n")
    simulate(path, script)

    assert (tmp_path / "script.py.done").exists()


def test_the_package_offers_its_names_without_importing_anything() -> None:
    program = (
        "import sys; before = set(sys.modules); import elastisim; "
        "print(*(name for name in sys.modules if name not in before and name.startswith('elastisim')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) == {"elastisim", "elastisim.version"}
    assert set(elastisim.__all__) <= set(dir(elastisim))
    for name in set(elastisim.__all__) - {"__version__"}:
        assert getattr(elastisim, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = elastisim.nonsense  # type: ignore[attr-defined]
