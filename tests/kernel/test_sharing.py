"""The fair-bottleneck algorithm (spec F5)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.kernel.flow import Flow
from elastisim.kernel.resource import Cpu, Demand, Replica, Resource
from elastisim.kernel.sharing import component, share

from .flows import WORK, enabled, link, rates, systems


def build(capacities: list[float], fat: list[bool], flows: list[Any]) -> tuple[list[Resource], list[Flow]]:
    """Make a system of its description."""
    resources: list[Resource] = [
        link(capacity, is_fatpipe=is_fatpipe) for capacity, is_fatpipe in zip(capacities, fat, strict=True)
    ]
    return resources, [enabled({resources[i]: w for i, w in weights.items()}, limit) for weights, limit in flows]


def test_worked_example() -> None:
    """The example of fluid-model 6: the stale increment of x costs y a tenth of its fair share."""
    a, b, s = link(10.0), link(40.0), link(100.0)
    flows = [enabled({a: 100.0, s: 100.0}), enabled({s: 1000.0}), enabled({b: 400.0, s: 400.0})]

    assert rates(flows) == pytest.approx([0.1, 0.045, 0.1], rel=1e-12)


def test_a_replica_stands_for_a_link_of_each() -> None:
    """Two flows for three ranks each on a common link: each rank has its two on a link of its own."""
    common, own = link(9e9), [link(1e9) for _ in range(3)]
    ranks = [enabled({common: 1.0, mine: weight}) for weight in (1.0, 4.0) for mine in own]
    pipe, replica = link(9e9), Replica("own", 1e9, 0.0)
    groups = [enabled({pipe: 1.0, replica: weight}, multiplicity=3) for weight in (1.0, 4.0)]

    first, second = rates(groups)
    assert rates(ranks) == pytest.approx([first] * 3 + [second] * 3, rel=1e-12)


def test_stale_increments_of_private_bounds() -> None:
    """Three flows on one link with bounds 1e8, 4e8 and none get 1e8, 4e8 and 4.5e8 (R13.7)."""
    pipe = link(1e9)
    flows = [enabled({pipe: 1.0}, limit) for limit in (1e8, 4e8, math.inf)]

    assert rates(flows) == pytest.approx([1e8, 4e8, 4.5e8], rel=1e-12)


def test_a_private_bound_is_reached_like_a_link_up_to_rounding() -> None:
    """The last flow is about to reach its bound with a third of the link, all but the last digit.

    With a link in the place of the bound, what is left of it would be nothing (F5.4 c), not another turn.
    """
    pipe, own = link(1e9), link(1e9)
    weights = (0.7e9, 1.1e9, 0.6e9)
    third = math.nextafter(1e9 / 3.0 / weights[2], math.inf)
    limits = (0.4, math.inf, third)
    folded = [enabled({pipe: weight}, limit) for weight, limit in zip(weights, limits, strict=True)]
    common = link(1e9)
    apart = [enabled({common: weight}, limit) for weight, limit in zip(weights[:2], limits[:2], strict=True)]
    apart.append(enabled({common: weights[2], own: 1e9 / third}))

    assert rates(folded) == pytest.approx(rates(apart), rel=1e-12)


def test_fatpipe_overshoot() -> None:
    """A fat pipe of 100 gives 550 to a flow that shares it with one limited to 10 (F5.6)."""
    fat, narrow = link(100.0, is_fatpipe=True), link(10.0)
    limited, free = enabled({fat: 1.0, narrow: 1.0}), enabled({fat: 1.0})

    assert rates([limited, free]) == pytest.approx([10.0, 550.0], rel=1e-12)


def test_fatpipe_serves_equal_flows_fully() -> None:
    """Equal flows get the whole capacity of a fat pipe each."""
    fat = link(100.0, is_fatpipe=True)

    assert rates([enabled({fat: 4.0}), enabled({fat: 4.0})]) == [25.0, 25.0]


def test_unequal_weights_get_equal_consumption() -> None:
    """Flows on one link consume the same, whatever their weights (F10.4)."""
    pipe = link(90.0)

    assert rates([enabled({pipe: 1.0}), enabled({pipe: 3.0}), enabled({pipe: 10.0})]) == [30.0, 10.0, 3.0]


def test_flows_without_resources_run_at_rate_one() -> None:
    """An enabled flow with no weights has the rate 1 (F5.3)."""
    flow = Flow(Demand(limit=3.0))
    flow.is_enabled = True
    share([flow], [], WORK)

    assert flow.rate == 1.0


def test_repeated_host_counts_as_several_users() -> None:
    """A flow with two weights on a CPU competes as two users, and its largest weight limits it."""
    cpu = Cpu("host", 12.0, 1)
    twice = Flow(Demand({cpu: (1.0, 2.0)}))
    twice.enable()
    once = enabled({cpu: 1.0})
    share([twice, once], [cpu], WORK)

    # The flow with two weights may rise half as fast; together they use (1 + 2) r + 1 (2 r) = 12.
    assert twice.rate == pytest.approx(12.0 / 5.0, rel=1e-6)
    assert once.rate == pytest.approx(2.0 * twice.rate, rel=1e-12)


@given(system=systems())
@settings(max_examples=60, deadline=None)
def test_capacities_hold(system: Any) -> None:
    """Shared resources never serve more than their capacity, and no bound is exceeded."""
    resources, flows = build(*system)
    rates(flows)

    for resource in resources:
        used = sum(weights[0] * flow.rate for flow, weights in resource.users.items())
        assert used <= resource.capacity * (1 + 1e-12)
    for flow in flows:
        assert flow.rate > 0.0
        assert not flow.bound or flow.rate <= flow.bound * (1 + 1e-12)


@given(system=systems(shared_only=False))
@settings(max_examples=60, deadline=None)
def test_nobody_could_rise_in_the_first_round(system: Any) -> None:
    """Every flow gets at least its share of an equal division of its tightest resource, or its bound."""
    _, flows = build(*system)
    rates(flows)

    for flow in flows:
        least = min(
            r.capacity / (1 if r.is_fatpipe else len(r.users)) / weights[0]
            for r, weights in flow.demand.weights.items()
        )
        assert flow.rate >= min(least, flow.bound or math.inf) * (1 - 1e-12)


@given(system=systems(shared_only=False), order=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_of_flows_does_not_matter(system: Any, order: Any) -> None:
    """Flows get the same rates in whatever order they come."""
    capacities, fat, flows = system
    numbers = list(range(len(flows)))
    order.shuffle(numbers)
    straight = rates(build(capacities, fat, flows)[1])
    shuffled = rates(build(capacities, fat, [flows[number] for number in numbers])[1])

    assert [straight[number] for number in numbers] == pytest.approx(shuffled, rel=1e-9)


@given(first=systems(shared_only=False), second=systems(shared_only=False))
@settings(max_examples=40, deadline=None)
def test_components_are_independent(first: Any, second: Any) -> None:
    """Two systems without a common resource get the same rates together as alone, to the last bit (F10.1)."""
    alone = rates(build(*first)[1]) + rates(build(*second)[1])
    together = rates(build(*first)[1] + build(*second)[1])

    assert together == alone


@given(system=systems(max_flows=4), count=st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_multiplicity_stands_for_equal_flows(system: Any, count: int) -> None:
    """A flow of multiplicity m gets the rate of m single flows, and so does everyone else (F10.6)."""
    capacities, fat, flows = system
    single = rates(build(capacities, fat, [flows[0]] * count + flows[1:])[1])
    _, (first, *others) = build(capacities, fat, flows)
    first.multiplicity = count

    assert single == pytest.approx([*rates([first, *others])[:1] * count, *(flow.rate for flow in others)], rel=1e-9)


def test_component_follows_common_resources() -> None:
    """The component of a change holds all flows that are connected through resources, and no others."""
    a, b, c, d = (link(1.0) for _ in range(4))
    ab, bc, lonely = enabled({a: 1.0, b: 1.0}), enabled({b: 1.0, c: 1.0}), enabled({d: 1.0})

    for changed in (a, b, c, ab, bc):
        flows, resources = component([changed])
        assert set(flows) == {ab, bc}
        assert set(resources) == {a, b, c}
    assert component([lonely]) == ([lonely], [d])


def test_component_ignores_flows_that_pay_their_latency() -> None:
    """A flow that is not enabled yet does not connect resources."""
    waiting = Flow(Demand({link(1.0): (1.0,)}))

    assert component([waiting]) == ([], [])


def test_bound_is_the_tightest_of_all() -> None:
    """The bound comes from the window, the cores of computing hosts and private limits, whichever is lowest."""
    slow, fast = Cpu("slow", 10.0, 4), Cpu("fast", 100.0, 1, 0.5)
    computing = ((slow, 20.0), (fast, 10.0))

    assert Demand(window=2.0).bound(8.0) == 2.0
    assert Demand(computing=computing).bound(8.0) == 0.5
    assert Demand(computing=computing[1:]).bound(8.0) == 5.0
    assert Demand(window=2.0, computing=computing).bound(8.0) == 0.5
    assert Demand(window=40.0, computing=computing).bound(8.0) == 0.1
    assert Demand(window=2.0, limit=1.5).bound(8.0) == 1.5
    assert Demand(window=2.0, limit=2.5).bound(8.0) == 2.0
    assert Demand(limit=2.5).bound(8.0) == 2.5
    assert Demand().bound(8.0) == 0.0


def test_window_follows_the_latencies_of_messages() -> None:
    """Where messages are known, the bound is that of the message with the largest product now (F3.4)."""
    near, far = link(1.0), link(1.0)
    near.latency, far.latency = 1.0, 3.0
    demand = Demand(window=1000.0, messages=(((near, far), 2.0), ((near,), 5.0)))

    assert demand.bound(16.0) == 1.0
    near.latency = 5.0
    assert demand.bound(16.0) == 16.0 / 2.0 / 25.0
