"""The figures by which runs are compared, and which way each of them is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from elastisim.results import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from elastisim.results.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Score:
    """A figure of a run; ``better`` is -1 if less is better, 1 if more is, 0 if that depends."""

    name: str
    title: str
    better: int
    wording: Callable[[float | None], str]
    of: Callable[[Statistics], float | None]


def _metric(name: str, what: str) -> Callable[[Statistics], float | None]:
    def value(statistics: Statistics) -> float | None:
        summary = getattr(statistics.metrics, name)
        return None if summary is None else float(getattr(summary, what))

    return value


def _rate(value: float | None) -> str:
    return wording.amount(value, "B/s")


SCORES: tuple[Score, ...] = (
    Score("makespan", "Makespan", -1, wording.duration, lambda s: s.usage.makespan),
    Score("throughput", "Throughput (jobs/h)", 1, wording.number, lambda s: s.usage.throughput),
    Score("utilization", "Node utilisation", 1, wording.share, lambda s: s.usage.utilization),
    Score("cpu_load", "CPU load", 1, wording.share, lambda s: s.usage.cpu_load),
    Score("gpu_load", "GPU load", 1, wording.share, lambda s: s.usage.gpu_load),
    Score("node_hours", "Node hours", 0, wording.number, lambda s: s.usage.node_hours),
    Score("wait_mean", "Wait, mean", -1, wording.duration, _metric("wait", "mean")),
    Score("wait_median", "Wait, median", -1, wording.duration, _metric("wait", "median")),
    Score("wait_p95", "Wait, p95", -1, wording.duration, _metric("wait", "p95")),
    Score("wait_maximum", "Wait, max", -1, wording.duration, _metric("wait", "maximum")),
    Score("runtime_mean", "Runtime, mean", -1, wording.duration, _metric("runtime", "mean")),
    Score("turnaround_mean", "Turnaround, mean", -1, wording.duration, _metric("turnaround", "mean")),
    Score("turnaround_p95", "Turnaround, p95", -1, wording.duration, _metric("turnaround", "p95")),
    Score("slowdown_mean", "Slowdown, mean", -1, wording.number, _metric("slowdown", "mean")),
    Score("bounded_slowdown_mean", "Bounded slowdown, mean", -1, wording.number, _metric("bounded_slowdown", "mean")),
    Score("bounded_slowdown_p95", "Bounded slowdown, p95", -1, wording.number, _metric("bounded_slowdown", "p95")),
    Score("queue_length", "Queue length, mean", -1, wording.number, lambda s: s.usage.queue_length),
    Score("killed", "Jobs killed", -1, wording.number, lambda s: float(s.jobs.killed)),
    Score("reconfigurations", "Reconfigurations", 0, wording.number, lambda s: float(s.reconfigurations.count)),
    Score("reconfiguration_time", "Time in reconfiguration", -1, wording.duration, lambda s: s.reconfigurations.time),
    Score(
        "fairness",
        "Fairness between users (bounded slowdown)",
        1,
        wording.number,
        lambda s: s.fairness.bounded_slowdown if s.fairness else None,
    ),
    Score("network", "Network load", 0, wording.share, lambda s: s.usage.network),
    Score("pfs_read", "PFS read", 0, _rate, lambda s: s.usage.pfs_read),
    Score("pfs_write", "PFS write", 0, _rate, lambda s: s.usage.pfs_write),
)
