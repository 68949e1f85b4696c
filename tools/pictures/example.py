"""Small examples of scheduling: jobs by name on a few nodes, and what became of them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import elastisim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elastisim.results.history import JobRecord

MODEL = {
    "phases": [
        {"iterations": 1, "tasks": [{"type": "idle", "pattern": "uniform", "delay": "setup"}]},
        {
            "iterations": "steps",
            "tasks": [{"type": "idle", "pattern": "uniform", "delay": "step / num_nodes"}],
        },
    ]
}
"""``setup`` seconds, then steps of ``step`` node-seconds; a scheduling point before each step."""

PLATFORM = """<platform version="4.1">
  <cluster id="cluster" prefix="node" radical="0-{last}" suffix="" speed="1Gf" bw="1GBps" lat="0us"/>
</platform>
"""

INVOCATIONS = {"schedule_on_job_submit": True, "schedule_on_job_finalize": True, "schedule_on_reconfiguration": True}


@dataclass(frozen=True, slots=True)
class Task:
    """A job of an example: its name, and what the jobs file says of it."""

    name: str
    fields: dict[str, Any]

    @property
    def submit(self) -> float:
        """When it is submitted, in seconds."""
        return float(self.fields["submit_time"])


def rigid(name: str, submit: float, nodes: int, seconds: float, **attributes: str) -> Task:
    """Return a rigid job whose run time is known exactly."""
    arguments = {"setup": 0, "steps": 1, "step": nodes * seconds, "runtime": seconds}
    return _task(name, "rigid", submit, arguments, attributes, num_nodes=nodes)


def malleable(
    name: str, submit: float, sizes: tuple[int, int, int], steps: int, step: float, setup: float = 1.0
) -> Task:
    """Return a malleable job of *setup* seconds and a number of steps of *step* node-seconds.

    *sizes* are minimum, preferred size and maximum.
    """
    least, preferred, most = sizes
    runtime = setup + steps * step / preferred
    arguments = {"setup": setup, "steps": steps, "step": step, "num_nodes_pref": preferred, "runtime": runtime}
    return _task(name, "malleable", submit, arguments, {}, num_nodes_min=least, num_nodes_max=most)


def _task(
    name: str, kind: str, submit: float, arguments: dict[str, float], attributes: dict[str, str], **sizes: int
) -> Task:
    fields = {
        "type": kind,
        "submit_time": submit,
        "application_model": "model.json",
        "arguments": arguments,
        "attributes": attributes,
        **sizes,
    }
    return Task(name, fields)


@dataclass(frozen=True, slots=True)
class Bar:
    """What a job does on one node for a while."""

    job: int
    node: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Promise:
    """A node that a running job has been told to give up or is to get, from the decision until it comes into effect.

    ``reason`` is that of the decision.
    """

    job: int
    node: int
    start: float
    end: float
    gives: bool
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of the jobs of an example."""

    jobs: Sequence[JobRecord]
    decisions: Sequence[Mapping[str, Any]] = field(default=())

    @cached_property
    def bars(self) -> list[Bar]:
        """The use of nodes, by job, time and node."""
        return [
            Bar(job.identifier, node, stay.start, stay.end)
            for job in self.jobs
            for stay in job.stays
            for first, last in stay.nodes
            for node in range(first, last + 1)
            if stay.end > stay.start
        ]

    @cached_property
    def promises(self) -> list[Promise]:
        """The changes of nodes that did not come into effect at once."""
        found = []
        for number, decision in enumerate(self.decisions):
            if decision["decision"] not in ("expand", "shrink", "move"):
                continue
            job, time, wanted = decision["job"], decision["time"], set(decision["nodes"])
            # Another decision may replace this one before it comes into effect.
            later = (one["time"] for one in self.decisions[number + 1 :] if one["job"] == job)
            stay = next((stay for stay in self.jobs[job].stays if stay.start <= time < stay.end), None)
            if stay is None:
                continue
            end = min(stay.end, next(later, stay.end))
            held = {node for first, last in stay.nodes for node in range(first, last + 1)}
            if end > time:
                reason = decision.get("reason", "")
                found += [Promise(job, node, time, end, gives=True, reason=reason) for node in sorted(held - wanted)]
                found += [Promise(job, node, time, end, gives=False, reason=reason) for node in sorted(wanted - held)]
        return found


@dataclass(frozen=True)
class Example:
    """Jobs on a few nodes, scheduled by a policy."""

    policy: str
    nodes: int
    tasks: Sequence[Task]
    options: Mapping[str, object] = field(default_factory=dict)

    def play(self) -> Outcome:
        """Simulate the example."""
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            files = {
                "model.json": json.dumps(MODEL),
                "jobs.json": json.dumps({"jobs": [task.fields for task in self.tasks]}),
                "platform.xml": PLATFORM.format(last=self.nodes - 1),
            }
            for name, text in files.items():
                (directory / name).write_text(text, encoding="utf-8")
            trace = directory / "decisions.jsonl"
            configuration = {
                "jobs_file": str(directory / "jobs.json"),
                "platform_file": str(directory / "platform.xml"),
                "job_statistics": "job_statistics.csv",
                "node_utilization": "node_utilization.csv",
                "full_precision": True,
                **INVOCATIONS,
            }
            results = elastisim.simulate(
                configuration, policy=self.policy, policy_options=self.options, write_files=False, trace_decisions=trace
            )
            decisions = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
        return Outcome(results.history.jobs, decisions)
