"""Small scenarios on the platform P(n) of the specification, played in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from elastisim.batch.invocation import Decision
from elastisim.batch.job import JobState
from elastisim.batch.observer import Observer
from elastisim.batch.system import BatchSystem
from elastisim.configuration import read_configuration
from elastisim.kernel.engines import make_engine
from elastisim.kernel.sensing import Sensor
from elastisim.scenario import read_scenario
from elastisim.simulation import rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from elastisim.batch.invocation import Invocation
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.observer import Sample

ENGINES = ["exact", "fast"]

PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="Z" routing="Full">
    <zone id="BZ" routing="Full">
      <host id="Batch" speed="0Gf"><prop id="batch_system" value="true"/></host>
    </zone>
    <cluster id="C" prefix="n" radical="0-{last}" suffix="" speed="1Gf" bw="1GBps" lat="0us">{properties}</cluster>
    <zone id="PZ" routing="Full">
      <host id="PFS" speed="0Gf"><prop id="pfs_host" value="true"/></host>
    </zone>
    <link id="PFS_read" bandwidth="4GBps" latency="0us"/>
    <link id="PFS_write" bandwidth="2GBps" latency="0us"/>
    <zoneRoute src="PZ" dst="C" gw_src="PFS" gw_dst="nC_router" symmetrical="NO"><link_ctn id="PFS_read"/></zoneRoute>
    <zoneRoute src="C" dst="PZ" gw_src="nC_router" gw_dst="PFS" symmetrical="NO"><link_ctn id="PFS_write"/></zoneRoute>
  </zone>
</platform>
"""
"""P(n) with latency 0: nodes of 1 Gf and 1 GB/s, a file system that reads at 4 GB/s and writes at 2 GB/s."""


@dataclass
class Scene(Observer):
    """What has happened so far, and what an algorithm knows."""

    jobs: dict[int, Job] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    messages: list[tuple[float, int, int | None]] = field(default_factory=list)
    starts: dict[int, float] = field(default_factory=dict)
    reconfigurations: list[tuple[float, int, list[int]]] = field(default_factory=list)
    rows: list[tuple[float, int, list[int], list[int]]] = field(default_factory=list)
    tasks: list[tuple[float, int, str, float]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    end: float = -1.0

    @property
    def free(self) -> list[int]:
        """IDs of the nodes that nobody runs on or expects."""
        return [node.identifier for node in self.nodes if not node.running and not node.expected]

    @property
    def pending(self) -> list[Job]:
        """Jobs that wait for their start."""
        return [job for job in self.jobs.values() if job.state is JobState.PENDING]

    def row(self, identifier: int) -> tuple[float, float, str]:
        """Return start, end and state of a job."""
        job = self.jobs[identifier]
        return job.start_time, job.end_time, job.state.name

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        self.rows += [(now, node.identifier, sorted(node.running), sorted(node.expected)) for node in nodes]

    def job_reconfigured(self, now: float, job: Job, before: Sequence[Node]) -> None:
        self.reconfigurations.append((now, job.identifier, [node.identifier for node in job.active]))

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        self.tasks += [(now, node.identifier, task, duration) for node in nodes]

    def sampled(self, sample: Sample) -> None:
        self.samples += [replace(sample, times=[time]) for time in sample.times]

    def simulation_ended(self, now: float, jobs: Sequence[Job]) -> None:
        self.end = now


class Chooser:
    """An algorithm that is a function."""

    def __init__(self, scene: Scene, choose: Callable[[Invocation, Scene], Sequence[Decision]]) -> None:
        self.scene = scene
        self.choose = choose
        self.is_finished = False

    def invoke(self, invocation: Invocation) -> Sequence[Decision]:
        self.scene.jobs.update((job.identifier, job) for job in invocation.jobs)
        job = invocation.job
        self.scene.messages.append((invocation.time, int(invocation.type), job.identifier if job else None))
        return self.choose(invocation, self.scene)

    def finish(self) -> None:
        self.is_finished = True

    def close(self) -> None:
        pass


def first_come(invocation: Invocation, scene: Scene) -> list[Decision]:
    """Start pending jobs on the first free nodes, in order; jobs that are not rigid get their minimum."""
    decisions = []
    free = scene.free
    for job in scene.pending:
        size = job.description.min_nodes
        if size > len(free):
            break
        decisions.append(decide(job.identifier, *free[:size], gpus=job.description.max_gpus_per_node))
        del free[:size]
    return decisions


def decide(job: int, *nodes: int, gpus: int = 0) -> Decision:
    """Give nodes to a job."""
    return Decision(job, nodes=nodes, gpus_per_node=gpus)


def idle(delay: object, **fields: Any) -> dict[str, Any]:
    """Return an idle task."""
    return {"type": "idle", "name": "idle", "delay": delay, "pattern": "uniform", **fields}


def job(*tasks: dict[str, Any], iterations: object = 1, nodes: Any = 1, **fields: Any) -> dict[str, Any]:
    """Return a job with its model in place: one phase, or what ``model`` says; *nodes* is a number or a range."""
    phase = {"iterations": iterations, "tasks": list(tasks), **fields.pop("phase", {})}
    kind = fields.pop("type", "rigid")
    model = {"phases": [phase], **fields.pop("model", {})}
    if kind == "rigid":
        size = {"num_nodes": nodes}
    else:
        low, high = nodes
        size = {"num_nodes_min": low, "num_nodes_max": high}
    return {"type": kind, "submit_time": 0, **size, "application_model": model, **fields}


def play(
    folder: Path,
    engine: str,
    jobs: Sequence[dict[str, Any]],
    choose: Callable[[Invocation, Scene], Sequence[Decision]] = first_come,
    *,
    nodes: int = 4,
    properties: dict[str, str] | None = None,
    **keys: Any,
) -> Scene:
    """Simulate jobs on P(*nodes*); *properties* are those of the nodes, *keys* those of the configuration."""
    described = []
    for number, entry in enumerate(jobs):
        (folder / f"model{number}.json").write_text(json.dumps(entry["application_model"]))
        described.append({**entry, "application_model": f"model{number}.json"})
    (folder / "jobs.json").write_text(json.dumps({"jobs": described}))
    lines = "".join(f'<prop id="{name}" value="{value}"/>' for name, value in (properties or {}).items())
    (folder / "platform.xml").write_text(PLATFORM.format(last=nodes - 1, properties=lines))
    kinds = ("job_statistics", "node_utilization", "task_times", "cpu_utilization", "network_activity")
    kinds = (*kinds, "pfs_utilization", "gpu_utilization")
    settings: dict[str, Any] = {
        "jobs_file": "jobs.json",
        "platform_file": "platform.xml",
        "schedule_on_job_submit": True,
        "schedule_on_job_finalize": True,
        "schedule_on_scheduling_point": True,
        "schedule_on_reconfiguration": True,
        "log_task_times": True,
        "pfs_read_links": ["PFS_read"],
        "pfs_write_links": ["PFS_write"],
        **{kind: f"{kind}.csv" for kind in kinds},
        **keys,
    }
    (folder / "configuration.json").write_text(json.dumps(settings))
    configuration = read_configuration(folder / "configuration.json", {"engine": engine})
    scenario = read_scenario(configuration)
    kernel = make_engine(engine, scenario.machine, exclusive=not configuration.allow_oversubscription)
    sensor = Sensor(scenario.machine, kernel.bench, configuration.pfs_read_links, configuration.pfs_write_links)
    scene = Scene()
    algorithm = Chooser(scene, choose)
    system = BatchSystem(
        scenario.machine, scenario.workload.jobs, rules_of(configuration), kernel, sensor, algorithm, scene
    )
    system.run()
    scene.jobs.update((job.identifier, job) for job in system.jobs)
    assert algorithm.is_finished
    return scene
