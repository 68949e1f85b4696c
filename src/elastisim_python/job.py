"""Jobs as a scheduling algorithm sees them, and the decisions that it takes for them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from elastisim_python.enumeration import plain
from elastisim_python.node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping


@plain
class JobType(Enum):
    """How the size of a job is chosen and whether it may change while the job runs."""

    RIGID = 0
    MOLDABLE = 1
    MALLEABLE = 2
    EVOLVING = 3
    ADAPTIVE = 4


@plain
class JobState(Enum):
    """State of a job."""

    PENDING = 1
    RUNNING = 4
    PENDING_RECONFIGURATION = 5
    IN_RECONFIGURATION = 6
    COMPLETED = 7
    KILLED = 8


_TYPES = {member.value: member for member in JobType}
_STATES = {member.value: member for member in JobState}
FINISHED = (JobState.COMPLETED, JobState.KILLED)

_ALL_NODES = frozenset([Node])


class Job:
    """A job at the time of the message that mentioned it last, and what the algorithm decides for it.

    Times are in seconds, -1.0 until they are known; a walltime of 0.0 means no limit.  ``num_nodes`` and
    ``num_gpus_per_node`` are None for all but rigid jobs, the four minima and maxima are None for rigid ones.
    ``assigned_nodes`` follows the iteration order of the set ``assigned_node_ids``, not the order of ranks (R9.9);
    nodes assigned since are appended.  Jobs are equal, and ordered, by identifier.

    A decision counts when it is made on the object that the current call of the algorithm received: every message
    that mentions a job replaces its object.  ``reason`` explains the next decision to those who trace decisions.
    """

    # The log of the simulation that the object belongs to, where jobs enter themselves when they are modified.
    _modifications: list[Job] | None = None

    reason: str = ""

    def __init__(self, json_job: Mapping[str, Any]) -> None:
        self.identifier: int = json_job["id"]
        self.type: JobType = _TYPES[json_job["type"]]
        self.state: JobState = _STATES[json_job["state"]]
        self.walltime: float = json_job["walltime"]
        self.num_nodes: int | None
        self.num_gpus_per_node: int | None
        self.num_nodes_min: int | None
        self.num_nodes_max: int | None
        self.num_gpus_per_node_min: int | None
        self.num_gpus_per_node_max: int | None
        if self.type is JobType.RIGID:
            self.num_nodes = json_job["num_nodes"]
            self.num_gpus_per_node = json_job["num_gpus_per_node"]
            self.num_nodes_min = self.num_nodes_max = None
            self.num_gpus_per_node_min = self.num_gpus_per_node_max = None
        else:
            self.num_nodes = self.num_gpus_per_node = None
            self.num_nodes_min = json_job["num_nodes_min"]
            self.num_nodes_max = json_job["num_nodes_max"]
            self.num_gpus_per_node_min = json_job["num_gpus_per_node_min"]
            self.num_gpus_per_node_max = json_job["num_gpus_per_node_max"]
        self.submit_time: float = json_job["submit_time"]
        self.start_time: float = json_job["start_time"]
        self.end_time: float = json_job["end_time"]
        self.wait_time: float = json_job["wait_time"]
        self.makespan: float = json_job["makespan"]
        self.turnaround_time: float = json_job["turnaround_time"]
        self.assigned_num_gpus_per_node: int = json_job["assigned_num_gpus_per_node"]
        self.arguments: dict[str, str] = dict(json_job.get("arguments", ()))
        self.attributes: dict[str, str] = dict(json_job.get("attributes", ()))
        self.runtime_arguments: dict[str, str] = dict(json_job.get("runtime_arguments", ()))
        self.total_phase_count: int = json_job["total_phase_count"]
        self.completed_phases: int = json_job["completed_phases"]
        self._modified = False
        self.modified_runtime_args = False
        self.kill_flag = False
        if self.state in FINISHED:
            self._final_node_ids: list[int] = json_job["assigned_nodes"]
        else:
            self.assigned_node_ids = set(json_job["assigned_nodes"])
            self.assigned_nodes = []

    # Only finished jobs come to the two following functions, everybody else has the attributes.  With lists of their
    # own, the finished jobs of a long simulation would keep every state that a node ever had.

    @cached_property
    def assigned_node_ids(self) -> set[int]:
        """Identifiers of the assigned nodes."""
        return set(self._final_node_ids)

    @cached_property
    def assigned_nodes(self) -> list[Node]:
        """The assigned nodes; those of a finished job are looked up when they are asked for the first time."""
        nodes = self.__dict__.get("_nodes")
        return [nodes[identifier] for identifier in self.assigned_node_ids] if nodes is not None else []

    def link(self, nodes: list[Node], modifications: list[Job]) -> None:
        """Make the job part of a simulation: find its nodes by their identifiers in *nodes*, note modifications."""
        self._modifications = modifications
        if self.state in FINISHED:
            self._nodes = nodes
        else:
            self.assigned_nodes = [nodes[identifier] for identifier in self.assigned_node_ids]

    @property
    def modified(self) -> bool:
        """Whether there is a decision for the job that has not been sent yet."""
        return self._modified

    @modified.setter
    def modified(self, value: bool) -> None:
        self._modified = value
        if value and self._modifications is not None:
            self._modifications.append(self)

    def assign(self, nodes: Node | Iterable[Node]) -> None:
        """Add one node or several nodes to the job, in this order; nodes that it already has stay where they are.

        The order of nodes is the order of ranks for a pending job.  The nodes of a set are added by identifier.
        Raises RuntimeError for a job that is to be killed, TypeError for anything that is not a node.
        """
        added = self._checked("assign", nodes)
        self.modified = True
        identifiers, assigned = self.assigned_node_ids, self.assigned_nodes
        chosen = {node.identifier for node in added}
        if len(chosen) == len(added) and identifiers.isdisjoint(chosen):
            identifiers |= chosen
            assigned += added
            return
        for node in added:
            identifier = node.identifier
            if identifier not in identifiers:
                identifiers.add(identifier)
                assigned.append(node)

    assigned = assign
    """The name of :meth:`assign` in a table of the documentation."""

    def remove(self, nodes: Node | Iterable[Node]) -> None:
        """Take one node or several nodes, recognised by their identifiers, from the job; others are ignored.

        Raises RuntimeError for a job that is to be killed, TypeError for anything that is not a node.
        """
        removed = {node.identifier for node in self._checked("remove", nodes)}
        self.modified = True
        self.assigned_node_ids -= removed
        # In place: algorithms keep references to the list.
        self.assigned_nodes[:] = [node for node in self.assigned_nodes if node.identifier not in removed]

    def _checked(self, action: str, nodes: Node | Iterable[Node]) -> list[Node]:
        if self.kill_flag:
            raise RuntimeError(f"cannot {action} nodes: job {self.identifier} is flagged to be killed")
        if isinstance(nodes, Node):
            return [nodes]
        if not isinstance(nodes, Iterable) or isinstance(nodes, str):
            raise TypeError(f"Job.{action} expects a Node or an iterable of nodes, not {_described(nodes)}")
        chosen = list(nodes)
        if not _ALL_NODES.issuperset(map(type, chosen)):
            for node in chosen:
                if not isinstance(node, Node):
                    raise TypeError(f"Job.{action} expects nodes, but found {_described(node)} among them")
        if isinstance(nodes, (set, frozenset)):
            chosen.sort(key=attrgetter("identifier"))
        return chosen

    def kill(self) -> None:
        """Kill the job; nothing else that was or will be decided for it counts any more."""
        self.modified = True
        self.kill_flag = True

    def assign_num_gpus_per_node(self, num_gpus_per_node: int) -> None:
        """Choose the number of GPUs on each node of a job that is not rigid.

        It is sent together with the next decision on nodes or runtime arguments, not by itself (R9.17).  Raises
        TypeError for anything that is not a whole number, ValueError for a negative one.
        """
        try:
            count = int(num_gpus_per_node)
            whole = count == num_gpus_per_node
        except (TypeError, ValueError, OverflowError):
            whole = False
        if not whole:
            raise TypeError(
                f"Job.assign_num_gpus_per_node expects a whole number, not {_described(num_gpus_per_node)}"
            ) from None
        if count < 0:
            raise ValueError(f"the number of GPUs per node cannot be negative: {count}")
        self.assigned_num_gpus_per_node = count

    def update_runtime_argument(self, key: str, value: object) -> None:
        """Set a runtime argument of the job to the text of *value*; raises TypeError if *key* is not a string."""
        if not isinstance(key, str):
            raise TypeError(f"the name of a runtime argument is a string, not {_described(key)}")
        self.runtime_arguments[key] = str(value)
        self.modified = True
        self.modified_runtime_args = True

    def to_dict(self) -> dict[str, Any]:
        """Return the decision for the job as it is sent to the simulator, and regard it as sent."""
        decision: dict[str, Any] = {
            "id": self.identifier,
            "assigned_node_ids": [node.identifier for node in self.assigned_nodes],
            "assigned_num_gpus_per_node": self.assigned_num_gpus_per_node,
            "kill_flag": self.kill_flag,
            "modified_runtime_args": self.modified_runtime_args,
        }
        if self.modified_runtime_args:
            decision["runtime_arguments"] = self.runtime_arguments
        if self.reason:
            decision["reason"] = str(self.reason)
            self.reason = ""
        self.modified = False
        self.modified_runtime_args = False
        return decision

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self.identifier == other.identifier

    def __hash__(self) -> int:
        return hash(self.identifier)

    def __lt__(self, other: Job) -> bool:
        return self.identifier < other.identifier

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.identifier} {self.type.name} {self.state.name}>"


def _described(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"
