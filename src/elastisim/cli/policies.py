"""``elastisim policies``: what can be scheduled with."""

from __future__ import annotations

import click


@click.command()
@click.argument("names", metavar="[POLICY]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(names: tuple[str, ...], *, as_json: bool) -> None:
    """List the built-in and installed scheduling policies, or describe some of them in full."""
    from elastisim.errors import InputError
    from elastisim.scheduling.policies.registry import available, describe

    described, problems = [], []
    for name in names or available():
        try:
            described.append(describe(name))
        except InputError as error:
            # One package that is broken must not hide the policies of all others.
            if names:
                raise
            problems.append(error)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(described, enc_hook=str), indent=2).decode())
        return

    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not names:
        table = Table(box=None, pad_edge=False)
        table.add_column("policy", no_wrap=True)
        table.add_column("what it does")
        table.add_column("options")
        for policy in described:
            table.add_row(policy.name, policy.summary, ", ".join(option.name for option in policy.options))
        console.print(table)
        for problem in problems:
            click.echo(f"warning: {problem}", err=True)
        return
    for policy in described:
        console.print(Text(policy.name, style="bold"))
        console.print(Padding(Text(policy.description), (0, 0, 0, 2)))
        table = Table(box=None, show_header=False, pad_edge=False)
        for option in policy.options:
            default = "needed" if option.is_needed else f"default {_text(option.default)}"
            table.add_row(option.name, f"{option.description}  ({option.values}; {default})")
        if policy.options:
            console.print(Padding(table, (1, 0, 1, 2)))


def _text(default: object) -> str:
    """Return a default as it is written on the command line."""
    return str(default).lower() if isinstance(default, bool) else str(default) or "none"
