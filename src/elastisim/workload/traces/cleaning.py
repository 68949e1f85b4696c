"""From the entries of a trace to jobs that can be simulated: every defect found, counted, and dealt with by rule.

Entries are examined in the order of the trace.  For each of them the rules apply in this order: submit time, window,
identifier and status, run time, size, wait, limit, order; the first one that drops the entry is the one it is counted
for.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from elastisim.errors import InputError
from elastisim.workload.records import JobRecord, Status
from elastisim.workload.traces.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.workload.records import Label, TraceJob
    from elastisim.workload.traces.formats import Trace

EXAMPLES = 3
"""Number of places that a report names for each defect."""

_PARTS = (Status.PARTIAL, Status.LAST_PART_COMPLETED, Status.LAST_PART_FAILED)


@dataclass(slots=True)
class Report:
    """What cleaning found: entries read and kept, defects by rule with the first few places, and remarks."""

    file: str
    actions: Mapping[str, str]
    place: str = "line"
    read: int = 0
    kept: int = 0
    outside_window: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    skipped: Mapping[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def flag(self, rule: str, place: int, message: str) -> bool:
        """Count a defect and return whether the entry is kept; raise InputError if the rule's action is ``error``."""
        action = self.actions[rule]
        if action == "error":
            others = " or ".join(f"--{rule} {other}" for other in RULES[rule].actions if other != "error")
            raise InputError.at(self.file, f"{self.place} {place}", f"{message} (to go on: {others})")
        self.counts[rule] += 1
        places = self.examples.setdefault(rule, [])
        if len(places) < EXAMPLES:
            places.append(f"{self.place} {place}: {message}")
        if action == "drop":
            self.dropped[rule] += 1
        return action != "drop"


Moment: TypeAlias = float | datetime
"""A time on the trace's own scale in seconds, or a date."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a trace that is used, by submit time: from ``begin`` to before ``end``."""

    begin: Moment = -math.inf
    end: Moment = math.inf

    def on_scale_of(self, trace: Trace, file: str) -> tuple[float, float]:
        """Return both ends on the scale of a trace; raise InputError for dates if it does not say when it began."""
        return _on_scale(self.begin, trace, file), _on_scale(self.end, trace, file)


def _on_scale(moment: Moment, trace: Trace, file: str) -> float:
    if not isinstance(moment, datetime):
        return moment
    if trace.epoch is None:
        raise InputError.at(file, "", "the trace does not say at which date it begins; give times in its own seconds")
    return moment.timestamp() - trace.epoch


@dataclass(frozen=True, slots=True)
class Machine:
    """What sizes are measured against: number of nodes, and processors that make up one node."""

    nodes: int
    processors_per_node: int = 1


def machine_of(trace: Trace, file: str, nodes: int | None, processors_per_node: int | None) -> Machine:
    """Return the machine: what the user says, else what the trace says.

    Without a word from the user a node has MaxProcs / MaxNodes processors if the trace names both and the ratio is
    whole, else one.
    """
    per_node = processors_per_node
    if per_node is None:
        per_node = 1
        if trace.unit == "processors" and trace.processors and trace.nodes and not trace.processors % trace.nodes:
            per_node = trace.processors // trace.nodes
    if nodes is None:
        nodes = trace.nodes if trace.unit == "nodes" or processors_per_node is None else None
        if nodes is None and trace.processors:
            nodes = math.ceil(trace.processors / per_node)
    if nodes is None:
        raise InputError.at(file, "", "the trace does not say how many nodes the machine has; give --nodes")
    return Machine(nodes, per_node)


Origin: TypeAlias = float | Literal["first", "keep"]
"""Which time of the trace becomes time 0: that of the first job, none (times stay), or a given one."""


def clean(trace: Trace, machine: Machine, report: Report, window: Window, origin: Origin) -> list[JobRecord]:
    """Return the jobs of a trace in order of submission; raise InputError where a rule says so or if none is left."""
    cleaner = _Cleaner(trace, machine, report)
    keep = cleaner.keep
    records: list[JobRecord] = []
    sorted_so_far = True
    latest = -math.inf
    begin, end = window.on_scale_of(trace, report.file)
    for job in trace.jobs:
        report.read += 1
        submit = job.submit
        if submit is None:
            # Parts of a job other than the first one have no submit time of their own.
            if job.status in _PARTS and not cleaner.is_wanted(job):
                continue
            report.flag("unknown-submit", job.place, f"job {job.identifier} has no submit time")
            continue
        if not begin <= submit < end:
            report.outside_window += 1
            continue
        record = keep(job, submit)
        if record is None:
            continue
        if submit < latest:
            report.flag("out-of-order", job.place, f"job {job.identifier} was submitted before the job ahead of it")
            sorted_so_far = False
        else:
            latest = submit
        records.append(record)
    cleaner.finish()
    report.skipped = dict(trace.skipped)
    report.read += report.dropped["malformed"] + report.dropped["extra-fields"]
    report.kept = len(records)
    if not records:
        raise InputError.at(report.file, "", f"no job is left: {_reasons(report)}")
    if not sorted_so_far:
        records.sort(key=lambda record: record.submit)
    _shift(records, origin)
    return records


def _reasons(report: Report) -> str:
    reasons = [f"{count} dropped by rule {rule!r}" for rule, count in report.dropped.items()]
    reasons += [f"{count} {kind}" for kind, count in report.skipped.items()]
    if report.outside_window:
        reasons.append(f"{report.outside_window} submitted outside the window")
    return ", ".join(reasons) or "the trace has no entries"


def _shift(records: list[JobRecord], origin: Origin) -> None:
    if origin == "keep":
        return
    zero = records[0].submit if origin == "first" else float(origin)
    if isinstance(zero, float) and zero.is_integer():
        zero = int(zero)
    for record in records:
        shifted = record.submit - zero
        # Subtracting large times leaves noise behind the digits that the trace had.
        record.submit = shifted if isinstance(shifted, int) else round(shifted, 6)


class _Cleaner:
    """Applies the rules to one entry after the other."""

    def __init__(self, trace: Trace, machine: Machine, report: Report) -> None:
        self._report = report
        self._flag = report.flag
        self._actions = report.actions
        self._prefers_allocated = report.actions["size"] == "allocated"
        self._per_node = machine.processors_per_node if trace.unit == "processors" else 1
        self._nodes = machine.nodes
        self._unit = trace.unit
        self._seen: set[Label] = set()
        self._parts: set[Label] = set()

    def keep(self, job: TraceJob, submit: float) -> JobRecord | None:
        """Return the job ready for simulation, None if a rule drops it."""
        if not self.is_wanted(job):
            return None
        runtime = job.runtime
        if job.model is None and (runtime is None or runtime <= 0):
            runtime = self._repaired_runtime(job)
            if runtime is None:
                return None
        nodes = self._node_count(job)
        if nodes is None:
            return None
        if job.wait is not None and job.wait < 0:
            wait = f"job {job.identifier} started {-job.wait:g} s before it was submitted"
            if not self._flag("negative-wait", job.place, wait):
                return None
        limit = job.limit
        if limit is None:
            if not self._flag("unknown-limit", job.place, f"job {job.identifier} has no requested time"):
                return None
            if self._actions["unknown-limit"] == "runtime" and runtime is not None:
                limit = math.ceil(runtime)
        elif runtime is not None and runtime > limit:
            excess = f"job {job.identifier} ran {runtime:g} s and had requested {limit:g} s"
            if not self._flag("overrun", job.place, excess):
                return None
            action = self._actions["overrun"]
            if action == "extend":
                limit = math.ceil(runtime)
            elif action == "truncate":
                runtime = limit
        return JobRecord(
            job.identifier,
            submit,
            None if job.model is not None else runtime,
            nodes,
            limit,
            job.user,
            job.group,
            job.queue,
            job.partition,
            job.model,
        )

    def finish(self) -> None:
        """Remark on parts of jobs without an entry for the whole job."""
        orphans = len(self._parts - self._seen)
        if orphans and self._actions["partial"] == "drop":
            self._report.remarks.append(
                f"jobs of which the trace has only parts, without an entry for the whole, are lost: {orphans} "
                "(--partial keep makes each part a job)"
            )

    def is_wanted(self, job: TraceJob) -> bool:
        """Return whether identifier and status let the job stay."""
        status, identifier, place, flag = job.status, job.identifier, job.place, self._flag
        if status in _PARTS:
            self._parts.add(identifier)
            return flag("partial", place, f"job {identifier} is a part of a job")
        known = len(self._seen)
        self._seen.add(identifier)
        if len(self._seen) == known and not flag("duplicate", place, f"job {identifier} occurs again"):
            return False
        if status in (Status.COMPLETED, Status.UNKNOWN):
            return True
        if status == Status.CANCELLED:
            if not job.runtime or job.runtime < 0:
                return flag("never-started", place, f"job {identifier} was cancelled before it ran")
            return flag("cancelled", place, f"job {identifier} was cancelled while it ran")
        if status == Status.FAILED:
            return flag("failed", place, f"job {identifier} failed")
        if status == Status.UNFINISHED:
            return flag("unfinished", place, f"job {identifier} has not finished")
        return flag("unknown-status", place, f"job {identifier} has the undefined status {status}")

    def _repaired_runtime(self, job: TraceJob) -> float | None:
        if job.runtime == 0:
            if not self._flag("zero-runtime", job.place, f"job {job.identifier} ran for 0 s"):
                return None
            return 1 if self._actions["zero-runtime"] == "second" else 0
        rule = "unknown-runtime" if job.runtime is None else "negative-runtime"
        message = "has no run time" if job.runtime is None else f"has a run time of {job.runtime:g} s"
        if not self._flag(rule, job.place, f"job {job.identifier} {message}"):
            return None
        if job.limit is None:
            self._report.dropped[rule] += 1
        return job.limit

    def _node_count(self, job: TraceJob) -> int | None:
        size, other = job.allocated, job.requested
        if not self._prefers_allocated:
            size, other = other, size
        if size != other and other is not None:
            had = f"{job.allocated or 'unknown'} allocated, {job.requested or 'unknown'} requested {self._unit}"
            self._flag("size", job.place, f"job {job.identifier} has {had}")
            size = size or other
        if size is None:
            self._flag("unknown-size", job.place, f"job {job.identifier} has no size")
            return None
        per_node = self._per_node
        nodes = size if per_node == 1 else -(-size // per_node)
        if nodes * per_node != size:
            fraction = f"job {job.identifier} has {size} processors, a node has {per_node}"
            if not self._flag("partial-node", job.place, fraction):
                return None
        if nodes > self._nodes:
            excess = f"job {job.identifier} needs {nodes} nodes, the machine has {self._nodes}"
            if not self._flag("too-large", job.place, excess):
                return None
            nodes = self._nodes
        return nodes
