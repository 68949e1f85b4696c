"""Application models as read from files: what a job does on its nodes, phase by phase (spec section 3).

Amounts stay as they were written: a number, a performance model (:class:`~elastisim.workload.formula.Formula`), or,
for the patterns VECTOR and MATRIX, a tuple of numbers.  They become numbers when a job starts or is reconfigured.
One model may serve many jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.patterns import MatrixPattern, VectorPattern
    from elastisim.workload.formula import Formula


class Payload(Struct, frozen=True):
    """An amount (flops, bytes or seconds) and its distribution over ranks."""

    pattern: VectorPattern
    amount: float | Formula | tuple[float, ...]


class Traffic(Struct, frozen=True):
    """Bytes and their distribution over pairs of ranks."""

    pattern: MatrixPattern
    amount: float | Formula | tuple[float, ...]


class Task(Struct, frozen=True, kw_only=True):
    """What all tasks have in common; ``path`` is the JSON path of the task in its file, for messages."""

    path: str
    name: str = ""
    iterations: int | Formula = 1
    synchronized: bool = False


class IdleTask(Task, frozen=True, kw_only=True):
    """Ranks sleep for their payload in seconds (R3.31)."""

    delay: Payload


class BusyWaitTask(Task, frozen=True, kw_only=True):
    """Ranks compute for their payload in seconds, longer on a node that is shared (R3.32)."""

    delay: Payload


class CpuTask(Task, frozen=True, kw_only=True):
    """Ranks compute, communicate, or both (R3.16, R3.17); at least one of the two is given."""

    flops: Payload | None = None
    traffic: Traffic | None = None
    coupled: bool = False


class GpuTask(Task, frozen=True, kw_only=True):
    """GPUs compute, communicate, or both (R3.20 to R3.25); at least one of the two is given."""

    flops: Payload | None = None
    traffic: Traffic | None = None


class PfsTask(Task, frozen=True, kw_only=True):
    """Ranks read from or write to the parallel file system (R3.26)."""

    size: Payload
    write: bool
    asynchronous: bool = False


class BurstBufferTask(Task, frozen=True, kw_only=True):
    """Ranks read from or write to burst buffers (R3.27, R3.28)."""

    size: Payload
    write: bool
    asynchronous: bool = False


class SequenceTask(Task, frozen=True, kw_only=True):
    """Tasks executed in order, as a whole as often as the iterations say (R3.33)."""

    tasks: tuple[Task, ...] = ()


class Phase(Struct, frozen=True, kw_only=True):
    """A phase of the main part of an application (R3.2)."""

    path: str
    iterations: int | Formula = 1
    scheduling_point: bool = True
    evolving_request: Formula | None = None
    barrier: bool = True
    tasks: tuple[Task, ...] = ()


class OneTimePhase(Struct, frozen=True, kw_only=True):
    """The phase ``on_init``, ``on_reconfiguration`` or ``on_expansion`` (R3.3)."""

    path: str
    iterations: int = 1
    tasks: tuple[Task, ...] = ()


class ApplicationModel(Struct, frozen=True, kw_only=True):
    """An application model; ``file`` is the name of its file, for messages."""

    file: str
    phases: tuple[Phase, ...]
    on_init: OneTimePhase | None = None
    on_reconfiguration: OneTimePhase | None = None
    on_expansion: OneTimePhase | None = None

    def one_time_phases(self) -> tuple[OneTimePhase, ...]:
        """Return the one-time phases that the model has."""
        phases = (self.on_init, self.on_reconfiguration, self.on_expansion)
        return tuple(phase for phase in phases if phase is not None)

    def tasks(self) -> Iterator[Task]:
        """Yield all tasks in the order of the file, sequences before their own tasks."""
        phases: tuple[OneTimePhase | Phase, ...] = (*self.one_time_phases(), *self.phases)
        for phase in phases:
            yield from _with_subtasks(phase.tasks)


def _with_subtasks(tasks: tuple[Task, ...]) -> Iterator[Task]:
    for task in tasks:
        yield task
        if isinstance(task, SequenceTask):
            yield from _with_subtasks(task.tasks)
