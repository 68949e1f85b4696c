"""Statistics and comparisons in words, for terminal tables and pages alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.results.wording import NOTHING, amount, duration, number, points, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elastisim.results.comparison import PairedJobs, ScoreDifference
    from elastisim.results.inference import Interval
    from elastisim.results.statistics import JobCounts, Statistics

    Wording = Callable[[float | None], str]

METRICS: dict[str, tuple[str, Wording]] = {
    "wait": ("Wait", duration),
    "runtime": ("Runtime", duration),
    "turnaround": ("Turnaround", duration),
    "slowdown": ("Slowdown", number),
    "bounded_slowdown": ("Bounded slowdown", number),
    "nodes": ("Nodes per job", number),
}
"""Title and wording of each metric of jobs."""

PAIRED_HEAD = ("jobs", "mean difference", "median", "better", "worse", "same")
"""Columns of :func:`paired_rows` after the title of the metric."""


def plural(count: int, noun: str) -> str:
    """Return a number of things."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def job_counts(counts: JobCounts) -> str:
    """Return numbers of jobs in words; what did not happen is left out."""
    others = [f"{getattr(counts, name):,} {name}" for name in ("killed", "running", "pending") if getattr(counts, name)]
    jobs = plural(counts.total, "job")
    return f"{jobs} ({', '.join(others)})" if others else jobs


def key_figures(statistics: Statistics) -> Iterator[tuple[str, str]]:
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


def interval_text(interval: Interval | None, wording: Wording) -> str:
    """Return a mean with half the width of its confidence interval."""
    if interval is None:
        return NOTHING
    half = "" if interval.half_width is None else f" ± {wording(interval.half_width)}"
    return wording(interval.mean) + half


def signed(value: float, wording: Wording) -> str:
    """Return a difference with its sign; differences of shares in percentage points."""
    if wording is share:
        wording = points
    sign = "−" if value < 0.0 else "+" if value > 0.0 else "±"
    return sign + wording(abs(value))


def difference_text(cell: ScoreDifference, wording: Wording) -> str:
    """Return the difference of a figure from that of the first contender, also as a percentage of it."""
    if cell.difference is None:
        return NOTHING
    if cell.verdict == "same" and not cell.difference.half_width:
        return "same"
    text = signed(cell.difference.mean, wording)
    if cell.difference.half_width is not None:
        text += f" ± {(points if wording is share else wording)(cell.difference.half_width)}"
    if cell.relative is not None:
        text += f" ({cell.relative:+.1%})".replace("-", "−")
    return text


def paired_rows(jobs: PairedJobs) -> Iterator[list[str]]:
    """Yield a row for each metric: its title, and what :data:`PAIRED_HEAD` says."""
    for metric in jobs.metrics:
        title, wording = METRICS[metric.metric]
        mean = signed(metric.mean.mean, wording)
        if metric.mean.half_width is not None:
            mean += f" ± {wording(metric.mean.half_width)}"
        counts = [f"{count:,} ({count / metric.pairs:.0%})" for count in (metric.better, metric.worse, metric.same)]
        yield [title, f"{metric.pairs:,}", mean, signed(metric.median, wording), *counts]
