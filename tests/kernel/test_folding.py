"""Folding of links that nobody else can use (spec F10.3)."""

from __future__ import annotations

import math

import pytest

from elastisim.kernel.fast import FastFluidModel
from elastisim.kernel.folding import NOTHING, FoldedUsage, fold
from elastisim.kernel.resource import Channel
from elastisim.kernel.site import Site
from elastisim.platform.link import Link, LinkPolicy
from elastisim.platform.usage import Usage

from .flows import make_model


class _Links(Site):
    """A site that knows channels only."""

    def __init__(self) -> None:
        self._channels: dict[Link, Channel] = {}


def test_private_links_become_a_limit() -> None:
    """The tightest private link limits the rate; the others stay visible as shared links, fat pipes always."""
    up = Link("up", 100.0, 0.1, LinkPolicy.SHARED, None)
    down = Link("down", 60.0, 0.1, LinkPolicy.SHARED, None)
    spine = Link("spine", 500.0, 0.2, LinkPolicy.SHARED, None)
    fat = Link("fat", 700.0, 0.2, LinkPolicy.FATPIPE, None)
    usage = Usage({up: 1.0, down: 0.5, spine: 2.0, fat: 1.0}, 0.4, 0.3)
    folded = fold(usage, {up, down, fat}, (), _Links())

    assert [(channel.name, weight) for channel, weight in folded.shared] == [("spine", 2.0), ("fat", 1.0)]
    assert folded.private == ((up, 1.0), (down, 0.5))
    assert folded.limit == 100.0
    assert (folded.latency, folded.window) == (0.4, 0.3)
    assert not folded.is_isolated
    assert fold(Usage({up: 1.0}, 0.1, 0.1), {up}, (), _Links()).is_isolated


def test_demand_scales_with_the_bytes() -> None:
    """Weights and window grow with the bytes, the rate allowed by private links falls; a computation may be slower."""
    spine = Channel("spine", 500.0, 0.2)
    usage = FoldedUsage(((spine, 2.0),), (), 100.0, 0.4, 0.3)
    demand = usage.demand(10.0)

    assert demand.weights == {spine: (20.0,)}
    assert (demand.latency, demand.window, demand.limit) == (0.4, 3.0, 10.0)
    assert usage.demand(10.0, 4.0).limit == 4.0
    assert usage.demand(0.0, 4.0).weights == {}
    assert usage.demand(0.0, 4.0).limit == 4.0
    assert usage.demand(0.0).is_empty
    assert NOTHING.demand(5.0).is_empty


@pytest.mark.parametrize(("total", "pace"), [(50.0, math.inf), (50.0, 0.5), (0.0, 0.25)])
def test_duration_is_what_the_fluid_model_takes(total: float, pace: float) -> None:
    """An isolated transfer takes as long as its flow takes alone."""
    usage = FoldedUsage((), (), 100.0, 0.4, 0.001)
    model = make_model(FastFluidModel)
    model.flow(usage.demand(total, pace))
    model.advance()

    assert usage.duration(total, pace, model.precision.tcp_gamma) == pytest.approx(model.now, rel=1e-12)
    assert usage.duration(0.0, math.inf, 1.0) == 0.0
