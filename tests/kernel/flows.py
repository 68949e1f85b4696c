"""Small systems of flows and resources, described by numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from elastisim.kernel.flow import Flow
from elastisim.kernel.precision import Precision
from elastisim.kernel.profile import Profiles
from elastisim.kernel.resource import Channel, Demand
from elastisim.kernel.sharing import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elastisim.kernel.fluid import FluidModel
    from elastisim.kernel.resource import Resource

PRECISION = Precision()
WORK = PRECISION.work


def link(capacity: float, *, is_fatpipe: bool = False, name: str = "link") -> Channel:
    """Return a link without latency."""
    return Channel(name, capacity, 0.0, is_fatpipe)


def enabled(weights: Mapping[Resource, float], limit: float = math.inf, multiplicity: int = 1) -> Flow:
    """Return a flow that consumes already."""
    demand = Demand({resource: (weight,) for resource, weight in weights.items()}, limit=limit)
    flow = Flow(demand, multiplicity)
    flow.bound = demand.bound(PRECISION.tcp_gamma)
    flow.enable()
    return flow


def rates(flows: Sequence[Flow]) -> list[float]:
    """Share all resources of the flows; return the rates."""
    resources = dict.fromkeys(resource for flow in flows for resource in flow.demand.weights)
    share(flows, list(resources), WORK)
    return [flow.rate for flow in flows]


def make_model(kind: type[FluidModel], profiles: Profiles | None = None) -> FluidModel:
    """Return a fluid model with the usual constants."""
    return kind(PRECISION, profiles if profiles is not None else Profiles(()))


def amounts(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with many digits: capacities and weights that do not coincide by accident."""
    return st.integers(1, 10**9).map(lambda n: low + (high - low) * ((n * 0.6180339887498949) % 1.0))


@st.composite
def systems(draw: Any, *, max_flows: int = 6, shared_only: bool = True) -> tuple[list[float], list[bool], list[Any]]:
    """Capacities, which of them are fat pipes, and flows as (weights by position, limit)."""
    capacities = draw(st.lists(amounts(1e8, 1e10), min_size=1, max_size=4))
    fat = [False] * len(capacities) if shared_only else draw(st.lists(st.booleans(), min_size=4, max_size=4))
    flows = draw(
        st.lists(
            st.tuples(
                st.dictionaries(st.integers(0, len(capacities) - 1), amounts(1e8, 1e10), min_size=1),
                st.one_of(st.just(math.inf), amounts(0.01, 5.0)),
            ),
            min_size=1,
            max_size=max_flows,
        )
    )
    return capacities, fat[: len(capacities)], flows
