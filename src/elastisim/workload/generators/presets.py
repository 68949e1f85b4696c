"""Named workloads: models from the literature, and machines of published studies.

The presets ``haswell``, ``knl`` and ``theta`` have the sizes, speeds and times of machines with which malleable jobs
were studied (strategies S10.4).  Their jobs resemble those of such machines only in kind: many short jobs, few large
ones, limits of the queues.  They are made up, not fitted to any trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from elastisim.workload.generators.cycle import Cycle
from elastisim.workload.generators.distributions import Distribution
from elastisim.workload.generators.lublin import Lublin
from elastisim.workload.generators.parametric import DAY, Parametric

if TYPE_CHECKING:
    from collections.abc import Callable

Generator: TypeAlias = Parametric | Lublin


@dataclass(frozen=True, slots=True)
class Preset:
    """A named workload: one line about it, its machine (speed of a node in flop/s), its length, and its generator."""

    summary: str
    nodes: int
    node_speed: float
    days: float | None
    make: Callable[[int], Generator]


def _sizes(nodes: int, *parts: tuple[float, str, int, int]) -> Distribution:
    """Return a mixture of ranges of sizes, cut to the machine."""
    texts = (f"{weight}*{kind}:{min(low, nodes)}:{min(high, nodes)}" for weight, kind, low, high in parts)
    return Distribution.parse(" + ".join(texts))


def _parametric(nodes: int) -> Parametric:
    return Parametric(
        nodes=nodes,
        sizes=_sizes(nodes, (0.3, "uniform", 1, 1), (0.7, "log-uniform", 1, nodes)),
        runtimes=Distribution.parse("log-uniform:30:86400"),
    )


def _haswell(nodes: int) -> Parametric:
    return Parametric(
        nodes=nodes,
        sizes=_sizes(nodes, (0.7, "uniform", 1, 1), (0.25, "log-uniform", 1, 16), (0.05, "log-uniform", 16, 512)),
        runtimes=Distribution.parse("0.45*log-uniform:10:1800 + 0.55*log-normal:5400:1.3"),
        factor=Distribution.parse("0.2*uniform:1:1.1 + 0.8*log-uniform:1.1:12"),
        load=0.95,
        longest=2 * DAY,
        cycle=Cycle(amplitude=0.45, peak_hour=14.5, weekend=0.7),
    )


def _knl(nodes: int) -> Parametric:
    return Parametric(
        nodes=nodes,
        sizes=_sizes(
            nodes,
            (0.55, "uniform", 1, 1),
            (0.408, "log-uniform", 1, 32),
            (0.04, "log-uniform", 32, 2048),
            (0.002, "log-uniform", 2048, nodes),
        ),
        runtimes=Distribution.parse("0.5*log-uniform:10:1800 + 0.5*log-normal:4000:1.4"),
        factor=Distribution.parse("0.2*uniform:1:1.1 + 0.8*log-uniform:1.1:12"),
        load=0.95,
        longest=2 * DAY,
        cycle=Cycle(amplitude=0.45, peak_hour=14.5, weekend=0.7),
    )


def _theta(nodes: int) -> Parametric:
    return Parametric(
        nodes=nodes,
        sizes=_sizes(
            nodes, (0.35, "log-uniform", 1, 8), (0.4, "log-uniform", 128, 512), (0.25, "log-uniform", 128, nodes)
        ),
        runtimes=Distribution.parse("0.4*log-uniform:30:3600 + 0.6*log-normal:6000:1.1"),
        factor=Distribution.parse("0.25*uniform:1:1.1 + 0.75*log-uniform:1.1:8"),
        load=0.9,
        longest=DAY,
        cycle=Cycle(amplitude=0.5, peak_hour=15, weekend=0.55),
    )


PRESETS = {
    "lublin": Preset("rigid jobs of Lublin and Feitelson (2003)", 128, 1e11, None, lambda nodes: Lublin(nodes=nodes)),
    "parametric": Preset("sizes, run times, cycle and load as you say, see the options", 128, 1e11, None, _parametric),
    "haswell": Preset("a machine like Cori Haswell, five days", 2388, round(2.81e15 / 2388), 5.0, _haswell),
    "knl": Preset("a machine like Cori KNL, six days", 9688, round(2.95e16 / 9688), 6.0, _knl),
    "theta": Preset("a machine like Theta, two weeks", 4392, round(1.17e16 / 4392), 14.0, _theta),
}
