"""Export as a trace in the Chrome trace event format, which the Perfetto UI and other viewers open.

Nodes are tracks, jobs on them are slices, reconfigurations are flows between slices, and the state of the machine is
shown by counters.  A second of simulated time is a second of the trace.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from elastisim.results.export.output import written
from elastisim.results.history import node_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from elastisim.results.history import History, JobRecord, Stay

NODES, MACHINE = 1, 2
"""Process IDs: nodes as threads of one process, counters in another."""

_FLOW_STEP = 1.0
"""How long before the end of a slice a flow leaves it, in microseconds: at its end it would leave the next one."""


def write_trace(history: History, path: Path) -> int:
    """Write the trace to *path* (packed if it ends with ``.gz``), and return the number of events."""
    count = 0
    with written(path) as stream:
        head = {"displayTimeUnit": "ms", "otherData": {"run": history.name, "partial": history.is_partial}}
        stream.write(json.dumps(head)[:-1] + ', "traceEvents": [\n')
        for event in _events(history):
            stream.write((",\n" if count else "") + event)
            count += 1
        stream.write("\n]}\n")
    return count


def _events(history: History) -> Iterator[str]:
    yield _metadata("process_name", NODES, 0, name="Nodes")
    yield _metadata("process_sort_index", NODES, 0, sort_index=1)
    yield _metadata("process_name", MACHINE, 0, name=f"Machine: {history.name}")
    yield _metadata("process_sort_index", MACHINE, 0, sort_index=0)
    for node, name in enumerate(history.nodes):
        yield _metadata("thread_name", NODES, node + 1, name=name)
        yield _metadata("thread_sort_index", NODES, node + 1, sort_index=node)
    yield from _counters(history)
    for job in history.jobs:
        yield from _slices(job)
        yield from _flows(job)


def _metadata(kind: str, process: int, thread: int, **arguments: object) -> str:
    return json.dumps({"name": kind, "ph": "M", "pid": process, "tid": thread, "args": arguments}, ensure_ascii=False)


def _time(seconds: float) -> float:
    """Return microseconds, to the nanosecond that viewers resolve."""
    return round(seconds * 1e6, 3)


def _counters(history: History) -> Iterator[str]:
    curves: list[tuple[str, Iterable[tuple[float, float]]]] = [
        ("Allocated nodes", zip(history.busy.times, history.busy.values, strict=True))
    ]
    for title, series in (("Waiting jobs", history.queue_length()), ("Running jobs", history.running_jobs())):
        curves.append((title, zip(series.times, series.values, strict=True)))
    for samples in history.samples.values():
        for name, values in samples.values.items():
            curves.append((_CURVES[name], zip(samples.times, values, strict=True)))
    for title, points in curves:
        for time, value in points:
            if math.isfinite(value):
                event = {
                    "name": title,
                    "ph": "C",
                    "pid": MACHINE,
                    "tid": 0,
                    "ts": _time(time),
                    "args": {"value": value},
                }
                yield json.dumps(event)


_CURVES = {
    "cpu": "CPU load",
    "gpu": "GPU load",
    "network": "Network load",
    "pfs_read": "PFS read (bytes/s)",
    "pfs_write": "PFS write (bytes/s)",
    "pfs_read_relative": "PFS read load",
    "pfs_write_relative": "PFS write load",
}


def _slices(job: JobRecord) -> Iterator[str]:
    """Yield a slice for each uninterrupted time of the job on a node, across reconfigurations that keep the node."""
    arguments = json.dumps(
        {
            "type": job.type,
            "status": job.status,
            "submit": job.submit,
            "wait": job.wait,
            "nodes": job.mean_nodes,
            **{f"attribute {name}": value for name, value in job.attributes.items()},
        },
        ensure_ascii=False,
    )
    head = f'{{"name":"Job {job.identifier}","cat":"job,{job.type}","ph":"X","pid":{NODES},"tid":'
    since: dict[int, float] = {}
    end = 0.0
    for stay in job.stays:
        nodes = set(_node_ids(stay))
        left = since.keys() - nodes if stay.start <= end else since.keys()
        for node in sorted(left):
            yield _slice(head, node, since.pop(node), end, arguments)
        for node in nodes:
            since.setdefault(node, stay.start)
        end = stay.end
    for node in sorted(since):
        yield _slice(head, node, since[node], end, arguments)


def _slice(head: str, node: int, start: float, end: float, arguments: str) -> str:
    return f'{head}{node + 1},"ts":{_time(start)},"dur":{_time(end - start)},"args":{arguments}}}'


def _flows(job: JobRecord) -> Iterator[str]:
    """Yield flows: from a node that stays to each range of gained nodes, and from each range of lost ones back.

    One flow for each range, not node, keeps traces of large machines readable.
    """
    number = 0
    for old, new in zip(job.stays, job.stays[1:], strict=False):
        if new.start > old.end:
            continue
        before, after = set(_node_ids(old)), set(_node_ids(new))
        kept = min(before & after, default=None)
        source = min(before) if kept is None else kept
        target = min(after) if kept is None else kept
        time = _time(new.start)
        early = max(_time(old.start), time - _FLOW_STEP)
        moves = [(source, first) for first, _ in node_ranges(after - before)]
        moves += [(first, target) for first, _ in node_ranges(before - after)] if kept is not None else []
        for giver, taker in moves:
            number += 1
            common = f'"cat":"reconfiguration","name":"reconfiguration","id":"{job.identifier}.{number}","pid":{NODES}'
            yield f'{{"ph":"s",{common},"tid":{giver + 1},"ts":{early}}}'
            yield f'{{"ph":"f","bp":"e",{common},"tid":{taker + 1},"ts":{time}}}'


def _node_ids(stay: Stay) -> Iterator[int]:
    for first, last in stay.nodes:
        yield from range(first, last + 1)
