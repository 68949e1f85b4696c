"""Itineraries: where ranks are in the main part of their program, and where they stop (spec R5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elastisim.kernel.launch import Client, Launch
    from elastisim.kernel.program import Repeat


class Itinerary:
    """A position in a program: the next iteration to execute is ``iteration`` of ``phase``, which has a ``number``.

    It is found by :meth:`goes_on`.  ``is_fresh`` tells that ranks begin it without a report: it is the first after a
    start, or a report has been skipped that nobody waits for.
    """

    __slots__ = ("_phases", "_request", "_size", "is_fresh", "iteration", "number", "phase")

    phase: Repeat

    def __init__(self, launch: Launch, size: int) -> None:
        self._phases = launch.program.phases
        self._size = size
        self._request: int | None = None
        self.number = launch.phase
        self.iteration = launch.iteration
        self.is_fresh = True

    def goes_on(self) -> bool:
        """Move on to the next phase if one is done; return False at the end of the program."""
        phases = self._phases
        while self.number < len(phases):
            phase = phases[self.number]
            if self.iteration < phase.iterations:
                self.phase = phase
                return True
            self.number += 1
            self.iteration = 0
        return False

    def stops(self) -> bool:
        """Return whether ranks stop and report before the next iteration: at a point, or to ask for nodes."""
        if self.is_fresh:
            return False
        phase = self.phase
        self._request = phase.request(self.iteration) if phase.request is not None else None
        return phase.has_point or self._request not in (None, self._size)

    def repeats(self) -> bool:
        """Count an iteration that is done; return whether another one of the phase follows, whatever happens."""
        self.iteration += 1
        self.is_fresh = False
        phase = self.phase
        return self.iteration < phase.iterations and not phase.has_point and phase.request is None

    def report(self, client: Client) -> object:
        """Return the report of ranks that have stopped."""
        return client.at_point(self.number, self.iteration, self._request)

    def skip(self, iterations: int, *, is_fresh: bool) -> None:
        """Count iterations that are done; *is_fresh* tells that the next one begins without a report."""
        self.iteration += iterations
        self.is_fresh = is_fresh
