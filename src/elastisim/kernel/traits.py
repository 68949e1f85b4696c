"""What a program needs to know of its ranks: decides how they may be grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.kernel.program import (
    BusyWait,
    Communication,
    Compute,
    ComputeOnGpus,
    Idle,
    Load,
    Program,
    Sequence,
    Step,
    TransferBurstBuffer,
    TransferPfs,
)
from elastisim.patterns import VectorPattern

if TYPE_CHECKING:
    from collections.abc import Iterator


class Traits(Struct, frozen=True):
    """Properties of a program.

    ``singles_out_root``, ``distinguishes_parity`` and ``distinguishes_ranks`` say whether the loads of rank 0, of even
    and odd ranks, or of all ranks differ.
    """

    singles_out_root: bool
    distinguishes_parity: bool
    distinguishes_ranks: bool
    is_asynchronous: bool
    uses_pfs: bool
    uses_burst_buffers: bool
    uses_gpus: bool


def traits_of(program: Program) -> Traits:
    """Return the properties of all steps of a program together."""
    steps = list(all_steps(program))
    patterns = {load.pattern for step in steps if (load := load_of(step)) is not None}
    transfers = [step for step in steps if isinstance(step, TransferPfs | TransferBurstBuffer)]
    return Traits(
        singles_out_root=VectorPattern.ROOT_ONLY in patterns,
        distinguishes_parity=not patterns.isdisjoint((VectorPattern.EVEN_RANKS, VectorPattern.ODD_RANKS)),
        distinguishes_ranks=VectorPattern.VECTOR in patterns,
        is_asynchronous=any(step.asynchronous for step in transfers),
        uses_pfs=any(isinstance(step, TransferPfs) for step in transfers),
        uses_burst_buffers=any(isinstance(step, TransferBurstBuffer) for step in transfers),
        uses_gpus=any(isinstance(step, ComputeOnGpus) for step in steps),
    )


def all_steps(program: Program) -> Iterator[Step]:
    """Yield the steps of all phases, inner ones included."""
    for phase in (program.on_init, program.on_reconfiguration, program.on_expansion, *program.phases):
        if phase is not None:
            yield from _with_inner(phase.steps)


def load_of(step: Step) -> Load | None:
    """Return the load that a step spreads over ranks, if it has one."""
    match step:
        case Idle() | BusyWait():
            return step.delay
        case Compute() | ComputeOnGpus():
            return step.flops
        case TransferPfs() | TransferBurstBuffer():
            return step.size
    return None


def communication_of(step: Step) -> Communication | None:
    """Return what a step sends between ranks, if anything."""
    match step:
        case Compute():
            return step.communication
        case ComputeOnGpus():
            return step.inter_node
    return None


def _with_inner(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, Sequence):
            yield from _with_inner(step.steps)
