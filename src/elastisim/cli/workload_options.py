"""Options that commands making workloads share: types of jobs, application models, and where to write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from elastisim.patterns import MatrixPattern
from elastisim.workload.evolution import PATTERNS
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from elastisim.workload.elasticity import Elasticity
    from elastisim.workload.replay import Application
    from elastisim.workload.scenario import Written

SHARED = ("moldable", "malleable", "evolving", "adaptive")


def speed(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:  # noqa: ARG001
    """Parse a speed with unit, as in platform files."""
    from elastisim.platform.units import SPEED

    try:
        return None if value is None else SPEED.read(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _positive() -> click.FloatRange:
    return click.FloatRange(min=0, min_open=True)


def _options() -> list[Callable[[Any], Any]]:
    share = click.FloatRange(0, 1)
    return [
        click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Directory to write."),
        click.option("--force", is_flag=True, help="Replace a scenario in that directory."),
        click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn."),
        *(
            click.option(f"--{kind}", type=share, default=0.0, metavar="SHARE", help=f"Share of {kind} jobs, 0 to 1.")
            for kind in SHARED
        ),
        click.option(
            "--speedup",
            type=click.Choice(["fixed", "amdahl", "downey"]),
            help="Speed-up model.  [default: amdahl with elastic jobs, else fixed]",
        ),
        click.option("--sigma", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Downey's sigma."),
        click.option(
            "--preferred-efficiency",
            type=_positive(),
            default=0.8,
            show_default=True,
            help="The efficiency on the preferred number of nodes is just above it.",
        ),
        click.option(
            "--maximum-efficiency",
            type=_positive(),
            default=0.5,
            show_default=True,
            help="The largest size is the last one with an efficiency above it.",
        ),
        click.option(
            "--minimum-fraction",
            type=click.FloatRange(0, 1),
            default=0.2,
            show_default=True,
            help="Smallest size as a fraction of the preferred one.",
        ),
        click.option(
            "--calibration",
            type=click.Choice(["trace", "linear"]),
            default="trace",
            show_default=True,
            help="Work of a job: what gives the run time on the preferred size, or run time times nodes.",
        ),
        click.option(
            "--phase-length",
            type=_positive(),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Time between scheduling points.",
        ),
        click.option(
            "--max-phases", type=click.IntRange(1), default=1000, show_default=True, help="Most phases of a job."
        ),
        click.option(
            "--evolving-pattern",
            "evolving_patterns",
            type=click.Choice(list(PATTERNS)),
            multiple=True,
            default=["wave"],
            show_default=True,
            help="Pattern of evolving requests; of several, each job draws one.",
        ),
        click.option(
            "--checkpoint-size",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="BYTES",
            help="Size of a checkpoint for each preferred node; 0 for none.",
        ),
        click.option(
            "--checkpoint-interval",
            type=_positive(),
            default=3600.0,
            show_default=True,
            metavar="SECONDS",
            help="Time between checkpoints, and with them between scheduling points.",
        ),
        click.option(
            "--communication-rate",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="BYTES",
            help="Bytes sent per second and preferred node; 0 for none.",
        ),
        click.option(
            "--communication-pattern",
            type=click.Choice([pattern.value for pattern in MatrixPattern if pattern is not MatrixPattern.MATRIX]),
            default="all_to_all",
            show_default=True,
            help="Who sends to whom.",
        ),
        click.option(
            "--state-size",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="BYTES",
            help="Bytes for each preferred node that a reconfiguration redistributes; 0 for none.",
        ),
        click.option(
            "--redistribution",
            type=click.Choice(["network", "pfs"]),
            default="network",
            show_default=True,
            help="The way of the state at a reconfiguration.",
        ),
    ]


def workload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options to a command; it receives them as keyword arguments, see :func:`models`."""
    for option in reversed(_options()):
        command = option(command)
    return command


def models(options: dict[str, Any], node_speed: float) -> tuple[Application, Elasticity]:
    """Take the shared options about jobs out of *options* and return what they say."""
    from elastisim.workload.elasticity import Elasticity
    from elastisim.workload.replay import Application

    shares = {JobType[kind.upper()]: options.pop(kind) for kind in SHARED}
    shares = {kind: share for kind, share in shares.items() if share}
    speedup: Any = options.pop("speedup") or ("amdahl" if shares else "fixed")
    sigma, seed = options.pop("sigma"), options.pop("seed")
    elasticity = Elasticity(
        shares=shares,
        seed=seed,
        speedup="amdahl" if speedup == "fixed" else speedup,
        sigma=sigma,
        **{name: options.pop(name) for name in ("preferred_efficiency", "maximum_efficiency", "minimum_fraction")},
    )
    names = (
        "calibration",
        "phase_length",
        "max_phases",
        "checkpoint_size",
        "checkpoint_interval",
        "communication_rate",
        "communication_pattern",
        "state_size",
        "redistribution",
        "evolving_patterns",
    )
    application = Application(
        speedup=speedup, sigma=sigma, seed=seed, node_speed=node_speed, **{name: options.pop(name) for name in names}
    )
    return application, elasticity


def show(console: Console, written: Written, nodes: int) -> None:
    """Print what was written."""
    types = ", ".join(f"{count:,} {kind}" for kind, count in sorted(written.types.items()))
    console.print(f"{written.types.total():,} jobs ({types}) on {nodes:,} nodes written to {written.directory}")
    console.print(f"Run with: cd {written.directory} && elastisim run configuration.json --policy fcfs", style="dim")
