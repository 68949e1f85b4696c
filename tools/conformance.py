#!/usr/bin/env python3
"""Run a folder of cases with recorded results, print what deviates from them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("scenarios", "fluid", "wire", "routes", "xml")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--engine", type=click.Choice(["fast", "exact"]), default="fast", show_default=True)
@click.option("--transport", type=click.Choice(["inprocess", "zmq"]), default="inprocess", show_default=True)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0.0),
    default=1e-6,
    show_default=True,
    help="Absolute or relative deviation that results of scenarios may have; 0 asks for every recorded digit.",
)
def main(kind: str, directory: Path, engine: str, transport: str, tolerance: float) -> None:
    """Run the cases of DIRECTORY, and compare with what was recorded there.

    Prints a line for each case that fails, and at last how many passed of all.  A NOTE tells of a deviation where
    following the reference is not required.  The exit status is 1 if any case fails.
    """
    # A folder of several kinds has a subfolder for each; messages are kept with the scenarios.
    subfolder = directory / ("scenarios" if kind == "wire" else kind)
    passed = total = 0
    cases = subfolder if subfolder.is_dir() else directory
    for name, problem, counts in _verdicts(kind, cases, engine, transport, tolerance):
        total += counts
        passed += counts and problem is None
        if problem is not None:
            print(f"{'FAIL' if counts else 'NOTE'} {name}: {' | '.join(problem.splitlines())}", flush=True)
    print(f"{passed}/{total}")
    if not total:
        raise click.ClickException(f"there are no cases of kind {kind} in {directory}")
    sys.exit(passed < total)


def _verdicts(
    kind: str, directory: Path, engine: str, transport: str, tolerance: float
) -> Iterable[tuple[str, str | None, bool]]:
    match kind:
        case "scenarios":
            from conformance.scenarios import scenarios

            return scenarios(directory, engine, transport, tolerance)
        case "wire":
            from conformance.wire import wire

            return wire(directory, engine)
        case "fluid":
            from conformance.fluid import fluid

            return ((*verdict, True) for verdict in fluid(directory, engine))
        case "routes":
            from conformance.platform import routes

            return ((*verdict, True) for verdict in routes(directory))
        case _:
            from conformance.platform import xml

            return ((*verdict, True) for verdict in xml(directory))


if __name__ == "__main__":
    main()
