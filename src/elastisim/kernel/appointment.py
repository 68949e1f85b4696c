"""Appointments: dates at which somebody goes on, at once if nothing else happens then.

Actors take turns step by step because their order decides ties.  Where a single thing happens at an instant there is
no order to be found: who has the appointment goes on without becoming an actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from elastisim.kernel.fluid import Sleep

if TYPE_CHECKING:
    from elastisim.kernel.actors import Stage


class Party(Protocol):
    """Whoever has an appointment."""

    def go_on(self) -> None:
        """Go on, as the only one who does anything at this instant."""
        ...

    def enter(self, stage: Stage) -> None:
        """Go on as an actor, who acts from the next step on."""
        ...


class Appointment(Sleep):
    """A stretch of time at whose end a party goes on."""

    __slots__ = ("party",)

    def __init__(self, duration: float, party: Party, order: int) -> None:  # calls of bases would cost as much again
        self.is_over = False
        self.order = order
        self.waiting = []
        self.duration = duration
        self.version = 0
        self.party = party

    def end(self, stage: Stage) -> None:
        """Let the party enter among others."""
        self.is_over = True
        self.party.enter(stage)

    def end_alone(self, stage: Stage) -> None:  # noqa: ARG002 - the stage is empty
        """Let the party go on."""
        self.is_over = True
        self.party.go_on()
