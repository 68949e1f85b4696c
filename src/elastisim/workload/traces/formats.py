"""Trace formats as plugins, and finding the one that fits a file.

A format is an object with the three members of :class:`TraceFormat`, registered as an entry point of the group
``elastisim.workloads`` under its name.  Ours are registered the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from elastisim.errors import InputError

if TYPE_CHECKING:
    from elastisim.workload.records import TraceJob
    from elastisim.workload.traces.source import Source

ENTRY_POINTS = "elastisim.workloads"

Flag: TypeAlias = Callable[[str, int, str], bool]
"""Called by a reader with rule, line and description of a defect; counts it and returns whether to keep the entry."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user knows about a trace that it does not say itself.

    ``columns`` maps the fields of a job to columns of a table.  ``limit_unit`` is the number of seconds in which plain
    numbers in a column of time limits are counted, None for what the format says.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    limit_unit: float | None = None


@dataclass(slots=True)
class Trace:
    """A trace that is being read.

    ``jobs`` can be iterated once and reads as it goes.  ``unit`` says what sizes count, ``place`` what the places of
    entries count.  ``nodes`` and ``processors`` are the size of the machine as far as the trace says, ``epoch`` is its
    time 0 in seconds since 1970.  ``skipped`` counts entries that are no jobs, by kind, and ``header`` collects
    comments; both are complete when the jobs have been iterated.  ``models`` holds the application models that jobs
    name.
    """

    jobs: Iterable[TraceJob]
    unit: Literal["nodes", "processors"]
    place: str = "line"
    nodes: int | None = None
    processors: int | None = None
    epoch: float | None = None
    header: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)


class TraceFormat(Protocol):
    """A format of traces."""

    @property
    def summary(self) -> str:
        """One line for listings: what the format is."""

    def recognises(self, sample: bytes) -> bool:
        """Return whether a file that begins with *sample* (decompressed) has this format."""

    def read(self, source: Source, options: ReadOptions, flag: Flag) -> Trace:
        """Begin to read a trace; raise InputError if the file as a whole is unusable."""


def available() -> dict[str, TraceFormat]:
    """Return all installed formats by name, in order of their names."""
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return {point.name: point.load() for point in points}


def detect(source: Source, options: ReadOptions) -> tuple[str, TraceFormat]:
    """Return name and format of a trace, judged by its content; raise InputError unless exactly one format fits.

    A mapping of columns says that the trace is a table.
    """
    formats = available()
    sample = source.sample()
    if not sample.strip():
        raise InputError.at(source, "", "the file is empty")
    fitting = [name for name, one in formats.items() if one.recognises(sample)]
    if options.columns and fitting != ["parquet"]:
        fitting = ["table"]
    if len(fitting) == 1:
        return fitting[0], formats[fitting[0]]
    if fitting:
        names = ", ".join(fitting)
        raise InputError.at(source, "", f"looks like several formats ({names}); name the right one with --format")
    listing = "".join(f"\n  {name}: {one.summary}" for name, one in formats.items())
    raise InputError.at(
        source, "", f"is in none of the known formats; tables of any layout can be read with --column:{listing}"
    )


def named(name: str) -> TraceFormat:
    """Return the format of that name."""
    formats = available()
    if name not in formats:
        raise InputError.at("", "", f"there is no trace format {name!r}; known are: {', '.join(formats)}")
    return formats[name]
