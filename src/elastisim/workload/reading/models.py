"""Application models from their files (spec section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.documents import Findings, decode, load, warn_of_misspelled_keys
from elastisim.patterns import MatrixPattern, VectorPattern
from elastisim.workload import application
from elastisim.workload.formula import Formula, FormulaError, parse_formula
from elastisim.workload.reading import model_document as document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, TypeVar

    from elastisim.workload.application import ApplicationModel, OneTimePhase, Payload, Phase, Task, Traffic

    Amount = float | Formula | tuple[float, ...]
    Pattern = TypeVar("Pattern", VectorPattern, MatrixPattern)

MAX_NESTING = 50
"""How deeply sequences may be nested."""

_VECTORS = {pattern.value: pattern for pattern in VectorPattern} | {"total": VectorPattern.ALL_RANKS}
_MATRICES = {pattern.value: pattern for pattern in MatrixPattern}


def read_model(file: Path, findings: Findings) -> ApplicationModel:
    """Read an application model; what is wrong with it is added to *findings*.

    With problems the model lacks the parts that are wrong.  Raises :class:`InputError` if the file cannot be read.
    """
    content = load(file)
    written = decode(content, document.ModelDocument, file, findings)
    if written is None:
        return application.ApplicationModel(file=str(file), phases=())
    warn_of_misspelled_keys(content, document.KEYS, file, findings)
    if not written.phases:
        findings.warning(file, "$.phases", "there are none: jobs are over as soon as they have started")
    return _Reader(str(file), findings).model(written)


class _Reader:
    """Turns what is written into what is meant.  Elements that could not be decoded are None and skipped."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._file = file
        self._findings = findings

    def model(self, written: document.ModelDocument) -> ApplicationModel:
        phases = enumerate(written.phases or ())
        return application.ApplicationModel(
            file=self._file,
            phases=tuple(self._phase(phase, f"$.phases[{index}]") for index, phase in phases if phase is not None),
            on_init=self._one_time_phase(written.on_init, "$.on_init"),
            on_reconfiguration=self._one_time_phase(written.on_reconfiguration, "$.on_reconfiguration"),
            on_expansion=self._one_time_phase(written.on_expansion, "$.on_expansion"),
        )

    def _phase(self, written: document.PhaseDocument, path: str) -> Phase:
        request = written.evolving_request
        if isinstance(request, float):
            request = repr(request)
        return application.Phase(
            path=path,
            iterations=self._iterations(written.iterations, path),
            scheduling_point=written.scheduling_point,
            evolving_request=None if request is None else self._formula(request, f"{path}.evolving_request"),
            barrier=written.barrier,
            tasks=self._tasks(written.tasks, path),
        )

    def _one_time_phase(self, written: document.OneTimePhaseDocument | None, path: str) -> OneTimePhase | None:
        if written is None:
            return None
        return application.OneTimePhase(
            path=path, iterations=written.iterations, tasks=self._tasks(written.tasks, path)
        )

    def _tasks(self, written: Sequence[document.TaskDocument] | None, path: str) -> tuple[Task, ...]:
        if path.count(".tasks[") >= MAX_NESTING:
            self._findings.problem(self._file, f"{path}.tasks", f"sequences are nested more than {MAX_NESTING} deep")
            return ()
        tasks = enumerate(written or ())
        return tuple(self._task(task, f"{path}.tasks[{index}]") for index, task in tasks if task is not None)

    def _task(self, written: document.TaskDocument, path: str) -> Task:
        common: dict[str, Any] = {
            "path": path,
            "name": written.name,
            "iterations": self._iterations(written.iterations, path),
            "synchronized": written.synchronized,
        }
        match written:
            case document.Idle():
                return application.IdleTask(
                    **common, delay=self._payload(written.delay, written.pattern, path, "delay")
                )
            case document.BusyWait():
                delay = self._payload(written.delay, written.pattern, path, "delay")
                return application.BusyWaitTask(**common, delay=delay)
            case document.Cpu():
                flops, traffic = self._loads(written, path)
                return application.CpuTask(**common, flops=flops, traffic=traffic, coupled=written.coupled)
            case document.Gpu():
                flops, traffic = self._loads(written, path)
                return application.GpuTask(**common, flops=flops, traffic=traffic)
            case document.Sequence():
                return application.SequenceTask(**common, tasks=self._tasks(written.tasks, path))
        kind: type[application.PfsTask | application.BurstBufferTask] = application.PfsTask
        if isinstance(written, document.BurstBufferRead | document.BurstBufferWrite):
            kind = application.BurstBufferTask
        return kind(
            **common,
            size=self._payload(written.bytes, written.pattern, path, "bytes"),
            write=isinstance(written, document.PfsWrite | document.BurstBufferWrite),
            asynchronous=written.asynchronous,
        )

    def _loads(self, written: document.Cpu | document.Gpu, path: str) -> tuple[Payload | None, Traffic | None]:
        """Return flops and bytes of a task, at least one of which must be given, each with its pattern (R3.12)."""
        flops: Payload | None = None
        traffic: Traffic | None = None
        if written.flops is None and written.bytes is None:
            self._findings.problem(self._file, path, "expected flops, bytes or both, found neither")
        if written.flops is not None:
            if written.computation_pattern is None:
                self._missing_pattern("computation_pattern", "flops", _VECTORS, path)
            else:
                flops = self._payload(written.flops, written.computation_pattern, path, "flops", "computation_pattern")
        if written.bytes is not None:
            if written.communication_pattern is None:
                self._missing_pattern("communication_pattern", "bytes", _MATRICES, path)
            elif isinstance(written, document.Gpu) and written.communication_pattern.lower() == "matrix":
                message = "GPUs do not support the pattern matrix"
                self._findings.problem(self._file, f"{path}.communication_pattern", message)
            else:
                traffic = self._traffic(written.bytes, written.communication_pattern, path)
        return flops, traffic

    def _missing_pattern(self, key: str, load: str, known: Iterable[str], path: str) -> None:
        message = f"is missing (with {load} expected one of {', '.join(known)})"
        self._findings.problem(self._file, f"{path}.{key}", message)

    def _payload(
        self, written: document.Amount, pattern: str, path: str, key: str, pattern_key: str = "pattern"
    ) -> Payload:
        amount = self._amount(written, f"{path}.{key}")
        known = self._pattern(pattern, _VECTORS, f"{path}.{pattern_key}")
        if known is not None:
            self._check_kind(amount, known, f"{path}.{key}", lists=known is VectorPattern.VECTOR)
        return application.Payload(known or VectorPattern.UNIFORM, amount)

    def _traffic(self, written: document.Amount, pattern: str, path: str) -> Traffic:
        amount = self._amount(written, f"{path}.bytes")
        known = self._pattern(pattern, _MATRICES, f"{path}.communication_pattern")
        if known is not None:
            self._check_kind(amount, known, f"{path}.bytes", lists=known is MatrixPattern.MATRIX)
        return application.Traffic(known or MatrixPattern.ALL_TO_ALL, amount)

    def _pattern(self, name: str, known: Mapping[str, Pattern], path: str) -> Pattern | None:
        pattern = known.get(name.lower())
        if pattern is None:
            self._findings.problem(self._file, path, f'expected one of {", ".join(known)}, found "{name}"')
        return pattern

    def _check_kind(self, amount: Amount, pattern: VectorPattern | MatrixPattern, path: str, *, lists: bool) -> None:
        if lists != isinstance(amount, tuple):
            wanted = "an array of numbers" if lists else "a number or a performance model"
            self._findings.problem(self._file, path, f"expected {wanted} for the pattern {pattern.value}")

    def _amount(self, written: document.Amount, path: str) -> Amount:
        if isinstance(written, list):
            return tuple(written)
        return self._formula(written, path) or 0.0 if isinstance(written, str) else written

    def _iterations(self, written: int | str, path: str) -> int | Formula:
        return self._formula(written, f"{path}.iterations") or 0 if isinstance(written, str) else written

    def _formula(self, text: str, path: str) -> Formula | None:
        try:
            return parse_formula(text)
        except FormulaError as error:
            self._findings.problem(self._file, path, f"is not a performance model: {error}")
            return None
