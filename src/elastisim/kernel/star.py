"""Flows that share a single resource, at a cost that does not depend on their number (spec F10.5).

Flows with the same private limit consume the resource at the same speed at all times.  They form a group with one
clock, which counts the flops or bytes that each of them has consumed; a flow ends when the clock reaches its mark.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.kernel.flow import Flow
from elastisim.kernel.resource import Demand, Resource
from elastisim.kernel.sharing import share

if TYPE_CHECKING:
    from elastisim.kernel.lazy_flow import LazyFlow

NEGLIGIBLE = 1e-14
"""Fraction of its work below which a flow is finished (F1.4)."""

SPACING = 4e-16
"""A bit more than the relative spacing of doubles: dates closer than that are one (F10.2)."""

COARSE = 2.0**36
"""Capacity above which the spacing of doubles is coarser than the precision of the reference (F5.8)."""

REWIND = 2.0**36
"""Reading of a clock at which it starts again from zero, so that marks stay precise."""


class Group:
    """Flows with the same private limit, in flop/s or byte/s of the shared resource.

    ``marks`` are (reading of the clock at the end of a flow, order of its start, flow); those of flows that have left
    before their end are passed over.
    """

    __slots__ = ("clock", "count", "limit", "marks", "speed", "star")

    def __init__(self, star: Star, limit: float) -> None:
        self.star = star
        self.limit = limit
        self.clock = 0.0
        self.speed = 0.0
        self.count = 0
        self.marks: list[tuple[float, int, LazyFlow]] = []

    def rewind(self) -> None:
        """Start the clock again from zero."""
        self.marks = [(mark - self.clock, order, flow) for mark, order, flow in self.marks if flow.group is self]
        heapq.heapify(self.marks)
        for mark, _, flow in self.marks:
            flow.mark = mark
        self.clock = 0.0


class Star:
    """All flows whose only shared resource is this one."""

    __slots__ = ("_groups", "_size", "now", "order", "resource", "version")

    def __init__(self, resource: Resource, now: float, order: int) -> None:
        self.resource = resource
        self.now = now
        self.order = order
        self.version = 0
        self._groups: dict[float, Group] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, flow: LazyFlow, now: float) -> None:
        """Let a flow take part, from what remains of it."""
        if now > self.now:
            self.advance(now)
        (weight,) = flow.demand.weights[self.resource]
        limit = math.inf
        if flow.bound > 0.0:
            # Rounded to 44 bits, so that limits that differ by rounding errors only make one group.
            limit = weight * flow.bound
            multiple = limit * 513.0
            limit = multiple - (multiple - limit)
        group = self._groups.get(limit)
        if group is None:
            # What goes on from before keeps its speed until resources are shared anew, and is seen with it (R10.6).
            group = self._groups[limit] = Group(self, limit)
            group.speed = flow.rate * weight
        flow.is_enabled = True
        flow.group = group
        flow.mark = mark = group.clock + flow.remaining * weight
        heapq.heappush(group.marks, (mark, flow.order, flow))
        group.count += flow.multiplicity
        self._size += 1

    def remove(self, flow: LazyFlow, now: float) -> None:
        """Let a flow leave; what remains of it is stored with it."""
        flow.remaining = self.remaining(flow, now)
        group = flow.group
        assert group is not None
        self._drop(flow, group)
        if group.count == 0:
            del self._groups[group.limit]

    def remaining(self, flow: LazyFlow, now: float) -> float:
        """Return what remains of a flow."""
        self.advance(now)
        assert flow.group is not None
        (weight,) = flow.demand.weights[self.resource]
        return max((flow.mark - flow.group.clock) / weight, 0.0)

    def resize(self, flow: LazyFlow, multiplicity: int) -> None:
        """Let a flow stand for another number of equal ones."""
        assert flow.group is not None
        flow.group.count += multiplicity - flow.multiplicity

    def members(self) -> list[LazyFlow]:
        """Return all flows in the order of their starts."""
        flows = {flow for group in self._groups.values() for _, _, flow in group.marks if flow.group is group}
        return sorted(flows, key=lambda flow: flow.order)

    def advance(self, now: float) -> None:
        """Let the clocks run at their speeds."""
        elapsed = now - self.now
        if elapsed > 0.0:
            for group in self._groups.values():
                group.clock += group.speed * elapsed
                if group.clock > REWIND:
                    group.rewind()
        self.now = now

    def share(self, work_precision: float) -> None:
        """Set the speeds of the clocks: rounds over groups, stale increments included (F10.5, F5.5)."""
        groups = self._groups
        if len(groups) == 1:
            for group in groups.values():
                group.speed = min(self.resource.capacity / group.count, group.limit)
            return
        if self.resource.capacity > COARSE:
            self._share_literally(work_precision)
            return
        remaining = self.resource.capacity
        stale = 0.0
        rising = list(groups.values())
        for group in rising:
            group.speed = 0.0
        while rising:
            offer = remaining / sum([group.count for group in rising])
            consumed = leaving = 0.0
            staying = []
            for group in rising:
                increment = min(offer, group.limit - group.speed)
                consumed += group.count * increment
                if increment < offer or offer == group.limit - group.speed:
                    group.speed = group.limit
                    leaving += group.count * increment
                else:
                    group.speed += increment
                    staying.append(group)
            remaining -= consumed + stale
            if remaining < work_precision:
                return
            stale += leaving
            rising = staying

    def _share_literally(self, work_precision: float) -> None:
        """Share flow by flow, in the operations of the reference, where rounding decides (F5.8)."""
        shared = Resource(self.resource.name, self.resource.capacity)
        resources = [shared]
        stand_ins: dict[Flow, Group] = {}
        for flow in self.members():
            group = flow.group
            assert group is not None
            (weight,) = flow.demand.weights[self.resource]
            stand_in = Flow(Demand({shared: (weight,)}), flow.multiplicity)
            if flow.bound > 0.0 and flow.bound == flow.demand.limit:
                private = Resource("private", group.limit)
                stand_in.demand.weights[private] = (weight,)
                resources.append(private)
            else:
                stand_in.bound = flow.bound
            stand_in.enable()
            stand_ins[stand_in] = group
        share(stand_ins, resources, work_precision)
        for stand_in, group in stand_ins.items():
            group.speed = stand_in.rate * stand_in.demand.weights[shared][0]

    def next_date(self) -> float:
        """Return the date at which the next flow ends, infinite if none does."""
        date = math.inf
        for group in self._groups.values():
            marks = group.marks
            while marks and marks[0][2].group is not group:
                heapq.heappop(marks)
            if marks and group.speed > 0.0:
                left = marks[0][0] - group.clock
                end = self.now + left / group.speed if left > 0.0 else self.now
                if end < date:
                    date = end
        return date

    def finished(self, now: float) -> list[LazyFlow]:
        """Advance to *now*; let the flows that end there leave, and return them."""
        self.advance(now)
        finished: list[LazyFlow] = []
        emptied = False
        for group in self._groups.values():
            marks, clock = group.marks, group.clock
            # Neither dates nor the clock are more precise than this.
            tolerance = SPACING * max(now * group.speed, clock)
            while marks:
                mark, _, flow = marks[0]
                if flow.group is group:
                    left = mark - clock
                    if left >= tolerance and left >= NEGLIGIBLE * flow.demand.weights[self.resource][0]:
                        break
                    self._drop(flow, group)
                    finished.append(flow)
                heapq.heappop(marks)
            emptied = emptied or group.count == 0
        if emptied:
            self._groups = {limit: group for limit, group in self._groups.items() if group.count > 0}
        return finished

    def rate(self, flow: LazyFlow) -> float:
        """Return the rate of a flow in 1/s."""
        assert flow.group is not None
        (weight,) = flow.demand.weights[self.resource]
        return flow.group.speed / weight

    def load(self) -> float:
        """Return the consumption of the resource."""
        return added([group.count * group.speed for group in self._groups.values()])

    def _drop(self, flow: LazyFlow, group: Group) -> None:
        flow.group = None
        flow.is_enabled = False
        group.count -= flow.multiplicity
        self._size -= 1
