"""The recorder of ``node_utilization``: which jobs run on which node (R10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.results.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.batch.node import Node


def job_list(identifiers: Iterable[int]) -> str:
    """Return job IDs as printed: ascending, joined by semicolons, or ``none``."""
    return ";".join(map(str, sorted(identifiers))) or "none"


class NodeUtilizationRecorder(Recorder):
    """Writes a row for each node at time 0, and one whenever a job comes to or leaves a node, after the change.

    The state is ``free`` or ``allocated``; that a node is expected by a job shows in the last column only (Q37).
    """

    header = "Time,Node,State,Running jobs,Expected jobs"

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Write the initial rows, and prepare what of a row depends on the node only."""
        self._prefixes = [f",{node.name}," for node in nodes]
        self.nodes_changed(0.0, nodes)

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        """Write one row per node."""
        prefixes = self._prefixes
        known = None
        rows = []
        for node in nodes:
            occupancy = node.occupancy
            if occupancy is not known:
                known = occupancy
                state = "allocated" if occupancy.running else "free"
                rest = f"{state},{job_list(occupancy.running)},{job_list(occupancy.expected)}\n"
            rows.append(prefixes[node.identifier] + rest)
        if rows:
            time = self._number(now)
            self._write(time + time.join(rows))
