"""Patterns of evolving requests: how many nodes an application asks for, iteration by iteration of its phase.

They use only names that every implementation of the simulator knows in evolving requests (R4.1).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern: its performance model and what it means."""

    request: str
    summary: str


PATTERNS = {
    "grow": Pattern(
        "num_nodes_min + phase_iteration",
        "one more node in each iteration, from the smallest to the largest size",
    ),
    "shrink": Pattern(
        "num_nodes_max - phase_iteration",
        "one node less in each iteration, from the largest to the smallest size",
    ),
    "wave": Pattern(
        "phase_iteration % 20 < 10 ? num_nodes_min : num_nodes_max",
        "ten iterations on the smallest size and ten on the largest, in turn",
    ),
    "burst": Pattern(
        "phase_iteration % 10 == 9 ? num_nodes_max : num_nodes_min",
        "every tenth iteration on the largest size, the others on the smallest",
    ),
    "erratic": Pattern(
        "num_nodes_min + (phase_iteration * 7919 + 104729) % 65537 % (num_nodes_max - num_nodes_min + 1)",
        "another size in each iteration, spread evenly between the smallest and the largest",
    ),
}
