"""Tables of jobs as text or Parquet, among them those of known sites."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from elastisim.errors import InputError, MissingExtraError
from elastisim.workload.traces.formats import Trace
from elastisim.workload.traces.layout import CANONICAL, Layout, RowReader, mapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from elastisim.workload.records import TraceJob
    from elastisim.workload.traces.formats import Flag, ReadOptions
    from elastisim.workload.traces.source import Source

COBALT = Layout(
    {
        "id": ("COBALT_JOBID",),
        "submit": ("QUEUED_TIMESTAMP",),
        "start": ("START_TIMESTAMP",),
        "end": ("END_TIMESTAMP",),
        "runtime": ("RUNTIME_SECONDS",),
        "nodes": ("NODES_USED",),
        "requested_nodes": ("NODES_REQUESTED",),
        "limit": ("WALLTIME_SECONDS",),
        "exit_code": ("EXIT_STATUS",),
        "user": ("USERNAME_GENID",),
        "group": ("PROJECT_NAME_GENID",),
        "queue": ("QUEUE_NAME",),
    },
    required=("COBALT_JOBID", "QUEUED_TIMESTAMP", "RUNTIME_SECONDS", "NODES_USED"),
)
NERSC = Layout(
    {
        "id": ("Job", "JobID", "Job ID"),
        "submit": ("Submit", "Submit Time"),
        "start": ("Start", "Start Time"),
        "end": ("End", "End Time"),
        "runtime": ("Elapsed Secs",),
        "nodes": ("Nodes Allocated",),
        "requested_nodes": ("Nodes Requested",),
        "limit": ("timelimit", "Time Limit"),
        "status": ("State",),
        "user": ("User",),
        "group": ("Account",),
        "queue": ("QOS",),
        "partition": ("Partition",),
    },
    required=("Submit", "Elapsed Secs", "Nodes Allocated"),
    limit_unit=60,
)
SACCT = Layout(
    {
        "id": ("JobID", "JobIDRaw"),
        "submit": ("Submit",),
        "start": ("Start",),
        "end": ("End",),
        "runtime": ("ElapsedRaw", "Elapsed"),
        "nodes": ("AllocNodes", "NNodes"),
        "requested_nodes": ("ReqNodes", "NNodes"),
        "processors": ("AllocCPUS", "NCPUS"),
        "requested_processors": ("ReqCPUS",),
        "limit": ("TimelimitRaw", "Timelimit"),
        "status": ("State",),
        "user": ("User", "UID"),
        "group": ("Account", "Group"),
        "queue": ("QOS",),
        "partition": ("Partition",),
    },
    required=("Submit", "State"),
    limit_unit=60,
    is_step=lambda identifier: "." in identifier,
)
PM100 = Layout(
    {
        "id": ("job_id",),
        "submit": ("submit_time",),
        "start": ("start_time",),
        "end": ("end_time",),
        "runtime": ("run_time",),
        "nodes": ("num_nodes_alloc",),
        "requested_nodes": ("num_nodes_req",),
        "limit": ("time_limit",),
        "status": ("job_state",),
        "user": ("user_id",),
        "group": ("group_id",),
        "queue": ("qos",),
        "partition": ("partition",),
    },
    required=("submit_time", "run_time", "num_nodes_alloc"),
    limit_unit=60,
)


def _delimiter(header: str) -> str:
    return max("|,;\t", key=header.count)


def _header(sample: bytes) -> list[str]:
    """Return the column names in the first line of a text, nothing if it is no text."""
    first = sample.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").split(b"\n", 1)[0]
    try:
        line = first.decode().strip("\r")
    except UnicodeDecodeError:
        return []
    try:
        return next(csv.reader([line], delimiter=_delimiter(line)), [])
    except csv.Error:
        return []


class TextTable:
    """A table as text, one row per line, with a header line; the delimiter is the one that the header has most of."""

    def __init__(self, summary: str, layout: Layout, delimiters: str = ",;\t|") -> None:
        self.summary = summary
        self._layout = layout
        self._delimiters = delimiters

    def recognises(self, sample: bytes) -> bool:
        """Return whether the first line names the columns of the layout."""
        header = _header(sample)
        first = sample[: sample.find(b"\n")].decode(errors="replace")
        return len(header) > 1 and _delimiter(first) in self._delimiters and self._layout.fits(header)

    def read(self, source: Source, options: ReadOptions, flag: Flag) -> Trace:
        """Read the header line, and return the trace."""
        rows = _rows(source)
        try:
            _, header = next(rows)
        except StopIteration:
            raise InputError.at(source, "", "the file is empty") from None
        layout = mapped(options.columns, header, source) if options.columns else self._layout
        reader = RowReader(layout, header, source, options.limit_unit)
        trace = Trace(jobs=(), unit=reader.unit, epoch=0)
        trace.jobs = _jobs(rows, len(header), reader, trace, flag)
        return trace


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            place, first = next(
                ((n, line) for n, line in enumerate(iter(text.readline, ""), 1) if line.strip()), (0, "")
            )
            if not first:
                return
            delimiter = _delimiter(first)
            # Slurm does not quote: a quotation mark in the name of a job is just a character.
            quotes = None if delimiter == "|" else '"'
            yield place, next(csv.reader([first], delimiter=delimiter, quotechar=quotes))
            reader = csv.reader(text, delimiter=delimiter, quotechar=quotes)
            for row in reader:
                if row:
                    yield place + reader.line_num, row
        except UnicodeDecodeError as error:
            raise InputError.at(source, "", f"is no UTF-8 text: {error}") from None
        except csv.Error as error:
            raise InputError.at(source, "", f"is no table of text: {error}") from None


def _jobs(
    rows: Iterable[tuple[int, Sequence[Any]]], width: int, reader: RowReader, trace: Trace, flag: Flag
) -> Iterator[TraceJob]:
    for place, row in rows:
        if len(row) != width:
            flag("malformed", place, f"{len(row)} fields where the header has {width}")
            continue
        try:
            job = reader.read(place, row)
        except ValueError as error:
            flag("malformed", place, str(error))
            continue
        if job is None:
            trace.skipped["job steps"] += 1
        else:
            yield job


class ParquetTable:
    """A table as Parquet file, in any known layout or with the columns that the user names."""

    summary = "table of jobs as Parquet: PM100 and other known layouts, or with --column"

    def recognises(self, sample: bytes) -> bool:
        """Return whether the file has the signature of Parquet."""
        return sample.startswith(b"PAR1")

    def read(self, source: Source, options: ReadOptions, flag: Flag) -> Trace:
        """Find the layout by the columns, and return the trace."""
        try:
            import polars as pl
        except ImportError:
            raise MissingExtraError("reading Parquet files", "frames") from None
        content = io.BytesIO(source.read())
        try:
            header = list(pl.read_parquet_schema(content))
            layout = mapped(options.columns, header, source) if options.columns else _known_layout(header, source)
            reader = RowReader(layout, header, source, options.limit_unit)
            wanted = sorted(set(layout.positions(header).values()))
            columns = [header[position] for position in wanted]
            content.seek(0)
            frame = pl.read_parquet(content, columns=columns)
        except pl.exceptions.PolarsError as error:
            raise InputError.at(source, "", f"is no readable Parquet file: {error}") from None
        reader = RowReader(layout, columns, source, options.limit_unit)
        trace = Trace(jobs=(), unit=reader.unit, place="row", epoch=0)
        trace.jobs = _jobs(enumerate(frame.iter_rows(), 1), len(columns), reader, trace, flag)
        return trace


def _known_layout(header: Sequence[str], source: Source) -> Layout:
    for layout in (PM100, COBALT, NERSC, CANONICAL):
        if layout.fits(header):
            return layout
    raise InputError.at(
        source, "", f"unknown columns ({', '.join(header)}); say what they hold with --column FIELD=COLUMN"
    )


ALCF_FORMAT = TextTable("CSV of the Argonne Leadership Computing Facility (Cobalt)", COBALT)
NERSC_FORMAT = TextTable("CSV of NERSC", NERSC)
SACCT_FORMAT = TextTable("dump of Slurm's sacct --parsable2", SACCT, "|")
PM100_FORMAT = TextTable("job table of PM100 as CSV", PM100)
TABLE_FORMAT = TextTable("table of any layout: columns named like our fields, or with --column", CANONICAL)
PARQUET_FORMAT = ParquetTable()
