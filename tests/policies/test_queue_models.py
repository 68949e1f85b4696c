"""Policies for rigid jobs against queue models that know nothing of policies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from stage import play, rigid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NODES = 8
LARGEST = 12


class Task(NamedTuple):
    """A rigid job; times in seconds."""

    submit: float
    size: int
    runtime: float
    estimate: float

    @property
    def job(self) -> dict[str, Any]:
        """The job in the jobs file."""
        return rigid(self.submit, self.size, self.runtime, 0.0, runtime=self.estimate)


@st.composite
def tasks(draw: Any, relation: tuple[float, ...]) -> list[Task]:
    """Jobs in order of submission, with estimates that are a multiple of their run times.

    No two events coincide: jobs are submitted at whole seconds, and each run time has a binary digit of its own behind
    the point.  All sums are exact.
    """
    gaps = draw(st.lists(st.integers(1, 12), min_size=1, max_size=LARGEST))
    found = []
    submit = 0
    for index, gap in enumerate(gaps):
        submit += gap
        runtime = draw(st.integers(1, 40)) + 2.0 ** -(index + 6)
        size = draw(st.integers(1, NODES))
        found.append(Task(float(submit), size, runtime, runtime * draw(st.sampled_from(relation))))
    return found


def starts(policy: str, found: Sequence[Task]) -> list[float]:
    """Return when a policy starts the jobs."""
    return play(policy, [task.job for task in found], NODES).started()


def first_come(found: Sequence[Task]) -> list[float]:
    """Return start times of a queue in which nobody passes anybody.

    All jobs that could be in the way have started before: each starts once enough of them have ended.
    """
    begun: list[tuple[float, float, int]] = []
    for task in found:
        earliest = max([task.submit, *(start for start, _, _ in begun)])
        dates = [earliest, *(end for _, end, _ in begun if end > earliest)]
        start = min(date for date in dates if sum(size for _, end, size in begun if end > date) + task.size <= NODES)
        begun.append((start, start + task.runtime, task.size))
    return [start for start, _, _ in begun]


class Site:
    """Jobs that wait and run at ``now``, by their positions in ``tasks``."""

    def __init__(self, found: Sequence[Task]) -> None:
        self.tasks = found
        self.now = 0.0
        self.waiting: list[int] = []
        self.starts: dict[int, float] = {}
        self.has_end = False

    @property
    def running(self) -> list[int]:
        """Jobs that have not ended yet."""
        return [job for job in self.starts if self.starts[job] + self.tasks[job].runtime > self.now]

    def busy(self, date: float) -> int:
        """Return how many nodes those that run are expected to use after *date*."""
        expected = {job: self.starts[job] + self.tasks[job].estimate for job in self.running}
        return sum(self.tasks[job].size for job, end in expected.items() if end > date)

    def fits(self, job: int) -> bool:
        """Return whether a job could start now."""
        return self.tasks[job].size + sum(self.tasks[other].size for other in self.running) <= NODES

    def start(self, job: int) -> None:
        """Start a job that waits."""
        self.waiting.remove(job)
        self.starts[job] = self.now

    def play(self, decide: Callable[[Site], None]) -> list[float]:
        """Go from event to event, decide at each; return the start times."""
        while len(self.starts) < len(self.tasks) or self.running:
            submits = [task.submit for task in self.tasks if task.submit > self.now]
            ends = [self.starts[job] + self.tasks[job].runtime for job in self.running]
            self.now = min(submits + ends)
            self.has_end = self.now in ends
            self.waiting += [job for job, task in enumerate(self.tasks) if task.submit == self.now]
            decide(self)
        return [self.starts[job] for job in range(len(self.tasks))]


def easy(site: Site) -> None:
    """Start jobs in order; behind the first that has to wait whoever leaves it enough nodes when it could start."""
    while site.waiting and site.fits(site.waiting[0]):
        site.start(site.waiting[0])
    if not site.waiting:
        return
    head, *others = site.waiting
    limit = NODES - site.tasks[head].size
    dates = [site.now, *(site.starts[job] + site.tasks[job].estimate for job in site.running)]
    shadow = min(date for date in dates if date >= site.now and site.busy(date) <= limit)
    for job in others:
        if not site.fits(job):
            continue
        site.start(job)
        if site.busy(shadow) > limit:
            del site.starts[job]
            site.waiting = sorted([*site.waiting, job])


class Plan:
    """Dates at which waiting jobs are to start; each moves forward, in order of the queue, when a job has ended."""

    def __init__(self) -> None:
        self.dates: dict[int, float] = {}

    def decide(self, site: Site) -> None:
        """Bring the plan up to date and start whose date has come."""
        for job in list(site.waiting):
            if site.has_end or job not in self.dates:
                self.dates.pop(job, None)
                candidates = [site.now, *(end for _, end, _ in self.blocks(site))]
                self.dates[job] = min(date for date in candidates if self.has_room(site, job, date))
        for job in list(site.waiting):
            if self.dates[job] == site.now:
                del self.dates[job]
                site.start(job)

    def blocks(self, site: Site) -> list[tuple[float, float, int]]:
        """Return from when to when how many nodes are taken, by those that run and those that have a date."""
        begins = {job: site.starts[job] for job in site.running} | self.dates
        return [(start, start + site.tasks[job].estimate, site.tasks[job].size) for job, start in begins.items()]

    def has_room(self, site: Site, job: int, date: float) -> bool:
        """Return whether a job could run from *date* on without anybody else having to move."""
        task = site.tasks[job]
        blocks = self.blocks(site)
        dates = [date, *(start for start, _, _ in blocks if date < start < date + task.estimate)]
        most = max(sum(size for start, end, size in blocks if start <= one < end) for one in dates)
        return most + task.size <= NODES


@given(found=tasks((1.0, math.pi)))
@settings(max_examples=100, deadline=None)
def test_fcfs(found: list[Task]) -> None:
    """First come, first served starts every job exactly when a queue without passing does, whatever is estimated."""
    assert starts("fcfs", found) == first_come(found)


@given(found=tasks((0.25, 0.5, 1.0, 1.0, 2.0, 4.0)))
@settings(max_examples=150, deadline=None)
def test_easy(found: list[Task]) -> None:
    """EASY starts every job exactly when the textbook does (S9.1), also if estimates are wrong in both directions."""
    assert starts("easy", found) == Site(found).play(easy)


@given(found=tasks((1.0, 1.0, 2.0, 4.0)))
@settings(max_examples=150, deadline=None)
def test_conservative(found: list[Task]) -> None:
    """Conservative backfilling follows a plan in which everybody has a date from submission on."""
    assert starts("conservative", found) == Site(found).play(Plan().decide)
