"""Statistics as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from elastisim.results.inference import Interval, mean_interval
from elastisim.results.scorecard import SCORES
from elastisim.results.wording import NOTHING, amount, duration, number, points, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType

    from elastisim.results.comparison import Comparison, PairedJobs
    from elastisim.results.statistics import JobCounts, Statistics
    from elastisim.results.summary import Summary

METRICS: dict[str, tuple[str, Callable[[float | None], str]]] = {
    "wait": ("Wait", duration),
    "runtime": ("Runtime", duration),
    "turnaround": ("Turnaround", duration),
    "slowdown": ("Slowdown", number),
    "bounded_slowdown": ("Bounded slowdown", number),
    "nodes": ("Nodes per job", number),
}
"""Title and wording of each metric of jobs."""


def summary(statistics: Statistics) -> RenderableType:
    """Return what a person wants to see at the end of a run."""
    parts: list[RenderableType] = [_title(statistics), _key_figures(statistics), _metrics(statistics)]
    if statistics.groups:
        parts.append(_groups(statistics))
    if statistics.fairness is not None:
        parts.append(_fairness(statistics))
    return Lines(*parts)


def _title(statistics: Statistics) -> Text:
    text = Text()
    text.append(statistics.name, style="bold")
    text.append(f"  {job_counts(statistics.jobs)} on {statistics.nodes:,} nodes", style="dim")
    if statistics.is_partial:
        text.append("  partial: the run was interrupted", style="bold yellow")
    return text


def job_counts(counts: JobCounts) -> str:
    """Return numbers of jobs in words; what did not happen is left out."""
    others = [f"{getattr(counts, name):,} {name}" for name in ("killed", "running", "pending") if getattr(counts, name)]
    jobs = f"{counts.total:,} job{'' if counts.total == 1 else 's'}"
    return f"{jobs} ({', '.join(others)})" if others else jobs


def key_figures(statistics: Statistics) -> Iterable[tuple[str, str]]:
    """Yield the names and values of the figures that describe the run as a whole, without those that are unknown."""
    usage, changes, requests = statistics.usage, statistics.reconfigurations, statistics.evolving_requests
    yield "Makespan", duration(usage.makespan)
    yield "Throughput", f"{number(usage.throughput)} jobs/h"
    yield "Node utilisation", share(usage.utilization)
    yield "Node hours", number(usage.node_hours)
    if usage.cpu_load is not None:
        yield "CPU load", share(usage.cpu_load)
        yield "CPU load, allocated", share(usage.efficiency)
    if usage.gpu_load:
        yield "GPU load", share(usage.gpu_load)
    if usage.network is not None:
        yield "Network load", share(usage.network)
    if usage.pfs_read or usage.pfs_write:
        yield "PFS read", amount(usage.pfs_read, "B/s")
        yield "PFS write", amount(usage.pfs_write, "B/s")
    yield "Running jobs", number(usage.running_jobs)
    yield "Queue length", f"{number(usage.queue_length)} (at most {usage.longest_queue:,})"
    if changes.count:
        yield "Expansions / shrinks", f"{changes.expansions:,} / {changes.shrinks:,}"
        yield "Nodes gained / lost", f"{changes.nodes_gained:,} / {changes.nodes_lost:,}"
        if changes.time is not None:
            yield "Reconfiguring", duration(changes.time)
    if requests is not None and requests.count:
        yield "Evolving requests", f"{requests.count:,} ({requests.granted:,} granted)"


def _key_figures(statistics: Statistics) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    for _ in range(2):
        table.add_column(style="cyan")
        table.add_column(justify="right")
    figures = list(key_figures(statistics))
    half = (len(figures) + 1) // 2
    for position in range(half):
        right = figures[position + half] if position + half < len(figures) else ("", "")
        table.add_row(*figures[position], *right)
    return table


def _metrics(statistics: Statistics) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for name in ("mean", "median", "p90", "p95", "p99", "max"):
        table.add_column(name, justify="right")
    for name, (title, wording) in METRICS.items():
        summary: Summary | None = getattr(statistics.metrics, name)
        if summary is not None:
            values = (summary.mean, summary.median, summary.p90, summary.p95, summary.p99, summary.maximum)
            table.add_row(title, *map(wording, values))
    if not table.row_count:
        table.add_row("no job has started", *[NOTHING] * 6)
    return table


def _groups(statistics: Statistics) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=f"means; * bounded at {statistics.bound:g} s")
    for name in statistics.by:
        table.add_column(name)
    for name in ("jobs", "node hours", "wait", "wait p95", "turnaround", "slowdown*"):
        table.add_column(name, justify="right")
    for group in statistics.groups:
        metrics = group.metrics
        table.add_row(
            *(part or NOTHING for part in group.key),
            f"{group.jobs.total:,}",
            number(group.node_hours),
            duration(metrics.wait.mean if metrics.wait else None),
            duration(metrics.wait.p95 if metrics.wait else None),
            duration(metrics.turnaround.mean if metrics.turnaround else None),
            number(metrics.bounded_slowdown.mean if metrics.bounded_slowdown else None),
        )
    return table


_MOST_USERS = 10


def _fairness(statistics: Statistics) -> Table:
    fairness = statistics.fairness
    assert fairness is not None
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=f"Jain's index: wait {number(fairness.wait)}, slowdown* {number(fairness.bounded_slowdown)}",
    )
    table.add_column("user")
    for name in ("jobs", "node hours", "wait", "slowdown*"):
        table.add_column(name, justify="right")
    largest = sorted(fairness.users, key=lambda user: (-user.node_hours, user.user))
    for user in largest[:_MOST_USERS]:
        values = (f"{user.jobs:,}", number(user.node_hours), duration(user.wait), number(user.bounded_slowdown))
        table.add_row(user.user, *values)
    if len(largest) > _MOST_USERS:
        table.add_row(f"… {len(largest) - _MOST_USERS:,} more", *[""] * 4)
    return table


def replications(found: list[Statistics]) -> RenderableType:
    """Return the figures of several runs of the same kind, with their mean and its 95 % confidence interval."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{len(found)} runs", title_justify="left")
    table.add_column("")
    for name in ("mean", "± 95 %", "min", "max"):
        table.add_column(name, justify="right")
    for score in SCORES:
        values = [value for value in map(score.of, found) if value is not None]
        interval = mean_interval(values)
        if interval is not None:
            figures = (interval.mean, interval.half_width, min(values), max(values))
            table.add_row(score.title, *map(score.wording, figures))
    parts: list[RenderableType] = [table]
    partial = [statistics.name for statistics in found if statistics.is_partial]
    if partial:
        parts.append(Text(f"partial, because the run was interrupted: {', '.join(partial)}", style="bold yellow"))
    return Lines(*parts)


VERDICT_STYLES = {"better": "green", "worse": "red", "same": "dim", "open": ""}


def comparison(found: Comparison) -> RenderableType:
    """Return a comparison as tables: figures, jobs, inputs."""
    parts: list[RenderableType] = [_scores(found)]
    parts += [_paired(jobs, found.contenders[0]) for jobs in found.jobs]
    parts.append(_inputs(found))
    for name, is_partial in zip(found.contenders, found.partial, strict=True):
        if is_partial:
            parts.append(Text(f"{name} is partial: the run was interrupted", style="bold yellow"))
    return Lines(*parts)


def _scores(found: Comparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption="± is a 95 % confidence interval over replications")
    table.add_column("")
    for position, (name, count) in enumerate(zip(found.contenders, found.replicates, strict=True)):
        table.add_column(name if count == 1 else f"{name} ({count} runs)", justify="right", overflow="fold")
        if position:
            table.add_column("difference", justify="right")
    wordings = {score.name: score.wording for score in SCORES}
    for row in found.scores:
        wording = wordings[row.name]
        cells: list[str | Text] = [row.title]
        for position, cell in enumerate(row.contenders):
            cells.append(_with_interval(cell.value, wording))
            if position:
                change = "" if cell.relative is None else f" ({cell.relative:+.1%})".replace("-", "−")
                cells.append(Text(_signed(cell.difference, wording) + change, style=VERDICT_STYLES[cell.verdict]))
        table.add_row(*cells)
    return table


def _with_interval(interval: Interval | None, wording: Callable[[float | None], str]) -> str:
    if interval is None:
        return NOTHING
    half = "" if interval.half_width is None else f" ± {wording(interval.half_width)}"
    return wording(interval.mean) + half


def _signed(interval: Interval | None, wording: Callable[[float | None], str]) -> str:
    if interval is None:
        return NOTHING
    if wording is share:
        wording = points
    sign = "−" if interval.mean < 0.0 else "+" if interval.mean > 0.0 else "±"
    half = "" if interval.half_width is None else f" ± {wording(interval.half_width)}"
    return sign + wording(abs(interval.mean)) + half


def _paired(jobs: PairedJobs, first: str) -> RenderableType:
    title = f"The same jobs: {jobs.contender} against {first}"
    if not jobs.metrics:
        return Text(f"{title}: no job is the same in both", style="yellow")
    if jobs.unmatched:
        title += f" ({jobs.unmatched:,} jobs without a counterpart)"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column("")
    for name in ("jobs", "mean difference", "median", "better", "worse", "same"):
        table.add_column(name, justify="right")
    for metric in jobs.metrics:
        wording = METRICS[metric.metric][1]
        counts = [f"{count:,} ({count / metric.pairs:.0%})" for count in (metric.better, metric.worse, metric.same)]
        mean = Interval(count=1, mean=metric.mean.mean, low=None, high=None)
        median = Interval(count=1, mean=metric.median, low=None, high=None)
        cells = (METRICS[metric.metric][0], f"{metric.pairs:,}", _signed(mean, wording), _signed(median, wording))
        table.add_row(*cells, *counts)
    return table


_LONGEST_VALUE = 60


def _inputs(found: Comparison) -> RenderableType:
    unknown = f"provenance unknown (no run.json): {', '.join(found.provenance_unknown)}"
    if len(found.contenders) - len(found.provenance_unknown) < 2:
        return Text(unknown, style="dim")
    if not found.inputs:
        return Text("The runs do not differ in their inputs, options and versions.", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="What differs between the runs", title_justify="left")
    table.add_column("")
    for name in found.contenders:
        table.add_column(name, overflow="fold")
    for difference in found.inputs:
        values = (
            value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…" for value in difference.values
        )
        table.add_row(difference.name, *(value or NOTHING for value in values))
    return Lines(table, Text(unknown, style="dim")) if found.provenance_unknown else table
