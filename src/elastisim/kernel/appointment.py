"""Appointments: dates at which somebody goes on, at once if nothing else happens then.

Actors take turns step by step because their order decides ties.  Where a single thing happens at an instant there is
no order to be found: who has the appointment goes on without becoming an actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.fluid import Sleep

if TYPE_CHECKING:
    from elastisim.kernel.actors import Party, Stage


class Appointment(Sleep):
    """A stretch of time at whose end a party goes on."""

    __slots__ = ()

    def __init__(self, party: Party) -> None:  # calls of bases would cost as much again
        self.is_over = False
        self.order = 0
        self.waiting = []
        self.version = 0
        self.party = party


class Soliloquy(Sleep):
    """A stretch of time that is itself the party which goes on at its end; it can be begun again then."""

    __slots__ = ()

    def __init__(self) -> None:
        self.is_over = False
        self.order = 0
        self.waiting = []
        self.version = 0
        self.party = None

    def go_on(self) -> None:
        """Go on, as the only one who does anything at this instant."""
        raise NotImplementedError

    def enter(self, stage: Stage) -> None:
        """Go on as an actor, who acts from the next step on."""
        raise NotImplementedError

    def end(self, stage: Stage) -> None:
        """End, and enter among others."""
        self.is_over = True
        self.enter(stage)

    def end_alone(self, stage: Stage) -> None:  # noqa: ARG002
        """End, and go on."""
        self.is_over = True
        self.go_on()
