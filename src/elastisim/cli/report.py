"""``elastisim report``: an HTML report of a finished run."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="OUTPUT_DIR", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Page to write; OUTPUT_DIR/report.html if absent.",
)
def command(directory: Path, output: Path | None) -> None:
    """Write a report of a run: one HTML page that needs no network.

    The report of an interrupted run says that it is partial.
    """
    from elastisim.results.reading import read_history
    from elastisim.results.report.run_page import write_report
    from elastisim.results.tables import open_run

    run = open_run(directory)
    path = output or directory / "report.html"
    write_report(read_history(run), run.description, path)
    click.echo(path)
