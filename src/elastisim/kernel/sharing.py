"""How concurrent flows share resources: the fair-bottleneck algorithm, operation by operation (spec F5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.kernel.flow import Flow


CLOSE = 1.0 + 2e-15
"""Factor within which a link of 1e9 bytes per second is used up: what remains is less than the precision (F5.4 c)."""


def component(changed: Iterable[Flow | Resource]) -> tuple[list[Flow], list[Resource]]:
    """Return the enabled flows and the resources that can feel a change, found along common resources (F10.1)."""
    flows: dict[Flow, None] = {}
    resources: dict[Resource, None] = {}
    pending: list[Resource] = []
    for item in changed:
        if isinstance(item, Resource):
            pending.append(item)
        elif item.is_enabled:
            flows[item] = None
            pending.extend(item.weights)
    while pending:
        resource = pending.pop()
        if resource in resources:
            continue
        resources[resource] = None
        for flow in resource.users:
            if flow not in flows:
                flows[flow] = None
                pending.extend(flow.weights)
    return list(flows), list(resources)


def share(flows: Iterable[Flow], resources: Iterable[Resource], work_precision: float) -> None:
    """Set the rate of every flow (F5.3, F5.4).

    *flows* are enabled, *resources* are all that they use.  Flows that became inactive are charged again in each later
    round with their last increment; this wastes capacity and is how the reference behaves (F5.5).
    """
    rising: list[Flow] = []
    for flow in flows:
        flow.increment = 0.0
        if flow.weights:
            flow.rate = 0.0
            flow.is_rising = True
            rising.append(flow)
        else:
            flow.rate = 1.0
            flow.is_rising = False
    opened = list(resources)
    for resource in opened:
        resource.remaining = resource.capacity
    while rising:
        opened = [resource for resource in opened if _offer(resource)]
        for flow in rising:
            _rise(flow)
        opened = [resource for resource in opened if _charge(resource, work_precision)]
        rising = [flow for flow in rising if flow.is_rising]


def _offer(resource: Resource) -> bool:
    """Divide what remains among the rising users (F5.4 a); return whether there are any."""
    count = 0
    for flow, weights in resource.users.items():
        if flow.is_rising:
            count += len(weights) if resource.is_replica else len(weights) * flow.multiplicity
    if count == 0:
        resource.remaining = 0.0
        resource.share = 0.0
        return False
    resource.share = resource.remaining / (1 if resource.is_fatpipe else count)
    return True


def _rise(flow: Flow) -> None:
    """Raise the rate by as much as the offers allow (F5.4 b)."""
    increment = min(resource.share / max(weights) for resource, weights in flow.weights.items())
    bound = flow.bound
    if bound > 0.0:
        left = bound - flow.rate
        if left <= increment * CLOSE and bound == flow.demand.limit:
            # Links that are used up, and not compared digit by digit as bounds of the reference are (F5.7).
            increment = left
            flow.rate = bound
            flow.is_rising = False
        else:
            increment = min(increment, left)
            flow.rate += increment
            flow.is_rising = flow.rate != bound
    else:
        flow.rate += increment
    flow.increment = increment


def _charge(resource: Resource, work_precision: float) -> bool:
    """Subtract the consumption of this round (F5.4 c); return whether something remains."""
    remaining = resource.remaining
    if resource.is_fatpipe:
        share = resource.share
        for flow, weights in resource.users.items():
            for weight in weights:
                share = min(share, weight * flow.increment)
        remaining -= share
        if remaining < work_precision:
            remaining = 0.0
    else:
        # The most recently enabled user comes first (F9.4).
        for flow in reversed(resource.users):
            multiplicity = 1 if resource.is_replica else flow.multiplicity
            for weight in reversed(resource.users[flow]):
                remaining -= weight * flow.increment * multiplicity
                if remaining < work_precision:
                    remaining = 0.0
    resource.remaining = remaining
    if remaining > 0.0:
        return True
    for flow in resource.users:
        flow.is_rising = False
    return False


def lone_rate(flow: Flow) -> float:
    """Return the rate of a flow that shares nothing with others at present (F10.3)."""
    rate = flow.bound if flow.bound > 0.0 else math.inf
    for resource, weights in flow.weights.items():
        multiplicity = 1 if resource.is_replica else flow.multiplicity
        users = 1 if resource.is_fatpipe else len(weights) * multiplicity
        rate = min(rate, resource.capacity / (users * max(weights)))
    return rate
