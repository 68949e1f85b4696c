"""A simple workload from distributions: sizes, run times, a cycle of arrivals, and an offered load."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from elastisim.errors import InputError
from elastisim.workload.draws import Stream
from elastisim.workload.generators.cycle import Cycle
from elastisim.workload.generators.distributions import Distribution
from elastisim.workload.records import JobRecord

DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametric:
    """Parameters of a workload.

    Sizes are in nodes and rounded, run times in seconds and rounded to whole ones; draws beyond the machine or beyond
    ``longest`` are repeated.  The requested time is the run time times a ``factor`` of at least 1, rounded up to five
    minutes and cut at ``longest``.  ``load`` is the offered load: the node-seconds of all jobs relative to what the
    machine has in the time in which they arrive.
    """

    nodes: int
    sizes: Distribution
    runtimes: Distribution
    factor: Distribution = field(default_factory=lambda: Distribution.parse("uniform:1:4"))
    load: float = 0.8
    longest: float = 2 * DAY
    cycle: Cycle = field(default_factory=Cycle)

    def __post_init__(self) -> None:
        if not 0 < self.load < math.inf:
            raise InputError.at("", "", f"the offered load is {self.load}, expected more than 0")
        if self.nodes < 1:
            raise InputError.at("", "", f"the machine has {self.nodes} nodes, expected at least 1")

    def jobs(self, number: int, seed: int) -> list[JobRecord]:
        """Return *number* jobs that arrive in the time that the load requires."""
        stream = Stream(seed, "jobs")
        return self._arrive([self._draw(stream) for _ in range(number)], None, seed)

    def days(self, days: float, seed: int) -> list[JobRecord]:
        """Return as many jobs as the load requires for that many days."""
        stream = Stream(seed, "jobs")
        work = days * DAY * self.load * self.nodes
        drawn: list[tuple[int, int, int]] = []
        while work > 0:
            drawn.append(self._draw(stream))
            work -= drawn[-1][0] * drawn[-1][1]
        return self._arrive(drawn, days * DAY, seed)

    def _draw(self, stream: Stream) -> tuple[int, int, int]:
        """Return nodes, run time and requested time of a job."""
        nodes = round(_within(self.sizes, 0.5, self.nodes + 0.5, stream))
        runtime = max(1, round(_within(self.runtimes, 0.5, self.longest, stream)))
        requested = math.ceil(runtime * max(1.0, self.factor.draw(stream)) / 300) * 300
        return min(max(nodes, 1), self.nodes), runtime, max(runtime, min(requested, math.ceil(self.longest)))

    def _arrive(self, drawn: list[tuple[int, int, int]], span: float | None, seed: int) -> list[JobRecord]:
        if span is None:
            span = sum(nodes * runtime for nodes, runtime, _ in drawn) / (self.load * self.nodes)
        arrivals = self.cycle.arrivals(len(drawn), span, Stream(seed, "arrivals"))
        return [
            JobRecord(number, math.floor(arrival), runtime, nodes, requested)
            for number, (arrival, (nodes, runtime, requested)) in enumerate(zip(arrivals, drawn, strict=True), 1)
        ]


def _within(distribution: Distribution, low: float, high: float, stream: Stream) -> float:
    for _ in range(1000):
        value = distribution.draw(stream)
        if low <= value <= high:
            return value
    message = f"distribution {distribution.text!r} hardly ever gives values from {low:g} to {high:g}"
    raise InputError.at("", "", message)
