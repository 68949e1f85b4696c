"""Jobs files (spec section 2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from inputs import elastic, model_of, problems, read, read_job, rigid, warnings, write_json

from elastisim.workload.job import JobType
from elastisim.workload.reading import read_workload

SPELLING = "the original ignores walltimes that are not spelled as whole numbers up to 2147483647"
REMEDY = "full_precision in the configuration prevents that"


@pytest.mark.parametrize("document", ["{}", '{"jobs": []}', '{"jobs": null}'])
def test_files_without_jobs_are_valid(tmp_path: Path, document: str) -> None:
    assert read(tmp_path, document).jobs == ()


def test_a_rigid_job(tmp_path: Path) -> None:
    job = read_job(
        tmp_path,
        rigid(
            submit_time=1.5, num_nodes=3, num_gpus_per_node=2, walltime=60, arguments={"n": 1}, attributes={"u": "x"}
        ),
    )

    assert (job.type, job.submit_time, job.walltime) == (JobType.RIGID, 1.5, 60.0)
    assert (job.min_nodes, job.max_nodes, job.min_gpus_per_node, job.max_gpus_per_node) == (3, 3, 2, 2)
    assert (job.arguments, job.attributes) == ({"n": "1"}, {"u": "x"})
    assert (job.identifier, job.source) == (0, "$.jobs[0]")
    assert job.model.file == str(tmp_path / "model.json")


@pytest.mark.parametrize("kind", ["moldable", "malleable", "evolving", "adaptive", "Moldable", "MALLEABLE"])
def test_other_jobs_have_limits(tmp_path: Path, kind: str) -> None:
    job = read_job(tmp_path, elastic(kind, num_nodes_max=8, num_gpus_per_node_min=1, num_gpus_per_node_max=2))

    assert job.type is JobType[kind.upper()]
    assert (job.min_nodes, job.max_nodes, job.min_gpus_per_node, job.max_gpus_per_node) == (1, 8, 1, 2)


def test_what_is_absent_has_defaults(tmp_path: Path) -> None:
    for job in read(tmp_path, [rigid(), elastic()]).jobs:
        assert (job.walltime, job.arguments, job.attributes) == (0.0, {}, {})
        assert (job.min_gpus_per_node, job.max_gpus_per_node) == (0, 0)


def test_null_counts_as_absent(tmp_path: Path) -> None:
    keys = ("walltime", "arguments", "attributes", "num_gpus_per_node", "num_nodes_max")
    document = json.dumps({"jobs": [rigid() | dict.fromkeys(keys)]})

    assert read(tmp_path, document).jobs[0].walltime == 0.0
    assert not read(tmp_path, document).warnings


def test_fields_of_other_kinds_of_jobs_are_ignored(tmp_path: Path) -> None:
    read_job(tmp_path, rigid(num_nodes_min="x", num_nodes_max=-1, num_gpus_per_node_min=[]))
    read_job(tmp_path, elastic(num_nodes="x", num_gpus_per_node={}))


def test_jobs_are_in_order_of_submission_and_of_the_file_at_equal_times(tmp_path: Path) -> None:
    """Test vector T4."""
    workload = read(tmp_path, [rigid(submit_time=time) for time in (5, 0, 5, -3)])

    assert [(job.identifier, job.submit_time, job.source) for job in workload.jobs] == [
        (0, -3.0, "$.jobs[3]"),
        (1, 0.0, "$.jobs[1]"),
        (2, 5.0, "$.jobs[0]"),
        (3, 5.0, "$.jobs[2]"),
    ]


@pytest.mark.parametrize(("written", "nodes"), [(2, 2), (2.0, 2), (2.9, 2), (1e2, 100)])
def test_nodes_of_rigid_jobs_may_be_written_as_any_number(tmp_path: Path, written: float, nodes: int) -> None:
    assert read_job(tmp_path, rigid(num_nodes=written)).min_nodes == nodes


@pytest.mark.parametrize("written", [0, 0.5, -1, "2", True])
def test_rigid_jobs_need_at_least_one_node(tmp_path: Path, written: Any) -> None:
    ((file, where, message),) = problems(tmp_path, [rigid(num_nodes=written)])

    assert (file, where) == ("jobs.json", "$.jobs[0].num_nodes")
    assert message.startswith("expected a number ≥ 1, found ")


@pytest.mark.parametrize("written", [0, -1, 2.0, "2", True])
@pytest.mark.parametrize("key", ["num_nodes_min", "num_nodes_max"])
def test_limits_are_whole_numbers(tmp_path: Path, key: str, written: Any) -> None:
    ((file, where, message),) = problems(tmp_path, [elastic(**{key: written})])

    assert (file, where) == ("jobs.json", f"$.jobs[0].{key}")
    assert message.startswith("expected an integer ≥ 1, found ")


@pytest.mark.parametrize("key", ["num_nodes_min", "num_nodes_max"])
def test_limits_are_mandatory(tmp_path: Path, key: str) -> None:
    assert problems(tmp_path, [elastic(**{key: None})]) == [
        ("jobs.json", f"$.jobs[0].{key}", "is missing (expected an integer ≥ 1)")
    ]


def test_the_minimum_is_at_most_the_maximum(tmp_path: Path) -> None:
    job = elastic(num_nodes_min=5, num_gpus_per_node_min=1)

    assert problems(tmp_path, [job]) == [
        ("jobs.json", "$.jobs[0].num_nodes_min", "expected at most num_nodes_max (4), found 5"),
        ("jobs.json", "$.jobs[0].num_gpus_per_node_min", "expected at most num_gpus_per_node_max (0), found 1"),
    ]


@pytest.mark.parametrize("written", [-1, 2.0, "2", True])
@pytest.mark.parametrize(
    ("job", "key"),
    [(rigid, "num_gpus_per_node"), (elastic, "num_gpus_per_node_min"), (elastic, "num_gpus_per_node_max")],
)
def test_gpus_that_are_not_whole_numbers_count_as_none(tmp_path: Path, job: Any, key: str, written: Any) -> None:
    workload = read(tmp_path, [job(**{key: written})])

    assert (workload.jobs[0].min_gpus_per_node, workload.jobs[0].max_gpus_per_node) == (0, 0)
    assert [warning.where for warning in workload.warnings] == [f"$.jobs[0].{key}"]
    assert workload.warnings[0].message.endswith("; counts as 0")


@pytest.mark.parametrize(("written", "walltime"), [(5, 5.0), (0, 0.0), (2147483647, 2147483647.0)])
def test_walltimes(tmp_path: Path, written: int, walltime: float) -> None:
    workload = read(tmp_path, [rigid(walltime=written)])

    assert workload.jobs[0].walltime == walltime
    assert workload.warnings == ()


@pytest.mark.parametrize("written", [5.0, 5.5, 2147483648, 0.0])
def test_walltimes_that_the_original_ignores_are_limits_with_one_warning_per_file(
    tmp_path: Path, written: float
) -> None:
    jobs = [rigid(walltime=3), rigid(walltime=written), rigid(walltime=7.5)]
    workload = read(tmp_path, jobs)

    assert [job.walltime for job in workload.jobs] == [3.0, written, 7.5]
    assert warnings(tmp_path, jobs) == [
        (
            "jobs.json",
            "$.jobs[1].walltime",
            f"{written!r} is a limit here, but {SPELLING} (2 jobs in this file)",
        )
    ]


@pytest.mark.parametrize("written", [-5, -0.5, "5", True, []])
def test_other_walltimes_are_refused(tmp_path: Path, written: Any) -> None:
    ((file, where, message),) = problems(tmp_path, [rigid(walltime=written)])

    assert (file, where) == ("jobs.json", "$.jobs[0].walltime")
    assert message.startswith("expected a number ≥ 0, found ")


def test_walltimes_beyond_all_numbers_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, [rigid(walltime=10**400)]) == [
        ("jobs.json", "$.jobs[0].walltime", "the number is out of range")
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("some text", "some text"),
        ("1.23456789", "1.23456789"),
        (7, "7"),
        (-7, "-7"),
        (9223372036854775807, "9223372036854775807"),
        (9223372036854775808, "-9223372036854775808"),
        (18446744073709551615, "-1"),
        (18446744073709551616, "18446744073709551616.000000"),
        (-9223372036854775809, "-9223372036854775808.000000"),
        (1.5, "1.500000"),
        (0.8527412240709863, "0.852741"),
        (1e-7, "0.000000"),
        (1e22, "10000000000000000000000.000000"),
    ],
)
@pytest.mark.parametrize("key", ["arguments", "attributes"])
def test_arguments_and_attributes_become_strings(tmp_path: Path, key: str, written: Any, text: str) -> None:
    assert getattr(read_job(tmp_path, rigid(**{key: {"x": written}})), key) == {"x": text}


@pytest.mark.parametrize(
    ("written", "text"),
    [(0.8527412240709863, "0.8527412240709863"), (1e-7, "1e-07"), (2**63, "9223372036854775808"), (7, "7"), ("a", "a")],
)
def test_full_precision_keeps_all_digits(tmp_path: Path, written: Any, text: str) -> None:
    workload = read(tmp_path, [rigid(arguments={"x": written})], full_precision=True)

    assert workload.jobs[0].arguments == {"x": text}
    assert workload.warnings == ()


def test_noticeable_rounding_is_announced_once_for_each_argument(tmp_path: Path) -> None:
    values = [{"x": 1.5, "y": 1.5}, {"x": 1e-7, "y": 1.5}, {"x": 0.0000125, "y": 0.8527412240709863}, {"y": 2**63}]

    assert warnings(tmp_path, [rigid(arguments=arguments) for arguments in values]) == [
        (
            "jobs.json",
            "$.jobs[1].arguments.x",
            f"1e-07 becomes 0.000000 (six decimals); {REMEDY} (2 jobs in this file)",
        ),
        (
            "jobs.json",
            "$.jobs[3].arguments.y",
            f"9223372036854775808 becomes -9223372036854775808 (the original has 64 bits); {REMEDY}",
        ),
    ]


def test_attributes_may_be_true_or_false(tmp_path: Path) -> None:
    assert read_job(tmp_path, rigid(attributes={"a": True, "b": False})).attributes == {"a": "true", "b": "false"}


@pytest.mark.parametrize("written", [True, None, [], {}])
def test_arguments_are_strings_or_numbers(tmp_path: Path, written: Any) -> None:
    ((file, where, message),) = problems(tmp_path, [rigid(arguments={"flag": written})])

    assert (file, where) == ("jobs.json", "$.jobs[0].arguments.flag")
    assert message.startswith("expected a string or a number, found ")


def test_arguments_beyond_all_numbers_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, [rigid(arguments={"x": 10**400})]) == [
        ("jobs.json", "$.jobs[0].arguments.x", "the number is out of range")
    ]


@pytest.mark.parametrize("key", ["submit_time", "application_model", "type"])
def test_mandatory_fields(tmp_path: Path, key: str) -> None:
    ((file, where, message),) = problems(tmp_path, [rigid(**{key: None})])

    assert (file, where) == ("jobs.json", f"$.jobs[0].{key}")
    assert message.startswith("is missing (expected ")


def test_all_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    write_json(tmp_path / "other.json", "{")
    jobs = [
        rigid(type="elastic"),
        rigid(submit_time="soon", num_nodes=0),
        rigid(application_model="nowhere.json"),
        rigid(application_model="other.json"),
        elastic(num_nodes_min=5),
    ]

    assert [(file, where) for file, where, _ in problems(tmp_path, jobs, model_of({"type": "fpga"}))] == [
        ("jobs.json", "$.jobs[0].type"),
        ("jobs.json", "$.jobs[1].submit_time"),
        ("jobs.json", "$.jobs[1].num_nodes"),
        ("jobs.json", "$.jobs[2].application_model"),
        ("other.json", "line 1, column 2"),
        ("jobs.json", "$.jobs[4].num_nodes_min"),
        ("model.json", "$.phases[0].tasks[0].type"),
    ]


def test_jobs_share_models_which_are_read_once(tmp_path: Path) -> None:
    first, second = read(tmp_path, [rigid(), elastic(application_model="./model.json")]).jobs

    assert first.model is second.model


def test_a_missing_model_is_reported_once_with_the_places_tried(tmp_path: Path) -> None:
    jobs = [rigid(application_model="nowhere.json")] * 3
    ((_, where, message),) = problems(tmp_path, jobs, search=[tmp_path / "models"])

    assert where == "$.jobs[0].application_model"
    assert message == f"there is no such file: {tmp_path}/models/nowhere.json, {tmp_path}/nowhere.json"


def test_models_are_searched_in_order_and_beside_the_jobs_file_last(tmp_path: Path) -> None:
    for name, delay in (("first", 1), ("second", 2)):
        (tmp_path / name).mkdir()
        write_json(tmp_path / name / "model.json", model_of({"type": "idle", "delay": delay}))
    search = [tmp_path / "first", tmp_path / "second"]

    assert read_job(tmp_path, rigid(), search=search).model.file == str(tmp_path / "first" / "model.json")
    (tmp_path / "first" / "model.json").unlink()
    assert read_job(tmp_path, rigid(), search=search).model.file == str(tmp_path / "second" / "model.json")
    (tmp_path / "second" / "model.json").unlink()
    assert read_job(tmp_path, rigid(), search=search).model.file == str(tmp_path / "model.json")


def test_absolute_names_of_models_are_taken_as_they_are(tmp_path: Path) -> None:
    name = str(tmp_path / "model.json")

    assert read_job(tmp_path, rigid(application_model=name), search=[Path("elsewhere")]).model.file == name


def test_the_workload_knows_its_file(tmp_path: Path) -> None:
    workload = read(tmp_path, [rigid()])

    assert workload.file == tmp_path / "jobs.json"
    assert read_workload(workload.file) == workload


@pytest.mark.parametrize(
    ("iterations", "count"),
    [
        (3, 3),
        (0, 0),
        ("2.9", 2),
        ("0-2", 0),
        ("steps + 1", 5),
        ("floor(half)", 2),
        ("num_nodes_max", 2),
        ("total / 2", 5),
    ],
)
def test_iterations_of_phases_are_counted_when_read(tmp_path: Path, iterations: Any, count: int) -> None:
    arguments = {"steps": 4, "half": "steps / 2 + 0.5", "total": "steps + 6"}
    job = read_job(tmp_path, rigid(arguments=arguments), {"phases": [{"iterations": iterations}, {"iterations": 7}]})

    assert job.phase_iterations == (count, 7)
    assert job.total_phases == count + 7


def test_iterations_of_phases_differ_between_jobs_of_one_model(tmp_path: Path) -> None:
    jobs = [rigid(arguments={"steps": steps}) for steps in (2, 5)]

    assert [job.total_phases for job in read(tmp_path, jobs, model_of(iterations="steps")).jobs] == [2, 5]


@pytest.mark.parametrize(
    ("iterations", "message"),
    [
        (
            "num_nodes",
            "unknown name 'num_nodes' (known names: label, num_nodes_max, num_nodes_min, pi), in \"num_nodes\"",
        ),
        ("1 / 0", "the number of iterations or nodes is infinite"),
        ("0 / 0", "the number of iterations or nodes is not a number"),
        ("label", "argument 'label': column 3: expected an operator, found 'b', in \"a b\""),
    ],
)
def test_iterations_of_phases_that_cannot_be_counted_are_refused_once(
    tmp_path: Path, iterations: str, message: str
) -> None:
    jobs = [elastic(arguments={"label": "a b"})] * 3

    assert problems(tmp_path, jobs, model_of(iterations=iterations)) == [
        ("model.json", "$.phases[0].iterations", f"{message} (job $.jobs[0] of {tmp_path}/jobs.json)")
    ]
