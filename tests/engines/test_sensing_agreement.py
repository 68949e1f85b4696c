"""Samples of loads are the same in both engines, and taking them changes nothing."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from elastisim import simulate
from elastisim.scheduling import make_policy

from .test_operation_counts import COMPUTE, EXCHANGE, PLATFORM, WRITE, job

if TYPE_CHECKING:
    from pathlib import Path

INTERVAL = 0.1234567
"""Seconds; no sample coincides with the beginning or the end of an activity."""

SENSED = ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")

LONG_EXCHANGE = {**EXCHANGE, "bytes": "1e10 * work", "communication_pattern": "ring"}
"""It takes longer than writing, and shares the links of the nodes with it."""

PROGRAMS: dict[str, tuple[dict[str, Any], ...]] = {
    "compute, write": (COMPUTE, WRITE),
    "write twice, compute": ({**WRITE, "iterations": 2}, COMPUTE),
    "exchange, read": (EXCHANGE, COMPUTE, {**WRITE, "type": "pfs_read"}),
    "exchange while writing": (COMPUTE, {**WRITE, "async": True}, LONG_EXCHANGE),
    "gather while writing": ({**WRITE, "async": True}, {**LONG_EXCHANGE, "communication_pattern": "gather"}),
    "coupled": ({**COMPUTE, **EXCHANGE, "coupled": True}, WRITE),
}


CHANGES = """
  <trace id="t" periodicity="-1">
    1.7 200000000
    3.1 700000000
    4.9 350000000
  </trace>
  <trace_connect trace="t" element="pfs_write" kind="BANDWIDTH"/>
"""
"""What happens to the link to the file system, which has 1 GB/s at first."""


def rows(
    directory: Path, engine: str, tasks: tuple[dict[str, Any], ...], attributes: str, changes: str = "", **keys: Any
) -> list[Any]:
    """Simulate three jobs that meet in the file system, one of which is killed; return all rows of results."""
    jobs = [job(0.1, 2, points=4), job(0.33, 2, work=0.7, points=5), {**job(0.5, 1, work=0.9, points=9), "walltime": 5}]
    directory = directory / engine
    directory.mkdir(exist_ok=True)
    (directory / "jobs.json").write_text(json.dumps({"jobs": jobs}))
    (directory / "model.json").write_text(json.dumps({"phases": [{"iterations": "points", "tasks": tasks}]}))
    (directory / "platform.xml").write_text(
        PLATFORM.format(last=7, attributes=attributes).replace("</platform>", f"{changes}</platform>")
    )
    kinds = ("job_statistics", "node_utilization", *(SENSED if keys else ()))
    configuration = {
        "jobs_file": str(directory / "jobs.json"),
        "platform_file": str(directory / "platform.xml"),
        "engine": engine,
        "schedule_on_job_submit": True,
        "schedule_on_job_finalize": True,
        **{kind: str(directory / f"{kind}.csv") for kind in kinds},
        **keys,
    }
    simulate(configuration, make_policy("fcfs"))
    found = []
    for kind in kinds:
        with (directory / f"{kind}.csv").open(newline="") as file:
            found.append(list(csv.reader(file)))
    return found


def numbers(table: list[list[str]]) -> list[list[float]]:
    """Return the numbers of a table without its head."""
    return [[float(cell) for cell in row if cell.replace(".", "").replace("e-", "").isdigit()] for row in table[1:]]


@pytest.mark.parametrize("attributes", ["", 'bb_bw="2GBps" bb_lat="3us"'], ids=["one link", "two links"])
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("changes", ["", CHANGES], ids=["steady", "changing"])
def test_samples_agree(tmp_path: Path, name: str, attributes: str, changes: str) -> None:
    sensing = {"sensing": True, "sensing_interval": INTERVAL, "pfs_write_links": ["pfs_write"]}
    exact, fast = (
        rows(tmp_path, engine, PROGRAMS[name], attributes, changes, **sensing) for engine in ("exact", "fast")
    )

    for expected, found in zip(exact, fast, strict=True):
        assert len(expected) == len(found) > 1
        for row, other in zip(numbers(expected), numbers(found), strict=True):
            assert other == pytest.approx(row, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", PROGRAMS)
def test_samples_change_nothing(tmp_path: Path, name: str) -> None:
    blind = rows(tmp_path, "fast", PROGRAMS[name], "")
    seeing = rows(tmp_path, "fast", PROGRAMS[name], "", sensing=True, sensing_interval=INTERVAL)
    exact = rows(tmp_path, "exact", PROGRAMS[name], "")

    assert seeing[0] == blind[0]
    for row, other in zip(numbers(exact[0]), numbers(blind[0]), strict=True):
        assert other == pytest.approx(row, rel=1e-9)
