"""Built-in policies against recorded results of the published algorithms."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elastisim import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED = Path(__file__).parents[1] / "golden"
GOLDEN = RECORDED / "policies"
ROWS = {"workload_a": 90, "workload_b": 70}
WAGOMU = {"variant": "wagomu"}

PUBLISHED: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "fcfs": ("fcfs", {}),
    "sjf": ("sjf", {}),
    "first-fit": ("first-fit", WAGOMU),
    "easy-wagomu": ("easy", WAGOMU),
    **{
        f"{family}-{kind}": (f"{family}-{kind}", {})
        for family in ("min", "pref", "average")
        for kind in ("agreement", "common-pool", "steal-agreement")
    },
}
"""Policy and options for each recorded algorithm."""


@pytest.fixture(scope="module")
def comparison() -> Any:
    """Return the module that compares result files with recorded ones."""
    specification = importlib.util.spec_from_file_location("compare", RECORDED / "compare.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("workload", ROWS)
@pytest.mark.parametrize("algorithm", PUBLISHED)
def test_recorded_results(tmp_path: Path, comparison: Any, workload: str, algorithm: str) -> None:
    """Each published algorithm ends every job at the recorded time."""
    policy, options = PUBLISHED[algorithm]

    simulate(GOLDEN / workload / "configuration.json", policy=policy, policy_options=options, output_directory=tmp_path)

    results = comparison.compare(str(GOLDEN / workload / "expected" / algorithm), str(tmp_path))
    assert [result["file"] for result in results] == ["job_statistics.csv"]
    assert (results[0]["rows"], results[0]["errors"]) == (ROWS[workload], [])


@pytest.mark.parametrize("workload", ROWS)
def test_nothing_recorded_is_left_out(workload: str) -> None:
    """There is a policy for everything that was recorded."""
    recorded = {directory.name for directory in (GOLDEN / workload / "expected").iterdir()}

    assert recorded == set(PUBLISHED)
