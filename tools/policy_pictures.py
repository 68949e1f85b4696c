#!/usr/bin/env python3
"""Draw what each built-in policy does on a small example, for docs/policies.md."""

from __future__ import annotations

from pathlib import Path

import click

from pictures.examples import EXAMPLES
from pictures.gantt import svg

DIRECTORY = Path(__file__).parent.parent / "docs" / "policies"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=DIRECTORY)
def main(directory: Path) -> None:
    """Write one SVG file for each policy to DIRECTORY, by default that of the documentation."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, example in EXAMPLES.items():
        (directory / f"{name}.svg").write_text(svg(example, example.play()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
