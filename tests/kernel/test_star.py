"""Flows that share a single resource (spec F10.5)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.kernel.lazy_flow import LazyFlow
from elastisim.kernel.resource import Demand
from elastisim.kernel.star import REWIND, Star

from .flows import WORK, amounts, enabled, link, rates


def member(pipe: Any, order: int, weight: float, limit: float = math.inf, multiplicity: int = 1) -> LazyFlow:
    """Return a flow for a star."""
    flow = LazyFlow(Demand({pipe: (weight,)}, limit=limit), multiplicity)
    flow.order = order
    flow.bound = limit if limit < math.inf else 0.0
    flow.is_enabled = True
    return flow


LIMITED = st.lists(
    st.tuples(amounts(1e8, 1e10), st.one_of(st.just(math.inf), amounts(0.001, 5.0)), st.integers(1, 3)),
    min_size=1,
    max_size=7,
)


@given(capacity=amounts(1e8, 2e10), described=LIMITED)
@settings(max_examples=100, deadline=None)
def test_star_agrees_with_the_sharing_algorithm(capacity: float, described: Any) -> None:
    """A star gives each flow the rate that the general algorithm gives it."""
    pipe = link(capacity)
    expected = rates([enabled({pipe: weight}, limit, count) for weight, limit, count in described])
    star = Star(link(capacity), 0.0, 0)
    flows = [member(star.resource, order, *values) for order, values in enumerate(described)]
    for flow in flows:
        star.add(flow, 0.0)
    star.share(WORK)

    assert [star.rate(flow) for flow in flows] == pytest.approx(expected, rel=1e-12)
    assert star.load() == pytest.approx(
        sum(flow.multiplicity * flow.demand.weights[star.resource][0] * star.rate(flow) for flow in flows), rel=1e-12
    )


@given(described=LIMITED)
@settings(max_examples=40, deadline=None)
def test_next_date_is_the_earliest_end(described: Any) -> None:
    """The next date is that of the flow with the least time left, and the flows due then are finished, no others.

    Between dates that differ by 1e-15 and by 1e-13 of them, rounding decides.
    """
    star = Star(link(1e9), 0.0, 0)
    flows = [member(star.resource, order, *values) for order, values in enumerate(described)]
    for flow in flows:
        star.add(flow, 0.0)
    star.share(WORK)
    ends = [1.0 / star.rate(flow) for flow in flows]
    date = star.next_date()

    assert date == pytest.approx(min(ends), rel=1e-12)
    due, nearly_due = (
        {flow for flow, end in zip(flows, ends, strict=True) if math.isclose(end, date, rel_tol=tolerance)}
        for tolerance in (1e-15, 1e-13)
    )
    assert due <= set(star.finished(date)) <= nearly_due
    assert due


def test_flows_that_leave_take_their_progress_along() -> None:
    """What remains of a flow that leaves is what its rate has left over; the others then share the rest."""
    star = Star(link(100.0), 10.0, 0)
    first, second = member(star.resource, 1, 100.0), member(star.resource, 2, 400.0)
    star.add(first, 10.0)
    star.add(second, 10.0)
    star.share(WORK)
    star.remove(first, 11.0)
    first.is_enabled = False
    star.share(WORK)

    assert first.remaining == pytest.approx(0.5)
    assert len(star) == 1
    assert star.rate(second) == pytest.approx(0.25)
    assert star.next_date() == pytest.approx(11.0 + 350.0 / 100.0)


def test_flows_join_from_what_remains_of_them() -> None:
    """A flow that is half done when it joins ends before an equal one that begins, and leaves."""
    star = Star(link(100.0), 0.0, 0)
    half, whole = member(star.resource, 2, 100.0), member(star.resource, 1, 100.0)
    half.remaining = 0.5
    star.add(half, 0.0)
    star.add(whole, 0.0)
    star.share(WORK)

    assert star.next_date() == 1.0
    assert star.finished(1.0) == [half]
    assert star.members() == [whole]


def test_cancelled_flows_are_passed_over() -> None:
    """The date of a flow that left before its end is nobody's date."""
    star = Star(link(100.0), 0.0, 0)
    short, long = member(star.resource, 1, 10.0), member(star.resource, 2, 100.0)
    star.add(short, 0.0)
    star.add(long, 0.0)
    star.remove(short, 0.0)
    short.is_enabled = False
    star.share(WORK)

    assert star.next_date() == 1.0
    assert star.finished(0.1) == []
    assert star.finished(1.0) == [long]


def test_clocks_start_again_before_they_lose_digits() -> None:
    """A group that serves flows for ever keeps exact marks: a late flow still takes its time."""
    star = Star(link(1e9), 0.0, 0)
    endless = member(star.resource, 1, 1e15)
    star.add(endless, 0.0)
    star.share(WORK)
    now = 4.0 * REWIND / 1e9
    star.advance(now)
    late = member(star.resource, 2, 0.25)
    star.add(late, now)
    star.share(WORK)

    assert star.next_date() - now == pytest.approx(0.25 / 5e8, rel=1e-3)
    star.remove(endless, now)
    assert endless.remaining == pytest.approx(1.0 - 4.0 * REWIND / 1e15, rel=1e-9)


def test_resource_that_serves_nothing_has_no_date() -> None:
    """Without capacity no flow ever ends."""
    star = Star(link(0.0), 0.0, 0)
    star.add(member(star.resource, 1, 1.0), 0.0)
    star.share(WORK)

    assert star.next_date() == math.inf


@given(now=amounts(1e5, 1e8), weights=st.lists(amounts(1e3, 1e6), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_somebody_ends_at_the_next_date_however_late(now: float, weights: list[float]) -> None:
    """Late in a simulation, where dates are coarse, a flow still ends at the date at which it is due."""
    star = Star(link(1e9), now, 0)
    for order, weight in enumerate(weights):
        star.add(member(star.resource, order, weight), now)
    star.share(WORK)

    assert star.finished(star.next_date())
