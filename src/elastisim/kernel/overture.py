"""Overtures: the one-time phases of ranks, and where between them the job comes to run (spec R5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.program import Once

if TYPE_CHECKING:
    from elastisim.kernel.launch import Launch

ON_INIT, ON_RECONFIGURATION, ENTRANCE, ON_EXPANSION = -4, -3, -2, -1
"""Numbers of one-time phases, and of the meeting of all ranks among them."""

MEETING = Once(1, ())


class Overture:
    """A position before the main part of a program: the next iteration to execute is that of ``phase`` ``number``.

    It is found by :meth:`goes_on`.  At the ``ENTRANCE`` there is nothing to execute: ranks meet, and the job
    is running.  Only newcomers, and who *expands* for them, have to do with the expansion.
    """

    __slots__ = ("_iteration", "_phases", "number", "phase")

    phase: Once
    number: int

    def __init__(self, launch: Launch, *, expands: bool) -> None:
        program = launch.program
        phases = [(ENTRANCE, MEETING)]
        if launch.is_reconfigured and program.on_reconfiguration is not None:
            phases.insert(0, (ON_RECONFIGURATION, program.on_reconfiguration))
        if launch.is_first and program.on_init is not None:
            phases.insert(0, (ON_INIT, program.on_init))
        if expands and launch.newcomers and program.on_expansion is not None:
            phases.append((ON_EXPANSION, program.on_expansion))
        phases.reverse()
        self._phases = phases
        self._iteration = 0

    def first(self) -> tuple[int, Once] | None:
        """Return the first phase, by number, in which there is something to execute."""
        for number, phase in reversed(self._phases):
            if phase.steps and phase.iterations > 0:
                return number, phase
        return None

    def goes_on(self) -> bool:
        """Move on to the next phase if one is done; return False at the end of the overture."""
        phases = self._phases
        while phases:
            self.number, self.phase = phases[-1]
            if self._iteration < self.phase.iterations:
                return True
            phases.pop()
            self._iteration = 0
        return False

    def repeats(self) -> bool:
        """Count an iteration that is done; return whether another one of the phase follows."""
        self._iteration += 1
        return self._iteration < self.phase.iterations
