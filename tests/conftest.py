"""What tests of several rooms use: small scenarios, written to files."""

from __future__ import annotations

import builtins
import json
import sys
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="cluster" prefix="n" radical="0-3" suffix="" speed="1Gf" bw="1GBps" lat="0us"/>
</platform>
"""

ALGORITHM = """from elastisim_python import JobState, NodeState, pass_algorithm

def schedule(jobs, nodes, system):
    free = [node for node in nodes if node.state is NodeState.FREE]
    for job in jobs:
        if job.state is JobState.PENDING:
            size = job.num_nodes or job.num_nodes_min
            if size > len(free):
                break
            job.assign(free[:size])
            del free[:size]

if __name__ == "__main__":
    pass_algorithm(schedule, "ipc://e.ipc")
"""
"""First come, first served."""

RESULTS = ("job_statistics", "node_utilization", "cpu_utilization", "gpu_utilization", "network_activity")


def rigid(submit_time: float, num_nodes: int, seconds: float, **fields: Any) -> dict[str, Any]:
    """Return a rigid job that takes *seconds*."""
    return {
        "type": "rigid",
        "submit_time": submit_time,
        "num_nodes": num_nodes,
        "application_model": "idle.json",
        "arguments": {"seconds": str(seconds)},
        **fields,
    }


class ScenarioWriter(Protocol):
    """Writes a scenario with these jobs and keys of the configuration; returns the path of the configuration."""

    def __call__(self, jobs: Sequence[dict[str, Any]] | None = None, **keys: Any) -> Path: ...


@pytest.fixture
def scenario(tmp_path: Path) -> ScenarioWriter:
    """Four nodes; by default three jobs of which the last has to wait: 0 to 10, 1 to 21, and 10 to 15 seconds."""

    def write(jobs: Sequence[dict[str, Any]] | None = None, **keys: Any) -> Path:
        configuration: dict[str, Any] = {
            "jobs_file": "jobs.json",
            "platform_file": "platform.xml",
            "zmq_url": f"ipc://{tmp_path}/e.ipc",
            "schedule_on_job_submit": True,
            "schedule_on_job_finalize": True,
            "pfs_utilization": str(tmp_path / "output" / "pfs_utilization.csv"),
            **{key: str(tmp_path / "output" / f"{key}.csv") for key in RESULTS},
            **keys,
        }
        if jobs is None:
            jobs = [rigid(0, 2, 10), rigid(1, 2, 20), rigid(2, 1, 5)]
        model = {"phases": [{"tasks": [{"type": "idle", "delay": "seconds", "pattern": "uniform"}]}]}
        (tmp_path / "idle.json").write_text(json.dumps(model))
        (tmp_path / "jobs.json").write_text(json.dumps({"jobs": jobs}))
        (tmp_path / "platform.xml").write_text(PLATFORM)
        (tmp_path / "algorithm.py").write_text(ALGORITHM)
        path = tmp_path / "configuration.json"
        path.write_text(json.dumps({key: value for key, value in configuration.items() if value is not None}))
        return path

    return write


@pytest.fixture(autouse=True, scope="session")
def sums_of_integers_only() -> Iterator[None]:
    """See to it that the project adds up floats with ``added``: ``sum`` rounds by the version of Python."""
    plain = builtins.sum

    def guarded(values: Iterable[Any], /, start: Any = 0) -> Any:
        values = list(values)
        if sys._getframe(1).f_globals.get("__name__", "").startswith("elastisim"):
            assert not any(isinstance(value, float) for value in values)
        return plain(values, start)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "sum", guarded)
        yield
