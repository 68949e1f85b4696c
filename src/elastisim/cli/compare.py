"""``elastisim compare``: comparison of finished runs."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("runs", metavar="RUN_A RUN_B...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML page, too.")
@click.option("--window", metavar="START:END", help="Evaluate a part of the runs: seconds, or percent as in 10%:90%.")
@click.option("--bound", metavar="SECONDS", default=10.0, show_default=True, help="Threshold of the bounded slowdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with full precision.")
def command(runs: tuple[Path, ...], output: Path | None, window: str | None, bound: float, *, as_json: bool) -> None:
    """Compare runs with the first one of them.

    Each RUN is the output directory of a run, or a directory that holds several of them: replications with other
    seeds. Replications of the same name belong together (A/seed-1 and B/seed-1); differences are taken pair by pair.
    """
    from elastisim.results.comparison import compare, open_contender

    contenders = [open_contender(run, window=window, bound=bound) for run in runs]
    found = compare(contenders)
    if output is not None:
        from elastisim.results.report.comparison_page import write_comparison

        write_comparison(contenders, found, output)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return

    from rich.console import Console

    from elastisim.results.comparison_table import comparison_tables

    Console().print(comparison_tables(found))
