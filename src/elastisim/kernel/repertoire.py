"""Repertoires: what the phases of a program have turned out to be, on certain nodes or on all that are like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from elastisim.kernel.score import Score
    from elastisim.kernel.timeline import Timeline


class Repertoire(Struct, eq=False):
    """Timelines and scores of phases by number, None for phases that have none."""

    timelines: dict[int, Timeline | None] = field(default_factory=dict)
    scores: dict[int, Score | None] = field(default_factory=dict)
