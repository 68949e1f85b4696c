"""Tables of what was measured, in Markdown and JSON."""

from __future__ import annotations

import json
import platform
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from measuring import Figures

HEAD = """\
| family | size | jobs | invocations | events | CPU (s) | CPU (calibrations) | wall (s) | memory (MiB) | jobs per CPU second |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""


@dataclass
class Session:
    """Measurements that were taken one after the other on one machine."""

    runs: int
    calibrations: list[float]
    """CPU seconds of the calibration, before and after the cases."""
    cases: list[tuple[str, str, Figures]] = field(default_factory=list)
    """Family, size and figures."""

    def row(self, family: str, size: str, figures: Figures) -> dict[str, Any]:
        """Return the values of a row."""
        return {
            "family": family,
            "size": size,
            **asdict(figures),
            "cpu_calibrations": figures.cpu / statistics.mean(self.calibrations),
            "jobs_per_cpu_second": figures.jobs / figures.cpu,
        }

    def save(self, directory: Path) -> None:
        """Write ``benchmarks.md`` and ``benchmarks.json``."""
        rows = [self.row(*case) for case in self.cases]
        facts = {
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "system": f"{platform.system()} {platform.machine()}",
            "runs": self.runs,
            "calibrations": self.calibrations,
        }
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**facts, "cases": rows}, indent=2)
        (directory / "benchmarks.json").write_text(text + "\n", encoding="utf-8")
        seconds = " and ".join(f"{value:.3f}" for value in self.calibrations)
        head = f"{facts['python']}, {facts['system']}; medians of {self.runs} runs; calibration {seconds} s.\n\n"
        body = "".join(markdown(row) for row in rows)
        (directory / "benchmarks.md").write_text(head + HEAD + body, encoding="utf-8")


def markdown(row: dict[str, Any]) -> str:
    """Return a row as a line of Markdown."""
    return (
        f"| {row['family']} | {row['size']} | {row['jobs']} | {row['invocations']} | {row['events']} | {row['cpu']:.2f} "
        f"| {row['cpu_calibrations']:.2f} | {row['wall']:.2f} | {row['memory']:.0f} "
        f"| {row['jobs_per_cpu_second']:.0f} |\n"
    )
