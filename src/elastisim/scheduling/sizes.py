"""Preferred sizes of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.errors import InputError

if TYPE_CHECKING:
    from elastisim.scheduling.views import JobView

PREFERENCE = "num_nodes_pref"
"""Argument that tells the preferred number of nodes of a job that is not rigid."""


def preferred_size(job: JobView) -> int:
    """Return the preferred number of nodes of a job.

    This is the argument ``num_nodes_pref``, by default the middle between minimum and maximum, rounded down; for rigid
    jobs it is their number of nodes, whatever the argument says (S2.4).  Raises InputError if the argument is not a
    whole number between minimum and maximum.
    """
    low, high = job.min_nodes, job.max_nodes
    if low == high:
        return low
    text = job.arguments.get(PREFERENCE)
    if text is None:
        return (low + high) // 2
    try:
        preferred = float(text)
    except ValueError:
        preferred = -1.0
    if not (low <= preferred <= high and preferred.is_integer()):
        message = f"expected a whole number from {low} to {high}, the limits of the job, found {text}"
        raise InputError.at(f"job {job.identifier}", f"{job.description.source}.arguments.{PREFERENCE}", message)
    return int(preferred)
