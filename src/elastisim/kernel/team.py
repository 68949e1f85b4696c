"""Ranks, and groups of ranks that do the same thing (mechanism "rank groups" of the architecture)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.actors import Barrier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.folding import FoldedUsage
    from elastisim.patterns import MatrixPattern, VectorPattern
    from elastisim.platform.machine import ComputeNode


class RankGroup:
    """Ranks whose behaviour and whose private resources are equal; one of them acts for all.

    ``ranks`` are positions in the node list of the execution.  ``rank`` is the first of them, ``node`` its node.
    ``newcomer`` is the position of the first among the nodes added by the last reconfiguration, -1 if not added.
    """

    __slots__ = ("newcomer", "node", "rank", "ranks")

    def __init__(self, ranks: Sequence[int], node: ComputeNode, newcomer: int = -1) -> None:
        self.ranks = ranks
        self.rank = ranks[0]
        self.node = node
        self.newcomer = newcomer

    @property
    def size(self) -> int:
        """Number of ranks that the group stands for."""
        return len(self.ranks)


class Team:
    """Those who execute a phase together: their nodes in rank order, and a barrier for their groups.

    ``usages`` and ``paces`` are for what the workbench has computed for these nodes, by pattern.
    """

    __slots__ = ("barrier", "nodes", "paces", "size", "usages")

    def __init__(self, nodes: Sequence[ComputeNode], groups: int) -> None:
        self.nodes = nodes
        self.size = len(nodes)
        self.barrier = Barrier(groups)
        self.usages: dict[MatrixPattern, FoldedUsage] = {}
        self.paces: dict[VectorPattern, float] = {}
