"""Simulations from Python."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.configuration import Configuration, read_configuration
from elastisim.results.provenance import AlgorithmUsed
from elastisim.results.sink import FileSink
from elastisim.scenario import Scenario, read_scenario
from elastisim.scheduling.connect import find_script, simulate_with
from elastisim.scheduling.policy import as_policy
from elastisim.scheduling.trace import DecisionTrace
from elastisim.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import TypeAlias

    from elastisim.batch.invocation import Algorithm
    from elastisim.batch.observer import Observer
    from elastisim.results.results import Results
    from elastisim.scheduling.policy import Policy
    from elastisim.scheduling.system import System
    from elastisim_python.interface import Schedule

    Source: TypeAlias = Schedule | Policy | type[Policy] | Callable[[System], object] | str | PathLike[str]

log = logging.getLogger(__name__)


def simulate(
    configuration: str | PathLike[str] | Mapping[str, object] | Configuration | Scenario,
    algorithm: Source | None = None,
    *,
    policy: str | None = None,
    policy_options: Mapping[str, object] | None = None,
    overrides: Mapping[str, object] | None = None,
    output_directory: str | PathLike[str] | None = None,
    write_files: bool = True,
    scheduler_timeout: float | None = None,
    trace_decisions: str | PathLike[str] | None = None,
    observers: Sequence[Observer] = (),
) -> Results:
    """Simulate a scenario and return its results.

    *configuration* is the path of a configuration file, a dictionary with its keys, or what was read of one before;
    *overrides* replace keys of it.

    *algorithm* is a function ``schedule(jobs, nodes, system)``; a policy, the class of one, or a function
    ``schedule(system)`` (see :mod:`elastisim.scheduling`); the path of a script; ``script.py:name`` for a function or a
    policy in a file; or an address such as ``ipc://elastisim.ipc`` to which an algorithm connects.  Instead, *policy*
    names a built-in or installed policy, made with *policy_options*.  Without both, the ``zmq_url`` of the
    configuration is the address.  An algorithm over ZeroMQ has *scheduler_timeout* seconds to connect and for each
    answer, by default as long as it likes.  *trace_decisions* names a file to which each decision is written as a line
    of JSON.

    Result files are written where the configuration says, or to *output_directory*; without *write_files* the results
    are kept in memory.  *observers* learn what happens while it happens.  Warnings about input files and of the
    simulation go to the logger ``elastisim``.

    Simulations are independent of one another, also in threads of one process.  Raises
    :class:`~elastisim.errors.InputError` for what is wrong with the input files, and
    :class:`~elastisim.errors.AlgorithmError` for what the algorithm does wrong.
    """
    from elastisim.results.results import Results
    from elastisim.results.tables import run_of

    scenario = _scenario(configuration, overrides)
    source = choose(scenario, algorithm, policy, policy_options)
    directory = Path(output_directory) if output_directory is not None else None
    simulation = prepare(scenario, source, output_directory=directory, write_files=write_files, observers=observers)
    simulate_with(source, traced(simulation.run, trace_decisions), scheduler_timeout)
    name = scenario.configuration.file or "simulation"
    return Results(run_of(name, simulation.files, simulation.record.description))


def choose(
    scenario: Scenario,
    algorithm: Source | None,
    policy: str | None = None,
    policy_options: Mapping[str, object] | None = None,
) -> Source:
    """Return what to schedule with (see :func:`simulate`).

    Raises :class:`~elastisim.errors.InputError` if there is no such policy or option, or nothing to schedule with.
    """
    if policy is None:
        if policy_options:
            raise TypeError("policy_options are given, but no policy")
        return algorithm if algorithm is not None else scenario.configuration.needed_zmq_url()
    if algorithm is not None:
        raise TypeError("algorithm and policy both say how to schedule; one of them is enough")
    from elastisim.scheduling.policies.registry import make_policy

    return make_policy(policy, policy_options)


def prepare(
    scenario: Scenario,
    algorithm: Source,
    *,
    output_directory: Path | None = None,
    write_files: bool = True,
    observers: Sequence[Observer] = (),
) -> Simulation:
    """Return the simulation of a scenario, ready to run with *algorithm* (see :func:`simulate`).

    Raises :class:`~elastisim.errors.InputError` if there is no such algorithm.
    """
    used, file = _described(algorithm)
    return Simulation(
        scenario,
        used,
        algorithm_file=file,
        output_directory=output_directory,
        write_files=write_files,
        observers=observers,
    )


def _scenario(
    configuration: str | PathLike[str] | Mapping[str, object] | Configuration | Scenario,
    overrides: Mapping[str, object] | None,
) -> Scenario:
    if isinstance(configuration, Configuration | Scenario) and overrides:
        raise TypeError("what has been read takes no overrides any more: pass them to read_configuration")
    if isinstance(configuration, Scenario):
        return configuration
    if not isinstance(configuration, Configuration):
        source = configuration if isinstance(configuration, Mapping) else Path(configuration)
        configuration = read_configuration(source, overrides)
    scenario = read_scenario(configuration)
    for warning in scenario.warnings:
        log.warning("%s", warning)
    return scenario


def traced(run: Callable[[Algorithm], None], file: str | PathLike[str] | None) -> Callable[[Algorithm], None]:
    """Return *run* with all decisions of its algorithm written to a file, if there is one (see DecisionTrace)."""
    if file is None:
        return run
    sink = FileSink(Path(file))

    def run_traced(algorithm: Algorithm) -> None:
        sink.open()
        try:
            run(DecisionTrace(algorithm, sink.write))
            sink.complete()
        finally:
            sink.abandon()

    return run_traced


def _described(algorithm: Source) -> tuple[AlgorithmUsed, Path | None]:
    """Return what is recorded of an algorithm, and the file that it comes from."""
    policy = as_policy(algorithm)
    if policy is not None:
        return AlgorithmUsed(name=policy.name or type(policy).__qualname__, kind="policy", options=policy.options), None
    if callable(algorithm):
        name = getattr(algorithm, "__qualname__", type(algorithm).__qualname__)
        return AlgorithmUsed(name=name, kind="function"), None
    name = str(algorithm)
    if "://" in name:
        return AlgorithmUsed(name=name, kind="socket"), None
    return AlgorithmUsed(name=name, kind="script"), find_script(name)[0]
