"""Reading jobs files and application models (spec sections 2 and 3)."""

from __future__ import annotations

from elastisim.workload.reading.jobs import Workload, read_workload

__all__ = ["Workload", "read_workload"]
