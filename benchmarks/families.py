"""Families of cases: each one varies the size of one kind of scenario, from small to large."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import growth
import scenarios
import scheduling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIRECT = ("--algorithm", "algorithm.py")
SEPARATE = (sys.executable, "algorithm.py")


@dataclass(frozen=True)
class Case:
    """A scenario of a certain size, and how to simulate it."""

    size: str
    extent: int
    """The size as one number, which the axis of the family explains."""
    write: Callable[[Path], None]
    """Writes the scenario into a directory."""
    options: tuple[str, ...]
    """Options of ``elastisim run``."""
    algorithm: tuple[str, ...] | None = None
    """The command of an algorithm that runs in a process of its own."""


def policy(name: str) -> tuple[str, ...]:
    """Return options for a built-in policy."""
    return "--policy", name


def _study(phase: int) -> list[Case]:
    """Return sizes of the study of malleable jobs; the first three last a day, the others as long as their share."""
    days = {(64, 40): 30_000 / 40, (512, 317): 30_000 / 317, (2048, 1268): 30_000 / 1268}
    sizes = (*days, (9688, 300), (9688, 3_000), (9688, 30_000))
    return [
        Case(
            f"{nodes} nodes, {jobs} jobs",
            nodes * jobs,
            partial(scheduling.study, count=jobs, nodes=nodes, days=days.get((nodes, jobs), 5.0), phase=phase),
            policy("fcfs-expand"),
        )
        for nodes, jobs in sizes
    ]


def _queue(name: str) -> list[Case]:
    """Return lengths of a queue of rigid jobs."""
    return [
        Case(f"1024 nodes, {jobs} jobs", jobs, partial(scheduling.queue, nodes=1024, count=jobs), policy(name))
        for jobs in (10_000, 30_000, 100_000, 1_000_000)
    ]


def _communication(topology: str, pattern: str) -> list[Case]:
    """Return sizes of jobs that communicate."""
    return [
        Case(
            f"{nodes} nodes per job, 8 jobs",
            nodes,
            partial(scenarios.communication, topology=topology, pattern=pattern, nodes=nodes),
            policy("fcfs"),
        )
        for nodes in (128, 512, 1024, 4096)
    ]


def _machines(
    write: Callable[..., None], sizes: tuple[tuple[int, int], ...], options: tuple[str, ...] = ("--policy", "fcfs")
) -> list[Case]:
    """Return sizes of a machine, with the number of jobs for each."""
    return [
        Case(f"{nodes} nodes, {jobs} jobs", jobs, partial(write, nodes=nodes, count=jobs), options)
        for nodes, jobs in sizes
    ]


def _algorithm(options: tuple[str, ...], algorithm: tuple[str, ...] | None) -> list[Case]:
    """Return numbers of malleable jobs for an algorithm in the style of the original's scripts."""
    return [
        Case(
            f"1024 nodes, {jobs} jobs",
            jobs,
            partial(growth.write_scenario, jobs=jobs, machine=1024, nodes=4, phases=100),
            options,
            algorithm,
        )
        for jobs in (100, 300, 1000, 3000)
    ]


FAMILIES: dict[str, list[Case]] = {
    "malleable-60s": _study(60),
    "malleable-1s": _study(1),
    "rigid-fcfs": _queue("fcfs"),
    "rigid-easy": _queue("easy"),
    "file-system": _machines(scenarios.file_system, ((256, 60), (1024, 250), (4096, 1000), (8192, 2000))),
    **{
        f"{pattern.replace('_', '-')}-{topology}": _communication(topology, pattern)
        for pattern in ("all_to_all", "ring")
        for topology in scenarios.TOPOLOGIES
    },
    **{
        name: [
            Case(
                f"128 nodes, {jobs} jobs", jobs, partial(scenarios.mixed, count=jobs, is_monitored=is_monitored), DIRECT
            )
            for jobs in (125, 250, 500, 1000)
        ]
        for name, is_monitored in (("mixed", False), ("mixed-monitored", True))
    },
    "oversubscribed": _machines(scenarios.oversubscribed, ((32, 25), (64, 50), (128, 100), (256, 200)), DIRECT),
    "gpus": _machines(scenarios.gpus, ((256, 60), (1024, 250), (4096, 1000), (8192, 2000))),
    "evolving": [
        Case(f"1024 nodes, {jobs} jobs", jobs, partial(scenarios.evolving, count=jobs), policy("fcfs-expand"))
        for jobs in (25, 50, 100, 200)
    ],
    "sensing": [
        Case(f"{nodes} nodes, {nodes // 4} jobs", nodes, partial(scenarios.sensing, nodes=nodes), policy("fcfs"))
        for nodes in (128, 1024, 4096, 10_000)
    ],
    "task-times": _machines(scenarios.task_times, ((256, 60), (1024, 250), (4096, 1000), (8192, 2000))),
    "in-process": _algorithm(DIRECT, None),
    "over-zeromq": _algorithm(("--scheduler-timeout", "60"), SEPARATE),
}
"""The cases of each family, the smallest first."""

AXES = dict.fromkeys(FAMILIES, "jobs") | {
    **dict.fromkeys(("malleable-60s", "malleable-1s"), "nodes × jobs"),
    **{name: "nodes per job" for name in FAMILIES if name.startswith(("all-to-all-", "ring-"))},
    "sensing": "nodes",
}
"""What the extent of the cases of each family counts."""
