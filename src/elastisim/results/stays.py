"""The stays of jobs on nodes, read from ``node_utilization``."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from elastisim.results.history import Reconfiguration, Stay, node_ranges
from elastisim.results.nodes import NodeUtilizationRecorder
from elastisim.results.series import StepSeries

if TYPE_CHECKING:
    from elastisim.results.tables import Table

NO_STAYS: tuple[list[str], StepSeries, dict[int, list[Stay]], float] = ([], StepSeries(), {}, 0.0)


def read_stays(table: Table) -> tuple[list[str], StepSeries, dict[int, list[Stay]], float]:
    """Return the nodes in ID order, the number of busy ones over time, the stays of each job, and the last time.

    Stays that have not ended are taken to last until the last time.
    """
    positions: dict[str, int] = {}
    running: list[str] = []
    busy = StepSeries()
    stays: dict[int, list[Stay]] = {}
    held: dict[int, set[int]] = {}
    since: dict[int, float] = {}
    moved: set[int] = set()
    time, time_text, count = 0.0, "", 0

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
        try:
            if row[0] != time_text:
                busy.append(time, count)
                moved.clear()
                time_text = row[0]
                time = float(time_text)
            position = positions.setdefault(row[1], len(running))
            now = row[3]
            if position == len(running):
                running.append("none")
            before = running[position]
            if now == before:
                continue
            running[position] = now
            old = before.split(";") if before != "none" else ()
            new = now.split(";") if now != "none" else ()
            for job in old:
                if job not in new:
                    set_out(int(job)).discard(position)
            for job in new:
                if job not in old:
                    set_out(int(job)).add(position)
            count += bool(new) - bool(old)
        except ValueError:
            raise table.bad_row(row) from None
    busy.append(time, count)
    for identifier, nodes in held.items():
        if nodes and (time > since[identifier] or identifier not in stays):
            _append(stays.setdefault(identifier, []), Stay(since[identifier], time, node_ranges(nodes)))
    return list(positions), busy, stays, time


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
