"""The recorder of ``task_times``: how long the tasks of jobs took (R10.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from elastisim.batch.node_list import NodeList
from elastisim.results.parquet import ParquetRecorder
from elastisim.results.recorder import Recorder, repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node import Node


def _names(nodes: Sequence[Node]) -> Sequence[str]:
    """Return the names of nodes, most of the time those of all nodes of a job."""
    return nodes.pick(nodes.table.names) if isinstance(nodes, NodeList) else [node.name for node in nodes]


class TaskTimesRecorder(Recorder):
    """Writes a row for each rank that finishes a task."""

    header = "Time,Job,Node,Task,Duration"

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        """Write one row per node; rows differ in the node's name only, so one join makes them all."""
        if nodes:
            head = f"{self._number(now)},{job.identifier},"
            tail = f",{task},{self._number(duration)}\n"
            self._write(repeated(head, _names(nodes), tail))


class TaskTimesParquetRecorder(ParquetRecorder):
    """Writes the same rows as a Parquet file."""

    columns: ClassVar = {"time": "float64", "job": "int64", "node": "string", "task": "string", "duration": "float64"}

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        """Write one row per node."""
        count = len(nodes)
        self._rows.extend([now] * count, [job.identifier] * count, _names(nodes), [task] * count, [duration] * count)
