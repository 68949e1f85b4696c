"""Scenario folders: complete, reproducible, and what the options ask for."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from elastisim.errors import InputError
from elastisim.workload.cluster import Cluster
from elastisim.workload.elasticity import Elasticity
from elastisim.workload.job import JobType
from elastisim.workload.records import JobRecord
from elastisim.workload.replay import Application
from elastisim.workload.scenario import Scenario, write

RECORDS = [
    JobRecord(7, 0, 600, 10, 1200, user=3, group=4, queue="long", partition="p"),
    JobRecord("8_1", 2.5, 30.25, 1),
]
SHARES = {JobType.MALLEABLE: 1.0}


def _scenario(records=RECORDS, **changes: object) -> Scenario:
    values: dict = {
        "records": records,
        "cluster": Cluster(nodes=64),
        "application": Application(),
        "title": "A workload",
        "about": "For a test.",
        "origin": {"test": True},
    }
    return Scenario(**values | changes)


def _jobs(directory: Path) -> list[dict]:
    return json.loads((directory / "jobs.json").read_text())["jobs"]


def test_rigid_jobs_with_fixed_run_times(tmp_path) -> None:
    written = write(_scenario(), tmp_path)

    assert _jobs(tmp_path) == [
        {
            "type": "rigid",
            "submit_time": 0,
            "num_nodes": 10,
            "walltime": 1200,
            "application_model": "application_model.json",
            "arguments": {"runtime": 600, "num_nodes_pref": 10, "iterations": 1},
            "attributes": {"trace_id": 7, "user": 3, "group": 4, "queue": "long", "partition": "p"},
        },
        {
            "type": "rigid",
            "submit_time": 2.5,
            "num_nodes": 1,
            "application_model": "application_model.json",
            "arguments": {"runtime": 30.25, "num_nodes_pref": 1, "iterations": 1},
            "attributes": {"trace_id": "8_1"},
        },
    ]
    assert written.types == {"rigid": 2}


def test_elastic_jobs_have_sizes_arguments_and_a_longer_walltime(tmp_path) -> None:
    application = Application(speedup="amdahl", node_speed=1e12)
    write(_scenario(application=application, elasticity=Elasticity(shares=SHARES)), tmp_path)
    first, second = _jobs(tmp_path)

    assert (first["type"], first["num_nodes_min"], first["num_nodes_max"]) == ("malleable", 2, 40)
    assert "num_nodes" not in first
    # p = 0.975 for 10 nodes: S(10) = 1 / 0.1225, S(2) = 1 / 0.5125; 600 s are 10 phases.
    assert first["arguments"] == {
        "runtime": 600,
        "num_nodes_pref": 10,
        "iterations": 10,
        "flops": pytest.approx(60e12 / 0.1225, rel=1e-15),
        "parallel_fraction": 0.975,
    }
    assert first["walltime"] == 5021, "1200 * 0.5125 / 0.1225, rounded up"
    assert (second["num_nodes_min"], second["num_nodes_max"]) == (1, 20)


def test_all_files_are_there_and_the_provenance_has_their_hashes(tmp_path) -> None:
    shares = {JobType.EVOLVING: 0.5, JobType.ADAPTIVE: 0.5}
    scenario = _scenario(application=Application(speedup="amdahl"), elasticity=Elasticity(shares=shares, seed=5))
    written = write(scenario, tmp_path / "new" / "folder")
    names = {path.name for path in written.directory.iterdir()}
    provenance = json.loads((written.directory / "provenance.json").read_text())

    assert names == {
        "configuration.json",
        "platform.xml",
        "jobs.json",
        *{job["application_model"] for job in _jobs(written.directory)},
        "README.md",
        "provenance.json",
        "output",
    }
    assert set(provenance["files"]) == names - {"provenance.json", "output"}
    for name, entry in provenance["files"].items():
        assert entry["sha256"] == hashlib.sha256((written.directory / name).read_bytes()).hexdigest()
    assert provenance["elasticity"]["shares"] == {"evolving": 0.5, "adaptive": 0.5}
    assert provenance["elasticity"]["seed"] == 5
    assert provenance["origin"] == {"test": True}
    assert provenance["application"]["speedup"] == "amdahl"


def test_algorithms_are_called_when_something_happens_and_requests_are_clipped(tmp_path) -> None:
    write(_scenario(), tmp_path)
    configuration = json.loads((tmp_path / "configuration.json").read_text())

    assert configuration["schedule_on_job_submit"] is configuration["schedule_on_job_finalize"] is True
    assert configuration["schedule_on_reconfiguration"] is True
    assert configuration["schedule_on_scheduling_point"] is False
    assert configuration["clip_evolving_requests"] is True
    assert configuration["allow_oversubscription"] is False
    assert configuration["sensing"] is configuration["log_task_times"] is False


def test_models_of_records_get_files_of_their_own(tmp_path) -> None:
    models = {"a b": {"phases": []}, "a/b": {"phases": [{}]}, "unused": {"phases": [{}, {}]}}
    records = [JobRecord(1, 0, None, 2, model="a/b"), JobRecord(2, 0, None, 2, model="a b"), JobRecord(3, 0, 5, 2)]
    application = Application(speedup="amdahl")
    write(_scenario(records, models=models, application=application, elasticity=Elasticity(shares=SHARES)), tmp_path)
    jobs = _jobs(tmp_path)

    assert [job["application_model"] for job in jobs] == [
        "profile_a_b_2.json",
        "profile_a_b.json",
        "application_model.json",
    ]
    assert [job["type"] for job in jobs] == ["rigid", "rigid", "malleable"], "only run times can be made elastic"
    assert json.loads((tmp_path / "profile_a_b_2.json").read_text()) == models["a/b"]
    assert not (tmp_path / "profile_unused.json").exists()


def test_numbers_that_six_decimals_would_change_ask_for_full_precision(tmp_path) -> None:
    write(_scenario(), tmp_path / "short")
    write(_scenario([JobRecord(1, 0, 0.123456789, 1)]), tmp_path / "long")

    assert "full_precision" not in json.loads((tmp_path / "short" / "configuration.json").read_text())
    assert json.loads((tmp_path / "long" / "configuration.json").read_text())["full_precision"] is True
    assert "full_precision" in (tmp_path / "long" / "README.md").read_text()


def test_the_platform_has_that_many_nodes_and_their_names_sort_by_number() -> None:
    xml = Cluster(nodes=1200, node_speed=2.5e12).xml()

    assert 'radical="10000-11199"' in xml
    assert 'speed="2500000000000f"' in xml
    assert 'radical="10-19"' in Cluster(nodes=10).xml()
    with pytest.raises(InputError, match="the machine has 0 nodes"):
        Cluster(nodes=0)


def test_a_scenario_is_not_overwritten_by_accident(tmp_path) -> None:
    write(_scenario(), tmp_path)
    (tmp_path / "output" / "result").write_text("precious")
    before = (tmp_path / "jobs.json").read_bytes()
    with pytest.raises(InputError, match=r"holds configuration\.json, .*provenance\.json already"):
        write(_scenario(RECORDS[:1]), tmp_path)
    assert (tmp_path / "jobs.json").read_bytes() == before
    write(_scenario(RECORDS[:1]), tmp_path, overwrite=True)

    assert len(_jobs(tmp_path)) == 1
    assert (tmp_path / "output" / "result").read_text() == "precious"


def test_nothing_appears_when_writing_fails(tmp_path, monkeypatch) -> None:
    def fail(self: Cluster) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Cluster, "xml", fail)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        write(_scenario(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_a_directory_that_cannot_be_made_is_an_input_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(_scenario(), tmp_path / "file" / "scenario")


def test_elastic_jobs_need_a_speed_up_model() -> None:
    with pytest.raises(InputError, match="elastic jobs need a speed-up model"):
        _scenario(elasticity=Elasticity(shares=SHARES))


PROGRAM = """
import sys
from pathlib import Path
from elastisim.cli.main import cli
trace, target = sys.argv[1:]
common = "--malleable .3 --evolving .2 --adaptive .1 --moldable .2 --evolving-pattern grow --evolving-pattern wave "
common += "--checkpoint-size 1e9 --communication-rate 1e6 --state-size 1e9 --seed 11 -o "
cli(("import " + trace + " --malformed drop " + common + target + "/a").split(), standalone_mode=False)
for preset in ("lublin", "theta"):
    cli(("generate " + preset + " --jobs 300 " + common + target + "/" + preset).split(), standalone_mode=False)
cli(("generate knl --days 0.1 --speedup downey --sigma 1.5 " + common + target + "/knl").split(), standalone_mode=False)
"""
TRACE = Path(__file__).parent / "data" / "nasty.swf"


def _digests(python: str, target: Path, environment: dict[str, str]) -> dict[str, str]:
    target.mkdir()
    subprocess.run(
        [python, "-c", PROGRAM, str(TRACE), str(target)], check=True, capture_output=True, env=os.environ | environment
    )
    paths = sorted(path for path in target.rglob("*") if path.is_file())
    return {str(path.relative_to(target)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_same_options_same_bytes_in_every_process(tmp_path) -> None:
    first = _digests(sys.executable, tmp_path / "first", {"PYTHONHASHSEED": "1"})
    second = _digests(sys.executable, tmp_path / "second", {"PYTHONHASHSEED": "2"})

    assert len(first) > 20
    assert first == second
    # The jobs as Python 3.13 wrote them: all versions and machines have to write the same.
    assert {name: digest[:16] for name, digest in first.items() if name.endswith("jobs.json")} == {
        "a/jobs.json": "7dfd2c88a6b6991c",
        "knl/jobs.json": "2042e22f36b7a7cf",
        "lublin/jobs.json": "86d68794fe82c093",
        "theta/jobs.json": "8e20fbc87423eb89",
    }
