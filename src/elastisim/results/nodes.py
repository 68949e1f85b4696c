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
        self._free = [f",{node.name},free,none,none\n" for node in nodes]
        self._allocated = [f",{node.name},allocated," for node in nodes]
        if nodes:
            self._write("0" + "0".join(self._free))

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        """Write one row per node."""
        free, allocated = self._free, self._allocated
        rows = []
        for node in nodes:
            running = node.running
            if node.expected:
                state = "allocated" if running else "free"
                rows.append(f",{node.name},{state},{job_list(running)},{job_list(node.expected)}\n")
            elif not running:
                rows.append(free[node.identifier])
            elif len(running) == 1:
                (job,) = running
                rows.append(f"{allocated[node.identifier]}{job},none\n")
            else:
                rows.append(f"{allocated[node.identifier]}{job_list(running)},none\n")
        if rows:
            time = self._number(now)
            self._write(time + time.join(rows))
