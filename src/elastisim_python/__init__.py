"""Scheduling interface: what a scheduling algorithm in Python needs to schedule the jobs of a simulation.

An algorithm is a function ``schedule(jobs, nodes, system)`` that is handed to the simulator with
:func:`pass_algorithm`.  The interface is that of the package of the same name that belongs to the original simulator:
algorithms written for it run unchanged, with either simulator.
"""

from elastisim_python.interface import InvocationType, pass_algorithm
from elastisim_python.job import Job, JobState, JobType
from elastisim_python.node import Gpu, GpuState, Node, NodeState, NodeType

__all__ = [
    "Gpu",
    "GpuState",
    "InvocationType",
    "Job",
    "JobState",
    "JobType",
    "Node",
    "NodeState",
    "NodeType",
    "pass_algorithm",
]
