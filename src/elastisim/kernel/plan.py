"""Plans: how the ranks of an execution are grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from elastisim.kernel.repertoire import Repertoire

if TYPE_CHECKING:
    from elastisim.kernel.arrangement import Part
    from elastisim.kernel.team import RankGroup
    from elastisim.kernel.tenancy import Tenant


class Plan(Struct):
    """How the ranks of an execution are grouped.

    Where the plan is folded, each group stands for ranks with equal private resources, which are folded into the
    demands of their activities, unless they may be under way at the same time: then one ``overlaps`` another.
    ``newcomers`` are part of the only group, which acts for them when they are on their own, too.  Where nodes may be
    shared, there is a ``tenant``, and there are ``parts`` of phases as soon as they are needed, unless ranks act on
    their own.
    """

    groups: list[RankGroup]
    is_folded: bool = False
    overlaps: bool = False
    newcomers: RankGroup | None = None
    repertoire: Repertoire = field(default_factory=Repertoire)
    tenant: Tenant | None = None
    parts: list[list[Part] | None] | None = None

    @property
    def is_lasting(self) -> bool:
        """Whether the next start on the same nodes can use it: ranks that were new then are not new any more."""
        return all(group.newcomer < 0 for group in self.groups)
