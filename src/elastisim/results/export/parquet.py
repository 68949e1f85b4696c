"""Export of all tables as Parquet files, each with the description of the run in its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from elastisim.errors import InputError
from elastisim.results.frames import stays_frame

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.results.results import Results

METADATA_KEY = "elastisim.run"
"""Key of the description of the run (the JSON text of ``run.json``) in the metadata of each file."""


def write_parquet(results: Results, directory: Path) -> list[Path]:
    """Write a file for each table of *results* into *directory*, and return their paths.

    The tables are those of :class:`~elastisim.results.results.Results`; ``jobs`` holds ``job_statistics`` and
    ``job_requests``, and ``stays`` is what reports are drawn from.
    """
    tables = [kind for kind in results.recorded if kind not in ("job_statistics", "job_requests")]
    frames = {name: getattr(results, name) for name in tables}
    if "job_statistics" in results.recorded:
        frames["jobs"] = results.jobs
    if "node_utilization" in results.recorded:
        frames["stays"] = stays_frame(results.history.jobs)
    metadata = {"elastisim.partial": str(results.is_partial).lower()}
    if results.description is not None:
        metadata[METADATA_KEY] = msgspec.json.encode(results.description).decode()
    paths = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            path = directory / f"{name}.parquet"
            working = directory / f"{name}.parquet.new"
            frame.write_parquet(working, metadata=metadata)
            working.replace(path)
            paths.append(path)
    except OSError as error:
        raise InputError.at(directory, "", f"files cannot be written here: {error.strerror or error}") from None
    return paths
