"""Comparisons of runs as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from elastisim.results.captions import PAIRED_HEAD, difference_text, interval_text, paired_rows
from elastisim.results.inference import mean_interval
from elastisim.results.scorecard import SCORES
from elastisim.results.wording import NOTHING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from elastisim.results.comparison import Comparison, PairedJobs
    from elastisim.results.statistics import Statistics

VERDICT_STYLES = {"better": "green", "worse": "red", "same": "dim", "open": ""}

_LONGEST_VALUE = 60


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


def comparison_tables(found: Comparison) -> RenderableType:
    """Return a comparison as tables: figures, jobs, inputs."""
    parts: list[RenderableType] = [_scores(found)]
    parts += [_paired(jobs, found.contenders[0]) for jobs in found.jobs]
    parts.append(_inputs(found))
    for name, is_partial in zip(found.contenders, found.partial, strict=True):
        if is_partial:
            parts.append(Text(f"{name} is partial: the run was interrupted", style="bold yellow"))
    return Lines(*parts)


def _scores(found: Comparison) -> Table:
    caption = "± is a 95 % confidence interval over replications" if max(found.replicates) > 1 else None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption)
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
            cells.append(interval_text(cell.value, wording))
            if position:
                cells.append(Text(difference_text(cell, wording), style=VERDICT_STYLES[cell.verdict]))
        table.add_row(*cells)
    return table


def _paired(jobs: PairedJobs, first: str) -> RenderableType:
    title = f"The same jobs: {jobs.contender} against {first}"
    if not jobs.metrics:
        return Text(f"{title}: no job is the same in both", style="yellow")
    if jobs.unmatched:
        title += f" ({jobs.unmatched:,} jobs without a counterpart)"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column("")
    for name in PAIRED_HEAD:
        table.add_column(name, justify="right")
    for row in paired_rows(jobs):
        table.add_row(*row)
    return table


def _inputs(found: Comparison) -> RenderableType:
    unknown = Text(f"provenance unknown (no run.json): {', '.join(found.provenance_unknown)}", style="dim")
    if len(found.contenders) - len(found.provenance_unknown) < 2:
        return unknown
    if not found.inputs:
        return Text("The runs do not differ in their inputs, options and versions.", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="What differs between the runs", title_justify="left")
    table.add_column("")
    for name in found.contenders:
        table.add_column(name, overflow="fold")
    for difference in found.inputs:
        table.add_row(difference.name, *(_shortened(value) or NOTHING for value in difference.values))
    return Lines(table, unknown) if found.provenance_unknown else table


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
