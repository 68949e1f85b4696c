"""The files that a policy of one's own begins with."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from elastisim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

POLICY = '''"""The scheduling policy {name}.

    elastisim run configuration.json --algorithm {module}.py:{policy}

To select it with --policy {name}, install it with an entry point:

    [project.entry-points."elastisim.policies"]
    {name} = "{module}:{policy}"
"""

from typing import Annotated

from msgspec import Meta

from elastisim.scheduling import Policy, System


class {policy}(Policy):
    """Backfills jobs without looking ahead: those that do not fit are passed over, a limited number of times."""

    # Nothing but jobs and nodes matters to this policy.  So it need not be called while nothing happens to them.
    state_driven = True

    # Options are keyword parameters.  They are set with --policy-option patience=3, and converted to their type.
    def __init__(self, *, patience: Annotated[int, Meta(ge=0, description="Jobs that may pass a waiting one.")] = 5):
        self.patience = patience
        self.passed: dict[int, int] = {{}}

    def schedule(self, system: System) -> None:
        """Decide: called when a job is submitted, ends, and whenever else the configuration says."""
        # Views are always up to date, and iterating them is safe while jobs are started:
        #   system.pending     jobs that wait, in order of submission      system.free_nodes   the pool of free nodes
        #   system.running     jobs that have nodes                        system.jobs         unfinished jobs by ID
        #   system.malleable   those that can be resized                   system.changed_jobs what is new
        #   system.time        simulated time in seconds                   system.trigger      why this call takes place
        blocked = []
        for job in system.pending:
            if any(self.passed.get(other.identifier, 0) >= self.patience for other in blocked):
                break
            if job.min_nodes > len(system.free_nodes):
                blocked.append(job)
                continue
            # Nodes can be chosen: system.free_nodes.lowest(n), .contiguous(n), .same_switch(n), .same_group(n)
            # return nodes, or None if there are none like that.  A number takes the nodes with the lowest IDs.
            system.start(job, job.min_nodes, reason="fits")
            for other in blocked:
                self.passed[other.identifier] = self.passed.get(other.identifier, 0) + 1

        # Running malleable jobs get what is left.  Decisions are checked at once: a mistake shows its line here.
        if not system.pending:
            for job in system.malleable:
                count = min(job.max_nodes - job.size, len(system.free_nodes))
                if count > 0:
                    system.expand_by(job, count, reason="nobody waits for these nodes")
'''

TEST = '''"""Tests of the policy {name}: small cases whose outcome can be computed by hand."""

import json

import pytest

from elastisim import simulate
from {module} import {policy}

PLATFORM = """<platform version="4.1">
  <cluster id="cluster" prefix="node" radical="0-3" suffix="" speed="1Gf" bw="1GBps" lat="0us"/>
</platform>
"""

MODEL = {{"phases": [{{"tasks": [{{"type": "idle", "pattern": "uniform", "delay": "seconds"}}]}}]}}


def job(submit_time, num_nodes, seconds):
    return {{
        "type": "rigid",
        "submit_time": submit_time,
        "num_nodes": num_nodes,
        "application_model": "model.json",
        "arguments": {{"seconds": seconds}},
    }}


@pytest.fixture
def starts(tmp_path, monkeypatch):
    """Simulate jobs on four nodes; return the times at which they start."""
    monkeypatch.chdir(tmp_path)

    def run(jobs, policy):
        (tmp_path / "platform.xml").write_text(PLATFORM)
        (tmp_path / "model.json").write_text(json.dumps(MODEL))
        (tmp_path / "jobs.json").write_text(json.dumps({{"jobs": jobs}}))
        configuration = {{
            "platform_file": "platform.xml",
            "jobs_file": "jobs.json",
            "schedule_on_job_submit": True,
            "schedule_on_job_finalize": True,
            "job_statistics": "output/job_statistics.csv",
            "node_utilization": "output/node_utilization.csv",
        }}
        simulate(configuration, policy, trace_decisions="decisions.jsonl")
        decisions = map(json.loads, (tmp_path / "decisions.jsonl").read_text().splitlines())
        return {{line["job"]: line["time"] for line in decisions if line["decision"] == "start"}}

    return run


def test_small_jobs_pass_a_large_one(starts):
    jobs = [job(0, 2, 10), job(1, 4, 10), job(2, 2, 5)]

    assert starts(jobs, {policy}()) == {{0: 0, 2: 2, 1: 10}}


def test_patience_ends(starts):
    jobs = [job(0, 2, 10), job(1, 4, 10), job(2, 2, 5)]

    assert starts(jobs, {policy}(patience=0)) == {{0: 0, 1: 10, 2: 20}}
'''


def write_template(name: str, directory: Path) -> tuple[Path, Path, str]:
    """Write a policy and a test of it; return the two files, and what to pass to ``--algorithm``.

    Raises InputError if the name is not suitable, or if there is such a file already.
    """
    words = [word for word in re.split(r"[-_ ]+", name.strip()) if word]
    module = "_".join(words).lower()
    if not words or not module.isidentifier() or keyword.iskeyword(module):
        message = f"{name!r} is no name for a policy: expected letters, digits and dashes, as in my-policy"
        raise InputError.at("", "", message)
    policy = "".join(word[0].upper() + word[1:] for word in words)
    fields = {"name": "-".join(words).lower(), "module": module, "policy": policy}
    files = {directory / f"{module}.py": POLICY, directory / f"test_{module}.py": TEST}
    for file in files:
        if file.exists():
            raise InputError.at(file, "", "exists already")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            file.write_text(text.format(**fields), encoding="utf-8")
    except OSError as error:
        raise InputError.at(directory, "", f"cannot be written to: {error.strerror}") from None
    source, test = files
    return source, test, f"{source}:{policy}"
