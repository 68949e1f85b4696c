"""The stays of jobs on nodes, read from ``node_utilization``."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from elastisim.results.history import Reconfiguration, Stay, node_ranges
from elastisim.results.nodes import NodeUtilizationRecorder
from elastisim.results.series import StepSeries

if TYPE_CHECKING:
    from elastisim.results.tables import Table


class Occupancy(Struct, frozen=True):
    """Who was where: nodes in ID order, the number of busy ones over time, and the stays of each job.

    ``end`` is the last time that is known; stays that had not ended by then, those of the ``present`` jobs, last until
    then.
    """

    nodes: list[str] = field(default_factory=list)
    busy: StepSeries = field(default_factory=StepSeries)
    stays: dict[int, list[Stay]] = field(default_factory=dict)
    present: frozenset[int] = frozenset()
    end: float = 0.0


def read_stays(table: Table) -> Occupancy:
    """Return what ``node_utilization`` says; raise InputError for rows that are none."""
    positions: dict[str, int] = {}
    running: list[str] = []
    busy = StepSeries()
    stays: dict[int, list[Stay]] = {}
    held: dict[int, set[int]] = {}
    since: dict[int, float] = {}
    moved: set[int] = set()
    time, time_text, count = 0.0, "", 0
    last_before = last_now = ""
    leavers: list[set[int]] = []
    comers: list[set[int]] = []

    def set_out(job: int) -> set[int]:
        """Close the stay of a job whose nodes change now."""
        nodes = held.setdefault(job, set())
        if job not in moved:
            moved.add(job)
            if nodes and time > since[job]:
                _append(stays.setdefault(job, []), Stay(since[job], time, node_ranges(nodes)))
            since[job] = time
        return nodes

    for row in table.rows(NodeUtilizationRecorder.header):
        row_time, name, _, now, _ = row
        try:
            if row_time != time_text:
                busy.append(time, count)
                moved.clear()
                last_before = last_now = ""
                time_text = row_time
                time = float(row_time)
            position = positions.setdefault(name, len(running))
            if position == len(running):
                running.append("none")
            before = running[position]
            if now == before:
                continue
            running[position] = now
            # Most rows repeat the one above for another node of the same job.
            if before != last_before or now != last_now:
                last_before, last_now = before, now
                old, new = _job_ids(before), _job_ids(now)
                leavers = [set_out(job) for job in old if job not in new]
                comers = [set_out(job) for job in new if job not in old]
                step = bool(new) - bool(old)
            for nodes in leavers:
                nodes.discard(position)
            for nodes in comers:
                nodes.add(position)
            count += step
        except ValueError:
            raise table.bad_row(row) from None
    busy.append(time, count)
    for identifier, nodes in held.items():
        if nodes and (time > since[identifier] or identifier not in stays):
            _append(stays.setdefault(identifier, []), Stay(since[identifier], time, node_ranges(nodes)))
    present = frozenset(identifier for identifier, nodes in held.items() if nodes)
    return Occupancy(list(positions), busy, stays, present, time)


def _job_ids(text: str) -> list[int]:
    return [int(job) for job in text.split(";")] if text != "none" else []


def _append(stays: list[Stay], stay: Stay) -> None:
    """Append a stay, or prolong the last one if the nodes are the same."""
    if stays and stays[-1].end == stay.start and stays[-1].nodes == stay.nodes:
        stays[-1] = Stay(stays[-1].start, stay.end, stay.nodes)
    else:
        stays.append(stay)


def derive_reconfigurations(stays: dict[int, list[Stay]]) -> list[Reconfiguration]:
    """Return the changes of nodes that the stays show; permutations of a node list leave no trace."""
    found = []
    for job, own in stays.items():
        for old, new in pairwise(own):
            kept = _common(old, new)
            found.append(Reconfiguration(new.start, job, old.size, new.size, new.size - kept, old.size - kept))
    return sorted(found, key=lambda change: (change.time, change.job))


def _common(old: Stay, new: Stay) -> int:
    """Return the number of nodes that two stays share."""
    common = 0
    left, right = list(old.nodes), list(new.nodes)
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        common += max(0, last - first + 1)
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common
