"""Statistics of a run, with the names and definitions of the field; ``docs/results.md`` has the formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from elastisim.errors import InputError
from elastisim.results.summary import Summary, jain_index, summarise
from elastisim.results.window import Window, whole_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from elastisim.results.history import History, JobRecord, Reconfiguration

BOUND = 10.0
"""Default threshold of the bounded slowdown in seconds (Feitelson and Rudolph, 1998)."""

USER_ATTRIBUTE = "user"
"""Job attribute that names the user, for fairness."""


class JobCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of jobs by what became of them; ``running`` and ``pending`` only in an interrupted run."""

    total: int
    completed: int
    killed: int
    running: int
    pending: int


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Distributions over jobs.

    ``wait`` is over jobs that started, all others over jobs that started and ended, by completion or kill.  ``nodes``
    is the mean number of nodes of a job over its runtime.
    """

    wait: Summary | None
    runtime: Summary | None
    turnaround: Summary | None
    slowdown: Summary | None
    bounded_slowdown: Summary | None
    nodes: Summary | None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs that agree in what they are grouped by."""

    key: tuple[str, ...]
    jobs: JobCounts
    metrics: Metrics
    node_hours: float


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How the machine was used in the window.

    ``utilization`` is the share of node time on which jobs ran; ``cpu_load`` the mean CPU load of all nodes in units of
    one core, ``efficiency`` that load per allocated node, both None without sensing.  ``throughput`` is in completed
    jobs per hour.  Lengths and numbers are means over time.  ``makespan`` is the time from the first submission to
    the last end in seconds, whatever the window.
    """

    makespan: float
    throughput: float | None
    node_hours: float
    utilization: float | None
    cpu_load: float | None
    gpu_load: float | None
    efficiency: float | None
    network: float | None
    pfs_read: float | None
    pfs_write: float | None
    queue_length: float
    longest_queue: int
    running_jobs: float


class Reconfigurations(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of the nodes of running jobs; times in seconds, None where they were not recorded."""

    count: int
    jobs: int
    expansions: int
    shrinks: int
    replacements: int
    nodes_gained: int
    nodes_lost: int
    time: float | None
    expansion_time: Summary | None
    shrink_time: Summary | None


class EvolvingRequests(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of evolving jobs that reached the algorithm."""

    count: int
    granted: int


class UserShare(msgspec.Struct, frozen=True, kw_only=True):
    """What one user got: means over the user's jobs, and node-hours."""

    user: str
    jobs: int
    wait: float | None
    bounded_slowdown: float | None
    node_hours: float


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    """How equally users were served: Jain's index over the users' means, between 1 / users and 1."""

    users: list[UserShare]
    wait: float | None
    bounded_slowdown: float | None


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """All statistics of a run."""

    name: str
    is_partial: bool
    nodes: int
    window: Window
    bound: float
    jobs: JobCounts
    usage: Usage
    metrics: Metrics
    reconfigurations: Reconfigurations
    evolving_requests: EvolvingRequests | None
    fairness: Fairness | None
    by: tuple[str, ...]
    groups: list[Group]


def compute_statistics(
    history: History, *, window: Window | None = None, bound: float = BOUND, by: Sequence[str] = ()
) -> Statistics:
    """Return the statistics of a run.

    *bound* is the threshold of the bounded slowdown in seconds.  *by* names what jobs are grouped by: ``type``,
    ``size``, ``status``, ``model``, or a job attribute.  Raises :class:`~elastisim.errors.InputError` for another name.
    """
    window = window or whole_run(history)
    jobs = [job for job in history.jobs if window.holds(job)]
    keys = [_key(name, history.jobs) for name in by]
    groups: dict[tuple[str, ...], list[JobRecord]] = {}
    for job in jobs if keys else ():
        groups.setdefault(tuple(key(job) for key in keys), []).append(job)
    return Statistics(
        name=history.name,
        is_partial=history.is_partial,
        nodes=len(history.nodes),
        window=window,
        bound=bound,
        jobs=count_jobs(jobs),
        usage=_usage(history, window),
        metrics=job_metrics(jobs, bound),
        reconfigurations=_reconfigurations(history, window),
        evolving_requests=_evolving_requests(history, window),
        fairness=_fairness(jobs, bound),
        by=tuple(by),
        groups=[
            Group(key=key, jobs=count_jobs(own), metrics=job_metrics(own, bound), node_hours=node_hours(own))
            for key, own in sorted(groups.items(), key=lambda item: tuple(map(_natural, item[0])))
        ],
    )


def count_jobs(jobs: Iterable[JobRecord]) -> JobCounts:
    """Return the numbers of *jobs* by status."""
    counts = {"completed": 0, "killed": 0, "running": 0, "pending": 0}
    for job in jobs:
        counts[job.status] += 1
    return JobCounts(total=sum(counts.values()), **counts)


def job_metrics(jobs: Iterable[JobRecord], bound: float) -> Metrics:
    """Return the distributions over *jobs*."""
    jobs = list(jobs)
    ended = [job for job in jobs if job.has_run]
    return Metrics(
        wait=summarise(job.wait for job in jobs if job.wait is not None),
        runtime=summarise(job.runtime for job in ended if job.runtime is not None),
        turnaround=summarise(job.turnaround for job in ended if job.turnaround is not None),
        slowdown=summarise(_known(job.slowdown() for job in ended)),
        bounded_slowdown=summarise(_known(job.bounded_slowdown(bound) for job in ended)),
        nodes=summarise(job.mean_nodes for job in ended),
    )


def node_hours(jobs: Iterable[JobRecord]) -> float:
    """Return the node-hours that *jobs* used."""
    return math.fsum(job.node_seconds for job in jobs) / 3600.0


def size_class(nodes: float) -> str:
    """Return the class of a number of nodes: 1, 2, 3-4, 5-8 and so on, up to powers of two."""
    if nodes <= 0.0:
        return "0"
    exponent = max(0, math.ceil(math.log2(nodes)))
    first, last = 2**exponent // 2 + 1, 2**exponent
    return f"{first}-{last}" if first < last else str(last)


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean(values: Sequence[float]) -> float | None:
    values = [value for value in values if not math.isnan(value)]
    return math.fsum(values) / len(values) if values else None


def _key(name: str, jobs: Sequence[JobRecord]) -> Callable[[JobRecord], str]:
    keys: dict[str, Callable[[JobRecord], str]] = {
        "type": lambda job: job.type,
        "size": lambda job: size_class(job.mean_nodes),
        "status": lambda job: job.status,
        "model": lambda job: job.model,
    }
    if name in keys:
        return keys[name]
    attributes = {attribute for job in jobs for attribute in job.attributes}
    if name in attributes:
        return lambda job: job.attributes.get(name, "")
    known = ", ".join([*keys, *sorted(attributes)])
    raise InputError.at("", "", f"jobs cannot be grouped by {name!r}; known: {known}")


def _natural(text: str) -> tuple[float, str]:
    """Sort what begins with a number by the number, after that by text."""
    digits = text.split("-")[0]
    return (float(digits), text) if digits.isdecimal() else (math.inf, text)


def _usage(history: History, window: Window) -> Usage:
    busy = history.busy.integral(window.start, window.end)
    capacity = len(history.nodes) * window.length
    completed = sum(
        job.status == "completed" and job.end is not None and window.start <= job.end <= window.end
        for job in history.jobs
    )
    utilization = busy / capacity if capacity else None
    queue = history.queue_length()

    def sampled(table: str, curve: str) -> float | None:
        samples = history.samples.get(table)
        if samples is None:
            return None
        pairs = zip(samples.times, samples.values[curve], strict=True)
        return _mean([value for time, value in pairs if window.start <= time <= window.end])

    cpu_load = sampled("cpu_utilization", "cpu")
    return Usage(
        makespan=whole_run(history).length,
        throughput=completed / window.length * 3600.0 if window.length else None,
        node_hours=busy / 3600.0,
        utilization=utilization,
        cpu_load=cpu_load,
        gpu_load=sampled("gpu_utilization", "gpu"),
        efficiency=cpu_load / utilization if cpu_load is not None and utilization else None,
        network=sampled("network_activity", "network"),
        pfs_read=sampled("pfs_utilization", "pfs_read"),
        pfs_write=sampled("pfs_utilization", "pfs_write"),
        queue_length=queue.mean(window.start, window.end),
        longest_queue=int(queue.maximum(window.start, window.end)),
        running_jobs=history.running_jobs().mean(window.start, window.end),
    )


def _reconfigurations(history: History, window: Window) -> Reconfigurations:
    changes = [change for change in history.reconfigurations if window.start <= change.time <= window.end]
    expansions = [change for change in changes if change.after > change.before]
    shrinks = [change for change in changes if change.after < change.before]

    def durations(of: list[Reconfiguration]) -> list[float]:
        return _known(change.duration for change in of)

    return Reconfigurations(
        count=len(changes),
        jobs=len({change.job for change in changes}),
        expansions=len(expansions),
        shrinks=len(shrinks),
        replacements=len(changes) - len(expansions) - len(shrinks),
        nodes_gained=sum(change.gained for change in changes),
        nodes_lost=sum(change.lost for change in changes),
        time=math.fsum(durations(changes)) if history.reconfigurations_recorded else None,
        expansion_time=summarise(durations(expansions)),
        shrink_time=summarise(durations(shrinks)),
    )


def _evolving_requests(history: History, window: Window) -> EvolvingRequests | None:
    if history.evolving_requests is None:
        return None
    requests = [request for request in history.evolving_requests if window.start <= request.time <= window.end]
    return EvolvingRequests(count=len(requests), granted=sum(request.granted for request in requests))


def _fairness(jobs: Iterable[JobRecord], bound: float) -> Fairness | None:
    users: dict[str, list[JobRecord]] = {}
    for job in jobs:
        if USER_ATTRIBUTE in job.attributes:
            users.setdefault(job.attributes[USER_ATTRIBUTE], []).append(job)
    if not users:
        return None
    shares = []
    for user, own in sorted(users.items(), key=lambda item: _natural(item[0])):
        metrics = job_metrics(own, bound)
        shares.append(
            UserShare(
                user=user,
                jobs=len(own),
                wait=metrics.wait.mean if metrics.wait else None,
                bounded_slowdown=metrics.bounded_slowdown.mean if metrics.bounded_slowdown else None,
                node_hours=node_hours(own),
            )
        )
    return Fairness(
        users=shares,
        wait=jain_index(_known(share.wait for share in shares)),
        bounded_slowdown=jain_index(_known(share.bounded_slowdown for share in shares)),
    )
