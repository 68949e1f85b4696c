"""The entries of a workload on their way from a trace or a generator to jobs of the simulator.

A :class:`TraceJob` is one entry of a trace as the trace has it: anything may be unknown or contradictory.  Cleaning
(:mod:`elastisim.workload.traces.cleaning`) makes a :class:`JobRecord` of it, which is complete and consistent.
Generators make records directly.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import msgspec

Label: TypeAlias = int | str
"""What traces call jobs, users and queues."""


class Status(IntEnum):
    """How a job of a trace ended; the values are those of the Standard Workload Format."""

    UNKNOWN = -1
    FAILED = 0
    COMPLETED = 1
    PARTIAL = 2
    LAST_PART_COMPLETED = 3
    LAST_PART_FAILED = 4
    CANCELLED = 5
    UNFINISHED = 6
    """Still waiting or running when the trace was written; the Standard Workload Format has no such status."""


class TraceJob(msgspec.Struct, gc=False):
    """One entry of a trace; None stands for unknown.

    Times are in seconds, ``submit`` on the trace's own scale (seconds since its start, or since 1970).  Sizes count
    nodes or processors, as the trace says.  ``limit`` is the requested time.  A ``status`` that the
    format does not define is kept as it is.  ``model`` names an application model of the trace's own, for jobs that are
    described by what they do instead of by how long they ran.
    """

    place: int
    identifier: Label
    submit: float | None
    wait: float | None
    runtime: float | None
    allocated: int | None
    requested: int | None
    limit: float | None
    status: int | str
    user: Label | None = None
    group: Label | None = None
    queue: Label | None = None
    partition: Label | None = None
    model: str | None = None


class JobRecord(msgspec.Struct, gc=False):
    """A job ready to become a job of the simulator.

    Times are in seconds, ``submit`` counted from the start of the simulation.  ``nodes`` is the number of nodes on
    which it ran for ``runtime``.  ``limit`` is its walltime, None for no limit.  ``runtime`` is None if and only if
    ``model`` names an application model that says what the job does.
    """

    identifier: Label
    submit: float
    runtime: float | None
    nodes: int
    limit: float | None = None
    user: Label | None = None
    group: Label | None = None
    queue: Label | None = None
    partition: Label | None = None
    model: str | None = None
