"""Parquet files of a run, read as the lines of the CSV files that they stand for."""

from __future__ import annotations

import io
import json
import math
from typing import TYPE_CHECKING

from elastisim.errors import InputError
from elastisim.results.nodes import NodeUtilizationRecorder, job_list
from elastisim.results.parquet import METADATA_KEY, import_pyarrow
from elastisim.results.recorder import DIGITS, number_format
from elastisim.results.resampling import Lanes, Span, sample
from elastisim.results.sensing import SPAN_COLUMNS, LoadRow, NetworkActivityRecorder, PfsUtilizationRecorder
from elastisim.results.tasks import TaskTimesRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from elastisim.results.tables import Table


BATCH_ROWS = 4096
"""Rows that are made Python objects at a time."""


class ParquetTable:
    """An open Parquet file; raises InputError if it is none."""

    def __init__(self, table: Table) -> None:
        self._arrow, parquet = import_pyarrow()
        self._table = table
        source = io.BytesIO(table.source) if isinstance(table.source, bytes) else table.source
        try:
            self._file = parquet.ParquetFile(source)
        except (OSError, self._arrow.ArrowException) as error:
            raise self._unreadable(error) from None
        metadata = self._file.metadata.metadata or {}
        self._facts: dict[str, Any] = json.loads(metadata.get(METADATA_KEY.encode(), b"{}"))

    def fact(self, name: str, default: Any = None) -> Any:
        """Return what the metadata says about the table as a whole."""
        fact = self._facts.get(name, default)
        if fact is None:
            message = f"is not a file of {self._table.kind} that a run has written: its metadata lacks {name}"
            raise InputError.at(self._table.name, "", message)
        return fact

    @property
    def number(self) -> Callable[[float], str]:
        """The function that prints numbers."""
        return number_format(self.fact("digits", DIGITS))

    def rows(self, *columns: str, order: str = "") -> Iterator[tuple[Any, ...]]:
        """Yield the values of *columns* row by row, in the order of the values of one of them if it is given.

        Rows that are to be ordered are all in memory, in the form of columns.
        """
        try:
            batches = self._file.iter_batches(columns=list(columns))
            if order:
                batches = self._file.read(columns=list(columns)).sort_by(order).to_batches(BATCH_ROWS)
            for batch in batches:
                yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
        except (OSError, KeyError, self._arrow.ArrowException) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> InputError:
        reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[0]
        if self._table.is_partial:
            reason += " (the index comes last: it is missing if the process of the run was killed)"
        return InputError.at(self._table.name, "", f"cannot be read as Parquet: {reason}")


def read_lines(table: Table) -> Iterator[str]:
    """Yield the lines of a table without their ends, the header first; raise InputError if it cannot be read.

    Loads are sampled at the interval of the configuration.
    """
    yield from _LINES[table.kind](ParquetTable(table))


def read_samples(table: Table, interval: float | None = None) -> Iterator[tuple[float, Sequence[float]]]:
    """Yield the time in seconds and the loads of each sample of a table of loads, in the order of its CSV columns.

    *interval* is that of the configuration by default.  The sequence of loads may be the same object, changed in place.
    """
    yield from _SAMPLES[table.kind](ParquetTable(table), interval)


def read_columns(table: Table) -> list[str]:
    """Return the names of the nodes, which are the columns of a table of loads of nodes."""
    return list(ParquetTable(table).fact("nodes"))


def _node_utilization(table: ParquetTable) -> Iterator[str]:
    yield NodeUtilizationRecorder.header
    number = table.number
    for time, node, state, running, expected in table.rows("time", "node", "state", "running_jobs", "expected_jobs"):
        yield f"{number(time)},{node},{state},{job_list(running)},{job_list(expected)}"


def _task_times(table: ParquetTable) -> Iterator[str]:
    yield TaskTimesRecorder.header
    number = table.number
    for time, job, node, task, duration in table.rows("time", "job", "node", "task", "duration"):
        yield f"{number(time)},{job},{node},{task},{number(duration)}"


def _node_loads(table: ParquetTable) -> Iterator[str]:
    nodes = table.fact("nodes")
    yield ",".join(["Time", *nodes])
    number = table.number
    without = frozenset(table.fact("without", []))
    row = LoadRow([b"0" if node in without else b"0.000000" for node in range(len(nodes))], without)
    for time, loads in _node_samples(table, None):
        row.update(loads)
        yield number(time) + row.bytes[:-1].decode()


def _network_activity(table: ParquetTable) -> Iterator[str]:
    yield NetworkActivityRecorder.header
    yield from _number_lines(table, _network_samples(table, None))


def _pfs_utilization(table: ParquetTable) -> Iterator[str]:
    yield PfsUtilizationRecorder.header
    yield from _number_lines(table, _pfs_samples(table, None))


def _number_lines(table: ParquetTable, samples: Iterable[tuple[float, Sequence[float]]]) -> Iterator[str]:
    number = table.number
    for time, loads in samples:
        yield ",".join([number(time), *map(number, loads)])


def _node_samples(table: ParquetTable, interval: float | None) -> Iterator[tuple[float, Sequence[float]]]:
    lanes = Lanes(len(table.fact("nodes")), table.fact("undefined", []))
    rows = table.rows("first_node", "last_node", *SPAN_COLUMNS, order="start")
    return _samples(table, (Span(*row) for row in rows), lanes, interval)


def _network_samples(table: ParquetTable, interval: float | None) -> Iterator[tuple[float, Sequence[float]]]:
    lanes = Lanes(1, [] if table.fact("network_links") else [0])
    return _samples(table, (Span(0, 0, *row) for row in table.rows(*SPAN_COLUMNS, order="start")), lanes, interval)


def _pfs_samples(table: ParquetTable, interval: float | None) -> Iterator[tuple[float, Sequence[float]]]:
    lane = {"read": 0, "write": 1}
    rows = table.rows("direction", *SPAN_COLUMNS, order="start")
    spans = (Span(lane[direction], lane[direction], *row) for direction, *row in rows)
    bandwidths = (table.fact("read_bandwidth"), table.fact("write_bandwidth"))
    for time, loads in _samples(table, spans, Lanes(2), interval):
        relative = [load / width if width else math.nan for load, width in zip(loads, bandwidths, strict=True)]
        yield time, [*loads, *relative]


def _samples(
    table: ParquetTable, spans: Iterable[Span], lanes: Lanes, interval: float | None
) -> Iterator[tuple[float, Sequence[float]]]:
    return sample(spans, lanes, interval if interval is not None else table.fact("interval"), table.fact("end"))


_LINES = {
    "node_utilization": _node_utilization,
    "task_times": _task_times,
    "cpu_utilization": _node_loads,
    "gpu_utilization": _node_loads,
    "network_activity": _network_activity,
    "pfs_utilization": _pfs_utilization,
}

_SAMPLES = {
    "cpu_utilization": _node_samples,
    "gpu_utilization": _node_samples,
    "network_activity": _network_samples,
    "pfs_utilization": _pfs_samples,
}
