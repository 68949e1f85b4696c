"""Jobs as read from a jobs file (spec section 2)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from elastisim_python.enumeration import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.workload.application import ApplicationModel


NO_STRINGS: Mapping[str, str] = {}
"""What all jobs without arguments or attributes share: long queues would have a million empty dictionaries."""


@plain
class JobType(IntEnum):
    """How the size of a job is chosen and whether it may change; the values are those of the wire protocol."""

    RIGID = 0
    MOLDABLE = 1
    MALLEABLE = 2
    EVOLVING = 3
    ADAPTIVE = 4


class JobDescription(Struct, frozen=True, gc=False, kw_only=True):
    """A job before it is submitted.

    ``identifier`` is the position in submission order (R2.4).  For rigid jobs minimum and maximum are equal.
    ``walltime`` is in seconds, 0.0 for no limit.  ``arguments`` and ``attributes`` hold strings (R2.5).
    ``total_phases`` is the sum of the iterations of all phases (R3.5), each counted as at least 0.
    ``phase_iterations`` holds the number of iterations of each phase of the model, evaluated with the job's arguments.
    """

    identifier: int
    type: JobType
    submit_time: float
    walltime: float
    min_nodes: int
    max_nodes: int
    min_gpus_per_node: int
    max_gpus_per_node: int
    model: ApplicationModel
    phase_iterations: tuple[int, ...]
    arguments: Mapping[str, str] = field(default_factory=lambda: NO_STRINGS)
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_STRINGS)
    source: str = ""

    @property
    def total_phases(self) -> int:
        """Number of phase iterations of the whole job."""
        return sum(self.phase_iterations)
