"""Entry point of the command ``elastisim``: finds the subcommand and turns errors into messages and exit statuses."""

from __future__ import annotations

import gc
import importlib
import io
import sys

import click

from elastisim.errors import AlgorithmError, ElastiSimError
from elastisim.version import __version__, build

COMMANDS = {
    "run": ("elastisim.cli.run", "Simulate a scenario."),
    "validate": ("elastisim.cli.validate", "Check all input files of a scenario and report every problem."),
    "schema": ("elastisim.cli.schema", "Print the JSON Schema of an input file."),
    "platform": ("elastisim.cli.platform", "Summarise, query or draw a platform."),
    "import": ("elastisim.cli.import_", "Turn a workload trace into a scenario."),
    "generate": ("elastisim.cli.generate", "Generate a synthetic workload."),
    "inspect": ("elastisim.cli.inspect", "Summarise a jobs file."),
    "stats": ("elastisim.cli.stats", "Print statistics of a finished run."),
    "report": ("elastisim.cli.report", "Write an HTML report of a finished run."),
    "compare": ("elastisim.cli.compare", "Compare finished runs."),
    "export": ("elastisim.cli.export", "Write results in the formats of other tools."),
    "policies": ("elastisim.cli.policies", "List the built-in and installed scheduling policies."),
    "new-policy": ("elastisim.cli.new_policy", "Write a starting point for a scheduling policy of your own."),
}
"""Subcommands: module with an object ``command``, and one line of help.  Modules are imported when needed."""

COLLECTED_EVERY = 20_000
"""New objects after which the garbage collector looks for cycles; Python's own default is 700.

That would cost a tenth of the time of long queues, and more of reading them.  This process is ours alone.
"""


class LazyGroup(click.Group):
    """A group whose subcommands are imported only when they are called, so that the command starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value and not context.resilient_parsing:
        click.echo(f"elastisim, version {__version__} ({build()})")
        context.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def cli() -> None:
    """Simulate batch systems with rigid, moldable, malleable, evolving and adaptive jobs."""


def main() -> None:
    """Run the command line; errors of the user's making end without a traceback of ours."""
    gc.set_threshold(COLLECTED_EVERY, 20, 100)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets a question mark.
            stream.reconfigure(errors="replace")
    try:
        cli(standalone_mode=True)
    except ElastiSimError as error:
        if isinstance(error, AlgorithmError) and error.details:
            print(error.details.rstrip(), file=sys.stderr)
        print(f"elastisim: error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
