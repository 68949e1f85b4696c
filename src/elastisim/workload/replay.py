"""Application models that make a job run as long as its record says, on other numbers of nodes too.

All jobs of a scenario share one model (and one more for each pattern of evolving requests); what is different between
jobs is in their arguments.  The argument ``runtime`` is the run time in seconds on ``num_nodes_pref`` nodes, which is
also what the built-in policies read (strategies S2.4, S2.5).

Names of arguments are chosen so that no name contains another one: implementations that substitute them as text
(R4.3) understand the models as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from elastisim.errors import InputError
from elastisim.workload.draws import uniform
from elastisim.workload.evolution import PATTERNS
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from elastisim.workload.elasticity import Sizes
    from elastisim.workload.records import Label

MODEL = "application_model.json"

SCALE = "(1 - parallel_fraction + parallel_fraction / num_nodes)"
"""Run time on ``num_nodes`` nodes by Amdahl's law, as a fraction of that on one node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What jobs do besides running for a certain time.

    ``speedup`` is ``fixed`` (the run time does not depend on the number of nodes), ``amdahl`` or ``downey`` (with
    ``sigma``).  ``calibration`` says what the work of a job is: ``trace`` reproduces the run time on the preferred
    number of nodes; ``linear`` is run time times nodes, as in a published generator, so that jobs run longer than in
    the trace (strategies S10.4).  ``node_speed`` is in flop/s.

    Elastic jobs consist of phases of ``phase_length`` seconds, at most ``max_phases`` of them, with a scheduling point
    in between.  With ``checkpoint_size`` (bytes per preferred node), all jobs consist of phases of
    ``checkpoint_interval`` seconds, and write a checkpoint at the end of each that is complete.  ``communication_rate``
    is in bytes per second and preferred node, sent while the job computes, or after it where the run time is fixed.
    ``state_size`` (bytes per preferred node) is redistributed at each reconfiguration, over the network or by way of
    the file system.
    """

    speedup: Literal["fixed", "amdahl", "downey"] = "fixed"
    sigma: float = 1.0
    calibration: Literal["trace", "linear"] = "trace"
    node_speed: float = 1e11
    phase_length: float = 60.0
    max_phases: int = 1000
    checkpoint_size: float = 0.0
    checkpoint_interval: float = 3600.0
    communication_rate: float = 0.0
    communication_pattern: str = "all_to_all"
    state_size: float = 0.0
    redistribution: Literal["network", "pfs"] = "network"
    evolving_patterns: tuple[str, ...] = ("wave",)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("node_speed", "phase_length", "checkpoint_interval"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError.at("", "", f"{name.replace('_', ' ')} is {getattr(self, name)}, expected more than 0")
        for name in ("checkpoint_size", "communication_rate", "state_size"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError.at("", "", f"{name.replace('_', ' ')} is {getattr(self, name)}, expected 0 or more")
        if self.max_phases < 1:
            raise InputError.at("", "", f"the largest number of phases is {self.max_phases}, expected at least 1")
        unknown = [name for name in self.evolving_patterns if name not in PATTERNS]
        if unknown or not self.evolving_patterns:
            raise InputError.at("", "", f"unknown evolving patterns {unknown}; known are: {', '.join(PATTERNS)}")

    def model_of(self, kind: JobType, identifier: Label) -> str:
        """Return the name of the application model of a job."""
        if kind not in (JobType.EVOLVING, JobType.ADAPTIVE):
            return MODEL
        patterns = self.evolving_patterns
        chosen = patterns[int(uniform(self.seed, "pattern", identifier) * len(patterns))]
        return f"application_model_{kind.name.lower()}_{chosen}.json"

    def model(self, name: str) -> dict[str, Any]:
        """Return the application model of that name."""
        phase = {"iterations": "iterations", "tasks": self._tasks()}
        stem = name.removesuffix(".json").split("_")
        model: dict[str, Any] = {}
        if self.state_size:
            model["on_reconfiguration"] = {"tasks": self._redistribution()}
        if stem[-1] not in PATTERNS:
            model["phases"] = [phase]
        elif stem[-2] == "evolving":
            model["phases"] = [phase | {"evolving_request": PATTERNS[stem[-1]].request}]
        else:
            # A phase with evolving requests has no scheduling points (R5.5), so adaptive jobs are malleable in the
            # first half of their iterations and evolving in the second.
            model["phases"] = [
                phase | {"iterations": "ceil(iterations / 2)"},
                phase | {"iterations": "floor(iterations / 2)", "evolving_request": PATTERNS[stem[-1]].request},
            ]
        return model

    def arguments(self, runtime: float, nodes: int, kind: JobType, sizes: Sizes | None) -> dict[str, float]:
        """Return the arguments of a job; *sizes* are needed unless the speed-up is fixed."""
        iterations = self._iterations(runtime, kind)
        values: dict[str, float] = {"runtime": runtime, "num_nodes_pref": nodes, "iterations": iterations}
        if self.speedup != "fixed":
            assert sizes is not None
            speedup = sizes.at_preferred if self.calibration == "trace" else nodes
            values["flops"] = _number(runtime * self.node_speed * speedup / iterations)
            values |= sizes.speedup_arguments
        if self.checkpoint_size:
            is_short = runtime < self.checkpoint_interval
            values["checkpoint_bytes"] = 0 if is_short else _number(self.checkpoint_size * nodes)
        if self.communication_rate:
            values["communication_bytes"] = _number(self.communication_rate * nodes * runtime / iterations)
        if self.state_size:
            values["state_bytes"] = _number(self.state_size * nodes)
        return values

    def slowdown(self, sizes: Sizes | None, nodes: int, kind: JobType) -> float:
        """Return the longest run time of a job relative to its record: that on the smallest number of nodes."""
        if self.speedup == "fixed" or sizes is None:
            return 1.0
        work = sizes.at_preferred if self.calibration == "trace" else nodes
        return work / (sizes.at_preferred if kind == JobType.RIGID else sizes.at_minimum)

    def _iterations(self, runtime: float, kind: JobType) -> int:
        if self.checkpoint_size:
            length = self.checkpoint_interval
        elif kind in (JobType.RIGID, JobType.MOLDABLE):
            return 1
        else:
            length = self.phase_length
        # An adaptive job needs an iteration for each of its two phases.
        return max(2 if kind == JobType.ADAPTIVE else 1, min(self.max_phases, math.floor(runtime / length)))

    def _tasks(self) -> list[dict[str, Any]]:
        compute: dict[str, Any]
        if self.speedup == "fixed":
            delay = "runtime / iterations"
            compute = {"type": "busy_wait", "name": "Compute", "delay": delay, "pattern": "uniform"}
        else:
            flops = f"flops * {SCALE}" if self.speedup == "amdahl" else f"flops / ({self._downey()})"
            compute = {"type": "cpu", "name": "Compute", "flops": flops, "computation_pattern": "uniform"}
        tasks = [compute]
        if self.communication_rate:
            traffic = {"bytes": "communication_bytes", "communication_pattern": self.communication_pattern}
            if self.speedup == "fixed":
                tasks.append({"type": "cpu", "name": "Communicate"} | traffic)
            else:
                compute |= traffic
        if self.checkpoint_size:
            size = {"bytes": "checkpoint_bytes", "pattern": "all_ranks"}
            tasks.append({"type": "pfs_write", "name": "Checkpoint"} | size)
        return tasks

    def _downey(self) -> str:
        a, s = "average_parallelism", _text(self.sigma)
        if self.sigma <= 1:
            first = f"{a} * num_nodes / ({a} + {s} / 2 * (num_nodes - 1))"
            second = f"{a} * num_nodes / ({s} * ({a} - 0.5) + num_nodes * (1 - {s} / 2))"
            return f"num_nodes <= {a} ? {first} : (num_nodes <= 2 * {a} - 1 ? {second} : {a})"
        first = f"num_nodes * {a} * ({s} + 1) / ({s} * (num_nodes + {a} - 1) + {a})"
        return f"num_nodes <= {a} + {a} * {s} - {s} ? {first} : {a}"

    def _redistribution(self) -> list[dict[str, Any]]:
        if self.redistribution == "network":
            traffic = {"bytes": "state_bytes", "communication_pattern": "all_to_all"}
            return [{"type": "cpu", "name": "Redistribute"} | traffic]
        size = {"bytes": "state_bytes", "pattern": "all_ranks"}
        return [
            {"type": "pfs_write", "name": "Save state"} | size,
            {"type": "pfs_read", "name": "Restore state"} | size,
        ]


def _number(value: float) -> float:
    """Return whole numbers as int, where a JSON integer of 64 bits holds them."""
    return int(value) if value.is_integer() and value < 2**63 else value


def _text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)
