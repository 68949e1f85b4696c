"""What notebooks show of results: a small table and one curve, without libraries."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from elastisim.results.captions import job_counts, key_figures, plural
from elastisim.results.wording import duration, number

if TYPE_CHECKING:
    from elastisim.results.history import History
    from elastisim.results.statistics import Statistics

_WIDTH, _HEIGHT = 480, 56


def summary_html(history: History, statistics: Statistics) -> str:
    """Return a summary of a run as HTML that fits light and dark themes."""
    metrics = statistics.metrics
    rows = list(key_figures(statistics))
    if metrics.wait is not None:
        rows.append(("Wait, mean / p95", f"{duration(metrics.wait.mean)} / {duration(metrics.wait.p95)}"))
    if metrics.bounded_slowdown is not None:
        slowdown = metrics.bounded_slowdown
        rows.append(("Bounded slowdown, mean / p95", f"{number(slowdown.mean)} / {number(slowdown.p95)}"))
    cells = "".join(
        f"<tr><td style='text-align:left'>{escape(name)}</td><td style='text-align:right'>{escape(value)}</td></tr>"
        for name, value in rows
    )
    partial = " <b>partial: the run was interrupted</b>" if statistics.is_partial else ""
    size = f"{job_counts(statistics.jobs)} on {plural(statistics.nodes, 'node')}"
    return (
        f"<div><b>{escape(statistics.name)}</b> {escape(size)}{partial}<br>"
        f"{_curve(history, statistics)}<table>{cells}</table></div>"
    )


def _curve(history: History, statistics: Statistics) -> str:
    """Return the share of busy nodes over the window as a small curve."""
    window, nodes = statistics.window, max(1, len(history.nodes))
    step = window.length / _WIDTH
    if step <= 0.0:
        return ""
    edges = [window.start + x * step for x in range(_WIDTH + 1)]
    shares = [history.busy.mean(start, end) / nodes for start, end in pairwise(edges)]
    points = " ".join(f"{x},{_HEIGHT * (1.0 - min(1.0, share)):.1f}" for x, share in enumerate(shares))
    return (
        f"<svg width={_WIDTH} height={_HEIGHT} role=img aria-label='Allocated nodes over time'>"
        f"<polygon points='0,{_HEIGHT} {points} {_WIDTH},{_HEIGHT}' fill='#0072b2' fill-opacity='0.35'/></svg>"
    )
