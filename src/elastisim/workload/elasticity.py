"""Rigid jobs turned moldable, malleable, evolving or adaptive.

Every job draws its type by seed and identifier alone (:mod:`elastisim.workload.draws`), so that it keeps its type
whichever other jobs there are, and so that shares nest: the malleable jobs at a share of 20 % are among those at 40 %.
Sizes follow from the number of nodes that the job used, which becomes the preferred one, and from a speed-up model
(strategies S10.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.errors import InputError
from elastisim.workload.draws import uniform
from elastisim.workload.job import JobType
from elastisim.workload.speedup import SpeedUp, amdahl_for, as_fraction, downey_for, largest_efficient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.workload.records import Label

ORDER = (JobType.MALLEABLE, JobType.ADAPTIVE, JobType.EVOLVING, JobType.MOLDABLE)
"""The order in which types take their share of the jobs; what is left is rigid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elasticity:
    """The shares of the types, and the rules for sizes.

    The preferred size is just above ``preferred_efficiency``, the largest is the last one above ``maximum_efficiency``,
    the smallest is ``minimum_fraction`` of the preferred one, rounded down.  ``speedup`` is ``amdahl`` or ``downey``,
    ``sigma`` belongs to the latter.
    """

    shares: Mapping[JobType, float] = field(default_factory=dict)
    seed: int = 0
    speedup: str = "amdahl"
    sigma: float = 1.0
    preferred_efficiency: float = 0.8
    maximum_efficiency: float = 0.5
    minimum_fraction: float = 0.2

    def __post_init__(self) -> None:
        for kind, share in self.shares.items():
            if not 0 <= share <= 1:
                raise InputError.at("", "", f"the share of {kind.name.lower()} jobs is {share}, expected 0 to 1")
        if added(self.shares.values()) > 1 + 1e-9:
            raise InputError.at("", "", f"the shares of the job types add up to {added(self.shares.values()):g}")
        if not 0 < self.maximum_efficiency <= self.preferred_efficiency < 1:
            raise InputError.at(
                "",
                "",
                "efficiencies must be above 0 and below 1, that of the largest size not above that of the preferred "
                f"one: they are {self.maximum_efficiency} and {self.preferred_efficiency}",
            )
        if not 0 <= self.minimum_fraction <= 1:
            raise InputError.at("", "", f"the minimum fraction is {self.minimum_fraction}, expected 0 to 1")
        if not 0 <= self.sigma < math.inf:
            raise InputError.at("", "", f"sigma is {self.sigma}, expected a non-negative number")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of nodes of a job, and the speed-up from which they follow.

    ``at_preferred`` and ``at_minimum`` are the speed-ups on these numbers of nodes, ``speedup_arguments`` are the
    arguments of a performance model that describe the speed-up of the job.
    """

    minimum: int
    preferred: int
    maximum: int
    speedup_arguments: Mapping[str, float]
    at_preferred: float
    at_minimum: float


class Transformation:
    """Applies an :class:`Elasticity` to jobs of a machine with a certain number of nodes."""

    def __init__(self, elasticity: Elasticity, nodes: int) -> None:
        self._elasticity = elasticity
        self._nodes = nodes
        self._sizes: dict[int, Sizes] = {}
        self._thresholds: list[tuple[JobType, float]] = []
        left = 1.0
        for kind in ORDER:
            share = elasticity.shares.get(kind, 0.0)
            if share > 0.0:
                # The probability of taking a job that the types ahead left.  The tolerance makes shares that add up
                # to 1 leave nothing.
                self._thresholds.append((kind, share / left if share < left - 1e-12 else 1.0))
                left -= share

    def type_of(self, identifier: Label) -> JobType:
        """Return the type of a job."""
        for kind, threshold in self._thresholds:
            if uniform(self._elasticity.seed, kind.name, identifier) < threshold:
                return kind
        return JobType.RIGID

    def sizes(self, preferred: int) -> Sizes:
        """Return the sizes of a job that used *preferred* nodes."""
        sizes = self._sizes.get(preferred)
        if sizes is None:
            sizes = self._sizes[preferred] = self._derive(preferred)
        return sizes

    def _derive(self, preferred: int) -> Sizes:
        rules = self._elasticity
        threshold = as_fraction(rules.preferred_efficiency)
        speedup: SpeedUp
        if rules.speedup == "downey":
            speedup = downey_for(preferred, threshold, as_fraction(rules.sigma))
        else:
            speedup = amdahl_for(preferred, threshold)
        minimum = max(1, math.floor(as_fraction(rules.minimum_fraction) * preferred))
        maximum = largest_efficient(speedup, preferred, as_fraction(rules.maximum_efficiency), self._nodes)
        at_preferred, at_minimum = speedup.speedup(preferred), speedup.speedup(minimum)
        return Sizes(minimum, preferred, maximum, speedup.arguments, float(at_preferred), float(at_minimum))
