"""Scenarios for measurements, beside those of ``scheduling.py`` and ``growth.py``; the same ones every time."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from scheduling import write

if TYPE_CHECKING:
    from pathlib import Path

PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="world" routing="Full">
    <zone id="batch_zone" routing="Full">
      <host id="batch" speed="0Gf"><prop id="batch_system" value="true"/></host>
    </zone>
    <cluster id="cluster" prefix="n" radical="{first}-{last}" suffix="" speed="1Tf" bw="12.5GBps" lat="1us" {cluster}>
{properties}
    </cluster>
  </zone>
</platform>
"""

GPUS = """
      <prop id="num_gpus" value="4"/>
      <prop id="flops_per_gpu" value="10Tf"/>
      <prop id="gpu_to_gpu_bw" value="100GBps"/>
"""

SHARING = '''"""Jobs start when they arrive, on the next nodes in turn, whoever else is there."""
from elastisim_python import InvocationType, pass_algorithm

position = 0


def schedule(jobs, nodes, system):
    global position
    if system["invocation_type"] is InvocationType.INVOKE_JOB_SUBMIT:
        job = system["job"]
        job.assign([nodes[(position + index) % len(nodes)] for index in range(job.num_nodes)])
        position += job.num_nodes


pass_algorithm(schedule, "ipc://simulation.ipc")
'''

EXPANDING = '''"""First come, first served; requests are granted where possible, malleable jobs use what is free."""
from elastisim_python import InvocationType, JobState, JobType, NodeState, pass_algorithm


def schedule(jobs, nodes, system):
    pending = [job for job in jobs if job.state == JobState.PENDING]
    running = [job for job in jobs if job.state == JobState.RUNNING]
    free = [node for node in nodes if node.state == NodeState.FREE]
    if system["invocation_type"] == InvocationType.INVOKE_EVOLVING_REQUEST:
        job, wanted = system["job"], system["evolving_request"]
        count = len(job.assigned_nodes)
        if wanted < count:
            job.remove(job.assigned_nodes[wanted:])
        elif wanted > count and free:
            job.assign(free[: wanted - count])
            del free[: wanted - count]
    for job in pending:
        least, most = (
            (job.num_nodes, job.num_nodes) if job.type == JobType.RIGID else (job.num_nodes_min, job.num_nodes_max)
        )
        if least > len(free):
            break
        job.assign(free[:most])
        del free[:most]
    for job in running:
        if job.type in (JobType.MALLEABLE, JobType.ADAPTIVE) and free and job is not system.get("job"):
            missing = job.num_nodes_max - len(job.assigned_nodes)
            if missing > 0:
                job.assign(free[:missing])
                del free[:missing]


pass_algorithm(schedule, "ipc://simulation.ipc")
'''

SENSING = {
    "sensing": True,
    "sensing_interval": 1,
    "cpu_utilization": "output/cpu_utilization.csv",
    "gpu_utilization": "output/gpu_utilization.csv",
    "network_activity": "output/network_activity.csv",
    "pfs_utilization": "output/pfs_utilization.csv",
}

TASK_TIMES = {"log_task_times": True, "task_times": "output/task_times.csv"}

TOPOLOGIES = {
    "crossbar": dict.fromkeys((256, 1024, 2048, 8192), ""),
    "fat-tree": {
        nodes: f'topology="FAT_TREE" topo_parameters="2;16,{nodes // 16};1,8;1,1"' for nodes in (256, 1024, 2048, 8192)
    },
    "dragonfly": {
        nodes: f'topology="DRAGONFLY" topo_parameters="{parameters}"'
        for nodes, parameters in (
            (256, "4,2;4,2;4,1;4"),
            (1024, "8,2;4,2;8,1;4"),
            (2048, "8,2;4,2;16,1;4"),
            (8192, "16,2;4,2;16,1;8"),
        )
    },
}
"""Attributes of clusters by numbers of nodes; the usual one is a crossbar."""


def write_platform(directory: Path, nodes: int, *, topology: str = "", gpus: bool = False) -> None:
    """Write a cluster with another topology, or with GPUs, in the place of the usual one."""
    first = 10 ** len(str(nodes))
    text = PLATFORM.format(
        first=first,
        last=first + nodes - 1,
        cluster=topology,
        properties=GPUS if gpus else "",
    )
    (directory / "platform.xml").write_text(text, encoding="utf-8")


def phases(iterations: int | str, *tasks: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """Return an application model of one phase."""
    return {"phases": [{"iterations": iterations, "tasks": list(tasks), **keys}]}


def compute(**keys: Any) -> dict[str, Any]:
    """Return a task that shares the argument ``flops`` among all nodes."""
    return {"type": "cpu", "flops": "flops / num_nodes", "computation_pattern": "all_ranks", **keys}


def rigid(rng: random.Random, nodes: int, count: int, seconds: float, load: float = 0.8) -> list[dict[str, Any]]:
    """Return jobs of 1 to 16 nodes that compute for *seconds* in each iteration on average, 20 iterations long."""
    jobs: list[dict[str, Any]] = []
    for _ in range(count):
        size = rng.randint(1, 16)
        flops = rng.uniform(0.5, 1.5) * seconds * size * 1e12
        entry = {"type": "rigid", "num_nodes": size, "application_model": "model.json"}
        jobs.append(entry | {"arguments": {"flops": round(flops), "data": round(rng.uniform(0.5, 1.5) * size * 4e9)}})
    length = sum(job["num_nodes"] for job in jobs) * 20 * seconds / (load * nodes)
    for job in jobs:
        job["submit_time"] = round(rng.uniform(0.0, length), 3)
    return jobs


def file_system(directory: Path, nodes: int, count: int) -> None:
    """Write rigid jobs that compute and write to the parallel file system in turn, twenty times."""
    model = phases(20, compute(), {"type": "pfs_write", "bytes": "data", "pattern": "all_ranks"})
    write(directory, nodes, rigid(random.Random(nodes), nodes, count, 60.0), model)


def communication(directory: Path, topology: str, pattern: str, nodes: int) -> None:
    """Write eight rigid jobs of *nodes* nodes on twice as many, two at a time, that communicate while they compute."""
    rng = random.Random(nodes)
    model = phases(20, compute(bytes="data / num_nodes", communication_pattern=pattern, coupled=True))
    jobs = [
        {
            "type": "rigid",
            "submit_time": float(number),
            "num_nodes": nodes,
            "application_model": "model.json",
            "arguments": {"flops": round(rng.uniform(0.5, 1.5) * nodes * 1e13), "data": round(nodes * 1e10)},
        }
        for number in range(8)
    ]
    write(directory, 2 * nodes, jobs, model)
    if attributes := TOPOLOGIES[topology][2 * nodes]:
        write_platform(directory, 2 * nodes, topology=attributes)


def mixed(directory: Path, count: int, nodes: int = 128, *, is_monitored: bool = False) -> None:
    """Write jobs of all five types that read, exchange data with all others while they compute, write, and resize.

    The algorithm is one in the style of the original's scripts.  With *is_monitored*, loads are sampled each second and
    tasks are logged.
    """
    rng = random.Random(count)
    kinds = ("rigid", "moldable", "malleable", "evolving", "adaptive")
    jobs = []
    for _ in range(count):
        kind, size = rng.choice(kinds), rng.randint(1, 16)
        entry = {"type": kind, "submit_time": round(rng.uniform(0.0, 150.0 * count), 3)}
        entry |= {"num_nodes": size} if kind == "rigid" else {"num_nodes_min": size, "num_nodes_max": 2 * size}
        entry["application_model"] = "evolving.json" if kind in ("evolving", "adaptive") else "model.json"
        entry["arguments"] = {
            "flops": round(rng.uniform(0.5, 1.5) * size * 60e12),
            "data": round(rng.uniform(0.5, 1.5) * size * 20e9),
            "least": size,
        }
        jobs.append(entry)
    once = {
        "on_init": {"tasks": [{"type": "pfs_read", "bytes": "data", "pattern": "all_ranks"}]},
        "on_reconfiguration": {
            "tasks": [{"type": "cpu", "bytes": "data / num_nodes", "communication_pattern": "all_to_all"}]
        },
        "on_expansion": {"tasks": [{"type": "idle", "delay": 2, "pattern": "uniform"}]},
    }
    tasks = (
        compute(bytes="data / num_nodes", communication_pattern="all_to_all", coupled=True),
        {"type": "pfs_write", "bytes": "data", "pattern": "all_ranks"},
    )
    request = "phase_iteration % 4 < 2 ? least : least + floor(least / 2)"
    keys = {"schedule_on_scheduling_point": True}
    if is_monitored:
        keys |= SENSING | TASK_TIMES
    write(directory, nodes, jobs, once | phases(20, *tasks), **keys)
    (directory / "algorithm.py").write_text(EXPANDING, encoding="utf-8")
    write_model(directory / "evolving.json", once | phases(20, *tasks, evolving_request=request))


def write_model(file: Path, model: dict[str, Any]) -> None:
    """Write an application model."""
    file.write_text(json.dumps(model), encoding="utf-8")


def oversubscribed(directory: Path, nodes: int, count: int) -> None:
    """Write rigid jobs that share nodes, two on each of them if they did not slow each other down."""
    model = phases(20, compute(), {"type": "cpu", "bytes": "data / num_nodes", "communication_pattern": "ring"})
    jobs = rigid(random.Random(nodes), nodes, count, 30.0, load=2.0)
    write(directory, nodes, jobs, model, allow_oversubscription=True)
    (directory / "algorithm.py").write_text(SHARING, encoding="utf-8")


def gpus(directory: Path, nodes: int, count: int) -> None:
    """Write rigid jobs that compute and exchange data on four GPUs per node."""
    task = compute(type="gpu", bytes="data", communication_pattern="all_to_all")
    jobs = rigid(random.Random(nodes), nodes, count, 600.0)
    write(directory, nodes, [job | {"num_gpus_per_node": 4} for job in jobs], phases(20, task))
    write_platform(directory, nodes, gpus=True)


def evolving(directory: Path, count: int, nodes: int = 1024) -> None:
    """Write evolving jobs that ask for another number of nodes in each of their 100 iterations."""
    rng = random.Random(count)
    jobs = []
    for _ in range(count):
        size = rng.randint(1, 16)
        jobs.append(
            {
                "type": "evolving",
                "submit_time": round(rng.uniform(0.0, 60.0 * count), 3),
                "num_nodes_min": size,
                "num_nodes_max": 2 * size,
                "application_model": "model.json",
                "arguments": {"flops": round(rng.uniform(0.5, 1.5) * size * 60e12), "least": size},
            }
        )
    request = "phase_iteration % 2 == 0 ? least : 2 * least"
    write(directory, nodes, jobs, phases(100, compute(), evolving_request=request))


def sensing(directory: Path, nodes: int) -> None:
    """Write jobs that arrive for almost half an hour, on a machine that is sampled each second."""
    model = phases(20, compute(bytes="data / num_nodes", communication_pattern="ring"))
    jobs = rigid(random.Random(nodes), nodes, nodes // 4, 30.0)
    write(directory, nodes, jobs, model, **SENSING)


def task_times(directory: Path, nodes: int, count: int) -> None:
    """Write rigid jobs of which each task on each node is logged."""
    tasks = (compute(name="work"), {"type": "cpu", "name": "halo", "bytes": "data", "communication_pattern": "ring"})
    write(directory, nodes, rigid(random.Random(nodes), nodes, count, 60.0), phases(50, *tasks), **TASK_TIMES)
