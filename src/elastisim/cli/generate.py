"""``elastisim generate``: generate a synthetic workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from elastisim.cli.workload_options import models, show, speed, workload_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("generate", short_help="Generate a synthetic workload.")
@click.argument("preset", type=click.Choice(["lublin", "parametric", "haswell", "knl", "theta"]))
@click.option("--nodes", type=click.IntRange(1), help="Nodes of the machine.  [default: that of the preset]")
@click.option(
    "--node-speed", callback=speed, metavar="SPEED", help="Speed of a node in flop/s.  [default: that of the preset]"
)
@click.option("--jobs", type=click.IntRange(1), help="Number of jobs.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Length of the workload instead of a number.")
@click.option("--load", type=click.FloatRange(min=0, min_open=True), help="Offered load; 1 keeps all nodes busy.")
@click.option("--sizes", metavar="DISTRIBUTION", help="Numbers of nodes.")
@click.option("--runtimes", metavar="DISTRIBUTION", help="Run times in seconds.")
@click.option("--factor", metavar="DISTRIBUTION", help="Requested time relative to the run time.")
@click.option("--longest", type=click.FloatRange(min=1), metavar="SECONDS", help="Longest run time and request.")
@click.option("--amplitude", type=click.FloatRange(0, 1), help="Strength of the daily cycle of arrivals.")
@click.option("--peak-hour", type=click.FloatRange(0, 24), help="Hour of the day with most arrivals.")
@click.option("--weekend", type=click.FloatRange(min=0), help="Arrivals at weekends relative to other days.")
@workload_options
def command(
    preset: str,
    nodes: int | None,
    node_speed: float | None,
    jobs: int | None,
    days: float | None,
    output: Path,
    force: bool,
    **options: Any,
) -> None:
    """Generate a synthetic workload and write it as a scenario that can be run.

    \b
    Presets:
      lublin      rigid jobs of Lublin and Feitelson (2003)
      parametric  sizes, run times, cycle and load as you say
      haswell     a machine like Cori Haswell, five days
      knl         a machine like Cori KNL, six days
      theta       a machine like Theta, two weeks

    A DISTRIBUTION is written as KIND:PARAMETER:…, such as log-uniform:60:86400,
    or as a mixture, such as "0.3*constant:1 + 0.7*power-of-two:2:64".

    \b
    Kinds: constant:value  uniform:low:high  log-uniform:low:high
           power-of-two:low:high  exponential:mean  log-normal:median:sigma
           gamma:shape:scale  weibull:scale:shape
    """  # noqa: D301
    from rich.console import Console

    from elastisim.workload.generators.distributions import Distribution
    from elastisim.workload.generators.generating import GenerateOptions, generate
    from elastisim.workload.generators.presets import PRESETS
    from elastisim.workload.scenario import write

    changes = {name: options.pop(name) for name in ("load", "longest")}
    for name in ("sizes", "runtimes", "factor"):
        text = options.pop(name)
        changes[name] = text and Distribution.parse(text)
    cycle = {name: options.pop(name) for name in ("amplitude", "peak_hour", "weekend")}
    seed = options["seed"]
    application, elasticity = models(options, node_speed or PRESETS[preset].node_speed)
    scenario = generate(
        GenerateOptions(
            preset=preset,
            nodes=nodes,
            jobs=jobs,
            days=days,
            seed=seed,
            changes={name: value for name, value in changes.items() if value is not None},
            cycle={name: value for name, value in cycle.items() if value is not None},
        ),
        application,
        elasticity,
    )
    written = write(scenario, output, overwrite=force)
    show(Console(highlight=False, soft_wrap=True), written, scenario.cluster.nodes)
