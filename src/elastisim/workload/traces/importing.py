"""From a trace file to a scenario: recognise, read, clean, and describe what was done."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from elastisim.errors import InputError
from elastisim.workload.cluster import Cluster
from elastisim.workload.scenario import Scenario
from elastisim.workload.traces.cleaning import Machine, Moment, Origin, Report, Window, clean, machine_of
from elastisim.workload.traces.formats import ReadOptions, detect, named
from elastisim.workload.traces.rules import RULES, choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.workload.elasticity import Elasticity
    from elastisim.workload.records import JobRecord
    from elastisim.workload.replay import Application
    from elastisim.workload.traces.formats import Trace
    from elastisim.workload.traces.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a trace is read and cleaned; None for what is to be found out from the trace."""

    format: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    nodes: int | None = None
    processors_per_node: int | None = None
    actions: Mapping[str, str] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    origin: Origin = "first"


@dataclass(frozen=True, slots=True)
class Imported:
    """A trace that has been read and cleaned."""

    format: str
    trace: Trace
    machine: Machine
    records: list[JobRecord]
    report: Report


def read_trace(source: Source, options: ImportOptions) -> Imported:
    """Read and clean a trace; raise InputError if that is impossible or if a rule says so."""
    for name in ("nodes", "processors_per_node"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise InputError.at("", "", f"--{name.replace('_', '-')} is {value}, expected at least 1")
    report = Report(str(source), choose(options.actions))
    if options.format is None:
        name, one = detect(source, options.read)
    else:
        name, one = options.format, named(options.format)
    trace = one.read(source, options.read, report.flag)
    report.place = trace.place
    machine = machine_of(trace, str(source), options.nodes, options.processors_per_node)
    records = clean(trace, machine, report, options.window, options.origin)
    return Imported(name, trace, machine, records, report)


def import_trace(
    source: Source, options: ImportOptions, application: Application, elasticity: Elasticity
) -> tuple[Scenario, Report]:
    """Return the scenario made of a trace, and the report on its defects."""
    imported = read_trace(source, options)
    report = imported.report
    scenario = Scenario(
        records=imported.records,
        cluster=Cluster(nodes=imported.machine.nodes, node_speed=application.node_speed),
        application=application,
        elasticity=elasticity,
        models=imported.trace.models,
        title=f"Workload from the trace {source.path.name}",
        about=_about(imported),
        origin=_origin(source, options, imported),
    )
    return scenario, report


def _origin(source: Source, options: ImportOptions, imported: Imported) -> dict[str, Any]:
    report = imported.report
    return {
        "trace": source.path.name,
        "sha256": source.sha256(),
        "format": imported.format,
        "header": imported.trace.header,
        "machine": asdict(imported.machine),
        "columns": dict(options.read.columns),
        "limit_unit": options.read.limit_unit,
        "window": [_edge(options.window.begin), _edge(options.window.end)],
        "time_origin": options.origin,
        "rules": dict(report.actions),
        "report": {
            "entries": report.read,
            "jobs": report.kept,
            "outside_window": report.outside_window,
            "defects": {rule: report.counts[rule] for rule in RULES if report.counts[rule]},
            "dropped": {rule: report.dropped[rule] for rule in RULES if report.dropped[rule]},
            "skipped": dict(sorted(report.skipped.items())),
            "examples": {rule: report.examples[rule] for rule in RULES if rule in report.examples},
            "remarks": report.remarks,
        },
    }


def _edge(moment: Moment) -> float | str | None:
    if isinstance(moment, datetime):
        return moment.isoformat()
    return moment if math.isfinite(moment) else None


def _about(imported: Imported) -> str:
    report = imported.report
    lines = [
        f"The trace has {report.read:,} entries (format `{imported.format}`); {report.kept:,} of them are jobs here.",
        "",
        "## What was found, and what became of it",
        "",
    ]
    rows = [(rule, count) for rule in RULES if (count := report.counts[rule])]
    if rows:
        lines += ["| Rule | Defect | Count | Action | Dropped |", "|---|---|---|---|---|"]
        for name, count in rows:
            rule, action = RULES[name], report.actions[name]
            meaning = f"`{action}`: {rule.actions[action]}"
            lines.append(f"| `{name}` | {rule.defect} | {count:,} | {meaning} | {report.dropped[name]:,} |")
        lines += ["", "First places:", ""]
        lines += [f"- `{name}`: {place}" for name, _ in rows for place in report.examples[name]]
    else:
        lines.append("No defects.")
    if report.outside_window:
        lines += ["", f"{report.outside_window:,} entries were submitted outside the chosen window."]
    lines += [f"\n{count:,} {kind} were skipped." for kind, count in sorted(report.skipped.items())]
    lines += [f"\n{remark[0].upper()}{remark[1:]}." for remark in report.remarks]
    return "\n".join(lines)
