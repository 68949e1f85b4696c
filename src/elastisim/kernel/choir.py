"""Choirs: the ranks of an execution on nodes that others may share (mechanism "cells" of the architecture).

Each cell of the execution has a voice, which goes through passages at its own pace.  What all ranks do together is up
to the choir.  As long as a single thing happens at an instant there are no actors; otherwise whoever goes on does so as
an actor, in the steps that ranks would take (R14.2).
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from elastisim.kernel.actors import PAUSE, Create, Request, Send
from elastisim.kernel.arrangement import (
    MEETING,
    Awaiting,
    Closing,
    Joint,
    Opening,
    Passage,
    Rest,
    Work,
    arrange,
    check,
)
from elastisim.kernel.disk import DiskAccess
from elastisim.kernel.itinerary import Itinerary
from elastisim.kernel.lazy_flow import LazyFlow
from elastisim.kernel.overture import Overture
from elastisim.kernel.program import ProgramError
from elastisim.kernel.stretch import open_stretch
from elastisim.kernel.team import RankGroup
from elastisim.kernel.timeline import COINCIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from elastisim.kernel.actors import Activity, Actor, Behaviour, Stage
    from elastisim.kernel.arrangement import Leg, Part
    from elastisim.kernel.execution import Execution
    from elastisim.kernel.program import Once
    from elastisim.kernel.score import Transfer
    from elastisim.kernel.shared import SharedWorkbench
    from elastisim.kernel.stretch import Stretch
    from elastisim.kernel.tenancy import Cell


class Cue(Request):
    """Begin something; whoever waits for its end goes on then."""

    __slots__ = ("begin",)

    def __init__(self, begin: Callable[[], None]) -> None:
        self.begin = begin

    def serve(self, actor: Actor, stage: Stage) -> None:  # noqa: ARG002 - nobody is woken
        """Begin; the actor has done its work."""
        actor.is_dead = True
        self.begin()


HOLD = Cue(lambda: None)
"""What is waited for has begun."""


class Beside:
    """Something that was done beside a passage, from *begin* to *end*."""

    __slots__ = ("begin", "end", "leg")

    def __init__(self, leg: Work, begin: float, end: float) -> None:
        self.leg = leg
        self.begin = begin
        self.end = end


class Voice:
    """The ranks of an execution in a cell, on their way through a passage.

    ``number`` is that of the leg under way, or of the next one; it is to be begun as often as there are ``left``.
    ``activity`` is waited for; it is the work of ``leg``, or without one a rest that ends at a ``date``.  ``beside`` is
    what was started alongside and has not been waited for, None where there was nothing to do.
    """

    __slots__ = ("_activity", "_beside", "_cell", "_choir", "_date", "_left", "_leg", "_legs", "_number", "_openings")

    def __init__(self, choir: Choir, cell: Cell) -> None:
        self._choir = choir
        self._cell = cell
        self._legs: Sequence[Leg] = ()
        self._number = 0
        self._left = 0
        self._activity: Activity | None = None
        self._leg: Work | None = None
        self._date = 0.0
        self._beside: list[tuple[LazyFlow | DiskAccess | None, Work]] = []
        self._openings: list[float] = []

    @property
    def cell(self) -> Cell:
        """Where it is."""
        return self._cell

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be remembered at the end of a passage."""
        return not self._beside and not self._openings

    def set_out(self, legs: Sequence[Leg]) -> bool:
        """Set out on a passage; return False if the end is reached at once."""
        self._legs = legs
        self._number = 0
        self._left = legs[0].times
        return self._walk()

    def go_on(self) -> None:
        """Take the next leg, while nothing else happens."""
        if not self._walk():
            self._choir.arrive(self)

    def enter(self, stage: Stage) -> None:  # noqa: ARG002 - there is one stage
        """Take the next leg as an actor, if there is one."""
        self._activity = None
        if self._is_at_end():
            self._choir.arrive_among_others(self)
        else:
            self._choir.act(self._act())

    def twin(self, cell: Cell) -> Voice:
        """Return a voice that is as far in a cell which has just been split off."""
        choir = self._choir
        twin = Voice(choir, cell)
        twin._legs = self._legs
        twin._number, twin._left = self._number, self._left
        twin._openings = self._openings.copy()
        twin._beside = [
            (self._divide(activity, cell, leg) if activity is not None and not activity.is_over else None, leg)
            for activity, leg in self._beside
        ]
        if self._number < len(self._legs):
            choir.expect()
            activity = self._activity
            if activity is None:
                choir.act(twin._act())
            elif self._leg is None:
                twin._rest_until(self._date)
            else:
                assert isinstance(activity, LazyFlow | DiskAccess)
                twin._await(self._divide(activity, cell, self._leg), self._leg)
        return twin

    def pick_up(
        self, legs: Sequence[Leg], begin: float, beside: Beside | None, now: float
    ) -> tuple[float, Beside | None]:
        """Be where ranks are *now* if nobody else was there since they began a passage at *begin*.

        Return when they are at its end, infinite if they are not there yet, and what they do *beside* it then.
        """
        choir, cell = self._choir, self._cell
        rank, size = choir.rank(cell), choir.size
        clock = begin
        for number, leg in enumerate(legs):
            seconds = 0.0
            if isinstance(leg, Rest):
                seconds = leg.seconds(rank, size)
            elif isinstance(leg, Awaiting):
                assert beside is not None
                seconds = max(beside.end - clock, 0.0)
            elif isinstance(leg, Work):
                seconds = leg.seconds(choir.bench, cell, rank, size)
                if leg.is_alongside:
                    beside = Beside(leg, clock, clock + seconds)
                    seconds = 0.0
            end = clock + leg.times * seconds
            if end - now > COINCIDENCE:
                done = min(int((now - clock) / seconds), leg.times - 1)
                self._legs, self._number, self._left = legs, number, leg.times - done - 1
                self.recall(beside, now)
                self._resume(leg, seconds, max(now - clock - done * seconds, 0.0))
                return math.inf, beside
            if isinstance(leg, Awaiting):
                beside = None
            clock = end
        return clock, beside

    def recall(self, beside: Beside | None, now: float) -> None:
        """Have something under way *beside* the passage, unless it is over."""
        if beside is not None:
            activity = None
            if beside.end - now > COINCIDENCE:
                choir, cell = self._choir, self._cell
                elapsed = now - beside.begin
                activity = beside.leg.resume(choir.bench, cell, choir.rank(cell), choir.size, elapsed)
            self._beside.append((activity, beside.leg))

    def cancel(self) -> None:
        """Make everything that is under way vanish."""
        for activity in (self._activity, *(beside for beside, _ in self._beside)):
            if activity is not None:
                self._choir.model.cancel(activity)

    def _act(self) -> Behaviour:
        yield Cue(self._proceed)

    def _proceed(self) -> None:
        if not self._walk():
            self._choir.arrive_among_others(self)

    def _is_at_end(self) -> bool:
        """Move on to a leg that is left; return whether there is none."""
        legs = self._legs
        while not self._left:
            self._number += 1
            if self._number == len(legs):
                return True
            self._left = legs[self._number].times
        return False

    def _walk(self) -> bool:
        """Go on until there is something to wait for; return False at the end of the passage."""
        self._activity = None
        while not self._is_at_end():
            self._left -= 1
            try:
                has_to_wait = self._begin(self._legs[self._number])
            except ProgramError as error:
                raise self._choir.client.failure(error) from None
            if has_to_wait:
                return True
        return False

    def _begin(self, leg: Leg) -> bool:
        """Begin a leg; return whether there is an activity to be waited for."""
        choir, cell = self._choir, self._cell
        if isinstance(leg, Rest):
            seconds = leg.seconds(choir.rank(cell), choir.size)
            if seconds > 0.0:
                self._rest_until(choir.model.now + seconds)
        elif isinstance(leg, Awaiting):
            # Those that are left were started after this one.
            activity, work = self._beside.pop(-1 - self._left)
            if activity is not None and not activity.is_over:
                self._await(activity, work)
        elif isinstance(leg, Opening):
            self._openings.append(choir.model.now)
        elif isinstance(leg, Closing):
            choir.log(cell, leg.step.name, self._openings.pop())
        else:
            assert isinstance(leg, Work)
            activity = leg.begin(choir.bench, cell, choir.rank(cell), choir.size)
            if leg.is_alongside:
                self._beside.append((activity, leg))
            elif activity is not None:
                self._await(activity, leg)
        return self._activity is not None

    def _resume(self, leg: Leg, seconds: float, elapsed: float) -> None:
        """Have a leg under way since *elapsed* seconds that takes so many *seconds*."""
        choir, cell = self._choir, self._cell
        if isinstance(leg, Rest):
            self._rest_until(choir.model.now + (seconds - elapsed))
        elif isinstance(leg, Awaiting):
            activity, work = self._beside.pop()
            assert activity is not None
            self._await(activity, work)
        else:
            assert isinstance(leg, Work)
            self._await(leg.resume(choir.bench, cell, choir.rank(cell), choir.size, elapsed), leg)

    def _rest_until(self, date: float) -> None:
        self._date = date
        self._leg = None
        self._activity = self._choir.model.appoint(date, self)

    def _await(self, activity: LazyFlow | DiskAccess, leg: Work) -> None:
        activity.party = self
        self._activity = activity
        self._leg = leg

    def _divide(self, activity: LazyFlow | DiskAccess, cell: Cell, leg: Work) -> LazyFlow | DiskAccess:
        """Let what goes on in *cell* go on as an activity of its own."""
        choir = self._choir
        return leg.divide(activity, choir.bench, (self._cell, cell), choir.rank(cell), choir.size)


class Choir:
    """Leads the ranks of an execution from meeting to meeting; what they would report goes to *deliver*."""

    def __init__(self, execution: Execution, bench: SharedWorkbench, deliver: Callable[[object], None]) -> None:
        tenant = execution.plan.tenant
        assert tenant is not None
        self.bench = bench
        self.client = execution.client
        self.model = bench.model
        self.size = execution.whole.size
        self._deliver = deliver
        self._execution = execution
        self._tenant = tenant
        self._itinerary = Itinerary(execution.launch, self.size)
        self._requests = self._lead()
        self._expected = 0
        self._place: int | None = None
        self._activity: Activity | None = None

    @property
    def is_over(self) -> bool:
        """Whether the execution has been cancelled."""
        return self._execution.is_over

    def prompt(self) -> tuple[int, Callable[[], None]]:
        """Return how to start without an actor, and the steps until something begins."""
        launch, itinerary = self._execution.launch, self._itinerary
        first = Overture(launch, expands=False).first()
        if first is not None:
            _, once = first
            return _meetings(arrange(once.steps)), self._start
        steps = 1
        if itinerary.goes_on() and not self._is_foreseeable():
            steps += itinerary.phase.barrier + _meetings(self._parts)
        return steps, self._start

    def creations(self) -> Sequence[Create]:
        """Return the actor to create instead."""
        return [Create(self._act(), self._execution.actors)]

    def go_on(self) -> None:
        """Lead on, while nothing else happens."""
        report = self._pass_pauses()
        if report is not None:
            self._deliver(report.message)

    def enter(self, stage: Stage) -> None:
        """Lead on as an actor."""
        self._execution.enter(stage, self._act())

    def cancel(self) -> None:
        """Make everything that is under way vanish."""
        for voice in self._tenant.guests.values():
            voice.cancel()
        if self._activity is not None:
            self.model.cancel(self._activity)
        self._withdraw()

    def let_go(self) -> None:
        """Part from those who know it."""
        self._withdraw()
        self._requests = iter(())
        self._activity = None

    def disturb(self) -> None:
        """End a stretch at any instant, as somebody comes, and have under way what ranks would be doing."""
        stretch = self._execution.stretch
        if stretch is None or stretch.passed(inclusive=True) >= stretch.count:
            return
        done, elapsed = stretch.interrupt()
        self._execution.stretch = self._tenant.hermit = None
        self._itinerary.skip(done, is_fresh=False)
        self._place = self._pick_up(elapsed)

    def act(self, behaviour: Behaviour) -> None:
        """Let a voice act from the next step on."""
        self._execution.enter(self.model.stage, behaviour)

    def rank(self, cell: Cell) -> int:
        """Return a rank that does what all ranks in a cell do."""
        return cell.tenants[self._tenant][1]

    def log(self, cell: Cell, name: str, begin: float) -> None:
        """Report a task that the ranks in a cell have finished."""
        nodes = self._execution.launch.nodes
        members = set(cell.nodes)
        ranks = [rank for rank, node in enumerate(nodes) if node in members]
        now = self.model.now
        self.client.task_finished(RankGroup(ranks, nodes[ranks[0]]), name, now - begin, now)

    def expect(self) -> None:
        """Wait for one more voice."""
        self._expected += 1

    def arrive(self, voice: Voice) -> None:
        """Lead on if the last voice has arrived, while nothing else happens."""
        if self._count(voice):
            self.go_on()

    def arrive_among_others(self, voice: Voice) -> None:
        """Lead on as an actor if the last voice has arrived."""
        if self._count(voice):
            self.enter(self.model.stage)

    def _start(self) -> None:
        report = self._pass_pauses()
        if report is not None:
            self._execution.enter(self.model.stage, _send(report))

    def _pass_pauses(self) -> Send | None:
        """Lead on up to what takes time; return a report instead if there is one."""
        for request in self._requests:
            if isinstance(request, Cue):
                request.begin()
                return None
            if isinstance(request, Send):
                return request
        return None

    def _act(self) -> Behaviour:
        # What is left of the requests when the actor dies is for those who lead on after it.
        for request in self._requests:  # noqa: UP028
            yield request

    def _lead(self) -> Iterator[Request]:
        """Go through the program from the position of the launch until the next report (R5.5)."""
        launch, mailbox, itinerary = self._execution.launch, self._execution.mailbox, self._itinerary
        program = launch.program
        if launch.is_first and program.on_init is not None:
            yield from self._lead_once(program.on_init)
        if launch.is_reconfigured and program.on_reconfiguration is not None:
            yield from self._lead_once(program.on_reconfiguration)
        yield PAUSE
        self.client.running()
        while itinerary.goes_on():
            if itinerary.stops():
                yield PAUSE
                yield PAUSE
                yield Send(mailbox, itinerary.report(self.client))
                return
            first = 0
            stretch = self._open_stretch()
            if stretch is not None:
                stretch.proceed()
                yield HOLD
                self._tenant.hermit = None
                if self._place is None:
                    stretch.conclude()
                    itinerary.skip(stretch.count, is_fresh=stretch.is_followed)
                    continue
                first, self._place = self._place + 1, None
            elif itinerary.phase.barrier:
                yield PAUSE
            for part in self._parts[first:]:
                yield from self._lead_through(part)
            itinerary.skip(1, is_fresh=False)
        yield PAUSE
        yield PAUSE
        yield Send(mailbox, self.client.at_end())

    def _lead_once(self, phase: Once) -> Iterator[Request]:
        for part in arrange(phase.steps, phase.iterations, logs_tasks=self.client.logs_tasks):
            yield from self._lead_through(part)

    def _lead_through(self, part: Part) -> Iterator[Request]:
        if isinstance(part, Joint):
            yield Cue(partial(self._join, part))
        elif not isinstance(part, Passage):
            yield PAUSE
        elif part.is_momentary:
            self._set_out(part.legs)
        else:
            yield Cue(partial(self._set_out_or_enter, part.legs))

    @property
    def _parts(self) -> list[Part]:
        """What ranks do in an iteration of the phase in which they are."""
        number = self._itinerary.number
        known = self._execution.plan.parts
        assert known is not None
        parts = known[number]
        if parts is None:
            parts = known[number] = arrange(self._itinerary.phase.steps, logs_tasks=self.client.logs_tasks)
        return parts

    def _is_foreseeable(self) -> bool:
        """Whether nobody has a say in the next iteration, as long as nobody else comes."""
        return (
            not self.client.logs_tasks
            and self._tenant.is_alone
            and self.bench.timeline(self._execution, self._itinerary) is not None
        )

    def _open_stretch(self) -> Stretch | None:
        """Return the stretch that begins now, if there is one and nobody else is there."""
        if not self._is_foreseeable():
            return None
        stretch = open_stretch(self.bench, self._execution, self._itinerary)
        if stretch is not None:
            stretch.party = self
            self._tenant.hermit = self
        return stretch

    def _set_out_or_enter(self, legs: Sequence[Leg]) -> None:
        """Let all voices go through a passage; lead on if that takes no time."""
        self._set_out(legs)
        if not self._expected:
            self.enter(self.model.stage)

    def _set_out(self, legs: Sequence[Leg]) -> None:
        tenant = self._tenant
        self.bench.tenancy.gather(tenant)
        guests = tenant.guests
        self._expected = 0
        for cell in tenant.cells:
            voice = guests.get(cell)
            if voice is None:
                voice = guests[cell] = Voice(self, cell)
            assert isinstance(voice, Voice)
            if voice.set_out(legs):
                self._expected += 1
            elif voice.is_done:
                del guests[cell]

    def _join(self, joint: Joint) -> None:
        flow = self._activity = self.bench.start(self._transfer(joint))
        flow.party = self

    def _transfer(self, joint: Joint) -> Transfer:
        """Return what a joint activity is."""
        transfer = joint.transfer
        if transfer is None:
            try:
                for load in (joint.flops, joint.communication):
                    if load is not None:
                        check(joint.step, load)
            except ProgramError as error:
                raise self.client.failure(error) from None
            transfer = joint.transfer = self.bench.across(self._execution.whole, joint.flops, joint.communication)
        return transfer

    def _pick_up(self, now: float) -> int:
        """Have under way what ranks do *now* that began an iteration at 0; return the number of the part."""
        voices = {cell: Voice(self, cell) for cell in self._tenant.cells}
        beside: dict[Cell, Beside | None] = dict.fromkeys(voices)
        clock = 0.0
        parts = self._parts
        for number, part in enumerate(parts):
            if isinstance(part, Passage):
                ends = {cell: voice.pick_up(part.legs, clock, beside[cell], math.inf) for cell, voice in voices.items()}
                end = max(end for end, _ in ends.values())
                if end - now > COINCIDENCE:
                    self._place_voices(voices, part.legs, clock, beside, now)
                    return number
                beside = {cell: other for cell, (_, other) in ends.items()}
                clock = end
            elif isinstance(part, Joint):
                transfer = self._transfer(part)
                end = clock + self.model.seconds_alone(transfer.demand)
                if end - now > COINCIDENCE:
                    flow = self._activity = self.bench.resume(transfer, max(now - clock, 0.0))
                    flow.party = self
                    for cell, voice in voices.items():
                        voice.recall(beside[cell], now)
                        if not voice.is_done:
                            self._tenant.guests[cell] = voice
                    return number
                clock = end
        self._activity = self.model.appoint(self.model.now, self)
        return len(parts)

    def _place_voices(
        self,
        voices: dict[Cell, Voice],
        legs: Sequence[Leg],
        begin: float,
        beside: dict[Cell, Beside | None],
        now: float,
    ) -> None:
        """Have voices under way in a passage that was begun at *begin*."""
        self._expected = 0
        for cell, voice in voices.items():
            end, other = voice.pick_up(legs, begin, beside[cell], now)
            if end == math.inf:
                self._expected += 1
            else:
                voice.recall(other, now)
                if voice.is_done:
                    continue
            self._tenant.guests[cell] = voice

    def _count(self, voice: Voice) -> bool:
        """Count a voice that has arrived; return whether it is the last one."""
        if voice.is_done:
            del self._tenant.guests[voice.cell]
        self._expected -= 1
        return not self._expected

    def _withdraw(self) -> None:
        self._tenant.guests.clear()
        self._tenant.hermit = None


def _meetings(parts: Sequence[Part]) -> int:
    """Return the number of meetings before anything else."""
    return next((number for number, part in enumerate(parts) if part is not MEETING), len(parts))


def _send(request: Send) -> Behaviour:
    yield request
