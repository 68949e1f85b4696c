"""A scenario: configuration, platform, jobs and application models, read together and checked against one another."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.configuration import input_paths, read_configuration, search_directories
from elastisim.documents import Findings
from elastisim.errors import InputError, Problem
from elastisim.platform import Machine, NodeKind, read_platform
from elastisim.volume import NOTEWORTHY, sampled_volume
from elastisim.workload.application import BurstBufferTask, PfsTask
from elastisim.workload.reading import read_workload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from elastisim.configuration import Configuration
    from elastisim.platform import Platform
    from elastisim.workload.application import ApplicationModel
    from elastisim.workload.reading import Workload


class Scenario(Struct, frozen=True):
    """Everything that a simulation needs but the algorithm; ``warnings`` is what is worth knowing of all files."""

    configuration: Configuration
    machine: Machine
    workload: Workload
    warnings: tuple[Problem, ...]

    @property
    def platform(self) -> Platform:
        """The platform that the machine is made of."""
        return self.machine.platform


def read_scenario(configuration: Configuration) -> Scenario:
    """Read all input files of a configuration.

    Raises :class:`InputError` with all problems of all files.
    """
    findings = Findings()
    findings.warnings += configuration.warnings
    machine = _read_machine(configuration.platform_path, findings)
    workload = _read_workload(
        configuration.jobs_path, configuration.search_directories, findings, full_precision=configuration.full_precision
    )
    if machine is not None:
        _check_links(configuration, machine.platform, findings)
        if workload is not None:
            _check_demand(machine, workload, findings)
            _check_volume(configuration, machine, workload, findings)
    findings.raise_problems()
    assert machine is not None
    assert workload is not None
    return Scenario(configuration, machine, workload, tuple(findings.warnings))


def validate_scenario(file: Path) -> Scenario:
    """Read the configuration of this name and all its input files, as far as they can be found.

    In contrast to :func:`read_scenario` after :func:`read_configuration`, input files are read even if there are
    problems with the configuration.  Raises :class:`InputError` with all problems.
    """
    try:
        configuration = read_configuration(file)
    except InputError as error:
        findings = Findings()
        findings.problems += error.problems
        paths = input_paths(file)
        if "platform_file" in paths:
            _read_machine(paths["platform_file"], findings)
        if "jobs_file" in paths:
            _read_workload(paths["jobs_file"], search_directories(file), findings, full_precision=False)
        raise InputError(findings.problems) from None
    return read_scenario(configuration)


def _read_machine(file: Path, findings: Findings) -> Machine | None:
    try:
        platform = read_platform(file)
        findings.warnings += platform.remarks
        return Machine(platform)
    except InputError as error:
        findings.problems += error.problems
        return None


def _read_workload(
    file: Path, search: tuple[Path, ...], findings: Findings, *, full_precision: bool
) -> Workload | None:
    try:
        workload = read_workload(file, search=search, full_precision=full_precision)
    except InputError as error:
        findings.problems += error.problems
        return None
    findings.warnings += workload.warnings
    return workload


def _check_links(configuration: Configuration, platform: Platform, findings: Findings) -> None:
    """Check that the links of the parallel file system exist, with or without sensing (R1.3)."""
    known = [link.name for link in platform.links]
    for key in ("pfs_read_links", "pfs_write_links"):
        for index, name in enumerate(getattr(configuration, key)):
            if name not in known:
                nearest = difflib.get_close_matches(name, known, 1)
                suggestion = f" (did you mean {nearest[0]}?)" if nearest else ""
                message = f'there is no link "{name}" in {platform.file}{suggestion}'
                findings.problem(configuration.file, f"$.{key}[{index}]", message)


def _check_demand(machine: Machine, workload: Workload, findings: Findings) -> None:
    """Warn of what jobs ask for and the machine does not have.

    None of this is an error: a job may end before it matters, and some jobs may never be started on purpose.
    """
    nodes = len(machine.compute_nodes)
    gpus = max((node.gpus for node in machine.compute_nodes), default=0)
    file = str(workload.file)
    for demand, available, what in (
        ("min_nodes", nodes, "compute nodes of the platform"),
        ("min_gpus_per_node", gpus, "GPUs that a node of the platform has at most"),
    ):
        greedy = [job for job in workload.jobs if getattr(job, demand) > available]
        if greedy:
            others = f" ({len(greedy)} jobs in this file)" if len(greedy) > 1 else ""
            message = f"the job needs {getattr(greedy[0], demand)}, more than the {available} {what}{others}"
            findings.warning(file, greedy[0].source, message)
    lacks_pfs = not all(node.pfs_targets for node in machine.compute_nodes)
    lacks_buffers = all(node.kind is NodeKind.COMPUTE for node in machine.compute_nodes)
    for model in _models(workload):
        for task in model.tasks():
            if isinstance(task, PfsTask) and lacks_pfs:
                message = "takes no time on nodes without PFS hosts, and the platform has such nodes"
                findings.warning(model.file, task.path, message)
            elif isinstance(task, BurstBufferTask) and lacks_buffers:
                message = "cannot be executed: no node of the platform has a burst buffer"
                findings.warning(model.file, task.path, message)


def _check_volume(configuration: Configuration, machine: Machine, workload: Workload, findings: Findings) -> None:
    """Warn before a run writes more samples than a user may have meant."""
    volume = sampled_volume(configuration, machine.compute_nodes, workload.jobs)
    if volume.likely < NOTEWORTHY:
        return
    sizes = []
    if volume.certain >= NOTEWORTHY:
        sizes.append(f"at least {_gigabytes(volume.certain)} until the last submission")
    if volume.likely > volume.certain:
        sizes.append(f"about {_gigabytes(volume.likely)} if jobs run as long as their walltimes allow")
    message = (
        f"samples of {len(machine.compute_nodes):,} nodes every {configuration.sensing_interval:g} s will take "
        f"{', '.join(sizes)}; a larger interval makes fewer samples, and result_format parquet writes changes only"
    )
    findings.warning(configuration.file, "$.sensing_interval", message)


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"


def _models(workload: Workload) -> Iterable[ApplicationModel]:
    """Return the models that occur in a workload, each once."""
    return {id(job.model): job.model for job in workload.jobs}.values()
