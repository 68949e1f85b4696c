"""``elastisim stats``: statistics of finished runs."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directories", metavar="OUTPUT_DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--by", metavar="NAME,...", default="", help="Group jobs: type, size, status, model, or an attribute.")
@click.option("--window", metavar="START:END", help="Evaluate a part of the run: seconds, or percent as in 10%:90%.")
@click.option("--bound", metavar="SECONDS", default=10.0, show_default=True, help="Threshold of the bounded slowdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with full precision.")
def command(directories: tuple[Path, ...], by: str, window: str | None, bound: float, *, as_json: bool) -> None:
    """Print statistics of one or several runs.

    Several runs of the same scenario (say, with different seeds) are summarised by the mean of each metric and its
    95 % confidence interval.
    """
    from elastisim.results.reading import read_history
    from elastisim.results.statistics import compute_statistics
    from elastisim.results.tables import open_run
    from elastisim.results.window import parse_window

    found = []
    for directory in directories:
        history = read_history(open_run(directory))
        part = parse_window(window, history) if window else None
        names = [name.strip() for name in by.split(",") if name.strip()]
        found.append(compute_statistics(history, window=part, bound=bound, by=names))
    if as_json:
        import msgspec

        text = msgspec.json.encode(found[0] if len(found) == 1 else found)
        click.echo(msgspec.json.format(text, indent=2).decode())
        return

    from rich.console import Console

    from elastisim.results.comparison_table import replications
    from elastisim.results.terminal import summary

    Console().print(summary(found[0]) if len(found) == 1 else replications(found))
