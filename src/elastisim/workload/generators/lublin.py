"""The workload model of Lublin and Feitelson for rigid jobs.

U. Lublin and D. G. Feitelson, *The workload on parallel supercomputers: modeling the characteristics of rigid jobs*,
Journal of Parallel and Distributed Computing 63(11), 2003, with the parameters for all jobs together (batch and
interactive).  In short:

* **Size.**  A job is serial with probability ``serial``.  Otherwise the binary logarithm of its size is two-stage
  uniform: from ``low`` to ``medium`` with probability ``low_share``, else from ``medium`` to ``high``, the binary
  logarithm of the machine; the size is a power of two with probability ``power_of_two``.
* **Run time.**  The natural logarithm is hyper-gamma: of two gamma distributions, the first one (short jobs) is taken
  with a probability that falls linearly with the size.
* **Arrivals.**  The natural logarithm of the time between arrivals is gamma distributed; the day is divided into slots
  of half an hour whose rates follow another gamma distribution over the time of the day, with the peak in the afternoon
  and the day beginning at 5:30 in the morning.

Run times and gaps are cut at exp(12) and exp(13) seconds by drawing again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from elastisim.addition import added
from elastisim.errors import InputError
from elastisim.workload.draws import Stream
from elastisim.workload.records import JobRecord

SLOT = 1800.0
SLOTS = 48
DAY_BEGINS = 11
"""The slot with which the day of the model begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lublin:
    """The model; shapes and scales are those of gamma distributions."""

    nodes: int
    serial: float = 0.244
    power_of_two: float = 0.576
    low: float = 0.8
    below_high: float = 2.5
    """``medium`` is ``high`` minus this."""
    low_share: float = 0.86
    short_shape: float = 4.2
    short_scale: float = 0.94
    long_shape: float = 312.0
    long_scale: float = 0.03
    slope: float = -0.0054
    intercept: float = 0.78
    gap_shape: float = 10.2303
    gap_scale: float = 0.4871
    slot_shape: float = 8.1737
    slot_scale: float = 3.9631
    rush_to_all: float = 1.0225
    largest_log_runtime: float = 12.0
    largest_log_gap: float = 13.0

    def __post_init__(self) -> None:
        if self.nodes < 1:
            raise InputError.at("", "", f"the machine has {self.nodes} nodes, expected at least 1")

    def jobs(self, number: int, seed: int) -> list[JobRecord]:
        """Return *number* jobs; the first one arrives after a first gap."""
        sizes, runtimes = Stream(seed, "sizes"), Stream(seed, "runtimes")
        arrivals = self.arrivals(number, Stream(seed, "arrivals"))
        records = []
        for identifier, arrival in enumerate(arrivals, 1):
            nodes = self.size(sizes)
            records.append(JobRecord(identifier, math.floor(arrival), self.runtime(nodes, runtimes), nodes))
        return records

    def days(self, days: float, seed: int) -> list[JobRecord]:
        """Return the jobs that arrive in that many days."""
        number = 64
        while True:
            records = self.jobs(number, seed)
            # Streams are separate, so the first jobs are the same whatever their number.
            if records[-1].submit >= days * SLOT * SLOTS:
                return [record for record in records if record.submit < days * SLOT * SLOTS]
            number *= 2

    def size(self, stream: Stream) -> int:
        """Draw the number of nodes of a job."""
        high = math.log2(self.nodes)
        if self.nodes == 1 or stream.uniform() < self.serial:
            return 1
        low = min(self.low, high)
        medium = max(low, high - self.below_high)
        is_low = stream.uniform() < self.low_share
        begin, end = (low, medium) if is_low else (medium, high)
        exponent = begin + (end - begin) * stream.uniform()
        is_power = stream.uniform() < self.power_of_two
        size = 2 ** math.floor(exponent + 0.5) if is_power else math.floor(2**exponent + 0.5)
        return min(max(size, 1), self.nodes)

    def runtime(self, nodes: int, stream: Stream) -> int:
        """Draw the run time of a job of that size in whole seconds, at least 1."""
        share = min(max(self.slope * nodes + self.intercept, 0.0), 1.0)
        while True:
            if stream.uniform() < share:
                logarithm = stream.gamma(self.short_shape, self.short_scale)
            else:
                logarithm = stream.gamma(self.long_shape, self.long_scale)
            if logarithm <= self.largest_log_runtime:
                return max(1, math.floor(math.exp(logarithm) + 0.5))

    def arrivals(self, number: int, stream: Stream) -> list[float]:
        """Return arrival times in seconds, counted from a midnight."""
        rates = self.slot_rates()
        now, times = 0.0, []
        for _ in range(number):
            gap = self._gap(stream)
            # The gap is measured in time of an average slot: busy slots use it up faster.
            while True:
                slot = int(now // SLOT)
                rate = rates[slot % SLOTS]
                left = (slot + 1) * SLOT - now
                if gap < left * rate:
                    now += gap / rate
                    break
                gap -= left * rate
                now = (slot + 1) * SLOT
            times.append(now)
        return times

    def _gap(self, stream: Stream) -> float:
        while True:
            logarithm = stream.gamma(self.gap_shape * self.rush_to_all, self.gap_scale)
            if logarithm <= self.largest_log_gap:
                return math.exp(logarithm)

    def slot_rates(self) -> list[float]:
        """Return the rate of arrivals in each half hour from midnight on, 1 on average."""
        weights = [0.0] * SLOTS
        for slot in range(DAY_BEGINS, DAY_BEGINS + SLOTS):
            upper, lower = (slot + 0.5) / self.slot_scale, (slot - 0.5) / self.slot_scale
            weights[slot % SLOTS] = gamma_cdf(self.slot_shape, upper) - gamma_cdf(self.slot_shape, lower)
        mean = added(weights) / SLOTS
        return [weight / mean for weight in weights]


def gamma_cdf(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function P(shape, x), by its power series."""
    if x <= 0:
        return 0.0
    term = total = 1.0 / shape
    k = shape
    while term > total * 1e-17:
        k += 1.0
        term *= x / k
        total += term
    return min(1.0, total * math.exp(shape * math.log(x) - x - math.lgamma(shape)))
