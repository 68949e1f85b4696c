"""What a page knows of a run: jobs, stays on nodes, and curves, as columns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from elastisim.results.statistics import USER_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.results.history import History, JobRecord, Stay
    from elastisim.results.report.payload import Payload
    from elastisim.results.series import StepSeries

STATUSES = ("completed", "killed", "running", "pending")

MOST_RANGES = 2_000_000
"""Rectangles of the Gantt chart; beyond, short stays of a job are merged (see :func:`merge_short_stays`)."""


def add_run(payload: Payload, history: History, prefix: str = "", *, stays: bool = True) -> dict[str, Any]:
    """Add a run to *payload*, columns named with *prefix*, and return what else a page needs to show them."""
    jobs = history.jobs
    types = list(dict.fromkeys(job.type for job in jobs))
    users = sorted({job.attributes.get(USER_ATTRIBUTE, "") for job in jobs})
    models = sorted({job.model for job in jobs})

    def add(name: str, kind: str, values: Iterable[float | None]) -> None:
        payload.add(prefix + name, kind, (math.nan if value is None else value for value in values))

    add("job.id", "I", (job.identifier for job in jobs))
    add("job.type", "B", _positions((job.type for job in jobs), types))
    add("job.user", "H", _positions((job.attributes.get(USER_ATTRIBUTE, "") for job in jobs), users))
    add("job.model", "H", _positions((job.model for job in jobs), models))
    add("job.status", "B", _positions((job.status for job in jobs), STATUSES))
    for name in ("submit", "start", "end", "wait", "runtime", "turnaround", "walltime"):
        add(f"job.{name}", "d", (getattr(job, name) for job in jobs))
    add("job.nodes", "d", (job.mean_nodes for job in jobs))
    add("job.min_nodes", "d", (job.min_nodes for job in jobs))
    add("job.max_nodes", "d", (job.max_nodes for job in jobs))
    _add_series(payload, f"{prefix}busy", history.busy)
    _add_series(payload, f"{prefix}queue", history.queue_length())
    _add_series(payload, f"{prefix}running", history.running_jobs())
    curves = []
    for samples in history.samples.values():
        for curve, values in samples.values.items():
            if any(value > 0.0 for value in values) or curve in ("cpu", "network"):
                payload.add(f"{prefix}{curve}.time", "d", samples.times)
                payload.add(f"{prefix}{curve}.value", "d", values)
                curves.append(curve)
    merged_below = 0.0
    if stays:
        merged_below = _add_stays(payload, jobs, prefix, len(history.nodes))
        payload.add(f"{prefix}change.time", "d", (change.time for change in history.reconfigurations))
        position = {job.identifier: i for i, job in enumerate(jobs)}
        payload.add(f"{prefix}change.job", "I", (position[change.job] for change in history.reconfigurations))
        payload.add(f"{prefix}change.before", "I", (change.before for change in history.reconfigurations))
        payload.add(f"{prefix}change.after", "I", (change.after for change in history.reconfigurations))
    return {
        "name": history.name,
        "partial": history.is_partial,
        "end": history.end,
        "begin": min(0.0, history.first_submission),
        "nodes": len(history.nodes),
        "node_names": list(history.nodes) if stays else [],
        "types": types,
        "users": users,
        "models": models,
        "statuses": STATUSES,
        "curves": curves,
        "merged_below": merged_below,
    }


def _positions(values: Iterable[str], known: Sequence[str]) -> Iterable[int]:
    position = {value: i for i, value in enumerate(known)}
    return (position[value] for value in values)


def _add_series(payload: Payload, name: str, series: StepSeries) -> None:
    payload.add(f"{name}.time", "d", series.times)
    payload.add(f"{name}.value", "d", series.values)


def _add_stays(payload: Payload, jobs: Sequence[JobRecord], prefix: str, nodes: int) -> float:
    """Add the rectangles of the Gantt chart: stays (job, start, end), each with ranges of nodes (first, end)."""
    chosen, merged_below = merge_short_stays([job.stays for job in jobs], MOST_RANGES)
    kind = "H" if nodes <= 0xFFFF else "I"
    flat = [(stay, job) for job, own in enumerate(chosen) for stay in own]
    flat.sort(key=lambda item: (item[0].start, item[1]))
    payload.add(f"{prefix}stay.job", "I", (job for _, job in flat))
    payload.add(f"{prefix}stay.start", "d", (stay.start for stay, _ in flat))
    payload.add(f"{prefix}stay.end", "d", (stay.end for stay, _ in flat))
    ends = []
    count = 0
    for stay, _ in flat:
        count += len(stay.nodes)
        ends.append(count)
    payload.add(f"{prefix}stay.ranges", "I", [0, *ends])
    payload.add(f"{prefix}range.first", kind, (first for stay, _ in flat for first, _ in stay.nodes))
    payload.add(f"{prefix}range.end", kind, (last + 1 for stay, _ in flat for _, last in stay.nodes))
    return merged_below


def merge_short_stays(stays: Sequence[Sequence[Stay]], most: int) -> tuple[list[list[Stay]], float]:
    """Return the stays of each job such that all have at most *most* ranges of nodes, if that is possible.

    Consecutive stays of a job that together are shorter than a span become one, on the nodes of the longest of them;
    the span starts small and is doubled until the ranges are few enough.  The second value is the span, 0 if nothing
    was merged.
    """
    chosen = [list(own) for own in stays]
    count = _ranges(chosen)
    if count <= most or not any(len(own) > 1 for own in chosen):
        return chosen, 0.0
    end = max(stay.end for own in chosen for stay in own)
    span = end / 2**20
    while count > most and span < end:
        span *= 2.0
        chosen = [_merge(own, span) for own in stays]
        count = _ranges(chosen)
    return chosen, span


def _ranges(stays: Iterable[Sequence[Stay]]) -> int:
    return sum(len(stay.nodes) for own in stays for stay in own)


def _merge(stays: Sequence[Stay], span: float) -> list[Stay]:
    merged: list[Stay] = []
    longest = 0.0
    for stay in stays:
        length = stay.end - stay.start
        if merged and stay.end - merged[-1].start < span:
            nodes = stay.nodes if length > longest else merged[-1].nodes
            longest = max(length, longest)
            merged[-1] = type(stay)(merged[-1].start, stay.end, nodes)
        else:
            merged.append(stay)
            longest = length
    return merged
