"""The recorders of sensed loads: CPUs, GPUs, network, and parallel file system (R10.5 to R10.10).

CSV files hold samples.  Parquet files hold spans of time in which a load does not change, of which samples can be made
(:mod:`elastisim.results.resampling`).
"""

from __future__ import annotations

from abc import abstractmethod
from itertools import compress
from operator import ne
from typing import TYPE_CHECKING, ClassVar

from elastisim.addition import added
from elastisim.kernel.scope import Quantity
from elastisim.results.parquet import ParquetRecorder
from elastisim.results.recorder import DIGITS, Recorder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from elastisim.batch.node import Node
    from elastisim.batch.observer import Sample
    from elastisim.kernel.ledger import LoadSpan
    from elastisim.kernel.scope import Scope
    from elastisim.results.sink import Sink

_BLOCK = 128
"""Loads that are compared together."""

_REMEMBERED = 4096
"""Loads whose text is remembered."""


class Stamps:
    """Prints the times of samples, once for all files that have rows for them."""

    __slots__ = ("_print",)

    def __init__(self, digits: int = DIGITS) -> None:
        self._print = b"%%.%dg".__mod__(digits).__mod__

    def of(self, times: Sequence[float]) -> list[bytes]:
        """Return the beginnings of rows: whatever joins them comes behind each, as nothing is at the end."""
        return [*map(self._print, times), b""]


class LoadRow:
    """The printed loads of all nodes, each after a comma, as one row of bytes in which only what changed is replaced.

    Formatting 10,000 cells for each sample would cost a millisecond; most samples change few of them.  ``fixed`` holds
    the positions whose cell never changes, whatever the load.
    """

    __slots__ = ("_cells", "_fixed", "_loads", "_printed", "_width", "bytes")

    def __init__(self, cells: list[bytes], fixed: Collection[int] = ()) -> None:
        self._cells = [b"," + cell for cell in cells]
        self._fixed = fixed
        self._loads: list[float] = []
        self._printed: dict[float, bytes] = {}
        self._layout()

    def _layout(self) -> None:
        cells = self._cells
        self.bytes = bytearray(b"".join(cells) + b"\n")
        widths = set(map(len, cells))
        self._width = widths.pop() if len(widths) == 1 else 0

    def update(self, loads: Sequence[float]) -> None:
        """Show *loads*, one per node."""
        self.change({(position, position): load for position, load in self._changes(loads)})
        self._loads = list(loads)

    def change(self, changes: Mapping[tuple[int, int], float]) -> None:
        """Show the load of all nodes in ranges from first to last, with six decimals (R10.7); it is not negative."""
        cells, width, row, printed = self._cells, self._width, self.bytes, self._printed
        moved = False
        for (first, last), load in changes.items():
            cell = printed.get(load)
            if cell is None:
                if len(printed) >= _REMEMBERED:
                    printed.clear()
                cell = printed[load] = b",%f" % load
            end = last + 1
            count = end - first
            cells[first:end] = [cell] * count
            if len(cell) == width:
                row[first * width : end * width] = cell * count
            else:
                moved = True
        if moved:
            self._layout()
        self._loads = []

    def _changes(self, loads: Sequence[float]) -> Iterator[tuple[int, float]]:
        """Yield the loads that are not what they were the last time, as far as that is known.

        They are compared block by block, because comparing two equal lists is much faster than comparing their
        elements one by one.
        """
        previous = self._loads
        for start in range(0, len(loads), _BLOCK):
            old, new = previous[start : start + _BLOCK], loads[start : start + _BLOCK]
            if old != new:
                block = range(start, start + len(new))
                for position in compress(block, map(ne, old, new)) if old else block:
                    if position not in self._fixed:
                        yield position, loads[position]


class SampleRecorder(Recorder):
    """Base of the recorders of samples."""

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._stamps = Stamps(digits)

    def open(self) -> None:
        """Open the file; its header is passed on, as rows are passed on at once."""
        super().open()
        self.flush()

    def sampled(self, sample: Sample) -> None:
        """Write rows."""
        self.write_rows(self._stamps.of(sample.times), sample)

    def write_rows(self, stamps: list[bytes], sample: Sample) -> None:
        """Write a row for each of *stamps*, all with the same loads."""
        self._sink.write(self._rest(sample).join(stamps))

    @abstractmethod
    def _rest(self, sample: Sample) -> bytes | bytearray:
        """Return what follows the time in each row."""


class LoadRecorder(SampleRecorder):
    """Base of the recorders with one column per node."""

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Write the header: the names of the nodes in ID order."""
        self._write(",".join(["Time", *(node.name for node in nodes)]) + "\n")
        self.flush()
        self._row = self._first_row(nodes)

    def _first_row(self, nodes: Sequence[Node]) -> LoadRow:
        return LoadRow([b"0.000000"] * len(nodes))


class CpuUtilizationRecorder(LoadRecorder):
    """Writes ``cpu_utilization``: the load of each node relative to the speed of one core (R10.7)."""

    def _rest(self, sample: Sample) -> bytes | bytearray:
        changes = sample.cpu_changes
        if changes is None:
            self._row.update(sample.cpu)
        else:
            self._row.change(changes)
        return self._row.bytes


class GpuUtilizationRecorder(LoadRecorder):
    """Writes ``gpu_utilization``: the fraction of each node's GPUs in use; a plain 0 without GPUs (R10.8)."""

    def _first_row(self, nodes: Sequence[Node]) -> LoadRow:
        without = frozenset(position for position, node in enumerate(nodes) if not node.resource.gpus)
        self._has_gpus = len(without) < len(nodes)
        return LoadRow([b"0" if i in without else b"0.000000" for i in range(len(nodes))], without)

    def _rest(self, sample: Sample) -> bytes | bytearray:
        if self._has_gpus:
            self._row.update(sample.gpu)
        return self._row.bytes


class NetworkActivityRecorder(SampleRecorder):
    """Writes ``network_activity``: the mean relative load of the links that are not part of the PFS (R10.9)."""

    header = "Time,Utilization"

    def _rest(self, sample: Sample) -> bytes | bytearray:
        return b",%s\n" % self._number(sample.network).encode()


class PfsUtilizationRecorder(SampleRecorder):
    """Writes ``pfs_utilization``: bytes per second from and to the PFS, and relative to the bandwidth (R10.10)."""

    header = "Time,Read,Write,Read (rel.),Write (rel.)"

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._format = b",%%.%dg" % digits * 4 + b"\n"

    def _rest(self, sample: Sample) -> bytes | bytearray:
        loads = (sample.pfs_read, sample.pfs_write, sample.pfs_read_relative, sample.pfs_write_relative)
        return self._format % loads


SPAN_COLUMNS = {
    "start": "float64",
    "end": "float64",
    "load": "float64",
    "load_at_end": "float64",
    "period": "float64",
    "repetitions": "int64",
}
"""Columns of all Parquet files of loads: fields of :class:`~elastisim.kernel.ledger.LoadSpan`."""


def load_metadata(scope: Scope, interval: float) -> dict[str, object]:
    """Return what readers of spans have to know: seconds between samples that were asked for, and what links can do."""
    return {
        "interval": interval,
        "network_links": len(scope.network),
        "read_bandwidth": added(link.bandwidth for link in scope.read),
        "write_bandwidth": added(link.bandwidth for link in scope.write),
    }


class SpanRecorder(ParquetRecorder):
    """Base of the recorders of loads as spans; ``quantities`` are those of the file."""

    columns: ClassVar = SPAN_COLUMNS
    quantities: ClassVar[tuple[Quantity, ...]] = ()

    def load_lasted(self, span: LoadSpan) -> None:
        """Write one row."""
        if span.quantity in self.quantities:
            cells = (span.start, span.end, span.value, span.at_end, span.period, span.repetitions)
            self._rows.append(*self._place(span), *cells)

    def loads_ended(self, now: float) -> None:
        """Remember until when samples can be taken."""
        self.metadata["end"] = now

    def _place(self, span: LoadSpan) -> tuple[object, ...]:  # noqa: ARG002
        """Return the cells that come first."""
        return ()


class NodeSpanRecorder(SpanRecorder):
    """Base of the recorders of loads of nodes, which are the same for each node of a range of IDs."""

    columns: ClassVar = {"first_node": "int32", "last_node": "int32", **SPAN_COLUMNS}

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Remember the names of the nodes in ID order."""
        self.metadata["nodes"] = [node.name for node in nodes]

    def _place(self, span: LoadSpan) -> tuple[object, ...]:
        return span.first, span.last


class CpuSpanRecorder(NodeSpanRecorder):
    """Writes the loads of nodes relative to the speed of one core (R10.7)."""

    quantities: ClassVar = (Quantity.CPU,)

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Remember which nodes have no speed, and hence no load."""
        super().simulation_started(nodes)
        self.metadata["undefined"] = [i for i, node in enumerate(nodes) if not node.resource.host.speed > 0.0]


class GpuSpanRecorder(NodeSpanRecorder):
    """Writes the fraction of each node's GPUs in use (R10.8)."""

    quantities: ClassVar = (Quantity.GPU,)

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Remember which nodes have no GPUs."""
        super().simulation_started(nodes)
        self.metadata["without"] = [i for i, node in enumerate(nodes) if not node.resource.gpus]


class NetworkSpanRecorder(SpanRecorder):
    """Writes the mean relative load of the links that are not part of the PFS (R10.9)."""

    quantities: ClassVar = (Quantity.NETWORK,)


class PfsSpanRecorder(SpanRecorder):
    """Writes bytes per second from and to the PFS (R10.10)."""

    columns: ClassVar = {"direction": "string", **SPAN_COLUMNS}
    quantities: ClassVar = (Quantity.PFS_READ, Quantity.PFS_WRITE)

    def _place(self, span: LoadSpan) -> tuple[object, ...]:
        return ("read" if span.quantity is Quantity.PFS_READ else "write",)
