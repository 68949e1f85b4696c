"""Growth: how the cost of a simulation depends on nodes per job and on phases (it should not).

Simulates a CPU-only malleable workload in fresh processes and prints the CPU seconds of each, the median of several
runs, and the ratio to the smallest size:

    python benchmarks/growth.py [--runs N]

The algorithm is first come, first served with expansion, in the style of the original's scripts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from elastisim.workload.cluster import Cluster

ALGORITHM = '''"""First come, first served; malleable jobs are expanded onto free nodes when a job ends."""
from elastisim_python import InvocationType, JobState, NodeState, pass_algorithm


def schedule(jobs, nodes, system):
    free = [node for node in nodes if node.state is NodeState.FREE]
    running = []
    for job in jobs:
        if job.state is JobState.PENDING:
            if job.num_nodes_min > len(free):
                return
            job.assign(free[: job.num_nodes_min])
            del free[: job.num_nodes_min]
        elif job.state is JobState.RUNNING:
            running.append(job)
    if system["invocation_type"] is InvocationType.INVOKE_JOB_COMPLETED:
        for job in running:
            count = min(len(free), job.num_nodes_max - len(job.assigned_nodes))
            if count > 0:
                job.assign(free[:count])
                del free[:count]


pass_algorithm(schedule, "ipc://simulation.ipc")
'''


def write_scenario(directory: Path, *, jobs: int, machine: int, nodes: int, phases: int) -> None:
    """Write a scenario whose jobs have *nodes* to twice as many nodes and the same total work in *phases* phases."""
    rng = random.Random(1)
    entries = [
        {
            "type": "malleable",
            "submit_time": rng.random() * jobs * 60.0,
            "num_nodes_min": nodes,
            "num_nodes_max": 2 * nodes,
            "application_model": "model.json",
            "arguments": {"work": rng.uniform(0.5, 2.0) * nodes * 3600e12, "phases": phases},
        }
        for _ in range(jobs)
    ]
    task = {"type": "cpu", "flops": "work / phases / num_nodes", "computation_pattern": "uniform"}
    files = {
        "jobs.json": {"jobs": entries},
        "model.json": {"phases": [{"iterations": "phases", "tasks": [task]}]},
        "configuration.json": {
            "jobs_file": "jobs.json",
            "platform_file": "platform.xml",
            "zmq_url": "ipc://simulation.ipc",
            "schedule_on_job_submit": True,
            "schedule_on_job_finalize": True,
            "job_statistics": "job_statistics.csv",
            "node_utilization": os.devnull,
        },
    }
    for name, content in files.items():
        (directory / name).write_text(json.dumps(content), encoding="utf-8")
    (directory / "platform.xml").write_text(Cluster(nodes=machine, node_speed=1e12).xml(), encoding="utf-8")
    (directory / "algorithm.py").write_text(ALGORITHM, encoding="utf-8")


def cpu_seconds(directory: Path) -> float:
    """Simulate in a fresh process and return its CPU seconds."""
    before = os.times()
    command = [sys.executable, "-m", "elastisim", "run", "configuration.json", "--algorithm", "algorithm.py", "--quiet"]
    subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def measure(title: str, sizes: list[dict[str, int]], runs: int) -> None:
    """Print a row for each size."""
    print(f"\n{title}\n{'size':<44}{'CPU s':>8}{'ratio':>8}")
    first = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_scenario(Path(folder), **size)
            seconds = statistics.median(cpu_seconds(Path(folder)) for _ in range(runs))
        first = first or seconds
        text = ", ".join(f"{key} {value}" for key, value in size.items())
        print(f"{text:<44}{seconds:>8.3f}{seconds / first:>8.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how the cost of a simulation grows.")
    parser.add_argument("--runs", type=int, default=5, help="runs of each size (default: 5)")
    runs = parser.parse_args().runs
    common = {"jobs": 300, "machine": 1024}
    measure("nodes per job", [common | {"nodes": nodes, "phases": 100} for nodes in (1, 2, 4, 8, 16)], runs)
    measure("phases per job", [common | {"nodes": 4, "phases": phases} for phases in (10, 100, 1000, 10000)], runs)


if __name__ == "__main__":
    main()
