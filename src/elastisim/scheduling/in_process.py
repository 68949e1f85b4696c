"""Algorithms that run in the same process as the simulator: functions, and unmodified scripts.

A script is in command, as when Python runs it: the simulation takes place while the script waits in its call of
``pass_algorithm``, in the same thread.  What follows the call runs after the simulation.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from elastisim.errors import AlgorithmError, InputError
from elastisim.scheduling.policy import PolicyAlgorithm, as_policy
from elastisim.scheduling.script import Script
from elastisim.scheduling.wire import invocation_fields, read_reply
from elastisim_python.interface import Client, failure_report, failure_summary, in_process_simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from elastisim.batch.invocation import Algorithm, Decision, Invocation
    from elastisim_python.interface import Schedule

Result = TypeVar("Result")

_PACKAGE = str(Path(__file__).parent.parent)


class InProcessAlgorithm:
    """A function ``schedule(jobs, nodes, system)``; messages call it *name*, each call happens within *turn*.

    ``failure`` is what the function has raised.
    """

    def __init__(self, schedule: Schedule, name: str, turn: AbstractContextManager[None] | None = None) -> None:
        self.failure: BaseException | None = None
        self._client = Client(schedule)
        self._name = name
        self._turn = turn or nullcontext()

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        """Call the function."""
        fields = invocation_fields(invocation)
        try:
            with self._turn:
                reply = self._client.answer(fields)
        except (Exception, SystemExit) as error:
            self.failure = error
            reason = f"{self._name} failed at {invocation.time:.15g} s: {failure_summary(error)}"
            raise AlgorithmError(reason, failure_report(error, _PACKAGE)) from error
        return read_reply(reply, invocation.time) if reply["jobs"] else ()

    def finish(self) -> None:
        """Do nothing: the function learns nothing of the end."""

    def close(self) -> None:
        """Do nothing: nothing is held."""


def simulate_with_function(path: Path, name: str, simulate: Callable[[Algorithm], Result]) -> Result:
    """Return ``simulate(algorithm)`` for the function *name* of the Python file *path*, imported afresh.

    Raises InputError if the file or the function is missing, AlgorithmError if the file cannot be imported.
    """
    script = Script(path, path.stem)
    token = in_process_simulator.set(_refuse)
    try:
        with script:
            script.execute()
    except (Exception, SystemExit) as error:
        reason = f"{path} cannot be imported: {failure_summary(error)}"
        raise AlgorithmError(reason, failure_report(error, _PACKAGE)) from error
    finally:
        in_process_simulator.reset(token)
    schedule = getattr(script.module, name, None)
    with script:
        policy = as_policy(schedule)
    if policy is not None:
        return simulate(PolicyAlgorithm(policy, f"{path.name}:{name}", script))
    if not callable(schedule):
        raise InputError.at(path, "", f"has no function or policy {name!r} to schedule with")
    return simulate(InProcessAlgorithm(schedule, f"{path.name}:{name}", script))


def simulate_with_script(path: Path, simulate: Callable[[Algorithm], Result]) -> Result:
    """Run the script *path* as the main program; return ``simulate(algorithm)``, called when it passes its algorithm.

    Raises InputError if the file cannot be read; AlgorithmError if the script fails, before or after the simulation,
    or ends without having passed an algorithm.  What *simulate* raises is raised when the script has been left.
    """
    return _Performance(path, simulate).give()


class _SimulationStopped(BaseException):
    """Leads a script out of ``pass_algorithm`` when the simulation has failed for reasons that are not its own."""


class _Performance(Generic[Result]):
    """One run of a script, with one simulation in it."""

    def __init__(self, path: Path, simulate: Callable[[Algorithm], Result]) -> None:
        self._script = Script(path)
        self._simulate = simulate
        self._is_simulated = False
        self._results: list[Result] = []
        self._error: BaseException | None = None

    def give(self) -> Result:
        failure = self._run_script()
        if self._error is not None:
            raise self._error
        if failure is not None:
            when = "after the simulation" if self._is_simulated else "before it called pass_algorithm"
            reason = f"{self._script.path} failed {when}: {failure_summary(failure)}"
            raise AlgorithmError(reason, failure_report(failure, _PACKAGE)) from failure
        if not self._is_simulated:
            raise AlgorithmError(
                f"{self._script.path} ended without calling pass_algorithm(schedule, url){self._hint()}"
            )
        return self._results[0]

    def _hint(self) -> str:
        has_function = callable(getattr(self._script.module, "schedule", None))
        return f"; to use its function as it is, name {self._script.path}:schedule" if has_function else ""

    def _run_script(self) -> BaseException | None:
        """Run the script to its end; return what it failed with, if it did."""
        token = in_process_simulator.set(self._take_over)
        try:
            with self._script:
                self._script.execute()
        except _SimulationStopped:
            return None
        except SystemExit as end:
            return end if end.code else None
        except Exception as error:  # noqa: BLE001 - whatever a script raises is to be reported
            return error
        finally:
            in_process_simulator.reset(token)
        return None

    def _take_over(self, schedule: Schedule, url: str) -> None:  # noqa: ARG002
        """Simulate; what ``pass_algorithm`` does in the script."""
        if self._is_simulated:
            raise RuntimeError("pass_algorithm was called a second time, but a script takes part in one simulation")
        self._is_simulated = True
        algorithm = InProcessAlgorithm(schedule, self._script.path.name, self._script)
        with self._script.pause():
            try:
                self._results.append(self._simulate(algorithm))
            except BaseException as error:  # noqa: BLE001 - raised again when the script has been left
                self._error = error
        if isinstance(self._error, KeyboardInterrupt):
            raise self._error
        if self._error is not None:
            # What the algorithm raised comes out of pass_algorithm, where the script may expect it (R9.5).
            raise algorithm.failure or _SimulationStopped


def _refuse(schedule: Schedule, url: str) -> None:  # noqa: ARG001
    raise RuntimeError(
        "pass_algorithm is called while the file is imported for one of its functions; protect the call with "
        "if __name__ == '__main__', or name the script without a function"
    )
