"""Statistics equal independent computations with data frames on what the reference wrote."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from recorded import golden_directories

from elastisim.errors import InputError
from elastisim.results.history import History, JobRecord, Reconfiguration
from elastisim.results.reading import read_history
from elastisim.results.series import StepSeries
from elastisim.results.statistics import compute_statistics, size_class
from elastisim.results.summary import jain_index, quantile, summarise
from elastisim.results.tables import open_run
from elastisim.results.window import Window, parse_window

if TYPE_CHECKING:
    from pathlib import Path

pl = pytest.importorskip("polars")

BOUND = 10.0


def read(directory: Path, kind: str) -> Any:
    packed = directory / f"{kind}.csv.gz"
    source = packed if packed.exists() else directory / f"{kind}.csv"
    return pl.read_csv(source, infer_schema_length=None)


def close(value: float | None, expected: float | None) -> None:
    assert value == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9))


def check_summary(found: Any, column: Any) -> None:
    assert found.count == len(column)
    close(found.mean, column.mean())
    close(found.deviation, column.std() if len(column) > 1 else 0.0)
    close(found.minimum, column.min())
    close(found.maximum, column.max())
    for name, share in (("median", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        close(getattr(found, name), column.quantile(share, "linear"))


@pytest.mark.parametrize("directory", golden_directories("job_statistics"))
def test_metrics_of_jobs(directory: Path) -> None:
    statistics = compute_statistics(read_history(open_run(directory)), bound=BOUND)
    jobs = read(directory, "job_statistics")
    started = jobs.filter(pl.col("Start Time") >= 0)

    assert statistics.jobs.total == len(jobs)
    assert statistics.jobs.killed == (jobs["Status"] == "killed").sum()
    metrics = statistics.metrics
    check_summary(metrics.wait, started["Wait Time"])
    check_summary(metrics.runtime, started["Makespan"])
    check_summary(metrics.turnaround, started["Turnaround Time"])
    ran = started.filter(pl.col("Makespan") > 0)
    check_summary(metrics.slowdown, ran["Turnaround Time"] / ran["Makespan"])
    bounded = pl.max_horizontal(pl.lit(1.0), pl.col("Turnaround Time") / pl.max_horizontal("Makespan", pl.lit(BOUND)))
    check_summary(metrics.bounded_slowdown, started.select(bounded.alias("x"))["x"])
    first = max(0.0, jobs["Submit Time"].min())
    close(statistics.usage.makespan, jobs["End Time"].max() - first)
    length = jobs["End Time"].max() - first
    close(statistics.usage.throughput, (jobs["Status"] == "completed").sum() / length * 3600)


@pytest.mark.parametrize("directory", golden_directories("job_statistics"))
def test_groups_by_type(directory: Path) -> None:
    statistics = compute_statistics(read_history(open_run(directory)), by=["type"])
    jobs = read(directory, "job_statistics")
    expected = jobs.group_by("Type").agg(
        pl.len(), pl.col("Wait Time").filter(pl.col("Start Time") >= 0).mean().alias("wait")
    )
    assert {group.key[0]: group.jobs.total for group in statistics.groups} == dict(expected["Type", "len"].iter_rows())
    for kind, wait in expected["Type", "wait"].iter_rows():
        (group,) = (group for group in statistics.groups if group.key == (kind,))
        close(group.metrics.wait.mean if group.metrics.wait else None, wait)


@pytest.mark.parametrize("directory", golden_directories("node_utilization"))
def test_use_of_nodes(directory: Path) -> None:
    history = read_history(open_run(directory))
    statistics = compute_statistics(history)
    rows = read(directory, "node_utilization").with_row_index("row")
    start, end = statistics.window.start, statistics.window.end
    # The last of the rows of a node at one time holds from then on until its next row.
    spans = rows.sort("Node", "row").with_columns(
        (pl.col("Time").shift(-1).over("Node").fill_null(end).clip(start, end) - pl.col("Time").clip(start, end)).alias(
            "span"
        )
    )
    busy = spans.filter(pl.col("State") == "allocated")["span"].sum()
    nodes = rows["Node"].n_unique()

    assert statistics.nodes == nodes
    close(statistics.usage.node_hours, busy / 3600)
    close(statistics.usage.utilization, busy / (nodes * (end - start)))
    own = spans.with_columns(pl.col("Running jobs").str.split(";")).explode("Running jobs")
    own = own.filter(pl.col("Running jobs") != "none").group_by("Running jobs").agg(pl.col("span").sum())
    for identifier, seconds in own["Running jobs", "span"].iter_rows():
        (job,) = (job for job in history.jobs if job.identifier == int(identifier))
        close(job.node_seconds, seconds)


@pytest.mark.parametrize("directory", golden_directories("job_statistics"))
def test_queue_and_running_jobs(directory: Path) -> None:
    statistics = compute_statistics(read_history(open_run(directory)))
    jobs = read(directory, "job_statistics").with_columns(pl.col("Submit Time").clip(0))
    length = statistics.window.length
    left = jobs.select(pl.when(pl.col("Start Time") >= 0).then("Start Time").otherwise("End Time"))
    close(statistics.usage.queue_length, (left.to_series() - jobs["Submit Time"]).sum() / length)
    ran = jobs.filter(pl.col("Start Time") >= 0)
    close(statistics.usage.running_jobs, (ran["End Time"] - ran["Start Time"]).sum() / length)


@pytest.mark.parametrize("directory", golden_directories("cpu_utilization"))
def test_sensed_loads(directory: Path) -> None:
    statistics = compute_statistics(read_history(open_run(directory)))
    start, end = statistics.window.start, statistics.window.end

    def mean(kind: str, column: str | None) -> float | None:
        rows = read(directory, kind).filter(pl.col("Time").is_between(start, end))
        values = rows.select(pl.mean_horizontal(pl.exclude("Time")).alias("x"))["x"] if column is None else rows[column]
        found: float | None = values.mean()
        return found

    usage = statistics.usage
    close(usage.cpu_load, mean("cpu_utilization", None))
    close(usage.gpu_load, mean("gpu_utilization", None))
    close(usage.network, mean("network_activity", "Utilization"))
    close(usage.pfs_read, mean("pfs_utilization", "Read"))
    close(usage.pfs_write, mean("pfs_utilization", "Write"))
    assert usage.utilization
    assert usage.cpu_load is not None
    close(usage.efficiency, usage.cpu_load / usage.utilization)


@pytest.mark.parametrize("directory", golden_directories("node_utilization"))
def test_reconfigurations_are_found_without_a_record_of_them(directory: Path) -> None:
    """In the results of the original they show as nodes that a running job gains or loses."""
    history = read_history(open_run(directory))
    expected = []
    rows = read(directory, "node_utilization").with_columns(pl.col("Running jobs").str.split(";"))
    jobs = [job for job in history.jobs if job.start is not None]
    for job in jobs:
        own = rows.with_columns(pl.col("Running jobs").list.contains(str(job.identifier)).alias("runs"))
        changes = own.with_columns((pl.col("runs").cast(pl.Int8).diff().over("Node")).fill_null(0).alias("change"))
        changes = (
            changes.filter(pl.col("change") != 0)
            .group_by("Time")
            .agg((pl.col("change") == 1).sum().alias("gained"), (pl.col("change") == -1).sum().alias("lost"))
        )
        # What happens at its start and at its end is no reconfiguration.
        inner = changes.filter((pl.col("Time") != job.start) & (pl.col("Time") != job.end)).sort("Time")
        expected += [(row[0], job.identifier, row[1], row[2]) for row in inner.iter_rows()]
    found = [(change.time, change.job, change.gained, change.lost) for change in history.reconfigurations]
    assert found == sorted(expected)
    statistics = compute_statistics(history)
    assert statistics.reconfigurations.nodes_gained == sum(row[2] for row in expected)
    assert statistics.reconfigurations.time is None


def job(identifier: int, submit: float, start: float | None, end: float | None, **changes: Any) -> JobRecord:
    return JobRecord(
        identifier=identifier,
        type=changes.pop("type", "rigid"),
        submit=submit,
        start=start,
        end=end,
        wait=None if start is None else start - submit,
        runtime=None if start is None or end is None else end - start,
        turnaround=None if end is None else end - submit,
        status=changes.pop("status", "completed"),
        **changes,
    )


def history(*jobs: JobRecord, **changes: Any) -> History:
    busy = changes.pop("busy", StepSeries())
    return History(
        name="made up", nodes=["a", "b"], jobs=list(jobs), busy=busy, end=changes.pop("end", 100.0), **changes
    )


def test_a_window_selects_jobs_by_submission_and_averages_over_itself() -> None:
    busy = StepSeries()
    for time, value in ((0.0, 2.0), (20.0, 0.0), (40.0, 1.0), (90.0, 0.0)):
        busy.append(time, value)
    made = history(job(0, -5.0, 0.0, 20.0), job(1, 10.0, 40.0, 90.0), job(2, 30.0, 41.0, 95.0), busy=busy)
    statistics = compute_statistics(made, window=Window(10.0, 50.0))
    assert statistics.jobs.total == 2
    assert statistics.metrics.wait is not None
    assert statistics.metrics.wait.mean == (30.0 + 11.0) / 2
    assert statistics.usage.utilization == (10 * 2 + 10 * 1) / (2 * 40)
    assert statistics.usage.throughput == 1 / 40 * 3600
    assert statistics.usage.queue_length == ((40 - 10) + (41 - 30)) / 40
    assert statistics.usage.longest_queue == 2
    assert compute_statistics(made, window=Window(0.0, 5.0)).jobs.total == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:50", (10.0, 50.0)),
        (":", (0.0, 95.0)),
        ("10%:", (9.5, 95.0)),
        ("20:90%", (20.0, 85.5)),
        (" 1 : 2 ", (1.0, 2.0)),
    ],
)
def test_windows_are_seconds_percentages_or_open(text: str, expected: tuple[float, float]) -> None:
    window = parse_window(text, history(job(0, 0.0, 0.0, 95.0)))
    assert (window.start, window.end) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "5", "a:b", "1:2:3", "5:5", "9:1", "x%:2"])
def test_a_window_that_is_none_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError, match="window"):
        parse_window(text, history(job(0, 0.0, 0.0, 95.0)))


def test_unfinished_and_killed_jobs() -> None:
    statistics = compute_statistics(
        history(
            job(0, 0.0, 1.0, 5.0, status="killed"),
            job(1, 0.0, None, 3.0, status="killed"),
            job(2, 0.0, 2.0, None, status="running"),
            job(3, 0.0, None, None, status="pending"),
            is_partial=True,
        )
    )
    counts = statistics.jobs
    assert (counts.total, counts.completed, counts.killed, counts.running, counts.pending) == (4, 0, 2, 1, 1)
    metrics = statistics.metrics
    assert metrics.wait is not None
    assert metrics.turnaround is not None
    assert (metrics.wait.count, metrics.turnaround.count) == (2, 1)
    assert statistics.usage.throughput == 0.0
    assert statistics.window == Window(0.0, 100.0)


def test_slowdowns_of_short_jobs() -> None:
    short, none = job(0, 0.0, 9.0, 10.0), job(1, 0.0, 4.0, 4.0)
    assert short.slowdown() == 10.0
    assert short.bounded_slowdown(5.0) == 2.0
    assert short.bounded_slowdown(20.0) == 1.0
    assert (none.slowdown(), none.bounded_slowdown(10.0), none.bounded_slowdown(0.0)) == (None, 1.0, None)


def test_reconfigurations_in_numbers() -> None:
    changes = [
        Reconfiguration(1.0, 0, 2, 5, 3, 0, 4.0),
        Reconfiguration(2.0, 0, 5, 4, 1, 2, 0.5),
        Reconfiguration(3.0, 1, 4, 4, 2, 2, None),
        Reconfiguration(60.0, 1, 4, 8, 4, 0, 9.0),
    ]
    made = history(job(0, 0.0, 0.0, 50.0), reconfigurations=changes, reconfigurations_recorded=True)
    found = compute_statistics(made).reconfigurations
    assert (found.count, found.jobs, found.expansions, found.shrinks, found.replacements) == (3, 2, 1, 1, 1)
    assert (found.nodes_gained, found.nodes_lost, found.time) == (6, 4, 4.5)
    assert found.expansion_time is not None
    assert found.shrink_time is not None
    assert (found.expansion_time.mean, found.shrink_time.mean) == (4.0, 0.5)


def test_fairness_between_users() -> None:
    jobs = [
        job(0, 0.0, 10.0, 30.0, attributes={"user": "u10"}, node_seconds=7200.0),
        job(1, 0.0, 30.0, 50.0, attributes={"user": "u2"}),
        job(2, 0.0, 0.0, 50.0, attributes={"user": "u2"}),
        job(3, 0.0, 0.0, 1.0),
    ]
    fairness = compute_statistics(history(*jobs)).fairness
    assert fairness is not None
    assert [(user.user, user.jobs, user.wait, user.node_hours) for user in fairness.users] == [
        ("u10", 1, 10.0, 2.0),
        ("u2", 2, 15.0, 0.0),
    ]
    assert fairness.wait == pytest.approx((10 + 15) ** 2 / (2 * (10**2 + 15**2)))
    slowdowns = 30 / 20, (50 / 20 + 1) / 2
    assert fairness.bounded_slowdown == pytest.approx(sum(slowdowns) ** 2 / (2 * sum(x * x for x in slowdowns)))
    assert compute_statistics(history(jobs[3])).fairness is None


def test_groups_by_several_things_in_natural_order() -> None:
    jobs = [
        job(0, 0.0, 0.0, 10.0, type="rigid", node_seconds=160.0, attributes={"queue": "long"}),
        job(1, 0.0, 0.0, 10.0, type="rigid", node_seconds=20.0),
        job(2, 0.0, 0.0, 10.0, type="malleable", node_seconds=90.0),
    ]
    statistics = compute_statistics(history(*jobs), by=["type", "size"])
    assert [group.key for group in statistics.groups] == [("malleable", "9-16"), ("rigid", "2"), ("rigid", "9-16")]
    assert statistics.groups[1].node_hours == 20.0 / 3600
    assert [group.key for group in compute_statistics(history(*jobs), by=["queue"]).groups] == [("",), ("long",)]
    with pytest.raises(InputError, match="'colour'; known: type, size, status, model, queue"):
        compute_statistics(history(*jobs), by=["colour"])


@pytest.mark.parametrize(
    ("nodes", "name"),
    [(0.0, "0"), (0.5, "1"), (1.0, "1"), (2.0, "2"), (2.5, "3-4"), (4.0, "3-4"), (4.01, "5-8"), (1024.0, "513-1024")],
)
def test_size_classes_end_at_powers_of_two(nodes: float, name: str) -> None:
    assert size_class(nodes) == name


def test_rounding_of_times_does_not_change_the_size_class() -> None:
    made = job(0, 0.1, 0.3, 1.4, node_seconds=4 * (1.4 - 0.3) + 1e-12)
    assert size_class(made.mean_nodes) == "3-4"


def test_summaries_of_nothing_and_of_one_value() -> None:
    assert summarise([]) is None
    one = summarise([3.0])
    assert one is not None
    assert (one.mean, one.deviation, one.p99, one.maximum) == (3.0, 0.0, 3.0, 3.0)
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0


def test_the_index_of_fairness() -> None:
    assert jain_index([]) is None
    assert jain_index([2.0, 2.0, 2.0]) == 1.0
    assert jain_index([1.0, 0.0, 0.0, 0.0]) == 0.25
    assert jain_index([0.0, 0.0]) == 1.0


def test_a_run_without_jobs_has_statistics() -> None:
    statistics = compute_statistics(history(end=0.0))
    assert (statistics.jobs.total, statistics.usage.throughput, statistics.usage.utilization) == (0, None, None)
    assert math.isclose(statistics.usage.queue_length, 0.0)
