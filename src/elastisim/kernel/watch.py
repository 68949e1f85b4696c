"""The watch: loads of nodes and links that the fluid model does not know because they were folded away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elastisim.kernel.fast import FastFluidModel
    from elastisim.kernel.flow import Flow
    from elastisim.kernel.team import RankGroup
    from elastisim.platform.link import Link
    from elastisim.platform.machine import ComputeNode


@dataclass(frozen=True, slots=True)
class Burden:
    """Flops on nodes and bytes on private links, for the whole of an activity."""

    computing: tuple[tuple[ComputeNode, float], ...]
    links: tuple[tuple[Link, float], ...] = ()


class Witness(Protocol):
    """Somebody who knows of activities on *nodes* that the fluid model does not see."""

    @property
    def nodes(self) -> Sequence[ComputeNode]:
        """Nodes in rank order."""
        ...

    @property
    def has_left(self) -> bool:
        """Whether there is nothing to tell any more."""
        ...

    def burdens(self) -> Iterator[tuple[float, Burden]]:
        """Yield the rates in 1/s and the burdens of activities in progress."""
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

    def add(self, flow: Flow, burden: Burden) -> None:
        """Remember what an activity puts on nodes and links."""
        self._burdens[flow] = burden

    def cpu_loads(self, nodes: Sequence[ComputeNode]) -> list[float]:
        """Return the loads of nodes in flop/s."""
        loads: dict[ComputeNode, float] = {}
        for rate, burden in self._in_progress():
            for node, flops in burden.computing:
                loads[node] = loads.get(node, 0.0) + rate * flops
        return [loads.get(node, 0.0) for node in nodes]

    def link_loads(self) -> dict[Link, float]:
        """Return the loads of links in byte/s."""
        loads: dict[Link, float] = {}
        for rate, burden in self._in_progress():
            for link, amount in burden.links:
                loads[link] = loads.get(link, 0.0) + rate * amount
        return loads

    def present(self) -> Iterator[Witness]:
        """Yield the witnesses who have something to tell."""
        for witness in [witness for witness in self.witnesses if witness.has_left]:
            del self.witnesses[witness]
        yield from self.witnesses

    def _in_progress(self) -> Iterator[tuple[float, Burden]]:
        for flow in [flow for flow in self._burdens if flow.is_over]:
            del self._burdens[flow]
        for flow, burden in self._burdens.items():
            rate = self._fluid.rate(flow)
            if rate > 0.0:
                yield rate, burden
        for witness in self.present():
            yield from witness.burdens()
