"""The configuration of a simulation (spec section 1)."""

# Annotations are objects here: as text, they would be compiled at each start.

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from elastisim.documents import LENIENT, Findings, decode, load
from elastisim.errors import InputError, Problem


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration of ElastiSim."""

    jobs_file: Annotated[str, Meta(description="Path of the jobs file.")]
    platform_file: Annotated[str, Meta(description="Path of the platform, a SimGrid XML file.")]
    zmq_url: Annotated[
        str | None, Meta(description="Address on which the scheduling algorithm is reached over ZeroMQ.")
    ] = None

    schedule_on_job_submit: Annotated[
        bool, Meta(extra=LENIENT, description="Whether each submission invokes the algorithm.")
    ] = False
    schedule_on_job_finalize: Annotated[
        bool, Meta(extra=LENIENT, description="Whether each completion and walltime kill invokes the algorithm.")
    ] = False
    schedule_on_scheduling_point: Annotated[
        bool, Meta(extra=LENIENT, description="Whether each scheduling point invokes the algorithm.")
    ] = False
    schedule_on_reconfiguration: Annotated[
        bool,
        Meta(
            extra=LENIENT,
            description="Whether each applied reconfiguration invokes the algorithm; without effect if "
            "schedule_on_scheduling_point is true.",
        ),
    ] = False
    scheduling_interval: Annotated[
        float, Meta(ge=0, description="Seconds between periodic invocations of the algorithm; 0 for none.")
    ] = 0.0
    skip_idle_ticks: Annotated[
        bool,
        Meta(
            description="Whether periodic invocations are left out while no job or node has changed since the last "
            "invocation; that a job has passed a scheduling point is no change then, and is not reported.",
        ),
    ] = False
    min_scheduling_interval: Annotated[
        float, Meta(ge=0, description="Invocations that come earlier after the previous one, in seconds, are dropped.")
    ] = 0.0
    allow_oversubscription: Annotated[
        bool, Meta(extra=LENIENT, description="Whether several jobs may run on one node.")
    ] = False
    clip_evolving_requests: Annotated[
        bool, Meta(description="Whether evolving requests are clipped to the limits of the job instead of refused.")
    ] = True
    unfinished_jobs_only: Annotated[
        bool, Meta(description="Whether algorithms schedule(jobs, nodes, system) receive unfinished jobs only.")
    ] = False
    forward_io_information: Annotated[
        bool,
        Meta(extra=LENIENT, description="Whether the algorithm is told about the load of the parallel file system."),
    ] = False
    job_kill_grace_period: Annotated[
        float, Meta(ge=0, description="Seconds between the end of the walltime and the kill.")
    ] = 0.0
    show_progress_bar: Annotated[bool, Meta(description="Whether to show the progress on a terminal.")] = True

    sensing: Annotated[
        bool, Meta(extra=LENIENT, description="Whether utilization is sampled at regular intervals.")
    ] = False
    sensing_interval: Annotated[float, Meta(description="Seconds between samples; mandatory with sensing.")] = 0.0
    log_task_times: Annotated[
        bool, Meta(extra=LENIENT, description="Whether the duration of each task on each node is written.")
    ] = False
    pfs_read_links: Annotated[
        tuple[str, ...], Meta(description="Names of the links over which the parallel file system is read.")
    ] = ()
    pfs_write_links: Annotated[
        tuple[str, ...], Meta(description="Names of the links over which the parallel file system is written.")
    ] = ()

    job_statistics: Annotated[str, Meta(description="Result file: one row for each job.")]
    node_utilization: Annotated[str, Meta(description="Result file: jobs on each node.")]
    cpu_utilization: Annotated[
        str | None, Meta(description="Result file: sampled CPU utilization; mandatory with sensing.")
    ] = None
    gpu_utilization: Annotated[
        str | None, Meta(description="Result file: sampled GPU utilization; mandatory with sensing.")
    ] = None
    network_activity: Annotated[
        str | None, Meta(description="Result file: sampled network utilization; mandatory with sensing.")
    ] = None
    pfs_utilization: Annotated[
        str | None,
        Meta(description="Result file: sampled utilization of the parallel file system; mandatory with sensing."),
    ] = None
    task_times: Annotated[
        str | None, Meta(description="Result file: durations of tasks; mandatory with log_task_times.")
    ] = None

    result_format: Annotated[
        Literal["csv", "parquet", "both"],
        Meta(
            description="Format of the result files that grow with nodes and time, those of nodes, tasks and "
            "utilization: csv as the original writes them, or parquet, smaller and typed."
        ),
    ] = "csv"

    engine: Annotated[
        Literal["fast", "exact"],
        Meta(description="fast, or exact to reproduce the original's results to the last digit, much slower."),
    ] = "fast"
    full_precision: Annotated[
        bool, Meta(description="Whether numbers keep all digits that the original rounds to six decimals.")
    ] = False
    significant_digits: Annotated[
        Literal[6, 15], Meta(description="Digits of numbers in result files: 15, or 6 as the original prints.")
    ] = 15


class Configuration(Keys, frozen=True, kw_only=True):
    """A configuration that was read and checked.

    All keys of the file are attributes.  ``file`` is where they come from, for messages (empty for a mapping);
    ``jobs_path`` and ``platform_path`` are the input files, found; ``search_directories`` are where to look for
    application models, one directory after the other; ``warnings`` is what is worth knowing.
    """

    file: str
    jobs_path: Path
    platform_path: Path
    search_directories: tuple[Path, ...]
    warnings: tuple[Problem, ...] = ()

    def result_paths(self, directory: Path | None = None) -> dict[str, Path]:
        """Return the paths of the result files to be written, by their keys; Parquet files have keys of their own.

        Paths are relative to the working directory; with a *directory* all files go there by their base names, except
        for those that go to the null device.
        Raises :class:`InputError` if two result files have the same path.
        """
        paths: dict[str, Path] = {}
        for key in (*ALWAYS_WRITTEN, *(WRITTEN_WITH_SENSING if self.sensing else ())):
            paths[key] = Path(getattr(self, key))
        if self.log_task_times:
            paths["task_times"] = Path(self.task_times or "")
        if self.result_format != "csv":
            paths = self._with_parquet(paths)
        if directory is not None:
            paths = {key: path if path == NOWHERE else directory / path.name for key, path in paths.items()}
        owners: dict[Path, str] = {}
        for key, path in paths.items():
            if (other := owners.setdefault(path, key)) != key and path != NOWHERE:
                message = f"{path} is the file of {other.removesuffix(PARQUET)}, too"
                raise InputError.at(self.file, f"$.{key.removesuffix(PARQUET)}", message)
        return paths

    def _with_parquet(self, paths: Mapping[str, Path]) -> dict[str, Path]:
        """Return *paths* with those of Parquet files beside or instead of those of CSV files."""
        found = {}
        for key, path in paths.items():
            if key not in WRITTEN_AS_PARQUET or self.result_format == "both":
                found[key] = path
            if key in WRITTEN_AS_PARQUET and path != NOWHERE:
                found[key + PARQUET] = parquet_path(path)
        return found

    @property
    def samples_loads(self) -> bool:
        """Whether samples are taken while the simulation runs: Parquet files are written without."""
        return self.sensing and self.result_format != "parquet"

    def needed_zmq_url(self) -> str:
        """Return the address for ZeroMQ; raises :class:`InputError` if the configuration has none."""
        if not self.zmq_url:
            message = "is missing (expected an address such as tcp://127.0.0.1:5555, or an algorithm to run in process)"
            raise InputError.at(self.file, "$.zmq_url", message)
        return self.zmq_url


KNOWN_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(Keys))
NOWHERE = Path(os.devnull)
ALWAYS_WRITTEN = ("job_statistics", "node_utilization")
WRITTEN_WITH_SENSING = ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")
WRITTEN_AS_PARQUET = ("node_utilization", "task_times", *WRITTEN_WITH_SENSING)
"""Result files that ``result_format`` is about: those whose size grows with nodes and time."""
PARQUET = ".parquet"
"""Suffix of Parquet files, and what distinguishes their keys from those of CSV files."""
IGNORED_KEYS = frozenset({"final_scheduling_point"})
"""Deprecated keys of the original, without any effect there (R1.9)."""


def read_configuration(
    source: Path | str | Mapping[str, object], overrides: Mapping[str, object] | None = None
) -> Configuration:
    """Read a configuration from a file, or take it from a mapping; *overrides* replace keys of it.

    Unknown keys of the file are ignored with a warning, as in the original (R1.2); unknown overrides are errors.
    Raises :class:`InputError` with all problems.
    """
    findings = Findings()
    file = "" if isinstance(source, Mapping) else str(source)
    directories = search_directories(Path(file))
    members = dict(source) if isinstance(source, Mapping) else _members(Path(source), findings)
    _report_unknown(file, members, overrides or {}, findings)
    keys = decode(_as_json({**members, **(overrides or {})}, file), Keys, file, findings)
    _refuse_leniency(overrides or {}, findings)
    if keys is None:
        raise InputError(findings.problems)
    _check(keys, file, findings)
    jobs_path = _find(keys.jobs_file, directories, file, "jobs_file", findings)
    platform_path = _find(keys.platform_file, directories, file, "platform_file", findings)
    findings.raise_problems()
    return Configuration(
        **msgspec.structs.asdict(keys),
        file=file,
        jobs_path=jobs_path,
        platform_path=platform_path,
        search_directories=directories,
        warnings=tuple(findings.warnings),
    )


def parquet_path(path: Path) -> Path:
    """Return the path of the Parquet file that belongs to a result file: with another suffix if it is a CSV file."""
    return path.with_suffix(PARQUET) if path.suffix in (".csv", PARQUET) else path.with_name(path.name + PARQUET)


def input_paths(file: Path) -> dict[str, Path]:
    """Return the input files that a configuration names, by their keys, as far as the names are found."""
    try:
        members = _members(file, Findings())
    except InputError:
        return {}
    named = {key: name for key in ("jobs_file", "platform_file") if isinstance(name := members.get(key), str)}
    findings = Findings()
    paths = {key: _find(name, search_directories(file), str(file), key, findings) for key, name in named.items()}
    return {key: path for key, path in paths.items() if path.is_file()}


def search_directories(file: Path) -> tuple[Path, ...]:
    """Return where to look for files that a configuration names: the working directory, then beside it."""
    return tuple(dict.fromkeys((Path(), file.parent)))


def _members(file: Path, findings: Findings) -> dict[str, Any]:
    members = decode(load(file), dict[str, Any], file, findings)
    findings.raise_problems()
    return members or {}


def _as_json(members: Mapping[str, object], file: str) -> bytes:
    try:
        return msgspec.json.encode(members, enc_hook=os.fspath)
    except TypeError as error:
        raise InputError.at(file, "", f"the configuration has a value that JSON does not know: {error}") from None


def _report_unknown(
    file: str, members: Mapping[str, object], overrides: Mapping[str, object], findings: Findings
) -> None:
    for key in members:
        if key not in KNOWN_KEYS and key not in IGNORED_KEYS:
            findings.warning(file, f"$.{key}", f"is unknown and ignored{_nearest(key)}")
    for key in overrides:
        if key not in KNOWN_KEYS:
            findings.problem("", "", f"there is no configuration key {key}{_nearest(key)}")


def _nearest(key: str) -> str:
    nearest = difflib.get_close_matches(key, KNOWN_KEYS, 1)
    return f" (did you mean {nearest[0]}?)" if nearest else ""


def _refuse_leniency(overrides: Mapping[str, object], findings: Findings) -> None:
    """Turn warnings about overrides into problems: leniency is for files written for the original."""
    places = {f"$.{key}" for key in overrides}
    for warning in findings.warnings:
        if warning.where in places:
            findings.problem(warning.file, warning.where, warning.message.partition(";")[0])
    findings.warnings = [warning for warning in findings.warnings if warning.where not in places]


def _check(keys: Keys, file: str, findings: Findings) -> None:
    """Check what several keys say together (R1.3, R1.6)."""
    if keys.sensing:
        if keys.sensing_interval <= 0.0:
            found = f"expected a number of seconds above 0 because sensing is on, found {keys.sensing_interval:g}"
            findings.problem(file, "$.sensing_interval", found)
        for key in WRITTEN_WITH_SENSING:
            if not getattr(keys, key):
                findings.problem(file, f"$.{key}", "is missing (expected a path because sensing is on)")
    if keys.log_task_times and not keys.task_times:
        findings.problem(file, "$.task_times", "is missing (expected a path because log_task_times is on)")
    if keys.result_format == "both":
        for key in WRITTEN_AS_PARQUET:
            if (getattr(keys, key) or "").endswith(PARQUET):
                message = f"expected the name of the CSV file because result_format is both, found {getattr(keys, key)}"
                findings.problem(file, f"$.{key}", message)
    if not keys.scheduling_interval and not (keys.schedule_on_job_submit and keys.schedule_on_job_finalize):
        message = (
            "the algorithm must be invoked periodically (scheduling_interval above 0), or on submission and completion "
            "of jobs (schedule_on_job_submit and schedule_on_job_finalize true)"
        )
        findings.problem(file, "", message)


def _find(name: str, directories: tuple[Path, ...], file: str, key: str, findings: Findings) -> Path:
    candidates = [directory / name for directory in directories]
    path = next(filter(Path.is_file, candidates), None)
    if path is None:
        findings.problem(file, f"$.{key}", f"there is no such file: {', '.join(dict.fromkeys(map(str, candidates)))}")
    return path or Path(name)
