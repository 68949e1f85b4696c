"""Policies at scale: jobs per CPU second of rigid queues, and a study of malleable jobs on a big machine.

Each case is simulated in a process of its own, result files included; the figures are CPU seconds and the peak memory
of the whole process, the fastest of several runs:

    python benchmarks/scheduling.py queue                       100,000 rigid jobs on 1,024 and 4,096 nodes
    python benchmarks/scheduling.py study [POLICY...]           30,000 malleable jobs on 9,688 nodes, 1 s phases
    python benchmarks/scheduling.py study --script              the same with an old-style algorithm that scans all

``--jobs`` and ``--runs`` make it shorter or more precise, ``--json`` prints JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from elastisim.workload.cluster import Cluster

DAY = 86400.0

SCAN = '''"""First come, first served; expand running malleable jobs onto free nodes.  Scans everything in each call."""
from elastisim_python import JobState, JobType, NodeState, pass_algorithm


def schedule(jobs, nodes, system):
    pending = [job for job in jobs if job.state is JobState.PENDING]
    running = [job for job in jobs if job.state is JobState.RUNNING and job.type is JobType.MALLEABLE]
    free = [node for node in nodes if node.state is NodeState.FREE]
    while pending and free and pending[0].num_nodes_min <= len(free):
        job = pending.pop(0)
        count = min(job.num_nodes_max, len(free))
        job.assign(free[:count])
        del free[:count]
    if pending:
        return
    for job in running:
        count = min(job.num_nodes_max - len(job.assigned_nodes), len(free))
        if count > 0:
            job.assign(free[:count])
            del free[:count]


pass_algorithm(schedule, "ipc://unused.ipc")
'''

CONFIGURATION = {
    "jobs_file": "jobs.json",
    "platform_file": "platform.xml",
    "schedule_on_job_submit": True,
    "schedule_on_job_finalize": True,
    "job_statistics": "output/job_statistics.csv",
    "node_utilization": "output/node_utilization.csv",
    "show_progress_bar": False,
}

FAMILIES = ("min", "pref", "average")
KINDS = ("agreement", "common-pool", "steal-agreement")
STRATEGIES = tuple(f"{family}-{kind}" for family in FAMILIES for kind in KINDS)


def write(directory: Path, nodes: int, jobs: list[dict[str, Any]], model: dict[str, Any], **keys: Any) -> None:
    """Write a scenario."""
    (directory / "platform.xml").write_text(Cluster(nodes=nodes, node_speed=1e12).xml())
    (directory / "jobs.json").write_text(json.dumps({"jobs": jobs}))
    (directory / "model.json").write_text(json.dumps(model))
    (directory / "configuration.json").write_text(json.dumps({**CONFIGURATION, **keys}))
    (directory / "algorithm.py").write_text(SCAN)
    (directory / "output").mkdir(exist_ok=True)


def queue(directory: Path, nodes: int, count: int, load: float = 0.7) -> None:
    """Write rigid jobs of 1 to 64 nodes that arrive at random and run for an hour on average, at the given load."""
    rng = random.Random(nodes)
    sizes = [int(2 ** rng.uniform(0.0, 6.0)) for _ in range(count)]
    runtimes = [rng.expovariate(1.0 / 3600.0) + 1.0 for _ in range(count)]
    gap = sum(map(math.prod, zip(sizes, runtimes, strict=True))) / count / (load * nodes)
    now, jobs = 0.0, []
    for size, runtime in zip(sizes, runtimes, strict=True):
        now += rng.expovariate(1.0 / gap)
        jobs.append(
            {
                "type": "rigid",
                "submit_time": round(now, 3),
                "num_nodes": size,
                "walltime": math.ceil(runtime * rng.uniform(1.0, 4.0)),
                "application_model": "model.json",
                # Policies do not know it: their estimate is the walltime.
                "arguments": {"seconds": round(runtime, 3)},
            }
        )
    model = {"phases": [{"tasks": [{"type": "idle", "pattern": "uniform", "delay": "seconds"}]}]}
    write(directory, nodes, jobs, model)


def study(directory: Path, count: int, nodes: int = 9688, days: float = 5.0, load: float = 0.8, phase: int = 1) -> None:
    """Write malleable jobs in the style of a big machine's trace: phases of *phase* seconds, sizes by efficiency.

    Jobs arrive for as long as *count* of 30,000 jobs do that take *days*.  The preferred size has an efficiency just
    above 80 %, the maximum one of 50 %, the minimum is a fifth of it.
    """
    rng = random.Random(nodes)
    speed = 1e12
    length = days * DAY * count / 30_000
    jobs: list[tuple[float, int, int, float, float]] = []
    for _ in range(count):
        preferred = min(int(2 ** rng.uniform(0.0, 5.0) * 2 ** max(rng.gauss(0.0, 1.6), 0.0)), nodes)
        parallel = next((p for p in PARALLEL if efficiency(p, preferred) > 0.8), PARALLEL[-1])
        most = min(max(int((2.0 - parallel) / (1.0 - parallel)), preferred), nodes)
        runtime = math.exp(rng.uniform(math.log(60.0), math.log(86400.0)))
        jobs.append((rng.uniform(0.0, length), preferred, most, parallel, runtime))
    area = sum(preferred * runtime for _, preferred, _, _, runtime in jobs)
    scale = load * nodes * length / area
    jobs.sort()
    entries = [
        {
            "type": "malleable",
            "submit_time": round(submit, 3),
            "num_nodes_min": max(1, preferred // 5),
            "num_nodes_max": most,
            "application_model": "model.json",
            "arguments": {
                "runtime": round(runtime * scale, 3),
                "num_nodes_pref": preferred,
                "parallel": parallel,
                # Not as a whole number: beyond 64 bits those wrap around, as in the original.
                "flops": runtime * scale * speed * speedup(parallel, preferred),
                "divide": max(1, round(runtime * scale / phase)),
            },
        }
        for submit, preferred, most, parallel, runtime in jobs
    ]
    flops = "flops / divide * (1 - parallel + parallel / num_nodes)"
    task = {"type": "cpu", "flops": flops, "computation_pattern": "uniform"}
    model = {"phases": [{"iterations": "divide", "tasks": [task]}]}
    write(directory, nodes, entries, model, scheduling_interval=phase, min_scheduling_interval=1)


PARALLEL = (0.95, 0.955, 0.96, 0.965, 0.97, 0.975, 0.98, 0.985, 0.99, 0.995, 0.999)
"""Parallel fractions; a job has the first one that makes it efficient enough at its preferred size."""


def speedup(parallel: float, nodes: int) -> float:
    """Return the speed-up of a job with the given parallel fraction (Amdahl)."""
    return 1.0 / (1.0 - parallel + parallel / nodes)


def efficiency(parallel: float, nodes: int) -> float:
    """Return the speed-up per node."""
    return speedup(parallel, nodes) / nodes


def measure(directory: Path, options: list[str], runs: int) -> dict[str, Any]:
    """Simulate in fresh processes; return the fastest run."""
    command = [sys.executable, "-c", "from elastisim.cli.main import main; main()", "run", "configuration.json", "-q"]
    figures = []
    for _ in range(runs):
        process = subprocess.Popen([*command, *options], cwd=directory)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"the simulation failed: {' '.join(options)}")
        figures.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss))
    cpu, memory = min(figures)
    counts = json.loads((directory / "output" / "run.json").read_text())["counts"]
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    rate = round(counts["jobs"] / cpu)
    return {"cpu": round(cpu, 2), "memory_mb": round(memory / unit), "jobs_per_s": rate, **counts}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("case", choices=["queue", "study"])
    parser.add_argument("policies", nargs="*")
    parser.add_argument("--script", action="store_true", help="measure an old-style algorithm as well")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        if asked.case == "queue":
            for nodes in (1024, 4096):
                queue(directory, nodes, asked.jobs or 100_000)
                for policy in asked.policies or ("fcfs", "easy"):
                    figures = measure(directory, ["--policy", policy], asked.runs)
                    results.append({"policy": policy, "machine": nodes, **figures})
        else:
            study(directory, asked.jobs or 30_000)
            policies = asked.policies or (() if asked.script else ("fcfs-expand", *STRATEGIES))
            results += [{"policy": name, **measure(directory, ["--policy", name], asked.runs)} for name in policies]
            if asked.script:
                keys = ["--set", "unfinished_jobs_only=true", "--set", "skip_idle_ticks=true"]
                figures = measure(directory, ["--algorithm", "algorithm.py", *keys], asked.runs)
                results.append({"policy": "full scan", **figures})
    for result in results:
        print(json.dumps(result) if asked.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
