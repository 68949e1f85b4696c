"""Parquet files of a run, read as the lines of the CSV files that they stand for."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from elastisim.errors import InputError
from elastisim.results.nodes import NodeUtilizationRecorder, job_list
from elastisim.results.parquet import METADATA_KEY, import_pyarrow
from elastisim.results.recorder import DIGITS, number_format
from elastisim.results.tasks import TaskTimesRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from elastisim.results.tables import Table


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
        self.metadata: dict[str, Any] = json.loads(metadata.get(METADATA_KEY.encode(), b"{}"))

    def batches(self, *columns: str) -> Iterator[list[list[Any]]]:
        """Yield the values of *columns*, some rows at a time."""
        try:
            for batch in self._file.iter_batches(columns=list(columns)):
                yield [batch.column(name).to_pylist() for name in columns]
        except (OSError, KeyError, self._arrow.ArrowException) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> InputError:
        reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[0]
        return InputError.at(self._table.name, "", f"cannot be read as Parquet: {reason}")


def read_lines(table: Table) -> Iterator[str]:
    """Yield the lines of a table without their ends, the header first; raise InputError if it cannot be read."""
    yield from _READERS[table.kind](ParquetTable(table))


def _node_utilization(table: ParquetTable) -> Iterator[str]:
    yield NodeUtilizationRecorder.header
    number = number_format(table.metadata.get("digits", DIGITS))
    for batch in table.batches("time", "node", "state", "running_jobs", "expected_jobs"):
        for time, node, state, running, expected in zip(*batch, strict=True):
            yield f"{number(time)},{node},{state},{job_list(running)},{job_list(expected)}"


def _task_times(table: ParquetTable) -> Iterator[str]:
    yield TaskTimesRecorder.header
    number = number_format(table.metadata.get("digits", DIGITS))
    for batch in table.batches("time", "job", "node", "task", "duration"):
        for time, job, node, task, duration in zip(*batch, strict=True):
            yield f"{number(time)},{job},{node},{task},{number(duration)}"


_READERS = {
    "node_utilization": _node_utilization,
    "task_times": _task_times,
}
