"""What holds for every policy on every workload."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stage import MODEL, REQUESTS, evolving, malleable, moldable, rigid

from elastisim import Observer, read_configuration, read_scenario, simulate
from elastisim.scheduling import Policy, make_policy, preferred_size
from elastisim.scheduling.policies.registry import available, policy_class
from elastisim.scheduling.pool import NodePool
from elastisim_python import JobState, NodeState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim import Scenario
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.node_list import NodeList
    from elastisim.scheduling import System

NODES = 8
LARGEST = 10

PLATFORM = f"""<platform version="4.1">
  <cluster id="c" prefix="n" radical="0-{NODES - 1}" suffix="" speed="1Gf" bw="1GBps" lat="0us"/>
</platform>"""

VARIANTS = [
    *((name, {}) for name in available() if policy_class(name).__module__.startswith("elastisim.")),
    *((name, {"variant": "wagomu"}) for name in ("easy", "first-fit")),
    *(
        (f"{family}-{kind}", {"variant": "sane"})
        for family in ("min", "pref", "average")
        for kind in ("agreement", "common-pool", "steal-agreement")
    ),
    *(("keep-pref", {"agreements": kind}) for kind in ("direct", "pool")),
    ("fcfs-expand", {"expand": "always"}),
]
"""Every policy, with the options that change most."""

Jobs = list[dict[str, Any]]


def label(value: str | dict[str, str]) -> str:
    """Return how tests call a policy or its options."""
    return value if isinstance(value, str) else ",".join(value.values()) or "default"


@st.composite
def workloads(draw: Any, kinds: Sequence[str]) -> Jobs:
    """Jobs of some kinds in order of submission, some of them at the same time."""
    jobs: Jobs = []
    submit = 0
    for _ in range(draw(st.integers(1, LARGEST))):
        submit += draw(st.integers(0, 15))
        least, most = sorted(draw(st.tuples(st.integers(1, NODES), st.integers(1, NODES))))
        work = least * draw(st.integers(1, 60))
        kind = draw(st.sampled_from(kinds))
        if kind == "rigid":
            # A generous walltime, lest jobs are killed.
            jobs.append(rigid(submit, least, work / least, 100.0))
        elif kind == "moldable":
            jobs.append(moldable(submit, least, most, work))
        elif kind == "malleable":
            jobs.append(malleable(submit, least, most, work, draw(st.integers(1, 6))))
        else:
            jobs.append(evolving(submit, least, most, draw(st.integers(1, NODES + 1))))
    return jobs


def scenario(directory: Path, jobs: Jobs, **keys: Any) -> Scenario:
    """Write a scenario with these jobs, and *keys* in its configuration, and read it."""
    (directory / "platform.xml").write_text(PLATFORM)
    (directory / "work.json").write_text(json.dumps(MODEL))
    (directory / "requests.json").write_text(json.dumps(REQUESTS))
    (directory / "jobs.json").write_text(json.dumps({"jobs": jobs}))
    configuration = {
        "jobs_file": str(directory / "jobs.json"),
        "platform_file": str(directory / "platform.xml"),
        "schedule_on_job_submit": True,
        "schedule_on_job_finalize": True,
        "schedule_on_scheduling_point": True,
        "full_precision": True,
        "job_statistics": "job_statistics.csv",
        "node_utilization": "node_utilization.csv",
        **keys,
    }
    return read_scenario(read_configuration(configuration))


class Audit(Observer):
    """Adds up the node-seconds of jobs from what nodes report; objects to what must not happen."""

    def __init__(self) -> None:
        self.starts: dict[int, float] = {}
        self.ends: dict[int, float] = {}
        self.states: dict[int, str] = {}
        self.used: dict[int, float] = {}
        self._stays: dict[int, tuple[int, float]] = {}

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        """Close and open stays on nodes; nobody shares one."""
        for node in nodes:
            assert len(node.running) <= 1
            job, since = self._stays.pop(node.identifier, (-1, 0.0))
            if job >= 0:
                self.used[job] = self.used.get(job, 0.0) + now - since
            for job in node.running:
                self._stays[node.identifier] = (job, now)

    def job_started(self, now: float, job: Job) -> None:
        """Note the start."""
        self.starts[job.identifier] = now
        self._check_size(job)

    def job_reconfigured(self, now: float, job: Job, before: Sequence[Node]) -> None:
        """Check the new size."""
        self._check_size(job)

    def job_ended(self, now: float, job: Job) -> None:
        """Note the end."""
        self.ends[job.identifier] = now
        self.states[job.identifier] = job.state.name.lower()

    @staticmethod
    def _check_size(job: Job) -> None:
        assert len(set(job.active)) == len(job.active)
        assert job.description.min_nodes <= len(job.active) <= job.description.max_nodes


def audited(policy: Policy, jobs: Jobs, **keys: Any) -> Audit:
    """Return what was observed of a simulation."""
    audit = Audit()
    with tempfile.TemporaryDirectory() as folder:
        simulate(scenario(Path(folder), jobs, **keys), policy, write_files=False, observers=[audit])
    return audit


def exact(job: Any, size: int) -> float:
    """Return how long a job of the stage runs."""
    return float(job.arguments["work"]) / size


@pytest.mark.parametrize(("name", "options"), VARIANTS, ids=label)
@given(jobs=workloads(("rigid", "moldable", "malleable", "evolving")))
@settings(max_examples=15, deadline=None)
def test_all_jobs_get_their_work_done(name: str, options: dict[str, object], jobs: Jobs) -> None:
    """No node has two jobs, no job is too small or too large, all jobs finish, with exactly the work that they have."""
    audit = audited(make_policy(name, options), jobs)

    assert audit.states == dict.fromkeys(range(len(jobs)), "completed")
    for identifier, job in enumerate(jobs):
        if job["type"] == "evolving":
            assert audit.ends[identifier] - audit.starts[identifier] == pytest.approx(30.0)
        else:
            assert audit.used[identifier] == pytest.approx(job["arguments"]["work"])


class Inspection(Policy):
    """Lets another policy decide; compares what views of nodes show with the nodes themselves before."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def schedule(self, system: System) -> None:
        """Look at every node."""
        pool = system.free_nodes
        free = [node for node in system.nodes if not node.running and not node.expected]
        assert sorted([*pool, *pool.withheld], key=lambda node: node.identifier) == free
        assert [node for node in system.nodes if pool.is_free(node)] == free
        expected = {node.identifier for node in system.nodes if node.expected and not node.running}
        assert set(system.reserved) == expected
        self._policy.schedule(system)


@pytest.mark.parametrize("name", ["fcfs", "fcfs-expand", "average-steal-agreement", "min-common-pool", "keep-pref"])
@pytest.mark.parametrize("hears_of_ends", [True, False], ids=["at once", "later"])
@given(jobs=workloads(("rigid", "moldable", "malleable", "evolving")))
@settings(max_examples=30, deadline=None)
def test_views_of_nodes_show_what_nodes_are(name: str, hears_of_ends: bool, jobs: Jobs) -> None:
    """Nothing is lost on the way, be it that a policy hears of the end of a job at once, or later with other things."""
    keys = {} if hears_of_ends else {"schedule_on_job_finalize": False, "scheduling_interval": 7}
    audit = audited(Inspection(make_policy(name)), jobs, **keys)

    assert audit.states == dict.fromkeys(range(len(jobs)), "completed")


class Move(Policy):
    """Starts a job on the first of some *places*, which are lists of nodes, and moves it from one to the next."""

    def __init__(self, *places: list[int]) -> None:
        self._places = list(places)

    def schedule(self, system: System) -> None:
        """Decide as long as there is another place."""
        if self._places:
            nodes = [system.nodes[number] for number in self._places.pop(0)]
            for job in system.pending:
                system.start(job, nodes)
            for job in system.running:
                system.resize(job, nodes)


@given(st.lists(st.lists(st.integers(0, NODES - 1), min_size=1, unique=True), min_size=1, max_size=4))
@example([[0, 2, 4], [1, 3, 5]])
@settings(max_examples=60, deadline=None)
def test_views_of_nodes_show_what_nodes_are_when_a_job_moves(places: list[list[int]]) -> None:
    """Even if it has none of its nodes any more."""
    jobs = [malleable(0, 1, NODES, 60, 6)]
    audit = audited(Inspection(Move(*places)), jobs, scheduling_interval=3)

    assert audit.states == {0: "completed"}


class Revision(Policy):
    """Starts a job, and lets it have other nodes with each call before it has got the ones decided last."""

    def __init__(self) -> None:
        self._sizes = iter((2, 6, 5))

    def schedule(self, system: System) -> None:
        """Decide."""
        job = system.jobs.get(0)
        size = next(self._sizes, None)
        if job is None or size is None:
            return
        if job in system.pending:
            system.start(job, size)
        else:
            system.resize(job, system.nodes[:size])


def test_what_a_job_keeps_of_a_list_is_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a decision is revised, only the node that it is about may be free again."""
    looked_at = []

    def refresh(pool: NodePool, nodes: NodeList) -> NodeList:
        looked_at.append(nodes.identifiers)
        return known(pool, nodes)

    known = NodePool.refresh
    monkeypatch.setattr(NodePool, "refresh", refresh)
    jobs = [malleable(0.0, 2, 6, work=80.0, points=2)]
    audit = Audit()
    simulate(scenario(tmp_path, jobs, scheduling_interval=5), Revision(), write_files=False, observers=[audit])

    assert audit.states == {0: "completed"}
    assert looked_at[:3] == [list(range(8)), [5], [2, 3, 4]]


@given(jobs=workloads(("rigid", "moldable", "malleable", "evolving")))
@settings(max_examples=50, deadline=None)
def test_nobody_passes_anybody_with_fcfs(jobs: Jobs) -> None:
    """First come, first served starts jobs in order of submission."""
    audit = audited(make_policy("fcfs"), jobs)

    starts = [audit.starts[identifier] for identifier in range(len(jobs))]
    assert starts == sorted(starts)


class Promises(Policy):
    """Lets another policy decide and notes the earliest date by which it could start the first job in the queue."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.dates: dict[int, float] = {}

    def schedule(self, system: System) -> None:
        """Let nodes become free in the order in which jobs end, until there are enough."""
        self._policy.schedule(system)
        head = next(iter(system.pending), None)
        if head is None:
            return
        size = preferred_size(head)
        free = len(system.free_nodes)
        date = system.time
        for job in sorted(system.running, key=lambda job: job.start_time + exact(job, job.size)):
            if free >= size:
                break
            free += job.size
            date = job.start_time + exact(job, job.size)
        self.dates[head.identifier] = min(date, self.dates.get(head.identifier, math.inf))


@given(jobs=workloads(("rigid", "moldable")))
@settings(max_examples=100, deadline=None)
def test_easy_keeps_the_reservation_of_the_head(jobs: Jobs) -> None:
    """With exact estimates nobody who passes the first job in the queue delays it."""
    promises = Promises(make_policy("easy", {"estimate": exact}))
    audit = audited(promises, jobs)

    for identifier, date in promises.dates.items():
        assert audit.starts[identifier] <= date + 1e-6


class Reservations(Policy):
    """Notes the first reservation of each job."""

    def __init__(self) -> None:
        self._policy: Any = make_policy("conservative", {"estimate": exact})
        self.dates: dict[int, float] = {}

    def schedule(self, system: System) -> None:
        """Let the policy decide, and look at its plan."""
        self._policy.schedule(system)
        for job in system.pending:
            self.dates.setdefault(job.identifier, self._policy.reservations[job].start)


@given(jobs=workloads(("rigid", "moldable")))
@settings(max_examples=100, deadline=None)
def test_conservative_keeps_all_reservations(jobs: Jobs) -> None:
    """With exact estimates no job starts later than it was told when it was submitted."""
    reservations = Reservations()
    audit = audited(reservations, jobs)

    for identifier, date in reservations.dates.items():
        assert audit.starts[identifier] <= date + 1e-6


def first_come(jobs: Sequence[Any], nodes: Sequence[Any], system: Any) -> None:
    """Start jobs in order, each as large as possible, as an algorithm of the original's style."""
    free = [node for node in nodes if node.state is NodeState.FREE]
    for job in jobs:
        if job.state is JobState.PENDING:
            least, most = job.num_nodes or job.num_nodes_min, job.num_nodes or job.num_nodes_max
            if least > len(free):
                break
            size = min(most, len(free))
            job.assign(free[:size])
            del free[:size]


@given(jobs=workloads(("rigid", "moldable", "malleable")))
@settings(max_examples=50, deadline=None)
def test_both_interfaces_give_the_same_results(jobs: Jobs) -> None:
    """The same rules give the same job statistics and the same nodes, as a policy and in the original's style."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "policy"), Path(folder, "function")
        site = scenario(Path(folder), jobs)
        simulate(site, policy="fcfs", output_directory=first)
        simulate(site, first_come, output_directory=second)

        for file in ("job_statistics.csv", "node_utilization.csv"):
            assert (first / file).read_bytes() == (second / file).read_bytes()
