"""Composition: finds out the score of an iteration from its steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from elastisim.kernel.program import BusyWait, Compute, Idle, TransferPfs
from elastisim.kernel.score import Part, Place, Score, Transfer
from elastisim.kernel.timeline import COINCIDENCE, LONGEST, Drawing, NotIsolatedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.execution import Execution
    from elastisim.kernel.grouped import GroupedWorkbench
    from elastisim.kernel.program import Step
    from elastisim.kernel.team import RankGroup, Team
    from elastisim.kernel.timeline import Timeline


def compose(
    bench: GroupedWorkbench, execution: Execution, steps: Sequence[Step], team: Team, group: RankGroup
) -> Score | None:
    """Return the score of a *team* whose only *group* makes *steps*.

    None if something in it is neither isolated nor a transfer, or takes no time.
    """
    composition = Composition(bench, execution, team, group)
    add = composition.add_logged if execution.client.logs_tasks else composition.add
    try:
        add(steps)
    except NotIsolatedError:
        return None
    score = composition.score
    return score if score.parts else None


class Composition:
    """A score in the making."""

    def __init__(self, bench: GroupedWorkbench, execution: Execution, team: Team, group: RankGroup) -> None:
        self.score = Score([], {})
        self._bench = bench
        self._execution = execution
        self._team = team
        self._group = group

    def add(self, steps: Sequence[Step]) -> None:
        """Add steps, those in a row that are isolated as one part; raise NotIsolatedError if that is not possible."""
        drawing = self._draw()
        begin = 0
        for number, step in enumerate(steps):
            transfer = self._transfer(step)
            if transfer is None:
                drawing.step(step)
                continue
            if transfer.demand.is_empty or step.iterations > LONGEST:
                raise NotIsolatedError
            self._add_isolated(drawing, begin, number)
            lead, pauses = _lead(step), _pauses(step)
            for done in range(1, step.iterations):
                self._add((number, done - 1), Part(transfer, (number, done), lead, pauses))
            begin = number + 1
            self._add((number, step.iterations - 1), Part(transfer, (begin, 0), lead, pauses))
            drawing = self._draw()
        self._add_isolated(drawing, begin, len(steps))

    def add_logged(self, steps: Sequence[Step]) -> None:
        """Add each step as a part of its own, so that it can be logged when it is done."""
        for number, step in enumerate(steps):
            if step.iterations != 1:
                raise NotIsolatedError
            content: Transfer | Timeline = self._transfer(step) or self._isolated(step)
            if isinstance(content, Transfer) and content.demand.is_empty:
                raise NotIsolatedError
            self._add((number, 0), Part(content, (number + 1, 0), _lead(step), _pauses(step), step.name))

    def _add(self, place: Place, part: Part) -> None:
        score = self.score
        score.openings[place] = len(score.parts)
        score.parts.append(part)

    def _add_isolated(self, drawing: Drawing, begin: int, end: int) -> None:
        timeline = drawing.finish()
        if timeline.duration > COINCIDENCE:
            self._add((begin, 0), Part(timeline, (end, 0)))
        elif timeline.duration > 0.0:
            raise NotIsolatedError

    def _draw(self) -> Drawing:
        return Drawing(self._bench, self._execution, self._team, (self._group,))

    def _isolated(self, step: Step) -> Transfer | Timeline:
        """Return what a step does in which nobody else has a say."""
        bench, execution, team, group = self._bench, self._execution, self._team, self._group
        match step:
            case Compute(flops=flops, communication=communication, coupled=coupled):
                if flops is not None and not flops.total < math.inf:
                    raise NotIsolatedError
                if communication is None:
                    assert flops is not None
                    amount = flops.of(group.rank, team.size)
                    if amount > 0.0:
                        return bench.on_cores(execution, group, amount)
                elif flops is None or coupled:
                    return bench.among(team, flops, *bench.usage(team, communication))
            case Idle() | BusyWait():
                drawing = self._draw()
                drawing.step(step)
                timeline = drawing.finish()
                if timeline.duration > COINCIDENCE:
                    return timeline
        raise NotIsolatedError

    def _transfer(self, step: Step) -> Transfer | None:
        """Return what a step transfers if others may have a say in it."""
        bench, execution, team, group = self._bench, self._execution, self._team, self._group
        if step.iterations < 1:
            return None
        match step:
            case TransferPfs():
                if not group.node.pfs_targets or not step.size.total < math.inf:
                    raise NotIsolatedError
                return bench.to_pfs(execution, group, step.size.of(group.rank, team.size), step.write)
            case Compute(communication=communication) if communication is not None:
                flops = step.flops
                if not communication.total < math.inf or (flops is not None and not flops.total < math.inf):
                    raise NotIsolatedError
                usage, total = bench.usage(team, communication)
                if usage.is_isolated or total <= 0.0:
                    return None
                if flops is not None and not step.coupled:
                    raise NotIsolatedError
                return bench.among(team, flops, usage, total)
        return None


def _lead(step: Step) -> int:
    """Return how many pauses ranks make before a step: they meet before a communication, and where that is asked."""
    return step.synchronized + _pauses(step)


def _pauses(step: Step) -> int:
    """Return how many pauses ranks make after a step: they meet after a communication."""
    return 1 if isinstance(step, Compute) and step.communication is not None else 0
