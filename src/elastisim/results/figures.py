"""Figures for papers: Gantt chart, utilisation, distributions (matplotlib, extra ``plot``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from elastisim.errors import InputError, MissingExtraError
from elastisim.results.captions import METRICS
from elastisim.saving import save_figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from elastisim.results.history import History, JobRecord

CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#7a5195", "#8a8f98")
"""Colours that people with any colour vision can tell apart (after Okabe and Ito)."""

TYPE_COLOURS = {
    "rigid": "#0072b2",
    "moldable": "#56b4e9",
    "malleable": "#009e73",
    "evolving": "#e69f00",
    "adaptive": "#cc79a7",
}

_SPANS = ((86400.0 * 2, 86400.0, "days"), (7200.0, 3600.0, "hours"), (300.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))
_MOST_KEYS = 12


def _new_figure(width: float, height: float, rows: int = 1) -> tuple[Any, Any]:
    """Return a figure that belongs to no window system and no global state, and its axes."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing figures", "plot") from None
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]


def _finish(figure: Any, path: str | Path | None) -> Figure:
    """Save the figure."""
    if path is not None:
        kind = Path(path).suffix.lstrip(".").lower()
        if kind not in figure.canvas.get_supported_filetypes():
            known = ", ".join(sorted(figure.canvas.get_supported_filetypes()))
            raise InputError.at(
                path, "", f"figures cannot be written as {kind or 'a file without suffix'}; known: {known}"
            )
        try:
            save_figure(figure, Path(path), dpi=200)
        except OSError as error:
            raise InputError.at(path, "", f"this figure cannot be written: {error.strerror}") from None
    made: Figure = figure
    return made


def _time_unit(length: float) -> tuple[float, str]:
    """Return the seconds and the name of the unit that suits a time axis."""
    return next((size, name) for least, size, name in _SPANS if length >= least)


def _title(axes: Any, history: History, title: str) -> None:
    axes.set_title(f"{title} (partial)" if history.is_partial else title, loc="left", fontsize="medium")


def gantt(history: History, path: str | Path | None = None, *, colour: str = "type") -> Figure:
    """Draw the nodes of jobs over time; see :meth:`elastisim.results.results.Results.gantt`."""
    figure, (axes,) = _new_figure(7.0, 4.0)
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    size, unit = _time_unit(history.end)
    key = _colour_key(history, colour)
    values = sorted({key(job) for job in history.jobs if job.stays})
    palette = {value: _colour(colour, value, i) for i, value in enumerate(values)}
    for value in values:
        corners = [
            (
                (stay.start / size, first),
                (stay.end / size, first),
                (stay.end / size, last + 1),
                (stay.start / size, last + 1),
            )
            for job in history.jobs
            if key(job) == value
            for stay in job.stays
            for first, last in stay.nodes
        ]
        axes.add_collection(
            PolyCollection(
                corners, facecolors=palette[value], edgecolors="white", linewidths=0.2, rasterized=len(corners) > 20000
            )
        )
    axes.set_xlim(0.0, history.end / size or 1.0)
    axes.set_ylim(max(1, len(history.nodes)), 0)
    axes.set_xlabel(f"time ({unit})")
    axes.set_ylabel("node")
    _title(axes, history, "Jobs on nodes")
    if colour != "job" and values:
        handles = [Patch(color=palette[value], label=value or "none") for value in values[:_MOST_KEYS]]
        figure.legend(
            handles=handles, loc="outside upper right", ncols=min(6, len(handles)), fontsize="small", frameon=False
        )
    return _finish(figure, path)


def _colour_key(history: History, colour: str) -> Callable[[JobRecord], str]:
    if colour == "job":
        return lambda job: str(job.identifier % len(CATEGORIES))
    if colour in ("type", "status"):
        return lambda job: str(getattr(job, colour))
    attributes = {attribute for job in history.jobs for attribute in job.attributes}
    if colour not in attributes:
        known = ", ".join(["type", "status", "job", *sorted(attributes)])
        raise InputError.at("", "", f"jobs cannot be coloured by {colour!r}; known: {known}")
    return lambda job: job.attributes.get(colour, "")


def _colour(colour: str, value: str, position: int) -> str:
    return TYPE_COLOURS.get(value, CATEGORIES[-1]) if colour == "type" else CATEGORIES[position % len(CATEGORIES)]


def utilization(history: History, path: str | Path | None = None) -> Figure:
    """Draw allocated nodes, waiting and running jobs; see :meth:`elastisim.results.results.Results.utilization`."""
    figure, (above, below) = _new_figure(7.0, 4.0, rows=2)
    size, unit = _time_unit(history.end)
    queue, running = history.queue_length(), history.running_jobs()

    def steps(series: Any) -> tuple[list[float], list[float]]:
        times = [time / size for time in [*series.times, max(history.end, *series.times[-1:])]]
        return times, [*series.values, *series.values[-1:]] if series.values else [0.0]

    above.fill_between(*steps(history.busy), step="post", color=CATEGORIES[0], alpha=0.35, linewidth=0)
    above.step(*steps(history.busy), where="post", color=CATEGORIES[0], linewidth=0.9)
    above.set_ylim(0, max(1, len(history.nodes)) * 1.03)
    above.axhline(len(history.nodes), color="grey", linewidth=0.6, linestyle="--")
    above.set_ylabel("allocated nodes")
    below.step(*steps(queue), where="post", color=CATEGORIES[5], linewidth=0.9, label="waiting")
    below.step(*steps(running), where="post", color=CATEGORIES[2], linewidth=0.9, label="running")
    below.set_ylim(bottom=0)
    below.set_ylabel("jobs")
    below.set_xlabel(f"time ({unit})")
    below.set_xlim(0.0, history.end / size or 1.0)
    below.legend(fontsize="small", frameon=False)
    _title(above, history, "Utilisation")
    return _finish(figure, path)


def distribution(history: History, metric: str = "wait", path: str | Path | None = None, *, bound: float) -> Figure:
    """Draw cumulative distributions by job type; see :meth:`elastisim.results.results.Results.distribution`."""
    values: dict[str, Callable[[JobRecord], float | None]] = {
        "wait": lambda job: job.wait,
        "runtime": lambda job: job.runtime,
        "turnaround": lambda job: job.turnaround if job.has_run else None,
        "slowdown": lambda job: job.slowdown(),
        "bounded_slowdown": lambda job: job.bounded_slowdown(bound),
    }
    if metric not in values:
        raise InputError.at("", "", f"there is no distribution of {metric!r}; known: {', '.join(values)}")
    figure, (axes,) = _new_figure(5.0, 3.4)
    for kind in [kind for kind in TYPE_COLOURS if any(job.type == kind for job in history.jobs)]:
        known = sorted(value for job in history.jobs if job.type == kind and (value := values[metric](job)) is not None)
        if known:
            axes.ecdf(known, color=TYPE_COLOURS[kind], label=f"{kind} ({len(known)})", linewidth=1.2)
    axes.set_xscale("symlog" if metric in ("wait", "turnaround", "runtime") else "log")
    axes.set_xlabel(METRICS[metric][0].lower() + ("" if "slowdown" in metric else " (seconds)"))
    axes.set_ylabel("share of jobs")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", frameon=False)
    _title(axes, history, METRICS[metric][0])
    return _finish(figure, path)
