"""Tables of jobs: which column holds what, and what cells mean.

A :class:`Layout` names the columns in which a site keeps the fields of a job.  Columns are found by name, whatever
their order and case; of several names for a field the first one that the table has counts.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from elastisim.errors import InputError
from elastisim.workload.records import Label, Status, TraceJob

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from elastisim.workload.traces.source import Source

FIELDS = {
    "id": "identifier of the job",
    "submit": "submit time: seconds, or date and time",
    "start": "start time, likewise",
    "end": "end time, likewise",
    "runtime": "run time: seconds, hours:minutes:seconds or days-hours:minutes:seconds; without it end - start",
    "nodes": "number of nodes allocated",
    "requested_nodes": "number of nodes requested",
    "processors": "number of processors allocated; only used without a column for nodes",
    "requested_processors": "number of processors requested; likewise",
    "limit": "requested time, like the run time",
    "status": "how the job ended: a state of Slurm, or a number as in the Standard Workload Format",
    "exit_code": "0 for success; only used without a column for the status",
    "user": "user",
    "group": "group, account or project",
    "queue": "queue or quality of service",
    "partition": "partition",
}
"""The fields of a job that a column can hold."""

_SIZES = ("nodes", "requested_nodes", "processors", "requested_processors")
_UNKNOWN = frozenset(
    ("", "-1", "unknown", "none", "n/a", "na", "null", "nan", "unlimited", "infinite", "partition_limit", "not set")
)
_STATES = {
    "COMPLETED": Status.COMPLETED,
    "CANCELLED": Status.CANCELLED,
    **dict.fromkeys(
        ("FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE", "PREEMPTED", "REVOKED"),
        Status.FAILED,
    ),
    **dict.fromkeys(
        ("RUNNING", "PENDING", "SUSPENDED", "CONFIGURING", "COMPLETING", "REQUEUED", "RESIZING", "STOPPED"),
        Status.UNFINISHED,
    ),
}
_INFINITE = 2**32 - 2
_CLOCK = re.compile(r"[0-9]+(\.[0-9]+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a kind of table keeps the fields of a job.

    ``required`` lists the columns by which the layout is recognised.  ``limit_unit`` is the number of seconds in which
    plain numbers in the column of limits are counted.  Rows whose identifier ``is_step`` are parts of another row.
    """

    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...] = ()
    limit_unit: float = 1
    is_step: Callable[[str], bool] | None = None

    def fits(self, header: Sequence[str]) -> bool:
        """Return whether a table with these columns has this layout."""
        names = {name.strip().lower() for name in header}
        return all(name.lower() in names for name in self.required)

    def positions(self, header: Sequence[str]) -> dict[str, int]:
        """Return the position of each field that the table has."""
        names = [name.strip().lower() for name in header]
        found = {}
        for field, aliases in self.columns.items():
            position = next((names.index(alias.lower()) for alias in aliases if alias.lower() in names), None)
            if position is not None:
                found[field] = position
        return found


CANONICAL = Layout({field: (field,) for field in FIELDS}, required=("submit", "runtime", "nodes"))
"""Tables whose columns are called like our fields."""


def mapped(columns: Mapping[str, str], header: Sequence[str], source: Source) -> Layout:
    """Return the layout that the user describes; raise InputError for unknown fields and columns."""
    names = {name.strip().lower() for name in header}
    for field, column in columns.items():
        if field not in FIELDS:
            raise InputError.at(source, "", f"there is no field {field!r}; fields are: {', '.join(FIELDS)}")
        if column.strip().lower() not in names:
            raise InputError.at(source, "", f"there is no column {column!r}; columns are: {', '.join(header)}")
    return Layout({field: (columns.get(field, field),) for field in FIELDS})


class RowReader:
    """Makes entries of a trace from the rows of one table; raises InputError if necessary columns are missing."""

    def __init__(self, layout: Layout, header: Sequence[str], source: Source, limit_unit: float | None) -> None:
        at = self._at = layout.positions(header)
        self._is_step = layout.is_step
        self._limit_unit = limit_unit or layout.limit_unit
        missing = [] if "submit" in at else ["submit"]
        if "runtime" not in at and not ("start" in at and "end" in at):
            missing.append("runtime (or start and end)")
        if not any(size in at for size in _SIZES):
            missing.append("nodes or processors")
        if missing:
            raise InputError.at(
                source,
                "",
                f"no column for {', '.join(missing)}; say which with --column FIELD=COLUMN; "
                f"columns are: {', '.join(header)}",
            )
        self.unit: Literal["nodes", "processors"] = "nodes" if "nodes" in at else "processors"
        if "nodes" not in at and "requested_nodes" in at and "processors" not in at:
            self.unit = "nodes"

    def read(self, place: int, row: Sequence[Any]) -> TraceJob | None:
        """Return a row as an entry of a trace, None if it is a part of another row; raise ValueError for bad cells."""
        at = self._at

        def cell(field: str) -> Any:
            value = row[at[field]] if field in at else None
            return value.strip() if isinstance(value, str) else value

        identifier = _label(cell("id"))
        if self._is_step is not None and self._is_step(str(identifier)):
            return None
        submit, start, end = (_named(field, instant, cell(field)) for field in ("submit", "start", "end"))
        if submit is not None and submit < 0:
            submit = None
        runtime = _named("runtime", duration, cell("runtime"))
        if runtime is None and start is not None and end is not None:
            runtime = end - start
        allocated, requested = (
            ("nodes", "requested_nodes") if self.unit == "nodes" else ("processors", "requested_processors")
        )
        return TraceJob(
            place,
            place if identifier is None else identifier,
            submit,
            None if start is None or submit is None else start - submit,
            runtime,
            _named(allocated, count, cell(allocated)),
            _named(requested, count, cell(requested)),
            _named("limit", self._limit, cell("limit")),
            _status(cell("status"), cell("exit_code")),
            _label(cell("user")),
            _label(cell("group")),
            _label(cell("queue")),
            _label(cell("partition")),
        )

    def _limit(self, value: Any) -> float | None:
        seconds = duration(value, self._limit_unit)
        # Slurm's numbers for "infinite" and "no value" may be written as they are.
        return seconds if seconds is not None and 0 < seconds < _INFINITE * self._limit_unit else None


def _named(field: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return None if value is None else read(value)
    except ValueError as error:
        raise ValueError(f"{field} is {value!r}, expected {error}") from None


def instant(value: Any) -> float | None:
    """Return a point in time in seconds since 1970 (dates without time zone are UTC), or since the trace began.

    Raise ValueError with what is expected.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        if value.lower() in _UNKNOWN:
            return None
        number = _plain(value)
        if number is not None:
            return number
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("seconds, or a date and time like 2024-05-31T12:30:00") from None
    else:
        return _number(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    seconds = since.days * 86400 + since.seconds
    return seconds + since.microseconds * 1e-6 if since.microseconds else seconds


def duration(value: Any, unit: float = 1) -> float | None:
    """Return a span of time in seconds; plain numbers count *unit* seconds.  Raise ValueError with what is expected."""
    if isinstance(value, timedelta):
        return _whole(value.total_seconds())
    if not isinstance(value, str):
        number = _number(value)
        return None if number is None or number == -1 else _whole(number * unit)
    if value.lower() in _UNKNOWN:
        return None
    number = _plain(value)
    if number is not None:
        return _whole(number * unit)
    days, dash, clock = value.rpartition("-")
    parts = clock.split(":")
    if len(parts) > 3 or not (dash or len(parts) > 1) or not all(map(_CLOCK.fullmatch, [days or "0", *parts])):
        raise ValueError("seconds, [hours:]minutes:seconds, or days-hours[:minutes[:seconds]]")
    if dash:
        parts += ["0"] * (3 - len(parts))
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    return _whole(seconds + float(days or 0) * 86400)


def count(value: Any) -> int | None:
    """Return a positive whole number, None for zero and unknown ones.  Raise ValueError with what is expected."""
    if isinstance(value, str):
        if value.lower() in _UNKNOWN:
            return None
        number = _plain(value)
    else:
        number = _number(value)
        if number is None:
            return None
    if number is None or number != int(number):
        raise ValueError("a whole number")
    return int(number) if number > 0 else None


def _plain(text: str) -> float | None:
    """Return the number that a text is, None if it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number) or "_" in text:
        return None
    return _whole(number)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _whole(number: float) -> float:
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number


def _label(value: Any) -> Label | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, int):
        return value
    text = str(value)
    if text.lower() in _UNKNOWN:
        return None
    return int(text) if text.isascii() and text.isdecimal() and text == str(int(text)) else text


def _status(state: Any, exit_code: Any) -> int | str:
    if state is None:
        if exit_code is None:
            return Status.UNKNOWN
        number = _plain(str(exit_code).partition(":")[0])
        return Status.UNKNOWN if number is None else Status.COMPLETED if number == 0 else Status.FAILED
    text = str(state)
    if text.lower() in _UNKNOWN:
        return Status.UNKNOWN
    number = _plain(text)
    if number is not None:
        return int(number)
    word = text.split()[0].upper()
    if word.endswith("+"):
        # sacct cuts states that do not fit their column.
        word = next((name for name in _STATES if name.startswith(word[:-1])), word)
    return _STATES.get(word, text)
