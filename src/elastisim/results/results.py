"""Results of a run for Python: data frames, statistics, figures, report."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from elastisim.errors import InputError
from elastisim.results.frames import LOADS, jobs_frame, read_frame, sampled_frame, stays_frame
from elastisim.results.reading import read_history
from elastisim.results.statistics import BOUND, compute_statistics
from elastisim.results.tables import open_run
from elastisim.results.window import parse_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl
    from matplotlib.figure import Figure

    from elastisim.results.history import History
    from elastisim.results.provenance import RunDescription
    from elastisim.results.statistics import Statistics
    from elastisim.results.tables import Run


class Results:
    """Results of a run; everything is read when it is asked for, and then kept.

    Data frames are those of polars (extra ``frames``); ``pandas.DataFrame.from_arrow`` and everything else that
    knows the Arrow interface takes them over.  Times are in simulated seconds.  What a run did not record raises
    :class:`~elastisim.errors.InputError`.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def open(cls, directory: str | Path) -> Results:
        """Return the results in the output directory of a run, also one of the original or an interrupted one."""
        return cls(open_run(directory))

    @property
    def name(self) -> str:
        """What the run is called in reports: its output directory."""
        return self._run.name

    @property
    def description(self) -> RunDescription | None:
        """Where the results come from (``run.json``), if that is known."""
        return self._run.description

    @property
    def is_partial(self) -> bool:
        """Whether the run was interrupted."""
        return self._run.is_partial

    @property
    def recorded(self) -> tuple[str, ...]:
        """The kinds of tables that the run recorded."""
        return tuple(self._run.tables)

    @cached_property
    def history(self) -> History:
        """Jobs, their nodes over time, and curves: what statistics and charts are made of."""
        return read_history(self._run)

    @cached_property
    def jobs(self) -> pl.DataFrame:
        """One row per job: ``job_statistics``, with what jobs asked for (``job_requests``) where that is known.

        Arguments and attributes are columns such as ``attribute_user``.
        """
        statistics = self._frame("job_statistics")
        if "job_requests" not in self._run.tables:
            return statistics
        return jobs_frame(statistics, self._frame("job_requests"))

    @cached_property
    def node_utilization(self) -> pl.DataFrame:
        """One row for each node at time 0, and whenever a job comes to or leaves a node."""
        return self._frame("node_utilization")

    @cached_property
    def task_times(self) -> pl.DataFrame:
        """One row per rank and task: when it ended and how long it took."""
        return self._frame("task_times")

    @cached_property
    def cpu_utilization(self) -> pl.DataFrame:
        """Load of each node over time, in units of one core."""
        return self._frame("cpu_utilization")

    @cached_property
    def gpu_utilization(self) -> pl.DataFrame:
        """Share of each node's GPUs in use, over time."""
        return self._frame("gpu_utilization")

    @cached_property
    def network_activity(self) -> pl.DataFrame:
        """Mean relative load of the network links over time."""
        return self._frame("network_activity")

    @cached_property
    def pfs_utilization(self) -> pl.DataFrame:
        """Bytes per second to and from the parallel file system over time."""
        return self._frame("pfs_utilization")

    def sampled(self, kind: str, interval: float) -> pl.DataFrame:
        """Return a table of loads such as ``cpu_utilization`` as if it had been sampled every *interval* seconds.

        That takes a Parquet file (``result_format``): it holds loads at all times, not just those of samples.
        """
        if kind not in LOADS:
            raise InputError.at(self.name, "", f"{kind} is not a table of loads (expected {', '.join(LOADS)})")
        if not 0.0 < interval < math.inf:
            raise InputError.at(self.name, "", f"expected an interval of more than 0 seconds, found {interval:g}")
        table = self._run.parquet.get(kind)
        if table is None:
            self._run.table(kind)
            message = f'{kind} holds samples; those of other intervals need "result_format": "parquet" or "both"'
            raise InputError.at(self.name, "", message)
        return sampled_frame(table, interval)

    @cached_property
    def reconfigurations(self) -> pl.DataFrame:
        """One row per change of a job's nodes."""
        return self._frame("reconfigurations")

    @cached_property
    def evolving_requests(self) -> pl.DataFrame:
        """One row per request of an evolving job that reached the algorithm."""
        return self._frame("evolving_requests")

    @cached_property
    def stays(self) -> pl.DataFrame:
        """One row for each time that a job spent on an unchanging set of nodes."""
        return stays_frame(self.history.jobs)

    def _frame(self, kind: str) -> pl.DataFrame:
        return read_frame(self._run.table(kind))

    def statistics(self, *, window: str | None = None, bound: float = BOUND, by: Sequence[str] = ()) -> Statistics:
        """Return the statistics of the run; see :func:`elastisim.results.statistics.compute_statistics`.

        *window* is written as ``START:END``, each in seconds, as a percentage of the run, or empty.
        """
        part = parse_window(window, self.history) if window else None
        return compute_statistics(self.history, window=part, bound=bound, by=by)

    def report(self, path: str | Path) -> Path:
        """Write an HTML report that needs no network to *path*, and return the path."""
        from pathlib import Path as FilePath

        from elastisim.results.report.run_page import write_report

        target = FilePath(path)
        write_report(self.history, self.description, target)
        return target

    def gantt(self, path: str | Path | None = None, *, colour: str = "type") -> Figure:
        """Return the Gantt chart as a figure, saved to *path* (PDF, SVG, PNG) if given.

        Jobs are coloured by ``type``, ``status``, ``job``, or a job attribute such as ``user``.  Figures need the
        extra ``plot``.
        """
        from elastisim.results.figures import gantt

        return gantt(self.history, path, colour=colour)

    def utilization(self, path: str | Path | None = None) -> Figure:
        """Return allocated nodes, and waiting and running jobs over time as a figure, saved to *path* if given."""
        from elastisim.results.figures import utilization

        return utilization(self.history, path)

    def distribution(self, metric: str = "wait", path: str | Path | None = None, *, bound: float = BOUND) -> Figure:
        """Return the cumulative distribution of a metric by job type as a figure, saved to *path* if given.

        Metrics are ``wait``, ``runtime``, ``turnaround``, ``slowdown`` and ``bounded_slowdown``.
        """
        from elastisim.results.figures import distribution

        return distribution(self.history, metric, path, bound=bound)

    def __repr__(self) -> str:
        partial = ", partial" if self.is_partial else ""
        return f"<Results of {self.name}: {', '.join(self.recorded)}{partial}>"

    def _repr_html_(self) -> str:
        """Show key figures and the number of busy nodes over time in notebooks."""
        from elastisim.results.notebook import summary_html

        return summary_html(self.history, self.statistics())
