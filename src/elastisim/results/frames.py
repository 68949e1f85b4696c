"""Result files as data frames (polars; pandas and others take them over through the Arrow interface)."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from elastisim.errors import InputError, MissingExtraError
from elastisim.results.jobs import (
    EvolvingRequestsRecorder,
    JobRequestsRecorder,
    JobStatisticsRecorder,
    ReconfigurationsRecorder,
)
from elastisim.results.nodes import NodeUtilizationRecorder
from elastisim.results.parquet_reading import read_columns, read_samples
from elastisim.results.sensing import NetworkActivityRecorder, PfsUtilizationRecorder
from elastisim.results.tables import shortened
from elastisim.results.tasks import TaskTimesRecorder

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from elastisim.results.history import JobRecord
    from elastisim.results.tables import Table


LOADS: dict[str, list[str]] = {
    "cpu_utilization": [],
    "gpu_utilization": [],
    "network_activity": ["utilization"],
    "pfs_utilization": ["read", "write", "read_relative", "write_relative"],
}
"""Tables of loads with their columns; empty for a column per node."""


def import_polars() -> Any:
    """Return the module polars; raise :class:`~elastisim.errors.MissingExtraError` if it is not installed."""
    try:
        import polars as pl
    except ImportError:
        raise MissingExtraError("reading results as data frames", "frames") from None
    return pl


def read_frame(table: Table) -> pl.DataFrame:
    """Return a table as a data frame; raise :class:`~elastisim.errors.InputError` if it is not what it should be.

    Columns have the names of the file in lower case with underscores; in the tables with one column per node only
    ``time`` has.  Lists of jobs are lists of integers.  What the file gives as -1 because it is not known is null.
    """
    polars = import_polars()
    try:
        frame: pl.DataFrame
        if table.kind in LOADS and table.is_parquet:
            frame = sampled_frame(table)
        else:
            frame = (_parquet if table.is_parquet else _READERS[table.kind])(table, polars)
    except polars.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise InputError.at(table.name, "", f"cannot be read as {table.kind}: {reason}") from None
    return frame


def sampled_frame(table: Table, interval: float | None = None) -> pl.DataFrame:
    """Return samples of loads of a Parquet file, every *interval* seconds or as often as the configuration said."""
    polars = import_polars()
    columns = LOADS[table.kind] or read_columns(table)
    rows = [(time, *loads) for time, loads in read_samples(table, interval)]
    frame: pl.DataFrame = polars.DataFrame(rows, dict.fromkeys(["time", *columns], polars.Float64), orient="row")
    return frame


def stays_frame(jobs: Iterable[JobRecord]) -> pl.DataFrame:
    """Return the stays of jobs: job, start, end, number of nodes, and node IDs as ranges (``0-3 8``)."""
    polars = import_polars()
    stays = [(job.identifier, stay) for job in jobs for stay in job.stays]
    frame: pl.DataFrame = polars.DataFrame(
        {
            "job": [job for job, _ in stays],
            "start": [stay.start for _, stay in stays],
            "end": [stay.end for _, stay in stays],
            "nodes": [stay.size for _, stay in stays],
            "node_ids": [stay.text() for _, stay in stays],
        },
        schema={
            "job": polars.Int64,
            "start": polars.Float64,
            "end": polars.Float64,
            "nodes": polars.Int64,
            "node_ids": polars.String,
        },
    )
    return frame


def jobs_frame(statistics: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """Return both tables of jobs as one; each argument and attribute becomes a column of texts of its own.

    Jobs of an interrupted run that have not ended have the status ``unfinished``.
    """
    polars = import_polars()
    joined = requests.join(statistics.drop("type", "submit_time"), on="id", how="left")
    joined = joined.with_columns(polars.col("status").fill_null("unfinished"))
    asked = [name for name in requests.columns if name not in (*statistics.columns, "arguments", "attributes")]
    return joined.select(
        *statistics.columns,
        *asked,
        *_unpacked(joined["arguments"], "argument"),
        *_unpacked(joined["attributes"], "attribute"),
    )


def _unpacked(column: pl.Series, prefix: str) -> list[pl.Series]:
    polars = import_polars()
    rows = [json.loads(text) for text in column]
    names = dict.fromkeys(name for row in rows for name in row)
    return [polars.Series(f"{prefix}_{name}", [row.get(name) for row in rows], polars.String) for name in names]


def _parquet(table: Table, polars: Any) -> pl.DataFrame:
    frame: pl.DataFrame = polars.read_parquet(
        io.BytesIO(table.source) if isinstance(table.source, bytes) else table.source
    )
    return frame


def _content(table: Table) -> bytes:
    """Return the content, without the last line of a partial file unless it was written completely."""
    try:
        with table.open() as stream:
            content = stream.read()
    except (OSError, EOFError) as error:
        raise InputError.at(table.name, "", f"cannot be read: {error}") from None
    if table.is_partial and not content.endswith(b"\n"):
        content = content[: content.rfind(b"\n") + 1]
    return content


def _body(table: Table, header: str) -> bytes:
    """Return the rows of a table with this header; an empty file has none."""
    first, _, body = _content(table).partition(b"\n")
    if first and first != header.encode():
        problem = f"the header is {shortened(first.decode(errors='replace'))!r}, expected {header!r}"
        raise InputError.at(table.name, "line 1", problem)
    return body


def _names(header: str) -> list[str]:
    plain = header.replace("(", "").replace(")", "").replace(".", "")
    return [name.lower().replace(" ", "_") for name in plain.split(",")]


def _rows(table: Table, polars: Any, header: str, types: list[Any], quote: str | None = None) -> pl.DataFrame:
    schema = dict(zip(_names(header), types, strict=True))
    frame: pl.DataFrame = polars.read_csv(
        _body(table, header), has_header=False, schema=schema, quote_char=quote, raise_if_empty=False
    )
    return frame


def _job_statistics(table: Table, polars: Any) -> pl.DataFrame:
    types = [polars.Int64, polars.String, *[polars.Float64] * 6, polars.String]
    frame = _rows(table, polars, JobStatisticsRecorder.header, types)
    started, ended = polars.col("start_time") >= 0.0, polars.col("end_time") >= 0.0
    return frame.with_columns(
        polars.when(started).then(polars.col("wait_time", "makespan")),
        polars.when(started).then(polars.col("start_time")),
        polars.when(ended).then(polars.col("end_time", "turnaround_time")),
    )


def _job_requests(table: Table, polars: Any) -> pl.DataFrame:
    types = [polars.Int64, polars.String, polars.Float64, polars.Float64, *[polars.Int64] * 5, *[polars.String] * 4]
    frame = _rows(table, polars, JobRequestsRecorder.header, types, quote='"')
    return frame.with_columns(
        polars.when(polars.col("walltime") > 0.0).then(polars.col("walltime")),
        polars.col("application_model", "source").fill_null(""),
    )


def _node_utilization(table: Table, polars: Any) -> pl.DataFrame:
    frame = _rows(table, polars, NodeUtilizationRecorder.header, [polars.Float64, *[polars.String] * 4])
    return frame.with_columns(
        polars.col("running_jobs", "expected_jobs").str.extract_all(r"\d+").cast(polars.List(polars.Int64))
    )


def _task_times(table: Table, polars: Any) -> pl.DataFrame:
    """Take rows apart from both ends: names of tasks may hold commas, which are not escaped (R10.1)."""
    names = _names(TaskTimesRecorder.header)
    lines = _body(table, TaskTimesRecorder.header)
    frame = polars.read_csv(
        lines, has_header=False, schema={"row": polars.String}, quote_char=None, separator="\x1f", raise_if_empty=False
    )
    parts = polars.col("row").str.extract_groups(
        r"^(?<time>[^,]*),(?<job>[^,]*),(?<node>[^,]*),(?<task>.*),(?<duration>[^,]*)$"
    )
    found: pl.DataFrame = frame.select(parts).unnest("row").select(names)
    return found.cast({"time": polars.Float64, "job": polars.Int64, "duration": polars.Float64})


def _loads(table: Table, polars: Any) -> pl.DataFrame:
    header, _, body = _content(table).partition(b"\n")
    nodes = header.decode().rstrip("\n").split(",")[1:]
    schema = {"time": polars.Float64, **dict.fromkeys(nodes, polars.Float64)}
    frame: pl.DataFrame = polars.read_csv(body, schema=schema, has_header=False, quote_char=None, raise_if_empty=False)
    return frame


def _network_activity(table: Table, polars: Any) -> pl.DataFrame:
    return _rows(table, polars, NetworkActivityRecorder.header, [polars.Float64] * 2)


def _pfs_utilization(table: Table, polars: Any) -> pl.DataFrame:
    text = _rows(table, polars, PfsUtilizationRecorder.header, [polars.String] * 5)
    text = text.rename({"read_rel": "read_relative", "write_rel": "write_relative"})
    numbers: pl.DataFrame = text.select(polars.all().str.replace("-nan", "nan", literal=True).cast(polars.Float64))
    return numbers


def _reconfigurations(table: Table, polars: Any) -> pl.DataFrame:
    frame = _rows(table, polars, ReconfigurationsRecorder.header, [polars.Float64, *[polars.Int64] * 5, polars.Float64])
    return frame.with_columns(polars.when(polars.col("resumed") >= 0.0).then(polars.col("resumed")))


def _evolving_requests(table: Table, polars: Any) -> pl.DataFrame:
    return _rows(table, polars, EvolvingRequestsRecorder.header, [polars.Float64, *[polars.Int64] * 4])


_READERS = {
    "job_statistics": _job_statistics,
    "job_requests": _job_requests,
    "node_utilization": _node_utilization,
    "task_times": _task_times,
    "cpu_utilization": _loads,
    "gpu_utilization": _loads,
    "network_activity": _network_activity,
    "pfs_utilization": _pfs_utilization,
    "reconfigurations": _reconfigurations,
    "evolving_requests": _evolving_requests,
}
