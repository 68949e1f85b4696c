"""What becomes of a case."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """What is wrong with the case *name*, None if nothing.

    Cases that only inform about the reference (``counts`` is false) may deviate from it on purpose.
    """

    name: str
    problem: str | None
    counts: bool = True
