"""The recorder of ``task_times``: how long the tasks of jobs took (R10.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from elastisim.results.parquet import ParquetRecorder
from elastisim.results.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.batch.job import Job
    from elastisim.batch.node import Node


class TaskTimesRecorder(Recorder):
    """Writes a row for each rank that finishes a task."""

    header = "Time,Job,Node,Task,Duration"

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        """Write one row per node; rows differ in the node's name only, so one join makes them all."""
        if nodes:
            head = f"{self._number(now)},{job.identifier},"
            tail = f",{task},{self._number(duration)}\n"
            self._write(head + (tail + head).join([node.name for node in nodes]) + tail)


class TaskTimesParquetRecorder(ParquetRecorder):
    """Writes the same rows as a Parquet file."""

    columns: ClassVar = {"time": "float64", "job": "int64", "node": "string", "task": "string", "duration": "float64"}

    def task_finished(self, now: float, job: Job, nodes: Sequence[Node], task: str, duration: float) -> None:
        """Write one row per node."""
        count = len(nodes)
        self._rows.extend(
            [now] * count, [job.identifier] * count, [node.name for node in nodes], [task] * count, [duration] * count
        )
