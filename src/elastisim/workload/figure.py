"""A figure of a workload: sizes, run times, and load over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.errors import InputError, MissingExtraError
from elastisim.saving import save_figure
from elastisim.workload.summary import DAY, HOUR

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.workload.summary import Summary


def draw(summary: Summary, path: Path, nodes: int | None) -> None:
    """Write the figure to a file; its suffix (.pdf, .png, .svg) decides on the format."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing figures", "plot") from None
    figure = Figure(figsize=(10, 7), layout="constrained")
    over_time, sizes, runtimes, shape = figure.subplots(2, 2).flat
    unit, name = (DAY, "days") if summary.span > 2 * DAY else (HOUR, "hours")
    edges = [index * summary.width / unit for index in range(len(summary.load) + 1)]
    over_time.stairs(summary.load, edges, fill=True)
    if nodes is not None:
        over_time.axhline(nodes, color="black", linestyle="--", linewidth=1, label=f"{nodes} nodes")
        over_time.legend()
    over_time.set(title="Offered load", xlabel=f"Submission after the first job ({name})", ylabel="Nodes")
    sizes.bar([f"{power}" for power in summary.sizes], list(summary.sizes.values()))
    sizes.set(title="Sizes", xlabel="Nodes, from", ylabel="Jobs")
    sizes.tick_params(axis="x", rotation=60)
    runtimes.barh(list(summary.runtimes), list(summary.runtimes.values()))
    runtimes.set(title="Run times", xlabel="Jobs")
    for one in summary.types:
        points = [(job.nodes, job.runtime) for job in summary.jobs if job.type == one.type and job.runtime]
        shape.scatter([x for x, _ in points], [y for _, y in points], s=4, alpha=0.4, label=one.type, rasterized=True)
    shape.set(title="Jobs", xlabel="Nodes", ylabel="Run time (s)", xscale="log", yscale="log")
    shape.legend()
    try:
        save_figure(figure, path)
    except ValueError as error:
        raise InputError.at(path, "", f"no figure can be written there: {error}") from None
    except OSError as error:
        raise InputError.at(path, "", f"cannot be written: {error.strerror}") from None
