"""How a scheduling algorithm and a simulator talk to each other: calls, messages, and the connection over ZeroMQ."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum
from pathlib import Path
from traceback import TracebackException
from typing import TYPE_CHECKING, Any

from elastisim_python.enumeration import plain
from elastisim_python.job import Job
from elastisim_python.mention import Mentions
from elastisim_python.node import ABSENT, Node, replace
from elastisim_python.residents import Register
from elastisim_python.system import System, Views

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import zmq

CHECK_MILLISECONDS = 100
"""How long a client waits for a message before it looks whether the simulator is still there."""

FAREWELL_MILLISECONDS = 2000
"""How long a client that fails tries to tell the simulator."""

Schedule = Callable[[list[Job], list[Node], dict[str, Any]], object]
"""A scheduling algorithm; what it returns is ignored."""


@plain
class InvocationType(Enum):
    """Why the algorithm is called."""

    INVOKE_PERIODIC = 0
    INVOKE_JOB_SUBMIT = 1
    INVOKE_JOB_COMPLETED = 2
    INVOKE_JOB_KILLED = 3
    INVOKE_SCHEDULING_POINT = 4
    INVOKE_EVOLVING_REQUEST = 5
    INVOKE_RECONFIGURATION = 6


# A look-up costs a third of the call of an enumeration.
_INVOCATION_TYPES = {member.value: member for member in InvocationType}


class CommunicationCode(Enum):
    """Kind of a message."""

    ZMQ_INVOKE_SCHEDULING = 0xFFEC4400
    ZMQ_SCHEDULED = 0xFFEC4401
    ZMQ_FINALIZE = 0xFFEC44FF
    ZMQ_FAILED = 0xFFEC44FE
    """The algorithm raised: its last message, instead of an answer.  The original simulator, which does not know the
    code, stops with an error instead of waiting for ever."""


_SCHEDULED = CommunicationCode.ZMQ_SCHEDULED.value

in_process_simulator: ContextVar[Callable[[Schedule, str], None] | None] = ContextVar(
    "in_process_simulator", default=None
)
"""What takes over the algorithm, and simulates until the end, where the simulator runs in the same process."""


def pass_algorithm(schedule: Schedule, url: str) -> None:
    """Let *schedule* take all scheduling decisions of a simulation; return when the simulation has ended.

    ``schedule(jobs, nodes, system)`` is called for each invocation: ``jobs[i]`` is the submitted job, and ``nodes[i]``
    the compute node, with identifier i; ``system`` holds ``time`` in seconds, ``invocation_type``, ``job`` (except in
    periodic invocations), ``evolving_request`` (in such requests) and the other fields of the message.  Its attributes
    are views that save searching through all jobs and nodes (see :class:`elastisim_python.system.System`).  Where the
    simulator passes unfinished jobs only, ``jobs`` holds these, in order of their identifiers.

    The simulator is that of this process, if it has called the algorithm's program, else the one that listens at
    *url*, an address as ZeroMQ understands it; it may start later.  What *schedule* raises ends the simulation and is
    raised here as well.  Raises ConnectionError when the simulator disappears before the end.
    """
    if not callable(schedule):
        raise TypeError(f"pass_algorithm expects a function schedule(jobs, nodes, system), not {schedule!r}")
    if not isinstance(url, str):
        raise TypeError(f"pass_algorithm expects the address of the simulator as a string, not {url!r}")
    simulate = in_process_simulator.get()
    if simulate is None:
        _serve(schedule, url)
    else:
        simulate(schedule, url)


class Client:
    """An algorithm and what it knows of one simulation: the jobs and nodes that the messages so far told about."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._jobs: list[Job] = []
        self._nodes: list[Node] = []
        self._modifications: list[Job] = []
        self._register = Register(self._jobs)
        self._views = Views(self._nodes)

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Call the algorithm for an invocation, given as the fields of its message; return those of the reply."""
        self._learn(message)
        system = System(message, self._views)
        kind = message["invocation_type"]
        system["invocation_type"] = _INVOCATION_TYPES.get(kind) or InvocationType(kind)
        if "job_id" in message:
            system["job"] = self._jobs[message["job_id"]]
        # Copies, since algorithms sort and shrink what they are given.
        jobs = list(self._views.unfinished.values()) if message.get("unfinished_jobs_only") else self._jobs[:]
        self._schedule(jobs, self._nodes[:], system)
        return {"code": _SCHEDULED, "jobs": [job.to_dict() for job in self._modified()]}

    def _learn(self, message: Mapping[str, Any]) -> None:
        """Replace the objects of all jobs and nodes that the message mentions by new ones, linked with each other."""
        # Jobs come first: the old ones hold old nodes.
        jobs = [Job(fields) for fields in message["jobs"]]
        known = self._jobs
        if _check_order("job", len(known), [job.identifier for job in jobs]):
            for job in sorted(jobs):
                known[job.identifier : job.identifier + 1] = [job]
        else:
            for job in jobs:
                known[job.identifier] = job
        self._views.update_jobs(jobs)
        mentions = Mentions.of(message["nodes"])
        if mentions:
            self._learn_nodes(mentions)
        self._views.update_nodes(mentions)
        for job in jobs:
            job.link(self._nodes, self._modifications)

    def _learn_nodes(self, mentions: Mentions) -> None:
        nodes = self._nodes
        nodes += [ABSENT] * _check_order("node", len(nodes), mentions.identifiers)
        self._register.leave(nodes, mentions.identifiers)
        for mention in mentions.alike:
            replace(nodes, mention, self._register.enter(mention.assigned_jobs, len(mention.identifiers)))

    def _modified(self) -> list[Job]:
        """Return the jobs with decisions in order of their identifiers, leaving out objects that were replaced."""
        if not self._modifications:
            return []
        modified = {
            job.identifier: job for job in self._modifications if job.modified and self._jobs[job.identifier] is job
        }
        self._modifications.clear()
        return [modified[identifier] for identifier in sorted(modified)]


def _check_order(name: str, known: int, identifiers: list[int]) -> int:
    """Return how many of *identifiers* are new; they must follow those that are known without a gap."""
    highest = max(identifiers) if identifiers else -1
    if highest < known:
        return 0
    missing = set(range(known, highest)).difference(identifiers)
    if missing:
        first = min(missing)
        later = min(identifier for identifier in identifiers if identifier > first)
        raise ValueError(f"the simulator mentions {name} {later}, but never mentioned {name} {first}")
    return highest + 1 - known


def failure_report(error: BaseException, *hidden: str) -> str:
    """Return the traceback of *error* as text, without the frames of this package and of the directories *hidden*."""
    directories = tuple(directory + os.sep for directory in (str(Path(__file__).parent), *hidden))
    report = TracebackException.from_exception(error)
    parts = [report]
    while parts:
        part = parts.pop()
        part.stack[:] = [frame for frame in part.stack if not frame.filename.startswith(directories)]
        parts += filter(None, (part.__cause__, part.__context__, *(part.exceptions or ())))
    return "".join(report.format())


def failure_summary(error: BaseException) -> str:
    """Return kind and message of *error* in one line, as far as the message is one."""
    message = str(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _serve(schedule: Schedule, url: str) -> None:
    """Answer the invocations of the simulator that listens at *url* until the simulation ends."""
    import zmq

    # Both ends of an in-process transport have to share a context.
    shared = url.startswith("inproc:")
    context = zmq.Context.instance() if shared else zmq.Context()
    socket = context.socket(zmq.PAIR)
    socket.linger = 0
    monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
    try:
        socket.connect(url)
        client = Client(schedule)
        for invocation in _invocations(socket, monitor, url):
            try:
                reply = json.dumps(client.answer(invocation))
            except BaseException as error:
                socket.linger = FAREWELL_MILLISECONDS
                socket.send_string(json.dumps(_failure(error)))
                raise
            socket.send_string(reply)
    finally:
        socket.disable_monitor()
        monitor.close()
        socket.close()
        if not shared:
            context.term()


def _invocations(socket: zmq.Socket[bytes], monitor: zmq.Socket[bytes], url: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of the simulator but the last, which tells the end."""
    import zmq
    from zmq.utils.monitor import recv_monitor_message

    socket.rcvtimeo = CHECK_MILLISECONDS
    connected = lost = False
    while True:
        try:
            message = json.loads(socket.recv())
        except zmq.Again:
            # What arrived before the connection was lost can still be read, so that one more attempt is due.
            if lost:
                raise ConnectionError(f"the simulator at {url} has gone before the end of the simulation") from None
            while monitor.poll(0):
                event = recv_monitor_message(monitor)["event"]
                lost = lost or (connected and event == zmq.EVENT_DISCONNECTED)
                connected = connected or event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            lost = lost or not socket.poll(0, zmq.POLLOUT)
            continue
        if message["code"] == CommunicationCode.ZMQ_FINALIZE.value:
            return
        if message["code"] != CommunicationCode.ZMQ_INVOKE_SCHEDULING.value:
            raise ValueError(f"the simulator at {url} sent a message of an unknown kind, code {message['code']}")
        yield message


def _failure(error: BaseException) -> dict[str, Any]:
    """Return the message that tells the simulator why there will be no more answers."""
    return {
        "code": CommunicationCode.ZMQ_FAILED.value,
        "error": failure_summary(error),
        "traceback": failure_report(error),
    }
