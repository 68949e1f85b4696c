"""The fast fluid model: progress is computed only when something changes (mechanisms of the architecture, spec F10).

Activities that share nothing end at a date that is known when they start.  Flows that share one resource only are kept
in stars (:mod:`elastisim.kernel.star`).  Flows with a footprint (:mod:`elastisim.kernel.footprint`) appear only where
they meet others.  Everything else is shared component by component, when one of its flows or resources changes.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.kernel.actors import Activity
from elastisim.kernel.appointment import Appointment
from elastisim.kernel.disk import Disk, DiskAccess
from elastisim.kernel.fluid import FluidModel, Sleep
from elastisim.kernel.lazy_flow import LazyFlow
from elastisim.kernel.sharing import component, lone_rate, share
from elastisim.kernel.star import NEGLIGIBLE, SPACING, Star

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from elastisim.kernel.actors import Party
    from elastisim.kernel.flow import Flow
    from elastisim.kernel.footprint import Footprint
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.precision import Precision
    from elastisim.kernel.profile import Profiles
    from elastisim.kernel.resource import Demand, Resource
    from elastisim.kernel.sensing import Sampler


Ending = tuple[float, int, int, "Sleep | LazyFlow | Star"]
"""A date at which something ends, the order of its start, the version of the computation, and what ends.

It holds as long as the version is that of what ends.
"""


class FastFluidModel(FluidModel):
    """A queue of dates; observers see loads without touching the state, so that watching changes nothing."""

    def __init__(self, precision: Precision, profiles: Profiles) -> None:
        super().__init__(precision, profiles)
        self._horizon = precision.time
        self._endings: list[Ending] = []
        self._changed: dict[Flow | Resource, None] = {}
        self._changed_stars: dict[Star, None] = {}
        self._changed_disks: dict[Disk, None] = {}
        self._accesses: dict[DiskAccess, None] = {}
        self._stars: dict[Resource, Star] = {}
        self._shared: dict[Resource, int] = {}
        self._wide: dict[Footprint, LazyFlow] = {}
        self._sampler: Sampler | None = None
        self._next_sample = math.inf
        self._last_change = 0.0

    def sleep(self, duration: float) -> Sleep:
        """Start a stretch of time."""
        sleep = Sleep(duration)
        self.begin(sleep, self.now + duration)
        return sleep

    def sleep_until(self, date: float) -> Sleep:
        """Start a stretch of time that ends exactly at a date."""
        sleep = Sleep(date - self.now)
        self.begin(sleep, date)
        return sleep

    def appoint(self, date: float, party: Party) -> Appointment:
        """Let a party go on at a date."""
        appointment = Appointment(party)
        self.begin(appointment, date)
        return appointment

    def begin(self, sleep: Sleep, date: float) -> None:
        """Let a stretch of time end at a date."""
        self._order = order = self._order + 1
        sleep.order = order
        heappush(self._endings, (max(date, self.now), order, sleep.version, sleep))

    def flow(self, demand: Demand, multiplicity: int = 1) -> LazyFlow:
        """Start a flow; its latency is paid first."""
        self._order = order = self._order + 1
        flow = LazyFlow(demand, multiplicity, order)
        if demand.is_empty:
            self.stage.instantaneous.append(flow)
        elif flow.latency > 0.0:
            self._wait_for_latency(flow, self.now)
        else:
            self._enable(flow)
        return flow

    def resume(self, demand: Demand, multiplicity: int, elapsed: float) -> LazyFlow:
        """Start a flow as if it had been under way for *elapsed* seconds, by itself."""
        self._order += 1
        flow = LazyFlow(demand, multiplicity, self._order)
        if elapsed < flow.latency:
            self._wait_for_latency(flow, self.now - elapsed)
        else:
            flow.rate = self._rate_alone(flow)
            flow.remaining = max(1.0 - flow.rate * (elapsed - flow.latency), 0.0)
            flow.latency = 0.0
            self._enable(flow)
        return flow

    def seconds_alone(self, demand: Demand) -> float:
        """Return how long a flow takes if it is by itself."""
        if demand.is_empty:
            return 0.0
        flow = LazyFlow(demand, 1, 0)
        return flow.latency + 1.0 / self._rate_alone(flow)

    def divide(self, flow: LazyFlow, multiplicity: int, demand: Demand, others: int) -> LazyFlow:
        """Let a flow that is under way stand for so many only; return one that goes on from there for *others*."""
        self._order += 1
        twin = LazyFlow(demand, others, self._order)
        twin.latency = flow.latency
        if flow.is_enabled:
            star = flow.group.star if flow.group is not None else None
            if star is not None:
                twin.remaining = star.remaining(flow, self.now)
                twin.rate = star.rate(flow)
            else:
                twin.remaining = max(flow.remaining - flow.rate * (self.now - flow.updated), 0.0)
                twin.rate = flow.rate
            if star is not None and multiplicity != flow.multiplicity:
                star.resize(flow, multiplicity)
                self._changed_stars[star] = None
            # Where others have a say in the rate of both, they are shared anew together.
            self._enable(twin)
        elif flow.demand.is_empty:
            self.stage.instantaneous.append(twin)
        else:
            self._wait_for_latency(twin, flow.updated)
        flow.multiplicity = multiplicity
        return twin

    def _wait_for_latency(self, flow: LazyFlow, start: float) -> None:
        """Enable a flow that has started at *start* after its latency."""
        flow.updated = start
        heappush(self._endings, (start + flow.latency, flow.order, 0, flow))

    def _rate_alone(self, flow: LazyFlow) -> float:
        """Return the rate in 1/s of a flow that is by itself."""
        flow.bound = flow.demand.bound(self.precision.tcp_gamma)
        return lone_rate(flow)

    def access(self, disk: Disk, size: float, write: bool) -> DiskAccess:
        """Start a disk access."""
        access = DiskAccess(disk, size, write)
        self._register(access)
        if access.remaining <= 0.0:
            self.stage.instantaneous.append(access)
        else:
            disk.accesses[access] = None
            self._accesses[access] = None
            self._changed_disks[disk] = None
        return access

    def cancel(self, activity: Activity) -> None:
        """Remove an activity; its date in the queue is passed over later."""
        if not activity.is_over:
            activity.is_over = True
            activity.waiting.clear()
            if isinstance(activity, Sleep):
                activity.version += 1
                return
            self._remove(activity)
            if self.ledger is not None and isinstance(activity, LazyFlow):
                self.ledger.cancel(activity, self.now)
                for resource in activity.demand.weights:
                    if not resource.users and resource not in self._stars:
                        self.ledger.share(resource, self.now, 0.0)

    def advance(self) -> bool:
        """Move to the earliest ending, taking changes of resources and samples on the way."""
        while True:
            if self._changed or self._changed_stars or self._changed_disks:
                self.settle()
            endings = self._valid_endings()
            if not endings or self._accesses:
                return self._advance_among_others()
            date, _, _, item = endings[0]
            latest = date + self._horizon
            # The second one of a heap is in one of the two places after the first.
            count = len(endings)
            if (
                (count > 1 and endings[1][0] <= latest)
                or (count > 2 and endings[2][0] <= latest)
                or self.profiles.next_date <= latest
            ):
                return self._advance_among_others()
            if self._next_sample <= latest:
                self._sample_before(date)
                if self._next_sample <= latest:
                    return self._advance_among_others()
            heappop(endings)
            if date > self.now:
                self.now = date
            if isinstance(item, Sleep):
                item.version += 1
                item.end_alone(self.stage)
                return True
            if isinstance(item, Star):
                over = item.finished(self.now)
                self._note_leaving(item)
                if not over:
                    continue
            elif item.latency > 0.0:
                item.latency = 0.0
                self._enable(item)
                continue
            else:
                self._remove(item)
                over = [item]
            self._end(over)
            return True

    def _advance_among_others(self) -> bool:
        """Move to the earliest instant at which something ends, and end all that does; return False if nothing will."""
        over: list[Activity] = []
        while not over:
            if self._changed or self._changed_stars or self._changed_disks:
                self.settle()
            step, date = self._next_ending()
            if step == math.inf:
                return False
            is_change = self.profiles.next_date <= date
            if is_change:
                date = max(self.profiles.next_date, self.now)
                step = date - self.now
            self._sample_before(date)
            over = self._progress_disks(step) if self._accesses else []
            self.now = date
            if is_change:
                self._apply_profiles()
            else:
                over += self._take_endings()
        self._end(over)
        return True

    def _end(self, over: Sequence[Activity]) -> None:
        """End activities that have ceased to consume, at this instant, after what a sample sees of it."""
        if self.ledger is not None:
            self._enter_endings(self.ledger, over)
        if self._next_sample <= self.now + self._horizon:
            self._sample_until(self.now + self._horizon)
        if len(over) == 1:
            over[0].end_alone(self.stage)
            return
        for activity in sorted(over, key=lambda activity: (not isinstance(activity, DiskAccess), activity.order)):
            activity.end(self.stage)

    def observe(self, sampler: Sampler) -> None:
        """Sample between endings; nothing is advanced for it."""
        self._sampler = sampler
        self._next_sample = self.now
        self._sample_until(self.now)

    @property
    def is_idle(self) -> bool:
        """Whether nothing that is under way will ever end."""
        self.settle()
        return self._next_ending()[0] == math.inf

    def load(self, resource: Resource) -> float:
        """Sum up the consumption of all users."""
        if resource in self._stars:
            return self._stars[resource].load()
        consumptions = [
            weight * flow.rate * (1 if resource.is_fatpipe or resource.is_replica else flow.multiplicity)
            for flow, weights in resource.users.items()
            for weight in weights
        ]
        consumptions += [
            footprint.weights[resource] * flow.demand.scale * flow.rate
            for footprint, flow in self._wide.items()
            if resource in footprint.weights and resource not in flow.weights
        ]
        return max(consumptions, default=0.0) if resource.is_fatpipe else added(consumptions)

    def loads(self) -> Iterator[tuple[Resource, float]]:
        """Yield the resources that are in use, and their loads."""
        for resource, star in self._stars.items():
            if load := star.load():
                yield resource, load
        for resource in self._shared:
            if load := self.load(resource):
                yield resource, load

    def steady_until(self) -> float:
        """Return the date up to which loads stay if nothing happens: this instant if they have changed at it."""
        return self.now if self.now <= self._last_change + self._horizon else math.inf

    def rate(self, flow: Flow) -> float:
        """Return the rate of a flow in 1/s, as of the last sharing; what begins just now has none yet (R10.6)."""
        assert isinstance(flow, LazyFlow)
        if not flow.is_enabled or (not flow.weights and self.now <= flow.updated + self._horizon):
            return 0.0
        if flow.group is not None:
            return flow.group.star.rate(flow)
        return flow.rate

    def _enable(self, flow: LazyFlow) -> None:
        """Let a flow consume from now on."""
        self._last_change = self.now
        flow.bound = flow.demand.bound(self.precision.tcp_gamma)
        flow.updated = self.now
        footprint = flow.demand.footprint
        if footprint is not None and footprint not in self._wide:
            self._spread(flow, footprint)
        else:
            if footprint is not None:
                flow.appear(footprint.weights)
            if self._wide:
                for other in self._wide.values():
                    self._appear(other, flow.weights)
        sole = flow.demand.sole
        if sole is not None and sole not in self._shared:
            self._join_star(flow, sole)
        elif not flow.weights:
            flow.is_enabled = True
            flow.rate = flow.bound
            self._schedule(flow)
            if self.ledger is not None:
                self.ledger.pace(flow, self.now, flow.rate)
        else:
            if sole is None:
                for resource in flow.weights:
                    self._count_user(resource)
            flow.enable()
            self._changed[flow] = None

    def _spread(self, flow: LazyFlow, footprint: Footprint) -> None:
        """Let a flow appear where it meets others; those with footprints appear there as well."""
        for known in (self._shared, self._stars):
            if not footprint.weights.keys().isdisjoint(known):
                flow.appear(known)
        others = tuple(other for other in self._wide if footprint.common(other))
        for link, met in footprint.narrows(others):
            flow.appear((link,))
            for position in met:
                self._appear(self._wide[others[position]], (link,))
        self._wide[footprint] = flow

    def _appear(self, flow: LazyFlow, links: Iterable[Resource]) -> None:
        """Let an enabled flow appear on those of *links* that belong to its footprint."""
        for link in flow.appear(links):
            link.users[flow] = flow.weights[link]
            self._count_user(link)
            self._changed[flow] = None

    def _count_user(self, resource: Resource) -> None:
        """Note that a flow on several resources, or on a fat pipe, uses one; it is no star then."""
        self._shared[resource] = self._shared.get(resource, 0) + 1
        if resource in self._stars:
            self._dissolve(self._stars.pop(resource))

    def _join_star(self, flow: LazyFlow, resource: Resource) -> None:
        star = self._stars.get(resource)
        if star is None:
            self._order += 1
            star = self._stars[resource] = Star(resource, self.now, self._order)
        flow.is_scheduled = False
        flow.version += 1
        star.add(flow, self.now)
        self._changed_stars[star] = None

    def _dissolve(self, star: Star) -> None:
        """Turn the flows of a star into ordinary users of its resource."""
        for flow in star.members():
            flow.rate = star.rate(flow)
            star.remove(flow, self.now)
            flow.updated = self.now
            flow.enable()
            self._changed[flow] = None
        star.version += 1
        self._changed_stars.pop(star, None)

    def _remove(self, activity: Activity) -> None:
        """Let an activity cease to consume."""
        if isinstance(activity, DiskAccess):
            if self._accesses.pop(activity, activity) is None:
                del activity.disk.accesses[activity]
                self._changed_disks[activity.disk] = None
        elif isinstance(activity, LazyFlow):
            activity.version += 1
            self._last_change = self.now
            if not activity.is_enabled:
                return
            if activity.group is not None:
                star = activity.group.star
                star.remove(activity, self.now)
                self._note_leaving(star)
            else:
                self._leave(activity)

    def _note_leaving(self, star: Star) -> None:
        """Share anew what a flow has left, if there is somebody else."""
        self._last_change = self.now
        if star:
            self._changed_stars[star] = None
        else:
            star.version += 1
            self._changed_stars.pop(star, None)
            del self._stars[star.resource]

    def _leave(self, flow: LazyFlow) -> None:
        """Stop being an ordinary user; a resource that only single-resource flows are left on becomes a star again."""
        weights = flow.weights
        flow.disable()
        footprint = flow.demand.footprint
        if footprint is not None and self._wide.get(footprint) is flow:
            del self._wide[footprint]
        self._changed.pop(flow, None)
        # Links that nobody is left on, most of those of a network, are no concern of anybody.
        self._changed.update(dict.fromkeys(resource for resource in weights if resource.users))
        if flow.demand.sole is not None:
            return
        for resource in weights:
            self._shared[resource] -= 1
            if self._shared[resource]:
                continue
            del self._shared[resource]
            for user in list(resource.users):
                assert isinstance(user, LazyFlow)
                user.advance(self.now)
                user.disable()
                self._changed.pop(user, None)
                self._join_star(user, resource)

    def settle(self) -> None:
        """Bring rates and endings up to date with all changes."""
        if self._changed or self._changed_stars:
            self._last_change = self.now
        while self._changed:
            first = next(iter(self._changed))
            flows, resources = component([first])
            for item in (first, *flows, *resources):
                self._changed.pop(item, None)
            self._share_component(flows, resources)
        if self._changed_stars:
            for star in self._changed_stars:
                star.share(self.precision.work)
                self._schedule_star(star)
                if self.ledger is not None:
                    self._enter_shares(self.ledger, [star.resource], star.members())
            self._changed_stars.clear()
        if self._changed_disks:
            for disk in self._changed_disks:
                disk.share(self.precision.work)
            self._changed_disks.clear()

    def _share_component(self, flows: list[Flow], resources: list[Resource]) -> None:
        if len(flows) > 1:
            flows.sort(key=lambda flow: flow.order)
        before = [flow.rate for flow in flows]
        for flow in flows:
            assert isinstance(flow, LazyFlow)
            flow.advance(self.now)
        if len(flows) == 1:
            flows[0].rate = lone_rate(flows[0])
        else:
            share(flows, resources, self.precision.work)
        for flow, rate in zip(flows, before, strict=True):
            assert isinstance(flow, LazyFlow)
            if flow.rate != rate or not flow.is_scheduled:
                self._schedule(flow)
        if self.ledger is not None:
            self._enter_shares(self.ledger, resources, flows)

    def _enter_shares(self, ledger: Ledger, resources: Iterable[Resource], flows: Iterable[Flow]) -> None:
        for resource in resources:
            ledger.share(resource, self.now, self.load(resource))
        for flow in flows:
            ledger.pace(flow, self.now, self.rate(flow))

    def _schedule(self, flow: LazyFlow) -> None:
        flow.version += 1
        flow.is_scheduled = True
        if flow.rate > 0.0:
            date = self.now + flow.remaining / flow.rate
            heappush(self._endings, (date, flow.order, flow.version, flow))

    def _schedule_star(self, star: Star) -> None:
        star.version += 1
        date = star.next_date()
        if date < math.inf:
            heappush(self._endings, (date, star.order, star.version, star))

    def _valid_endings(self) -> list[Ending]:
        """Return the queue, of which at least the first one holds."""
        endings = self._endings
        while endings and endings[0][2] != endings[0][3].version:
            heappop(endings)
        return endings

    def _next_ending(self) -> tuple[float, float]:
        """Return the seconds until something ends, and the date at which it does; infinite if nothing will.

        Of a disk access the seconds count: dates may be too coarse for its last bytes.
        """
        endings = self._valid_endings()
        date = max(endings[0][0], self.now) if endings else math.inf
        step = date - self.now
        for access in self._accesses:
            left = access.remaining / access.rate
            if left < step:
                step, date = left, self.now + left
        return step, date

    def _progress_disks(self, step: float) -> list[Activity]:
        """Let time pass for disk accesses, in whole bytes like the reference (F7.5); return those that end."""
        for access in self._accesses:
            access.remaining -= round(access.rate * step)
        over = [access for access in self._accesses if access.remaining < self.precision.remaining]
        for access in over:
            self._remove(access)
        return list[Activity](over)

    def _take_endings(self) -> list[Activity]:
        """Return what ends now, after it has ceased to consume; enable flows whose latency has been paid."""
        horizon = self.now + self._horizon
        endings = self._endings
        over: list[Activity] = []
        later: list[Ending] = []
        enabled: list[LazyFlow] = []
        while endings and endings[0][0] <= horizon:
            ending = heappop(endings)
            date, _, version, item = ending
            if version != item.version:
                continue
            if isinstance(item, Sleep):
                item.version += 1
                over.append(item)
            elif isinstance(item, Star):
                over += item.finished(self.now)
                self._note_leaving(item)
            elif item.latency > 0.0:
                enabled.append(item)
            elif self._is_due(date, item):
                self._remove(item)
                over.append(item)
            else:
                later.append(ending)
        for ending in later:
            heappush(endings, ending)
        if len(enabled) > 1:
            enabled.sort(key=lambda flow: flow.order)
        for flow in enabled:
            flow.latency = 0.0
            self._enable(flow)
        return over

    def _is_due(self, date: float, flow: LazyFlow) -> bool:
        """Whether a flow that ends at *date* counts as over now (F10.2)."""
        left = date - self.now
        return left <= SPACING * self.now or left * flow.rate < NEGLIGIBLE

    def _apply_profiles(self) -> None:
        for change in self.profiles.take(self.profiles.next_date):
            resource = change.resource
            star = self._stars.get(resource)
            if star is None:
                self._changed[resource] = None
                for flow in resource.users:
                    flow.bound = flow.demand.bound(self.precision.tcp_gamma)
            else:
                self._changed_stars[star] = None
                for flow in star.members():
                    flow.rate = star.rate(flow)
                    star.remove(flow, self.now)
                    flow.bound = flow.demand.bound(self.precision.tcp_gamma)
                    star.add(flow, self.now)

    def _sample_before(self, date: float) -> None:
        """Take the samples that are due before an instant, but not those at it."""
        if self._next_sample <= date - self._horizon:
            self._sample_until(date - self._horizon)

    def _sample_until(self, date: float) -> None:
        """Take the samples that are due up to *date*; the clock is moved for them only."""
        assert self._sampler is not None
        now = self.now
        while self._next_sample <= date:
            self.now = self._next_sample
            self._next_sample = self._sampler.take(self.now, date)
        self.now = now
