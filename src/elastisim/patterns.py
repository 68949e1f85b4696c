"""Distribution patterns: how the total of a payload is spread over the ranks of a job.

Pure arithmetic without knowledge of nodes, links or time (spec R3.13 to R3.15).  The order of the floating-point
operations is part of the specification: results are to be equal to the last bit.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Iterator


@plain
class VectorPattern(StrEnum):
    """Distribution of an amount (flops, bytes, seconds) over ranks; the value is the name used in files."""

    ALL_RANKS = "all_ranks"
    UNIFORM = "uniform"
    ROOT_ONLY = "root_only"
    EVEN_RANKS = "even_ranks"
    ODD_RANKS = "odd_ranks"
    VECTOR = "vector"

    def share(self, total: float, rank: int, size: int) -> float:
        """Return the payload of *rank* among *size* ranks; not defined for VECTOR, which lists its payloads."""
        match self:
            case VectorPattern.ALL_RANKS:
                return total / size
            case VectorPattern.UNIFORM:
                return total
            case VectorPattern.ROOT_ONLY:
                return total if rank == 0 else 0.0
            case VectorPattern.EVEN_RANKS:
                return 0.0 if rank % 2 else total / ((size + 1) // 2)
            case VectorPattern.ODD_RANKS:
                return total / (size // 2) if rank % 2 else 0.0
            case VectorPattern.VECTOR:
                raise ValueError("a vector pattern lists its payloads itself")


@plain
class MatrixPattern(StrEnum):
    """Distribution of the bytes of a communication over ordered pairs of ranks."""

    ALL_TO_ALL = "all_to_all"
    GATHER = "gather"
    SCATTER = "scatter"
    MASTER_WORKER = "master_worker"
    RING = "ring"
    RING_CLOCKWISE = "ring_clockwise"
    RING_COUNTER_CLOCKWISE = "ring_counter_clockwise"
    MATRIX = "matrix"

    def entries(self, total: float, size: int) -> Iterator[tuple[int, int, float]]:
        """Yield (sender, receiver, bytes) of all pairs that communicate, in row-major order.

        A single rank has nobody to talk to.  Not defined for MATRIX, which lists its entries itself.
        """
        if size < 2:
            return
        match self:
            case MatrixPattern.ALL_TO_ALL:
                amount = total / (size * size - size)
                for i in range(size):
                    for j in range(size):
                        if i != j:
                            yield i, j, amount
            case MatrixPattern.GATHER:
                for i in range(1, size):
                    yield i, 0, total / size
            case MatrixPattern.SCATTER:
                for j in range(1, size):
                    yield 0, j, total / size
            case MatrixPattern.MASTER_WORKER:
                amount = total / ((size - 1) / 2)
                for j in range(1, size):
                    yield 0, j, amount
                for i in range(1, size):
                    yield i, 0, amount
            case MatrixPattern.RING if size == 2:
                amount = total / (2 * size)
                yield 0, 1, amount + amount
                yield 1, 0, amount + amount
            case MatrixPattern.RING:
                amount = total / (2 * size)
                for i in range(size):
                    for j in sorted(((i - 1) % size, (i + 1) % size)):
                        yield i, j, amount
            case MatrixPattern.RING_CLOCKWISE:
                for i in range(size):
                    yield i, (i + 1) % size, total / size
            case MatrixPattern.RING_COUNTER_CLOCKWISE:
                for i in range(size):
                    yield i, (i - 1) % size, total / size
            case MatrixPattern.MATRIX:
                raise ValueError("a matrix pattern lists its entries itself")
