"""``elastisim run``: simulate a scenario."""

from __future__ import annotations

import gc
import signal
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from elastisim.cli.progress import Progress
    from elastisim.results.chronicle import Chronicle
    from elastisim.simulation import Simulation


def _pairs(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:  # noqa: ARG001
    """Return KEY=VALUE texts as a dictionary."""
    pairs = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not key or not separator:
            raise click.BadParameter(f"expected KEY=VALUE, found {text!r}")
        pairs[key] = value
    return pairs


def _settings(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, Any]:
    """Return KEY=VALUE texts as a dictionary whose values are JSON, or else strings."""
    import msgspec

    settings: dict[str, Any] = {}
    for key, value in _pairs(context, parameter, texts).items():
        try:
            settings[key] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            settings[key] = value
    return settings


@click.command()
@click.argument("configuration", type=click.Path(path_type=Path))
@click.option(
    "--algorithm", metavar="SCRIPT[:NAME]", help="Python script, or function or policy in it, to schedule with."
)
@click.option("--policy", metavar="NAME", help="Policy to schedule with; elastisim policies lists them.")
@click.option(
    "--policy-option",
    "policy_options",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_pairs,
    help="Set an option of the policy.  Can be repeated.",
)
@click.option(
    "--trace-decisions",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write each decision, with the reason if the algorithm gives one, to FILE as a line of JSON.",
)
@click.option("--output-dir", metavar="DIR", type=click.Path(path_type=Path), help="Directory for all result files.")
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_settings,
    help="Override a key of the configuration; VALUE is JSON, or else a string.  Can be repeated.",
)
@click.option(
    "--scheduler-timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0.0, min_open=True),
    help="How long an algorithm over ZeroMQ may take to connect, and for each answer.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print warnings and errors only.")
def command(
    configuration: Path,
    algorithm: str | None,
    policy: str | None,
    policy_options: dict[str, str],
    trace_decisions: Path | None,
    output_dir: Path | None,
    overrides: dict[str, Any],
    scheduler_timeout: float | None,
    *,
    quiet: bool,
) -> None:
    """Simulate the scenario that CONFIGURATION describes.

    Without --algorithm and --policy, the simulator waits until an algorithm connects to the zmq_url of the
    configuration.

    The exit status is 0 after a complete simulation, 2 for mistakes in options or input files, 3 when the algorithm
    fails, 130 after Ctrl-C.  Result files of an incomplete simulation are marked as partial.
    """
    if (algorithm or policy) and scheduler_timeout is not None:
        option = "--algorithm" if algorithm else "--policy"
        raise click.UsageError(f"--scheduler-timeout is for algorithms over ZeroMQ; with {option} there is none")
    if algorithm and policy:
        raise click.UsageError("--algorithm and --policy both say how to schedule; one of them is enough")
    if policy_options and not policy:
        raise click.UsageError("--policy-option needs --policy")

    from elastisim.api import choose, prepare, traced
    from elastisim.cli.notices import printed_warnings, warn_of_problems
    from elastisim.cli.progress import Progress
    from elastisim.configuration import read_configuration
    from elastisim.results.chronicle import Chronicle
    from elastisim.scenario import read_scenario
    from elastisim.scheduling.connect import simulate_with

    with _interruptible():
        scenario = read_scenario(read_configuration(configuration, overrides))
        warn_of_problems(scenario.warnings)
        source = choose(scenario, algorithm, policy, policy_options)
        progress, chronicle = Progress(len(scenario.workload.jobs)), Chronicle()
        observers = [progress] if quiet else [progress, chronicle]
        simulation = prepare(scenario, source, output_directory=output_dir, observers=observers)
        is_watched = scenario.configuration.show_progress_bar and not quiet
        gc.freeze()  # What has been read stays until the end, so the collector may pass over it.
        try:
            with printed_warnings(), progress.watch(lambda: simulation.now) if is_watched else nullcontext():
                simulate_with(source, traced(simulation.run, trace_decisions), scheduler_timeout)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(_account(simulation, progress))
            raise
    if not quiet:
        _summarise(simulation, chronicle)
    if policy:
        # The process gives back all of it at once.  What scripts leave in cycles is finalized one by one.
        gc.freeze()


class _Termination(KeyboardInterrupt):
    """Somebody wants the process to end (SIGTERM)."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """End with a message, and the exit status that shells expect, when the process is interrupted or terminated."""
    is_main = current_thread() is main_thread()  # the only one that may handle signals
    previous = signal.signal(signal.SIGTERM, _terminate) if is_main else None
    try:
        yield
    except KeyboardInterrupt as interrupt:
        is_terminated = isinstance(interrupt, _Termination)
        notes = getattr(interrupt, "__notes__", ["before the simulation had started"])
        click.echo(f"\nelastisim: {'terminated' if is_terminated else 'interrupted'} {notes[-1]}", err=True)
        sys.exit(128 + (signal.SIGTERM if is_terminated else signal.SIGINT))
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    raise _Termination


def _account(simulation: Simulation, progress: Progress) -> str:
    """Return in words how far an interrupted simulation has come."""
    from elastisim.results.wording import duration

    if simulation.record.description.complete:
        return "after the simulation, whose results are complete"
    jobs = f"{progress.finished:,} of {progress.jobs:,} jobs finished"
    account = f"at {duration(simulation.now)} of simulated time, with {jobs}"
    directories = _directories(simulation)
    return f"{account}; the results so far are marked as partial in {directories}" if directories else account


def _summarise(simulation: Simulation, chronicle: Chronicle) -> None:
    """Print what a person wants to know after a simulation."""
    from rich.console import Console

    from elastisim.results.statistics import compute_statistics
    from elastisim.results.terminal import summary

    history = chronicle.history(simulation.scenario.configuration.file)
    several_types = len({job.type for job in history.jobs}) > 1
    Console().print(summary(compute_statistics(history, by=["type"] if several_types else [])))
    directories = _directories(simulation)
    place = f"; results in {directories}" if directories else ""
    click.echo(f"Simulated in {simulation.record.description.wall_time:.2f} s{place}")


def _directories(simulation: Simulation) -> str:
    """Return the directories of the result files in words; the working directory is a dot."""
    from elastisim.results.sink import is_special

    paths = simulation.files.paths.values()
    return ", ".join(dict.fromkeys(str(path.parent) for path in paths if not is_special(path)))
