"""Fair share: small cases, computed by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from bench import Bench
from stage import evolving, play, rigid

from elastisim.errors import InputError
from elastisim.scheduling import make_policy
from elastisim.scheduling.policies.fair_share import Account


def full(user: str, seconds: float, submit: float = 0.0, **attributes: Any) -> dict[str, Any]:
    """Return a job on all of four nodes."""
    return rigid(submit, 4, seconds, user=user, **attributes)


def test_users_who_have_used_little_come_first() -> None:
    jobs = [full("ann", 10), full("ann", 10, 1), full("bob", 10, 2)]

    assert play("fair-share", jobs, nodes=4).order == [0, 2, 1]


def test_jobs_of_a_user_start_in_order_of_submission() -> None:
    jobs = [full("ann", 10), full("bob", 5, 1), full("bob", 5, 2), full("ann", 5, 3)]

    # At 15 bob has used 20 node-seconds, ann 40.
    assert play("fair-share", jobs, nodes=4).order == [0, 1, 2, 3]


def test_usage_grows_while_jobs_run() -> None:
    jobs = [full("ann", 10), full("bob", 30, 1), full("bob", 5, 2), full("ann", 5, 3)]

    # At 40 bob has used 120 node-seconds, ann 40.
    assert play("fair-share", jobs, nodes=4).order == [0, 1, 3, 2]


def test_usage_decays() -> None:
    jobs = [full("ann", 100), full("bob", 60, 1), full("ann", 5, 2), full("bob", 5, 3)]

    # At 160, with a half-life of 10 seconds, the usage of ann has been halved six times, that of bob is recent.
    assert play(("fair-share", {"half_life": 10}), jobs, nodes=4).order == [0, 1, 2, 3]
    # Without decay to speak of ann has used 400 node-seconds, bob 240.
    assert play("fair-share", jobs, nodes=4).order == [0, 1, 3, 2]


def test_shares_of_users() -> None:
    jobs = [full("ann", 30), full("bob", 10, 1), full("bob", 5, 2), full("ann", 5, 3)]

    # At 40: 120 / 4 and 40 / 1.
    assert play(("fair-share", {"shares": "ann=4"}), jobs, nodes=4).order == [0, 1, 3, 2]
    assert play("fair-share", jobs, nodes=4).order == [0, 1, 2, 3]


def test_queues_come_before_usage() -> None:
    jobs = [full("ann", 10), full("bob", 10, 1), full("ann", 10, 2, queue="debug")]

    assert play(("fair-share", {"queues": "debug=10, batch=1"}), jobs, nodes=4).order == [0, 2, 1]
    assert play("fair-share", jobs, nodes=4).order == [0, 1, 2]


def test_jobs_without_queue_come_after_those_of_positive_priority() -> None:
    jobs = [full("ann", 10), full("bob", 1, 1), full("bob", 1, 2, queue="low"), full("bob", 1, 3, queue="high")]

    assert play(("fair-share", {"queues": "high=1,low=-1"}), jobs, nodes=4).order == [0, 3, 1, 2]


def test_other_attributes_may_name_users_and_queues() -> None:
    jobs = [full("a", 10), full("a", 10, 1), full("b", 10, 2)]
    for job in jobs:
        job["attributes"] = {"account": job["attributes"]["user"]}

    assert play(("fair-share", {"user": "account"}), jobs, nodes=4).order == [0, 2, 1]
    assert play("fair-share", jobs, nodes=4).order == [0, 1, 2]


def test_jobs_pass_the_first_one_without_delaying_it() -> None:
    jobs = [rigid(0, 2, 100, user="ann"), rigid(1, 4, 10, user="bob"), rigid(2, 2, 50, user="ann")]

    assert play("fair-share", jobs, nodes=4).started() == [0, 100, 2]
    assert play(("fair-share", {"backfill": False}), jobs, nodes=4).started() == [0, 100, 110]


def test_priorities_change_while_nothing_happens() -> None:
    bench = Bench("fair-share", 4, backfill=False)
    bench.submit("rigid", 1, attributes={"user": "ann"})
    bench.submit("rigid", 2, attributes={"user": "bob"})
    bench.end(1, time=10)
    large = bench.submit("rigid", 4, attributes={"user": "ann"})
    small = bench.submit("rigid", 1, attributes={"user": "bob"})
    assert bench.waiting == [large, small], "10 and 20 node-seconds"
    assert not bench.desk.skips_idle_ticks

    bench.tick(21)
    assert bench.waiting == [large], "21 and 20 node-seconds"


def test_requests_are_answered() -> None:
    assert play("fair-share", [evolving(0, 1, 8, wish=5, num_nodes_pref=3)]).sizes[0] == [(0, 3), (10, 5)]
    run = play(("fair-share", {"backfill": False}), [evolving(0, 1, 8, wish=5, num_nodes_pref=3)])
    assert run.sizes[0] == [(0, 3), (10, 5)]


def test_usage_follows_its_formula() -> None:
    account = Account(usage=100.0, nodes=2)

    # Half of the old usage is left after a half-life of 10 s; 2 nodes add 2 · 10 / ln 2 · (1 - 1/2).
    assert account.settle(10.0, 10.0) == pytest.approx(50.0 + 10.0 / math.log(2.0))
    account.nodes = 0
    assert account.settle(20.0, 10.0) == pytest.approx(25.0 + 5.0 / math.log(2.0))


@pytest.mark.parametrize(
    ("option", "text"), [("queues", "debug"), ("queues", "=3"), ("shares", "ann=0"), ("shares", "ann=x")]
)
def test_malformed_options_are_refused(option: str, text: str) -> None:
    with pytest.raises(InputError, match=f"option {option}: expected NAME=NUMBER.*found"):
        make_policy("fair-share", {option: text})
