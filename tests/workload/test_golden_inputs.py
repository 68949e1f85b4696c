"""The inputs of the golden scenarios and of the original's example, and the delays that the reference made of them."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from elastisim.configuration import read_configuration
from elastisim.errors import InputError
from elastisim.patterns import VectorPattern
from elastisim.scenario import read_scenario
from elastisim.workload.application import IdleTask
from elastisim.workload.formula import Formula, round_six_decimals, to_iterations
from elastisim.workload.job import JobDescription, JobType
from elastisim.workload.reading import read_workload
from elastisim.workload.scope import bind_arguments, job_scope

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests/golden/scenarios"
EXAMPLE = ROOT.parent / "shared/data/elastisim-example"

REFUSED = {
    "quirk_textual_substitution": "$.phases[0].tasks[3].delay",
    "quirk_walltime_not_integer": "$.jobs[1].walltime",
}
"""Inputs whose meaning hangs on what the specification does not keep (R2.3, R4.3), with the place of the problem."""

BEFORE_THE_RUN = {
    "err_config_invalid_json": "line 1, column 72",
    "err_config_no_trigger": "scheduling_interval",
    "err_config_platform_key_missing": "$.platform_file",
    "err_expression_invalid": "'work'",
    "err_gpu_pattern_not_supported": "gather",
    "err_job_argument_boolean": "$.jobs[0].arguments.flag",
    "err_job_min_greater_max": "$.jobs[0].num_nodes_min",
    "err_job_num_nodes_missing": "$.jobs[0].num_nodes",
    "err_job_submit_time_missing": "$.jobs[0].submit_time",
    "err_job_type_unknown": '"elastic"',
    "err_jobs_invalid_json": "line 1, column 28",
    "err_matrix_on_moldable": "matrix",
    "err_model_file_missing": "nowhere.json",
    "err_negative_busy_wait": "-2.5",
    "err_negative_loads_ignored": "-100000000000.0",
    "err_pfs_link_unknown": "nolink",
    "err_pfs_targets_unknown_host": "nowhere",
    "err_platform_dragonfly_few_routers": "dragonfly",
    "err_platform_file_missing": "nowhere.xml",
    "err_platform_invalid_xml": "line 13",
    "err_platform_two_batch_hosts": "batch_system",
    "err_task_pattern_unknown": "everyone",
    "err_task_type_unknown": "fpga",
    "err_task_without_load": "flops, bytes or both",
    "err_vector_on_malleable": "vector",
}
"""Scenarios whose inputs are wrong, and what the message has to mention."""


def scenarios() -> list[Any]:
    return [pytest.param(path, id=path.name) for path in sorted(SCENARIOS.iterdir()) if path.is_dir()]


@pytest.mark.parametrize("directory", scenarios())
def test_inputs_are_accepted_or_refused_for_the_right_reason(directory: Path) -> None:
    culprit = BEFORE_THE_RUN.get(directory.name) or REFUSED.get(directory.name)
    if culprit is None:
        read_scenario(read_configuration(directory / "configuration.json"))
        return
    with pytest.raises(InputError) as caught:
        read_scenario(read_configuration(directory / "configuration.json"))

    assert culprit in str(caught.value)


@pytest.mark.parametrize("directory", scenarios())
def test_only_scenarios_that_must_fail_are_refused(directory: Path) -> None:
    if directory.name in BEFORE_THE_RUN:
        assert json.loads((directory / "scenario.json").read_text())["required"] == "error"


def test_the_original_example_is_read(tmp_path: Path) -> None:
    if not EXAMPLE.is_dir():
        pytest.skip("the example of the original is not there")
    scenario = read_scenario(read_configuration(EXAMPLE / "configuration.json"))

    written = json.loads((EXAMPLE / "jobs.json").read_text())["jobs"]
    assert Counter(job.type.name.lower() for job in scenario.workload.jobs) == Counter(job["type"] for job in written)
    assert [job.submit_time for job in scenario.workload.jobs] == sorted(job["submit_time"] for job in written)


def observed_delays(directory: Path) -> dict[tuple[int, str], set[float]]:
    """Return the durations of tasks by job and name."""
    packed = directory / "expected/task_times.csv.gz"
    text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else ""
    if not text and (plain := directory / "expected/task_times.csv").exists():
        text = plain.read_text()
    durations: dict[tuple[int, str], set[float]] = defaultdict(set)
    for row in csv.DictReader(text.splitlines()):
        durations[int(row["Job"]), row["Task"]].add(float(row["Duration"]))
    return durations


def delays(job: JobDescription) -> dict[str, float]:
    """Return the durations of the idle tasks of a job of fixed size whose names are unique."""
    scope = job_scope(
        bind_arguments(job.arguments),
        num_nodes=job.min_nodes,
        num_gpus_per_node=job.min_gpus_per_node,
        num_nodes_min=job.min_nodes,
        num_nodes_max=job.max_nodes,
    )
    found = {}
    for task in job.model.tasks():
        if not isinstance(task, IdleTask) or task.synchronized or task.delay.pattern is not VectorPattern.UNIFORM:
            continue
        amount, iterations = task.delay.amount, task.iterations
        assert not isinstance(amount, tuple)
        if isinstance(amount, Formula):
            delay = amount.evaluate(scope)
        else:
            delay = amount if job.type is JobType.RIGID else round_six_decimals(amount)
        count = to_iterations(iterations.evaluate(scope)) if isinstance(iterations, Formula) else iterations
        found[task.name] = delay * count
    names = Counter(task.name for task in job.model.tasks())
    return {name: delay for name, delay in found.items() if names[name] == 1}


MODELS = (
    "expressions_operators_functions",
    "expressions_arguments",
    "iterations_numbers_expressions",
    "quirk_numbers_six_decimals",
    "quirk_iterations_of_other_kinds",
    "delay_patterns",
    "sequence_nested",
)


@pytest.mark.parametrize("name", MODELS)
def test_delays_are_those_of_the_reference(name: str) -> None:
    directory = SCENARIOS / name
    observed = observed_delays(directory)
    compared = 0
    for job in read_workload(directory / "jobs.json").jobs:
        if job.min_nodes == job.max_nodes:
            for task, delay in delays(job).items():
                if (job.identifier, task) in observed:
                    expected = pytest.approx(max(delay, 0.0), rel=1e-9, abs=1e-9)
                    assert all(duration == expected for duration in observed[job.identifier, task]), task
                    compared += 1

    assert compared >= 2


def test_textual_substitution_is_replaced_by_variables(tmp_path: Path) -> None:
    """Without the model that joins names and digits the scenario is valid, with the values of proper variables."""
    shutil.copytree(SCENARIOS / "quirk_textual_substitution", tmp_path, dirs_exist_ok=True)
    model = json.loads((tmp_path / "application_model.json").read_text())
    del model["phases"][0]["tasks"][3]
    (tmp_path / "application_model.json").write_text(json.dumps(model))

    for job in read_workload(tmp_path / "jobs.json").jobs:
        assert delays(job) == {"sum": 6.0, "power": 14.0, "minus": 14.0}
