"""The exact fluid model: every activity advanced at every event, in the operation order of the specification (F8).

It reproduces the reference to the last digit, and it is what the fast model is tested against.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.kernel.disk import Disk, DiskAccess
from elastisim.kernel.flow import Flow
from elastisim.kernel.fluid import FluidModel, Sleep
from elastisim.kernel.sharing import component, share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elastisim.kernel.actors import Activity
    from elastisim.kernel.precision import Precision
    from elastisim.kernel.profile import Profiles
    from elastisim.kernel.resource import Demand, Resource
    from elastisim.kernel.sensing import Sampler


class _Observation(Sleep):
    """The time until the next sample."""

    __slots__ = ("sampler",)

    def __init__(self, sampler: Sampler) -> None:
        super().__init__(sampler.interval)
        self.sampler = sampler


class ExactFluidModel(FluidModel):
    """Lockstep: the clock is a running sum of step lengths (F8.5)."""

    def __init__(self, precision: Precision, profiles: Profiles) -> None:
        super().__init__(precision, profiles)
        self._running: dict[Activity, None] = {}
        self._changed: dict[Flow | Resource, None] = {}
        self._changed_disks: dict[Disk, None] = {}

    def sleep(self, duration: float) -> Activity:
        """Start a stretch of time."""
        return self._start(Sleep(duration))

    def flow(self, demand: Demand, multiplicity: int = 1) -> Flow:
        """Start a flow; its latency is paid first."""
        flow = Flow(demand, multiplicity)
        if demand.is_empty:
            self._register(flow)
            self.stage.instantaneous.append(flow)
            return flow
        self._start(flow)
        if flow.latency <= 0.0:
            self._enable(flow)
        return flow

    def access(self, disk: Disk, size: float, write: bool) -> Activity:
        """Start a disk access."""
        access = DiskAccess(disk, size, write)
        if access.remaining <= 0.0:
            self._register(access)
            self.stage.instantaneous.append(access)
            return access
        self._start(access)
        disk.accesses[access] = None
        self._changed_disks[disk] = None
        return access

    def cancel(self, activity: Activity) -> None:
        """Remove an activity; the rates of the others change with the next sharing."""
        if not activity.is_over:
            activity.is_over = True
            activity.waiting.clear()
            self._remove(activity)

    def advance(self) -> bool:
        """Take one step."""
        if self.is_idle:
            return False
        step = self._apply_profiles(self._step_length(self._running))
        self.now += step
        over = [activity for activity in self._running if self._progress(activity, step)]
        for activity in over:
            self._remove(activity)
        if self.ledger is not None:
            self._enter_endings(self.ledger, over)
        for activity in over:
            if isinstance(activity, _Observation):
                self._observe_again(activity)
        over.sort(key=lambda activity: not isinstance(activity, DiskAccess))
        for activity in over:
            activity.end(self.stage)
        return True

    def observe(self, sampler: Sampler) -> None:
        """Sample; each sample is the end of a sleep, as in the reference, and cuts a step."""
        self._observe_again(_Observation(sampler))

    @property
    def is_idle(self) -> bool:
        """Whether nothing but samples will happen without somebody acting."""
        self.settle()
        return self._step_length(item for item in self._running if not isinstance(item, _Observation)) == math.inf

    def load(self, resource: Resource) -> float:
        """Sum up the consumption of all users, the most recently enabled first."""
        consumptions = [
            weight * flow.rate for flow in reversed(resource.users) for weight in reversed(resource.users[flow])
        ]
        return max(consumptions, default=0.0) if resource.is_fatpipe else added(consumptions)

    def _observe_again(self, last: _Observation) -> None:
        last.sampler.take(self.now, self.now)
        self._start(_Observation(last.sampler))

    def _start(self, activity: Activity) -> Activity:
        self._register(activity)
        self._running[activity] = None
        return activity

    def _enable(self, flow: Flow) -> None:
        flow.bound = flow.demand.bound(self.precision.tcp_gamma)
        flow.enable()
        self._changed[flow] = None

    def _remove(self, activity: Activity) -> None:
        self._running.pop(activity, None)
        if isinstance(activity, Flow) and activity.is_enabled:
            activity.disable()
            self._changed.pop(activity, None)
            self._changed.update(dict.fromkeys(activity.demand.weights))
        elif isinstance(activity, DiskAccess):
            activity.disk.accesses.pop(activity, None)
            self._changed_disks[activity.disk] = None

    def settle(self) -> None:
        """Share resources anew where something has changed."""
        if self._changed:
            flows, resources = component(self._changed)
            share(flows, resources, self.precision.work)
            self._changed.clear()
            if self.ledger is not None:
                for resource in resources:
                    self.ledger.share(resource, self.now, self.load(resource))
        for disk in self._changed_disks:
            disk.share(self.precision.work)
        self._changed_disks.clear()

    @staticmethod
    def _step_length(running: Iterable[Activity]) -> float:
        """Return the time to the next event (F8.1), infinite if nothing will ever happen."""
        step = math.inf
        for activity in running:
            if isinstance(activity, Sleep):
                left = activity.duration
            else:
                assert isinstance(activity, Flow | DiskAccess)
                if isinstance(activity, Flow) and activity.latency > 0.0:
                    left = activity.latency
                elif activity.rate > 0.0:
                    left = activity.remaining / activity.rate
                else:
                    continue
            step = min(step, left)
        return step

    def _apply_profiles(self, step: float) -> float:
        """Apply changes of resources that fall into the step and return its length, cut if they are felt (F8.3)."""
        while (date := self.profiles.next_date) <= self.now + step:
            for change in self.profiles.take(date):
                if change.is_always_felt or change.resource.users:
                    step = date - self.now
                self._changed[change.resource] = None
                for flow in change.resource.users:
                    flow.bound = flow.demand.bound(self.precision.tcp_gamma)
        return step

    def _progress(self, activity: Activity, step: float) -> bool:
        """Let time pass for one activity (F8.2); return whether it is over."""
        if isinstance(activity, Flow):
            rate = activity.rate
            if activity.latency > 0.0:
                # A step as long as the latency ends it, and so does a rest below the precision.
                left = activity.latency - step
                activity.latency = left if left >= self.precision.time else 0.0
                if activity.latency == 0.0:
                    self._enable(activity)
            remaining = activity.remaining - rate * step
            activity.remaining = remaining if remaining >= self.precision.remaining else 0.0
            return activity.remaining == 0.0 and activity.is_enabled
        if isinstance(activity, DiskAccess):
            # Progress is rounded to whole bytes in every step (F7.5).
            remaining = activity.remaining - round(activity.rate * step)
            activity.remaining = remaining if remaining >= self.precision.remaining else 0.0
            return activity.remaining == 0.0
        assert isinstance(activity, Sleep)
        left = activity.duration - step
        activity.duration = left if left >= self.precision.time else 0.0
        return activity.duration == 0.0
