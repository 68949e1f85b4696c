"""``elastisim export``: results in the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import click

FORMATS = {"parquet": "parquet", "trace": "trace.json", "batsim": "jobs.csv", "swf": "jobs.swf"}
"""Formats, and what they are written to in the output directory unless said otherwise."""


@click.command()
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument("directory", metavar="OUTPUT_DIR", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PATH", help="Where to write.")
@click.option("--parts", is_flag=True, help="batsim: one row for each stay of a reconfigured job on its nodes.")
def command(format_: str, directory: Path, output: Path | None, *, parts: bool) -> None:
    r"""Write results in the format of other tools.

    \b
    parquet  a directory of Parquet files, one for each table, with the
             description of the run in their metadata
    trace    a Chrome trace for https://ui.perfetto.dev and other viewers;
             packed if PATH ends with .gz
    batsim   the jobs.csv of Batsim, for evalys
    swf      Standard Workload Format
    """
    from elastisim.results.results import Results

    if parts and format_ != "batsim":
        raise click.UsageError("--parts is for the format batsim only")
    results = Results.open(directory)
    path = output or directory / FORMATS[format_]
    if format_ == "parquet":
        from elastisim.results.export.parquet import write_parquet

        write_parquet(results, path)
    elif format_ == "trace":
        from elastisim.results.export.trace import write_trace

        write_trace(results.history, path)
    elif format_ == "batsim":
        from elastisim.results.export.batsim import write_jobs

        write_jobs(results.history, path, parts=parts)
    else:
        from elastisim.results.export.swf import write_swf

        write_swf(results.history, path)
    click.echo(path)
