"""Samples made of spans of loads are those that are taken while a simulation runs, and those of the original."""

from __future__ import annotations

import math
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from elastisim.api import simulate
from elastisim.errors import ElastiSimError
from elastisim.results.tables import Table

from .random_scenarios import irregular, make_algorithm, scenarios

if TYPE_CHECKING:
    from collections.abc import Callable

    from elastisim.results.results import Results

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "scenarios").glob("*/expected/cpu_utilization.csv"))
LOADS = ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")
EXAMPLES = int(os.environ.get("ELASTISIM_RANDOM_SCENARIOS", "200")) // 8
RANDOM: Callable[[Any], Any] = settings(
    max_examples=EXAMPLES, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)


def played(files: dict[str, str], engine: str, interval: float, result_format: str, *, shares: bool) -> Results:
    """Return the results of a random scenario; pass over those that end with an error."""
    overrides = {
        "engine": engine,
        "result_format": result_format,
        "sensing": True,
        "sensing_interval": interval,
        "pfs_read_links": ["pfs_read"],
        "pfs_write_links": ["pfs_write"],
        "log_task_times": False,
        **{kind: f"{kind}.csv" for kind in LOADS},
    }
    with TemporaryDirectory() as name:
        for file, content in files.items():
            (Path(name) / file).write_text(content)
        try:
            algorithm = make_algorithm(shares=shares)
            return simulate(Path(name) / "configuration.json", algorithm, overrides=overrides, write_files=False)
        except ElastiSimError:
            assume(False)
            raise


def numbers(table: Table) -> list[list[float]]:
    """Return the rows of a table."""
    return [[float(cell) for cell in line.split(",")] for line in table.lines() if not line.startswith("Time")]


def assert_alike(kind: str, expected: list[list[float]], found: list[list[float]]) -> None:
    """Compare samples: loads of nodes are printed with six decimals, everything differs by rounding only."""
    for row, twin in zip(expected, found, strict=True):
        for column, (value, other) in enumerate(zip(row, twin, strict=True)):
            alike = math.isclose(value, other, rel_tol=1e-6, abs_tol=2e-6) or (math.isnan(value) and math.isnan(other))
            assert alike, f"{kind} at {row[0]}, column {column}: expected {value}, found {other}"


@pytest.mark.parametrize("shares", [False, True], ids=["exclusive", "shared"])
@pytest.mark.parametrize("engine", ["fast", "exact"])
@given(data=st.data(), interval=irregular(0.5, 5.0))
@RANDOM
def test_spans_give_the_samples_of_the_run(engine: str, shares: bool, data: st.DataObject, interval: float) -> None:
    results = played(data.draw(scenarios(shares=shares)), engine, interval, "both", shares=shares)
    for kind in LOADS:
        assert_alike(kind, numbers(results._run.tables[kind]), numbers(results._run.parquet[kind]))


@pytest.mark.parametrize("shares", [False, True], ids=["exclusive", "shared"])
@given(data=st.data(), interval=irregular(0.5, 5.0), other=irregular(0.5, 5.0))
@RANDOM
def test_spans_do_not_depend_on_the_engine_or_the_interval(
    shares: bool, data: st.DataObject, interval: float, other: float
) -> None:
    files = data.draw(scenarios(shares=shares))
    exact = played(files, "exact", interval, "csv", shares=shares)
    fast = played(files, "fast", other, "parquet", shares=shares)
    for kind in LOADS:
        found = [list(row) for row in fast.sampled(kind, interval).rows()]
        assert_alike(kind, numbers(exact._run.tables[kind]), found)


@pytest.mark.parametrize("engine", ["fast", "exact"])
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.parents[1].name)
def test_spans_give_the_samples_of_the_original(
    golden: Path, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In these scenarios, loads change at the very instants of samples."""
    scenario = golden.parents[1]
    monkeypatch.chdir(scenario)
    overrides = {"engine": engine, "result_format": "parquet", "zmq_url": f"ipc://{tmp_path}/e.ipc"}
    results = simulate(
        scenario / "configuration.json", scenario / "algorithm.py", overrides=overrides, write_files=False
    )
    for kind in LOADS:
        expected = Table(kind, kind, golden.with_name(f"{kind}.csv"))
        assert_alike(kind, numbers(expected), numbers(results._run.tables[kind]))
