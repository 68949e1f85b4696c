"""The result files of one run, written while it is simulated."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.batch.observer import Audience
from elastisim.configuration import PARQUET
from elastisim.errors import InputError, OutputError, Problem
from elastisim.results.jobs import (
    EvolvingRequestsRecorder,
    JobRequestsRecorder,
    JobStatisticsRecorder,
    ReconfigurationsRecorder,
)
from elastisim.results.nodes import NodeUtilizationParquetRecorder, NodeUtilizationRecorder
from elastisim.results.recorder import DIGITS, Recorder
from elastisim.results.sensing import (
    CpuSpanRecorder,
    CpuUtilizationRecorder,
    GpuSpanRecorder,
    GpuUtilizationRecorder,
    NetworkActivityRecorder,
    NetworkSpanRecorder,
    PfsSpanRecorder,
    PfsUtilizationRecorder,
    SampleRecorder,
    SpanRecorder,
    Stamps,
)
from elastisim.results.sink import FileSink, MemorySink, is_special
from elastisim.results.tasks import TaskTimesParquetRecorder, TaskTimesRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from elastisim.batch.node_list import NodeList
    from elastisim.batch.observer import Sample

    Target = str | PathLike[str] | MemorySink

RECORDERS: dict[str, type[Recorder]] = {
    "job_statistics": JobStatisticsRecorder,
    "node_utilization": NodeUtilizationRecorder,
    "task_times": TaskTimesRecorder,
    "cpu_utilization": CpuUtilizationRecorder,
    "gpu_utilization": GpuUtilizationRecorder,
    "network_activity": NetworkActivityRecorder,
    "pfs_utilization": PfsUtilizationRecorder,
    "job_requests": JobRequestsRecorder,
    "reconfigurations": ReconfigurationsRecorder,
    "evolving_requests": EvolvingRequestsRecorder,
}
"""Recorder of each kind of result file; the first seven kinds are configuration keys (R1.3), the rest is ours."""

PARQUET_RECORDERS: dict[str, type[Recorder]] = {
    kind + PARQUET: recorder
    for kind, recorder in (
        ("node_utilization", NodeUtilizationParquetRecorder),
        ("task_times", TaskTimesParquetRecorder),
        ("cpu_utilization", CpuSpanRecorder),
        ("gpu_utilization", GpuSpanRecorder),
        ("network_activity", NetworkSpanRecorder),
        ("pfs_utilization", PfsSpanRecorder),
    )
}
"""Recorders of the kinds that can be Parquet files, with the suffix."""

ADDITIONS = ("job_requests", "reconfigurations", "evolving_requests")
"""Kinds that the original does not write.  They are small and what statistics need beyond the original's files."""


class ResultFiles(Audience):
    """Writes the wanted result files of one run; an observer to be passed to the batch system.

    *targets* maps kinds (the keys of :data:`RECORDERS` and :data:`PARQUET_RECORDERS`) to paths, to None for what is
    not wanted, or to a :class:`~elastisim.results.sink.MemorySink`.  *metadata* is written into Parquet files of loads
    (:func:`~elastisim.results.sensing.load_metadata`).  Call :meth:`open` before the simulation starts, then either
    :meth:`complete` or :meth:`abandon`.
    """

    def __init__(
        self,
        targets: Mapping[str, Target | None],
        *,
        digits: int = DIGITS,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        self.sinks: dict[str, FileSink | MemorySink] = {
            kind: target if isinstance(target, MemorySink) else FileSink(Path(target))
            for kind, target in targets.items()
            if target is not None
        }
        recorders = RECORDERS | PARQUET_RECORDERS
        self._recorders = [recorders[kind](sink, digits) for kind, sink in self.sinks.items()]
        self._stamps = Stamps(digits)
        self._sample_recorders = [recorder for recorder in self._recorders if isinstance(recorder, SampleRecorder)]
        for recorder in self._recorders:
            if isinstance(recorder, SpanRecorder):
                recorder.metadata |= metadata or {}
        self._started = False
        super().__init__(self._recorders)

    @property
    def paths(self) -> dict[str, Path]:
        """Final path of each kind of file that is written to disk."""
        return {kind: sink.path for kind, sink in self.sinks.items() if isinstance(sink, FileSink)}

    def open(self) -> None:
        """Create all files; raise :class:`~elastisim.errors.InputError` with every path that is not possible (R1.7).

        Older files with the final names are removed then, but only once all files could be created.
        """
        problems = list(self._duplicates())
        if not problems:
            for recorder in self._recorders:
                try:
                    recorder.open()
                except InputError as error:
                    problems += error.problems
        if problems:
            self._discard()
            raise InputError(problems)
        for sink in self._file_sinks():
            sink.remove_older()

    def complete(self) -> None:
        """Give all files their final names; call it after a simulation that went through."""
        for recorder in self._recorders:
            recorder.complete()

    def abandon(self) -> None:
        """Leave the files marked as partial after an interruption or error; without effect once they are complete.

        Nothing is left behind if the simulation had not started yet.
        """
        if not self._started:
            self._discard()
            return
        for recorder in self._recorders:
            # On a full disk there is no place for last words either; what has led here is told already.
            with suppress(OutputError):
                recorder.abandon()
        for sink in self.sinks.values():
            sink.abandon()

    def _discard(self) -> None:
        for sink in self._file_sinks():
            sink.discard()

    def _file_sinks(self) -> Iterator[FileSink]:
        return (sink for sink in self.sinks.values() if isinstance(sink, FileSink))

    def _duplicates(self) -> Iterator[Problem]:
        kinds: dict[Path, str] = {}
        for kind, path in self.paths.items():
            other = kinds.setdefault(path.resolve(), kind)
            if other != kind and not is_special(path):
                yield Problem(str(path), "", f"{other} and {kind} cannot both be written to this file")

    def sampled(self, sample: Sample) -> None:
        """Pass on; all files have rows with the same times."""
        stamps = self._stamps.of(sample.times)
        for recorder in self._sample_recorders:
            recorder.write_rows(stamps, sample)

    def simulation_started(self, nodes: NodeList) -> None:
        """Pass on; from now on there is something to keep."""
        self._started = True
        for recorder in self._recorders:
            recorder.simulation_started(nodes)
