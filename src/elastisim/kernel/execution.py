"""Executions: the ranks of one job at work, from a start or restart until they report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.actors import Create
from elastisim.kernel.overture import ON_EXPANSION
from elastisim.kernel.program import ProgramError
from elastisim.kernel.rank import Rank
from elastisim.kernel.team import Team

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from elastisim.kernel.actors import Activity, Actor, Behaviour, Mailbox, Request, Stage
    from elastisim.kernel.choir import Choir
    from elastisim.kernel.gpu import GpuUnit
    from elastisim.kernel.itinerary import Itinerary
    from elastisim.kernel.launch import Client, Launch
    from elastisim.kernel.program import Communication, Load
    from elastisim.kernel.soloist import Soloist
    from elastisim.kernel.stretch import Stretch
    from elastisim.kernel.team import RankGroup
    from elastisim.kernel.workbench import Workbench
    from elastisim.platform.machine import ComputeNode


class Execution:
    """Ranks at work; everything that they start is known here, so that it can be cancelled.

    ``groups`` are the groups of ranks in rank order, ``whole`` is the team of all of them, and ``newcomers`` that of
    the nodes that a reconfiguration has added, if there are any.
    ``soloist`` takes over from the actor of the only group where there is one, ``choir`` from all where nodes may be
    shared.  An execution that has been cancelled ``is_over``.
    """

    __slots__ = (
        "_live",
        "actors",
        "bench",
        "choir",
        "client",
        "groups",
        "is_over",
        "launch",
        "mailbox",
        "newcomers",
        "plan",
        "soloist",
        "stretch",
        "whole",
    )

    def __init__(self, launch: Launch, client: Client, bench: Workbench, mailbox: Mailbox) -> None:
        self.launch = launch
        self.client = client
        self.bench = bench
        self.mailbox = mailbox
        self.plan = launch.plan or bench.plan(launch)
        self.stretch: Stretch | None = None
        self.soloist: Soloist | None = None
        self.choir: Choir | None = None
        self.groups = self.plan.groups
        self.whole = Team(launch.nodes, len(self.groups))
        self.newcomers: Team | None = None
        if launch.newcomers:
            added = [launch.nodes[position] for position in launch.newcomers]
            self.newcomers = Team(added, sum(group.newcomer >= 0 for group in self.groups) or 1)
        self.actors: list[Actor] = []
        self.is_over = False
        self._live: dict[Activity, None] = {}

    def performers(self, group: RankGroup, number: int) -> tuple[Team, RankGroup]:
        """Return who executes a phase, by number, together, and those of *group* who belong to them."""
        if number != ON_EXPANSION:
            return self.whole, group
        assert self.newcomers is not None
        return self.newcomers, self.plan.newcomers or group

    def creations(self) -> list[Create]:
        """Return the actors to create, one for each group: retained ranks first (R5.10)."""
        groups = sorted(self.groups, key=lambda group: group.newcomer >= 0)
        return [Create(self._behave(Rank(self, group).behave()), self.actors) for group in groups]

    def enter(self, stage: Stage, behaviour: Behaviour) -> None:
        """Let a rank act from the next step on."""
        self.actors = [actor for actor in self.actors if not actor.is_dead]
        self.actors.append(stage.enter(self._behave(behaviour)))

    def _behave(self, behaviour: Behaviour) -> Behaviour:
        try:
            yield from behaviour
        except ProgramError as error:
            raise self.client.failure(error) from None

    def cancel(self) -> None:
        """Stop all ranks and make their activities vanish; nothing begins that has not yet begun."""
        self.is_over = True
        if self.stretch is not None:
            self.stretch.finish()
        if self.soloist is not None:
            self.soloist.cancel()
        if self.choir is not None:
            self.choir.cancel()
        for actor in self.actors:
            actor.kill()
        for activity in self._live:
            if not activity.is_over:
                self.bench.cancel(activity)
        self._live.clear()

    def let_go(self) -> None:
        """Part from those who know it, after the ranks have stopped, so that nothing is left to the garbage collector.

        Collecting what scheduling points leave behind would take a good part of the time.
        """
        if self.soloist is not None:
            self.soloist.let_go()
        if self.choir is not None:
            self.choir.let_go()
        self.soloist = self.choir = None
        self.stretch = None
        self.actors.clear()
        self._live.clear()

    def sleep(self, duration: float) -> Activity:
        """Start a sleep in seconds."""
        return self.keep(self.bench.fluid.sleep(duration))

    def submit(self, unit: GpuUnit, duration: float) -> Activity:
        """Start work on a GPU or on the links between GPUs."""
        return self.keep(unit.submit(duration))

    def compute(self, group: RankGroup, flops: float) -> Activity:
        """Start a computation on each rank of a group."""
        return self.keep(self.bench.compute(self, group, flops))

    def join(self, team: Team, flops: Load | None, communication: Communication) -> Activity:
        """Start one activity of a whole team."""
        return self.keep(self.bench.join(self, team, flops, communication))

    def transfer_pfs(self, group: RankGroup, size: float, write: bool) -> Activity:
        """Start a transfer between each rank of a group and the parallel file system."""
        return self.keep(self.bench.transfer_pfs(self, group, size, write))

    def access(self, node: ComputeNode, size: float, write: bool) -> Activity:
        """Start an access to the burst buffer of a node."""
        return self.keep(self.bench.access(node, size, write))

    def stripe(self, group: RankGroup, team: Team, rank: int, size: float, write: bool) -> Activity:
        """Start the network part of an access to striped burst buffers."""
        return self.keep(self.bench.stripe(self, group, team, rank, size, write))

    def fast_forward(self, rank: Rank, itinerary: Itinerary) -> Generator[Request, Any, bool]:
        """Skip iterations from the position of *itinerary* on, if possible; return whether some were skipped."""
        return self.bench.fast_forward(self, rank, itinerary)

    def keep(self, activity: Activity) -> Activity:
        """Remember an activity that has to vanish with the execution."""
        live = self._live
        if len(live) > 4 * len(self.groups) + 16:
            for old in [old for old in live if old.is_over]:
                del live[old]
        live[activity] = None
        return activity
