"""Programs: what the ranks of a job execute, with all amounts known (spec R5.5 and section 3).

A program is an application model evaluated for one configuration of nodes.  It knows sizes and ranks, not nodes.
Nobody changes a program; its parts are not frozen because they are made for each start of a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from elastisim.patterns import MatrixPattern, VectorPattern

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from elastisim.kernel.repertoire import Repertoire


class ProgramError(Exception):
    """A step cannot be executed; ``path`` names it in its file."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class Load(Struct):
    """An amount (flops, bytes or seconds) spread over ranks; ``values`` lists the payloads of a VECTOR."""

    pattern: VectorPattern
    total: float
    values: tuple[float, ...] = ()

    def of(self, rank: int, size: int) -> float:
        """Return the payload of *rank* among *size* ranks (R3.14)."""
        if self.pattern is VectorPattern.VECTOR:
            return self.values[rank]
        return self.pattern.share(self.total, rank, size)

    def over(self, size: int) -> list[float]:
        """Return the payloads of *size* ranks."""
        if self.pattern in (VectorPattern.ALL_RANKS, VectorPattern.UNIFORM):
            return [self.of(0, size)] * size
        return [self.of(rank, size) for rank in range(size)]


class Communication(Struct):
    """Bytes spread over ordered pairs of ranks; ``values`` lists the entries of a MATRIX in row-major order."""

    pattern: MatrixPattern
    total: float
    values: tuple[float, ...] = ()

    def entries(self, size: int) -> Iterator[tuple[int, int, float]]:
        """Yield (sender, receiver, bytes) in row-major order (R3.15); a single rank never communicates."""
        if self.pattern is not MatrixPattern.MATRIX:
            yield from self.pattern.entries(self.total, size)
        elif size > 1:
            for position, amount in enumerate(self.values):
                if amount > 0.0:
                    yield position // size, position % size, amount


class Step(Struct):
    """What all steps of a program have in common; ``path`` names the task in its file, for messages."""

    path: str
    name: str
    iterations: int
    synchronized: bool


class Idle(Step):
    """Sleep for the load in seconds."""

    delay: Load


class BusyWait(Step):
    """Compute for the load in seconds of one core."""

    delay: Load


class Compute(Step):
    """Compute and communicate, coupled into one activity or overlapping (R3.16, R3.17)."""

    flops: Load | None
    communication: Communication | None
    coupled: bool


class ComputeOnGpus(Step):
    """Compute on GPUs and communicate inside and between nodes (R3.24).

    ``intra_node_bytes`` is what the busiest pair of GPUs of a node exchanges (R3.23); ``inter_node`` is spread over
    the nodes (R3.22).
    """

    gpus_per_node: int
    flops: Load | None
    intra_node_bytes: float
    inter_node: Communication | None


class TransferPfs(Step):
    """Read from or write to the parallel file system (R3.26)."""

    size: Load
    write: bool
    asynchronous: bool


class TransferBurstBuffer(Step):
    """Read from or write to burst buffers (R3.27, R3.28)."""

    size: Load
    write: bool
    asynchronous: bool


class Sequence(Step):
    """Steps in order, as a whole as often as the iterations say (R3.33)."""

    steps: tuple[Step, ...]


class Once(Struct):
    """A one-time phase."""

    iterations: int
    steps: tuple[Step, ...]


class Repeat(Struct):
    """A phase of the main part.

    ``has_point`` says that ranks report at a scheduling point before an iteration; ``request`` evaluates the evolving
    request for an iteration of the phase, counted from 0 over the whole job.  At most one of the two is in effect.
    """

    iterations: int
    barrier: bool
    has_point: bool
    request: Callable[[int], int] | None
    steps: tuple[Step, ...]


class Program(Struct):
    """What each rank executes from a start or restart on.

    Programs of the same ``kind``, if it is given, differ in amounts and numbers of iterations only.
    ``repertoires`` are for the workbench, by the nodes on which they hold.
    """

    phases: tuple[Repeat, ...]
    on_init: Once | None = None
    on_reconfiguration: Once | None = None
    on_expansion: Once | None = None
    kind: Hashable = None
    repertoires: dict[Hashable, Repertoire] = field(default_factory=dict)
