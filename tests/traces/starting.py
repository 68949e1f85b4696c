"""A scheduling algorithm for tests that run scenarios."""

from __future__ import annotations

from elastisim_python import JobState, JobType, NodeState


def first_come_first_served(jobs, nodes, system) -> None:
    """Start jobs in order on their preferred size, as long as nodes are free."""
    free = [node for node in nodes if node.state == NodeState.FREE]
    for job in jobs:
        if job.state == JobState.PENDING:
            size = job.num_nodes if job.type == JobType.RIGID else int(job.arguments["num_nodes_pref"])
            if size > len(free):
                return
            for node in free[:size]:
                job.assign(node)
            del free[:size]
