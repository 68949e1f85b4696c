"""Plays scenarios in memory and records everything that happens."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from elastisim.batch.observer import Observer
from elastisim.batch.system import BatchSystem
from elastisim.configuration import read_configuration
from elastisim.errors import ElastiSimError
from elastisim.kernel.engines import make_engine
from elastisim.kernel.sensing import Sensor
from elastisim.scenario import read_scenario
from elastisim.scheduling.in_process import InProcessAlgorithm
from elastisim.simulation import rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Schedule: TypeAlias = "Callable[[Any, Any, Any], None]"

Row = tuple[tuple[Any, ...], tuple[float, ...]]
"""What happened, and the numbers that belong to it, the time first."""


class Recording(Observer):
    """Keeps everything, in a form that can be compared."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.error = ""

    def job_started(self, now: float, job: Any) -> None:
        self.rows.append((("start", job.identifier), (now,)))

    def job_ended(self, now: float, job: Any) -> None:
        self.rows.append((("end", job.identifier, job.state.name, job.completed_phases), (now,)))

    def job_reconfigured(self, now: float, job: Any, before: Sequence[Any]) -> None:
        nodes = tuple(node.identifier for node in job.active)
        self.rows.append((("reconfiguration", job.identifier, nodes), (now,)))

    def nodes_changed(self, now: float, nodes: Sequence[Any]) -> None:
        for node in nodes:
            self.rows.append((("node", node.name, *sorted(node.running), "|", *sorted(node.expected)), (now,)))

    def task_finished(self, now: float, job: Any, nodes: Sequence[Any], task: str, duration: float) -> None:
        for node in nodes:
            self.rows.append((("task", job.identifier, node.name, task), (now, duration)))

    def watch(self, algorithm: Schedule) -> Schedule:
        """Return an algorithm that does the same, and note what it sees in each call."""

        def schedule(jobs: Any, nodes: Any, system: Any) -> None:
            about = system["job"].identifier if "job" in system else None
            seen = tuple(
                (job.identifier, job.state.name, job.completed_phases, len(job.assigned_nodes)) for job in jobs
            )
            states = tuple(node.state.name for node in nodes)
            event = ("invocation", system["invocation_type"].name, about, seen, states)
            self.rows.append((event, (system["time"],)))
            algorithm(jobs, nodes, system)

        return schedule


def play(directory: Path, engine: str, algorithm: Schedule) -> Recording:
    """Simulate the scenario in *directory*."""
    recording = Recording()
    configuration = read_configuration(directory / "configuration.json", {"engine": engine})
    scenario = read_scenario(configuration)
    machine = scenario.machine
    kernel = make_engine(engine, machine, exclusive=not configuration.allow_oversubscription)
    system = BatchSystem(
        machine,
        scenario.workload.jobs,
        rules_of(configuration),
        kernel,
        Sensor(machine, kernel.bench, (), ()),
        InProcessAlgorithm(recording.watch(algorithm), "random"),
        recording,
    )
    try:
        system.run()
    except ElastiSimError as error:
        recording.error = type(error).__name__
    return recording


def first_difference(expected: Recording, found: Recording, relative: float = 1e-9) -> str | None:
    """Return the first thing that is not the same in two recordings, None if there is nothing."""
    if expected.error != found.error:
        return f"errors: {expected.error!r}, {found.error!r}"
    first, second = _grouped(expected), _grouped(found)
    if first.keys() != second.keys():
        return f"events: {sorted(map(str, first.keys() ^ second.keys()))[:4]}"
    for key, rows in first.items():
        others = second[key]
        if len(rows) != len(others):
            return f"{key}: {len(rows)} times, {len(others)} times"
        for a, b in zip(rows, others, strict=True):
            if not all(math.isclose(x, y, rel_tol=relative, abs_tol=relative) for x, y in zip(a, b, strict=True)):
                return f"{key}: {a}, {b}"
    return None


def _grouped(recording: Recording) -> dict[tuple[Any, ...], list[tuple[float, ...]]]:
    groups: dict[tuple[Any, ...], list[tuple[float, ...]]] = {}
    for key, numbers in recording.rows:
        groups.setdefault(key, []).append(numbers)
    return {key: _ordered(rows) for key, rows in groups.items()}


def _ordered(rows: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Sort by time; rows whose times differ by rounding only by the other numbers."""
    rows = sorted(rows)
    clusters: list[list[tuple[float, ...]]] = []
    for row in rows:
        if clusters and math.isclose(row[0], clusters[-1][-1][0], rel_tol=1e-9, abs_tol=1e-9):
            clusters[-1].append(row)
        else:
            clusters.append([row])
    return [row for cluster in clusters for row in sorted(cluster, key=lambda row: row[1:])]
