"""First come, first served, with malleable jobs that make room for others and fill the machine when it is idle.

The same file schedules within the simulator's process (``elastisim run … --algorithm algorithm.py``) and as a process
of its own, which connects to the simulator at the address below.
"""

from elastisim_python import InvocationType, JobState, JobType, NodeState, pass_algorithm

URL = "ipc://quickstart.ipc"


def schedule(jobs, nodes, system):
    """Take all decisions of one invocation: ``jobs`` and ``nodes`` are all there are, in order of their IDs."""
    # Decisions are carried out when this function returns.  Until then node states stay as they are, so that we keep
    # account of the free nodes ourselves.
    free = [node for node in nodes if node.state is NodeState.FREE]
    pending = [job for job in jobs if job.state is JobState.PENDING]

    if system["invocation_type"] is InvocationType.INVOKE_SCHEDULING_POINT:
        resize(system["job"], pending, free)
    elif system["invocation_type"] is InvocationType.INVOKE_EVOLVING_REQUEST:
        answer(system["job"], system["evolving_request"], free)
    start(pending, free)


def start(pending, free):
    """Start waiting jobs in the order of their submission, until one does not fit."""
    for job in pending:
        if smallest_size(job) > len(free):
            break
        size = smallest_size(job) if job.type is JobType.RIGID else min(job.num_nodes_max, len(free))
        give(job, size, free)


def resize(job, pending, free):
    """Let a job at a scheduling point shrink for the first job that waits, or expand when nobody waits."""
    if pending:
        missing = smallest_size(pending[0]) - len(free)
        spare = len(job.assigned_nodes) - job.num_nodes_min
        if 0 < missing <= spare:
            take(job, missing, free)
    elif free:
        give(job, min(job.num_nodes_max - len(job.assigned_nodes), len(free)), free)


def answer(job, wanted, free):
    """Give an evolving job the number of nodes that it wants, or as many as there are."""
    size = len(job.assigned_nodes)
    if wanted < size:
        take(job, size - wanted, free)
    else:
        give(job, min(wanted - size, len(free)), free)


def give(job, count, free):
    """Assign the first of the free nodes to a job."""
    if count > 0:
        job.assign(free[:count])
        del free[:count]


def take(job, count, free):
    """Take the last of its nodes from a job that has reached a scheduling point; they are free at once."""
    released = job.assigned_nodes[-count:]
    job.remove(released)
    free.extend(released)


def smallest_size(job):
    """Return the number of nodes that a job needs to start."""
    return job.num_nodes if job.type is JobType.RIGID else job.num_nodes_min


if __name__ == "__main__":
    pass_algorithm(schedule, URL)
