"""Appointments: dates at which somebody goes on, at once if nothing else happens then.

Actors take turns step by step because their order decides ties.  Where a single thing happens at an instant there is
no order to be found: who has the appointment goes on without becoming an actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.fluid import Sleep

if TYPE_CHECKING:
    from elastisim.kernel.actors import Party


class Appointment(Sleep):
    """A stretch of time at whose end a party goes on."""

    __slots__ = ()

    def __init__(self, party: Party) -> None:  # calls of bases would cost as much again
        self.is_over = False
        self.order = 0
        self.waiting = []
        self.version = 0
        self.party = party
