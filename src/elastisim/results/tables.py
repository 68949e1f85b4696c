"""The result files of a run, found and read again."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.configuration import PARQUET
from elastisim.errors import InputError
from elastisim.results.files import PARQUET_RECORDERS, RECORDERS
from elastisim.results.provenance import RUN_FILE, RunDescription, read_run_description
from elastisim.results.sink import PARTIAL_SUFFIX, MemorySink

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from elastisim.results.files import ResultFiles

PACKED_SUFFIX = ".gz"

_FORMS = (*RECORDERS, *PARQUET_RECORDERS)
"""Kinds, and with a suffix those that can be Parquet files."""

_ESSENTIAL = frozenset({"job_statistics", "node_utilization"})
"""Kinds of which one at least makes a directory the output of a run."""


@dataclass(frozen=True, slots=True)
class Table:
    """One result file, on disk (also packed with gzip) or in memory; ``name`` is for messages.

    A Parquet file is read as the lines of the CSV file that it stands for.
    """

    kind: str
    name: str
    source: Path | bytes
    is_partial: bool = False
    is_parquet: bool = False

    def open(self) -> BinaryIO:
        """Return the unpacked content as a stream of bytes."""
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        if self.source.suffix == PACKED_SUFFIX:
            return io.BufferedReader(gzip.open(self.source))
        return self.source.open("rb")

    def lines(self) -> Iterator[str]:
        """Yield the lines without their ends; the last one of a partial file only if it was written completely."""
        if self.is_parquet:
            from elastisim.results.parquet_reading import read_lines

            yield from read_lines(self)
            return
        try:
            with self.open() as binary, io.TextIOWrapper(binary, encoding="utf-8", newline="\n") as stream:
                for line in stream:
                    if line.endswith("\n"):
                        yield line[:-1]
                    elif not self.is_partial:
                        yield line
        except (OSError, EOFError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError.at(self.name, "", f"cannot be read: {reason}") from None

    def rows(self, header: str) -> Iterator[list[str]]:
        """Yield the rows, split at commas, of a table with this header; raise InputError if it has another one.

        An empty file has no rows: the original leaves an empty ``job_statistics`` when it stops early.
        """
        lines = self.lines()
        first = next(lines, None)
        if first is None:
            return
        if first != header:
            raise InputError.at(self.name, "line 1", f"the header is {shortened(first)!r}, expected {header!r}")
        width = header.count(",") + 1
        for number, line in enumerate(lines, 2):
            row = line.split(",")
            if len(row) != width:
                raise InputError.at(
                    self.name, f"line {number}", f"expected {width} columns, found {len(row)}: {shortened(line)!r}"
                )
            yield row

    def bad_row(self, row: list[str]) -> InputError:
        """Return the error for a row with values that are not what its columns hold."""
        return InputError.at(self.name, "", f"a value is not what its column holds in row {shortened(','.join(row))!r}")


def shortened(text: str) -> str:
    """Return *text* as far as it fits into a message."""
    return text if len(text) <= 100 else text[:97] + "..."


@dataclass(frozen=True, slots=True)
class Run:
    """A finished or interrupted run as it was left: its tables by kind, and ``run.json`` if there is one.

    ``parquet`` are the tables that are there as Parquet files; of those that are there as CSV files, too, ``tables``
    has the latter.
    """

    name: str
    tables: Mapping[str, Table]
    description: RunDescription | None = None
    parquet: Mapping[str, Table] = field(default_factory=dict)

    @property
    def is_partial(self) -> bool:
        """Whether the run did not reach its end, as far as that can be known."""
        if self.description is not None:
            return not self.description.complete
        return any(table.is_partial for table in self.tables.values())

    def table(self, kind: str) -> Table:
        """Return a table; raise InputError if the run has none of this kind."""
        try:
            return self.tables[kind]
        except KeyError:
            raise InputError.at(self.name, "", f"this run has no {kind}") from None


def open_run(directory: str | Path) -> Run:
    """Return the run whose results lie in *directory*.

    ``run.json`` names the files; without it, files with the usual names are taken (``job_statistics.csv`` and so on,
    packed or partial), as the original writes them.  Raises :class:`~elastisim.errors.InputError` if there is nothing
    or if a file is missing.
    """
    path = Path(directory)
    if not path.is_dir():
        problem = "is not a directory" if path.exists() else "does not exist"
        raise InputError.at(path, "", f"{problem}; expected the output directory of a run")
    name = path.as_posix() if path.name else path.resolve().name
    if (path / RUN_FILE).exists():
        description = read_run_description(path / RUN_FILE)
        tables = {
            form: _described(path / file, form, description.complete)
            for form, file in description.results.items()
            if form in _FORMS
        }
        run = _run(name, tables, description)
        if not run.tables.keys() & _ESSENTIAL:
            raise InputError.at(path, "", f"holds no results: the run ended before it began ({description.outcome})")
        return run
    found = {form: _usual(path, form) for form in _FORMS}
    run = _run(name, found)
    if not run.tables.keys() & _ESSENTIAL:
        raise InputError.at(path, "", f"holds no results: expected {RUN_FILE} or files such as job_statistics.csv")
    return run


def holds_results(directory: Path) -> bool:
    """Return whether *directory* holds the results of a run."""
    return (directory / RUN_FILE).exists() or any(
        _usual(directory, form) for form in _FORMS if form.removesuffix(PARQUET) in _ESSENTIAL
    )


def run_of(name: str, files: ResultFiles, description: RunDescription) -> Run:
    """Return the run that has just written *files*, on disk or in memory."""
    tables: dict[str, Table | None] = {}
    for form, sink in files.sinks.items():
        if isinstance(sink, MemorySink):
            tables[form] = _table(form, form, sink.content(), not sink.is_complete)
        elif sink.working_path.is_file():
            tables[form] = _table(form, str(sink.working_path), sink.working_path, sink.working_path != sink.path)
    return _run(name, tables, description)


def _run(name: str, found: Mapping[str, Table | None], description: RunDescription | None = None) -> Run:
    """Return a run with the tables *found*, by the keys of their files."""
    tables = [table for table in found.values() if table]
    parquet = {table.kind: table for table in tables if table.is_parquet}
    csv = {table.kind: table for table in tables if not table.is_parquet}
    return Run(name, csv | {kind: table for kind, table in parquet.items() if kind not in csv}, description, parquet)


def _table(form: str, name: str, source: Path | bytes, is_partial: bool) -> Table:
    """Return the table that a file with the key *form* holds."""
    return Table(form.removesuffix(PARQUET), name, source, is_partial, form.endswith(PARQUET))


def _described(path: Path, form: str, complete: bool) -> Table | None:
    """Return the table that ``run.json`` names; None if an interrupted run has not come to write it."""
    for candidate, is_partial in (
        (path, False),
        (path.with_name(path.name + PACKED_SUFFIX), False),
        (path.with_name(path.name + PARTIAL_SUFFIX), True),
    ):
        if candidate.is_file() and not (is_partial and complete):
            return _table(form, str(candidate), candidate, is_partial)
    if complete:
        raise InputError.at(path, "", f"is missing, although {RUN_FILE} names it")
    return None


def _usual(directory: Path, form: str) -> Table | None:
    name = form if form.endswith(PARQUET) else f"{form}.csv"
    for suffix in ("", PACKED_SUFFIX, PARTIAL_SUFFIX):
        path = directory / f"{name}{suffix}"
        if path.is_file():
            empty = form == "job_statistics" and path.stat().st_size == 0
            return _table(form, str(path), path, empty or suffix == PARTIAL_SUFFIX)
    return None
