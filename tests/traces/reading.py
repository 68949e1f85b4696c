"""Reading small traces written inside tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.workload.traces.cleaning import Report, Window, clean, machine_of
from elastisim.workload.traces.formats import ReadOptions, detect, named
from elastisim.workload.traces.rules import choose
from elastisim.workload.traces.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.workload.records import JobRecord, TraceJob


class Noted(Report):
    """A report that also notes every rule with the place of the entry."""

    notes: list[tuple[int, str]]

    def flag(self, rule: str, place: int, message: str) -> bool:
        self.notes.append((place, rule))
        return super().flag(rule, place, message)


def entries(path: Path, content: str | bytes, format_name: str | None = None, **options: object) -> list[TraceJob]:
    """Return the entries of a trace before cleaning; anything malformed is an error."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source, read = Source(path), ReadOptions(**options)
    one = named(format_name) if format_name else detect(source, read)[1]
    return list(one.read(source, read, Report(str(path), choose({})).flag).jobs)


def cleaned(
    path: Path,
    content: str | bytes,
    *,
    nodes: int | None = None,
    per_node: int | None = None,
    begin: float = -math.inf,
    end: float = math.inf,
    origin: object = "keep",
    **actions: str,
) -> tuple[list[JobRecord], Noted]:
    """Return the jobs that are left of a trace, and the report."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source, read = Source(path), ReadOptions()
    report = Noted(str(path), choose({name.replace("_", "-"): action for name, action in actions.items()}))
    report.notes = []
    trace = detect(source, read)[1].read(source, read, report.flag)
    machine = machine_of(trace, str(path), nodes, per_node)
    return clean(trace, machine, report, Window(begin, end), origin), report


def swf(*lines: str, header: str = "; MaxNodes: 64\n; MaxProcs: 64\n") -> str:
    """Return a trace of lines that give only some of the 18 fields, by name."""
    names = (
        "number submit wait runtime allocated cpu memory requested limit reqmem status user group exe queue part p t"
    )
    complete = []
    for line in lines:
        fields = dict.fromkeys(names.split(), "-1") | dict(pair.split("=") for pair in line.split())
        complete.append(" ".join(fields.values()))
    return header + "\n".join(complete) + "\n"
