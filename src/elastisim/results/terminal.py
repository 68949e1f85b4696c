"""Statistics as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from elastisim.results.captions import METRICS, job_counts, key_figures, plural
from elastisim.results.wording import NOTHING, duration, number

if TYPE_CHECKING:
    from rich.console import RenderableType

    from elastisim.results.statistics import Statistics
    from elastisim.results.summary import Summary


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
    text.append(f"  {job_counts(statistics.jobs)} on {plural(statistics.nodes, 'node')}", style="dim")
    if statistics.is_partial:
        text.append("  partial: the run was interrupted", style="bold yellow")
    return text


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
