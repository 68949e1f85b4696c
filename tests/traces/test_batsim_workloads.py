import json

import pytest
from reading import cleaned, entries

from elastisim.errors import InputError
from elastisim.workload.formula import parse_formula
from elastisim.workload.traces.batsim import FORMAT
from elastisim.workload.traces.cleaning import Report
from elastisim.workload.traces.formats import ReadOptions
from elastisim.workload.traces.rules import choose
from elastisim.workload.traces.source import Source


def _read(tmp_path, profiles: dict, jobs: list | None = None, **others: object):
    if jobs is None:
        jobs = [{"id": name, "subtime": 0, "res": 2, "profile": name} for name in profiles]
    path = tmp_path / "workload"
    path.write_text(json.dumps({"nb_res": 8, "jobs": jobs, "profiles": profiles} | others))
    return FORMAT.read(Source(path), ReadOptions(), Report(str(path), choose({})).flag)


def _tasks(tmp_path, name: str, profiles: dict) -> list[dict]:
    (phase,) = _read(tmp_path, profiles).models[name]["phases"]
    assert set(phase) == {"tasks"}
    return phase["tasks"]


def test_delays_become_run_times(tmp_path) -> None:
    jobs = [
        {"id": 1, "subtime": 3, "walltime": 60, "res": 4, "profile": "short", "extra_data": "{}"},
        {"id": "w0!2", "subtime": 1.5, "walltime": -1, "res": 8, "profile": "old"},
    ]
    profiles = {"short": {"type": "DelayProfile", "delay": 20.25}, "old": {"type": "delay", "delay": 10}}
    path = tmp_path / "workload"
    content = json.dumps({"nb_res": 8, "jobs": jobs, "profiles": profiles})
    records, report = cleaned(path, content)

    assert [(job.identifier, job.submit, job.runtime, job.nodes, job.limit) for job in records] == [
        ("w0!2", 1.5, 10, 8, None),
        (1, 3, 20.25, 4, 60),
    ]
    assert report.counts == {"unknown-limit": 1, "out-of-order": 1}


def test_entries_keep_their_position_and_unknown_values(tmp_path) -> None:
    jobs = [
        {"id": "a", "subtime": 0, "res": 3, "profile": "d"},
        {"id": "b", "subtime": -1, "res": 0, "profile": "d", "walltime": 0},
    ]
    first, second = _read(tmp_path, {"d": {"type": "delay", "delay": 1}}, jobs).jobs

    assert (first.place, first.submit, first.allocated, first.requested, first.limit) == (1, 0, 3, 3, None)
    assert (second.place, second.submit) == (2, None)
    assert (second.allocated, second.requested, second.limit) == (None, None, None)


def test_other_profiles_become_models_of_their_own(tmp_path) -> None:
    trace = _read(tmp_path, {"p": {"type": "parallel_homogeneous", "cpu": 5e6, "com": 0}})
    (job,) = trace.jobs

    assert (job.model, job.runtime) == ("p", None)
    assert trace.models == {
        "p": {"phases": [{"tasks": [{"type": "cpu", "name": "p", "flops": 5e6, "computation_pattern": "uniform"}]}]}
    }


def test_homogeneous_tasks_are_coupled_and_add_up_their_pairs(tmp_path) -> None:
    profile = {"type": "ParallelTaskHomogeneousProfile", "cpu": 10e6, "com": 1e6}
    (task,) = _tasks(tmp_path, "p", {"p": profile})

    assert task == {
        "type": "cpu",
        "name": "p",
        "flops": 10e6,
        "computation_pattern": "uniform",
        "bytes": "1000000 * num_nodes * (num_nodes - 1)",
        "communication_pattern": "all_to_all",
        "coupled": True,
    }


@pytest.mark.parametrize(("amount", "total"), [(0.5, 3), (2, 12), (3e20, 18e20)])
def test_bytes_of_pairs_keep_their_value(tmp_path, amount: float, total: float) -> None:
    (task,) = _tasks(tmp_path, "p", {"p": {"type": "parallel_homogeneous", "cpu": 0, "com": amount}})

    assert parse_formula(task["bytes"]).evaluate({"num_nodes": 3}) == total


@pytest.mark.parametrize(
    "profile",
    [
        {"type": "parallel_homogeneous_total", "cpu": 8.0, "com": 6.0},
        {"type": "ParallelTaskHomogeneousProfile", "cpu": 8, "com": 6, "generation_strategy": "spread_uniformly"},
        {
            "type": "ParallelTaskHomogeneousProfile",
            "cpu": 8,
            "com": 6,
            "generation_strategy": "DefinedAmountsSpreadUniformly",
        },
    ],
)
def test_totals_are_spread(tmp_path, profile: dict) -> None:
    (task,) = _tasks(tmp_path, "p", {"p": profile})

    assert (task["flops"], task["computation_pattern"]) == (8, "all_ranks")
    assert (task["bytes"], task["communication_pattern"]) == (6, "all_to_all")


def test_explicit_tasks_keep_their_vectors_without_traffic_to_oneself(tmp_path) -> None:
    (task,) = _tasks(tmp_path, "p", {"p": {"type": "ParallelTaskProfile", "cpu": [5, 0], "com": [7, 1, 2, 9]}})

    assert (task["flops"], task["computation_pattern"]) == ([5, 0], "vector")
    assert (task["bytes"], task["communication_pattern"]) == ([0, 1, 2, 0], "matrix")
    assert task["coupled"] is True


def test_communication_alone_is_not_coupled(tmp_path) -> None:
    (task,) = _tasks(tmp_path, "p", {"p": {"type": "parallel", "com": [0, 1, 2, 0]}})

    assert "flops" not in task
    assert "coupled" not in task


@pytest.mark.parametrize(("strategy", "pattern"), [(None, "uniform"), ("DefinedAmountsSpreadUniformly", "all_ranks")])
def test_transfers_to_and_from_the_file_system_overlap(tmp_path, strategy: str | None, pattern: str) -> None:
    profile = {"type": "parallel_homogeneous_pfs", "bytes_to_read": 4, "bytes_to_write": 2, "storage": "nfs"}
    if strategy:
        profile["generation_strategy"] = strategy
    (sequence,) = _tasks(tmp_path, "p", {"p": profile})

    assert sequence["type"] == "sequence"
    assert sequence["tasks"] == [
        {"type": "pfs_read", "name": "p", "bytes": 4, "pattern": pattern, "async": True},
        {"type": "pfs_write", "name": "p", "bytes": 2, "pattern": pattern},
    ]


def test_a_transfer_in_one_direction_is_one_task(tmp_path) -> None:
    profile = {"type": "parallel_homogeneous_pfs", "bytes_to_read": 4, "bytes_to_write": 0}

    assert _tasks(tmp_path, "p", {"p": profile}) == [
        {"type": "pfs_read", "name": "p", "bytes": 4, "pattern": "uniform"}
    ]


def test_staging_goes_through_the_first_node(tmp_path) -> None:
    profile = {"type": "data_staging", "nb_bytes": 4, "from": "pfs", "to": "nfs"}
    (sequence,) = _tasks(tmp_path, "p", {"p": profile})

    assert [(task["type"], task["bytes"], task["pattern"]) for task in sequence["tasks"]] == [
        ("pfs_read", 4, "root_only"),
        ("pfs_write", 4, "root_only"),
    ]


def test_sequences_nest_and_repeat(tmp_path) -> None:
    profiles = {
        "d": {"type": "delay", "delay": 2},
        "inner": {"type": "composed", "seq": ["d", "d"], "nb": 3},
        "outer": {"type": "SequentialCompositionProfile", "seq": ["d", "inner"], "repeat": 4},
    }
    idle = {"type": "idle", "name": "d", "delay": 2, "pattern": "uniform"}
    inner = {"type": "sequence", "name": "inner", "iterations": 3, "tasks": [idle, idle]}

    assert _tasks(tmp_path, "outer", profiles) == [
        {"type": "sequence", "name": "outer", "iterations": 4, "tasks": [idle, inner]}
    ]


@pytest.mark.parametrize(
    ("profiles", "where", "message"),
    [
        ({"p": {"type": "smpi", "trace": "x"}}, "$.profiles.p", "has the type 'smpi', which cannot be simulated"),
        ({"p": {}}, "$.profiles.p", "has the type None"),
        ({"p": {"type": "delay"}}, "$.profiles.p", "delay is None, expected a non-negative number"),
        ({"p": {"type": "delay", "delay": -1}}, "$.profiles.p", "delay is -1"),
        ({"p": {"type": "composed", "seq": ["p"]}}, "$.profiles.p", "contains itself"),
        ({"p": {"type": "composed", "seq": ["q"]}}, "$.profiles.q", "is not defined"),
        ({"p": {"type": "composed"}}, "$.profiles.p", "needs an array 'seq'"),
        ({"p": {"type": "composed", "seq": [], "repeat": -2}}, "$.profiles.p", "repeat is -2"),
        ({"p": {"type": "parallel", "cpu": [1, 2], "com": [1]}}, "$.profiles.p", "com has 1 entries, expected 4"),
        ({"p": {"type": "parallel", "cpu": "no"}}, "$.profiles.p", "cpu is no array"),
        ({"p": {"type": "parallel", "cpu": [1, 2, 3]}}, "$.jobs[0].res", "is 2, but profile 'p' is for 3 nodes"),
    ],
)
def test_profiles_that_cannot_be_simulated(tmp_path, profiles: dict, where: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, profiles, [{"id": 1, "subtime": 0, "res": 2, "profile": "p"}])

    assert caught.value.problems[0].where == where
    assert message in caught.value.problems[0].message


def test_profiles_that_no_job_uses_do_not_matter(tmp_path) -> None:
    trace = _read(tmp_path, {"p": {"type": "smpi"}}, [])

    assert trace.models == {}
    assert trace.nodes == 8


@pytest.mark.parametrize("content", ["{", '{"jobs": 5}', '{"jobs": [{"id": 1}], "profiles": {}}', '{"a": 1}', '{"\xff'])
def test_what_is_no_workload_is_an_input_error(tmp_path, content: str) -> None:
    with pytest.raises(InputError, match=r"is no workload of Batsim|is no valid JSON"):
        entries(tmp_path / "workload", content.encode("latin-1"))
