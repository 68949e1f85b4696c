"""Draws how cost grows: CPU seconds over the size of each family, ours and the original's.

    python benchmarks/plots.py output/benchmarks/benchmarks.json docs/performance/growth.svg

Needs matplotlib (extra ``plot``).  Equal figures make equal files.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from elastisim.saving import save_figure
from families import AXES
from original import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

OURS = "#0072b2"
THEIRS = "#d55e00"
GREY = "#5f6670"
HOLLOW = {"linestyle": "", "fillstyle": "none"}
COLUMNS = 4
MARKS: dict[str, dict[str, Any]] = {
    "ours": {"marker": "o", "markersize": 4.0, "color": OURS, "linewidth": 1.4, "label": "this simulator"},
    "limit": {**HOLLOW, "marker": "^", "markersize": 6.0, "color": OURS, "label": "over the limit"},
    "original": {**HOLLOW, "marker": "D", "markersize": 4.5, "color": THEIRS, "label": "the original, earlier"},
}
"""How points are marked, and what the legend says about them."""
STYLE = {
    "font.size": 8.0,
    "axes.edgecolor": "#c4c9cf",
    "axes.linewidth": 0.8,
    "xtick.color": "#c4c9cf",
    "ytick.color": "#c4c9cf",
    "xtick.labelcolor": GREY,
    "ytick.labelcolor": GREY,
}


def decades(values: Sequence[float]) -> tuple[float, float]:
    """Return the limits of an axis that shows all *values* with some space, at least two decades."""
    low, high = math.log10(min(values)), math.log10(max(values))
    space = max(0.12 * (high - low), (2.0 - (high - low)) / 2.0)
    return 10.0 ** (low - space), 10.0 ** (high + space)


def short(value: float, _: int | None = None) -> str:
    """Return a number as it is written at an axis: 0.1, 20, 3k, 1M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def draw(axes: Axes, family: str, rows: list[dict[str, Any]]) -> None:
    """Draw the cases of a family."""
    points = {
        "ours": [(row["extent"], row["cpu"]) for row in rows if "cpu" in row],
        "limit": [(row["extent"], row["limit"]) for row in rows if "cpu" not in row],
        "original": ORIGINAL.get(family, []),
    }
    for kind, mark in MARKS.items():
        axes.plot([extent for extent, _ in points[kind]], [seconds for _, seconds in points[kind]], **mark)
    axes.plot(*zip(*points["ours"][-1:], *points["limit"], strict=True), ":", color=OURS, linewidth=1.2, zorder=1)
    extents = [extent for kind in points.values() for extent, _ in kind]
    axes.set(xscale="log", yscale="log", xlim=decades(extents))
    axes.set_title(family, loc="left", fontsize=9.0, pad=4.0)
    axes.set_xlabel(AXES[family], loc="right", color=GREY, labelpad=1.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10.0, numticks=5))
        axis.set_major_formatter(FuncFormatter(short))
    axes.grid(color="#e8eaed", linewidth=0.8)
    axes.minorticks_off()
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def growth(cases: list[dict[str, Any]]) -> Figure:
    """Draw a diagram for each family."""
    families: dict[str, list[dict[str, Any]]] = {}
    for row in cases:
        families.setdefault(row["family"], []).append(row)
    lines = math.ceil(len(families) / COLUMNS)
    figure = Figure(figsize=(9.5, 0.5 + 1.75 * lines), layout="constrained")
    grid = figure.subplots(lines, COLUMNS, sharey=True, squeeze=False)
    seconds = [row.get("cpu", row.get("limit")) for row in cases]
    seconds += [value for family in families for _, value in ORIGINAL.get(family, [])]
    for axes, (family, rows) in zip(grid.flat, families.items(), strict=False):
        draw(axes, family, rows)
        axes.set_ylim(decades(seconds))
    for axes in grid.flat[len(families) :]:
        axes.set_visible(False)
    figure.supylabel("CPU seconds", color=GREY, fontsize=8.0)
    handles = [Line2D([], [], **mark) for mark in MARKS.values()]
    figure.legend(handles=handles, loc="outside lower right", ncols=len(handles), frameon=False, labelcolor=GREY)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("figures", type=Path, help="the benchmarks.json of a session")
    parser.add_argument("picture", type=Path, help="the SVG file to write")
    asked = parser.parse_args()
    cases = json.loads(asked.figures.read_text(encoding="utf-8"))["cases"]
    asked.picture.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        save_figure(growth(cases), asked.picture)


if __name__ == "__main__":
    main()
