"""First fit, EASY and conservative backfilling: small cases, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from bench import Bench
from stage import evolving, moldable, play, rigid

Jobs = list[dict[str, Any]]

FIRST_FIT: list[tuple[Jobs, list[float]]] = [
    ([rigid(0, 6, 10), rigid(1, 4, 10), rigid(2, 2, 5)], [0, 10, 2]),
    ([rigid(0, 8, 10), rigid(1, 1, 1)], [0, 10]),
    ([rigid(0, 4, 10), rigid(1, 8, 10), rigid(5, 4, 10), rigid(12, 4, 10)], [0, 22, 5, 12]),
    ([rigid(0, 6, 10), moldable(1, 1, 6, 16, num_nodes_pref=4)], [0, 10]),
    ([rigid(0, 6, 10), rigid(1, 3, 5), rigid(2, 1, 5), rigid(3, 1, 5), rigid(4, 1, 5)], [0, 10, 2, 3, 7]),
    ([rigid(0, 8, 10), rigid(1, 4, 10), rigid(2, 5, 10), rigid(3, 4, 10)], [0, 10, 20, 10]),
]


@pytest.mark.parametrize(("jobs", "starts"), FIRST_FIT)
def test_first_fit_starts_what_fits(jobs: Jobs, starts: list[float]) -> None:
    assert play("first-fit", jobs).started() == starts


def test_first_fit_starts_jobs_with_their_preferred_size() -> None:
    run = play("first-fit", [moldable(0, 2, 8, 40, num_nodes_pref=3), moldable(1, 2, 7, 40)])

    assert run.sizes == {0: [(0, 3)], 1: [(1, 4)]}, "the second one in the middle of its limits, rounded down"


def three_waiting(variant: str) -> Bench:
    bench = Bench("first-fit", 8, variant=variant)
    bench.submit("rigid", 8)
    for size in (4, 2, 2):
        bench.submit("rigid", size)
    bench.end(0, time=10)
    return bench


def test_first_fit_examines_every_job() -> None:
    assert three_waiting("sane").running == [1, 2, 3]


def test_published_first_fit_skips_the_job_behind_a_started_one() -> None:
    bench = three_waiting("wagomu")
    assert bench.running == [1, 3]

    bench.tick(11)
    assert bench.running == [1, 2, 3]


def test_published_first_fit_does_not_hear_requests() -> None:
    for variant, size in (("sane", 3), ("wagomu", 1)):
        bench = Bench("first-fit", 4, variant=variant)
        job = bench.submit("evolving", 1, 4, num_nodes_pref=1)

        bench.request(job, 3, time=5)

        assert bench.size(job) == size, variant


# EASY


HEAD = [rigid(0, 4, 100), rigid(1, 8, 50)]
"""Half of the machine until 100; the head of the queue needs all of it then."""

SMALL_HEAD = [rigid(0, 4, 100), rigid(1, 6, 50)]
"""The head leaves two nodes."""

EASY: list[tuple[Jobs, list[float]]] = [
    # A naive backfill starts the third job at once, and delays the head until 202.
    ([*HEAD, rigid(2, 4, 200)], [0, 100, 150]),
    ([*HEAD, rigid(2, 4, 90)], [0, 100, 2]),
    ([*HEAD, rigid(2, 4, 98)], [0, 100, 2]),
    ([*HEAD, rigid(2, 4, 99)], [0, 100, 150]),
    ([*SMALL_HEAD, rigid(2, 2, 500)], [0, 100, 2]),
    ([*SMALL_HEAD, rigid(2, 2, 500), rigid(3, 2, 500)], [0, 100, 2, 150]),
    ([*SMALL_HEAD, rigid(2, 3, 500)], [0, 100, 150]),
    # The first job ends early; the reservation was for 100, and stays possible then.
    ([rigid(0, 4, 50, walltime=100), rigid(1, 8, 50), rigid(2, 4, 98)], [0, 100, 2]),
    ([rigid(0, 4, 50, walltime=100), rigid(1, 8, 50), rigid(2, 4, 40)], [0, 50, 2]),
    # Three nodes at 30, three more at 60, two now: the head can start at 30, with nothing to spare.
    ([rigid(0, 3, 30), rigid(0, 3, 60), rigid(1, 5, 10), rigid(2, 2, 40), rigid(3, 2, 20)], [0, 0, 30, 40, 3]),
    # The second in the queue has no reservation.
    ([*SMALL_HEAD, rigid(2, 8, 100), rigid(3, 2, 500)], [0, 100, 503, 3]),
]


@pytest.mark.parametrize(("jobs", "starts"), EASY)
def test_easy_backfills_without_delaying_the_head(jobs: Jobs, starts: list[float]) -> None:
    assert play("easy", jobs).started() == starts


def test_first_fit_delays_the_head_where_easy_does_not() -> None:
    assert play("first-fit", [*HEAD, rigid(2, 4, 200)]).started() == [0, 202, 2]


def test_easy_needs_to_know_how_long_a_job_runs() -> None:
    unknown = play("easy", [*HEAD, moldable(2, 1, 8, 8, num_nodes_pref=4)])
    known = play("easy", [*HEAD, moldable(2, 1, 8, 8, num_nodes_pref=4, runtime=10)])

    assert unknown.started() == [0, 100, 150]
    assert known.started() == [0, 100, 2]


def test_easy_counts_all_nodes_that_are_free_when_the_head_can_start() -> None:
    # Both jobs end at 100: the head needs one of them, and two nodes are left over then.
    run = play("easy", [rigid(0, 3, 100), rigid(0, 3, 100), rigid(1, 5, 10), rigid(2, 2, 500)])

    assert run.started() == [0, 0, 100, 2]


def test_easy_takes_jobs_that_run_too_long_to_end_at_any_time() -> None:
    bench = Bench("easy", 8)
    bench.submit("rigid", 4, walltime=10)
    bench.submit("rigid", 2, walltime=100)
    head = bench.submit("rigid", 6, walltime=10)
    late = bench.submit("rigid", 2, walltime=500)
    assert bench.waiting == [head, late], "no nodes to spare at 10"

    bench.tick(50)
    assert bench.waiting == [head, late]

    bench.tick(100)
    assert bench.waiting == [head], "two jobs could end now: then two nodes are left over"


def test_easy_wants_to_be_called_when_an_estimate_is_over() -> None:
    bench = Bench("easy", 8)
    bench.submit("rigid", 6, walltime=10)
    assert bench.desk.next_tick == float("inf"), "nobody waits"

    bench.submit("rigid", 4, walltime=10)
    assert bench.desk.next_tick == 10
    assert bench.desk.skips_idle_ticks


def test_easy_grants_requests_within_the_reservation() -> None:
    bench = Bench("easy", 8)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=2, runtime=1000)
    bench.submit("rigid", 4, walltime=100)
    bench.submit("rigid", 5, walltime=10)
    bench.request(job, 8, time=5)

    # The head needs five of the six nodes that are free at 100; two are free now.
    assert bench.size(job) == 3


def test_easy_grants_requests_fully_if_the_job_ends_before_the_head_starts() -> None:
    bench = Bench("easy", 8)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=2, runtime=50)
    bench.submit("rigid", 4, walltime=100)
    bench.submit("rigid", 5, walltime=10)
    bench.request(job, 8, time=5)

    assert bench.size(job) == 4


def test_easy_starts_others_on_what_a_request_gives_back() -> None:
    run = play("easy", [evolving(0, 1, 8, wish=2, num_nodes_pref=8), rigid(1, 6, 5)])

    assert run.started() == [0, 10]
    assert run.sizes[0] == [(0, 8), (10, 2)]


def test_published_easy_holds_everybody_back_until_the_estimate_of_the_head() -> None:
    bench = Bench("easy", 8, variant="wagomu")
    bench.submit("rigid", 4, runtime=1000)
    head = bench.submit("rigid", 8, runtime=50)
    other = bench.submit("rigid", 4, runtime=10)
    assert bench.waiting == [head, other]
    assert bench.desk.next_tick == 50

    bench.tick(49.9)
    assert bench.waiting == [head, other]

    bench.tick(50)
    assert bench.waiting == [head]


def test_published_easy_lets_everybody_pass_afterwards() -> None:
    bench = Bench("easy", 8, variant="wagomu")
    bench.submit("rigid", 4, runtime=1000)
    head = bench.submit("rigid", 8, runtime=5)
    bench.time = 6
    bench.submit("rigid", 4, runtime=10_000)

    assert bench.waiting == [head]


def test_published_easy_compares_flops_with_seconds() -> None:
    bench = Bench("easy", 8, variant="wagomu")
    bench.submit("rigid", 4, flops=8e12)
    head = bench.submit("rigid", 8, flops=8e12)
    other = bench.submit("rigid", 4, flops=1)

    bench.tick(1e9)

    assert bench.waiting == [head, other], "its estimate is 1e12, in whatever unit"


# Conservative


CONSERVATIVE: list[tuple[Jobs, list[float]]] = [
    ([*HEAD, rigid(2, 4, 200)], [0, 100, 150]),
    ([*HEAD, rigid(2, 4, 98)], [0, 100, 2]),
    ([*SMALL_HEAD, rigid(2, 2, 500)], [0, 100, 2]),
    # Where EASY starts the last job at once and delays the third one until 503.
    ([*SMALL_HEAD, rigid(2, 8, 100), rigid(3, 2, 500)], [0, 100, 150, 250]),
    ([*SMALL_HEAD, rigid(2, 8, 100), rigid(3, 2, 147)], [0, 100, 150, 3]),
    ([*SMALL_HEAD, rigid(2, 8, 100), rigid(3, 2, 148)], [0, 100, 150, 250]),
    # Reservations move forward when a job ends early.
    ([rigid(0, 4, 50, walltime=100), rigid(1, 8, 50)], [0, 50]),
    ([rigid(0, 8, 20, walltime=100), rigid(1, 4, 60), rigid(2, 4, 60), rigid(3, 8, 10)], [0, 20, 20, 80]),
    # The second job needs what the third would take if it could move forward.
    ([rigid(0, 6, 20, walltime=100), rigid(1, 8, 50), rigid(2, 2, 60)], [0, 62, 2]),
    ([rigid(0, 8, 10), rigid(1, 3, 10), rigid(2, 3, 10), rigid(3, 3, 10), rigid(4, 2, 10)], [0, 10, 10, 20, 10]),
]


@pytest.mark.parametrize(("jobs", "starts"), CONSERVATIVE)
def test_conservative_delays_nobody(jobs: Jobs, starts: list[float]) -> None:
    assert play("conservative", jobs).started() == starts


def test_conservative_reserves_when_a_job_is_submitted() -> None:
    bench = Bench("conservative", 8)
    bench.submit("rigid", 4, walltime=100)
    bench.submit("rigid", 6, walltime=50)
    bench.submit("rigid", 8, walltime=100)
    bench.submit("rigid", 2, walltime=500)

    found = {job.identifier: kept.start for job, kept in bench.policy.reservations.items()}

    assert found == {1: 100, 2: 150, 3: 250}


def test_conservative_plans_anew_when_a_job_runs_too_long() -> None:
    bench = Bench("conservative", 8)
    bench.submit("rigid", 8, walltime=10)
    first = bench.submit("rigid", 8, walltime=10)
    second = bench.submit("rigid", 8, walltime=10)

    bench.tick(15)
    found = {job.identifier: kept.start for job, kept in bench.policy.reservations.items()}
    assert found == {first: 15, second: 25}

    bench.end(0, time=17)
    assert bench.running == [first]


def test_conservative_grants_requests_that_nobody_misses() -> None:
    bench = Bench("conservative", 8)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=2, runtime=1000)
    bench.submit("rigid", 4, walltime=100)
    bench.submit("rigid", 5, walltime=10)
    bench.request(job, 8, time=5)

    # Two nodes are free now; while the waiting job runs, from 100 to 110, only one would be.
    assert bench.size(job) == 3


def test_conservative_in_another_order_plans_anew() -> None:
    bench = Bench("conservative", 4, order="sjf")
    bench.submit("rigid", 4, walltime=10)
    long = bench.submit("rigid", 4, walltime=20)
    short = bench.submit("rigid", 4, walltime=5)

    found = {job.identifier: kept.start for job, kept in bench.policy.reservations.items()}

    assert found == {short: 10, long: 15}
