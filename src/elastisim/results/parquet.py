"""Parquet files: typed columns in groups of rows, written while a simulation runs."""

from __future__ import annotations

import io
import json
from array import array
from typing import TYPE_CHECKING, Any, ClassVar

from elastisim.errors import MissingExtraError
from elastisim.results.recorder import DIGITS, Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elastisim.results.sink import Sink

METADATA_KEY = "elastisim.table"
"""Key of what is known of a table as a whole, a JSON object, in the metadata of its file."""

GROUP_ROWS = 1 << 16
"""Rows that are kept in memory until they are written together."""


NUMBERS = {"float64": "d", "int32": "i", "int64": "q"}
"""Types of numbers, with those of arrays in memory."""


def import_pyarrow() -> tuple[Any, Any]:
    """Return the modules pyarrow and pyarrow.parquet; raise MissingExtraError if they are not installed."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("reading and writing results as Parquet files", "parquet") from None
    return pa, pq


class _Stream(io.RawIOBase):
    """A sink as a stream of bytes."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def writable(self) -> bool:
        """Return that this is the only thing that can be done."""
        return True

    def write(self, data: Any, /) -> int:
        """Append *data*."""
        content = bytes(data)
        self._sink.write(content)
        return len(content)


class RowGroups:
    """Rows on their way to a Parquet file; memory is bounded by that of a group.

    *columns* maps names to types as Arrow spells them.  The file can be read after :meth:`close` only.
    """

    def __init__(self, sink: Sink, columns: Mapping[str, str]) -> None:
        self._arrow, self._parquet = import_pyarrow()
        self._sink = sink
        self._schema = self._arrow.schema([(name, self._type(text)) for name, text in columns.items()])
        self._columns: list[Any] = [_column(text) for text in columns.values()]
        self._writer: Any = None

    def _type(self, text: str) -> Any:
        if text.startswith("list<"):
            return self._arrow.list_(self._type(text[5:-1]))
        return self._arrow.type_for_alias(text)

    def extend(self, *columns: Sequence[Any]) -> None:
        """Append rows, given as columns of equal length in the order of the file."""
        for own, more in zip(self._columns, columns, strict=True):
            own.extend(more)
        if len(self._columns[0]) >= GROUP_ROWS:
            self._flush()

    def append(self, *cells: Any) -> None:
        """Append one row."""
        for own, cell in zip(self._columns, cells, strict=True):
            own.append(cell)
        if len(self._columns[0]) >= GROUP_ROWS:
            self._flush()

    def close(self, metadata: Mapping[str, object]) -> None:
        """Write what is left, and *metadata* about the table as a whole."""
        self._flush()
        self._writer.add_key_value_metadata({METADATA_KEY: json.dumps(metadata)})
        self._writer.close()

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(_Stream(self._sink), self._schema, compression="zstd")
        if self._columns[0]:
            arrays = [
                self._arrow.array(values, field.type) for values, field in zip(self._columns, self._schema, strict=True)
            ]
            self._writer.write_batch(self._arrow.record_batch(arrays, schema=self._schema))
            for values in self._columns:
                del values[:]


def _column(text: str) -> list[Any] | array[Any]:
    """Return an empty column: numbers are kept as such, which takes a quarter of the memory of objects."""
    return array(NUMBERS[text]) if text in NUMBERS else []


class ParquetRecorder(Recorder):
    """Base of the recorders that write Parquet files; ``columns`` maps names to types."""

    columns: ClassVar[Mapping[str, str]] = {}

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._rows = RowGroups(sink, self.columns)
        self._is_open = False
        self.metadata: dict[str, object] = {"digits": digits}

    def open(self) -> None:
        """Open the file."""
        super().open()
        self._is_open = True

    def complete(self) -> None:
        """Conclude the file and give it its final name."""
        self._close()
        super().complete()

    def abandon(self) -> None:
        """Conclude the file, so that what was recorded can be read, and leave it marked as partial."""
        self._close()
        super().abandon()

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._rows.close(self.metadata)
