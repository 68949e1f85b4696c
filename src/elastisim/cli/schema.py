"""``elastisim schema``: print the JSON Schema of an input file."""

from __future__ import annotations

import click


@click.command()
@click.argument("document", type=click.Choice(["configuration", "jobs", "application-model"]), default="configuration")
def command(document: str) -> None:
    """Print the JSON Schema (draft 2020-12) of an input file, for editors that complete and check JSON files.

    The schema is stricter than the reader, which also accepts the names of types and patterns in upper case, and values
    of a wrong kind that the original silently replaces by defaults (with a warning).
    """
    import json

    from elastisim.schema import json_schema

    click.echo(json.dumps(json_schema(document), indent=2, ensure_ascii=False))
