"""The comparison of runs as a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from elastisim.results.captions import PAIRED_HEAD, difference_text, interval_text, job_counts, paired_rows
from elastisim.results.report.contents import add_run
from elastisim.results.report.page import Heading, chip, fill, plain_table, write_page
from elastisim.results.report.payload import Payload
from elastisim.results.scorecard import SCORES
from elastisim.results.wording import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from elastisim.results.comparison import Comparison, Contender, PairedJobs, ScoreRow

SCRIPTS = ("base", "view", "curves", "charts", "table", "scatter", "comparison")


def write_comparison(contenders: Sequence[Contender], comparison: Comparison, path: Path) -> None:
    """Write the comparison of *contenders* as an HTML page to *path*."""
    payload = Payload()
    payload.document = {
        "bound": contenders[0].replicates[0].statistics.bound,
        "runs": [
            add_run(payload, contender.replicates[0].history, f"{i}.", stays=False) | {"name": contender.name}
            for i, contender in enumerate(contenders)
        ],
    }
    replicated = any(count > 1 for count in comparison.replicates)
    partial = [name for name, is_partial in zip(comparison.contenders, comparison.partial, strict=True) if is_partial]
    title = " against ".join(reversed(comparison.contenders)) if len(contenders) == 2 else "Comparison of runs"
    body = fill(
        "comparison",
        partial=f"<p class=partial role=status>Interrupted: {escape(', '.join(partial))}</p>" if partial else "",
        scores=_scores(comparison),
        replicates="Curves and jobs below are those of the first replication." if replicated else "",
        paired="".join(_paired(jobs, comparison.contenders[0]) for jobs in comparison.jobs),
        inputs=_inputs(comparison),
        footer=escape(", ".join(comparison.contenders)),
    )
    heading = Heading(
        title=f"{title} – comparison",
        heading=title,
        subtitle=f"{len(contenders)} contenders; differences are taken from {comparison.contenders[0]}",
        chips="".join(
            chip(contender.name, job_counts(contender.replicates[0].statistics.jobs)) for contender in contenders
        ),
    )
    write_page(path, heading, body=body, scripts=SCRIPTS, payload=payload)


def _scores(comparison: Comparison) -> str:
    head = "<th class=text></th>"
    for i, (name, count) in enumerate(zip(comparison.contenders, comparison.replicates, strict=True)):
        head += f"<th>{escape(name if count == 1 else f'{name} ({count} runs)')}</th>" + (
            "<th>difference</th>" if i else ""
        )
    rows = "".join(_score_row(row) for row in comparison.scores)
    return f"<div class=wide><table class=plain><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _score_row(row: ScoreRow) -> str:
    wording = next(score.wording for score in SCORES if score.name == row.name)
    cells = f"<td class=text>{escape(row.title)}</td>"
    for i, cell in enumerate(row.contenders):
        cells += f"<td>{escape(interval_text(cell.value, wording))}</td>"
        if i:
            cells += f"<td class={cell.verdict}>{escape(difference_text(cell, wording))}</td>"
    return f"<tr>{cells}</tr>"


def _paired(jobs: PairedJobs, first: str) -> str:
    if not jobs.metrics:
        return f"<p>No job is the same in {escape(jobs.contender)} and {escape(first)}.</p>"
    head = [f"{jobs.contender} against {first}", *PAIRED_HEAD]
    missing = f"<p class=hint>{jobs.unmatched:,} jobs have no counterpart.</p>" if jobs.unmatched else ""
    return plain_table(head, paired_rows(jobs)) + missing


def _inputs(comparison: Comparison) -> str:
    text = ""
    if comparison.inputs:
        rows = ([item.name, *(value or NOTHING for value in item.values)] for item in comparison.inputs)
        text = plain_table(["", *comparison.contenders], rows, texts=1 + len(comparison.contenders))
    elif len(comparison.contenders) - len(comparison.provenance_unknown) >= 2:
        text = "<p>Nothing: inputs, options and versions are the same.</p>"
    if comparison.provenance_unknown:
        text += (
            f"<p>Unknown for want of a <code>run.json</code>: {escape(', '.join(comparison.provenance_unknown))}</p>"
        )
    return text
