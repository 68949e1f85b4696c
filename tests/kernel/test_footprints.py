"""Footprints: transfers over many links appear where they meet others, and progress as if they were everywhere."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.kernel.actors import Wait
from elastisim.kernel.exact import ExactFluidModel
from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.footprint import Footprint
from elastisim.kernel.profile import Profiles
from elastisim.kernel.rank import Perform, Start
from elastisim.kernel.resource import Demand

from .flows import PRECISION, amounts, link, make_model

if TYPE_CHECKING:
    from elastisim.kernel.actors import Behaviour
    from elastisim.kernel.fluid import FluidModel

CAPACITIES = st.one_of(amounts(1e8, 1e10), st.sampled_from((1e9, 2e9)))
WEIGHTS = st.one_of(amounts(0.1, 1.0), st.sampled_from((0.25, 0.5)))


@st.composite
def scripts(draw: Any) -> Any:
    """Capacities; footprints by position; and (start, footprint or None, weights, bytes, limit, latency, patience)."""
    capacities = draw(st.lists(CAPACITIES, min_size=2, max_size=9))
    positions = st.integers(0, len(capacities) - 1)
    prints = draw(st.lists(st.dictionaries(positions, WEIGHTS, min_size=1), min_size=2, max_size=4))
    wide = st.integers(0, len(prints) - 1).map(lambda number: (number, prints[number]))
    other = st.dictionaries(positions, WEIGHTS, min_size=1, max_size=2).map(lambda weights: (None, weights))
    start = st.one_of(amounts(0.0, 4.0), st.sampled_from((0.0, 1.0)))
    limit = st.one_of(st.just(math.inf), amounts(0.05, 5.0))
    latency = st.sampled_from((0.0, 0.0, 0.25))
    patience = st.one_of(st.just(math.inf), st.just(math.inf), amounts(0.1, 3.0))
    entry = st.tuples(start, st.one_of(wide, wide, other), amounts(1e8, 1e10), limit, latency, patience)
    return capacities, draw(st.lists(entry, min_size=2, max_size=9)), len(prints)


def ends_of(kind: type[FluidModel], script: Any, *, with_footprints: bool) -> dict[int, float]:
    """Play a script; return when what ends."""
    capacities, entries, count = script
    model = make_model(kind)
    links = [link(capacity, name=str(number)) for number, capacity in enumerate(capacities)]
    footprints: list[Footprint | None] = [None] * count
    ends = {}

    def demand(number: int | None, weights: dict[int, float], size: float, limit: float, latency: float) -> Demand:
        if number is None or not with_footprints:
            return Demand({links[i]: (weight * size,) for i, weight in weights.items()}, latency=latency, limit=limit)
        footprint = footprints[number]
        if footprint is None:
            footprint = footprints[number] = Footprint((links[i], weight) for i, weight in weights.items())
        limit = min(limit, footprint.pace / size)
        return Demand(latency=latency, limit=limit, footprint=footprint, scale=size)

    def behave(number: int, entry: Any) -> Behaviour:
        start, (kind, weights), size, limit, latency, patience = entry
        if start > 0.0:
            yield Perform(partial(model.sleep, start))
        flow = yield Start(partial(model.flow, demand(kind, weights, size, limit, latency)))
        if patience < math.inf:
            yield Perform(partial(model.sleep, patience))
            if not flow.is_over:
                model.cancel(flow)
                return
        yield Wait(flow)
        ends[number] = model.now

    for number, entry in enumerate(entries):
        model.stage.enter(behave(number, entry))
    while True:
        model.stage.play()
        if not model.advance():
            return ends


@given(script=scripts())
@settings(max_examples=300, deadline=None)
def test_footprints_change_nothing(script: Any) -> None:
    """Whatever meets: all end when the exact model says so, where every flow is on all of its links."""
    expected = ends_of(ExactFluidModel, script, with_footprints=False)

    assert ends_of(FastFluidModel, script, with_footprints=True) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def begin(model: FastFluidModel, footprint: Footprint) -> Any:
    """Start a transfer of one byte."""
    return model.flow(Demand(limit=footprint.pace, footprint=footprint))


def test_who_meets_nobody_appears_nowhere() -> None:
    links = [link(1e9, name=str(number)) for number in range(8)]
    model = FastFluidModel(PRECISION, Profiles(()))
    first, second = (begin(model, Footprint((item, 0.5) for item in half)) for half in (links[:4], links[4:]))
    model.settle()

    assert first.rate == second.rate == 1e9 / 0.5
    assert not any(item.users for item in links)
    assert [model.load(item) for item in links] == [1e9] * 8


def test_two_meet_on_the_tightest_link_only() -> None:
    """Of three common links, the one of half the capacity counts; loads are known on all of them."""
    common = [link(2e9), link(1e9), link(2e9)]
    own = [link(5e9), link(5e9)]
    model = FastFluidModel(PRECISION, Profiles(()))
    first, second = (begin(model, Footprint((item, 1.0) for item in (*common, mine))) for mine in own)
    model.settle()

    assert first.rate == second.rate == 0.5e9
    assert [len(item.users) for item in (*common, *own)] == [0, 2, 0, 0, 0]
    assert [model.load(item) for item in (*common, *own)] == [1e9, 1e9, 1e9, 0.5e9, 0.5e9]


def test_three_count_together_where_all_meet() -> None:
    """A link that all three use is tighter for them than those that two of them use."""
    everybody = link(1e9)
    pairs = {(0, 1): link(1e9), (1, 2): link(1e9), (0, 2): link(1e9)}
    model = FastFluidModel(PRECISION, Profiles(()))
    flows = [
        begin(model, Footprint((item, 1.0) for item in (*(pairs[p] for p in pairs if number in p), everybody)))
        for number in range(3)
    ]
    model.settle()

    assert [flow.rate for flow in flows] == pytest.approx([1e9 / 3] * 3)
