"""``elastisim validate``."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from elastisim.cli.validate import command
from elastisim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = {
    "jobs_file": "jobs.json",
    "platform_file": "platform.xml",
    "scheduling_interval": 10,
    "job_statistics": "jobs.csv",
    "node_utilization": "nodes.csv",
}
LIMITS = {"num_nodes_min": 1, "num_nodes_max": 2}


def validate(directory: Path, jobs: list[dict[str, Any]], **configuration: Any) -> subprocess.CompletedProcess[str]:
    (directory / "configuration.json").write_text(json.dumps({**CONFIGURATION, **configuration}))
    common = {"submit_time": 0, "application_model": "model.json"}
    (directory / "jobs.json").write_text(json.dumps({"jobs": [{**common, **job} for job in jobs]}))
    (directory / "model.json").write_text('{"phases": [{"tasks": [{"type": "idle", "delay": 1}]}]}')
    (directory / "platform.xml").write_text(
        '<platform version="4.1"><zone id="Z" routing="Full"><host id="a" speed="1Gf"/><host id="b" speed="1Gf"/>'
        '<host id="PFS" speed="1Gf"><prop id="pfs_host" value="true"/></host></zone></platform>'
    )
    call = [sys.executable, "-c", "from elastisim.cli.main import main; main()", "validate", "configuration.json"]
    return subprocess.run(call, cwd=directory, capture_output=True, text=True, check=False)


def test_a_valid_scenario_is_confirmed_with_its_counts(tmp_path: Path) -> None:
    done = validate(tmp_path, [{"type": "adaptive", **LIMITS}, *[{"type": "rigid", "num_nodes": 1}] * 2])

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "platform:   2 compute nodes, 1 PFS host\n"
        "jobs:       3 jobs (2 rigid, 1 adaptive)\n"
        "models:     1 application model\n"
        "configuration.json is valid.\n"
    )


def test_a_scenario_without_jobs_is_valid(tmp_path: Path) -> None:
    done = validate(tmp_path, [])

    assert "jobs:       0 jobs\n" in done.stdout
    assert "models:     0 application models\n" in done.stdout


def test_warnings_are_printed_before(tmp_path: Path) -> None:
    done = validate(tmp_path, [{"type": "rigid", "num_nodes": 1, "walltime": 1.5}], comment=1)

    assert done.returncode == 0
    first, second, *_, last = done.stdout.splitlines()
    assert first == "warning: configuration.json: $.comment: is unknown and ignored"
    assert second.startswith("warning: jobs.json: $.jobs[0].walltime: 1.5 is a limit here, but the original ignores")
    assert last == "configuration.json is valid, with 2 warnings."


def test_all_problems_are_printed_with_their_places(tmp_path: Path) -> None:
    done = validate(tmp_path, [{"type": "elastic"}, {"type": "rigid"}], engine="slow")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        'elastisim: error: configuration.json: $.engine: expected one of "fast", "exact", found "slow"\n'
        "jobs.json: $.jobs[0].type: expected one of rigid, moldable, malleable, evolving, adaptive, "
        'found "elastic"\n'
        "jobs.json: $.jobs[1].num_nodes: is missing (expected a number ≥ 1)\n"
    )


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_configuration_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    call = [sys.executable, "-c", "from elastisim.cli.main import main; main()", "validate", name]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(f"elastisim: error: {name}: cannot be read: ")
    assert "Traceback" not in done.stderr


def test_problems_leave_the_command_as_input_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command, called in this process."""
    validate(tmp_path, [{"type": "rigid", "num_nodes": 1}])
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(command, ["configuration.json"])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "configuration.json is valid.")
    (tmp_path / "model.json").unlink()
    failed = CliRunner().invoke(command, ["configuration.json"])
    assert isinstance(failed.exception, InputError)
    assert failed.exception.exit_status == 2
