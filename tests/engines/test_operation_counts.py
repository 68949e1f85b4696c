"""The cost of the fast engine, in operations: it grows with decisions and contended transfers, not nodes x phases.

Numbers of calls do not depend on the machine, as times do.  They are compared with one another, or follow from what
happens in a scenario; how it comes about inside the engine is not looked at.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from elastisim import Observer, simulate
from elastisim.batch.job import JobState
from elastisim.batch.program import Compilation
from elastisim.kernel import fast, grouped
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.sensing import Sensor
from elastisim.kernel.star import Star
from elastisim.platform.platform import Platform
from elastisim.scheduling import Policy, make_policy
from elastisim.scheduling.policy import PolicyAlgorithm
from elastisim.workload.formula import parser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from elastisim.batch.job import Job
    from elastisim.scheduling import System

NODES = 64
BACKBONE = 'bb_bw="2GBps" bb_lat="0us"'
"""A link that others can be met on; without it, all links of the cluster belong to one node each."""

PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="W" routing="Full">
    <cluster id="C" prefix="n" radical="0-{last}" suffix="" speed="1Gf" bw="1GBps" lat="0us" {attributes}/>
    <zone id="P" routing="Full"><host id="pfs" speed="0f"><prop id="pfs_host" value="true"/></host></zone>
    <link id="pfs_read" bandwidth="1GBps" latency="0us"/>
    <link id="pfs_write" bandwidth="1GBps" latency="0us"/>
    <zoneRoute src="P" dst="C" gw_src="pfs" gw_dst="nC_router" symmetrical="NO"><link_ctn id="pfs_read"/></zoneRoute>
    <zoneRoute src="C" dst="P" gw_src="nC_router" gw_dst="pfs" symmetrical="NO"><link_ctn id="pfs_write"/></zoneRoute>
  </zone>
</platform>
"""

SENSING = ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")
RESULTS = ("job_statistics", "node_utilization", *SENSING)

COMPUTE = {"type": "cpu", "flops": "1e9 * work", "computation_pattern": "uniform"}
"""``work`` seconds on any number of nodes."""

EXCHANGE = {"type": "cpu", "bytes": "1e9 * work", "communication_pattern": "all_to_all"}
WRITE = {"type": "pfs_write", "bytes": "1e9 * work", "pattern": "uniform"}
"""``work`` gigabytes from each node: as many seconds, for a single node that meets nobody."""

FRESH = itertools.count()
"""Numbers for texts that have never been parsed before in this process."""


def job(submit: float, nodes: int, work: float = 1.0, points: int = 1, kind: str = "rigid") -> dict[str, Any]:
    """Return a job of *points* iterations."""
    size = {"num_nodes": nodes} if kind == "rigid" else {"num_nodes_min": nodes, "num_nodes_max": nodes}
    arguments = {"work": work, "points": points}
    return {"type": kind, "submit_time": submit, "application_model": "model.json", "arguments": arguments, **size}


class Crowd(Policy):
    """Starts all jobs at once, each of them on the first nodes."""

    def schedule(self, system: System) -> None:
        for waiting in list(system.pending):
            system.start(waiting, system.nodes[: waiting.min_nodes])


class Outcome(Observer):
    """The states in which jobs end."""

    def __init__(self) -> None:
        self.states: list[JobState] = []

    def job_ended(self, now: float, job: Job) -> None:
        self.states.append(job.state)


class Counter:
    """Simulates, and returns how often everything was called.

    ``steps`` of the clock, ``sharings`` of resources among flows, ``routes`` looked up, ``patterns`` of communication
    analysed, ``invocations`` of the policy, ``programs`` compiled, ``formulas`` parsed, ``readings`` of loads.
    """

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        self._monkeypatch = monkeypatch
        self._counts: dict[str, int] = {}
        self._count("steps", FastFluidModel, "advance")
        self._count("sharings", fast, "share")
        self._count("sharings", Star, "share")
        self._count("routes", Platform, "route")
        self._count("patterns", grouped, "pattern_usage")
        self._count("invocations", PolicyAlgorithm, "invoke")
        self._count("programs", Compilation, "program")
        self._count("formulas", parser, "compile_formula")
        self._count("readings", Sensor, "read")

    def __call__(
        self,
        jobs: Sequence[dict[str, Any]],
        *tasks: dict[str, Any],
        attributes: str = "",
        nodes: int = NODES,
        policy: Policy | None = None,
        **keys: Any,
    ) -> dict[str, int]:
        model = {"phases": [{"iterations": "points", "tasks": tasks}]}
        configuration = {
            "jobs_file": str(self._write("jobs.json", json.dumps({"jobs": jobs}))),
            "platform_file": str(self._write("platform.xml", PLATFORM.format(last=nodes - 1, attributes=attributes))),
            "engine": "fast",
            "schedule_on_job_submit": True,
            "schedule_on_job_finalize": True,
            **{key: str(self._directory / f"{key}.csv") for key in RESULTS},
            **keys,
        }
        for description in jobs:
            self._write(description["application_model"], json.dumps(model))
        self._counts.update(dict.fromkeys(self._counts, 0))
        outcome = Outcome()
        results = simulate(configuration, policy or make_policy("fcfs"), write_files=False, observers=[outcome])
        assert outcome.states == [JobState.COMPLETED] * len(jobs)
        assert results.description is not None
        assert results.description.counts["events"] == self._counts["steps"]
        return dict(self._counts)

    def _write(self, name: str, text: str) -> Path:
        path = self._directory / name
        path.write_text(text, encoding="utf-8")
        return path

    def _count(self, name: str, owner: Any, function: str) -> None:
        original = getattr(owner, function)
        self._counts[name] = 0

        def counted(*arguments: Any, **keywords: Any) -> Any:
            self._counts[name] += 1
            return original(*arguments, **keywords)

        self._monkeypatch.setattr(owner, function, counted)


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(tmp_path, monkeypatch)


# Phases


@pytest.mark.parametrize("pattern", ["uniform", "root_only", "even_ranks"])
def test_isolated_phases_cost_nothing(count: Counter, pattern: str) -> None:
    task = {**COMPUTE, "computation_pattern": pattern}
    few, many = (count([job(1, 4, points=points, kind="malleable")], task) for points in (10, 10_000))

    assert few["steps"] == many["steps"]
    # Submission and end; the job starts within the first of them.
    assert few["invocations"] == many["invocations"] == 2
    assert few["programs"] == many["programs"] == 1
    assert few["sharings"] == many["sharings"] == 0


def test_isolated_phases_of_equal_ranks_are_one_step(count: Counter) -> None:
    found = count([job(1, 4, points=10_000, kind="malleable")], COMPUTE, EXCHANGE)

    # The clock moves to the submission at 1 s, and to the end.
    assert found["steps"] == 2


def test_phases_cost_decisions_if_the_policy_asks_for_them(count: Counter) -> None:
    for points in (10, 100):
        found = count([job(1, 4, points=points, kind="malleable")], COMPUTE, schedule_on_scheduling_point=True)

        # All iterations but the first begin with a scheduling point (R5.5); submission and end come on top.
        assert found["steps"] == found["invocations"] == (points - 1) + 2
        assert found["programs"] == 1


# Nodes


@pytest.mark.parametrize("attributes", ["", BACKBONE], ids=["isolated", "backbone"])
@pytest.mark.parametrize("pattern", ["uniform", "root_only", "even_ranks"])
def test_nodes_of_a_job_cost_nothing(count: Counter, pattern: str, attributes: str) -> None:
    tasks = ({**COMPUTE, "computation_pattern": pattern}, {**WRITE, "pattern": pattern}, EXCHANGE)
    few, many = (count([job(1, nodes, points=7)], *tasks, attributes=attributes) for nodes in (2, 64))

    # Which test is the first to mention a text decides who parses it.
    assert {**few, "formulas": 0} == {**many, "formulas": 0}


@pytest.mark.parametrize("attributes", ["", BACKBONE], ids=["isolated", "backbone"])
def test_nodes_of_a_job_with_asynchronous_transfers_cost_nothing(count: Counter, attributes: str) -> None:
    tasks = (COMPUTE, {**WRITE, "async": True}, {**EXCHANGE, "communication_pattern": "ring"})
    few, many = (count([job(1, nodes, points=7)], *tasks, attributes=attributes) for nodes in (4, 64))

    assert {**few, "formulas": 0, "routes": 0} == {**many, "formulas": 0, "routes": 0}


# Shared nodes


def test_nodes_that_may_be_shared_cost_nothing_as_long_as_they_are_not(count: Counter) -> None:
    tasks = (COMPUTE, EXCHANGE)
    few, many = (
        count([job(1, nodes, points=points)], *tasks, allow_oversubscription=True)
        for nodes, points in ((4, 10), (64, 10_000))
    )

    # Submission and end, as with nodes of its own.
    assert few["steps"] == many["steps"] == 2
    assert few["sharings"] == many["sharings"] == 0


@pytest.mark.parametrize("other", [{**WRITE, "pattern": "all_ranks"}, {**EXCHANGE, "bytes": "1e9 * work * num_nodes"}])
@pytest.mark.parametrize("pattern", ["uniform", "root_only", "even_ranks"])
def test_nodes_on_which_jobs_meet_cost_the_same_together(count: Counter, pattern: str, other: dict[str, Any]) -> None:
    tasks = ({**COMPUTE, "computation_pattern": pattern}, other)
    few, many = (
        count(
            [job(index * 0.37, nodes, work=1.0 + index / 9, points=7) for index in range(3)],
            *tasks,
            nodes=nodes,
            policy=Crowd(),
            allow_oversubscription=True,
        )
        for nodes in (4, 64)
    )

    # Loads of root and even ranks depend on the number of nodes, and with them what comes before what.
    assert many["steps"] <= 1.1 * few["steps"]
    assert many["sharings"] <= 1.2 * few["sharings"]


def test_nodes_that_visitors_have_left_are_one_again(count: Counter) -> None:
    # Each visitor costs a tenth of a second; the next one comes in the middle of an iteration again.
    steps = [
        count(
            [job(0, NODES, points=1000), *(job(10.5 + 10.1 * index, 1, work=0.1) for index in range(visitors))],
            COMPUTE,
            policy=Crowd(),
            allow_oversubscription=True,
        )["steps"]
        for visitors in (0, 1, 2, 50)
    ]

    # The beginning and the end of a visit, and those of the computation on all other nodes and on that one.
    assert steps == [1 + 4 * visitors for visitors in (0, 1, 2, 50)]


# Jobs


def test_jobs_one_after_the_other_cost_the_same_each(count: Counter) -> None:
    for number in (1, 10, 40):
        # Each takes 5 x 2 s, and the next one is submitted a second later.
        found = count([job(1 + 11 * index, 4, work=2.0, points=5) for index in range(number)], COMPUTE)

        # Submission and end, each of them a step and an invocation.
        assert found["steps"] == found["invocations"] == 2 * number
        assert found["programs"] == number


def test_jobs_that_wait_cost_no_steps(count: Counter) -> None:
    for number in (1, 10, 40):
        found = count([job(0, NODES, points=5) for _ in range(number)], COMPUTE)

        # All are submitted before the clock moves; each takes all nodes, and the next one starts when it ends.
        assert found["steps"] == number
        assert found["invocations"] == 2 * number
        assert found["programs"] == number


def test_three_jobs_are_six_invocations(count: Counter) -> None:
    # 0.5 to 2.5 s, 1 to 4 s, and 2 to 5.5 s: three submissions and three ends, at six different times.
    jobs = [job(0.5, 2, work=2.0), job(1, 2, work=3.0), job(2, 2, work=3.5)]
    found = count(jobs, COMPUTE)

    assert found["invocations"] == found["steps"] == 6
    assert found["programs"] == 3


def test_an_expansion_costs_one_program(count: Counter) -> None:
    # The first job keeps the second one from taking all nodes until it ends; then the second one expands, once.
    jobs = [job(0.5, 4, work=3.3), {**job(1, 2, work=0.1, points=1000, kind="malleable"), "num_nodes_max": 8}]
    found = count(jobs, COMPUTE, nodes=8, policy=make_policy("fcfs-expand"))

    assert found["programs"] == 3
    # Submissions, the end of the first job, the expansion at the next scheduling point, and the end of the second.
    assert found["steps"] == 2 + 1 + 1 + 1


# Ticks


def test_idle_ticks_cost_nothing(count: Counter) -> None:
    short, long = (
        count([job(0.5, 4, points=2), job(gap + 0.5, 4, points=gap)], COMPUTE, scheduling_interval=1)
        for gap in (10, 100_000)
    )

    assert short["steps"] == long["steps"]
    # Of each job its submission, the tick after it, as the job has started since, and its end.
    assert short["invocations"] == long["invocations"] == 2 * 3


def test_ticks_are_invocations_for_policies_that_want_them(count: Counter) -> None:
    policy = make_policy("fcfs")
    policy.state_driven = False
    found = count([job(0.5, 4, points=10)], COMPUTE, scheduling_interval=1, policy=policy)

    # The submission at 0.5 s, ticks at 1, 2, ..., 10 s, and the end at 10.5 s.
    assert found["invocations"] == found["steps"] == 1 + 10 + 1


# Sensing


@pytest.mark.parametrize("task", [COMPUTE, WRITE], ids=["isolated", "contended"])
def test_loads_are_read_where_they_change_only(count: Counter, task: dict[str, Any]) -> None:
    # Computing, iterations of some job end after 1, 2, ..., 10, 12, 14 and 16 s.  Writing, both jobs together keep the
    # link of 1 GB/s busy without a pause: some iteration ends after 2, 4, ..., 26 s.
    jobs = [job(0, 1, points=10), job(0, 1, work=2.0, points=8)]
    ends = 13
    blind = count(jobs, task)
    seeing = count(jobs, task, sensing=True, sensing_interval=0.25, pfs_write_links=["pfs_write"])

    assert blind["readings"] == 0
    # At the start, at each end of an iteration, and once for all samples in between.
    assert seeing["readings"] == 1 + 2 * ends
    assert {**blind, "formulas": 0} == {**seeing, "formulas": 0, "readings": 0}


# Communication


@pytest.mark.parametrize("has_points", [False, True], ids=["no points", "points"])
@pytest.mark.parametrize("attributes", ["", BACKBONE], ids=["isolated", "backbone"])
@pytest.mark.parametrize(("pattern", "pairs"), [("all_to_all", 4 * 3), ("ring", 4 * 2), ("gather", 3)])
def test_repeated_communication_is_looked_up_once(
    count: Counter, pattern: str, pairs: int, attributes: str, has_points: bool
) -> None:
    few, many = (
        count(
            [job(0, 4, points=points, kind="malleable")],
            {**EXCHANGE, "communication_pattern": pattern},
            attributes=attributes,
            schedule_on_scheduling_point=has_points,
        )
        for points in (2, 50)
    )

    assert few["patterns"] == many["patterns"] == 1
    # No more than one route for each pair of nodes that communicate.
    assert few["routes"] == many["routes"] <= pairs


def test_jobs_on_the_same_nodes_share_what_was_looked_up(count: Counter) -> None:
    one, many = (
        count([job(0, 4, points=3) for _ in range(number)], EXCHANGE, attributes=BACKBONE, nodes=4)
        for number in (1, 20)
    )

    assert one["patterns"] == many["patterns"] == 1
    assert one["routes"] == many["routes"]


@pytest.mark.parametrize("attributes", ["", BACKBONE], ids=["isolated", "backbone"])
@pytest.mark.parametrize("pattern", ["all_to_all", "ring", "gather"])
def test_jobs_on_nodes_that_are_alike_share_what_was_looked_up(count: Counter, pattern: str, attributes: str) -> None:
    task = {**EXCHANGE, "communication_pattern": pattern}
    one, many = (
        count([job(0, 4, work=2.0 - index / 20) for index in range(number)], task, attributes=attributes)
        for number in (1, 16)
    )

    assert one["patterns"] == many["patterns"] == 1
    assert one["routes"] == many["routes"]


def test_an_isolated_matrix_is_looked_up_once(count: Counter) -> None:
    matrix = {"type": "cpu", "bytes": [1e8] * 16, "communication_pattern": "matrix"}
    few, many = (count([job(0, 4, points=points)], matrix) for points in (10, 10_000))

    # At most one route for each of the 4 x 4 entries.
    assert few["routes"] == many["routes"] <= 4 * 4
    assert few["steps"] == many["steps"]


@pytest.mark.parametrize("pattern", ["uniform", "root_only"])
def test_a_matrix_on_shared_links_is_looked_up_once(count: Counter, pattern: str) -> None:
    matrix = {"type": "cpu", "bytes": [1e8] * 16, "communication_pattern": "matrix"}
    tasks = ({**COMPUTE, "computation_pattern": pattern}, matrix)
    few, many = (
        count([job(0, 4, points=points) for _ in range(5)], *tasks, attributes=BACKBONE, nodes=4)
        for points in (10, 100)
    )

    # At most one route for each of the 4 x 4 entries, for all jobs on the same nodes together.
    assert few["routes"] == many["routes"] <= 4 * 4


# Formulas


def test_a_formula_is_parsed_once_for_each_text(count: Counter) -> None:
    for number in (1, 30):
        jobs = [job(index, 1) for index in range(number)]
        count(jobs, COMPUTE)  # "points" is known from here on.
        text = f"1e9 * work + 0 * {next(FRESH)}"
        found = count(jobs, {**COMPUTE, "flops": text})

        assert found["formulas"] == 1


def test_models_with_equal_texts_are_parsed_once(count: Counter) -> None:
    jobs = [{**job(index, 1, work=1.0 + index), "application_model": f"model{index}.json"} for index in range(5)]
    count(jobs, COMPUTE)
    texts = [f"1e9 * work + 0 * {next(FRESH)}" for _ in range(2)]
    found = count(jobs, *({**COMPUTE, "flops": text} for text in texts))

    assert found["formulas"] == len(texts)


# The parallel file system


@pytest.mark.parametrize("attributes", ["", BACKBONE], ids=["one link", "two links"])
def test_sharing_costs_one_run_for_each_start_and_end(count: Counter, attributes: str) -> None:
    for number in (10, 20, 40):
        # Whoever comes later writes more, and all meet: the last one comes before the first one has finished.
        jobs = [job(1 + index, 1, work=1000 + 3.3 * index) for index in range(number)]
        found = count(jobs, WRITE, attributes=attributes)

        # A start and an end of each flow, all at different times.
        assert found["steps"] == 2 * number
        # Rates change at most at each of them.  They certainly do for two flows or more: at all starts but the first,
        # and at all ends but the last two, which leave one flow and none.
        assert (number - 1) + (number - 2) <= found["sharings"] <= 2 * number


def test_flows_that_start_together_are_shared_once(count: Counter) -> None:
    for number in (2, 60):
        found = count([job(0, 1, work=5.0) for _ in range(number)], WRITE)

        # Equal flows end together as well, which is the only step; at most then there is something to share again.
        assert found["steps"] == 1
        assert 1 <= found["sharings"] <= 2


def test_the_file_system_is_located_once(count: Counter) -> None:
    jobs = [job(index, 1 + index, work=1.0 + index, points=5) for index in range(30)]
    one, large, huge = (
        count([job(0, size, points=20)], WRITE, nodes=nodes) for size, nodes in ((1, NODES), (NODES, NODES), (400, 400))
    )
    many = count(jobs, WRITE)

    # There and back: the ways of all other nodes of the cluster are alike.
    assert one["routes"] == large["routes"] == huge["routes"] == 2
    # At most one route for each job and direction, whatever the number of its nodes and transfers.
    assert many["routes"] <= 2 * len(jobs)


def test_computing_and_writing_in_turn_costs_two_steps(count: Counter) -> None:
    latency = BACKBONE.replace('bb_lat="0us"', 'bb_lat="1us"')
    few, many = (count([job(1, 4, points=points)], COMPUTE, WRITE, attributes=latency) for points in (10, 110))

    # For each iteration the end of the computation and of the transfer; the latency is no step of its own.
    assert many["steps"] - few["steps"] == 2 * 100
