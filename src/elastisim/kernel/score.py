"""Scores: one iteration of a phase part by part, where ranks that are all alike share resources with others at times.

Isolated parts, whose length is known, alternate with transfers, whose length others have a say in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from elastisim.kernel.burden import Burden
    from elastisim.kernel.resource import Demand
    from elastisim.kernel.timeline import Timeline

Place = tuple[int, int]
"""A place in an iteration: before a step, by number, that has been done so often."""

START: Place = (0, 0)


class Transfer(Struct):
    """A transfer or a computation for all ranks of an execution; ``burden`` is for the watch, if it is on."""

    demand: Demand
    multiplicity: int
    burden: Burden | None


class Part(Struct):
    """A transfer, or the isolated activities of ``timeline``.

    Among others, ranks make so many pauses as ``lead`` says before it begins, and ``pauses`` when it is over (R14.2).
    Then they are at the place ``end``, and the task that is named ``logged``, if any, has been done.
    """

    content: Transfer | Timeline
    end: Place
    lead: int = 0
    pauses: int = 0
    logged: str | None = None


class Score(Struct):
    """The parts of an iteration; ``openings`` are their numbers by the places at which they begin."""

    parts: list[Part]
    openings: dict[Place, int]
