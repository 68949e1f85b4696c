"""``elastisim import``: turn a workload trace into a scenario."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from elastisim.cli.workload_options import models, show, speed, workload_options
from elastisim.workload.traces.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from elastisim.workload.traces.cleaning import Moment, Origin, Report

UNITS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> Moment | None:  # noqa: ARG001
    """Parse a number of seconds on the scale of the trace, or a date; dates without time zone are UTC."""
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        message = f"{value!r} is neither a number of seconds nor a date like 2024-05-31 or 2024-05-31T12:30"
        raise click.BadParameter(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _origin(ctx: click.Context, param: click.Parameter, value: str) -> Origin:  # noqa: ARG001
    if value in ("first", "keep"):
        return cast("Origin", value)
    try:
        return float(value)
    except ValueError:
        message = f"{value!r} is neither 'first' nor 'keep' nor a number of seconds"
        raise click.BadParameter(message) from None


def _parameter(rule: str) -> str:
    return f"rule_{rule.replace('-', '_')}"


def _rule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for rule in reversed(RULES.values()):
        command = click.option(
            f"--{rule.name}",
            _parameter(rule.name),
            type=click.Choice(list(rule.actions)),
            default=rule.default,
            show_default=True,
            help=f"Rule for: {rule.defect}.",
        )(command)
    return command


@click.command("import", short_help="Turn a workload trace into a scenario.")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--format", "format_name", help="Format of the trace.  [default: found out from the content]")
@click.option("--nodes", type=click.IntRange(1), help="Nodes of the machine.  [default: what the trace says]")
@click.option(
    "--processors-per-node",
    type=click.IntRange(1),
    help="Processors of a node.  [default: MaxProcs / MaxNodes of the trace, else 1]",
)
@click.option(
    "--node-speed",
    callback=speed,
    metavar="SPEED",
    default="100Gf",
    show_default=True,
    help="Speed of a node in flop/s.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Column of a table that holds a field of the jobs.",
)
@click.option(
    "--limit-unit", type=click.Choice(list(UNITS)), help="Unit of time limits.  [default: that of the format]"
)
@click.option("--from", "begin", callback=_moment, metavar="TIME", help="Only jobs submitted at this time or later.")
@click.option("--until", "end", callback=_moment, metavar="TIME", help="Only jobs submitted before this time.")
@click.option(
    "--origin",
    callback=_origin,
    metavar="first|keep|SECONDS",
    default="first",
    show_default=True,
    help="The time of the trace that becomes time 0.",
)
@workload_options
@_rule_options
def command(
    trace: Path,
    format_name: str | None,
    nodes: int | None,
    processors_per_node: int | None,
    node_speed: float,
    columns: tuple[str, ...],
    limit_unit: str | None,
    begin: Moment | None,
    end: Moment | None,
    origin: Origin,
    output: Path,
    force: bool,
    **options: Any,
) -> None:
    """Turn a workload TRACE into a scenario that can be run.

    \b
    Formats: SWF, CSV of ALCF and NERSC, sacct --parsable2, PM100 (Parquet),
    workloads of Batsim, and tables of any layout (CSV or Parquet, with --column).
    Files may be compressed with gzip.

    What is wrong with a trace is counted and dealt with by rule; the last options say how.
    """  # noqa: D301
    import math

    from rich.console import Console

    from elastisim.workload.scenario import write
    from elastisim.workload.traces.cleaning import Window
    from elastisim.workload.traces.formats import ReadOptions
    from elastisim.workload.traces.importing import ImportOptions, import_trace
    from elastisim.workload.traces.source import Source

    application, elasticity = models(options, node_speed)
    scenario, report = import_trace(
        Source(trace),
        ImportOptions(
            format=format_name,
            read=ReadOptions(_mapping(columns), UNITS[limit_unit] if limit_unit else None),
            nodes=nodes,
            processors_per_node=processors_per_node,
            actions={name: options[_parameter(name)] for name in RULES},
            window=Window(-math.inf if begin is None else begin, math.inf if end is None else end),
            origin=origin,
        ),
        application,
        elasticity,
    )
    written = write(scenario, output, overwrite=force)
    console = Console(highlight=False, soft_wrap=True)
    if report.counts:
        console.print(_table(report))
    for kind, count in sorted(report.skipped.items()):
        console.print(f"{count:,} {kind} skipped")
    for remark in report.remarks:
        console.print(f"[yellow]Note:[/] {remark}")
    console.print(f"{report.kept:,} of {report.read:,} entries of {trace.name} became jobs")
    show(console, written, scenario.cluster.nodes)


def _mapping(columns: tuple[str, ...]) -> dict[str, str]:
    mapping = {}
    for text in columns:
        field, equals, column = text.partition("=")
        if not equals or not field or not column:
            raise click.BadParameter(f"{text!r} is not of the form FIELD=COLUMN", param_hint="--column")
        mapping[field.strip()] = column
    return mapping


def _table(report: Report) -> Table:
    from rich.table import Table

    table = Table("Rule", "Defect", "Action", title="Defects of the trace", title_justify="left")
    table.add_column("Count", justify="right")
    table.add_column("Dropped", justify="right")
    for name, rule in RULES.items():
        if report.counts[name]:
            count, dropped = f"{report.counts[name]:,}", f"{report.dropped[name]:,}"
            table.add_row(name, rule.defect, report.actions[name], count, dropped)
    return table
