"""Policies that serve a queue strictly in order: small cases, computed by hand."""

from __future__ import annotations

import pytest
from bench import Bench
from stage import evolving, malleable, moldable, play, rigid

BLOCKER = (0, 4, 10)
"""A job on all four nodes until 10."""

ORDERS = {
    "sjf": [
        ([(1, 4, 5), (2, 4, 3), (3, 4, 4)], [0, 2, 3, 1]),
        ([(1, 4, 3), (2, 4, 3), (3, 4, 1)], [0, 3, 1, 2]),
        ([(1, 4, 20), (2, 4, 10), (12, 4, 1)], [0, 2, 3, 1]),
        ([(1, 4, 9), (1, 4, 8), (1, 4, 7)], [0, 3, 2, 1]),
        ([(1, 4, 100), (2, 4, 1), (3, 4, 2), (4, 4, 3)], [0, 2, 3, 4, 1]),
        ([(1, 3, 2), (2, 4, 1)], [0, 2, 1]),
    ],
    "ljf": [
        ([(1, 4, 5), (2, 4, 3), (3, 4, 4)], [0, 1, 3, 2]),
        ([(1, 4, 3), (2, 4, 3), (3, 4, 5)], [0, 3, 1, 2]),
        ([(1, 4, 5), (2, 4, 10), (12, 4, 20)], [0, 2, 3, 1]),
        ([(1, 4, 7), (1, 4, 8), (1, 4, 9)], [0, 3, 2, 1]),
        ([(1, 4, 1), (2, 4, 4), (3, 4, 3), (4, 4, 2)], [0, 2, 3, 4, 1]),
        ([(1, 3, 1), (2, 4, 2)], [0, 2, 1]),
    ],
    # Areas: 20, 24, 16 - 12, 12, 16 - 20, 40, 60 - 30, 28 - 27, 28 - 4, 8, 12.
    "largest-area": [
        ([(1, 4, 5), (2, 3, 8), (3, 4, 4)], [0, 2, 1, 3]),
        ([(1, 4, 3), (2, 3, 4), (3, 4, 4)], [0, 3, 1, 2]),
        ([(1, 4, 5), (2, 4, 10), (12, 3, 20)], [0, 2, 3, 1]),
        ([(1, 3, 10), (2, 4, 7)], [0, 1, 2]),
        ([(1, 3, 9), (2, 4, 7)], [0, 2, 1]),
        ([(1, 4, 1), (1, 4, 2), (1, 4, 3)], [0, 3, 2, 1]),
    ],
    # At 10: (9/9)³·4 and (6/3)³·4 - 1³·3 and 1³·4 - (10/5)³·4 and (1/1)³·4 - equal - 1³·4 and (9/3)³·3 -
    # (10/8)³·4 and (5/2)³·4 - 4, (8/4)³·4 and (3/1)³·4; then, at 11, (10/9)³·4 and (9/4)³·4.
    "wfp3": [
        ([(1, 4, 9), (4, 4, 3)], [0, 2, 1]),
        ([(1, 3, 9), (1, 4, 9)], [0, 2, 1]),
        ([(0, 4, 5), (9, 4, 1)], [0, 1, 2]),
        ([(1, 4, 3), (1, 4, 3)], [0, 1, 2]),
        ([(1, 4, 9), (1, 3, 3)], [0, 2, 1]),
        ([(0, 4, 8), (5, 4, 2)], [0, 2, 1]),
        ([(1, 4, 9), (2, 4, 4), (7, 4, 1)], [0, 3, 2, 1]),
    ],
    # At 10: 9/(2·9) and 9/(1·9) - 0.5 and 6/(2·3) - 4.5 and infinite - equal - 9/(2·4) and 4/(2·2) -
    # 0.5, 7/(1·7) and 2/(1.585·1); then, at 11, 10/(2·9) and 8/7.
    "unicef": [
        ([(1, 4, 9), (1, 2, 9)], [0, 2, 1]),
        ([(1, 4, 9), (4, 4, 3)], [0, 2, 1]),
        ([(1, 4, 1), (2, 1, 100)], [0, 2, 1]),
        ([(1, 4, 3), (1, 4, 3)], [0, 1, 2]),
        ([(1, 4, 4), (6, 4, 2)], [0, 1, 2]),
        ([(1, 4, 9), (3, 2, 7), (8, 3, 1)], [0, 3, 2, 1]),
    ],
    # 3.8 + 262 and 0 + 415 - run times and sizes at equal submissions - 870·log₁₀(8.01/8) = 0.5, log₁₀(9/2)·4 = 2.6 -
    # submissions and run times below a second count as a second.
    "f1": [
        ([(2, 4, 9), (3, 4, 1)], [0, 1, 2]),
        ([(2, 4, 9), (2, 4, 2)], [0, 2, 1]),
        ([(2, 4, 5), (2, 3, 5)], [0, 2, 1]),
        ([(8, 4, 9), (8.01, 4, 2)], [0, 2, 1]),
        ([(0.2, 4, 9), (0.9, 4, 2)], [0, 2, 1]),
        ([(2, 4, 0.5), (2, 4, 0.9)], [0, 1, 2]),
        ([(2, 4, 3), (2, 4, 3)], [0, 1, 2]),
    ],
}


@pytest.mark.parametrize(
    ("policy", "jobs", "order"), [(name, *case) for name, cases in ORDERS.items() for case in cases]
)
def test_order_of_starts(policy: str, jobs: list[tuple[float, int, float]], order: list[int]) -> None:
    run = play(policy, [rigid(*job) for job in [BLOCKER, *jobs]], nodes=4)

    assert run.order == order


STRICT = {
    # The job that is next needs two nodes, one is free: nobody passes it.
    "fcfs": [(1, 2, 5), (2, 1, 5)],
    "sjf": [(1, 2, 2), (2, 1, 5)],
    "ljf": [(1, 2, 20), (2, 1, 5)],
    "largest-area": [(1, 2, 20), (2, 1, 5)],
    "wfp3": [(1, 2, 1), (2, 1, 9)],
    "f1": [(1, 2, 5), (2, 1, 1)],
}


@pytest.mark.parametrize("policy", STRICT)
def test_nobody_passes_the_next_one(policy: str) -> None:
    run = play(policy, [rigid(0, 3, 10), *(rigid(*job) for job in STRICT[policy])], nodes=4)

    assert run.started() == [0, 10, 10]


NEXT_FITS = {
    "sjf": [(1, 2, 5), (2, 1, 2)],
    "ljf": [(1, 2, 5), (2, 1, 20)],
    "largest-area": [(1, 2, 5), (2, 1, 20)],
}


@pytest.mark.parametrize("policy", NEXT_FITS)
def test_the_next_one_starts_as_soon_as_it_fits(policy: str) -> None:
    run = play(policy, [rigid(0, 3, 10), *(rigid(*job) for job in NEXT_FITS[policy])], nodes=4)

    assert run.started() == [0, 10, 2]


def test_unicef_waits_for_the_next_one_too() -> None:
    # At 2 the small job has not waited yet; at 10 it is infinitely urgent, and leaves three nodes.
    run = play("unicef", [rigid(0, 3, 10), rigid(1, 4, 1), rigid(2, 1, 5)], nodes=4)

    assert run.started() == [0, 15, 10]


def test_urgency_changes_with_time() -> None:
    # At 6: wfp3 (6/8)³·4 and (1/2)³·4, at 10 it was the other way round; unicef 5/(2·4) and 2/(2·1).
    assert play("wfp3", [rigid(0, 4, 6), rigid(0, 4, 8), rigid(5, 4, 2)], nodes=4).order == [0, 1, 2]
    assert play("unicef", [rigid(0, 4, 6), rigid(1, 4, 4), rigid(4, 4, 1)], nodes=4).order == [0, 2, 1]


def test_run_times_come_from_the_argument_before_the_walltime() -> None:
    jobs = [rigid(0, 4, 10), rigid(1, 4, 5, runtime=9), rigid(2, 4, 5, runtime=1)]

    assert play("sjf", jobs, nodes=4).order == [0, 2, 1]
    assert play("ljf", jobs, nodes=4).order == [0, 1, 2]
    assert play("largest-area", jobs, nodes=4).order == [0, 1, 2]
    assert play(("sjf", {"estimate": "walltime"}), jobs, nodes=4).order == [0, 1, 2]


def test_shortest_first_compares_work_by_minimum_as_published() -> None:
    # 100 / 1 and 200 / 4; divided by the nodes that they get they would be the other way round.
    jobs = [rigid(0, 4, 10), moldable(1, 1, 4, 4, flops=100), moldable(2, 4, 4, 4, flops=200)]

    assert play("sjf", jobs, nodes=4).order == [0, 2, 1]


# First come, first served


FCFS = [
    ([rigid(3, 8, 5)], [3]),
    ([rigid(0, 4, 10), rigid(1, 4, 10)], [0, 1]),
    ([rigid(0, 6, 10), rigid(1, 4, 10)], [0, 10]),
    ([rigid(0, 6, 10), rigid(1, 4, 10), rigid(2, 2, 5)], [0, 10, 10]),
    ([rigid(0, 8, 5), rigid(0, 8, 5), rigid(0, 8, 5)], [0, 5, 10]),
    ([rigid(0, 8, 5), rigid(1, 5, 5), rigid(2, 5, 5), rigid(3, 3, 5)], [0, 5, 10, 10]),
    ([rigid(0, 5, 10), moldable(1, 4, 8, 16), rigid(2, 1, 1)], [0, 10, 12]),
]


@pytest.mark.parametrize(("jobs", "starts"), FCFS)
def test_fcfs_starts_in_order_of_submission(jobs: list[dict[str, object]], starts: list[float]) -> None:
    assert play("fcfs", jobs).started() == starts


def test_fcfs_starts_as_large_as_possible() -> None:
    run = play("fcfs", [rigid(0, 5, 10), moldable(1, 1, 8, 30), malleable(2, 2, 4, 40, points=4)])

    # Three nodes are left for 30 node-seconds; then four of eight, as they are the maximum.
    assert run.sizes == {0: [(0, 5)], 1: [(1, 3)], 2: [(10, 4)]}
    assert run.ends == {0: 10, 1: 11, 2: 20}


def test_fcfs_takes_the_lowest_nodes() -> None:
    run = play("fcfs", [rigid(0, 2, 10), rigid(1, 2, 20), rigid(2, 2, 20), rigid(11, 3, 5)])

    assert run.nodes == {0: [0, 1], 1: [2, 3], 2: [4, 5], 3: [0, 1, 6]}


def test_fcfs_grants_requests() -> None:
    alone = play("fcfs", [evolving(0, 1, 4, wish=3)])
    crowded = play("fcfs", [rigid(0, 6, 100), evolving(1, 1, 1, wish=1), evolving(2, 1, 8, wish=8)])

    assert alone.sizes[0] == [(0, 4), (10, 3)]
    assert crowded.sizes[2] == [(2, 1)], "no node was free"


def test_fcfs_gives_what_a_request_returns_to_those_who_wait() -> None:
    run = play("fcfs", [evolving(0, 1, 8, wish=5), rigid(1, 3, 5)])

    assert run.started() == [0, 10]


def test_fcfs_grants_requests_partly_and_before_it_starts_others() -> None:
    bench = Bench("fcfs", 8)
    job = bench.submit("evolving", 1, 2)
    bench.submit("rigid", 5)
    waiting = bench.queue("rigid", 1)

    bench.request(job, 2)

    assert bench.size(job) == 2
    assert waiting in bench.running


def test_queue_orders_are_an_option_of_others() -> None:
    jobs = [rigid(*job) for job in [BLOCKER, (1, 4, 5), (2, 4, 3), (3, 4, 4)]]

    for policy in ("fcfs", "fcfs-expand", "first-fit", "easy", "conservative", "keep-pref", "min-agreement"):
        assert play((policy, {"order": "sjf"}), jobs, nodes=4).order[1] == 2, policy
