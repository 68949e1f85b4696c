"""Results as a Python object: data frames, statistics, notebook display."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from recorded import golden_directories, table
from synthetic import write_run

from elastisim.errors import InputError
from elastisim.results.files import RECORDERS, ResultFiles
from elastisim.results.provenance import RunDescription
from elastisim.results.results import Results
from elastisim.results.sink import MemorySink
from elastisim.results.tables import run_of

if TYPE_CHECKING:
    from pathlib import Path

pl = pytest.importorskip("polars")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("results") / "run"
    write_run(made, jobs=60, nodes=24, days=0.2, largest=16, sensing=600.0)
    return made


@pytest.mark.parametrize("directory", golden_directories("task_times"))
def test_frames_of_what_the_reference_wrote(directory: Path) -> None:
    results = Results.open(directory)
    tasks = results.task_times
    rows = [line.rstrip("\n").split(",") for line in table(directory, "task_times")[1:]]
    assert tasks.columns == ["time", "job", "node", "task", "duration"]
    assert tasks.rows() == [
        (float(time), int(job), node, ",".join(task), float(duration)) for time, job, node, *task, duration in rows
    ]
    nodes = [line.rstrip("\n").split(",") for line in table(directory, "node_utilization")[1:]]

    def ids(text: str) -> list[int]:
        return [int(i) for i in text.split(";") if i != "none"]

    assert results.node_utilization.rows() == [(float(t), n, s, ids(r), ids(e)) for t, n, s, r, e in nodes]


@pytest.mark.parametrize("directory", golden_directories("cpu_utilization"))
def test_sensed_frames_of_what_the_reference_wrote(directory: Path) -> None:
    results = Results.open(directory)
    header, *rows = (line.rstrip("\n").split(",") for line in table(directory, "cpu_utilization"))
    assert results.cpu_utilization.columns == ["time", *header[1:]]
    assert results.cpu_utilization.rows() == [tuple(map(float, row)) for row in rows]
    assert results.gpu_utilization.shape == results.cpu_utilization.shape
    pfs = [tuple(map(float, row.split(","))) for row in table(directory, "pfs_utilization")[1:]]
    assert str(results.pfs_utilization.rows()) == str(pfs)  # NaN equals NaN as text
    assert results.pfs_utilization.columns == ["time", "read", "write", "read_relative", "write_relative"]
    assert len(results.network_activity) == len(rows)


def test_times_that_are_not_known_are_null(tmp_path: Path) -> None:
    (tmp_path / "job_statistics.csv").write_text(
        "ID,Type,Submit Time,Start Time,End Time,Wait Time,Makespan,Turnaround Time,Status\n"
        "0,rigid,-3,0.5,9,3.5,8.5,12,completed\n1,rigid,1.7,-1,6.6,-1,7.6,4.9,killed\n"
    )
    jobs = Results.open(tmp_path).jobs
    assert jobs.row(0, named=True)["submit_time"] == -3.0
    assert jobs.row(1, named=True) == {
        "id": 1,
        "type": "rigid",
        "submit_time": 1.7,
        "start_time": None,
        "end_time": 6.6,
        "wait_time": None,
        "makespan": None,
        "turnaround_time": 4.9,
        "status": "killed",
    }


def test_jobs_know_what_they_asked_for(directory: Path) -> None:
    jobs = Results.open(directory).jobs
    assert len(jobs) == 60
    assert jobs.columns[:9] == [
        "id", "type", "submit_time", "start_time", "end_time", "wait_time", "makespan", "turnaround_time", "status",
    ]  # fmt: skip
    assert (jobs["min_nodes"] <= jobs["max_nodes"]).all()
    assert jobs["attribute_user"].str.starts_with("u").all()
    assert (jobs["end_time"] - jobs["start_time"] - jobs["makespan"]).abs().max() < 1e-6


def test_stays_add_up_to_node_seconds(directory: Path) -> None:
    results = Results.open(directory)
    total = results.stays.select((pl.col("nodes") * (pl.col("end") - pl.col("start"))).sum()).item()
    assert total == pytest.approx(results.statistics().usage.node_hours * 3600)


def test_other_libraries_take_frames_over_through_arrow(directory: Path) -> None:
    assert hasattr(Results.open(directory).jobs, "__arrow_c_stream__")
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame.from_arrow(Results.open(directory).jobs)
    assert frame["wait_time"].mean() == pytest.approx(Results.open(directory).jobs["wait_time"].mean())


def test_partial_runs_have_frames_too(tmp_path: Path) -> None:
    write_run(tmp_path, jobs=60, nodes=24, days=0.2, largest=16, interrupt_at=0.5)
    path = tmp_path / "node_utilization.csv.partial"
    rows = len(Results.open(tmp_path).node_utilization)
    path.write_bytes(path.read_bytes()[:-3])
    results = Results.open(tmp_path)
    assert len(results.node_utilization) == rows - 1
    assert set(results.jobs["status"].unique()) >= {"completed", "unfinished"}
    assert "partial" in repr(results)


def test_what_was_not_recorded_is_an_input_error(directory: Path) -> None:
    results = Results.open(directory)
    assert "task_times" not in results.recorded
    with pytest.raises(InputError, match="this run has no task_times"):
        _ = results.task_times


def test_a_table_with_wrong_values_is_an_input_error(tmp_path: Path) -> None:
    header = "Time,Node,State,Running jobs,Expected jobs\n"
    (tmp_path / "node_utilization.csv").write_text(header + "x,a,free,none,none\n")
    with pytest.raises(InputError, match=r"node_utilization\.csv: cannot be read as node_utilization"):
        _ = Results.open(tmp_path).node_utilization
    (tmp_path / "node_utilization.csv").write_text("Time,Node\n")
    with pytest.raises(InputError, match="line 1: the header is"):
        _ = Results.open(tmp_path).node_utilization


def test_results_kept_in_memory_are_those_of_the_files(directory: Path) -> None:
    expected = Results.open(directory)
    sinks: dict[str, Any] = {}
    for kind in expected.recorded:
        sinks[kind] = MemorySink()
        sinks[kind].write((directory / f"{kind}.csv").read_bytes())
        sinks[kind].complete()
    description = RunDescription(complete=True, outcome="completed")
    kept = Results(run_of("kept", ResultFiles(sinks), description))
    assert set(kept.recorded) <= set(RECORDERS)
    assert kept.jobs.equals(expected.jobs)
    assert kept.stays.equals(expected.stays)
    assert kept.statistics(window="10%:", by=["type"]).usage == expected.statistics(window="10%:", by=["type"]).usage
    assert not kept.is_partial


def test_notebooks_show_key_figures_and_a_curve(directory: Path) -> None:
    html = Results.open(directory)._repr_html_()
    assert "Node utilisation" in html
    assert "<svg" in html
    assert "60 jobs" in html
    assert "<script" not in html


def test_without_the_extra_the_message_says_what_to_install(directory: Path) -> None:
    """Statistics and reports need no extra; data frames and figures say which one they need."""
    program = f"""
import sys
for name in ("polars", "matplotlib", "numpy", "pandas"):
    sys.modules[name] = None
from elastisim.errors import MissingExtraError
from elastisim.results.results import Results
results = Results.open({str(directory)!r})
print(results.statistics().jobs.total)
results.report({str(directory / "report.html")!r})
for access in (lambda: results.jobs, results.gantt, results.utilization, results.distribution):
    try:
        access()
    except MissingExtraError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "60",
        "reading results as data frames needs an optional dependency: pip install 'elastisim[frames]'",
        *["drawing figures needs an optional dependency: pip install 'elastisim[plot]'"] * 3,
    ]


FIGURES = pytest.mark.skipif(not importlib.util.find_spec("matplotlib"), reason="matplotlib is not installed")


@FIGURES
@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_figures_are_files_with_one_call(directory: Path, tmp_path: Path, kind: str) -> None:
    results = Results.open(directory)
    results.gantt(tmp_path / f"gantt.{kind}", colour="user")
    results.utilization(tmp_path / f"utilization.{kind}")
    results.distribution("bounded_slowdown", tmp_path / f"distribution.{kind}")
    heads = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
    for path in tmp_path.iterdir():
        assert path.read_bytes().startswith(heads[kind])
    assert len(list(tmp_path.iterdir())) == 3


@FIGURES
@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_equal_figures_make_equal_files(directory: Path, tmp_path: Path, kind: str) -> None:
    first, second = (tmp_path / f"{name}.{kind}" for name in ("first", "second"))
    for path in (first, second):
        Results.open(directory).gantt(path)
    assert first.read_bytes() == second.read_bytes()


@FIGURES
def test_the_gantt_chart_draws_each_stay_where_it_was(tmp_path: Path) -> None:
    header = "Time,Node,State,Running jobs,Expected jobs\n0,a,free,none,none\n0,b,free,none,none\n0,c,free,none,none\n"
    rows = "10,a,allocated,0,none\n10,b,allocated,0,none\n20,b,free,none,none\n30,a,free,none,none\n"
    rows += "40,c,allocated,1,none\n90,c,free,none,none\n"
    (tmp_path / "node_utilization.csv").write_text(header + rows)
    figure = Results.open(tmp_path).gantt(colour="job")
    drawn = [path.get_extents().bounds for part in figure.axes[0].collections for path in part.get_paths()]
    assert sorted(drawn) == [(10.0, 0.0, 10.0, 2.0), (20.0, 0.0, 10.0, 1.0), (40.0, 2.0, 50.0, 1.0)]


@FIGURES
def test_curves_and_distributions_hold_the_data(directory: Path) -> None:
    results = Results.open(directory)
    axes = results.utilization().axes
    waiting = axes[1].lines[0]
    queue = results.history.queue_length()
    assert list(waiting.get_ydata())[:-1] == queue.values
    (line, *_) = results.distribution("turnaround").axes[0].lines
    kind = line.get_label().split(" ")[0]
    values = results.jobs.filter(pl.col("type") == kind)["turnaround_time"].sort()
    assert sorted(set(line.get_xdata()[1:])) == pytest.approx(values.unique().sort().to_list())


@FIGURES
def test_wrong_requests_for_figures_are_input_errors(directory: Path, tmp_path: Path) -> None:
    results = Results.open(directory)
    with pytest.raises(InputError, match="coloured by 'queue'; known: type, status, job, user"):
        results.gantt(colour="queue")
    with pytest.raises(InputError, match="no distribution of 'size'"):
        results.distribution("size")
    with pytest.raises(InputError, match="cannot be written as docx"):
        results.gantt(tmp_path / "gantt.docx")
    with pytest.raises(InputError, match="No such file"):
        results.gantt(tmp_path / "missing" / "gantt.pdf")


@FIGURES
def test_equal_results_make_equal_figures(directory: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        Results.open(directory).gantt(tmp_path / f"{name}.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
