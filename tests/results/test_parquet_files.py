"""Parquet files hold what the CSV files hold, and are read in their place."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest
from recorded import make_job, make_nodes

from elastisim.batch.node import allocate, expect, release
from elastisim.errors import InputError, MissingExtraError
from elastisim.results import parquet
from elastisim.results.files import ResultFiles
from elastisim.results.frames import read_frame
from elastisim.results.sink import MemorySink
from elastisim.results.tables import Run, Table, holds_results, open_run, run_of

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("node_utilization", "task_times")


def record(files: ResultFiles) -> None:
    """Let jobs come, work and go."""
    nodes, first, second = make_nodes("n0", "n1", "n2"), make_job(7), make_job(3)
    files.open()
    files.simulation_started(nodes)
    allocate(nodes[:2], first)
    expect(nodes[1:2], second)
    files.nodes_changed(1 / 3, nodes[:2])
    files.task_finished(0.5, first, nodes[:2], "solve, and wait", 1 / 6)
    files.task_finished(0.75, first, nodes[:0], "nobody", 1.0)
    allocate(nodes[1:2], second)
    files.nodes_changed(1.0, nodes[1:2])
    release(nodes[:2], first)
    files.nodes_changed(2.0, nodes[:2])
    files.task_finished(1e6 / 3, second, nodes[1:2], "", 0.0)


def recorded(digits: int = 15) -> dict[str, Table]:
    """Return what was recorded as CSV and as Parquet files, by their keys."""
    files = ResultFiles(
        {form: MemorySink() for kind in KINDS for form in (kind, f"{kind}.parquet")},
        digits=digits,
    )
    record(files)
    files.complete()
    return {
        form: Table(form.removesuffix(".parquet"), form, sink.content(), is_parquet=form.endswith(".parquet"))
        for form, sink in files.sinks.items()
        if isinstance(sink, MemorySink)
    }


@pytest.mark.parametrize("digits", [6, 15])
@pytest.mark.parametrize("kind", KINDS)
def test_lines_are_those_of_the_csv_file(kind: str, digits: int) -> None:
    tables = recorded(digits)
    assert list(tables[f"{kind}.parquet"].lines()) == list(tables[kind].lines())


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_those_of_the_csv_file(kind: str) -> None:
    tables = recorded()
    expected, found = read_frame(tables[kind]), read_frame(tables[f"{kind}.parquet"])
    assert found.schema == expected.schema
    assert found.with_columns(pl.col(pl.Float64).round(9)).to_dicts() == (
        expected.with_columns(
            pl.col(pl.Float64).round(9), *([pl.col("task").fill_null("")] if kind == "task_times" else [])
        ).to_dicts()
    )


def test_rows_are_written_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4)
    table = recorded()["node_utilization.parquet"]
    assert isinstance(table.source, bytes)
    _, parquet_module = parquet.import_pyarrow()
    assert parquet_module.ParquetFile(io.BytesIO(table.source)).num_row_groups == 2


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def written(directory: Path) -> ResultFiles:
    return ResultFiles({f"{kind}.parquet": directory / f"{kind}.parquet" for kind in KINDS})


def test_an_interrupted_run_leaves_partial_files_that_can_be_read(tmp_path: Path) -> None:
    files = written(tmp_path)
    record(files)
    files.abandon()

    assert names(tmp_path) == ["node_utilization.parquet.partial", "task_times.parquet.partial"]
    assert holds_results(tmp_path)
    run = open_run(tmp_path)
    assert run.is_partial
    assert len(list(run.table("node_utilization").lines())) == 1 + 3 + 2 + 1 + 2
    assert run.table("node_utilization") is run.parquet["node_utilization"]


def test_nothing_is_left_of_a_run_that_never_started(tmp_path: Path) -> None:
    files = written(tmp_path)
    files.open()
    files.abandon()
    assert names(tmp_path) == []


def test_the_csv_file_is_preferred_where_there_are_both(tmp_path: Path) -> None:
    files = ResultFiles({"node_utilization": tmp_path / "n.csv", "node_utilization.parquet": tmp_path / "n.parquet"})
    record(files)
    files.complete()
    run = run_of("run", files, None)  # type: ignore[arg-type]
    assert isinstance(run, Run)
    assert not run.table("node_utilization").is_parquet
    assert run.parquet["node_utilization"].source == tmp_path / "n.parquet"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"Time,Node\n0,a\n" * 9])
def test_a_file_that_is_cut_off_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "node_utilization.parquet.partial"
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"node_utilization\.parquet\.partial: cannot be read as Parquet: .*was killed"
    ):
        list(open_run(tmp_path).table("node_utilization").lines())
    with pytest.raises(InputError, match=r"cannot be read as node_utilization: ."):
        read_frame(open_run(tmp_path).table("node_utilization"))


def test_without_the_library_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'elastisim\[parquet\]'"):
        written(tmp_path)
    assert names(tmp_path) == []
