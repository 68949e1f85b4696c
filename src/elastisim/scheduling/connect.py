"""From what a user names as scheduling algorithm to an algorithm that can be invoked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from elastisim.errors import InputError
from elastisim.scheduling.in_process import InProcessAlgorithm, simulate_with_function, simulate_with_script
from elastisim.scheduling.policy import PolicyAlgorithm, as_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from elastisim.batch.invocation import Algorithm
    from elastisim.scheduling.policy import Policy
    from elastisim.scheduling.system import System
    from elastisim_python.interface import Schedule

Result = TypeVar("Result")


def simulate_with(
    source: Schedule | Policy | type[Policy] | Callable[[System], object] | str | PathLike[str],
    simulate: Callable[[Algorithm], Result],
    timeout: float | None = None,
) -> Result:
    """Return ``simulate(algorithm)`` for the algorithm that *source* names.

    *source* is a function ``schedule(jobs, nodes, system)``; a policy, the class of one, or a function
    ``schedule(system)``; a script, which runs as if Python ran it and to which ``pass_algorithm`` returns after the
    simulation; ``script.py:name`` for a function or policy in a file; or an address like ``ipc://elastisim.ipc`` to
    which a client connects, and which then has *timeout* seconds for each answer (None: no limit).

    Raises InputError if there is no such algorithm, AlgorithmError if it fails.
    """
    policy = as_policy(source)
    if policy is not None:
        return simulate(PolicyAlgorithm(policy))
    if callable(source):
        schedule = cast("Schedule", source)
        return simulate(InProcessAlgorithm(schedule, getattr(source, "__qualname__", type(source).__qualname__)))
    name = str(source)
    if "://" in name:
        return _simulate_remotely(name, simulate, timeout)
    path, function = find_script(name)
    if function:
        return simulate_with_function(path, function, simulate)
    return simulate_with_script(path, simulate)


def find_script(source: str | PathLike[str]) -> tuple[Path, str]:
    """Return the file and the function that ``script.py`` or ``script.py:function`` names, "" without a function.

    Raises InputError if there is no such file.
    """
    if Path(source).is_file():
        return Path(source), ""
    file, _, function = str(source).rpartition(":")
    if function.isidentifier() and Path(file).is_file():
        return Path(file), function
    raise InputError.at(source, "", "the scheduling algorithm does not exist")


def _simulate_remotely(url: str, simulate: Callable[[Algorithm], Result], timeout: float | None) -> Result:
    from elastisim.scheduling.remote import RemoteAlgorithm

    algorithm = RemoteAlgorithm(url, timeout)
    try:
        return simulate(algorithm)
    finally:
        algorithm.close()
