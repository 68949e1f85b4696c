"""Configurations (spec section 1)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from elastisim.configuration import read_configuration
from elastisim.errors import InputError

MINIMAL = {
    "jobs_file": "jobs.json",
    "platform_file": "platform.xml",
    "scheduling_interval": 10,
    "job_statistics": "out/jobs.csv",
    "node_utilization": "out/nodes.csv",
}
SENSING = {
    "sensing": True,
    "sensing_interval": 5,
    "cpu_utilization": "out/cpu.csv",
    "gpu_utilization": "out/gpu.csv",
    "network_activity": "out/network.csv",
    "pfs_utilization": "out/pfs.csv",
}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory with input files the working directory."""
    for name in ("jobs.json", "platform.xml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(document: Any, name: str = "configuration.json") -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def problems(document: Any, **overrides: Any) -> list[tuple[str, str]]:
    """Return the problems of a configuration file as (place, message)."""
    with pytest.raises(InputError) as caught:
        read_configuration(write(document), overrides)
    return [(problem.where, problem.message) for problem in caught.value.problems]


def warnings(document: Any) -> list[tuple[str, str]]:
    return [(warning.where, warning.message) for warning in read_configuration(write(document)).warnings]


def test_parquet_files_take_the_place_of_csv_files_or_lie_beside_them() -> None:
    document = MINIMAL | {"log_task_times": True, "task_times": "out/tasks"}

    def paths(result_format: str, **overrides: str) -> dict[str, str]:
        configuration = read_configuration(write(document | overrides | {"result_format": result_format}))
        return {key: str(path) for key, path in configuration.result_paths().items()}

    csv = {"job_statistics": "out/jobs.csv", "node_utilization": "out/nodes.csv", "task_times": "out/tasks"}
    parquet = {"node_utilization.parquet": "out/nodes.parquet", "task_times.parquet": "out/tasks.parquet"}
    assert paths("csv") == csv
    assert paths("parquet") == {"job_statistics": "out/jobs.csv"} | parquet
    assert paths("both") == csv | parquet
    named = paths("parquet", node_utilization="out/n.parquet", task_times=os.devnull)
    assert named == {"job_statistics": "out/jobs.csv", "node_utilization.parquet": "out/n.parquet"}


def test_names_that_both_formats_would_share_are_refused() -> None:
    assert problems(MINIMAL | {"result_format": "both", "node_utilization": "out/n.parquet"}) == [
        ("$.node_utilization", "expected the name of the CSV file because result_format is both, found out/n.parquet")
    ]
    document = MINIMAL | {"result_format": "parquet", "log_task_times": True, "task_times": "out/nodes.parquet"}
    with pytest.raises(InputError, match=r"\$\.task_times: out/nodes\.parquet is the file of node_utilization, too"):
        read_configuration(write(document)).result_paths()


def test_result_formats_are_known() -> None:
    ((where, message),) = problems(MINIMAL | {"result_format": "arrow"})
    assert where == "$.result_format"
    assert all(text in message for text in ("csv", "parquet", "both", "arrow"))


def test_what_is_absent_has_the_defaults_of_the_original() -> None:
    configuration = read_configuration(write(MINIMAL))

    assert not configuration.schedule_on_job_submit
    assert not configuration.schedule_on_job_finalize
    assert not configuration.schedule_on_scheduling_point
    assert not configuration.schedule_on_reconfiguration
    assert configuration.scheduling_interval == 10.0
    assert configuration.min_scheduling_interval == 0.0
    assert not configuration.allow_oversubscription
    assert configuration.clip_evolving_requests
    assert not configuration.forward_io_information
    assert configuration.job_kill_grace_period == 0.0
    assert configuration.show_progress_bar
    assert not configuration.sensing
    assert not configuration.log_task_times
    assert configuration.pfs_read_links == configuration.pfs_write_links == ()
    assert configuration.zmq_url is None
    assert (configuration.engine, configuration.full_precision, configuration.significant_digits) == ("fast", False, 15)
    assert configuration.warnings == ()


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("zmq_url", "tcp://127.0.0.1:5555", "tcp://127.0.0.1:5555"),
        ("schedule_on_job_submit", True, True),
        ("schedule_on_job_finalize", True, True),
        ("schedule_on_scheduling_point", True, True),
        ("schedule_on_reconfiguration", True, True),
        ("scheduling_interval", 2.5, 2.5),
        ("min_scheduling_interval", 0.5, 0.5),
        ("allow_oversubscription", True, True),
        ("clip_evolving_requests", False, False),
        ("forward_io_information", True, True),
        ("job_kill_grace_period", 7, 7.0),
        ("show_progress_bar", False, False),
        ("sensing_interval", -1, -1.0),
        ("log_task_times", False, False),
        ("pfs_read_links", ["a", "b"], ("a", "b")),
        ("pfs_write_links", ["c"], ("c",)),
        ("engine", "exact", "exact"),
        ("full_precision", True, True),
        ("significant_digits", 6, 6),
        ("zmq_url", None, None),
        ("clip_evolving_requests", None, True),
    ],
)
def test_keys(key: str, written: Any, value: Any) -> None:
    for source in (write({**MINIMAL, key: written}), {**MINIMAL, key: written}):
        assert getattr(read_configuration(source), key) == value
    assert getattr(read_configuration(write(MINIMAL), {key: written}), key) == value


@pytest.mark.parametrize("key", ["jobs_file", "platform_file", "job_statistics", "node_utilization"])
@pytest.mark.parametrize("change", ["absent", "null"])
def test_mandatory_keys(key: str, change: str) -> None:
    document: dict[str, Any] = {**MINIMAL, key: None}
    if change == "absent":
        del document[key]

    assert problems(document) == [(f"$.{key}", "is missing (expected a string)")]


@pytest.mark.parametrize(
    "key",
    [
        "schedule_on_job_submit",
        "schedule_on_job_finalize",
        "schedule_on_scheduling_point",
        "schedule_on_reconfiguration",
        "allow_oversubscription",
        "forward_io_information",
        "sensing",
        "log_task_times",
    ],
)
@pytest.mark.parametrize(("written", "shown"), [(1, "1"), ("true", '"true"'), ([], "[]")])
def test_lenient_switches_are_off_unless_true_with_a_warning(key: str, written: Any, shown: str) -> None:
    document = {**MINIMAL, key: written}

    assert getattr(read_configuration(write(document)), key) is False
    assert warnings(document) == [(f"$.{key}", f"expected true or false, found {shown}; counts as false")]
    assert problems(MINIMAL, **{key: written}) == [(f"$.{key}", f"expected true or false, found {shown}")]


@pytest.mark.parametrize("key", ["clip_evolving_requests", "show_progress_bar", "full_precision"])
@pytest.mark.parametrize("written", [1, "true"])
def test_strict_switches_are_true_or_false(key: str, written: Any) -> None:
    assert problems({**MINIMAL, key: written}) == [(f"$.{key}", f"expected true or false, found {json.dumps(written)}")]


@pytest.mark.parametrize("key", ["scheduling_interval", "min_scheduling_interval", "job_kill_grace_period"])
@pytest.mark.parametrize("written", [-1, -0.5, "5", True])
def test_intervals_are_numbers_that_are_not_negative(key: str, written: Any) -> None:
    assert problems({**MINIMAL, key: written}) == [(f"$.{key}", f"expected a number ≥ 0, found {json.dumps(written)}")]


@pytest.mark.parametrize(
    ("key", "written", "message"),
    [
        ("engine", "Fast", 'expected one of "fast", "exact", found "Fast"'),
        ("significant_digits", 7, "expected one of 6, 15, found 7"),
        ("pfs_read_links", "link", 'expected an array of strings, found "link"'),
        ("sensing_interval", "5", 'expected a number, found "5"'),
        ("jobs_file", 5, "expected a string, found 5"),
    ],
)
def test_values_of_a_wrong_kind(key: str, written: Any, message: str) -> None:
    assert problems({**MINIMAL, key: written}) == [(f"$.{key}", message)]


def test_all_problems_are_reported_together() -> None:
    document = {**SENSING, "sensing_interval": 0, "pfs_utilization": None, "log_task_times": True, "jobs_file": "no"}

    assert [where for where, _ in problems({**MINIMAL, **document, "scheduling_interval": 0})] == [
        "$.sensing_interval",
        "$.pfs_utilization",
        "$.task_times",
        "",
        "$.jobs_file",
    ]
    assert [where for where, _ in problems({"engine": 1, "sensing_interval": "x"})] == [
        "$.jobs_file",
        "$.platform_file",
        "$.sensing_interval",
        "$.job_statistics",
        "$.node_utilization",
        "$.engine",
    ]


@pytest.mark.parametrize(
    ("triggers", "is_accepted"),
    [
        ({}, False),
        ({"schedule_on_job_submit": True}, False),
        ({"schedule_on_job_finalize": True}, False),
        ({"schedule_on_job_submit": True, "schedule_on_job_finalize": True}, True),
        ({"schedule_on_job_submit": 1, "schedule_on_job_finalize": True}, False),
        ({"scheduling_interval": 0.5}, True),
    ],
)
def test_something_must_invoke_the_algorithm(triggers: dict[str, Any], is_accepted: bool) -> None:
    document = {**MINIMAL, "scheduling_interval": 0, **triggers}
    if is_accepted:
        read_configuration(document)
    else:
        ((where, message),) = problems(document)
        assert where == ""
        assert message.startswith("the algorithm must be invoked periodically")


@pytest.mark.parametrize("interval", [0, -1, None])
def test_sensing_needs_an_interval(interval: Any) -> None:
    ((where, message),) = problems({**MINIMAL, **SENSING, "sensing_interval": interval})

    assert where == "$.sensing_interval"
    assert message.startswith("expected a number of seconds above 0 because sensing is on, found ")


def test_the_interval_may_be_fractional() -> None:
    assert read_configuration({**MINIMAL, **SENSING, "sensing_interval": 0.5}).sensing_interval == 0.5


@pytest.mark.parametrize("key", ["cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization"])
def test_result_files_are_mandatory_where_their_feature_is_on(key: str) -> None:
    assert problems({**MINIMAL, **SENSING, key: None}) == [
        (f"$.{key}", "is missing (expected a path because sensing is on)")
    ]
    read_configuration({**MINIMAL, **SENSING, "sensing": False, key: None})


def test_the_file_of_task_times_is_mandatory_with_the_log() -> None:
    assert problems({**MINIMAL, "log_task_times": True}) == [
        ("$.task_times", "is missing (expected a path because log_task_times is on)")
    ]


def test_unknown_keys_are_ignored_with_a_warning() -> None:
    document = {**MINIMAL, "sensing_intervall": 5, "comment": "x", "final_scheduling_point": True}

    assert warnings(document) == [
        ("$.sensing_intervall", "is unknown and ignored (did you mean sensing_interval?)"),
        ("$.comment", "is unknown and ignored"),
    ]


def test_unknown_overrides_are_errors() -> None:
    with pytest.raises(InputError) as caught:
        read_configuration(write(MINIMAL), {"enginee": "exact", "x": 1})

    assert str(caught.value) == (
        "there is no configuration key enginee (did you mean engine?)\nthere is no configuration key x"
    )


def test_overrides_replace_keys_of_the_file() -> None:
    assert read_configuration(write({**MINIMAL, "engine": "fast"}), {"engine": "exact"}).engine == "exact"
    assert problems(MINIMAL, engine="other") == [("$.engine", 'expected one of "fast", "exact", found "other"')]


def test_mappings_may_hold_paths() -> None:
    configuration = read_configuration({**MINIMAL, "jobs_file": Path("jobs.json")})

    assert (configuration.jobs_path, configuration.file) == (Path("jobs.json"), "")


def test_mappings_hold_what_json_knows() -> None:
    with pytest.raises(InputError, match="the configuration has a value that JSON does not know"):
        read_configuration({**MINIMAL, "engine": object()})


@pytest.mark.parametrize(
    ("text", "where"), [("{", "line 1, column 2"), ("[]", "$"), ('{"a": 1} # comment', "line 1, column 10")]
)
def test_the_file_is_one_json_object(text: str, where: str) -> None:
    assert [place for place, _ in problems(text)] == [where]


def test_a_missing_configuration_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"nowhere\.json: cannot be read: No such file or directory"):
        read_configuration("nowhere.json")


def test_input_files_are_found_in_the_working_directory_else_beside_the_configuration(directory: Path) -> None:
    file = write(MINIMAL, "scenario/configuration.json")
    (directory / "scenario/jobs.json").touch()
    (directory / "platform.xml").rename("scenario/platform.xml")
    configuration = read_configuration(file)

    assert configuration.jobs_path == Path("jobs.json")
    assert configuration.platform_path == Path("scenario/platform.xml")
    assert configuration.search_directories == (Path(), Path("scenario"))


def test_input_files_that_are_nowhere_are_problems(directory: Path) -> None:
    file = write({**MINIMAL, "jobs_file": "a.json", "platform_file": str(directory)}, "scenario/configuration.json")
    with pytest.raises(InputError) as caught:
        read_configuration(file)

    assert [(problem.where, problem.message) for problem in caught.value.problems] == [
        ("$.jobs_file", "there is no such file: a.json, scenario/a.json"),
        ("$.platform_file", f"there is no such file: {directory}"),
    ]


def test_paths_of_result_files() -> None:
    configuration = read_configuration({**MINIMAL, **SENSING, "log_task_times": True, "task_times": "/tmp/tasks.csv"})

    assert configuration.result_paths() == {
        "job_statistics": Path("out/jobs.csv"),
        "node_utilization": Path("out/nodes.csv"),
        "cpu_utilization": Path("out/cpu.csv"),
        "gpu_utilization": Path("out/gpu.csv"),
        "network_activity": Path("out/network.csv"),
        "pfs_utilization": Path("out/pfs.csv"),
        "task_times": Path("/tmp/tasks.csv"),
    }


def test_only_files_of_features_that_are_on_are_written() -> None:
    configuration = read_configuration({**MINIMAL, **SENSING, "sensing": False, "task_times": "tasks.csv"})

    assert list(configuration.result_paths()) == ["job_statistics", "node_utilization"]


def test_a_directory_collects_result_files_by_their_base_names() -> None:
    configuration = read_configuration({**MINIMAL, "job_statistics": os.devnull})

    assert configuration.result_paths(Path("here")) == {
        "job_statistics": Path(os.devnull),
        "node_utilization": Path("here/nodes.csv"),
    }


def test_two_result_files_have_two_paths() -> None:
    configuration = read_configuration(write({**MINIMAL, "node_utilization": "elsewhere/jobs.csv"}))

    assert len(configuration.result_paths()) == 2
    with pytest.raises(InputError, match=r"\$\.node_utilization: here/jobs\.csv is the file of job_statistics, too"):
        configuration.result_paths(Path("here"))


def test_the_null_device_may_take_several_files() -> None:
    configuration = read_configuration({**MINIMAL, "job_statistics": os.devnull, "node_utilization": os.devnull})

    assert set(configuration.result_paths().values()) == {Path(os.devnull)}


def test_the_address_is_needed_for_zeromq_only() -> None:
    assert read_configuration({**MINIMAL, "zmq_url": "ipc://x"}).needed_zmq_url() == "ipc://x"
    with pytest.raises(InputError, match=r"configuration\.json: \$\.zmq_url: is missing \(expected an address"):
        read_configuration(write(MINIMAL)).needed_zmq_url()
