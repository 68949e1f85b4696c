"""The Standard Workload Format (version 2.2) of the Parallel Workloads Archive, read and written.

One line of 18 white-space separated numbers for each job, -1 for unknown; comments begin with a semicolon, and those at
the beginning hold facts about the machine as ``Key: value``.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from elastisim.workload.records import TraceJob
from elastisim.workload.traces.formats import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from elastisim.workload.traces.formats import Flag, ReadOptions
    from elastisim.workload.traces.source import Source


class SwfJob(NamedTuple):
    """A line of a file in the Standard Workload Format; times in seconds, memory in kB per processor."""

    number: int
    submit: float
    wait: float = -1
    runtime: float = -1
    allocated: int = -1
    average_cpu_time: float = -1
    used_memory: float = -1
    requested: int = -1
    requested_time: float = -1
    requested_memory: float = -1
    status: int = -1
    user: int = -1
    group: int = -1
    executable: int = -1
    queue: int = -1
    partition: int = -1
    preceding_job: int = -1
    think_time: float = -1


FIELDS = len(SwfJob._fields)
_MAY_BE_FRACTIONAL = frozenset(
    SwfJob._fields.index(name)
    for name in (
        "submit",
        "wait",
        "runtime",
        "average_cpu_time",
        "used_memory",
        "requested_time",
        "requested_memory",
        "think_time",
    )
)


def parse(line: bytes) -> SwfJob:
    """Return the job on a line; raise ValueError that says what is wrong with it."""
    fields = line.split()
    if len(fields) < FIELDS:
        raise ValueError(f"{len(fields)} fields where the Standard Workload Format has {FIELDS}")
    return SwfJob._make(_number(index, field) for index, field in enumerate(fields[:FIELDS]))


def _number(index: int, field: bytes) -> float:
    text = field.decode(errors="replace")
    try:
        if "_" in text or not text.isascii():
            raise ValueError
        value: float = int(text) if text.lstrip("+-").isdecimal() else float(text)
        if not math.isfinite(value):
            raise ValueError
    except ValueError:
        raise ValueError(f"field {index + 1} is {text!r}, expected a number") from None
    if isinstance(value, float) and index not in _MAY_BE_FRACTIONAL:
        if not value.is_integer():
            raise ValueError(f"field {index + 1} is {text!r}, expected a whole number")
        return int(value)
    return value


def read_jobs(source: Source, header: list[str], flag: Flag) -> Iterator[tuple[int, SwfJob]]:
    """Yield the jobs of a file with their line numbers, and append the comments to *header* on the way."""
    for number, line in enumerate(source.lines(), 1):
        fields = line.split()
        # Nearly all lines hold 18 plain integers; int() also takes underscores, which are no part of the format.
        try:
            values = list(map(int, fields))
            if len(values) == FIELDS and b"_" not in line:
                yield number, SwfJob._make(values)
                continue
        except ValueError:
            pass
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line, fields = line[3:], line[3:].split()
        if not fields:
            continue
        if fields[0].startswith(b";"):
            header.append(_text(line.strip()[1:]).removeprefix(" "))
            continue
        if len(fields) > FIELDS and not flag("extra-fields", number, f"{len(fields)} fields instead of {FIELDS}"):
            continue
        try:
            job = parse(line)
        except ValueError as error:
            flag("malformed", number, str(error))
            continue
        yield number, job


def _text(comment: bytes) -> str:
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")


def header_value(header: Iterable[str], key: str) -> str | None:
    """Return the value of a header comment ``Key: value``, None if there is none."""
    for line in header:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == key.lower():
            return value.strip()
    return None


def _header_size(header: Iterable[str], key: str) -> int | None:
    match = re.match(r"\d+", header_value(header, key) or "")
    return int(match[0]) or None if match else None


def _known(value: float) -> float | None:
    return None if value == -1 else value


def _label(value: int) -> int | None:
    return None if value < 0 else value


def _size(value: int) -> int | None:
    return value if value > 0 else None


def trace_job(place: int, job: SwfJob) -> TraceJob:
    """Return a line as an entry of a trace; -1 becomes None."""
    return TraceJob(
        place,
        job.number,
        job.submit if job.submit >= 0 else None,
        _known(job.wait),
        _known(job.runtime),
        _size(job.allocated),
        _size(job.requested),
        job.requested_time if job.requested_time > 0 else None,
        job.status,
        _label(job.user),
        _label(job.group),
        _label(job.queue),
        _label(job.partition),
    )


class SwfFormat:
    """The Standard Workload Format as a trace format."""

    summary = "Standard Workload Format of the Parallel Workloads Archive"

    def recognises(self, sample: bytes) -> bool:
        """Return whether the file begins with comments or with a line of 18 numbers."""
        lines = [line for line in sample.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
        if lines and not lines[0].lstrip().startswith(b";"):
            return _is_job(lines[0])
        return all(line.lstrip().startswith(b";") for line in lines) or any(map(_is_job, lines))

    def read(self, source: Source, options: ReadOptions, flag: Flag) -> Trace:  # noqa: ARG002
        """Read the header, and return the trace."""
        header: list[str] = []
        jobs = read_jobs(source, header, flag)
        first = next(jobs, None)
        trace = Trace(
            jobs=_entries(first, jobs),
            unit="processors",
            nodes=_header_size(header, "MaxNodes"),
            processors=_header_size(header, "MaxProcs"),
            epoch=_header_size(header, "UnixStartTime"),
            header=header,
        )
        # In the archive, a log without MaxProcs has one processor per node, and some have only MaxProcs.
        trace.processors = trace.processors or trace.nodes
        return trace


def _is_job(line: bytes) -> bool:
    try:
        parse(line)
    except ValueError:
        return False
    return True


def _entries(first: tuple[int, SwfJob] | None, others: Iterable[tuple[int, SwfJob]]) -> Iterator[TraceJob]:
    if first is not None:
        yield trace_job(*first)
        for place, job in others:
            yield trace_job(place, job)


def write_jobs(jobs: Iterable[SwfJob], stream: TextIO, header: Iterable[str] = ()) -> None:
    """Write jobs and header comments; numbers keep all their digits."""
    for text in header:
        stream.writelines(f"; {line}".rstrip() + "\n" for line in text.splitlines() or [""])
    stream.writelines(" ".join(map(_written, job)) + "\n" for job in jobs)


def _written(value: float) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


FORMAT = SwfFormat()
