"""``elastisim new-policy``: a starting point for a policy of one's own."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--directory",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where to write the files; the working directory by default.",
)
def command(name: str, directory: Path) -> None:
    """Write a commented policy called NAME, which can be run as it is, and a test for it."""
    from elastisim.scheduling.policies.template import write_template

    policy, test, reference = write_template(name, directory)
    click.echo(f"Wrote {policy} and {test}.  Try:")
    click.echo(f"  pytest {test}")
    click.echo(f"  elastisim run configuration.json --algorithm {reference}")
