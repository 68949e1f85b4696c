"""What a simulation costs: CPU seconds, wall time and peak memory of whole processes, and the speed of the machine."""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

SIMULATE = (sys.executable, "-m", "elastisim", "run", "configuration.json", "--quiet", "--output-dir", "output")
CALIBRATE = (sys.executable, "-I", str(Path(__file__).with_name("calibration.py")))
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Without caches of bytecode, compiling the simulator would be most of what a small simulation costs."""


@dataclass(frozen=True)
class Cost:
    """What processes used: CPU seconds (user and system), seconds by the clock, and MiB at most."""

    cpu: float
    wall: float
    memory: float


class OverLimitError(Exception):
    """A run has used more CPU seconds than it may."""


@dataclass(frozen=True)
class Figures:
    """Medians of several runs of a case, and what was simulated in each."""

    cpu: float
    wall: float
    memory: float
    jobs: int
    invocations: int
    events: int


def compile_packages() -> None:
    """Compile the packages, as their installation does, so that first runs cost no more than others."""
    for name in ("elastisim", "elastisim_python"):
        found = importlib.util.find_spec(name)
        if found is None:
            raise SystemExit(f"{name} is not installed")
        for directory in found.submodule_search_locations or ():
            compileall.compile_dir(directory, quiet=1)


def simulate(
    directory: Path, options: tuple[str, ...], algorithm: tuple[str, ...] | None, limit: int | None = None
) -> Cost:
    """Simulate the scenario in *directory* in a fresh process, the command *algorithm* beside it in another one.

    The cost is that of both processes; memory is the sum of their peaks.  Raises OverLimitError if they use more CPU
    seconds than *limit*, which one of them alone does not survive.
    """
    start = time.perf_counter()
    prepare = None if limit is None else partial(resource.setrlimit, resource.RLIMIT_CPU, (limit, limit + 1))
    commands = [(*SIMULATE, *options), *([algorithm] if algorithm is not None else [])]
    processes = [subprocess.Popen(command, cwd=directory, env=ENVIRONMENT, preexec_fn=prepare) for command in commands]
    costs = []
    for process in processes:
        # An algorithm ends when the simulator does; if that has failed, nobody talks to it any more.
        costs.append(_wait(process, start))
        if process.returncode:
            for other in processes[len(costs) :]:
                other.kill()
                other.wait()
            if any(each.returncode == -signal.SIGXCPU for each in processes):
                raise OverLimitError
            raise SystemExit(f"failed with status {process.returncode}: {process.args!r}")
    cpu = sum(cost.cpu for cost in costs)
    if limit is not None and cpu > limit:
        raise OverLimitError
    return Cost(cpu, costs[-1].wall, sum(cost.memory for cost in costs))


def measure(
    directory: Path, options: tuple[str, ...], algorithm: tuple[str, ...] | None, runs: int, limit: int | None = None
) -> Figures | None:
    """Simulate the scenario in *directory* several times; return medians, or None if a run is over the *limit*."""
    try:
        costs = [simulate(directory, options, algorithm, limit) for _ in range(runs)]
    except OverLimitError:
        return None
    counts = json.loads((directory / "output" / "run.json").read_text(encoding="utf-8"))["counts"]
    return Figures(
        cpu=statistics.median(cost.cpu for cost in costs),
        wall=statistics.median(cost.wall for cost in costs),
        memory=statistics.median(cost.memory for cost in costs),
        jobs=counts["jobs"],
        invocations=counts["invocations"],
        events=counts["events"],
    )


def calibrate(runs: int) -> float:
    """Return the CPU seconds of a fixed amount of pure Python in a fresh process, the median of several runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(CALIBRATE)
        seconds.append(_wait(process, start).cpu)
        if process.returncode:
            raise SystemExit("the calibration failed")
    return statistics.median(seconds)


def _wait(process: subprocess.Popen[bytes], start: float) -> Cost:
    """Wait for the end of a process that was started at *start*; set its exit status."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / unit)
