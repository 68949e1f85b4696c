"""Jobs from a jobs file (spec section 2)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.documents import Findings, decode, load
from elastisim.errors import InputError
from elastisim.workload.job import NO_STRINGS, JobDescription, JobType
from elastisim.workload.reading import jobs_document as document
from elastisim.workload.reading.checks import ModelChecks, loses_digits
from elastisim.workload.reading.models import read_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from elastisim.errors import Problem

LONGEST_ORIGINAL_WALLTIME = 2**31 - 1
"""Longer walltimes were ignored by the original (R2.3)."""


class Workload(Struct, frozen=True):
    """The jobs of a jobs file in the order of their submission (R2.4), and what is worth knowing about them."""

    file: Path
    jobs: tuple[JobDescription, ...]
    warnings: tuple[Problem, ...] = ()


def read_workload(jobs_file: Path, *, search: Sequence[Path] = (), full_precision: bool = False) -> Workload:
    """Read a jobs file and the application models that its jobs name.

    Relative names of models are looked up in the directories of *search*, one after the other, then beside the jobs
    file.  With *full_precision* floating-point arguments keep all digits instead of six decimals (R2.5).

    Raises :class:`InputError` with all problems of all files.
    """
    findings = Findings()
    written = decode(load(jobs_file), document.JobsDocument, jobs_file, findings)
    jobs = _Reader(jobs_file, search, findings, full_precision=full_precision).jobs((written and written.jobs) or [])
    findings.raise_problems()
    return Workload(jobs_file, jobs, tuple(findings.warnings))


class _Reader:
    def __init__(self, file: Path, search: Sequence[Path], findings: Findings, *, full_precision: bool) -> None:
        self._file = str(file)
        self._directories = list(dict.fromkeys([*search, file.parent]))
        self._findings = findings
        self._full_precision = full_precision
        self._models: dict[str, ModelChecks | None] = {}
        self._files: dict[Path, ModelChecks | None] = {}
        self._odd_walltimes: list[tuple[str, float]] = []
        self._rounded: dict[str, list[tuple[str, int | float, str]]] = {}

    def jobs(self, written: Sequence[document.AnyJob]) -> tuple[JobDescription, ...]:
        """Return the jobs in the order of their submission; those that have problems are left out."""
        readable = [(index, job) for index, job in enumerate(written) if job is not None]
        order = sorted(range(len(readable)), key=lambda position: readable[position][1].submit_time)
        identifiers = [0] * len(readable)
        for identifier, position in enumerate(order):
            identifiers[position] = identifier
        described = [
            self._job(job, identifier, f"$.jobs[{index}]")
            for (index, job), identifier in zip(readable, identifiers, strict=True)
        ]
        self._warn_of_walltimes()
        self._warn_of_rounding()
        return tuple(job for position in order if (job := described[position]) is not None)

    def _job(self, written: document.AnyJob, identifier: int, source: str) -> JobDescription | None:
        if isinstance(written, document.RigidJob):
            kind = JobType.RIGID
            min_nodes = max_nodes = int(written.num_nodes)
            min_gpus = max_gpus = written.num_gpus_per_node
        else:
            kind = _ELASTIC[type(written)]
            min_nodes, max_nodes = written.num_nodes_min, written.num_nodes_max
            min_gpus, max_gpus = written.num_gpus_per_node_min, written.num_gpus_per_node_max
            self._check_limits(min_nodes, max_nodes, f"{source}.num_nodes_min", "num_nodes_max")
            self._check_limits(min_gpus, max_gpus, f"{source}.num_gpus_per_node_min", "num_gpus_per_node_max")
        walltime = written.walltime
        if walltime is not None and (isinstance(walltime, float) or walltime > LONGEST_ORIGINAL_WALLTIME):
            self._odd_walltimes.append((source, walltime))
            if walltime > sys.float_info.max:
                self._findings.problem(self._file, f"{source}.walltime", "the number is out of range")
                return None
        arguments, texts = self._strings(written.arguments, source, "arguments")
        attributes, _ = self._strings(written.attributes, source, "attributes")
        checks = self._model(written.application_model, source)
        if checks is None:
            return None
        checks.check_loads(source, kind, min_nodes, full_precision=self._full_precision)
        checks.check_gpus(source, min_gpus, max_gpus)
        checks.check_names(source, kind, arguments, texts)
        return JobDescription(
            identifier=identifier,
            type=kind,
            submit_time=written.submit_time,
            walltime=float(walltime or 0),
            min_nodes=min_nodes,
            max_nodes=max_nodes,
            min_gpus_per_node=min_gpus,
            max_gpus_per_node=max_gpus,
            model=checks.model,
            phase_iterations=checks.phase_iterations(source, arguments, texts, min_nodes, max_nodes),
            arguments=arguments,
            attributes=attributes,
            source=source,
        )

    def _check_limits(self, least: int, most: int, path: str, other: str) -> None:
        if least > most:
            self._findings.problem(self._file, path, f"expected at most {other} ({most}), found {least}")

    def _strings(
        self, values: document.Attributes | None, source: str, key: str
    ) -> tuple[Mapping[str, str], Sequence[str]]:
        """Return arguments or attributes as the strings that they become (R2.5), and which of them were strings."""
        if not values:
            return NO_STRINGS, ()
        strings: dict[str, str] = {}
        texts: list[str] = []
        for name, value in values.items():
            if isinstance(value, str):
                strings[name] = value
                texts.append(name)
            elif isinstance(value, bool):
                strings[name] = "true" if value else "false"
            elif self._full_precision:
                strings[name] = repr(value)
            else:
                try:
                    strings[name] = text = _as_original(value)
                except OverflowError:
                    self._findings.problem(self._file, f"{source}.{key}.{name}", "the number is out of range")
                    continue
                if float(text) != value and (isinstance(value, int) or loses_digits(value)):
                    self._rounded.setdefault(f"{key}.{name}", []).append((source, value, text))
        return strings, texts

    def _model(self, name: str, source: str) -> ModelChecks | None:
        """Return the model of this name, read once for all jobs that share it, or None after reporting a problem."""
        if name not in self._models:
            self._models[name] = self._find_model(name, f"{source}.application_model")
        return self._models[name]

    def _find_model(self, name: str, source: str) -> ModelChecks | None:
        candidates = [directory / name for directory in self._directories]
        file = next((candidate for candidate in candidates if candidate.is_file()), None)
        if file is None:
            tried = ", ".join(dict.fromkeys(map(str, candidates)))
            self._findings.problem(self._file, source, f"there is no such file: {tried}")
            return None
        if file not in self._files:
            try:
                self._files[file] = ModelChecks(read_model(file, self._findings), self._file, self._findings)
            except InputError as error:
                self._findings.problems += error.problems
                self._files[file] = None
        return self._files[file]

    def _warn_of_walltimes(self) -> None:
        if self._odd_walltimes:
            (source, walltime), count = self._odd_walltimes[0], len(self._odd_walltimes)
            message = (
                f"{walltime!r} is a limit here, but the original ignores walltimes that are not spelled as whole "
                f"numbers up to {LONGEST_ORIGINAL_WALLTIME}{_and_more(count)}"
            )
            self._findings.warning(self._file, f"{source}.walltime", message)

    def _warn_of_rounding(self) -> None:
        for place, cases in self._rounded.items():
            source, value, text = cases[0]
            reason = "six decimals" if isinstance(value, float) else "the original has 64 bits"
            message = (
                f"{value!r} becomes {text} ({reason}); full_precision in the configuration prevents that"
                f"{_and_more(len(cases))}"
            )
            self._findings.warning(self._file, f"{source}.{place}", message)


_ELASTIC: dict[type, JobType] = {
    document.MoldableJob: JobType.MOLDABLE,
    document.MalleableJob: JobType.MALLEABLE,
    document.EvolvingJob: JobType.EVOLVING,
    document.AdaptiveJob: JobType.ADAPTIVE,
}


def _as_original(value: float) -> str:
    """Return a number as the string that the original makes of it (R2.5)."""
    if isinstance(value, float):
        return f"{value:f}"
    if -(2**63) <= value < 2**63:
        return str(value)
    # From 2^63 on integers wrap around; what does not fit 64 bits is a floating-point number to the original.
    return str(value - 2**64) if 2**63 <= value < 2**64 else f"{float(value):f}"


def _and_more(count: int) -> str:
    return "" if count == 1 else f" ({count} jobs in this file)"
