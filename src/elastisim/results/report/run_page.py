"""The report of one run."""

from __future__ import annotations

from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from elastisim.results.captions import METRICS, job_counts, plural
from elastisim.results.report.contents import add_run
from elastisim.results.report.page import Heading, chip, fill, pairs_table, plain_table, write_page
from elastisim.results.report.payload import Payload
from elastisim.results.statistics import USER_ATTRIBUTE, compute_statistics
from elastisim.results.wording import NOTHING, amount, duration, number, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elastisim.results.history import History
    from elastisim.results.provenance import RunDescription
    from elastisim.results.statistics import Fairness, Group, Statistics

SCRIPTS = ("base", "view", "gantt", "curves", "charts", "table", "search", "report")

COLOURS = {
    "job": "job",
    "type": "type",
    "user": USER_ATTRIBUTE,
    "status": "status",
    "wait": "wait time",
    "size": "number of nodes",
    "slowdown": "bounded slowdown",
}
"""What the Gantt chart can be coloured by."""


def write_report(history: History, description: RunDescription | None, path: Path) -> None:
    """Write the report of a run as an HTML page to *path*."""
    statistics = compute_statistics(history, by=("type",))
    by_size = compute_statistics(history, by=("size",))
    payload = Payload()
    payload.document = add_run(payload, history) | {"bound": statistics.bound}
    fairness = statistics.fairness
    body = fill(
        "run",
        partial=_partial(description) if history.is_partial else "",
        figures="".join(_figure(*figure) for figure in figures(statistics)),
        colours="".join(
            f"<option value={name}{' selected' if name == 'type' else ''}>{escape(title)}</option>"
            for name, title in COLOURS.items()
            if fairness is not None or name != "user"
        ),
        merged=_merged(payload.document["merged_below"]),
        bound=f"{statistics.bound:g}",
        metrics=plain_table(["", "mean", "median", "p90", "p95", "p99", "max"], _metric_rows(statistics)),
        types=plain_table(["type", *GROUP_HEAD], map(_group_row, statistics.groups)),
        sizes=plain_table(["nodes", *GROUP_HEAD], map(_group_row, by_size.groups)),
        users=_users(fairness) if fairness is not None else "",
        provenance=_provenance(description),
        footer=escape(history.name),
    )
    heading = Heading(
        title=f"{history.name} – simulation report",
        heading=history.name,
        subtitle=f"{job_counts(statistics.jobs)} on {plural(statistics.nodes, 'node')}, "
        f"{duration(statistics.usage.makespan)} of simulated time",
        chips=_chips(description) if description is not None else "",
    )
    write_page(path, heading, body=body, scripts=SCRIPTS, payload=payload)


def _chips(description: RunDescription) -> str:
    chips = []
    if description.algorithm is not None:
        algorithm = description.algorithm
        name = PurePath(algorithm.name).name if algorithm.kind == "script" else algorithm.name
        chips.append(chip("algorithm", name))
    chips.append(chip("engine", description.engine))
    if description.wall_time:
        chips.append(chip("simulated in", duration(description.wall_time)))
    if description.started:
        chips.append(chip("run", description.started.replace("T", " ").replace("+00:00", " UTC")))
    return "".join(chips)


def _partial(description: RunDescription | None) -> str:
    outcome = description.outcome if description is not None else "interrupted"
    return (
        f"<p class=partial role=status>Partial results: the run did not reach its end ({escape(outcome)}). "
        "Figures cover what was recorded until then; jobs that were still running are drawn up to that time.</p>"
    )


def _merged(span: float) -> str:
    return f"<p class=hint>Stays shorter than {escape(duration(span))} are merged in this chart.</p>" if span else ""


def figures(statistics: Statistics) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and note of each key figure."""
    usage, metrics, changes = statistics.usage, statistics.metrics, statistics.reconfigurations
    yield "Node utilisation", share(usage.utilization), f"{number(usage.node_hours)} node hours"
    if usage.cpu_load is not None:
        yield "CPU load", share(usage.cpu_load), f"{share(usage.efficiency)} of allocated nodes"
    if metrics.wait is not None:
        yield (
            "Wait",
            duration(metrics.wait.mean),
            f"median {duration(metrics.wait.median)} · p95 {duration(metrics.wait.p95)}",
        )
    if metrics.turnaround is not None:
        turnaround = metrics.turnaround
        yield (
            "Turnaround",
            duration(turnaround.mean),
            f"median {duration(turnaround.median)} · p95 {duration(turnaround.p95)}",
        )
    if metrics.bounded_slowdown is not None:
        slowdown = metrics.bounded_slowdown
        note = f"median {number(slowdown.median)} · p95 {number(slowdown.p95)}"
        yield "Bounded slowdown", number(slowdown.mean), note
    yield "Makespan", duration(usage.makespan), f"{number(usage.throughput)} jobs per hour"
    yield "Queue", number(usage.queue_length), f"jobs waiting on average, at most {usage.longest_queue:,}"
    if changes.count:
        yield (
            "Reconfigurations",
            f"{changes.count:,}",
            f"{changes.expansions:,} expansions, {changes.shrinks:,} shrinks",
        )
    requests = statistics.evolving_requests
    if requests is not None and requests.count:
        yield "Evolving requests", f"{requests.count:,}", f"{share(requests.granted / requests.count)} granted"
    if usage.pfs_read or usage.pfs_write:
        yield "PFS", amount((usage.pfs_read or 0.0) + (usage.pfs_write or 0.0), "B/s"), "read and written on average"
    if statistics.fairness is not None:
        note = f"Jain's index of bounded slowdown, {len(statistics.fairness.users):,} users"
        yield "Fairness", number(statistics.fairness.bounded_slowdown), note


def _figure(name: str, value: str, note: str) -> str:
    return (
        f"<div class=figure><div class=name>{escape(name)}</div><div class=value>{escape(value)}</div>"
        f"<div class=note>{escape(note)}</div></div>"
    )


def _metric_rows(statistics: Statistics) -> Iterator[list[str]]:
    for name, (title, wording) in METRICS.items():
        found = getattr(statistics.metrics, name)
        if found is not None:
            values = (found.mean, found.median, found.p90, found.p95, found.p99, found.maximum)
            yield [title, *map(wording, values)]


GROUP_HEAD = ("jobs", "killed", "node hours", "wait", "p95", "runtime", "turnaround", "slowdown*")


def _group_row(group: Group) -> list[str]:
    metrics = group.metrics
    return [
        group.key[0] or NOTHING,
        f"{group.jobs.total:,}",
        f"{group.jobs.killed:,}",
        number(group.node_hours),
        duration(metrics.wait.mean if metrics.wait else None),
        duration(metrics.wait.p95 if metrics.wait else None),
        duration(metrics.runtime.mean if metrics.runtime else None),
        duration(metrics.turnaround.mean if metrics.turnaround else None),
        number(metrics.bounded_slowdown.mean if metrics.bounded_slowdown else None),
    ]


def _users(fairness: Fairness) -> str:
    users = sorted(fairness.users, key=lambda user: (-user.node_hours, user.user))
    rows = (
        [user.user, f"{user.jobs:,}", number(user.node_hours), duration(user.wait), number(user.bounded_slowdown)]
        for user in users
    )
    table = plain_table(["user", "jobs", "node hours", "wait", "slowdown*"], rows)
    return f"<details class=more><summary>By user ({len(users):,})</summary>{table}</details>"


def _provenance(description: RunDescription | None) -> str:
    if description is None:
        return "<p>Unknown: there is no <code>run.json</code> beside the results.</p>"
    facts = [("engine", description.engine)]
    if description.algorithm is not None:
        algorithm = description.algorithm
        facts.append(("algorithm", f"{algorithm.name} ({algorithm.kind})"))
        facts += [(f"algorithm option {name}", _text(value)) for name, value in algorithm.options.items()]
    if description.versions is not None:
        versions = description.versions
        facts += [
            ("elastisim", f"{versions.elastisim} ({versions.build})"),
            ("Python", versions.python),
            ("system", versions.system),
        ]
    facts += [("started", description.started), ("outcome", description.outcome)]
    facts += [("wall time", duration(description.wall_time)), ("CPU time", duration(description.cpu_time))]
    facts += [(name.replace("_", " "), f"{count:,}") for name, count in description.counts.items()]
    inputs = ""
    if description.inputs:
        rows = ([file.role, file.path, f"{file.bytes:,} bytes", file.sha256] for file in description.inputs)
        table = plain_table(["", "file", "size", "SHA-256"], rows, texts=4)
        inputs = f"<details class=more open><summary>Inputs ({len(description.inputs):,})</summary>{table}</details>"
    options = pairs_table((name, _text(value)) for name, value in description.options.items())
    return (
        f"{pairs_table(facts)}{inputs}"
        f"<details class=more><summary>Options ({len(description.options):,})</summary>{options}</details>"
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
