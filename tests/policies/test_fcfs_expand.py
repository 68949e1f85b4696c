"""First come, first served, with expansion: small cases, computed by hand."""

from __future__ import annotations

import pytest
from bench import Bench
from stage import malleable, play, rigid


def test_jobs_start_as_large_as_possible() -> None:
    run = play("fcfs-expand", [rigid(0, 5, 10), malleable(1, 1, 8, 30, points=3)])

    # Three nodes for 10 node-seconds; those that are freed at 10 come too late.
    assert run.sizes[1] == [(1, 3)]
    assert run.ends[1] == pytest.approx(11)


def test_jobs_expand_when_others_end() -> None:
    run = play("fcfs-expand", [rigid(0, 5, 10), malleable(1, 1, 8, 72, points=3)])

    # Steps of 24 node-seconds: three nodes from 1 to 9 and from 9 to 17, eight from 17 to 20.
    assert run.sizes[1] == [(1, 3), (17, 8)]
    assert run.ends[1] == 20


def test_jobs_expand_up_to_their_maximum_in_the_order_of_their_starts() -> None:
    bench = Bench("fcfs-expand", 8)
    bench.submit("rigid", 4)
    bench.submit("malleable", 1, 3)
    bench.submit("malleable", 1, 2)
    bench.end(0)
    assert [bench.size(1), bench.size(2)] == [3, 2]

    bench = Bench("fcfs-expand", 8)
    bench.submit("rigid", 6)
    bench.submit("malleable", 1, 6)
    bench.end(0)
    bench.submit("malleable", 2, 6)
    assert [bench.size(1), bench.size(2)] == [6, 2]


def test_nobody_expands_while_others_wait() -> None:
    for option, size in (("idle", 2), ("always", 4)):
        bench = Bench("fcfs-expand", 8, expand=option)
        bench.submit("rigid", 4)
        bench.submit("rigid", 2)
        bench.submit("malleable", 1, 8)
        bench.submit("rigid", 5)
        bench.end(1)
        assert bench.size(2) == size, option


def test_jobs_start_in_order() -> None:
    assert play("fcfs-expand", [rigid(0, 6, 10), rigid(1, 4, 10), rigid(2, 2, 5)]).started() == [0, 10, 10]


def test_adaptive_jobs_expand_as_well() -> None:
    bench = Bench("fcfs-expand", 8)
    bench.submit("rigid", 4)
    bench.submit("adaptive", 1, 8)
    bench.end(0)

    assert bench.size(1) == 8


def test_an_expansion_is_enlarged_before_it_takes_place() -> None:
    bench = Bench("fcfs-expand", 8)
    bench.submit("rigid", 2)
    bench.submit("rigid", 2)
    bench.submit("malleable", 1, 8)
    bench.end(0)
    assert (len(bench.on(2)), bench.wanted(2)) == (4, [4, 5, 6, 7, 0, 1])

    bench.end(1)
    assert (len(bench.on(2)), bench.wanted(2)) == (4, [4, 5, 6, 7, 0, 1, 2, 3])

    bench.point(2)
    assert bench.on(2) == [4, 5, 6, 7, 0, 1, 2, 3]


def test_requests_are_answered_first() -> None:
    bench = Bench("fcfs-expand", 8)
    bench.submit("evolving", 1, 4)
    bench.submit("malleable", 1, 8)
    assert [bench.size(0), bench.size(1)] == [4, 4]

    bench.request(0, 2)
    assert [bench.size(0), bench.size(1)] == [2, 6]
    assert len(bench.on(0)) == 2

    bench.end(1)
    waiting = bench.queue("rigid", 6)
    bench.request(0, 4)
    assert bench.size(0) == 4
    assert bench.waiting == [waiting]


def test_decisions_have_reasons() -> None:
    bench = Bench("fcfs-expand", 8)
    bench.submit("rigid", 4)
    assert bench.reasons == {0: "next in the queue"}
    bench.submit("malleable", 1, 8)
    bench.end(0)
    assert bench.reasons == {1: "nodes are free"}


def test_a_request_for_the_maximum_leaves_nothing_to_expand() -> None:
    bench = Bench("fcfs-expand", 4)
    bench.submit("adaptive", 1, 2)
    bench.request(0, 1)
    assert bench.size(0) == 1
    bench.request(0, 2)
    assert bench.size(0) == 2


def test_a_request_for_fewer_nodes_is_not_undone() -> None:
    bench = Bench("fcfs-expand", 8)
    bench.submit("rigid", 5)
    bench.submit("adaptive", 1, 4)
    assert bench.size(1) == 3
    bench.request(1, 2)
    assert bench.size(1) == 2
