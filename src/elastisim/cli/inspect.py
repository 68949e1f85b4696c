"""``elastisim inspect``: summarise a jobs file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from elastisim.workload.summary import Summary, TypeSummary

BAR_WIDTH = 40


@click.command("inspect", short_help="Summarise a jobs file.")
@click.argument("jobs", type=click.Path(path_type=Path))
@click.option("--nodes", type=click.IntRange(1), help="Nodes of the machine, to relate the load to.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write a figure to this file (.pdf, .png, .svg).")
def command(jobs: Path, nodes: int | None, plot: Path | None) -> None:
    """Print what the jobs file JOBS contains: types, sizes, run times, and the load over time.

    The run time of a job is its argument runtime, else its walltime. The size of a job that is not rigid is its
    argument num_nodes_pref, else the middle of its range.
    """
    from rich.console import Console

    from elastisim.workload.summary import summarise

    summary = summarise(jobs)
    if plot is not None:
        from elastisim.workload.figure import draw

        draw(summary, plot, nodes)
    console = Console(highlight=False, soft_wrap=True)
    _show_overview(console, summary, nodes)
    console.print(_types(summary))
    console.print(_histogram("Nodes", "Sizes", {f"{_range(power)}": n for power, n in summary.sizes.items()}))
    if summary.runtimes:
        console.print(_histogram("Run time", "Run times", summary.runtimes))
        console.print(_load(summary, nodes))


def _show_overview(console: Console, summary: Summary, nodes: int | None) -> None:
    count = len(summary.jobs)
    console.print(
        f"{count:,} jobs, submitted from {summary.begin:,.0f} s to {summary.end:,.0f} s ({time(summary.span)})"
    )
    if summary.from_walltime:
        console.print(f"{summary.from_walltime:,} of them have no argument runtime; their walltime stands for it")
    if summary.without_runtime:
        console.print(f"{summary.without_runtime:,} of them have neither runtime nor walltime and are missing in loads")
    if summary.work and summary.span:
        mean = summary.work / summary.span
        relative = f", {mean / nodes:.1%} of {nodes:,}" if nodes else ""
        console.print(f"Offered load: {summary.work / 3600:,.0f} node-hours, {mean:,.1f} nodes on average{relative}")


def _types(summary: Summary) -> Table:
    from rich.table import Table

    table = Table("", title="Types", title_justify="left")
    for one in summary.types:
        table.add_column(one.type, justify="right")
    columns = [_facts(one, summary) for one in summary.types]
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    return table


def _facts(one: TypeSummary, summary: Summary) -> dict[str, str]:
    runtimes = one.runtimes
    return {
        "Jobs": f"{one.jobs:,}",
        "Share of jobs": f"{one.jobs / len(summary.jobs):.1%}",
        "Share of work": f"{one.work / summary.work:.1%}" if summary.work else "",
        "Nodes, median": f"{one.nodes.median:,g}",
        "Nodes, mean": f"{one.nodes.mean:,.1f}",
        "Nodes, largest": f"{one.nodes.largest:,g}",
        "Run time, median": time(runtimes.median) if runtimes else "",
        "Run time, mean": time(runtimes.mean) if runtimes else "",
        "Run time, longest": time(runtimes.largest) if runtimes else "",
    }


def _histogram(heading: str, title: str, counts: dict[str, int]) -> Table:
    from rich.bar import Bar
    from rich.table import Table

    table = Table(heading, title=title, title_justify="left")
    table.add_column("Jobs", justify="right")
    table.add_column("")
    largest = max(counts.values())
    for name, count in counts.items():
        table.add_row(name, f"{count:,}", Bar(largest, 0, count, width=BAR_WIDTH))
    return table


def _load(summary: Summary, nodes: int | None) -> Table:
    from rich.bar import Bar
    from rich.table import Table

    table = Table("Submitted after", title=f"Offered load per {time(summary.width)}", title_justify="left")
    table.add_column("Nodes", justify="right")
    table.add_column("")
    largest = max(summary.load) or 1.0
    for index, load in enumerate(summary.load):
        relative = f" ({load / nodes:.0%})" if nodes else ""
        table.add_row(time(index * summary.width), f"{load:,.1f}{relative}", Bar(largest, 0, load, width=BAR_WIDTH))
    return table


def _range(power: int) -> str:
    return "1" if power == 1 else f"{power:,} to {2 * power - 1:,}"


def time(seconds: float) -> str:
    """Return a span of time in words, with two units at most."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days:,} d"] * (days > 0) + [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0)
    return " ".join(parts[:2])
