"""Simulations as users run them: the command line in a process of its own, the algorithm within or beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATIENCE = 120.0
"""Seconds that a simulation may take, far more than any case needs."""

FAREWELL = 5.0
"""Seconds within which an algorithm has to end after its simulation."""

COMMAND = [sys.executable, "-P", "-c", "from elastisim.cli.main import main; main()", "run", "configuration.json"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a simulation ended: its exit status (None: not at all), what it wrote to stderr, and seconds of real time.

    ``is_algorithm_left`` tells whether the process of the algorithm outlived the simulation.
    """

    status: int | None
    errors: str
    seconds: float
    is_algorithm_left: bool = False


class Process:
    """A process in *directory*, killed at the end of the context."""

    def __init__(self, command: list[str], directory: Path, environment: Mapping[str, str] | None = None) -> None:
        # Not a pipe, which would stop a process that writes more than it holds.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the context
        self._process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=self._errors
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()

    def wait(self, seconds: float) -> int | None:
        """Return the exit status, None if the process still runs after this time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    @property
    def errors(self) -> str:
        """What an ended process wrote to stderr."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()


def prepare(case: Path, directory: Path) -> Path:
    """Copy the inputs of a case into *directory*; return the copy."""
    copy = directory / case.name
    (copy / "output").mkdir(parents=True)
    for file in case.iterdir():
        if file.is_file():
            shutil.copyfile(file, copy / file.name)
    return copy


def simulate(case: Path, engine: str, transport: str) -> Outcome:
    """Simulate a prepared case; *transport* tells whether its algorithm runs ``inprocess`` or over ``zmq``."""
    options = [*_settings(engine=engine), "--quiet"]
    if transport == "inprocess":
        return _run([*options, "--algorithm", "algorithm.py"], case)
    with algorithm(case) as process:
        outcome = _run(options, case)
        # Without a simulation an algorithm waits for one, as long as it takes.
        is_left = outcome.status in (0, 3) and process.wait(FAREWELL) is None
        return Outcome(outcome.status, outcome.errors, outcome.seconds, is_left)


def algorithm(case: Path, url: str | None = None) -> Process:
    """Start the algorithm of a prepared case, to connect to *url*, else to what it has been written for."""
    environment = None if url is None else {**os.environ, "ELASTISIM_ZMQ_URL": url}
    return Process([sys.executable, "algorithm.py"], case, environment)


def simulator(case: Path, engine: str, url: str) -> Process:
    """Start the simulation of a prepared case that waits for its algorithm at *url*."""
    return Process([*COMMAND, *_settings(engine=engine, zmq_url=url), "--quiet"], case)


def _run(options: list[str], case: Path) -> Outcome:
    started = time.monotonic()
    with Process([*COMMAND, *options], case) as process:
        status = process.wait(PATIENCE)
        seconds = time.monotonic() - started
        return Outcome(status, process.errors, seconds)


def _settings(**values: str) -> list[str]:
    return [part for key, value in values.items() for part in ("--set", f"{key}={json.dumps(value)}")]
