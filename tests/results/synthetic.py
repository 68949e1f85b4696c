"""Results of made-up runs of any size: a first-come first-served machine with malleable jobs, without a simulator."""

from __future__ import annotations

import heapq
import random
from typing import TYPE_CHECKING, Any

from recorded import make_job, make_nodes

from elastisim.batch.job import Job, JobState
from elastisim.batch.node import allocate, release
from elastisim.batch.node_list import NO_NODES, NodeList, ranges_of
from elastisim.batch.observer import Observer, Sample
from elastisim.results.files import RECORDERS, ResultFiles
from elastisim.results.provenance import AlgorithmUsed, RunRecord
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


TYPES = (JobType.RIGID, JobType.MOLDABLE, JobType.MALLEABLE, JobType.EVOLVING, JobType.ADAPTIVE)


class Both(Observer):
    """Tells two observers."""

    def __init__(self, first: Observer, second: Observer) -> None:
        for name in vars(Observer):
            if not name.startswith("_"):
                setattr(self, name, self.telling(getattr(first, name), getattr(second, name)))

    @staticmethod
    def telling(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
        def tell(*arguments: Any) -> None:
            first(*arguments)
            second(*arguments)

        return tell


class Machine:
    """Jobs start in the order of their submission on the free nodes with the lowest IDs; some are resized later."""

    def __init__(self, observer: Observer, nodes: int) -> None:
        self.observer = observer
        self.nodes = make_nodes(*(f"n{i:04d}" for i in range(nodes)))
        self.free = list(range(nodes))
        self.running: dict[int, Job] = {}

    def take(self, count: int) -> NodeList:
        return NodeList(self.nodes.table, ranges_of([heapq.heappop(self.free) for _ in range(count)]))

    def give(self, nodes: NodeList) -> None:
        for node in nodes:
            heapq.heappush(self.free, node.identifier)

    def start(self, now: float, job: Job) -> None:
        job.requested = self.take(min(job.description.max_nodes, max(job.description.min_nodes, len(self.free))))
        job.start(now)
        job.state = JobState.RUNNING
        allocate(job.active, job)
        self.running[job.identifier] = job
        self.observer.job_started(now, job)
        self.observer.nodes_changed(now, job.active)

    def resize(self, now: float, job: Job, size: int) -> bool:
        before = job.active
        if size > len(before):
            gained, lost = self.take(min(size - len(before), len(self.free))), NO_NODES
        else:
            gained, lost = NO_NODES, before[size:]
        if not gained and not lost:
            return False
        job.active = before.without(lost) + gained
        allocate(gained, job)
        release(lost, job)
        self.give(lost)
        self.observer.job_reconfigured(now, job, before)
        self.observer.nodes_changed(now, gained + lost)
        return True

    def end(self, now: float, job: Job, state: JobState) -> None:
        job.end(now, state)
        release(job.active, job)
        self.observer.nodes_changed(now, job.active)
        self.give(job.active)
        del self.running[job.identifier]
        self.observer.job_ended(now, job)


def write_run(
    directory: Path,
    *,
    jobs: int,
    nodes: int,
    days: float,
    seed: int = 1,
    name: str = "easy",
    interrupt_at: float | None = None,
    largest: int = 512,
    sensing: float = 0.0,
    load: float = 1.0,
    observer: Observer | None = None,
) -> None:
    """Write the results of a made-up run; *interrupt_at* is a share of the jobs after whose start it stops.

    *load* scales the runtimes; with 1 the machine is used well with 3 jobs per node in 5 days.
    """
    chance = random.Random(seed)
    directory.mkdir(parents=True, exist_ok=True)
    wanted = [kind for kind in RECORDERS if kind != "task_times" and (sensing or kind not in SENSED)]
    files = ResultFiles({kind: directory / f"{kind}.csv" for kind in wanted})
    record = RunRecord(
        files,
        engine="fast",
        algorithm=AlgorithmUsed(name=name, kind="policy", options={"depth": seed}),
        inputs=[],
        options={"scheduling_interval": 60, "schedule_on_job_submit": True, "jobs_file": "jobs.json"},
    )
    files.open()
    record.start()
    seen = Both(files, observer) if observer else files
    machine = Machine(seen, nodes)
    seen.simulation_started(machine.nodes)

    def draw(identifier: int, submit: float) -> tuple[Job, float]:
        kind = chance.choices(TYPES, (30, 10, 50, 5, 5))[0]
        size = min(largest, nodes, max(1, int(chance.lognormvariate(2.2, 1.6))))
        smallest = size if kind is JobType.RIGID else max(1, size // 4)
        runtime = min(86400.0, max(30.0, load * chance.lognormvariate(7.4, 1.4)))
        job = make_job(
            identifier,
            type=kind,
            submit_time=submit,
            min_nodes=smallest,
            max_nodes=size,
            walltime=round(runtime * chance.uniform(1.0, 4.0)),
            attributes={"user": f"u{int(chance.paretovariate(0.8)) % 40:02d}"},
        )
        return job, runtime

    times = sorted(chance.uniform(0.0, days * 86400.0) for _ in range(jobs))
    drawn = [draw(i, time) for i, time in enumerate(times)]
    runtimes = {job.identifier: runtime for job, runtime in drawn}
    events: list[tuple[float, int, str, int]] = [
        (job.description.submit_time, i, "submit", i) for i, (job, _) in enumerate(drawn)
    ]
    heapq.heapify(events)
    queue: list[Job] = []
    number = len(events)
    next_sample, samples, started = 0.0, sensing or float("inf"), 0
    now = 0.0
    while events:
        now, _, what, identifier = heapq.heappop(events)
        while next_sample <= now and sensing:
            seen.sampled(machine_sample(next_sample, machine, chance))
            next_sample += samples
        job = drawn[identifier][0]
        if what == "submit":
            job.state = JobState.PENDING
            seen.job_submitted(now, job)
            queue.append(job)
        elif what == "resize" and identifier in machine.running:
            lowest, highest = job.description.min_nodes, job.description.max_nodes
            if machine.resize(now, job, lowest if queue else highest):
                heapq.heappush(events, (now + 1.5, number, "resume", identifier))
                number += 1
        elif what == "resume" and identifier in machine.running:
            seen.reconfiguration_finished(now, job)
        elif what == "end":
            machine.end(now, job, JobState.KILLED if chance.random() < 0.03 else JobState.COMPLETED)
        while queue and len(machine.free) >= queue[0].description.min_nodes:
            first = queue.pop(0)
            machine.start(now, first)
            started += 1
            runtime = runtimes[first.identifier]
            heapq.heappush(events, (now + runtime, number, "end", first.identifier))
            number += 1
            if first.description.type >= JobType.MALLEABLE:
                for part in range(1, 6):
                    heapq.heappush(events, (now + runtime * part / 6, number, "resize", first.identifier))
                    number += 1
        if interrupt_at is not None and started >= interrupt_at * jobs:
            files.abandon()
            record.finish("interrupted", simulated_end=now, counts={"jobs": jobs, "nodes": nodes})
            return
    seen.simulation_ended(now, [job for job, _ in drawn])
    files.complete()
    record.finish("completed", simulated_end=now, counts={"jobs": jobs, "nodes": nodes})


SENSED = ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")


def machine_sample(time: float, machine: Machine, chance: random.Random) -> Sample:
    """Return a sample in which busy nodes compute, and the rest follows the number of jobs with some noise."""
    load = min(1.0, len(machine.running) / 200.0)
    read, write = (max(0.0, load * chance.gauss(0.5, 0.2)) for _ in range(2))
    cpu = [1.0 if node.running else 0.0 for node in machine.nodes]
    return Sample(
        [time], cpu, [0.0] * len(cpu), load * chance.uniform(0.2, 0.8), read * 4e10, write * 2e10, read, write
    )
