"""Scenarios: all input files together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from elastisim.configuration import read_configuration
from elastisim.errors import InputError
from elastisim.scenario import Scenario, read_scenario, validate_scenario

PFS_HOST = '<host id="PFS" speed="1Gf"><prop id="pfs_host" value="true"/></host>'
BURST_BUFFER = (
    '<prop id="node_local_bb" value="true"/><prop id="bb_read_bw" value="1GBps"/><prop id="bb_write_bw" value="1GBps"/>'
)
GPUS = '<prop id="num_gpus" value="1"/><prop id="flops_per_gpu" value="1Tf"/>'
CONFIGURATION = {
    "jobs_file": "jobs.json",
    "platform_file": "platform.xml",
    "scheduling_interval": 10,
    "job_statistics": "jobs.csv",
    "node_utilization": "nodes.csv",
}
JOB = {"type": "rigid", "submit_time": 0, "num_nodes": 2, "application_model": "model.json"}
IDLE = {"type": "idle", "delay": 1}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write()
    return tmp_path


def write(
    configuration: dict[str, Any] | None = None,
    jobs: Any = None,
    task: Any = None,
    hosts: str = "",
    properties: str = "",
) -> None:
    """Write a scenario: two compute nodes with the *properties*, and further *hosts*."""
    Path("configuration.json").write_text(json.dumps({**CONFIGURATION, **(configuration or {})}))
    Path("jobs.json").write_text(json.dumps({"jobs": jobs or [JOB]}))
    Path("model.json").write_text(json.dumps({"phases": [{"tasks": [task or IDLE]}]}))
    Path("platform.xml").write_text(
        '<?xml version="1.0"?><platform version="4.1"><zone id="Z" routing="Full">'
        f'<host id="a" speed="1Gf">{properties}</host><host id="b" speed="1Gf">{properties}</host>{hosts}'
        '<link id="PFS_read" bandwidth="1GBps" latency="0us"/>'
        '<route src="a" dst="b"><link_ctn id="PFS_read"/></route></zone></platform>'
    )


def read() -> Scenario:
    return read_scenario(read_configuration("configuration.json"))


def problems(file: str = "configuration.json") -> list[tuple[str, str, str]]:
    """Return the problems as (file, place, message), which validation and reading agree on."""
    with pytest.raises(InputError) as validated:
        validate_scenario(Path(file))
    return [(problem.file, problem.where, problem.message) for problem in validated.value.problems]


def warnings() -> list[tuple[str, str, str]]:
    assert validate_scenario(Path("configuration.json")).warnings == read().warnings
    return [(warning.file, warning.where, warning.message) for warning in read().warnings]


def test_a_scenario_is_everything_but_the_algorithm() -> None:
    scenario = read()

    assert scenario.configuration.file == "configuration.json"
    assert [node.host.name for node in scenario.machine.compute_nodes] == ["a", "b"]
    assert scenario.platform is scenario.machine.platform
    assert [job.min_nodes for job in scenario.workload.jobs] == [2]
    assert scenario.warnings == ()


def test_problems_of_all_files_are_reported_together() -> None:
    write({"pfs_read_links": ["nolink"]}, [{**JOB, "num_nodes": 0}, JOB], {"type": "fpga"}, GPUS)

    assert [(file, where) for file, where, _ in problems()] == [
        ("jobs.json", "$.jobs[0].num_nodes"),
        ("model.json", "$.phases[0].tasks[0].type"),
        ("configuration.json", "$.pfs_read_links[0]"),
    ]
    with pytest.raises(InputError) as caught:
        read()
    assert len(caught.value.problems) == 3


def test_problems_of_the_platform_are_among_them() -> None:
    write(jobs=[{**JOB, "num_nodes": 0}], properties='<prop id="num_gpus" value="many"/>')

    assert [file for file, _, _ in problems()] == ["platform.xml", "platform.xml", "jobs.json"]


def test_validation_goes_on_after_problems_of_the_configuration() -> None:
    write({"scheduling_interval": -1}, [{**JOB, "num_nodes": 0}], properties='<prop id="num_gpus" value="-1"/>')

    assert [file for file, _, _ in problems()] == ["configuration.json", "platform.xml", "platform.xml", "jobs.json"]


def test_validation_reads_what_it_finds() -> None:
    write({"platform_file": "nowhere.xml", "engine": "x"}, [{**JOB, "num_nodes": 0}])

    assert [(file, where) for file, where, _ in problems()] == [
        ("configuration.json", "$.engine"),
        ("jobs.json", "$.jobs[0].num_nodes"),
    ]
    write({"jobs_file": 5})
    assert [where for _, where, _ in problems()] == ["$.jobs_file"]


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_configuration_that_cannot_be_read_is_the_only_problem(text: str) -> None:
    Path("configuration.json").write_text(text)

    assert [file for file, _, _ in problems()] == ["configuration.json"]


def test_a_configuration_that_does_not_exist_is_the_only_problem() -> None:
    assert problems("nowhere.json") == [("nowhere.json", "", "cannot be read: No such file or directory")]


@pytest.mark.parametrize("key", ["pfs_read_links", "pfs_write_links"])
def test_links_of_the_parallel_file_system_exist(key: str) -> None:
    write({key: ["PFS_read", "PFS_raed", "elsewhere"]})

    assert problems() == [
        ("configuration.json", f"$.{key}[1]", 'there is no link "PFS_raed" in platform.xml (did you mean PFS_read?)'),
        ("configuration.json", f"$.{key}[2]", 'there is no link "elsewhere" in platform.xml'),
    ]
    write({key: ["PFS_read"]})
    assert read().warnings == ()


def test_warnings_of_all_files_are_collected() -> None:
    write({"comment": "x"}, [{**JOB, "walltime": 1.5}], {**IDLE, "iterations": 1.5})

    assert [(file, where) for file, where, _ in warnings()] == [
        ("configuration.json", "$.comment"),
        ("model.json", "$.phases[0].tasks[0].iterations"),
        ("jobs.json", "$.jobs[0].walltime"),
    ]


def test_full_precision_is_passed_on() -> None:
    for full_precision, argument in ((False, "0.000000"), (True, "1e-07")):
        write({"full_precision": full_precision}, [{**JOB, "arguments": {"x": 1e-7}}])
        assert read().workload.jobs[0].arguments == {"x": argument}


def test_jobs_that_need_more_nodes_than_there_are_are_pointed_out() -> None:
    write(jobs=[JOB, {**JOB, "num_nodes": 3}, {**JOB, "num_nodes": 7}])

    assert warnings() == [
        (
            "jobs.json",
            "$.jobs[1]",
            "the job needs 3, more than the 2 compute nodes of the platform (2 jobs in this file)",
        )
    ]


def test_jobs_that_need_more_gpus_than_there_are_are_pointed_out() -> None:
    write(jobs=[{**JOB, "num_gpus_per_node": 1}, {**JOB, "num_gpus_per_node": 2}], properties=GPUS)

    assert warnings() == [
        ("jobs.json", "$.jobs[1]", "the job needs 2, more than the 1 GPUs that a node of the platform has at most")
    ]


@pytest.mark.parametrize("kind", ["pfs_read", "pfs_write"])
def test_transfers_without_parallel_file_system_are_pointed_out(kind: str) -> None:
    task = {"type": "sequence", "tasks": [{"type": kind, "bytes": 1}]}
    write(task=task)

    ((file, where, message),) = warnings()
    assert (file, where) == ("model.json", "$.phases[0].tasks[0].tasks[0]")
    assert message == "takes no time on nodes without PFS hosts, and the platform has such nodes"
    write(task=task, hosts=PFS_HOST)
    assert warnings() == []


@pytest.mark.parametrize("kind", ["bb_read", "bb_write"])
def test_burst_buffer_tasks_without_burst_buffers_are_pointed_out(kind: str) -> None:
    write(task={"type": kind, "bytes": 1})

    assert warnings() == [
        ("model.json", "$.phases[0].tasks[0]", "cannot be executed: no node of the platform has a burst buffer")
    ]
    write(task={"type": kind, "bytes": 1}, properties=BURST_BUFFER)
    assert warnings() == []


def test_models_are_found_beside_the_configuration(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "jobs").mkdir()
    (directory / "jobs.json").rename("jobs/jobs.json")
    monkeypatch.chdir("jobs")
    scenario = validate_scenario(directory / "configuration.json")

    assert scenario.workload.file == Path("jobs.json")
    assert scenario.workload.jobs[0].model.file == str(directory / "model.json")


SENSING = {
    "sensing": True,
    "sensing_interval": 0.5,
    **{key: f"{key}.csv" for key in ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")},
}


def sizes(configuration: dict[str, Any], *jobs: dict[str, Any]) -> list[tuple[str, str]]:
    write({**SENSING, **configuration}, [{**JOB, **job} for job in jobs])
    warnings = [warning for warning in read().warnings if warning.where == "$.sensing_interval"]
    assert all(warning.file == "configuration.json" for warning in warnings)
    return [(warning.where, warning.message) for warning in warnings]


def test_samples_of_more_than_two_gigabytes_are_worth_a_warning() -> None:
    # Two nodes without GPUs: 2 x len("0.000000,") + 2 x len("0,") bytes for each sample, two samples each second.
    assert sizes({}, {"submit_time": 1e9 / 22 - 1}) == []
    ((where, message),) = sizes({}, {"submit_time": 1e9 / 22 * 3})
    assert where == "$.sensing_interval"
    assert message.startswith("samples of 2 nodes every 0.5 s will take at least 6.0 GB until the last submission; ")
    assert message.endswith("a larger interval makes fewer samples, and result_format parquet writes changes only")


def test_walltimes_say_how_long_a_run_may_take() -> None:
    hours = {"walltime": 1e9 / 22 * 2, "num_nodes": 2}
    ((_, message),) = sizes({}, hours, {"submit_time": 5, **hours})
    assert message.startswith(
        "samples of 2 nodes every 0.5 s will take about 8.0 GB if jobs run as long as their walltimes allow"
    )
    ((_, message),) = sizes({}, {"submit_time": 1e9 / 22 * 3}, hours, hours)
    assert "at least 6.0 GB until the last submission, about 8.0 GB if jobs run as long as" in message


def test_samples_that_are_not_written_are_not_worth_a_warning() -> None:
    late = {"submit_time": 1e9}
    assert sizes({"sensing": False}, late) == []
    assert sizes({"result_format": "parquet"}, late) == []
    assert sizes({"cpu_utilization": "/dev/null", "gpu_utilization": "/dev/null"}, late) == []
