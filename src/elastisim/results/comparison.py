"""Comparison of runs: which was better in what, for which jobs, and what differs between their inputs."""

from __future__ import annotations

import statistics as standard
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from elastisim.errors import InputError
from elastisim.results.files import RECORDERS
from elastisim.results.inference import Interval, mean_interval, paired_interval
from elastisim.results.reading import read_history
from elastisim.results.scorecard import SCORES
from elastisim.results.statistics import BOUND, compute_statistics
from elastisim.results.tables import holds_results, open_run
from elastisim.results.window import parse_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from elastisim.results.history import History, JobRecord
    from elastisim.results.provenance import RunDescription
    from elastisim.results.statistics import Statistics

SAME = 1e-6
"""Differences of times up to this (seconds), or of slowdowns, count as none: the tolerance of result files."""


@dataclass(frozen=True, slots=True)
class Replicate:
    """One run of a contender; ``name`` tells it from its siblings (the name of its directory)."""

    name: str
    history: History
    statistics: Statistics
    description: RunDescription | None


@dataclass(frozen=True, slots=True)
class Contender:
    """What is compared: one run, or several of the same kind that differ in their seed."""

    name: str
    replicates: tuple[Replicate, ...]


class ScoreDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of one contender, beside that of the first one.

    ``value`` is the mean over replicates.  ``difference`` is the mean of the differences of pairs of replicates, with
    its confidence interval if there are several pairs.  ``verdict`` is ``better``, ``worse``, ``same``, or ``open``
    if neither direction is better or the interval includes zero.
    """

    value: Interval | None
    difference: Interval | None = None
    relative: float | None = None
    verdict: str = "open"


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of all contenders."""

    name: str
    title: str
    better: int
    contenders: list[ScoreDifference]


class JobDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """Differences of a metric between the same jobs of two contenders: negative where jobs fared better.

    The interval treats jobs as independent, which jobs of one run are not: it describes, it does not prove.
    """

    metric: str
    pairs: int
    mean: Interval
    median: float
    better: int
    worse: int
    same: int


class PairedJobs(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs of a contender beside the same jobs of the first one."""

    contender: str
    unmatched: int
    metrics: list[JobDifferences]


class InputDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Something in which runs were set up differently: its name, and its value in each contender."""

    name: str
    values: list[str]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of contenders with the first one of them."""

    contenders: list[str]
    replicates: list[int]
    partial: list[bool]
    scores: list[ScoreRow]
    jobs: list[PairedJobs]
    inputs: list[InputDifference]
    provenance_unknown: list[str]


def open_contender(directory: Path, *, window: str | None = None, bound: float = BOUND) -> Contender:
    """Return what lies in *directory*: the results of a run, or directories with results, one for each replicate."""
    parts = [directory] if not directory.is_dir() or holds_results(directory) else _replicate_directories(directory)

    def replicates() -> Iterator[Replicate]:
        for part in parts or [directory]:
            run = open_run(part)
            history = read_history(run)
            statistics = compute_statistics(
                history, window=parse_window(window, history) if window else None, bound=bound
            )
            yield Replicate(part.name, history, statistics, run.description)

    return Contender(directory.as_posix(), tuple(replicates()))


def _replicate_directories(directory: Path) -> list[Path]:
    return sorted(part for part in directory.iterdir() if part.is_dir() and holds_results(part))


def pairs(first: Contender, other: Contender) -> list[tuple[Replicate, Replicate]]:
    """Return the replicates that belong together: those of the same name, or the only ones of both."""
    if len(first.replicates) == len(other.replicates) == 1:
        return [(first.replicates[0], other.replicates[0])]
    named = {replicate.name: replicate for replicate in first.replicates}
    return [(named[mine.name], mine) for mine in other.replicates if mine.name in named]


def compare(contenders: Sequence[Contender]) -> Comparison:
    """Return the comparison of *contenders* with the first one; raise InputError for fewer than two."""
    if len(contenders) < 2:
        raise InputError.at("", "", "a comparison needs at least two runs")
    descriptions = [contender.replicates[0].description for contender in contenders]
    return Comparison(
        contenders=[contender.name for contender in contenders],
        replicates=[len(contender.replicates) for contender in contenders],
        partial=[any(replicate.history.is_partial for replicate in one.replicates) for one in contenders],
        scores=list(_score_rows(contenders)),
        jobs=[_pair_jobs(contenders[0], other) for other in contenders[1:]],
        inputs=list(_input_differences(descriptions)),
        provenance_unknown=[
            contender.name
            for contender, description in zip(contenders, descriptions, strict=True)
            if description is None
        ],
    )


def _score_rows(contenders: Sequence[Contender]) -> Iterator[ScoreRow]:
    first = contenders[0]
    for score in SCORES:
        row = []
        for contender in contenders:
            values = [score.of(replicate.statistics) for replicate in contender.replicates]
            value = mean_interval([value for value in values if value is not None])
            if contender is first:
                row.append(ScoreDifference(value=value))
                continue
            both = [(score.of(a.statistics), score.of(b.statistics)) for a, b in pairs(first, contender)]
            known = [(a, b) for a, b in both if a is not None and b is not None]
            difference = paired_interval([a for a, _ in known], [b for _, b in known])
            base = mean_interval([a for a, _ in known])
            row.append(
                ScoreDifference(
                    value=value,
                    difference=difference,
                    relative=difference.mean / base.mean if difference and base and base.mean else None,
                    verdict=_verdict(difference, score.better),
                )
            )
        if any(cell.value is not None for cell in row):
            yield ScoreRow(name=score.name, title=score.title, better=score.better, contenders=row)


def _verdict(difference: Interval | None, better: int) -> str:
    if difference is None:
        return "open"
    if abs(difference.mean) <= SAME:
        return "same"
    if not better or (difference.count > 1 and not difference.excludes_zero):
        return "open"
    return "better" if difference.mean * better > 0.0 else "worse"


def matched_jobs(first: History, other: History) -> Iterator[tuple[JobRecord, JobRecord]]:
    """Yield the jobs that are the same in both runs: same ID, type and submission time."""
    known = {job.identifier: job for job in first.jobs}
    for job in other.jobs:
        twin = known.get(job.identifier)
        if twin is not None and twin.type == job.type and abs(twin.submit - job.submit) <= SAME:
            yield twin, job


def job_values(bound: float) -> dict[str, Callable[[JobRecord], float | None]]:
    """Return how the metrics that are compared job by job are read from a job."""
    return {
        "wait": lambda job: job.wait,
        "turnaround": lambda job: job.turnaround if job.has_run else None,
        "bounded_slowdown": lambda job: job.bounded_slowdown(bound),
    }


def _pair_jobs(first: Contender, other: Contender) -> PairedJobs:
    together = pairs(first, other)
    bound = first.replicates[0].statistics.bound
    matched = [
        (before, after)
        for a, b in together
        for before, after in matched_jobs(a.history, b.history)
        if a.statistics.window.holds(before) and b.statistics.window.holds(after)
    ]
    expected = sum(max(a.statistics.jobs.total, b.statistics.jobs.total) for a, b in together)
    metrics = []
    for name, value in job_values(bound).items():
        known = [(value(a), value(b)) for a, b in matched]
        differences = [b - a for a, b in known if a is not None and b is not None]
        interval = mean_interval(differences)
        if interval is None:
            continue
        better = sum(difference < -SAME for difference in differences)
        worse = sum(difference > SAME for difference in differences)
        metrics.append(
            JobDifferences(
                metric=name,
                pairs=len(differences),
                mean=interval,
                median=standard.median(differences),
                better=better,
                worse=worse,
                same=len(differences) - better - worse,
            )
        )
    return PairedJobs(contender=other.name, unmatched=expected - len(matched), metrics=metrics)


def _input_differences(descriptions: Sequence[RunDescription | None]) -> Iterator[InputDifference]:
    facts = [_facts(description) for description in descriptions]
    names = dict.fromkeys(name for known in facts for name in known)
    for name in names:
        values = [known.get(name, "") for known, description in zip(facts, descriptions, strict=True) if description]
        if len(set(values)) > 1:
            yield InputDifference(name=name, values=[known.get(name, "") for known in facts])


def _facts(description: RunDescription | None) -> dict[str, str]:
    """Return what a run was made of, under names to compare by."""
    if description is None:
        return {}
    facts = {"engine": description.engine}
    if description.algorithm is not None:
        facts["algorithm"] = description.algorithm.name
        facts |= {f"algorithm option {name}": _text(value) for name, value in description.algorithm.options.items()}
    facts |= {f"option {name}": _text(value) for name, value in description.options.items() if name not in RECORDERS}
    for file in description.inputs:
        facts[f"content of {file.role}"] = " ".join(filter(None, (facts.get(f"content of {file.role}"), file.sha256)))
    if description.versions is not None:
        facts |= {
            "elastisim version": description.versions.elastisim,
            "Python": description.versions.python,
            "system": description.versions.system,
        }
    return facts


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
