"""A stage for policies: small machines, jobs in one line, and what became of them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elastisim.batch.observer import Observer
from elastisim.batch.rules import Rules
from elastisim.batch.system import BatchSystem
from elastisim.kernel.engines import make_engine
from elastisim.kernel.sensing import Sensor
from elastisim.platform import Machine, read_platform
from elastisim.scheduling.connect import simulate_with
from elastisim.scheduling.policies.registry import make_policy
from elastisim.workload.reading import read_workload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.invocation import Algorithm
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node

MODEL = {
    "phases": [
        {
            "iterations": "points",
            "tasks": [{"type": "idle", "pattern": "uniform", "delay": "work / points / num_nodes"}],
        }
    ]
}
"""``work`` node-seconds in ``points`` steps."""

REQUESTS = {
    "phases": [
        {
            "iterations": 3,
            "evolving_request": "phase_iteration = 1 ? wish : num_nodes",
            "tasks": [{"type": "idle", "pattern": "uniform", "delay": "10"}],
        }
    ]
}
"""Three steps of 10 seconds; a request for ``wish`` nodes after the first one."""


def rigid(submit: float, nodes: int, seconds: float, walltime: float | None = None, **arguments: Any) -> dict[str, Any]:
    """Return a rigid job; its walltime is exact unless it is given."""
    return _job("rigid", submit, seconds if walltime is None else walltime, nodes * seconds, arguments, num_nodes=nodes)


def moldable(submit: float, least: int, most: int, work: float, **arguments: Any) -> dict[str, Any]:
    """Return a moldable job of *work* node-seconds."""
    return _job("moldable", submit, 0, work, arguments, num_nodes_min=least, num_nodes_max=most)


def malleable(submit: float, least: int, most: int, work: float, points: int = 1, **arguments: Any) -> dict[str, Any]:
    """Return a malleable job of *work* node-seconds in *points* equal steps."""
    arguments = {"points": points, **arguments}
    return _job("malleable", submit, 0, work, arguments, num_nodes_min=least, num_nodes_max=most)


def evolving(submit: float, least: int, most: int, wish: int, **arguments: Any) -> dict[str, Any]:
    """Return an evolving job of three steps of 10 seconds that asks for *wish* nodes after the first one."""
    arguments = {"wish": wish, **arguments}
    job = _job("evolving", submit, 0, 0, arguments, num_nodes_min=least, num_nodes_max=most)
    return {**job, "application_model": "requests.json"}


def _job(
    kind: str, submit: float, walltime: float, work: float, arguments: dict[str, Any], **size: int
) -> dict[str, Any]:
    attributes = {key: arguments.pop(key) for key in ("user", "queue") if key in arguments}
    job: dict[str, Any] = {
        "type": kind,
        "submit_time": submit,
        "application_model": "work.json",
        "arguments": {"work": work, "points": 1, **arguments},
        "attributes": attributes,
        **size,
    }
    return {**job, "walltime": walltime} if walltime else job


@dataclass
class Run:
    """What happened: starts and ends in seconds, nodes at the start, and sizes over time, by job ID."""

    starts: dict[int, float] = field(default_factory=dict)
    ends: dict[int, float] = field(default_factory=dict)
    nodes: dict[int, list[int]] = field(default_factory=dict)
    sizes: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    busy: list[tuple[float, int]] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    invocations: int = 0

    def started(self) -> list[float]:
        """Return the start times in order of the IDs."""
        return [self.starts[identifier] for identifier in sorted(self.starts)]

    def ended(self) -> list[float]:
        """Return the end times in order of the IDs."""
        return [self.ends[identifier] for identifier in sorted(self.ends)]


class Recorder(Observer):
    """Fills in a run; makes sure that no node is used by two jobs, and that sizes are within their limits."""

    def __init__(self) -> None:
        self.run = Run()
        self._held: dict[int, set[int]] = {}

    def job_started(self, now: float, job: Job) -> None:
        self.run.starts[job.identifier] = now
        self.run.order.append(job.identifier)
        self.run.nodes[job.identifier] = [node.identifier for node in job.active]
        self._hold(now, job)

    def job_reconfigured(self, now: float, job: Job, before: Sequence[Node]) -> None:
        self._hold(now, job)

    def job_ended(self, now: float, job: Job) -> None:
        self.run.ends[job.identifier] = now
        self.run.states[job.identifier] = job.state.name.lower()
        self._held.pop(job.identifier, None)
        self._count(now)

    def _hold(self, now: float, job: Job) -> None:
        nodes = {node.identifier for node in job.active}
        assert job.description.min_nodes <= len(nodes) == len(job.active) <= job.description.max_nodes
        for other, held in self._held.items():
            assert other == job.identifier or not held & nodes, f"jobs {other} and {job.identifier} share nodes"
        self._held[job.identifier] = nodes
        self.run.sizes.setdefault(job.identifier, []).append((now, len(nodes)))
        self._count(now)

    def _count(self, now: float) -> None:
        self.run.busy.append((now, sum(map(len, self._held.values()))))


@cache
def machine(nodes: int, attributes: str = "") -> Machine:
    """Return a cluster of equal nodes of 1 Gflop/s."""
    radical = f"{10**4}-{10**4 + nodes - 1}"
    text = f"""<platform version="4.1">
      <cluster id="c" prefix="n" radical="{radical}" suffix="" speed="1Gf" bw="1GBps" lat="0us" {attributes}/>
    </platform>"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "platform.xml"
        file.write_text(text)
        return Machine(read_platform(file))


def play(
    source: Any, jobs: Sequence[dict[str, Any]], nodes: int | Machine = 8, *, engine: str = "fast", **rules: Any
) -> Run:
    """Simulate jobs with a policy: its name, name and options, or anything that can be simulated with."""
    if isinstance(source, tuple):
        source = make_policy(source[0], source[1])
    elif isinstance(source, str) and "." not in source:
        source = make_policy(source)
    site = nodes if isinstance(nodes, Machine) else machine(nodes)
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "work.json").write_text(json.dumps(MODEL))
        (directory / "requests.json").write_text(json.dumps(REQUESTS))
        (directory / "jobs.json").write_text(json.dumps({"jobs": list(jobs)}))
        workload = read_workload(directory / "jobs.json", full_precision=True)
    defaults = {"schedule_on_job_submit": True, "schedule_on_job_finalize": True, "schedule_on_scheduling_point": True}

    def simulate(algorithm: Algorithm) -> Run:
        kernel = make_engine(engine, site, exclusive=True)
        system = BatchSystem(
            site,
            workload.jobs,
            Rules(full_precision=True, **{**defaults, **rules}),
            kernel,
            Sensor(site, kernel.bench, (), ()),
            algorithm,
            recorder,
        )
        system.run()
        recorder.run.invocations = system.counts["invocations"]
        return recorder.run

    return simulate_with(source, simulate)
