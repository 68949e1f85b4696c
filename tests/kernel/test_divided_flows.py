"""Flows that are divided while they are under way, and flows that are resumed in their midst."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.profile import Profiles
from elastisim.kernel.resource import Channel, Demand, Replica

from .flows import PRECISION, link

if TYPE_CHECKING:
    from elastisim.kernel.lazy_flow import LazyFlow


class Clock:
    """Notes when it goes on."""

    def __init__(self, model: FastFluidModel) -> None:
        self.model = model
        self.date = math.nan

    def go_on(self) -> None:
        self.date = self.model.now

    def enter(self, stage: object) -> None:
        assert stage is self.model.stage
        self.go_on()


@pytest.fixture
def model() -> FastFluidModel:
    return FastFluidModel(PRECISION, Profiles(()))


def sending(size: float, *links: Channel, latency: float = 0.0) -> Demand:
    return Demand(dict.fromkeys(links, (size,)), latency=latency)


def play(model: FastFluidModel, *flows: LazyFlow, until: float = math.inf) -> list[float]:
    """Go on until some date; return when flows have ended."""
    clocks = [Clock(model) for _ in flows]
    for flow, clock in zip(flows, clocks, strict=True):
        flow.party = clock
    if until < math.inf:
        model.sleep_until(until)
    model.stage.play()
    while model.now < until and model.advance():
        model.stage.play()
    return [clock.date for clock in clocks]


def test_a_lone_flow_goes_on_in_both_parts(model: FastFluidModel) -> None:
    """A flow on a link of each of its ranks has a second to go, and so have all."""
    own, other = Replica("own", 1.0, 0.0), Replica("other", 1.0, 0.0)
    flow = model.flow(sending(3.0, own), 5)
    play(model, until=2.0)
    twin = model.divide(flow, 2, sending(3.0, other), 3)

    assert (flow.multiplicity, twin.multiplicity) == (2, 3)
    assert play(model, flow, twin) == [3.0, 3.0]


@pytest.mark.parametrize("has_own_links", [False, True])
def test_what_all_share_is_divided(model: FastFluidModel, has_own_links: bool) -> None:
    """Four ranks send 3 bytes each over a link of 4 bytes per second; after 1 s a fifth one comes, for 1.6 bytes.

    All five have 0.8 bytes per second then; after 2 s more the fifth one leaves 0.4 bytes to each.
    """
    pipe = link(4.0)
    own, other = (([Replica(name, 9.0, 0.0)] if has_own_links else []) for name in ("own", "other"))
    flow = model.flow(sending(3.0, pipe, *own), 4)
    play(model, until=1.0)
    twin = model.divide(flow, 3, sending(3.0, pipe, *other), 1)
    assert model.load(pipe) == pytest.approx(4.0)
    late = model.flow(sending(1.6, pipe))

    assert play(model, flow, twin, late) == pytest.approx([3.4, 3.4, 3.0])


def test_a_division_alone_changes_nothing(model: FastFluidModel) -> None:
    """Somebody else is there all the time, and those that are divided are still as many."""
    pipe = link(4.0)
    own, other = (Replica(name, 9.0, 0.0) for name in ("own", "other"))
    flow = model.flow(sending(3.0, pipe, own), 3)
    late = model.flow(sending(5.0, pipe))
    play(model, until=1.0)
    twin = model.divide(flow, 1, sending(3.0, pipe, other), 2)

    assert play(model, flow, twin, late) == pytest.approx([3.0, 3.0, 3.5])


@pytest.mark.parametrize("date", [0.5, 4.0], ids=["while it is being paid", "after that"])
def test_the_latency_is_paid_once(date: float, model: FastFluidModel) -> None:
    own, other = Replica("own", 1.0, 0.0), Replica("other", 1.0, 0.0)
    flow = model.flow(sending(3.0, own, latency=2.0), 2)
    play(model, until=date)
    twin = model.divide(flow, 1, sending(3.0, other, latency=2.0), 1)

    assert play(model, flow, twin) == [5.0, 5.0]


def test_nothing_to_do_is_divided_into_nothing_to_do(model: FastFluidModel) -> None:
    flow = model.flow(Demand(), 2)
    twin = model.divide(flow, 1, Demand(), 1)

    assert play(model, flow, twin) == [0.0, 0.0]


def test_a_link_of_each_rank_is_loaded_by_one(model: FastFluidModel) -> None:
    pipe, own = link(4.0), Replica("own", 9.0, 0.0)
    model.flow(sending(3.0, pipe, own), 4)
    model.settle()

    assert (model.load(pipe), model.load(own)) == (4.0, 1.0)


@pytest.mark.parametrize(("elapsed", "end"), [(0.0, 5.0), (0.5, 4.5), (2.0, 3.0), (4.0, 1.0)])
def test_a_flow_is_resumed_in_its_midst(model: FastFluidModel, elapsed: float, end: float) -> None:
    """Two seconds of latency, and 3 bytes at 1 byte per second."""
    demand = sending(3.0, Replica("own", 1.0, 0.0), latency=2.0)

    assert model.seconds_alone(demand) == 5.0
    assert play(model, model.resume(demand, 1, elapsed)) == pytest.approx([end])


def test_what_is_resumed_is_seen_at_once(model: FastFluidModel) -> None:
    """It has been under way before (R10.6)."""
    pipe = link(2.0)
    model.resume(sending(8.0, pipe), 1, 1.0)

    assert model.load(pipe) == 2.0
    assert model.seconds_alone(Demand()) == 0.0
