"""A chronicle kept while a simulation runs tells the same as its result files afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from recorded import make_job, make_nodes
from synthetic import write_run

from elastisim.batch.job import JobState
from elastisim.results.chronicle import Chronicle
from elastisim.results.history import EvolvingRequest, Reconfiguration
from elastisim.results.reading import read_history
from elastisim.results.statistics import Statistics, compute_statistics
from elastisim.results.tables import open_run

if TYPE_CHECKING:
    from pathlib import Path


def flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: found for part, inner in value.items() for key, found in flat(inner, f"{name}.{part}").items()}
    if isinstance(value, list):
        return {key: found for i, inner in enumerate(value) for key, found in flat(inner, f"{name}.{i}").items()}
    return {name: value}


def figures(statistics: Statistics) -> dict[str, Any]:
    return flat(msgspec.to_builtins(statistics))


@pytest.mark.parametrize("interrupt_at", [None, 0.6])
def test_statistics_are_the_same_without_reading_files(tmp_path: Path, interrupt_at: float | None) -> None:
    chronicle = Chronicle()
    write_run(
        tmp_path, jobs=80, nodes=32, days=0.3, largest=20, sensing=900.0, interrupt_at=interrupt_at, observer=chronicle
    )
    read = read_history(open_run(tmp_path))
    kept = chronicle.history(read.name, is_partial=interrupt_at is not None)

    by = ("type", "size", "user")
    expected = figures(compute_statistics(read, by=by))
    found = figures(compute_statistics(kept, by=by))

    assert expected.pop(".reconfigurations.time") == pytest.approx(found.pop(".reconfigurations.time"), abs=1e-6)
    assert found == {
        name: pytest.approx(value, rel=1e-9, abs=1e-6) if isinstance(value, float) else value
        for name, value in expected.items()
    }
    assert found[".reconfigurations.count"] > 5


def test_a_reconfiguration_that_is_cut_short_has_no_duration() -> None:
    nodes = make_nodes("a", "b", "c", "d")
    chronicle = Chronicle()
    chronicle.simulation_started(nodes)
    job = make_job(0, active=nodes[:2], state=JobState.RUNNING, start_time=1.0, wait_time=1.0)
    chronicle.job_submitted(0.0, job)
    chronicle.job_started(1.0, job)
    for time, after in ((2.0, nodes[:3]), (3.0, nodes[2:4])):
        before = job.active
        job.active = after
        chronicle.job_reconfigured(time, job, before)
    chronicle.evolving_request_handled(3.0, job, 3, 2)
    job.end(4.0, JobState.KILLED)
    chronicle.job_ended(4.0, job)

    history = chronicle.history("made up")
    assert history.reconfigurations == [Reconfiguration(2.0, 0, 2, 3, 1, 0), Reconfiguration(3.0, 0, 3, 2, 1, 2)]
    assert history.evolving_requests == [EvolvingRequest(3.0, 0, 3, 2, 2)]
    assert history.jobs[0].node_seconds == 2 * 1 + 3 * 1 + 2 * 1
    assert history.jobs[0].status == "killed"
    assert history.samples == {}
