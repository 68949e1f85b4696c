"""The published strategies for malleable jobs, step by step (rules S2 to S7)."""

from __future__ import annotations

import pytest
from bench import Bench

FAMILIES = ("min", "pref", "average")
KINDS = ("agreement", "common-pool", "steal-agreement")
ALL = [f"{family}-{kind}" for family in FAMILIES for kind in KINDS]

every = pytest.mark.parametrize("policy", ALL)
every_family = pytest.mark.parametrize("family", FAMILIES)


def two_at_four(policy: str, nodes: int = 8, **options: str) -> Bench:
    """Return jobs 0 and 1 of two to four nodes, preferably four, that have four nodes each."""
    bench = Bench(policy, nodes, **options)
    for _ in range(2):
        bench.submit("malleable", 2, 4, num_nodes_pref=4, runtime=1000)
    bench.point(0)
    bench.point(1)
    assert [bench.size(0), bench.size(1)] == [4, 4]
    return bench


@every
def test_sizes_at_the_start(policy: str) -> None:
    bench = Bench(policy, 20)
    malleable = bench.submit("malleable", 3, 9, num_nodes_pref=5)
    moldable = bench.submit("moldable", 2, 9, num_nodes_pref=4)
    rigid = bench.submit("rigid", 3)

    prefers = policy.startswith("pref")
    assert len(bench.on(malleable)) == (5 if prefers else 3)
    assert len(bench.on(moldable)) == (4 if prefers else 2)
    assert len(bench.on(rigid)) == 3


@every
def test_start_with_fewer_nodes_than_preferred(policy: str) -> None:
    bench = Bench(policy, 8)
    bench.submit("rigid", 4)
    job = bench.submit("malleable", 3, 9, num_nodes_pref=6)

    assert len(bench.on(job)) == (4 if policy.startswith("pref") else 3)


@every
def test_preferred_size_is_the_middle_by_default(policy: str) -> None:
    bench = Bench(policy, 20)
    job = bench.submit("malleable", 2, 7)

    assert len(bench.on(job)) == (4 if policy.startswith("pref") else 2)


@every
def test_running_jobs_expand_onto_free_nodes(policy: str) -> None:
    bench = Bench(policy, 8)
    job = bench.submit("malleable", 2, 6, num_nodes_pref=4)
    assert bench.size(job) == (4 if policy.startswith("pref") else 2), "not in the call that has started it"

    bench.point(job, time=1)
    assert bench.on(job) == [0, 1, 2, 3, 4, 5]


@every
def test_running_jobs_shrink_for_those_that_wait(policy: str) -> None:
    bench = two_at_four(policy)
    # The first job keeps its minimum, the first nodes in the order of a set of IDs.
    kept, given_up = ([0, 1], [2, 3]) if policy.startswith("pref") else ([0, 1], [4, 5])
    waiting = bench.submit("rigid", 2, runtime=10)
    assert bench.wanted(0) == kept
    assert bench.waiting == [waiting]

    bench.point(0)
    assert bench.on(0) == kept
    assert bench.free == given_up, "nobody else gets what has been promised"

    bench.tick()
    assert bench.on(waiting) == given_up


@every
def test_several_jobs_shrink_for_one(policy: str) -> None:
    bench = two_at_four(policy)
    bench.submit("rigid", 3, runtime=10)

    assert [bench.size(0), bench.size(1)] == [2, 3]
    assert 6 not in bench.wanted(1), "from the position of the minimum on"


@every
def test_nobody_shrinks_if_that_is_not_enough(policy: str) -> None:
    bench = two_at_four(policy)
    bench.submit("rigid", 5, runtime=10)

    assert bench.decided == {}


@every
def test_jobs_behind_may_get_what_does_not_suffice_for_others(policy: str) -> None:
    bench = two_at_four(policy)
    bench.submit("rigid", 5, runtime=10)
    bench.submit("rigid", 2, runtime=10)

    assert [bench.size(0), bench.size(1)] == [2, 4]


@every
def test_one_call_shrinks_for_several_jobs(policy: str) -> None:
    bench = two_at_four(policy)
    bench.queue("rigid", 1, runtime=10)
    bench.queue("rigid", 1, runtime=10)
    bench.queue("rigid", 1, runtime=10)
    bench.tick()

    # Most beyond the minimum first, anew for each job: 0, 1, 0; the fullest first: the same.
    assert [bench.size(0), bench.size(1)] == [2, 3]


@every
def test_jobs_that_wait_for_a_change_are_left_alone(policy: str) -> None:
    bench = two_at_four(policy)
    bench.submit("rigid", 2, runtime=10)
    bench.submit("rigid", 4, runtime=10)

    assert [bench.size(0), bench.size(1)] == [2, 4], "only the second one could give, and not enough"


@every
def test_promises_are_redeemed(policy: str) -> None:
    bench = two_at_four(policy)
    first = bench.submit("rigid", 2, runtime=10)
    second = bench.submit("rigid", 2, runtime=10)
    assert [bench.size(0), bench.size(1)] == [2, 2]

    bench.point(1)
    bench.tick()
    # Two nodes are free that have been promised to the second job.
    assert bench.waiting == ([first] if policy.endswith("-agreement") and "steal" not in policy else [second])

    bench.point(0)
    bench.tick()
    assert bench.waiting == []


@every
def test_a_common_pool_takes_any_free_nodes(policy: str) -> None:
    bench = two_at_four(policy, nodes=10)
    other = bench.submit("rigid", 2, runtime=10)
    waiting = bench.submit("rigid", 2, runtime=10)
    assert bench.size(0) == 2

    bench.end(other)
    assert bench.waiting == ([] if policy.endswith("pool") else [waiting])

    # What the first job gives up has been promised to nobody any more in the pool.
    bench.point(0)
    newcomer = bench.submit("rigid", 2, runtime=10)
    assert bench.waiting == []
    assert newcomer in bench.running


@every
def test_promised_nodes_are_kept_for_those_who_wait_for_more(policy: str) -> None:
    bench = two_at_four(policy)
    waiting = bench.submit("rigid", 3, runtime=10)
    bench.point(0)
    small = bench.submit("rigid", 1, runtime=1)
    assert bench.waiting == [waiting, small]
    assert len(bench.free) == 2

    bench.point(1)
    bench.tick()
    assert bench.waiting == [small]


@every
def test_promises_hold_when_the_giver_ends_before(policy: str) -> None:
    bench = two_at_four(policy)
    waiting = bench.submit("rigid", 2, runtime=10)
    bench.end(0)

    assert waiting in bench.running


@every
def test_jobs_on_promised_nodes_start_with_what_was_promised(policy: str) -> None:
    bench = two_at_four(policy)
    waiting = bench.submit("malleable", 3, 8, num_nodes_pref=3, runtime=10)
    bench.point(0)
    bench.point(1)
    bench.tick()

    assert len(bench.on(waiting)) == 3


@every
def test_nobody_passes_the_head_before_its_estimate(policy: str) -> None:
    bench = Bench(policy, 8)
    bench.submit("rigid", 4, runtime=1000)
    head = bench.submit("rigid", 8, runtime=50)
    other = bench.submit("rigid", 2, runtime=10)
    assert bench.waiting == [head, other]
    assert bench.desk.next_tick == 50

    bench.tick(49)
    assert bench.waiting == [head, other]
    bench.tick(50)
    assert bench.waiting == [head]


@every
def test_the_job_behind_a_started_one_is_skipped(policy: str) -> None:
    bench = Bench(policy, 8)
    bench.submit("rigid", 8, runtime=1)
    for _ in range(3):
        bench.queue("rigid", 2, runtime=5)
    bench.end(0, time=100)
    assert bench.running == [1, 3]

    bench.tick(101)
    assert bench.running == [1, 2, 3]


@every
def test_jobs_shrink_for_skipped_jobs_and_expand_again(policy: str) -> None:
    bench = Bench(policy, 6)
    bench.submit("malleable", 2, 4, num_nodes_pref=4, runtime=1)
    bench.point(0)
    assert bench.on(0) == [0, 1, 2, 3]
    bench.queue("rigid", 1, runtime=5)
    skipped = bench.queue("rigid", 1, runtime=5)
    bench.tick(100)

    # Although a node is free, node 2 is promised; the free one goes to the job that gives it up.
    assert bench.waiting == [skipped]
    assert bench.wanted(0) == [0, 1, 3, 5]


@every
def test_free_nodes_are_handed_out_although_jobs_wait(policy: str) -> None:
    bench = Bench(policy, 8)
    bench.submit("rigid", 4, runtime=1000)
    bench.submit("malleable", 1, 8, num_nodes_pref=1, runtime=1000)
    head = bench.submit("rigid", 5, runtime=1000)

    assert bench.waiting == [head]
    assert bench.size(1) == 4


@every
def test_other_jobs_are_never_resized(policy: str) -> None:
    bench = Bench(policy, 20)
    for kind in ("rigid", "moldable", "evolving", "adaptive"):
        bench.submit(kind, 2, 2 if kind == "rigid" else 6, num_nodes_pref=2, runtime=1000)
    bench.request(2, 4, time=1)
    bench.point(3)
    assert bench.decided == {}

    bench.submit("rigid", 13, runtime=10)
    assert bench.decided == {}


# Who shrinks and who expands


def full_and_large(family: str) -> Bench:
    """Return job 0 of 1 to 5 nodes with 5, and job 1 of 2 to 8 nodes with 7; their preferred sizes are 2 and 6."""
    bench = Bench(f"{family}-agreement", 12)
    bench.submit("malleable", 1, 5, num_nodes_pref=2, runtime=1000)
    bench.submit("malleable", 2, 8, num_nodes_pref=6, runtime=1000)
    bench.point(0)
    bench.point(1)
    assert [bench.size(0), bench.size(1)] == [5, 7]
    assert bench.free == []
    return bench


@every_family
def test_who_shrinks_first(family: str) -> None:
    bench = full_and_large(family)
    bench.submit("rigid", 3, runtime=10)

    # Beyond the minimum: 4 and 5; beyond the preferred size: 3 and 1; fill: 4/4 and 5/6.
    assert [bench.size(0), bench.size(1)] == {"min": [5, 4], "pref": [2, 7], "average": [2, 7]}[family]


@every_family
def test_who_shrinks_next(family: str) -> None:
    bench = full_and_large(family)
    bench.submit("rigid", 6, runtime=10)

    # The first gives all that it can, down to its minimum: also where preferred sizes do not suffice.
    assert [bench.size(0), bench.size(1)] == {"min": [4, 2], "pref": [1, 5], "average": [1, 5]}[family]


@pytest.mark.parametrize(
    ("low", "preferred", "sizes"), [(2, 4, [2, 6]), (2, 5, [3, 7]), (5, 5, [1, 6])], ids=["first", "second", "third"]
)
def test_attempts_around_the_preferred_size(low: int, preferred: int, sizes: list[int]) -> None:
    bench = full_and_large("pref")
    job = bench.submit("malleable", low, 8, num_nodes_pref=preferred, runtime=10)

    # Four nodes are beyond preferred sizes: enough for 4, not for 5, for the minimum 2; a minimum of 5 needs more.
    assert [bench.size(0), bench.size(1)] == sizes
    promised = 12 - sum(sizes)
    bench.point(0)
    bench.point(1)
    bench.tick()
    assert len(bench.on(job)) == promised


def four_and_two(family: str, **options: str) -> Bench:
    """Return job 2 of 2 to 6 nodes with 4, and job 3 of 2 to 4 nodes with 2; job 0 is about to return four nodes."""
    bench = Bench(f"{family}-agreement", 10, **options)
    bench.submit("rigid", 4, runtime=1000)
    bench.submit("rigid", 2, runtime=1000)
    bench.submit("malleable", 2, 6, num_nodes_pref=2, runtime=1000)
    bench.point(2)
    bench.queue("malleable", 2, 4, num_nodes_pref=2, runtime=1000)
    bench.end(1)
    assert [bench.size(2), bench.size(3)] == [4, 2]
    assert bench.free == []
    return bench


@every_family
def test_who_expands(family: str) -> None:
    bench = four_and_two(family)
    bench.end(0)

    # The second is nearer to its minimum, less above its preferred size, and less full; the first gets the rest,
    # but for the average strategies, which expand one job in a call.
    assert bench.size(3) == 4
    assert bench.size(2) == (4 if family == "average" else 6)


def test_average_expands_another_job_in_the_next_call() -> None:
    bench = four_and_two("average")
    bench.end(0)
    bench.tick()

    assert bench.size(2) == 6


def test_sane_average_expands_several_jobs_in_a_call() -> None:
    bench = four_and_two("average", variant="sane")
    bench.end(0)

    assert [bench.size(2), bench.size(3)] == [6, 4]


def test_preferred_sizes_are_filled_up_before_anybody_gets_more() -> None:
    bench = Bench("pref-agreement", 9)
    bench.submit("rigid", 6, runtime=1000)
    bench.submit("malleable", 1, 8, num_nodes_pref=4, runtime=1000)
    assert bench.size(1) == 3
    bench.end(0, time=10_000)

    # One up to the preferred size, then on to the maximum, in two steps of the same call.
    assert bench.size(1) == 8


# Without peculiarities


@every
def test_sane_variants_examine_every_job(policy: str) -> None:
    bench = Bench(policy, 8, variant="sane")
    bench.submit("rigid", 8, runtime=1)
    for _ in range(3):
        bench.queue("rigid", 2, runtime=5)
    bench.end(0, time=100)

    assert bench.running == [1, 2, 3]


@every
def test_sane_variants_protect_the_head_like_easy(policy: str) -> None:
    bench = Bench(policy, 8, variant="sane")
    bench.submit("rigid", 4, runtime=100)
    head = bench.submit("rigid", 8, runtime=50)
    short = bench.submit("rigid", 2, runtime=90)
    long = bench.submit("rigid", 2, runtime=110)

    assert short in bench.running
    assert bench.waiting == [head, long]


@every
def test_sane_variants_expand_only_if_nobody_waits(policy: str) -> None:
    bench = Bench(policy, 8, variant="sane")
    bench.submit("rigid", 4, runtime=1000)
    bench.submit("malleable", 1, 8, num_nodes_pref=1, runtime=1000)
    waiting = bench.submit("rigid", 5, runtime=1000)
    assert bench.size(1) == 1

    bench.end(0)
    assert waiting in bench.running
    assert bench.size(1) == 3


@every
def test_sane_variants_count_free_nodes_as_well(policy: str) -> None:
    bench = two_at_four(policy, nodes=9, variant="sane")
    waiting = bench.submit("rigid", 3, runtime=10)
    # One node is free, two are to come; the average strategies take them evenly.
    assert [bench.size(0), bench.size(1)] == ([3, 3] if policy.startswith("average") else [2, 4])

    bench.point(0)
    bench.point(1)
    bench.tick()
    assert waiting in bench.running


@every
def test_sane_variants_answer_requests(policy: str) -> None:
    bench = Bench(policy, 8, variant="sane")
    job = bench.submit("evolving", 1, 8, num_nodes_pref=1)
    bench.request(job, 5, time=1)
    assert bench.size(job) == 5

    waiting = bench.submit("rigid", 5, runtime=10)
    bench.request(job, 3, time=2)
    assert bench.size(job) == 3
    assert waiting in bench.running


def test_sane_average_evens_fills_out() -> None:
    sizes = {}
    for variant in ("sane", "wagomu"):
        bench = Bench("average-agreement", 12, variant=variant)
        bench.submit("malleable", 1, 5, runtime=1000)
        bench.submit("malleable", 1, 9, runtime=1000)
        bench.point(0)
        bench.point(1)
        assert [bench.size(0), bench.size(1)] == [5, 7]
        bench.submit("rigid", 6, runtime=10)
        sizes[variant] = [bench.size(0), bench.size(1)]

    # Fills 4/4 and 6/8, after six steps 1/4 and 3/8; the published one empties the fuller job first.
    assert sizes == {"sane": [2, 4], "wagomu": [1, 5]}


def test_jobs_without_a_range_count_as_full() -> None:
    bench = Bench("average-agreement", 8)
    bench.submit("malleable", 2, 2, runtime=1000)
    bench.submit("malleable", 1, 4, runtime=1000)
    bench.point(0)
    bench.point(1)

    assert [bench.size(0), bench.size(1)] == [2, 4]


@pytest.mark.parametrize("kind", ["agreement", "common-pool", "steal-agreement"])
def test_full_jobs_without_a_range_are_not_asked_for_nodes(kind: str) -> None:
    """The rigid job needs two nodes beside the two that are free: the only one that can spare them gives both."""
    bench = Bench(f"average-{kind}", 8, variant="sane")
    bench.submit("malleable", 2, 2, runtime=1000)
    bench.submit("malleable", 1, 4, runtime=1000)
    bench.point(0)
    bench.point(1)
    waiting = bench.submit("rigid", 4, runtime=10)

    assert [bench.size(0), bench.size(1)] == [2, 2]
    bench.point(1)
    bench.tick()
    assert waiting in bench.running
