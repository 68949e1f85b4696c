"""The recorder of ``node_utilization``: which jobs run on which node (R10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from elastisim.results.parquet import ParquetRecorder
from elastisim.results.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from elastisim.batch.node import Node, Occupancy


def job_list(identifiers: Collection[int]) -> str:
    """Return job IDs as printed: ascending, joined by semicolons, or ``none``."""
    if not identifiers:
        return "none"
    return str(*identifiers) if len(identifiers) == 1 else ";".join(map(str, sorted(identifiers)))


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
        occupancies = {node.occupancy for node in nodes}
        if len(occupancies) == 1:
            tail = _tail(occupancies.pop())
            self._write(head + (tail + head).join([node.name for node in nodes]) + tail)
        elif occupancies:
            tails = {occupancy: _tail(occupancy) for occupancy in occupancies}
            self._write("".join([f"{head}{node.name}{tails[node.occupancy]}" for node in nodes]))


class NodeUtilizationParquetRecorder(ParquetRecorder):
    """Writes the same rows as a Parquet file; jobs are lists of IDs, empty for none."""

    columns: ClassVar = {
        "time": "float64",
        "node": "string",
        "state": "string",
        "running_jobs": "list<int64>",
        "expected_jobs": "list<int64>",
    }

    def simulation_started(self, nodes: Sequence[Node]) -> None:
        """Write the initial rows."""
        self.nodes_changed(0.0, nodes)

    def nodes_changed(self, now: float, nodes: Sequence[Node]) -> None:
        """Write one row per node."""
        cells = {occupancy: _cells(occupancy) for occupancy in {node.occupancy for node in nodes}}
        rows = [cells[node.occupancy] for node in nodes]
        self._rows.extend(
            [now] * len(nodes),
            [node.name for node in nodes],
            [state for state, _, _ in rows],
            [running for _, running, _ in rows],
            [expected for _, _, expected in rows],
        )


def _cells(occupancy: Occupancy) -> tuple[str, list[int], list[int]]:
    """Return the cells of a row after the name of the node."""
    return _state(occupancy), sorted(occupancy.running), sorted(occupancy.expected)


def _state(occupancy: Occupancy) -> str:
    return "allocated" if occupancy.running else "free"


def _tail(occupancy: Occupancy) -> str:
    """Return what follows the name of a node in its row."""
    if occupancy.is_vacant:
        return ",free,none,none\n"
    return f",{_state(occupancy)},{job_list(occupancy.running)},{job_list(occupancy.expected)}\n"
