"""The watch: loads of nodes and links that the fluid model does not know because they were folded away."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elastisim.kernel.burden import Burden, View
    from elastisim.kernel.fast import FastFluidModel
    from elastisim.kernel.flow import Flow
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.resource import Resource
    from elastisim.kernel.team import RankGroup
    from elastisim.platform.machine import ComputeNode


SPARE = 64
"""Activities that may be over without being forgotten at once."""


class Witness(Protocol):
    """Somebody who knows of activities on *nodes* that the fluid model does not see."""

    @property
    def nodes(self) -> Sequence[ComputeNode]:
        """Nodes in rank order."""
        ...

    def view(self) -> View:
        """Return the activities in progress."""
        ...

    def enter(self, ledger: Ledger) -> None:
        """Enter all activities up to now into a ledger."""
        ...

    def gpu_use(self) -> Iterator[tuple[RankGroup, int]]:
        """Yield groups of ranks and the number of GPUs that each of their nodes uses."""
        ...


class Watch:
    """Remembers the burdens of activities, as long as they are under way, while ``is_on``."""

    def __init__(self, fluid: FastFluidModel) -> None:
        self.is_on = False
        self.witnesses: dict[Witness, None] = {}
        self._fluid = fluid
        self._burdens: dict[Flow, Burden] = {}
        self._limit = SPARE

    def dismiss(self, witness: Witness) -> None:
        """Let a witness go after its last activity; what it knows is entered into the ledger, if there is one."""
        if self.witnesses.pop(witness, self) is None and self._fluid.ledger is not None:
            witness.enter(self._fluid.ledger)

    def add(self, flow: Flow, burden: Burden) -> None:
        """Remember what an activity puts on nodes and links."""
        self._burdens[flow] = burden
        if len(self._burdens) > self._limit:
            self._forget()
            self._limit = 2 * len(self._burdens) + SPARE
        if self._fluid.ledger is not None:
            # The rates of flows that share something are entered when they are shared for the first time.
            rate = 0.0 if flow.demand.weights else flow.rate
            self._fluid.ledger.watch(flow, burden, self._fluid.now, rate)

    def change(self, flow: Flow, burden: Burden | None) -> None:
        """Note what an activity that is under way puts on nodes and links from now on."""
        ledger, now = self._fluid.ledger, self._fluid.now
        if ledger is not None:
            ledger.cancel(flow, now)
        if burden is None:
            self._burdens.pop(flow, None)
            return
        self.add(flow, burden)
        if ledger is not None:
            ledger.pace(flow, now, self._fluid.rate(flow))

    def add_rates(self, rates: dict[Resource | Burden, float]) -> float:
        """Add all activities in progress, with rates in 1/s; return the date up to which that stays at least."""
        rate_of = self._fluid.rate
        over = []
        for flow, burden in self._burdens.items():
            if flow.is_over:
                over.append(flow)
            elif (rate := rate_of(flow)) > 0.0:
                rates[burden] = rate
        for flow in over:
            del self._burdens[flow]
        until = math.inf
        for witness in self.witnesses:
            view = witness.view()
            rates.update(view.rates.items())
            until = min(until, view.until)
        return until

    def _forget(self) -> None:
        """Forget activities that are over."""
        for flow in [flow for flow in self._burdens if flow.is_over]:
            del self._burdens[flow]
