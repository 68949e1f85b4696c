"""How much a run will write: samples of loads as CSV grow with nodes and with simulated time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from elastisim.addition import added
from elastisim.configuration import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.configuration import Configuration
    from elastisim.platform.machine import ComputeNode
    from elastisim.workload.job import JobDescription

NOTEWORTHY = 2e9
"""Bytes from which on a user is told before the run."""

_LOAD, _UNDEFINED, _NO_GPUS = len("0.000000,"), len("nan,"), len("0,")


class Volume(Struct, frozen=True):
    """Bytes of samples: ``certain`` until the last submission, ``likely`` if jobs run as long as their walltimes."""

    certain: float
    likely: float


def sampled_volume(
    configuration: Configuration, nodes: Sequence[ComputeNode], jobs: Sequence[JobDescription]
) -> Volume:
    """Return how many bytes of CSV the samples of a run take.

    A simulation lasts at least until the last submission.  That jobs with a walltime use all of it, on the smallest
    number of nodes, and leave no node idle, is a guess.
    """
    if not configuration.samples_loads:
        return Volume(0.0, 0.0)
    row = 0
    if configuration.cpu_utilization != str(NOWHERE):
        row += sum(_LOAD if node.host.speed > 0.0 else _UNDEFINED for node in nodes)
    if configuration.gpu_utilization != str(NOWHERE):
        row += sum(_LOAD if node.gpus else _NO_GPUS for node in nodes)
    submission = max((job.submit_time for job in jobs), default=0.0)
    work = added(job.walltime * job.min_nodes for job in jobs)
    interval = configuration.sensing_interval
    return Volume(row * submission / interval, row * max(submission, work / max(len(nodes), 1)) / interval)
