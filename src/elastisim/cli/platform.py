"""``elastisim platform``: summarise, query, list or draw a platform."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from elastisim.platform import Platform

NARROWEST_FILE = 160
"""Columns of what is not printed to a terminal."""


@click.command(short_help="Summarise, query or draw a platform.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--route", nargs=2, metavar="A B", help="Print the route from one host to another.")
@click.option("--json", "as_json", is_flag=True, help="Print hosts, links and routes in full as JSON.")
@click.option(
    "--pairs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Hosts whose routes to list as JSON: two names to a line, or an array of pairs.",
)
@click.option(
    "--dot", is_flag=False, flag_value="-", metavar="[FILE]", help="Write a drawing in the language of Graphviz."
)
@click.option("--svg", is_flag=False, flag_value="-", metavar="[FILE]", help="Write a drawing as SVG.")
def command(
    file: Path, route: tuple[str, str] | None, pairs: Path | None, dot: str | None, svg: str | None, *, as_json: bool
) -> None:
    """Print what the platform file FILE describes, and what it is used as.

    Hosts and links that do not differ are listed together. Drawings go to the standard output unless a file is named;
    those of large platforms show classes of hosts, switches and links.
    """
    chosen = [bool(route), as_json, dot is not None, svg is not None]
    if sum(chosen) > 1:
        raise click.UsageError("only one of --route, --json, --dot and --svg can be given.")
    if pairs is not None and not as_json:
        raise click.UsageError("--pairs goes with --json.")
    from elastisim.platform import read_platform

    platform = read_platform(file)
    for remark in platform.remarks:
        click.echo(f"warning: {remark}", err=True)
    if as_json:
        _list(platform, pairs)
    elif dot is not None or svg is not None:
        _draw(platform, dot, svg)
    elif route:
        _show_route(platform, *route)
    else:
        _summarise(platform)


def _summarise(platform: Platform) -> None:
    from elastisim.platform.overview import Overview
    from elastisim.platform.terminal import overview_tables

    _print(overview_tables(Overview(platform)))


def _show_route(platform: Platform, first: str, second: str) -> None:
    source, destination = platform.host(first), platform.host(second)
    route = platform.route(source, destination)

    from elastisim.platform.terminal import route_table

    _print(route_table(source, destination, route))


def _list(platform: Platform, file: Path | None) -> None:
    from elastisim.platform.listing import listing, read_pairs

    pairs = None if file is None else read_pairs(platform, file)
    # Names keep their characters, whatever the terminal can show.
    sys.stdout.buffer.writelines(piece.encode() for piece in listing(platform, pairs))


def _draw(platform: Platform, dot: str | None, svg: str | None) -> None:
    from elastisim.platform import drawing
    from elastisim.platform.sketch import sketch
    from elastisim.platform.writer import write_text

    text = drawing.svg(sketch(platform)) if svg is not None else drawing.dot(sketch(platform))
    file = svg or dot
    if file is None or file == "-":
        click.echo(text, nl=False)
    else:
        write_text(Path(file), text)


def _print(content: RenderableType) -> None:
    from rich.console import Console

    # Names of hosts and links are no markup.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = max(console.width, NARROWEST_FILE)
    console.print(content)
