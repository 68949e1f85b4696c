"""The recorder of ``node_utilization``: which jobs run on which node (R10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.results.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.batch.node import Node, Occupancy


def job_list(identifiers: Iterable[int]) -> str:
    """Return job IDs as printed: ascending, joined by semicolons, or ``none``."""
    return ";".join(map(str, sorted(identifiers))) or "none"


class NodeUtilizationRecorder(Recorder):
    """Writes a row for each node at time 0, and one whenever a job comes to or leaves a node, after the change.

    The state is ``free`` or ``allocated``; that a node is expected by a job shows in the last column only (Q37).
    """

    header = "Time,Node,State,Running jobs,Expected jobs"

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Write the initial rows."""
        self.nodes_changed(0.0, nodes)

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        """Write one row per node; most of the time all nodes are used alike, and rows differ in names only."""
        head = self._number(now) + ","
        tails = {occupancy: _tail(occupancy) for occupancy in {node.occupancy for node in nodes}}
        if len(tails) == 1:
            (tail,) = tails.values()
            self._write(head + (tail + head).join([node.name for node in nodes]) + tail)
        elif tails:
            self._write("".join([f"{head}{node.name}{tails[node.occupancy]}" for node in nodes]))


def _tail(occupancy: Occupancy) -> str:
    """Return what follows the name of a node in its row."""
    state = "allocated" if occupancy.running else "free"
    return f",{state},{job_list(occupancy.running)},{job_list(occupancy.expected)}\n"
