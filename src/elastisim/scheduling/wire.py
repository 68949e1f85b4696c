"""Messages between a simulator and a scheduling algorithm (spec section 8): their fields, and checked replies."""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

import msgspec

from elastisim.batch.invocation import Decision
from elastisim.errors import AlgorithmError
from elastisim.workload.job import JobType
from elastisim_python.mention import Mention, Mentions

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from elastisim.batch.invocation import Invocation
    from elastisim.batch.job import Job
    from elastisim.batch.node_list import NodeList

INVOCATION = 0xFFEC4400
REPLY = 0xFFEC4401
FAILURE = 0xFFEC44FE
"""Sent by a client instead of a reply when its algorithm has raised; unknown to the original (R8.2)."""
FINALIZE = 0xFFEC44FF


def invocation_fields(invocation: Invocation) -> dict[str, Any]:
    """Return the fields of the message for an invocation (R8.4 to R8.7)."""
    fields: dict[str, Any] = {
        "code": INVOCATION,
        "invocation_type": int(invocation.type),
        "jobs": [job_fields(job) for job in invocation.jobs],
        "nodes": mentions(invocation.changes),
        "time": invocation.time,
    }
    if invocation.job is not None:
        fields["job_id"] = invocation.job.identifier
    if invocation.evolving_request is not None:
        fields["evolving_request"] = invocation.evolving_request
    if invocation.desk is not None and invocation.desk.rules.unfinished_jobs_only:
        fields["unfinished_jobs_only"] = True
    load = invocation.pfs_load
    if load is not None:
        fields["pfs_read_bw"] = load.read_bandwidth
        fields["pfs_write_bw"] = load.write_bandwidth
        fields["pfs_read_utilization"] = load.read_utilization
        fields["pfs_write_utilization"] = load.write_utilization
    return fields


def job_fields(job: Job) -> dict[str, Any]:
    """Return the fields of a job (R8.8)."""
    description = job.description
    rigid = description.type is JobType.RIGID
    fields: dict[str, Any] = {
        "assigned_nodes": job.requested.identifiers,
        "assigned_num_gpus_per_node": 0 if rigid else job.requested_gpus_per_node,
        "completed_phases": job.completed_phases,
        "end_time": job.end_time,
        "id": job.identifier,
        "makespan": job.makespan,
        "start_time": job.start_time,
        "state": int(job.state),
        "submit_time": description.submit_time,
        "total_phase_count": description.total_phases,
        "turnaround_time": job.turnaround_time,
        "type": int(description.type),
        "wait_time": job.wait_time,
        "walltime": description.walltime,
    }
    if rigid:
        fields["num_nodes"] = description.min_nodes
        fields["num_gpus_per_node"] = description.min_gpus_per_node
    else:
        fields["num_nodes_min"] = description.min_nodes
        fields["num_nodes_max"] = description.max_nodes
        fields["num_gpus_per_node_min"] = description.min_gpus_per_node
        fields["num_gpus_per_node_max"] = description.max_gpus_per_node
    # Copies, as an algorithm in the same process may change what it is given.
    if description.arguments:
        fields["arguments"] = dict(description.arguments)
    if description.attributes:
        fields["attributes"] = dict(description.attributes)
    if job.runtime_arguments:
        fields["runtime_arguments"] = dict(job.runtime_arguments)
    return fields


def mentions(lists: Sequence[NodeList]) -> Mentions:
    """Return what a message says of the nodes of lists, each once (R8.9).

    Most are about many that are used alike, without GPUs.
    """
    if not lists:
        return Mentions([])
    table = lists[0].table
    identifiers = lists[0].identifiers
    if len(lists) > 1:
        identifiers = list(dict.fromkeys(chain(identifiers, *[nodes.identifiers for nodes in lists[1:]])))
    found: list[Mention] = []
    occupancies, plain = table.occupancies, table.plain_kind
    start = 0
    for occupancy, alike in groupby([occupancies[identifier] for identifier in identifiers]):
        end = start + len(list(alike))
        part = identifiers[start:end]
        start = end
        state, running = int(occupancy.state), list(occupancy.running)
        if plain is not None:
            found.append(Mention(part, int(plain), state, running, []))
            continue
        for (kind, states), same in groupby(part, table.shown):
            gpus = [{"id": number, "state": use} for number, use in enumerate(states)]
            found.append(Mention(list(same), int(kind), state, running, gpus))
    return Mentions(found, identifiers)


def encode(fields: dict[str, Any]) -> bytes:
    """Return a message as JSON."""
    return msgspec.json.encode(fields, enc_hook=list)  # of mentions


class _JobDecision(msgspec.Struct):
    id: int
    kill_flag: bool
    assigned_node_ids: list[int] | msgspec.UnsetType = msgspec.UNSET
    assigned_num_gpus_per_node: int | msgspec.UnsetType = msgspec.UNSET
    modified_runtime_args: bool | msgspec.UnsetType = msgspec.UNSET
    runtime_arguments: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    reason: str = ""


class _Reply(msgspec.Struct):
    code: int
    jobs: list[_JobDecision] | msgspec.UnsetType = msgspec.UNSET
    error: str = "unknown reason"
    traceback: str = ""


_decoder = msgspec.json.Decoder(_Reply)


def read_reply(reply: dict[str, Any] | bytes, time: float, rigid: Container[int] = ()) -> list[Decision]:
    """Return the decisions of a reply at *time*, given as its fields or as JSON (R8.10).

    Decisions about the jobs listed in *rigid* need no number of GPUs.  Raises AlgorithmError for anything else than a
    reply, naming the field that is wrong, and when the reply says that the algorithm has failed.
    """
    try:
        content = _decoder.decode(reply) if isinstance(reply, bytes) else msgspec.convert(reply, _Reply)
        if content.code == REPLY:
            return _decisions(content, rigid)
    except msgspec.ValidationError as error:
        raise AlgorithmError(f"the reply of the scheduling algorithm at {time:.15g} s is not valid: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = reply[:60] if isinstance(reply, bytes) else reply
        reason = f"the reply of the scheduling algorithm at {time:.15g} s is not JSON ({error}): {start!r}"
        raise AlgorithmError(reason) from None
    if content.code == FAILURE:
        raise AlgorithmError(f"the scheduling algorithm failed at {time:.15g} s: {content.error}", content.traceback)
    raise AlgorithmError(f"the reply of the scheduling algorithm at {time:.15g} s has the unknown code {content.code}")


def _decisions(content: _Reply, rigid: Container[int]) -> list[Decision]:
    if isinstance(content.jobs, msgspec.UnsetType):
        raise _missing("jobs", "$")
    return [_decision(entry, index, rigid) for index, entry in enumerate(content.jobs)]


def _decision(entry: _JobDecision, index: int, rigid: Container[int]) -> Decision:
    if entry.kill_flag:
        return Decision(entry.id, kill=True, reason=entry.reason)
    path = f"$.jobs[{index}]"
    if isinstance(entry.assigned_node_ids, msgspec.UnsetType):
        raise _missing("assigned_node_ids", path)
    gpus = entry.assigned_num_gpus_per_node
    if isinstance(gpus, msgspec.UnsetType):
        if entry.id not in rigid:
            raise _missing("assigned_num_gpus_per_node", path)
        gpus = 0
    if isinstance(entry.modified_runtime_args, msgspec.UnsetType):
        raise _missing("modified_runtime_args", path)
    arguments = None
    if entry.modified_runtime_args:
        if isinstance(entry.runtime_arguments, msgspec.UnsetType):
            raise _missing("runtime_arguments", path)
        arguments = entry.runtime_arguments
    return Decision(entry.id, False, tuple(entry.assigned_node_ids), gpus, arguments, entry.reason)


def _missing(field: str, path: str) -> msgspec.ValidationError:
    return msgspec.ValidationError(f"Object missing required field `{field}` - at `{path}`")
