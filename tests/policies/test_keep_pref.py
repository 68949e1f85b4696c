"""Keeping malleable jobs at their preferred size, step by step (rule S10.3)."""

from __future__ import annotations

import pytest
from bench import Bench

SMALL, LARGE = 8, 12


def test_jobs_start_with_their_preferred_size() -> None:
    bench = Bench("keep-pref", SMALL)
    bench.submit("malleable", 1, 8, num_nodes_pref=3)
    bench.submit("moldable", 1, 8, num_nodes_pref=2)

    assert [len(bench.on(0)), len(bench.on(1))] == [3, 2]


def test_jobs_start_with_fewer_nodes_if_these_are_their_minimum() -> None:
    bench = Bench("keep-pref", SMALL)
    bench.submit("rigid", 6, runtime=100)
    bench.submit("malleable", 2, 8, num_nodes_pref=4)
    waiting = bench.submit("malleable", 3, 8, num_nodes_pref=4, runtime=10)

    assert bench.size(1) == 2
    assert bench.waiting == [waiting]


def test_jobs_are_restored_to_their_preferred_size_first() -> None:
    bench = Bench("keep-pref", SMALL)
    bench.submit("rigid", 3, runtime=100)
    bench.submit("rigid", 3, runtime=1000)
    bench.submit("malleable", 2, 8, num_nodes_pref=4, runtime=1000)
    assert bench.size(2) == 2
    waiting = bench.submit("rigid", 4, runtime=10)
    bench.end(0)

    # Three nodes are free, which do not suffice for the job that waits.
    assert bench.size(2) == 4
    assert bench.waiting == [waiting]


def test_who_lacks_most_is_restored_first() -> None:
    bench = Bench("keep-pref", 7)
    bench.submit("rigid", 3, runtime=100)
    bench.submit("rigid", 1, runtime=100)
    bench.submit("malleable", 2, 5, num_nodes_pref=4, runtime=1000)
    bench.queue("malleable", 1, 8, num_nodes_pref=4, runtime=1000)
    bench.end(1)
    assert [bench.size(2), bench.size(3)] == [3, 1]

    bench.end(0)
    assert [bench.size(2), bench.size(3)] == [3, 4]


def test_jobs_expand_beyond_their_preferred_size_only_if_nobody_waits() -> None:
    bench = Bench("keep-pref", LARGE)
    bench.submit("rigid", 4, runtime=100)
    bench.submit("malleable", 1, 8, num_nodes_pref=3, runtime=1000)
    waiting = bench.submit("rigid", 9, runtime=10)
    bench.tick()
    assert bench.size(1) == 3
    assert bench.waiting == [waiting]

    bench.end(0)
    bench.tick()
    assert bench.running == [1, waiting]
    assert bench.size(1) == 3

    bench.end(waiting)
    assert bench.size(1) == 8


def test_what_is_beyond_the_preferred_size_is_given_back_first() -> None:
    bench = Bench("keep-pref", SMALL)
    bench.submit("malleable", 1, 6, num_nodes_pref=2, runtime=1000)
    bench.submit("malleable", 1, 2, num_nodes_pref=2, runtime=1000)
    bench.point(0)
    assert [bench.size(0), bench.size(1)] == [6, 2]
    waiting = bench.submit("rigid", 3, runtime=10)
    assert [bench.size(0), bench.size(1)] == [3, 2]

    bench.point(0)
    bench.tick()
    assert waiting in bench.running


def test_waiting_jobs_get_their_preferred_size_if_others_can_spare_it() -> None:
    bench = Bench("keep-pref", SMALL)
    bench.submit("malleable", 1, 8, num_nodes_pref=2, runtime=1000)
    bench.point(0)
    bench.tick()
    assert bench.size(0) == 8
    bench.submit("malleable", 1, 8, num_nodes_pref=5, runtime=1000)
    bench.submit("malleable", 1, 8, num_nodes_pref=5, runtime=1000)

    assert bench.size(0) == 3, "the second one has to wait until it can be asked again"


def test_jobs_shrink_below_their_preferred_size_for_the_head_only() -> None:
    bench = Bench("keep-pref", SMALL)
    bench.submit("malleable", 1, 4, num_nodes_pref=4, runtime=1000)
    bench.submit("malleable", 3, 4, num_nodes_pref=4, runtime=1000)
    bench.queue("rigid", 8, runtime=10)
    bench.queue("rigid", 2, runtime=10)
    bench.tick()
    assert bench.decided == {}, "the head cannot be helped, and the second is not the head"

    head = Bench("keep-pref", SMALL)
    head.submit("malleable", 1, 4, num_nodes_pref=4, runtime=1000)
    head.submit("malleable", 3, 4, num_nodes_pref=4, runtime=1000)
    head.submit("rigid", 2, runtime=10)
    assert [head.size(0), head.size(1)] == [2, 4]


def test_shrinking_below_the_preferred_size_is_an_option() -> None:
    bench = Bench("keep-pref", SMALL, shrink_below_pref=False)
    bench.submit("malleable", 1, 8, num_nodes_pref=8, runtime=1000)
    bench.submit("rigid", 2, runtime=10)

    assert bench.decided == {}


def test_expanding_beyond_the_preferred_size_is_an_option() -> None:
    bench = Bench("keep-pref", SMALL, expand_beyond_pref=False)
    bench.submit("malleable", 1, 8, num_nodes_pref=3, runtime=1000)
    bench.point(0)

    assert bench.size(0) == 3


@pytest.mark.parametrize(("agreements", "waits"), [("direct", 2), ("steal", 3), ("pool", 3)])
def test_kinds_of_agreements(agreements: str, waits: int) -> None:
    bench = Bench("keep-pref", SMALL, agreements=agreements)
    for _ in range(2):
        bench.submit("malleable", 2, 4, num_nodes_pref=4, runtime=1000)
    for _ in range(2):
        bench.submit("rigid", 2, runtime=10)
    # With a promise the first one that waits is not the head any more.
    assert [bench.size(0), bench.size(1)] == [2, 2]

    bench.point(1)
    bench.tick()
    assert bench.waiting == [waits]


def test_the_head_is_protected_and_nobody_is_skipped() -> None:
    bench = Bench("keep-pref", SMALL, shrink_below_pref=False)
    bench.submit("rigid", 4, runtime=100)
    head = bench.submit("rigid", 8, runtime=50)
    late = bench.submit("rigid", 1, runtime=200)
    for _ in range(3):
        bench.queue("rigid", 1, runtime=10)
    bench.tick()

    assert bench.waiting == [head, late]


def test_requests_are_answered() -> None:
    bench = Bench("keep-pref", SMALL)
    job = bench.submit("evolving", 1, 8, num_nodes_pref=2)
    bench.request(job, 6, time=1)
    assert bench.size(job) == 6
    bench.request(job, 2, time=2)
    assert bench.size(job) == 2
