"""Writing a complete scenario: configuration, platform, jobs, application models, provenance and a README.

Same records and options give the same bytes, with every Python version: nothing in the files depends on the time, the
machine, or the order of a set.
"""

from __future__ import annotations

import hashlib
import math
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from elastisim.errors import InputError
from elastisim.version import __version__
from elastisim.workload.elasticity import Elasticity, Sizes, Transformation
from elastisim.workload.evolution import PATTERNS
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elastisim.workload.cluster import Cluster
    from elastisim.workload.records import JobRecord
    from elastisim.workload.replay import Application

CONFIGURATION = "configuration.json"
PLATFORM = "platform.xml"
JOBS = "jobs.json"
PROVENANCE = "provenance.json"
README = "README.md"


@dataclass(slots=True, kw_only=True)
class Scenario:
    """A scenario to be written.

    ``models`` holds application models that records name themselves.  ``title`` and ``about`` begin the README,
    ``origin`` says where the records come from and how they were made, as it goes into the provenance.
    """

    records: Sequence[JobRecord]
    cluster: Cluster
    application: Application
    elasticity: Elasticity = field(default_factory=Elasticity)
    models: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    title: str
    about: str
    origin: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.application.speedup == "fixed" and any(self.elasticity.shares.values()):
            message = "elastic jobs need a speed-up model: with a fixed run time, nodes make no difference"
            raise InputError.at("", "", message)


@dataclass(slots=True)
class Written:
    """What was written: the directory, the number of jobs of each type, and the SHA-256 of each file."""

    directory: Path
    types: Counter[str] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)
    needs_full_precision: bool = False


def write(scenario: Scenario, directory: Path, *, overwrite: bool = False) -> Written:
    """Write a scenario into a directory; raise InputError if it holds a scenario already, unless *overwrite*.

    All files are complete before the first one appears under its name, the provenance last.
    """
    existing = [name for name in (CONFIGURATION, PLATFORM, JOBS, PROVENANCE) if (directory / name).exists()]
    if existing and not overwrite:
        raise InputError.at(directory, "", f"holds {', '.join(existing)} already; --force replaces the scenario")
    written = Written(directory)
    try:
        (directory / "output").mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".partial-", dir=directory))
    except OSError as error:
        raise InputError.at(directory, "", f"cannot be written: {error.strerror}") from None
    try:
        _write_files(scenario, scratch, written)
        for name in (*written.files, PROVENANCE):
            (scratch / name).replace(directory / name)
    except OSError as error:
        raise InputError.at(directory, "", f"cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return written


def _write_files(scenario: Scenario, scratch: Path, written: Written) -> None:
    own = _own_models(scenario.models)
    used = _write_jobs(scenario, own, scratch / JOBS, written)
    models = {name: scenario.models[key] for key, name in own.items() if name in used}
    models |= {name: scenario.application.model(name) for name in sorted(used) if name not in models}
    for name, model in models.items():
        _write_json(scratch / name, model)
    _write_json(scratch / CONFIGURATION, _configuration(written))
    (scratch / PLATFORM).write_text(scenario.cluster.xml(), encoding="utf-8", newline="\n")
    (scratch / README).write_text(_readme(scenario, written, sorted(models)), encoding="utf-8", newline="\n")
    files = (CONFIGURATION, PLATFORM, JOBS, *sorted(models), README)
    written.files.update((name, _sha256(scratch / name)) for name in files)
    _write_json(scratch / PROVENANCE, _provenance(scenario, written))


def _own_models(models: Mapping[str, Any]) -> dict[str, str]:
    """Return a file name for each model that records name."""
    names: dict[str, str] = {}
    for key in sorted(models):
        stem = "profile_" + re.sub(r"[^A-Za-z0-9_.-]", "_", key)[:80]
        name, number = f"{stem}.json", 1
        while name in names.values():
            number += 1
            name = f"{stem}_{number}.json"
        names[key] = name
    return names


def _write_json(path: Path, value: Any) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_jobs(scenario: Scenario, own: Mapping[str, str], path: Path, written: Written) -> set[str]:
    """Write the jobs file, one job to a line, and return the names of the application models that jobs use."""
    encode = msgspec.json.Encoder().encode
    used: set[str] = set()
    with path.open("wb") as stream:
        stream.write(b'{"jobs": [')
        separator = b"\n"
        for job in _jobs(scenario, own):
            written.types[job["type"]] += 1
            used.add(job["application_model"])
            if not written.needs_full_precision and not all(map(_survives, job["arguments"].values())):
                written.needs_full_precision = True
            stream.write(separator)
            stream.write(encode(job))
            separator = b",\n"
        stream.write(b"\n]}\n")
    return used


def _survives(value: float) -> bool:
    """Return whether an argument keeps its value when it is read with six decimals (R2.5)."""
    return isinstance(value, int) or abs(float(f"{value:.6f}") - value) <= 1e-12 * abs(value)


def _jobs(scenario: Scenario, own: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    application = scenario.application
    transformation = Transformation(scenario.elasticity, scenario.cluster.nodes)
    has_speedup = application.speedup != "fixed"
    for record in scenario.records:
        kind, nodes = JobType.RIGID, record.nodes
        sizes: Sizes | None = None
        if has_speedup and record.model is None:
            kind = transformation.type_of(record.identifier)
            sizes = transformation.sizes(nodes)
        job: dict[str, Any] = {"type": kind.name.lower(), "submit_time": record.submit}
        if kind is JobType.RIGID or sizes is None:
            job["num_nodes"] = nodes
        else:
            job["num_nodes_min"] = sizes.minimum
            job["num_nodes_max"] = sizes.maximum
        if record.limit is not None:
            # The limit of the trace belongs to the nodes of the trace; on fewer nodes the job needs longer.  Rounding
            # noise above a whole number of seconds is none.
            job["walltime"] = math.ceil(record.limit * application.slowdown(sizes, nodes, kind) - 1e-6)
        if record.runtime is None:
            job["application_model"] = own[record.model or ""]
            job["arguments"] = {}
        else:
            job["application_model"] = application.model_of(kind, record.identifier)
            job["arguments"] = application.arguments(record.runtime, nodes, kind, sizes)
        job["attributes"] = _attributes(record)
        yield job


def _attributes(record: JobRecord) -> dict[str, Any]:
    attributes: dict[str, Any] = {"trace_id": record.identifier}
    for name in ("user", "group", "queue", "partition"):
        label = getattr(record, name)
        if label is not None:
            attributes[name] = label
    return attributes


def _configuration(written: Written) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "jobs_file": JOBS,
        "platform_file": PLATFORM,
        "zmq_url": "ipc://elastisim.ipc",
        "schedule_on_job_submit": True,
        "schedule_on_job_finalize": True,
        "schedule_on_scheduling_point": False,
        "schedule_on_reconfiguration": True,
        "scheduling_interval": 0,
        "min_scheduling_interval": 0,
        "allow_oversubscription": False,
        "clip_evolving_requests": True,
        "sensing": False,
        "pfs_read_links": ["PFS_read"],
        "pfs_write_links": ["PFS_write"],
        "log_task_times": False,
        "job_statistics": "output/job_statistics.csv",
        "node_utilization": "output/node_utilization.csv",
    }
    if written.needs_full_precision:
        configuration["full_precision"] = True
    return configuration


def _provenance(scenario: Scenario, written: Written) -> dict[str, Any]:
    """Return how the scenario came about; no Python version and no date, because neither has an influence on it."""
    elasticity = asdict(scenario.elasticity)
    elasticity["shares"] = {kind.name.lower(): share for kind, share in scenario.elasticity.shares.items()}
    return {
        "created_by": {"elastisim": __version__},
        "origin": scenario.origin,
        "cluster": asdict(scenario.cluster),
        "application": asdict(scenario.application),
        "elasticity": elasticity,
        "jobs": {"total": written.types.total(), **dict(sorted(written.types.items()))},
        "files": {name: {"sha256": digest} for name, digest in written.files.items()},
    }


def _readme(scenario: Scenario, written: Written, models: Sequence[str]) -> str:
    types = ", ".join(f"{count:,} {kind}" for kind, count in sorted(written.types.items()))
    lines = [
        f"# {scenario.title}",
        "",
        f"{written.types.total():,} jobs ({types}) on {scenario.cluster.nodes:,} nodes.",
        "Run it in this directory:",
        "",
        f"    elastisim run {CONFIGURATION} --policy fcfs",
        "",
        scenario.about.rstrip(),
        "",
        "## Files",
        "",
        f"- `{CONFIGURATION}`: the simulation; results go to `output/`",
        f"- `{PLATFORM}`: {scenario.cluster.nodes:,} equal nodes around one switch, and a parallel file system",
        f"- `{JOBS}`: the jobs, one to a line; the attribute `trace_id` is the identifier of the job before the import",
        *(f"- `{name}`: {_model_summary(name)}" for name in models),
        f"- `{PROVENANCE}`: options, seed, version, and hashes of all files",
        "",
    ]
    if written.needs_full_precision:
        lines += [
            "Some numbers have more than six decimals, so the configuration sets `full_precision`; simulators that do",
            "not know this key round them.",
            "",
        ]
    return "\n".join(lines)


def _model_summary(name: str) -> str:
    if name.startswith("profile_"):
        return "application model of a profile of the workload"
    pattern = name.removesuffix(".json").rpartition("_")[2]
    if pattern in PATTERNS:
        return f"application model with evolving requests: {PATTERNS[pattern].summary}"
    return "application model of all jobs without evolving requests"
