"""The recorder of ``node_utilization``: which jobs run on which node (R10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from elastisim.results.parquet import ParquetRecorder
from elastisim.results.recorder import DIGITS, Recorder, repeated, row_format

if TYPE_CHECKING:
    from collections.abc import Collection

    from elastisim.batch.node import Occupancy
    from elastisim.batch.node_list import NodeList
    from elastisim.results.sink import Sink


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

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        super().__init__(sink, digits)
        self._head = row_format("%g,", digits)

    def simulation_started(self, nodes: NodeList) -> None:
        """Write the initial rows."""
        self.nodes_changed(0.0, nodes)

    def nodes_changed(self, now: float, nodes: NodeList) -> None:
        """Write one row per node; most of the time all nodes are used alike, and rows differ in names only."""
        head = self._head % now
        names = nodes.table.names
        sole = nodes.occupancy
        if sole is not None:
            self._write(repeated(head, nodes.pick(names), _tail(sole)))
            return
        tails: dict[Occupancy, str] = {}
        for (start, end), occupancy in nodes.uses():
            tail = tails.get(occupancy) or tails.setdefault(occupancy, _tail(occupancy))
            self._write(repeated(head, names[start:end], tail))


class NodeUtilizationParquetRecorder(ParquetRecorder):
    """Writes the same rows as a Parquet file; jobs are lists of IDs, empty for none."""

    columns: ClassVar = {
        "time": "float64",
        "node": "string",
        "state": "string",
        "running_jobs": "list<int64>",
        "expected_jobs": "list<int64>",
    }

    def simulation_started(self, nodes: NodeList) -> None:
        """Write the initial rows."""
        self.nodes_changed(0.0, nodes)

    def nodes_changed(self, now: float, nodes: NodeList) -> None:
        """Write one row per node."""
        states: list[str] = []
        running: list[list[int]] = []
        expected: list[list[int]] = []
        for (start, end), occupancy in nodes.uses():
            states += [_state(occupancy)] * (end - start)
            running += [sorted(occupancy.running)] * (end - start)
            expected += [sorted(occupancy.expected)] * (end - start)
        self._rows.extend([now] * len(nodes), nodes.pick(nodes.table.names), states, running, expected)


def _state(occupancy: Occupancy) -> str:
    return "allocated" if occupancy.running else "free"


def _tail(occupancy: Occupancy) -> str:
    """Return what follows the name of a node in its row."""
    if occupancy.is_vacant:
        return ",free,none,none\n"
    return f",{_state(occupancy)},{job_list(occupancy.running)},{job_list(occupancy.expected)}\n"
