"""What a job asks of its application model, checked when the files are read (R3.10, R3.14, R3.22, R4.1, R4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.patterns import MatrixPattern, VectorPattern
from elastisim.workload.application import GpuTask, Payload, Task, Traffic
from elastisim.workload.formula import Formula, FormulaError, parse_formula, round_six_decimals, to_iterations
from elastisim.workload.job import JobType
from elastisim.workload.scope import CONSTANTS, bind_arguments, iterations_scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from elastisim.documents import Findings
    from elastisim.workload.application import ApplicationModel

ITERATION_NAMES = frozenset({"num_nodes_min", "num_nodes_max"} | CONSTANTS.keys())
RIGID_NAMES = ITERATION_NAMES | {"num_nodes", "num_gpus_per_node", "num_gpus"}

ONE_GPU_PATTERNS = frozenset({MatrixPattern.GATHER, MatrixPattern.SCATTER, MatrixPattern.MASTER_WORKER})
"""Patterns of communication that GPUs support with exactly one GPU per node (R3.22)."""


def loses_digits(value: float) -> bool:
    """Tell whether rounding to six decimals changes *value* by more than 1e-6 of it (R2.5)."""
    return abs(round_six_decimals(value) - value) > 1e-6 * abs(value)


class ModelChecks:
    """Checks the jobs that share an application model; what they have in common is worked out once.

    Each finding is reported for the first job that it concerns: thousands of jobs may share a mistake.
    """

    def __init__(self, model: ApplicationModel, jobs_file: str, findings: Findings) -> None:
        self.model = model
        self._jobs_file = jobs_file
        self._findings = findings
        self._reported: set[tuple[str, str]] = set()
        self._formulas = list(_formulas(model))
        self._names = frozenset(name for _, formula in self._formulas for name in formula.names)
        self._needed_names = self._names - RIGID_NAMES
        self._explicit: list[tuple[str, VectorPattern | MatrixPattern, int]] = []
        self._one_gpu: list[tuple[str, VectorPattern | MatrixPattern]] = []
        self._rounded: list[tuple[str, float]] = []
        self._gpu_tasks = [task.path for task in model.tasks() if isinstance(task, GpuTask)]
        for task in model.tasks():
            for key, load in _loads(task):
                if isinstance(load.amount, tuple):
                    self._explicit.append((f"{task.path}.{key}", load.pattern, len(load.amount)))
                elif not isinstance(load.amount, Formula) and loses_digits(load.amount):
                    self._rounded.append((f"{task.path}.{key}", load.amount))
                if isinstance(task, GpuTask) and load.pattern in ONE_GPU_PATTERNS:
                    self._one_gpu.append((f"{task.path}.communication_pattern", load.pattern))
        iterations = [phase.iterations for phase in model.phases]
        models = [count for count in iterations if isinstance(count, Formula)]
        self._iteration_names = sorted({name for formula in models for name in formula.names})
        self._fixed_iterations: tuple[int, ...] | None = None
        if not models:
            self._fixed_iterations = tuple(count for count in iterations if not isinstance(count, Formula))

    def _report(self, path: str, message: str, job: str) -> None:
        if (path, message) not in self._reported:
            self._reported.add((path, message))
            self._findings.problem(self.model.file, path, f"{message} (job {job} of {self._jobs_file})")

    def _warn(self, path: str, message: str, job: str) -> None:
        if (path, message) not in self._reported:
            self._reported.add((path, message))
            self._findings.warning(self.model.file, path, f"{message} (job {job} of {self._jobs_file})")

    def check_loads(self, job: str, kind: JobType, min_nodes: int, *, full_precision: bool) -> None:
        """Check payloads that depend on the kind of the job and its number of nodes."""
        if kind is JobType.RIGID:
            for path, pattern, length in self._explicit:
                needed = min_nodes if isinstance(pattern, VectorPattern) else min_nodes * min_nodes
                if length < needed:
                    message = f"expected at least {needed} numbers for {min_nodes} nodes, found {length}"
                    self._report(path, message, job)
            return
        for path, pattern, _ in self._explicit:
            message = f"the pattern {pattern.value} is for rigid jobs only, but a {kind.name.lower()} job uses it"
            self._report(path, message, job)
        if not full_precision:
            for path, number in self._rounded:
                message = (
                    f"{number!r} is rounded to {round_six_decimals(number)!r} (six decimals) for jobs that are not "
                    "rigid; full_precision in the configuration prevents that"
                )
                self._warn(path, message, job)

    def check_gpus(self, job: str, min_gpus: int, max_gpus: int) -> None:
        """Check what the model asks of GPUs, given the limits of GPUs per node."""
        if max_gpus == 0:
            for path in self._gpu_tasks[:1]:
                self._warn(path, "the task cannot be executed by a job that uses no GPUs", job)
        if not min_gpus <= 1 <= max_gpus:
            for path, pattern in self._one_gpu:
                message = f"GPUs support the pattern {pattern.value} with one GPU per node only"
                self._report(path, message, job)

    def check_names(self, job: str, kind: JobType, arguments: Mapping[str, str], texts: Collection[str]) -> None:
        """Check that formulas mention known names only, as far as that can be known.

        *texts* names the arguments that were given as strings, which may be performance models themselves.
        """
        needed = self._needed_names
        if not self._names.isdisjoint(texts):
            needed = self._with_names_of(arguments, self._names, job) - RIGID_NAMES
        # Jobs of other kinds may get further names from the scheduler as runtime arguments (R4.1, R4.2).
        if kind is JobType.RIGID and not needed <= arguments.keys():
            unknown = needed - arguments.keys()
            known = ", ".join(sorted(RIGID_NAMES | arguments.keys()))
            for path, formula in self._formulas:
                for name in sorted(unknown & formula.names):
                    message = f"unknown name '{name}' in \"{formula.source}\"; known names: {known}"
                    self._report(path, message, job)
            for name in sorted(unknown - self._names):
                message = f"arguments mention the unknown name '{name}'; known names: {known}"
                self._findings.problem(self._jobs_file, f"{job}.arguments", message)

    def _with_names_of(self, arguments: Mapping[str, str], mentioned: frozenset[str], job: str) -> frozenset[str]:
        """Return the names mentioned by formulas or, directly or indirectly, by the arguments that they mention."""
        found: set[str] = set()
        pending = sorted(mentioned)
        while pending:
            name = pending.pop()
            if name in found:
                continue
            found.add(name)
            if name in arguments:
                try:
                    pending += sorted(parse_formula(arguments[name]).names)
                except FormulaError as error:
                    message = f"is used as a performance model but is none: {error}"
                    self._findings.problem(self._jobs_file, f"{job}.arguments.{name}", message)
        return frozenset(found)

    def phase_iterations(
        self, job: str, arguments: Mapping[str, str], texts: Collection[str], min_nodes: int, max_nodes: int
    ) -> tuple[int, ...]:
        """Return how often the job executes each phase, at least 0 times (R3.4, R4.1)."""
        if self._fixed_iterations is not None:
            return self._fixed_iterations
        if not texts:
            # Numbers need no others: it saves half of the time of reading to bind only what is mentioned.
            arguments = {name: arguments[name] for name in self._iteration_names if name in arguments}
        scope = iterations_scope(bind_arguments(arguments), num_nodes_min=min_nodes, num_nodes_max=max_nodes)
        counts = []
        for phase in self.model.phases:
            count = phase.iterations
            if isinstance(count, Formula):
                try:
                    count = to_iterations(count.evaluate(scope))
                except ValueError as error:
                    self._report(f"{phase.path}.iterations", str(error), job)
                    count = 0
            counts.append(max(count, 0))
        return tuple(counts)


def _loads(task: Task) -> Iterator[tuple[str, Payload | Traffic]]:
    """Yield the loads of a task with the names of their keys."""
    for attribute, key in (("delay", "delay"), ("flops", "flops"), ("traffic", "bytes"), ("size", "bytes")):
        load = getattr(task, attribute, None)
        if load is not None:
            yield key, load


def _formulas(model: ApplicationModel) -> Iterator[tuple[str, Formula]]:
    """Yield the performance models of all tasks with their paths."""
    for task in model.tasks():
        if isinstance(task.iterations, Formula):
            yield f"{task.path}.iterations", task.iterations
        for key, load in _loads(task):
            if isinstance(load.amount, Formula):
                yield f"{task.path}.{key}", load.amount
