"""Jobs as a policy sees them, and live collections of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.batch.job import JobState
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elastisim.batch.desk import Desk
    from elastisim.batch.job import Job
    from elastisim.batch.node_list import NodeList
    from elastisim.workload.job import JobDescription

RESIZABLE = frozenset({JobType.MALLEABLE, JobType.EVOLVING, JobType.ADAPTIVE})
"""Types of jobs whose nodes may change while they run."""

RESIZED_AT_POINTS = frozenset({JobType.MALLEABLE, JobType.ADAPTIVE})
"""Types of jobs that a scheduler may resize on its own account, at scheduling points."""


class JobView:
    """A job as a policy sees it, including what the policy has decided in the current call.

    ``state``, ``nodes`` (in rank order), ``gpus_per_node`` and ``runtime_arguments`` are as decided last: a job that is
    to be resized has its new nodes here, and those it still runs on in ``active_nodes``.  Sizes count nodes, for rigid
    jobs minimum and maximum are equal.  Times are in seconds, ``walltime`` is 0.0 without a limit, ``start_time`` is
    -1.0 before the start.
    """

    __slots__ = (
        "_desk",
        "_job",
        "gpus_per_node",
        "identifier",
        "max_nodes",
        "min_nodes",
        "nodes",
        "runtime_arguments",
        "start_time",
        "state",
        "submit_time",
        "type",
        "walltime",
    )

    def __init__(self, job: Job, desk: Desk) -> None:
        description = job.description
        self._job = job
        self._desk = desk
        self.identifier = job.identifier
        self.type = description.type
        self.submit_time = description.submit_time
        self.walltime = description.walltime
        self.min_nodes = description.min_nodes
        self.max_nodes = description.max_nodes
        self.state = job.state
        self.start_time = job.start_time
        self.nodes = job.requested
        rigid = description.type is JobType.RIGID
        self.gpus_per_node = description.min_gpus_per_node if rigid else description.max_gpus_per_node
        self.runtime_arguments = job.runtime_arguments

    def __repr__(self) -> str:
        return f"<JobView {self.identifier} {self.type.name} {self.state.name}>"

    @property
    def size(self) -> int:
        """Number of nodes as decided last."""
        return len(self.nodes)

    @property
    def active_nodes(self) -> NodeList:
        """The nodes that the job runs on at present, in rank order."""
        return self._job.active

    @property
    def is_resizable(self) -> bool:
        """Whether the nodes of the job may change while it runs."""
        return self.type in RESIZABLE

    @property
    def is_finished(self) -> bool:
        """Whether the job has completed or was killed."""
        return self.state >= JobState.COMPLETED

    @property
    def end_time(self) -> float:
        """When the job ended, -1.0 before."""
        return self._job.end_time

    @property
    def min_gpus_per_node(self) -> int:
        """Smallest number of GPUs that the job can use on each node."""
        return self.description.min_gpus_per_node

    @property
    def max_gpus_per_node(self) -> int:
        """Largest number of GPUs that the job can use on each node."""
        return self.description.max_gpus_per_node

    @property
    def arguments(self) -> Mapping[str, str]:
        """Arguments of the job for its application model."""
        return self.description.arguments

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes of the job, such as its user."""
        return self.description.attributes

    @property
    def completed_phases(self) -> int:
        """Number of iterations of phases that are done, as of the last scheduling point of the job."""
        return self._desk.progress(self._job)

    @property
    def total_phases(self) -> int:
        """Number of iterations of all phases."""
        return self.description.total_phases

    @property
    def description(self) -> JobDescription:
        """Everything that the jobs file says about the job."""
        return self._job.description

    def refresh(self) -> None:
        """Learn the state that the batch system reports."""
        job = self._job
        self.state = job.state
        self.nodes = job.requested
        if job.start_time >= 0.0:
            self.start_time = job.start_time
            if job.description.type is not JobType.RIGID:
                self.gpus_per_node = job.requested_gpus_per_node


class Queue:
    """The pending jobs in submission order.

    It may be iterated while jobs are started or killed, and knows its length and its first job at once.
    """

    def __init__(self) -> None:
        self._jobs: list[JobView] = []
        self._first = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return self._size > 0

    def __iter__(self) -> Iterator[JobView]:
        jobs = self._jobs
        index = self._head()
        while index < len(jobs):
            job = jobs[index]
            if job.state is JobState.PENDING:
                yield job
            index += 1

    def __contains__(self, job: JobView) -> bool:
        return job.state is JobState.PENDING

    def __repr__(self) -> str:
        return f"<Queue: {self._size} jobs>"

    @property
    def head(self) -> JobView | None:
        """The job that was submitted first, None if none is pending."""
        index = self._head()
        return self._jobs[index] if index < len(self._jobs) else None

    def append(self, job: JobView) -> None:
        """Add a job; for those who keep the queue up to date, while nobody iterates."""
        self._jobs.append(job)
        self._size += 1
        if len(self._jobs) > 2 * self._size + 32:
            self._jobs = [job for job in self._jobs if job.state is JobState.PENDING]
            self._first = 0

    def forget(self) -> None:
        """Count a job that is not pending any more; for those who keep the queue up to date."""
        self._size -= 1

    def _head(self) -> int:
        jobs, index = self._jobs, self._first
        while index < len(jobs) and jobs[index].state is not JobState.PENDING:
            index += 1
        self._first = index
        return index


class JobSet:
    """Jobs in the order in which they came, for those who use it; it may be iterated while jobs come and go."""

    def __init__(self) -> None:
        self._jobs: dict[JobView, None] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def __iter__(self) -> Iterator[JobView]:
        return iter(tuple(self._jobs))

    def __contains__(self, job: JobView) -> bool:
        return job in self._jobs

    def __repr__(self) -> str:
        return f"<JobSet: {len(self._jobs)} jobs>"

    def add(self, job: JobView) -> None:
        """Add a job; for those who keep the set up to date."""
        self._jobs[job] = None

    def discard(self, job: JobView) -> None:
        """Remove a job if it is there; for those who keep the set up to date."""
        self._jobs.pop(job, None)
