"""Recorders write what the reference wrote, byte for byte, when they observe what it observed."""

from __future__ import annotations

import csv
import io
import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import golden_directories, job_of_row, make_job, make_nodes, table

from elastisim.batch.job import JobState
from elastisim.batch.node import NodeState, Occupancy, allocate, expect
from elastisim.batch.node_list import NodeList
from elastisim.batch.observer import Sample
from elastisim.results.files import RECORDERS
from elastisim.results.recorder import date_format, number_format
from elastisim.results.sink import MemorySink
from elastisim.workload.job import JobType

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.results.recorder import Recorder


def recorder(kind: str, digits: int = 15) -> tuple[Any, MemorySink]:
    sink = MemorySink()
    made: Recorder = RECORDERS[kind](sink, digits)
    made.open()
    return made, sink


def text(made: Recorder, sink: MemorySink) -> str:
    made.flush()
    return sink.content().decode()


def sample(*times: float, **values: Any) -> Sample:
    defaults: dict[str, Any] = {"cpu": [], "gpu": [], "network": 0.0, "pfs_read": 0.0, "pfs_write": 0.0}
    return Sample(times=times or (0.0,), **defaults | {"pfs_read_relative": 0.0, "pfs_write_relative": 0.0} | values)


@pytest.mark.parametrize("directory", golden_directories("job_statistics"))
def test_job_statistics_as_the_reference_prints_them(directory: Path) -> None:
    lines = table(directory, "job_statistics")
    jobs = [job_of_row(line) for line in lines[1:]]
    made, sink = recorder("job_statistics")

    for job in sorted(jobs, key=lambda job: job.end_time):
        made.job_ended(job.end_time, job)
    made.simulation_ended(max(job.end_time for job in jobs), jobs)

    assert text(made, sink) == "".join(lines)


def test_job_statistics_before_the_end_hold_the_jobs_that_ended() -> None:
    made, sink = recorder("job_statistics")
    made.job_ended(3.0, make_job(1, end_time=3.0, start_time=1.0, makespan=2.0, state=JobState.KILLED))
    assert text(made, sink).splitlines()[1:] == ["1,rigid,0,1,3,-1,2,-1,killed"]


def test_job_statistics_end_in_order_of_the_jobs_with_their_last_status() -> None:
    """A job that was killed in the very moment of its end is heard of before it counts as completed (R7.11)."""
    made, sink = recorder("job_statistics")
    jobs = [make_job(number, submit_time=float(number), state=JobState.KILLED) for number in range(3)]
    for number in (2, 0, 1):
        made.job_ended(3.0, jobs[number])
    jobs[0].state = JobState.COMPLETED
    made.simulation_ended(3.0, jobs)

    assert [line.split(",")[::8] for line in text(made, sink).splitlines()[1:]] == [
        ["0", "completed"],
        ["1", "killed"],
        ["2", "killed"],
    ]


def test_dates_are_printed_like_numbers_however_often() -> None:
    numbers = [1 / 3, 0.0, -0.0, 1e300, 2.5, -0.0, 0.0, 1 / 3, -1.0]
    for digits in (6, 15):
        number, date = number_format(digits), date_format(digits)
        assert list(map(date, numbers)) == list(map(number, numbers))
    distinct = [float(number) for number in range(20_000)]
    assert list(map(date_format(15), distinct)) == list(map(number_format(15), distinct))


@pytest.mark.parametrize("directory", golden_directories("node_utilization"))
def test_node_utilization_as_the_reference_prints_it(directory: Path) -> None:
    lines = table(directory, "node_utilization")
    rows = [line.rstrip("\n").split(",") for line in lines[1:]]
    names: list[str] = []
    for _, name, *_ in rows:
        if name in names:
            break
        names.append(name)
    nodes = make_nodes(*names)
    made, sink = recorder("node_utilization")
    made.simulation_started(nodes)

    expected = [*lines[: len(names) + 1]]
    for time, name, state, running, waiting in rows[len(names) :]:
        position = names.index(name)
        node = nodes[position : position + 1]
        there, coming = (
            {int(i): make_job(int(i)) for i in ids.split(";") if i != "none"} for ids in (running, waiting)
        )
        node.enter(Occupancy(there, coming, NodeState.ALLOCATED if there else NodeState.FREE))
        made.nodes_changed(float(time), node)
        ascending = ";".join(sorted(running.split(";"), key=lambda i: int(i))) if running != "none" else running
        expected.append(f"{time},{name},{state},{ascending},{waiting}\n")

    assert text(made, sink) == "".join(expected)


def test_nodes_that_change_together_make_one_row_each_in_their_order() -> None:
    nodes = make_nodes("n0", "n1", "n2", "n3")
    first, second = make_job(7), make_job(3)
    made, sink = recorder("node_utilization")
    made.simulation_started(nodes)
    for position in range(3):
        allocate(nodes[position : position + 1], first)
    allocate(nodes[1:2], second)
    expect(nodes[2:3], second)
    expect(nodes[3:], second)

    made.nodes_changed(1 / 3, NodeList.of([nodes[2], nodes[1], nodes[0], nodes[3]]))
    made.nodes_changed(2.0, nodes[:0])

    assert text(made, sink).splitlines()[5:] == [
        "0.333333333333333,n2,allocated,7,3",
        "0.333333333333333,n1,allocated,3;7,none",
        "0.333333333333333,n0,allocated,7,none",
        "0.333333333333333,n3,free,none,3",
    ]


@pytest.mark.parametrize("directory", golden_directories("task_times"))
def test_task_times_as_the_reference_prints_them(directory: Path) -> None:
    lines = table(directory, "task_times")
    made, sink = recorder("task_times")

    def parts(line: str) -> tuple[str, str, str, str]:
        time, job, _, *task, duration = line.rstrip("\n").split(",")
        return time, job, ",".join(task), duration

    for (time, job, task, duration), group in groupby(lines[1:], parts):
        nodes = make_nodes(*(line.split(",")[2] for line in group))
        made.task_finished(float(time), make_job(int(job)), nodes, task, float(duration))

    assert text(made, sink) == "".join(lines)


@pytest.mark.parametrize("kind", ["cpu_utilization", "gpu_utilization"])
@pytest.mark.parametrize("directory", golden_directories("cpu_utilization"))
def test_loads_as_the_reference_prints_them(directory: Path, kind: str) -> None:
    lines = table(directory, kind)
    rows = [line.rstrip("\n").split(",") for line in lines]
    made, sink = recorder(kind)
    nodes = make_nodes(*rows[0][1:], gpus=[cell != "0" for cell in rows[1][1:]])
    made.simulation_started(nodes)

    live = [0.0] * len(nodes)
    for time, *values in rows[1:]:
        live[:] = map(float, values)
        made.sampled(sample(float(time), cpu=live, gpu=live))

    assert text(made, sink) == "".join(lines)


@given(
    st.integers(0, 300).flatmap(
        lambda n: st.lists(
            st.dictionaries(st.integers(0, max(n - 1, 0)), st.floats(0, 20) | st.just(float("nan")), max_size=5),
            max_size=8,
        ).map(lambda changes: (n, changes))
    )
)
def test_loads_changed_in_place_equal_loads_formatted_afresh(case: tuple[int, list[dict[int, float]]]) -> None:
    count, changes = case
    made, sink = recorder("cpu_utilization")
    made.simulation_started(make_nodes(*(f"n{i}" for i in range(count))))
    loads = [0.0] * count
    expected = [",".join(["Time", *(f"n{i}" for i in range(count))])]
    for time, change in enumerate(changes):
        for position, load in change.items():
            if count:
                loads[position] = load
        made.sampled(sample(float(time), cpu=loads))
        expected.append(",".join([str(time), *(f"{load:f}" for load in loads)]))

    assert text(made, sink).splitlines() == expected


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.sampled_from((0.0, 0.5, 1.0, 12.0)), st.booleans())))
def test_loads_look_the_same_whether_it_is_known_where_they_change(changes: list[tuple[int, int, float, bool]]) -> None:
    (knowing, sink), (comparing, other) = recorder("cpu_utilization"), recorder("cpu_utilization")
    loads = [0.0] * 10
    for made in (knowing, comparing):
        made.simulation_started(make_nodes(*(f"n{i}" for i in range(10))))
        made.sampled(sample(0.0, cpu=loads))
    for time, (first, length, load, is_known) in enumerate(changes, 1):
        last = first + length
        loads[first : last + 1] = [load] * (length + 1)
        # Ranges may overlap; what comes last counts.
        known = {
            (max(first - 1, 0), last): 7.0,
            (max(first - 1, 0), first): loads[max(first - 1, 0)],
            (first, last): load,
        }
        knowing.sampled(sample(float(time), cpu=loads, cpu_changes=known if is_known else None))
        comparing.sampled(sample(float(time), cpu=loads))

    assert text(knowing, sink) == text(comparing, other)


@pytest.mark.parametrize("kind", ["cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization"])
def test_samples_in_a_row_that_are_the_same_become_a_row_each(kind: str) -> None:
    loads = {"cpu": [0.5, 1.0], "gpu": [0.0, 0.25], "network": 0.125, "pfs_read": 3.0, "pfs_read_relative": 0.75}
    (together, sink), (alone, other) = recorder(kind), recorder(kind)
    for made in (together, alone):
        made.simulation_started(make_nodes("n0", "n1", gpus=[0, 1]))
    together.sampled(sample(0.0, 0.1, 0.2, **loads))
    for time in (0.0, 0.1, 0.2):
        alone.sampled(sample(time, **loads))

    assert text(together, sink) == text(alone, other)
    assert text(together, sink).count("\n") == 4


@pytest.mark.parametrize("directory", golden_directories("network_activity"))
def test_network_and_pfs_as_the_reference_prints_them(directory: Path) -> None:
    network, network_sink = recorder("network_activity")
    pfs, pfs_sink = recorder("pfs_utilization")
    expected = table(directory, "network_activity"), table(directory, "pfs_utilization")
    for line, other in zip(*(lines[1:] for lines in expected), strict=True):
        time, utilization = map(float, line.split(","))
        _, read, write, relative_read, relative_write = map(float, other.split(","))
        observed = sample(
            time,
            network=utilization,
            pfs_read=read,
            pfs_write=write,
            pfs_read_relative=relative_read,
            pfs_write_relative=relative_write,
        )
        network.sampled(observed)
        pfs.sampled(observed)

    assert text(network, network_sink) == "".join(expected[0])
    assert text(pfs, pfs_sink) == "".join(expected[1]).replace("-nan", "nan")


def test_six_digits_as_the_original_prints_them() -> None:
    """Examples of rule R10.1."""
    made, sink = recorder("network_activity", digits=6)
    made.sampled(sample(1358024.37, network=10.0))
    assert text(made, sink).splitlines()[1] == "1.35802e+06,10"


def test_job_requests_survive_commas_and_quotes() -> None:
    made, sink = recorder("job_requests")
    attributes = {"user": 'a "b", c', "ü": "1"}
    made.job_submitted(
        0.0,
        make_job(4, type=JobType.MALLEABLE, max_nodes=8, phase_iterations=(2, 3), attributes=attributes, walltime=0.1),
    )
    (row,) = csv.DictReader(io.StringIO(text(made, sink)))
    assert json.loads(row["Attributes"]) == attributes
    assert [row[name] for name in ("ID", "Type", "Max Nodes", "Phases", "Walltime")] == [
        "4",
        "malleable",
        "8",
        "5",
        "0.1",
    ]


def test_reconfigurations_are_written_when_the_job_goes_on() -> None:
    nodes = make_nodes("a", "b", "c", "d", "e")
    moved, killed = make_job(0, active=nodes[1:4]), make_job(1, active=nodes[:1])
    made, sink = recorder("reconfigurations")
    made.job_reconfigured(1.0, moved, nodes[:2])
    made.job_reconfigured(2.0, killed, nodes[:1])
    assert text(made, sink).count("\n") == 1
    made.reconfiguration_finished(2.5, moved)
    made.job_ended(3.0, killed)
    made.job_ended(4.0, moved)
    assert text(made, sink).splitlines()[1:] == ["1,0,2,3,2,1,2.5", "2,1,1,1,0,0,-1"]


def test_evolving_requests_show_the_outcome() -> None:
    made, sink = recorder("evolving_requests")
    made.evolving_request_handled(6.5, make_job(2, active=make_nodes("a", "b", "c")), 2, 4)
    assert text(made, sink).splitlines()[1:] == ["6.5,2,2,4,3"]
