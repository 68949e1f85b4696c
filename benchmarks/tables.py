"""Tables of what was measured, in Markdown and JSON."""

from __future__ import annotations

import json
import platform
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from elastisim.version import build

if TYPE_CHECKING:
    from pathlib import Path

    from families import Case
    from measuring import Figures

COLUMNS = {
    "jobs": "{jobs}",
    "invocations": "{invocations}",
    "events": "{events}",
    "CPU (s)": "{cpu:.2f}",
    "CPU (calibrations)": "{cpu_calibrations:.2f}",
    "wall (s)": "{wall:.2f}",
    "memory (MiB)": "{memory:.0f}",
    "jobs per CPU second": "{jobs_per_cpu_second:.0f}",
}
"""The columns of numbers, and how each is written."""

HEAD = f"| family | size | {' | '.join(COLUMNS)} |\n|---|---|{'---:|' * len(COLUMNS)}\n"


@dataclass
class Session:
    """Measurements that were taken one after the other on one machine."""

    runs: int
    calibrations: list[float]
    """CPU seconds of the calibration, before and after the cases."""
    limit: int | None = None
    """CPU seconds that a run may take."""
    cases: list[tuple[str, Case, Figures | None]] = field(default_factory=list)
    """Family, case and figures; without figures the case is over the limit."""

    def row(self, family: str, case: Case, figures: Figures | None) -> dict[str, Any]:
        """Return the values of a row."""
        head = {"family": family, "size": case.size, "extent": case.extent}
        if figures is None:
            return {**head, "limit": self.limit}
        return {
            **head,
            **asdict(figures),
            "cpu_calibrations": figures.cpu / statistics.mean(self.calibrations),
            "jobs_per_cpu_second": figures.jobs / figures.cpu,
        }

    def save(self, directory: Path) -> None:
        """Write ``benchmarks.md`` and ``benchmarks.json``."""
        rows = [self.row(*case) for case in self.cases]
        facts = {
            "build": build(),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "system": f"{platform.system()} {platform.machine()}",
            "runs": self.runs,
            "calibrations": self.calibrations,
        }
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**facts, "cases": rows}, indent=2)
        (directory / "benchmarks.json").write_text(text + "\n", encoding="utf-8")
        seconds = " and ".join(f"{value:.3f}" for value in self.calibrations)
        origin = f"{facts['build']}, {facts['python']}, {facts['system']}"
        head = f"{origin}; medians of {self.runs} runs; calibration {seconds} s.\n\n"
        body = "".join(markdown(row) for row in rows)
        (directory / "benchmarks.md").write_text(head + HEAD + body, encoding="utf-8")


def markdown(row: dict[str, Any]) -> str:
    """Return a row as a line of Markdown."""
    if "cpu" in row:
        cells = [pattern.format_map(row) for pattern in COLUMNS.values()]
    else:
        cells = [f"> {row['limit']}" if column == "CPU (s)" else "" for column in COLUMNS]
    return f"| {row['family']} | {row['size']} | {' | '.join(cells)} |\n"
