"""The batch system as a policy sees it: live views, and operations that are checked at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn

from elastisim.batch.invocation import Decision, InvocationType, distinct
from elastisim.batch.job import JobState
from elastisim.batch.node_list import NO_NODES, NodeList
from elastisim.errors import AlgorithmError
from elastisim.scheduling.pool import NodePool
from elastisim.scheduling.views import RESIZABLE, RESIZED_AT_POINTS, JobSet, JobView, Queue
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from elastisim.batch.desk import Desk
    from elastisim.batch.invocation import Invocation, PfsLoad
    from elastisim.batch.job import Job
    from elastisim.batch.node import Node
    from elastisim.batch.node_list import NodeTable

_STOPS = (InvocationType.SCHEDULING_POINT, InvocationType.EVOLVING_REQUEST)
_AT_WORK = (JobState.RUNNING, JobState.PENDING_RECONFIGURATION, JobState.IN_RECONFIGURATION)


class System:
    """What a policy knows and can do.

    Everything is kept up to date from call to call, at a cost that grows with what has changed; decisions show at once.

    - ``time``: simulated time in seconds; ``trigger``: why the policy is called; ``job``: the job that it is about,
      None in periodic calls; ``evolving_request``: the number of nodes that this job asks for, in such calls;
      ``pfs_load``: load of the parallel file system where the configuration forwards it, else None.
    - ``pending``: jobs that wait, in submission order; ``running``: jobs that have nodes, in the order of their starts;
      ``malleable``: those of them that may be resized at scheduling points (malleable and adaptive jobs).
    - ``free_nodes``: the pool of free nodes; ``reserved``: free nodes that a job expects, by ID.
    - ``jobs``: unfinished jobs by ID; ``nodes``: all nodes by ID.
    - ``changed_jobs``, ``changed_nodes``: what has changed since the last call, each once; jobs that have been
      submitted or have ended are among them.
    """

    def __init__(self, table: NodeTable, desk: Desk) -> None:
        self.time = 0.0
        self.trigger = InvocationType.PERIODIC
        self.job: JobView | None = None
        self.evolving_request: int | None = None
        self.pfs_load: PfsLoad | None = None
        self.pending = Queue()
        self.running = JobSet()
        self.malleable = JobSet()
        self.nodes: Sequence[Node] = table.nodes
        self.free_nodes = NodePool(table)
        self.reserved: dict[int, Node] = {}
        self.jobs: dict[int, JobView] = {}
        self.changed_jobs: list[JobView] = []
        self.desk = desk
        self._shares_nodes = desk.rules.allow_oversubscription
        self._changes_of_nodes: Sequence[NodeList] = ()
        self._stopped: JobView | None = None
        self._released = NO_NODES
        self._starts: dict[JobView, str] = {}
        self._changes: dict[JobView, str] = {}
        self._kills: dict[JobView, str] = {}
        self._new_arguments: set[JobView] = set()
        self._granted: dict[int, Job] = {}

    def __repr__(self) -> str:
        return (
            f"<System at {self.time:.15g} s: {len(self.pending)} pending, {len(self.running)} running, "
            f"{len(self.free_nodes)} of {len(self.nodes)} nodes free>"
        )

    # Decisions

    def start(
        self, job: JobView, nodes: int | Iterable[Node], *, gpus_per_node: int | None = None, reason: str = ""
    ) -> NodeList:
        """Start a pending job and return its nodes: those given, in rank order, or so many with the lowest IDs.

        Without *gpus_per_node* the job gets what was set before, by default the most that it can use.  Raises
        AlgorithmError if the job does not wait, or cannot have these nodes.
        """
        if job.state is not JobState.PENDING:
            raise AlgorithmError(f"job {job.identifier} cannot start: it is {_words(job.state)}")
        if isinstance(nodes, int):
            self._check_size(job, nodes)
            chosen = self.free_nodes.take_lowest(nodes) or self._none_free(job, nodes)
        else:
            chosen = NodeList.of(nodes)
            self._check_size(job, len(chosen))
            self._claim(job, chosen, chosen, "start on")
        if gpus_per_node is not None:
            self._set_gpus(job, gpus_per_node)
        job.nodes = chosen
        job.state = JobState.RUNNING
        job.start_time = self.time
        self.pending.forget()
        self._enter(job)
        self._starts[job] = reason
        return chosen

    def resize(self, job: JobView, nodes: Iterable[Node], *, reason: str = "") -> None:
        """Let a job that runs go on with *nodes*, in rank order, from its next scheduling point or evolving request on.

        Nodes that it does not have yet must be free; they are reserved until then.  Nodes that it gives up are free
        from then on, at once if the job has stopped for this very call.  A decision can be revised until it takes
        effect, so that a job that has been started in this very call just starts with other nodes.  Raises
        AlgorithmError if the job cannot be resized, or cannot have these nodes.
        """
        self._check_resizable(job)
        wanted = NodeList.of(nodes)
        self._check_size(job, len(wanted))
        before = job.nodes
        is_starting = job in self._starts
        # A job that waits for no change has the nodes that it runs on.
        is_settled = job.state is JobState.RUNNING and not is_starting
        active = before if is_settled else job.active_nodes
        gained = wanted.without(before)
        if active is not before:
            gained = gained.without(active.without(self._released))
        self._claim(job, wanted, gained, "be resized to")
        self._released = self._released.without(gained)
        if not is_starting:
            self._reserve(gained if active is before else gained.without(active))
        self._give_up(job, before.without(wanted), active)
        job.nodes = wanted
        if is_starting:
            self._starts[job] = reason or self._starts[job]
        else:
            self._note_change(job, reason)

    def shrink_to(self, job: JobView, count: int, *, reason: str = "") -> NodeList:
        """Let a job keep its first *count* nodes in rank order; return those that it gives up.  See :meth:`resize`."""
        if not 0 < count < len(job.nodes):
            raise AlgorithmError(f"job {job.identifier} has {len(job.nodes)} nodes: it cannot shrink to {count}")
        given_up = job.nodes[count:]
        self.resize(job, job.nodes[:count], reason=reason)
        return given_up

    def expand_by(self, job: JobView, nodes: int | Iterable[Node], *, reason: str = "") -> NodeList:
        """Add nodes to those of a job that runs: those given, or so many with the lowest IDs; return them.

        See :meth:`resize`.
        """
        self._check_resizable(job)
        added = (
            (self.free_nodes.lowest(nodes) or self._none_free(job, nodes))
            if isinstance(nodes, int)
            else NodeList.of(nodes)
        )
        if not added:
            raise AlgorithmError(f"job {job.identifier} cannot expand by no node at all")
        self.resize(job, job.nodes + added, reason=reason)
        return added

    def kill(self, job: JobView, *, reason: str = "") -> None:
        """Kill a job; its nodes are free at once.  Raises AlgorithmError if the job has ended."""
        if job.is_finished:
            raise AlgorithmError(f"job {job.identifier} cannot be killed: it is {_words(job.state)}")
        if job in self._starts:
            raise AlgorithmError(f"job {job.identifier} cannot be killed: it has just been started in this call")
        if job.state is JobState.PENDING:
            self.pending.forget()
        else:
            active = job.active_nodes
            self._give_up(job, job.nodes.without(active), active)
            self.free_nodes.put(self._soles(job, active.without(self._released)))
        job.state = JobState.KILLED
        self._leave(job)
        self._changes.pop(job, None)
        self._kills[job] = reason

    def set_gpus(self, job: JobView, gpus_per_node: int, *, reason: str = "") -> None:
        """Choose the number of GPUs that a job uses on each of its nodes.

        A pending job starts with it; a job that runs is reconfigured as by :meth:`resize`.  Raises AlgorithmError for
        rigid jobs, whose number is fixed, for moldable ones that run, and for numbers outside the limits of the job.
        """
        is_at_work = job.state is not JobState.PENDING and job not in self._starts
        if is_at_work:
            self._check_resizable(job)
        self._set_gpus(job, gpus_per_node)
        if is_at_work:
            self._note_change(job, reason)

    def set_runtime_argument(self, job: JobView, name: str, value: object, *, reason: str = "") -> None:
        """Set a runtime argument of a job to the text of *value*.

        It takes effect when the job starts or is reconfigured.  Raises AlgorithmError if the job has ended.
        """
        if job.is_finished:
            raise AlgorithmError(f"job {job.identifier} takes no runtime arguments: it is {_words(job.state)}")
        if not isinstance(name, str):
            raise AlgorithmError(f"the name of a runtime argument is a string, not {name!r}")
        job.runtime_arguments = {**job.runtime_arguments, name: str(value)}
        self._new_arguments.add(job)
        if job not in self._starts:
            self._changes[job] = reason or self._changes.get(job, "")

    # Being called

    def wake_at(self, time: float) -> None:
        """Ask for an additional periodic call at *time*, in seconds; rounding may make it a nanosecond early.

        Raises AlgorithmError unless *time* is finite and in the future.
        """
        if not self.time < time < math.inf:
            raise AlgorithmError(f"a policy cannot be woken at {time:.15g} s, it is {self.time:.15g} s")
        self.desk.wake_at(time)

    def wake_at_tick(self, time: float) -> None:
        """Ask for the first periodic call at or after *time* even if nothing has changed.

        For policies that depend on state only and are otherwise not called then; holds until the next call.
        """
        self.desk.wake_at_tick(time)

    # Checks

    def _none_free(self, job: JobView, count: int) -> NoReturn:
        free = len(self.free_nodes)
        raise AlgorithmError(f"job {job.identifier} cannot get {count} nodes: {free} are free and not withheld")

    def _check_size(self, job: JobView, count: int) -> None:
        if not job.min_nodes <= count <= job.max_nodes:
            low, high = job.min_nodes, job.max_nodes
            limits = f"exactly {low}" if low == high else f"{low} to {high}"
            raise AlgorithmError(f"job {job.identifier} cannot have {count} nodes: it needs {limits}")

    def _check_resizable(self, job: JobView) -> None:
        if job in self._starts:
            return
        if job.type not in RESIZABLE:
            raise AlgorithmError(f"job {job.identifier} is {job.type.name.lower()}: it cannot be resized while it runs")
        if job.state not in _AT_WORK:
            raise AlgorithmError(f"job {job.identifier} cannot be resized: it is {_words(job.state)}")

    def _claim(self, job: JobView, nodes: NodeList, gained: NodeList, purpose: str) -> None:
        """Take the *gained* ones of *nodes* out of the pool, after having made sure that the job may have them."""
        twice = nodes.repeated()
        if twice is not None:
            raise AlgorithmError(f"job {job.identifier} cannot {purpose} node {twice.identifier} twice")
        taken = None if self._shares_nodes else self.free_nodes.first_taken(gained)
        if taken is not None:
            raise AlgorithmError(
                f"job {job.identifier} cannot {purpose} node {taken.identifier} ({taken.name}): it is not free"
            )
        self.free_nodes.take(gained)

    def _set_gpus(self, job: JobView, count: int) -> None:
        low, high = job.min_gpus_per_node, job.max_gpus_per_node
        if job.type is JobType.RIGID and count != low:
            raise AlgorithmError(f"job {job.identifier} is rigid: it uses {low} GPUs per node")
        if not low <= count <= high:
            raise AlgorithmError(f"job {job.identifier} cannot use {count} GPUs per node, only {low} to {high}")
        job.gpus_per_node = count

    def _give_up(self, job: JobView, nodes: NodeList, active: NodeList) -> None:
        """Free nodes that a job loses by a decision, as far as they are free at once."""
        if not nodes:
            return
        idle = NO_NODES
        if active is not job.nodes:
            idle = nodes.without(active)
            self._unreserve(idle)
            self.free_nodes.put(idle)
        if job is self._stopped:
            released = self._soles(job, nodes.without(idle))
            self._released += released
            self.free_nodes.put(released)

    def _soles(self, job: JobView, nodes: NodeList) -> NodeList:
        """Return those of the nodes of *job* on which nobody else runs, and which nobody else expects."""
        own = {job.identifier}
        return nodes.used(lambda use: own.issuperset(use.running) and own.issuperset(use.expected))

    def _reserve(self, nodes: NodeList) -> None:
        self.reserved.update(zip(nodes.identifiers, nodes, strict=True))

    def _unreserve(self, nodes: NodeList) -> None:
        reserved = self.reserved
        if reserved:
            for number in reserved.keys() & nodes.identifiers:
                del reserved[number]

    # Keeping up to date

    def _note_change(self, job: JobView, reason: str) -> None:
        reason = reason or self._changes.pop(job, "")
        self._changes.pop(job, None)
        self._changes[job] = reason
        if job.state is not JobState.IN_RECONFIGURATION:
            wants_change = job.nodes != job.active_nodes or job.gpus_per_node != job._job.active_gpus_per_node
            job.state = JobState.PENDING_RECONFIGURATION if wants_change else JobState.RUNNING

    def _enter(self, job: JobView) -> None:
        self.running.add(job)
        if job.type in RESIZED_AT_POINTS:
            self.malleable.add(job)

    def _leave(self, job: JobView) -> None:
        self.running.discard(job)
        self.malleable.discard(job)

    def learn(self, invocation: Invocation) -> None:
        """Bring all views up to date with an invocation; for those who call policies."""
        self.time = invocation.time
        self.trigger = invocation.type
        self.evolving_request = invocation.evolving_request
        self.pfs_load = invocation.pfs_load
        if self._starts or self._changes or self._kills or self._new_arguments:
            self._starts.clear()
            self._changes.clear()
            self._kills.clear()
            self._new_arguments.clear()
            self._released = NO_NODES
        self._learn_nodes(invocation.changes)
        ended: list[JobView] = []
        changed: list[JobView] = []
        jobs = self.jobs
        for job in invocation.jobs:
            view = jobs.get(job.identifier)
            if view is None:
                if job.is_finished:
                    continue
                view = jobs[job.identifier] = JobView(job, self.desk)
                self.pending.append(view)
            else:
                if job.is_finished:
                    if view.state is JobState.PENDING:
                        self.pending.forget()
                    self._leave(view)
                    ended.append(view)
                view.refresh()
            changed.append(view)
        self.changed_jobs = changed
        trigger = invocation.job
        # A job that ends in the moment of its kill is heard of twice (R7.11).
        self.job = (jobs.get(trigger.identifier) or JobView(trigger, self.desk)) if trigger is not None else None
        self._stopped = self.job if invocation.type in _STOPS else None
        for view in ended:
            del jobs[view.identifier]

    @property
    def changed_nodes(self) -> Sequence[Node]:
        """The nodes that have changed since the last call, each once."""
        return distinct(self._changes_of_nodes)

    def _learn_nodes(self, changes: Sequence[NodeList]) -> None:
        """Learn how nodes are used by now, except where nothing can be new.

        That is so for what a job still has, or waits for, of a list that the policy has given it: what has come or gone
        since is listed by itself.
        """
        self._changes_of_nodes = changes
        granted = self._granted
        for nodes in changes:
            job = granted.get(id(nodes))
            if job is not None:
                if job.requested is nodes and not job.is_finished:
                    # What is listed by itself is this very list if all of its nodes have come together.
                    if not job.expects_nodes:
                        self._unreserve(nodes)
                    continue
                del granted[id(nodes)]
                if not job.is_finished:
                    nodes = nodes.without(job.requested)
                    if not nodes.size:
                        continue
            expected = self.free_nodes.refresh(nodes)
            self._unreserve(nodes)
            if expected.size:
                self._reserve(expected)

    def decisions(self) -> list[Decision]:
        """Return what has been decided since the last invocation; for those who call policies.

        Kills come first and starts last, by ID as in replies of the original's clients.
        """
        found: list[Decision] = []
        starts = self._starts
        if self._kills:
            found += [Decision(job.identifier, kill=True, reason=reason) for job, reason in self._kills.items()]
        if self._changes:
            found += [self._decision(job, reason) for job, reason in self._changes.items() if job not in starts]
        for job in sorted(starts, key=lambda job: job.identifier) if len(starts) > 1 else starts:
            found.append(self._decision(job, starts[job]))
        return found

    def _decision(self, job: JobView, reason: str) -> Decision:
        arguments = dict(job.runtime_arguments) if job in self._new_arguments else None
        nodes = job.nodes
        if not self._shares_nodes:
            self._granted[id(nodes)] = job._job
        return Decision(job.identifier, False, (), job.gpus_per_node, arguments, reason, nodes)


def _words(state: JobState) -> str:
    return state.name.lower().replace("_", " ")
