"""What a jobs file contains, in numbers: types, sizes, run times, and the load over time.

The run time of a job is its argument ``runtime``; without that its walltime stands for it; without both it is unknown,
and the job is missing in loads.  The size of a job whose size is not fixed is its preferred one (argument
``num_nodes_pref``), else the middle of its range (strategies S2.4, S2.5).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from elastisim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
RUNTIMES = (
    (MINUTE, "below 1 min"),
    (10 * MINUTE, "1 to 10 min"),
    (HOUR, "10 min to 1 h"),
    (6 * HOUR, "1 to 6 h"),
    (DAY, "6 to 24 h"),
    (math.inf, "1 day or more"),
)
"""Classes of run times: upper bound (exclusive) in seconds, and name."""
WIDTHS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY)
MOST_BINS = 32


class _Arguments(msgspec.Struct, gc=False):
    runtime: float | str | None = None
    num_nodes_pref: float | str | None = None


class _Job(msgspec.Struct, gc=False):
    type: str
    submit_time: float
    num_nodes: float | None = None
    num_nodes_min: float | None = None
    num_nodes_max: float | None = None
    walltime: float | None = None
    arguments: _Arguments = msgspec.field(default_factory=_Arguments)


class _File(msgspec.Struct):
    jobs: list[_Job] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A job as far as the summary is concerned; ``runtime`` in seconds, None if unknown."""

    type: str
    submit: float
    nodes: int
    smallest: int
    largest: int
    runtime: float | None

    @property
    def work(self) -> float:
        """Node-seconds, 0 if the run time is unknown."""
        return self.nodes * (self.runtime or 0.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, median, mean and largest of some values."""

    smallest: float
    median: float
    mean: float
    largest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """Return the spread, None if there are no values."""
        ordered = sorted(values)
        if not ordered:
            return None
        half = len(ordered) // 2
        median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
        return cls(ordered[0], median, math.fsum(ordered) / len(ordered), ordered[-1])


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """The jobs of one type; work in node-seconds."""

    type: str
    jobs: int
    nodes: Spread
    runtimes: Spread | None
    work: float


@dataclass(slots=True)
class Summary:
    """The jobs of a file.

    ``sizes`` counts jobs by the power of two at or below their size, ``runtimes`` by class.  ``load`` is the number of
    nodes that the jobs submitted in each interval of ``width`` seconds would keep busy during the interval, beginning
    at ``begin``.
    """

    jobs: list[JobFacts]
    types: list[TypeSummary]
    begin: float
    end: float
    without_runtime: int
    from_walltime: int
    sizes: dict[int, int]
    runtimes: dict[str, int]
    width: float
    load: list[float] = field(default_factory=list)

    @property
    def span(self) -> float:
        """Time from the first to the last submission."""
        return self.end - self.begin

    @property
    def work(self) -> float:
        """Node-seconds of all jobs."""
        return math.fsum(one.work for one in self.types)


def summarise(path: Path) -> Summary:
    """Return the summary of a jobs file; raise InputError if it is none, or if it has no jobs."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError.at(path, "", f"cannot be read: {error.strerror}") from None
    try:
        jobs = msgspec.json.decode(content, type=_File).jobs
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at ")
        raise InputError.at(path, where.strip("`"), message) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError.at(path, "", f"is no valid JSON: {error}") from None
    if not jobs:
        raise InputError.at(path, "$.jobs", "there are no jobs")
    facts = [_facts(path, index, job) for index, job in enumerate(jobs)]
    known = sum(job.arguments.runtime is not None for job in jobs)
    return _summary(facts, sum(one.runtime is not None for one in facts) - known)


def _facts(path: Path, index: int, job: _Job) -> JobFacts:
    kind = job.type.lower()
    if kind == "rigid":
        smallest = largest = nodes = job.num_nodes
    else:
        smallest, largest = job.num_nodes_min, job.num_nodes_max
        nodes = _number(path, index, "num_nodes_pref", job.arguments.num_nodes_pref)
        if nodes is None and smallest is not None and largest is not None:
            nodes = (smallest + largest) // 2
    if smallest is None or largest is None or nodes is None:
        expected = "num_nodes" if kind == "rigid" else "num_nodes_min and num_nodes_max"
        raise InputError.at(path, f"$.jobs[{index}]", f"{kind} job without {expected}")
    if not 1 <= smallest <= largest < math.inf or not 1 <= nodes < math.inf:
        raise InputError.at(path, f"$.jobs[{index}]", f"numbers of nodes are {smallest:g} to {largest:g}")
    runtime = _number(path, index, "runtime", job.arguments.runtime)
    if runtime is None and job.walltime:
        runtime = job.walltime
    return JobFacts(kind, job.submit_time, int(nodes), int(smallest), int(largest), runtime)


def _number(path: Path, index: int, name: str, value: float | str | None) -> float | None:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        message = f"is {value!r}, expected a number"
        raise InputError.at(path, f"$.jobs[{index}].arguments.{name}", message) from None


def _summary(jobs: list[JobFacts], from_walltime: int) -> Summary:
    begin, end = min(job.submit for job in jobs), max(job.submit for job in jobs)
    width = next((width for width in WIDTHS if (end - begin) / width < MOST_BINS), WIDTHS[-1])
    load = [0.0] * (int((end - begin) // width) + 1)
    for job in jobs:
        load[int((job.submit - begin) // width)] += job.work / width
    powers = Counter(2 ** (job.nodes.bit_length() - 1) for job in jobs)
    classes = Counter(runtime_class(job.runtime) for job in jobs if job.runtime is not None)
    return Summary(
        jobs=jobs,
        types=[_type_summary(kind, jobs) for kind in sorted({job.type for job in jobs})],
        begin=begin,
        end=end,
        without_runtime=sum(job.runtime is None for job in jobs),
        from_walltime=from_walltime,
        sizes={power: powers[power] for power in _powers(powers)},
        runtimes={name: classes[name] for _, name in RUNTIMES} if classes else {},
        width=width,
        load=load,
    )


def _powers(counts: Iterable[int]) -> Sequence[int]:
    powers = sorted(counts)
    return [2**exponent for exponent in range(powers[0].bit_length() - 1, powers[-1].bit_length())]


def runtime_class(runtime: float) -> str:
    """Return the name of the class of a run time."""
    return next((name for bound, name in RUNTIMES if runtime < bound), RUNTIMES[-1][1])


def _type_summary(kind: str, jobs: Sequence[JobFacts]) -> TypeSummary:
    mine = [job for job in jobs if job.type == kind]
    nodes = Spread.of(job.nodes for job in mine)
    assert nodes is not None
    runtimes = Spread.of(job.runtime for job in mine if job.runtime is not None)
    return TypeSummary(kind, len(mine), nodes, runtimes, math.fsum(job.work for job in mine))
