"""Programs: loads, communications and the traits that decide how ranks are grouped."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import fields

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
from elastisim.kernel.traits import all_steps, load_of, traits_of
from elastisim.patterns import MatrixPattern, VectorPattern

COMMON: dict[str, Any] = {"path": "phases[0]", "name": "task", "iterations": 1, "synchronized": False}
UNIFORM = Load(VectorPattern.UNIFORM, 8.0)


def transfer(kind: type[Any], *, asynchronous: bool = False) -> Any:
    return kind(**COMMON, size=UNIFORM, write=False, asynchronous=asynchronous)


def true_traits(*steps: Step) -> set[str]:
    """Return the names of the traits that a program of these steps has."""
    traits = traits_of(Program((Repeat(1, True, True, None, steps),)))
    return {item.name for item in fields(traits) if getattr(traits, item.name)}


def idle(pattern: VectorPattern) -> Idle:
    return Idle(**COMMON, delay=Load(pattern, 1.0, (1.0, 2.0)))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (idle(VectorPattern.UNIFORM), set()),
        (idle(VectorPattern.ALL_RANKS), set()),
        (idle(VectorPattern.ROOT_ONLY), {"singles_out_root"}),
        (idle(VectorPattern.EVEN_RANKS), {"distinguishes_parity"}),
        (idle(VectorPattern.ODD_RANKS), {"distinguishes_parity"}),
        (idle(VectorPattern.VECTOR), {"distinguishes_ranks"}),
        (BusyWait(**COMMON, delay=Load(VectorPattern.ROOT_ONLY, 1.0)), {"singles_out_root"}),
        (
            Compute(**COMMON, flops=Load(VectorPattern.VECTOR, 0.0, (1.0,)), communication=None, coupled=False),
            {"distinguishes_ranks"},
        ),
        (transfer(TransferPfs), {"uses_pfs"}),
        (transfer(TransferPfs, asynchronous=True), {"uses_pfs", "is_asynchronous"}),
        (transfer(TransferBurstBuffer), {"uses_burst_buffers"}),
        (transfer(TransferBurstBuffer, asynchronous=True), {"uses_burst_buffers", "is_asynchronous"}),
        (
            ComputeOnGpus(
                **COMMON,
                gpus_per_node=1,
                flops=Load(VectorPattern.ODD_RANKS, 1.0),
                intra_node_bytes=0.0,
                inter_node=None,
            ),
            {"uses_gpus", "distinguishes_parity"},
        ),
    ],
)
def test_traits_of_steps(step: Step, expected: set[str]) -> None:
    """A program has the traits of its steps, inner ones of sequences included."""
    assert true_traits(step) == expected
    assert true_traits(Sequence(**COMMON, steps=(Sequence(**COMMON, steps=(step,)),))) == expected


def test_one_time_phases_count() -> None:
    """The steps of all phases count, one-time phases included."""
    steps = [idle(pattern) for pattern in (VectorPattern.UNIFORM, VectorPattern.ROOT_ONLY, VectorPattern.VECTOR)]
    program = Program((), Once(1, (steps[0],)), Once(1, (steps[1],)), Once(1, (steps[2],)))

    assert list(all_steps(program)) == steps
    assert traits_of(program).singles_out_root
    assert traits_of(program).distinguishes_ranks


def test_load_of_each_kind() -> None:
    """The load of a step is what it spreads over ranks; sequences have none."""
    assert load_of(Idle(**COMMON, delay=UNIFORM)) is UNIFORM
    assert load_of(BusyWait(**COMMON, delay=UNIFORM)) is UNIFORM
    assert load_of(Compute(**COMMON, flops=UNIFORM, communication=None, coupled=False)) is UNIFORM
    assert load_of(transfer(TransferPfs)) is UNIFORM
    assert load_of(transfer(TransferBurstBuffer)) is UNIFORM
    assert load_of(Sequence(**COMMON, steps=())) is None


def test_vector_lists_its_payloads() -> None:
    """A vector gives each rank its own value, other patterns divide the total."""
    assert [Load(VectorPattern.VECTOR, 0.0, (3.0, 5.0)).of(rank, 2) for rank in (0, 1)] == [3.0, 5.0]
    assert [Load(VectorPattern.ALL_RANKS, 9.0).of(rank, 3) for rank in range(3)] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize("pattern", VectorPattern)
def test_payloads_of_all_ranks(pattern: VectorPattern) -> None:
    for size in range(1, 6):
        load = Load(pattern, 9.0, (1.0, 2.0, 3.0, 4.0, 5.0))
        assert load.over(size) == [load.of(rank, size) for rank in range(size)]


def test_matrix_lists_its_entries() -> None:
    """A matrix is in row-major order, without entries that are not positive; a single rank never communicates."""
    matrix = Communication(MatrixPattern.MATRIX, 0.0, (0.0, 1.0, 2.0, 0.0, -1.0, 3.0, 4.0, 0.0, 5.0))

    assert list(matrix.entries(3)) == [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 3.0), (2, 0, 4.0), (2, 2, 5.0)]
    assert list(Communication(MatrixPattern.MATRIX, 0.0, (7.0,)).entries(1)) == []
    assert list(Communication(MatrixPattern.ALL_TO_ALL, 6.0).entries(1)) == []
    assert sorted(Communication(MatrixPattern.ALL_TO_ALL, 6.0).entries(2)) == [(0, 1, 3.0), (1, 0, 3.0)]
