"""From application models to programs: all amounts evaluated for one configuration of nodes (spec R4.1, section 3)."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from elastisim.errors import InputError
from elastisim.kernel.program import (
    BusyWait,
    Communication,
    Compute,
    ComputeOnGpus,
    Idle,
    Load,
    Once,
    Program,
    Repeat,
    Sequence,
    Step,
    TransferBurstBuffer,
    TransferPfs,
)
from elastisim.patterns import MatrixPattern
from elastisim.workload.application import (
    BurstBufferTask,
    BusyWaitTask,
    CpuTask,
    GpuTask,
    IdleTask,
    PfsTask,
    SequenceTask,
    Task,
)
from elastisim.workload.formula import Formula, FormulaError, round_six_decimals, to_iterations
from elastisim.workload.job import JobType
from elastisim.workload.scope import bind_arguments, job_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from elastisim.batch.job import Job
    from elastisim.batch.rules import Rules
    from elastisim.workload.application import OneTimePhase, Payload, Phase, Traffic

log = logging.getLogger(__name__)


class Compilation:
    """The making of programs of one job, one for each configuration of nodes that it gets, however often it does.

    *warned* remembers the tasks whose model has given a negative load: there is one warning for each (R3.34).
    """

    __slots__ = (
        "_arguments",
        "_description",
        "_is_rigid",
        "_job",
        "_programs",
        "_rules",
        "_scope",
        "_warned",
    )

    def __init__(self, job: Job, rules: Rules, warned: set[tuple[str, str]]) -> None:
        description = job.description
        self._job = job
        self._description = description
        self._rules = rules
        self._warned = warned
        self._is_rigid = description.type is JobType.RIGID
        self._arguments = self._scope = bind_arguments(description.arguments)
        self._programs: dict[tuple[object, ...], Program] | None = None

    def program(self, newcomers: int = 0) -> Program:
        """Return the program of the job on its active nodes.

        *newcomers* is the number of nodes that a reconfiguration has just added, which is what ``num_nodes`` means in
        ``on_expansion`` (R4.1).
        """
        job = self._job
        if self._is_rigid:
            return self._make(0)
        if self._description.model.on_expansion is None:
            newcomers = 0
        if self._programs is None:
            self._programs = {}
        key = (job.active.size, newcomers, job.active_gpus_per_node, *job.runtime_arguments.items())
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = self._make(newcomers)
        return program

    def _make(self, newcomers: int) -> Program:
        model = self._description.model
        self._scope = self._scope_for(self._job.active.size)
        phases = tuple(map(self._repeat, model.phases, self._description.phase_iterations))
        expansion = None
        if model.on_expansion is not None and newcomers:
            whole, self._scope = self._scope, self._scope_for(newcomers)
            expansion = self._once(model.on_expansion)
            self._scope = whole
        return Program(
            phases,
            self._once(model.on_init) if model.on_init is not None else None,
            self._once(model.on_reconfiguration) if model.on_reconfiguration is not None else None,
            expansion,
            # Models live as long as the descriptions of their jobs.
            kind=(id(model), expansion is not None),
        )

    def _scope_for(self, num_nodes: int, phase_iteration: int | None = None) -> Mapping[str, float]:
        description, job = self._description, self._job
        runtime = None
        if not self._is_rigid and job.runtime_arguments:
            runtime = bind_arguments(job.runtime_arguments)
        gpus, low, high = job.active_gpus_per_node, description.min_nodes, description.max_nodes
        return job_scope(self._arguments, num_nodes, gpus, low, high, phase_iteration, runtime)

    def _once(self, phase: OneTimePhase) -> Once:
        return Once(phase.iterations, tuple(map(self._step, phase.tasks)))

    def _repeat(self, phase: Phase, iterations: int) -> Repeat:
        steps = tuple(map(self._step, phase.tasks))
        if self._is_rigid:
            return Repeat(max(iterations, 0), phase.barrier, False, None, steps)
        kind = self._description.type
        has_request = kind in (JobType.EVOLVING, JobType.ADAPTIVE) and phase.evolving_request is not None
        # An evolving request takes the place of the scheduling point (R5.5).
        has_point = kind in (JobType.MALLEABLE, JobType.ADAPTIVE) and phase.scheduling_point and not has_request
        request = self._request(phase) if has_request else None
        return Repeat(max(iterations, 0), phase.barrier, has_point, request, steps)

    def _request(self, phase: Phase) -> Callable[[int], int]:
        """Return the function that evaluates the evolving request of a phase (R4.9)."""
        formula = phase.evolving_request
        assert formula is not None
        size = self._job.active.size
        low, high = self._description.min_nodes, self._description.max_nodes
        where = f"{phase.path}.evolving_request"
        # One that holds no programs: these hold the function, and circles would be left to the garbage collector.
        other = Compilation(self._job, self._rules, self._warned)

        def request(iteration: int) -> int:
            wanted = other._integer(where, formula, other._scope_for(size, iteration))
            if other._rules.clip_evolving_requests:
                return min(max(wanted, low), high)
            if not low <= wanted <= high:
                raise other._error(
                    where, f"job {other._job.identifier} requests {wanted} nodes, outside {low} to {high}"
                )
            return wanted

        return request

    def _step(self, task: Task) -> Step:
        iterations = task.iterations
        if isinstance(iterations, Formula):
            iterations = self._integer(f"{task.path}.iterations", iterations, self._scope)
        path, name, together = task.path, task.name, task.synchronized
        match task:
            case IdleTask():
                return Idle(path, name, iterations, together, self._load(task, "delay", task.delay))
            case BusyWaitTask():
                return BusyWait(path, name, iterations, together, self._load(task, "delay", task.delay))
            case CpuTask():
                flops = self._load(task, "flops", task.flops) if task.flops is not None else None
                communication = self._communication(task, task.traffic) if task.traffic is not None else None
                return Compute(path, name, iterations, together, flops, communication, task.coupled)
            case GpuTask():
                return self._gpu_step(task, iterations)
            case PfsTask():
                size = self._load(task, "bytes", task.size)
                return TransferPfs(path, name, iterations, together, size, task.write, task.asynchronous)
            case BurstBufferTask():
                size = self._load(task, "bytes", task.size)
                return TransferBurstBuffer(path, name, iterations, together, size, task.write, task.asynchronous)
            case SequenceTask():
                return Sequence(path, name, iterations, together, tuple(map(self._step, task.tasks)))
        raise TypeError(f"unknown kind of task: {task!r}")

    def _gpu_step(self, task: GpuTask, iterations: int) -> ComputeOnGpus:
        """Split the communication into a part inside nodes and a part between nodes (R3.22)."""
        nodes, gpus = self._job.active.size, self._job.active_gpus_per_node
        flops = self._load(task, "flops", task.flops) if task.flops is not None else None
        intra, inter = 0.0, None
        if task.traffic is not None:
            pattern = task.traffic.pattern
            if pattern is MatrixPattern.MATRIX or (pattern in UNSUPPORTED_AMONG_GPUS and gpus > 1):
                raise self._error(
                    task.path, f"the communication pattern {pattern.value} is not supported with {gpus} GPUs per node"
                )
            total = self._communication(task, task.traffic).total
            inside, between = gpu_totals(pattern, total, nodes, gpus)
            intra = busiest_pair(pattern, inside, gpus)
            inter = Communication(pattern, between)
        return ComputeOnGpus(task.path, task.name, iterations, task.synchronized, gpus, flops, intra, inter)

    def _load(self, task: Task, key: str, payload: Payload) -> Load:
        if isinstance(payload.amount, tuple):
            return Load(payload.pattern, 0.0, payload.amount)
        return Load(payload.pattern, self._amount(task, key, payload.amount))

    def _communication(self, task: Task, traffic: Traffic) -> Communication:
        if isinstance(traffic.amount, tuple):
            return Communication(traffic.pattern, 0.0, traffic.amount)
        return Communication(traffic.pattern, self._amount(task, "bytes", traffic.amount))

    def _amount(self, task: Task, key: str, amount: float | Formula) -> float:
        """Return an amount as a number; a model that gives a negative one counts as 0 (R3.34)."""
        if not isinstance(amount, Formula):
            # Numbers in models of jobs that are not rigid go through text with six decimals (R3.10).
            return amount if self._is_rigid or self._rules.full_precision else round_six_decimals(amount)
        try:
            value = amount.compute(self._scope)
        except (KeyError, FormulaError):
            value = self._evaluate(f"{task.path}.{key}", amount, self._scope)  # finds the words for it
        if value >= 0.0 or math.isnan(value):
            return value
        file = self._description.model.file
        warning = (file, task.path)
        if warning not in self._warned:
            self._warned.add(warning)
            values = ", ".join(f"{name} = {self._scope[name]:g}" for name in sorted(amount.names))
            log.warning(
                "%s: %s.%s: the model %r gives the negative load %g for job %d, which counts as 0 (%s)",
                *(file, task.path, key, amount.source, value, self._job.identifier, values),
            )
        return 0.0

    def _integer(self, where: str, formula: Formula, scope: Mapping[str, float]) -> int:
        value = self._evaluate(where, formula, scope)
        try:
            return to_iterations(value)
        except ValueError as error:
            raise self._error(where, f"{error}, in {formula.source!r}") from None

    def _evaluate(self, where: str, formula: Formula, scope: Mapping[str, float]) -> float:
        try:
            return formula.evaluate(scope)
        except FormulaError as error:
            raise self._error(where, f"{error} (job {self._job.identifier})") from None

    def _error(self, where: str, message: str) -> InputError:
        return InputError.at(self._description.model.file, where, message)


UNSUPPORTED_AMONG_GPUS = (MatrixPattern.GATHER, MatrixPattern.SCATTER, MatrixPattern.MASTER_WORKER)
"""Patterns that exist between nodes only (R3.22)."""


def gpu_totals(pattern: MatrixPattern, total: float, nodes: int, gpus: int) -> tuple[float, float]:
    """Return the bytes exchanged inside each node and the bytes exchanged between nodes (R3.22)."""
    if gpus <= 1:
        return 0.0, total
    everywhere = nodes * gpus
    match pattern:
        case MatrixPattern.ALL_TO_ALL:
            part = total / (everywhere * (everywhere - 1))
            return everywhere * (gpus - 1) * part / nodes, everywhere * (everywhere - gpus) * part
        case MatrixPattern.RING:
            part = total / (2 * everywhere)
            return (2 * gpus * part, 0.0) if nodes == 1 else (2 * (gpus - 1) * part, 2 * nodes * part)
        case _:
            part = total / everywhere
            return (gpus * part, 0.0) if nodes == 1 else ((gpus - 1) * part, nodes * part)


def busiest_pair(pattern: MatrixPattern, total: float, gpus: int) -> float:
    """Return the bytes of the pair of GPUs that exchanges most, both directions together (R3.23)."""
    pairs: dict[tuple[int, int], float] = {}
    for sender, receiver, amount in pattern.entries(total, gpus):
        pair = (min(sender, receiver), max(sender, receiver))
        pairs[pair] = pairs.get(pair, 0.0) + amount
    return max(pairs.values(), default=0.0)
