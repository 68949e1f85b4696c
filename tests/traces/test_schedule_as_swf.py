import csv
import json
from pathlib import Path

import pytest

from elastisim.errors import InputError
from elastisim.workload.traces.cleaning import Report
from elastisim.workload.traces.rules import choose
from elastisim.workload.traces.schedule import write_schedule
from elastisim.workload.traces.source import Source
from elastisim.workload.traces.swf import SwfJob, header_value, read_jobs

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "scenarios"
STATISTICS = """\
ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status
0,rigid,0,5,105,5,100,105,completed
1,malleable,2.5,10,50,7.5,40,47.5,killed
2,rigid,3,-1,9,-1,-1,6,killed
"""
NODES = """\
Time,Node,State,Running jobs,Expected jobs
0,a,free,none,none
0,b,free,none,none
0,c,free,none,none
5,a,allocated,0,none
10,b,allocated,1,none
20,c,allocated,1,none
40,c,allocated,1;2,none
50,b,free,none,none
50,c,allocated,2,none
60,c,free,none,none
105,a,free,none,none
"""


def _job(kind: str, submit: float, **others: object) -> dict:
    return {"type": kind, "submit_time": submit, "application_model": "m"} | others


JOBS = [
    _job("rigid", 3, num_nodes=9, attributes={"trace_id": 30, "user": "ann", "queue": 3}),
    _job("rigid", 0, num_nodes=1, walltime=500, attributes={"trace_id": 10, "user": "bob", "queue": 2}),
    _job(
        "malleable",
        2.5,
        num_nodes_min=1,
        num_nodes_max=4,
        walltime=40,
        arguments={"num_nodes_pref": 2},
        attributes={"trace_id": 20, "user": "ann"},
    ),
]


def _write(tmp_path, jobs=JOBS, statistics=STATISTICS, nodes=NODES):
    (tmp_path / "jobs.json").write_text(json.dumps({"jobs": jobs}))
    (tmp_path / "statistics.csv").write_text(statistics)
    (tmp_path / "nodes.csv").write_text(nodes)
    arguments = (tmp_path / "jobs.json", tmp_path / "statistics.csv", tmp_path / "schedule.swf", tmp_path / "nodes.csv")
    return write_schedule(*arguments)


def _read(path: Path) -> tuple[list[SwfJob], list[str]]:
    header: list[str] = []
    flag = Report(str(path), choose({})).flag
    return [job for _, job in read_jobs(Source(path), header, flag)], header


def test_a_schedule_by_hand(tmp_path) -> None:
    _write(tmp_path)
    lines, header = _read(tmp_path / "schedule.swf")

    # Jobs are in order of submission; the malleable job had 40 + 30 node-seconds in 40 s.
    assert lines == [
        SwfJob(10, 0, 5, 100, 1, requested=1, requested_time=500, status=1, user=1, queue=2),
        SwfJob(20, 2.5, 7.5, 40, 2, requested=2, requested_time=40, status=0, user=2),
        SwfJob(30, 3, -1, -1, -1, requested=9, status=5, user=2, queue=3),
    ]
    assert header_value(header, "MaxNodes") == header_value(header, "MaxProcs") == "3"
    assert header_value(header, "MaxJobs") == "3"


def test_without_node_utilization_only_rigid_jobs_have_a_size(tmp_path) -> None:
    _write(tmp_path)
    lines = write_schedule(tmp_path / "jobs.json", tmp_path / "statistics.csv", tmp_path / "schedule.swf")

    assert [line.allocated for line in lines] == [1, -1, -1]
    assert header_value(_read(tmp_path / "schedule.swf")[1], "MaxNodes") is None


def test_what_is_returned_is_what_can_be_read(tmp_path) -> None:
    assert _write(tmp_path) == _read(tmp_path / "schedule.swf")[0]


@pytest.mark.parametrize("trace_ids", [(1, 2, 2), (1, 2, "3"), (0, 1, 2)])
def test_jobs_are_numbered_unless_their_identifiers_serve(tmp_path, trace_ids: tuple) -> None:
    jobs = [job | {"attributes": {"trace_id": number}} for job, number in zip(JOBS, trace_ids, strict=True)]

    assert [line.number for line in _write(tmp_path, jobs)] == [1, 2, 3]


@pytest.mark.parametrize(
    "scenario", [*sorted(path.name for path in GOLDEN.glob("type_*")), "workload_mixed_fcfs", "walltime_kill"]
)
def test_schedules_of_the_reference(tmp_path, scenario: str) -> None:
    if not (GOLDEN / scenario).exists():
        pytest.skip("the golden scenarios are not here")
    expected = GOLDEN / scenario / "expected"
    target = tmp_path / "schedule.swf"
    lines = write_schedule(
        GOLDEN / scenario / "jobs.json",
        expected / "job_statistics.csv",
        target,
        expected / "node_utilization.csv",
    )
    with (expected / "job_statistics.csv").open() as stream:
        rows = list(csv.DictReader(stream))

    assert _read(target)[0] == lines
    assert [line.runtime for line in lines] == [float(row["Makespan"]) for row in rows]
    assert [line.wait for line in lines] == pytest.approx([float(row["Wait Time"]) for row in rows], abs=1e-9)
    assert all(line.allocated >= 1 for line in lines if line.runtime > 0)
    assert [line.status == 1 for line in lines] == [row["Status"] == "completed" for row in rows]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"statistics": "ID,Status\n"}, "statistics.csv: line 1: has no column Submit Time, Wait Time, Makespan"),
        ({"statistics": STATISTICS.replace("\n0,", "\n7,")}, "statistics.csv: line 2: job 7 is not among those of"),
        ({"statistics": STATISTICS.replace(",105,completed", ",105,completed").replace("2.5,10", "x,10")}, "line 3: "),
        ({"nodes": NODES.replace("0;2", "x;2").replace("1;2", "1;y")}, "nodes.csv: line 8: "),
        ({"jobs": [{"type": "rigid"}]}, "jobs.json: is no jobs file"),
    ],
)
def test_files_that_do_not_fit_are_input_errors(tmp_path, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _write(tmp_path, **changes)


def test_missing_files_are_input_errors(tmp_path) -> None:
    _write(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        write_schedule(tmp_path / "none", tmp_path / "statistics.csv", tmp_path / "schedule.swf")
    with pytest.raises(InputError, match="cannot be read"):
        write_schedule(tmp_path / "jobs.json", tmp_path / "none", tmp_path / "schedule.swf")
    with pytest.raises(InputError, match="cannot be written"):
        write_schedule(tmp_path / "jobs.json", tmp_path / "statistics.csv", tmp_path / "no" / "schedule.swf")
