"""Scenarios: a simulation from configuration to result files, compared with the files of the reference."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.simulation import Outcome, prepare, simulate
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISON = Path(__file__).parents[2] / "tests" / "golden" / "compare.py"
"""Compares directories of results; a folder of cases may bring its own version."""

TOLERANCE = 1e-6
"""Absolute or relative deviation that results may have; 0.0 asks for every digit that was recorded."""

TIME_FOR_ERRORS = 5.0
"""Seconds within which a simulation that cannot succeed has to say so."""

_OWN_FRAME = re.compile(r'File "[^"]*[/\\]elastisim(_python)?[/\\][^"]*", line')


def cases(directory: Path) -> list[Path]:
    """Return the directories of the scenarios in *directory*, which may be a scenario itself."""
    if (directory / "scenario.json").is_file():
        return [directory]
    return sorted(path.parent for path in directory.glob("*/scenario.json"))


def scenarios(directory: Path, engine: str, transport: str, tolerance: float = TOLERANCE) -> Iterator[Verdict]:
    """Simulate and judge all scenarios of a directory."""
    for case in cases(directory):
        yield check(case, engine, transport, tolerance)


def check(case: Path, engine: str, transport: str, tolerance: float = TOLERANCE) -> Verdict:
    """Simulate a scenario and judge the outcome."""
    description = json.loads((case / "scenario.json").read_text(encoding="utf-8"))
    category = description["category"]
    with tempfile.TemporaryDirectory() as folder:
        copy = prepare(case, Path(folder))
        outcome = simulate(copy, engine, transport)
        problem = disorder(outcome)
        if problem is not None:
            return Verdict(case.name, problem)
        if category != "error":
            return Verdict(
                case.name, _failure(outcome) or _difference(case, copy, tolerance), counts=category != "quirk"
            )
        if description["required"] == "works":
            return Verdict(case.name, _failure(outcome) or unfinished(copy))
        return Verdict(case.name, missing_error(outcome))


def disorder(outcome: Outcome) -> str | None:
    """Return what no simulation may do, whatever its input."""
    if outcome.status is None:
        return "does not end"
    if outcome.is_algorithm_left:
        return "the algorithm does not end after the simulation"
    if _OWN_FRAME.search(outcome.errors):
        return f"shows a traceback of the simulator:\n{outcome.errors}"
    return None


def _failure(outcome: Outcome) -> str | None:
    return f"ends with status {outcome.status}: {outcome.errors.strip()}" if outcome.status else None


def missing_error(outcome: Outcome) -> str | None:
    """Return what an outcome lacks to be a good report of an error."""
    if outcome.status not in (2, 3):
        return f"ends with status {outcome.status} instead of 2 (input) or 3 (algorithm): {outcome.errors.strip()}"
    if not outcome.errors.strip():
        return "ends without a message"
    if outcome.seconds > TIME_FOR_ERRORS:
        return f"takes {outcome.seconds:.1f} s to report the error"
    return None


def _difference(case: Path, copy: Path, tolerance: float) -> str | None:
    """Compare the result files with the expected ones."""
    own = case.parent.parent / "compare.py"
    comparison = _comparison(own if own.is_file() else COMPARISON)
    results = comparison.compare(case / "expected", copy / "output", rel=tolerance, abs_=tolerance)
    if not results:
        return "there are no expected results"
    return (
        "; ".join(f"{result['file']}: {' | '.join(result['errors'])}" for result in results if not result["ok"]) or None
    )


@cache
def _comparison(file: Path) -> Any:
    specification = importlib.util.spec_from_file_location("compare", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def unfinished(copy: Path) -> str | None:
    """Return what is missing until all jobs are finished."""
    configuration = json.loads((copy / "configuration.json").read_text(encoding="utf-8"))
    jobs = json.loads((copy / configuration["jobs_file"]).read_text(encoding="utf-8"))["jobs"]
    with (copy / configuration["job_statistics"]).open(encoding="utf-8", newline="") as stream:
        finished = [row for row in csv.DictReader(stream) if row["Status"] in ("completed", "killed")]
    return None if len(finished) == len(jobs) else f"{len(finished)} of {len(jobs)} jobs finished"
