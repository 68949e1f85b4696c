"""Runs whose loads are recorded as spans: what commands and Python make of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from elastisim import simulate
from elastisim.batch.observer import Observer
from elastisim.cli.main import main
from elastisim.errors import AlgorithmError, InputError, MissingExtraError
from elastisim.results.results import Results
from elastisim.results.tables import open_run
from elastisim_python import JobState, NodeState

if TYPE_CHECKING:
    from elastisim.batch.observer import Sample

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart" / "configuration.json"
LOADS = ("cpu_utilization", "gpu_utilization", "network_activity", "pfs_utilization")


def run(directory: Path, result_format: str, **overrides: Any) -> Results:
    """Simulate the quickstart, with its first come first served."""
    return simulate(
        QUICKSTART, policy="fcfs", output_directory=directory, overrides={"result_format": result_format, **overrides}
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with runs of the same scenario: csv, parquet, both, and a finer one as csv."""
    directory = tmp_path_factory.mktemp("runs")
    for result_format in ("csv", "parquet", "both"):
        run(directory / result_format, result_format)
    run(directory / "finer", "csv", sensing_interval=7.5)
    return directory


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_files_have_the_format_asked_for(runs: Path) -> None:
    csv, parquet = names(runs / "csv"), names(runs / "parquet")
    assert csv - parquet == {"node_utilization.csv", *(f"{kind}.csv" for kind in LOADS)}
    assert parquet - csv == {"node_utilization.parquet", *(f"{kind}.parquet" for kind in LOADS)}
    assert names(runs / "both") == csv | parquet


@pytest.mark.parametrize("kind", ["cpu_utilization", "gpu_utilization", "node_utilization"])
def test_lines_are_those_of_the_samples(runs: Path, kind: str) -> None:
    expected = list(open_run(runs / "csv").table(kind).lines())
    assert list(open_run(runs / "parquet").table(kind).lines()) == expected


def assert_alike(expected: pl.DataFrame, found: pl.DataFrame) -> None:
    """Compare samples but for rounding; loads of nodes have six decimals in CSV files."""
    for row, twin in zip(expected.rows(), found.rows(), strict=True):
        assert twin == pytest.approx(row, rel=1e-12, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("kind", LOADS)
def test_samples_of_any_interval_are_those_of_a_run_with_it(runs: Path, kind: str) -> None:
    expected = Results.open(runs / "finer")._frame(kind)
    found = Results.open(runs / "parquet").sampled(kind, 7.5)
    assert found.schema == expected.schema
    assert found.shape == expected.shape
    assert_alike(expected, found)


@pytest.mark.parametrize("kind", LOADS)
def test_frames_have_the_interval_of_the_configuration(runs: Path, kind: str) -> None:
    expected, found = Results.open(runs / "csv")._frame(kind), Results.open(runs / "parquet")._frame(kind)
    assert found.schema == expected.schema
    assert found["time"].to_list() == expected["time"].to_list()


def test_samples_of_another_interval_need_spans(runs: Path) -> None:
    with pytest.raises(
        InputError, match=r'csv: cpu_utilization holds samples; .* "result_format": "parquet" or "both"'
    ):
        Results.open(runs / "csv").sampled("cpu_utilization", 1.0)
    with pytest.raises(InputError, match="job_statistics is not a table of loads"):
        Results.open(runs / "both").sampled("job_statistics", 1.0)
    with pytest.raises(InputError, match="expected an interval of more than 0 seconds, found 0"):
        Results.open(runs / "both").sampled("cpu_utilization", 0.0)


def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[str, str]:
    monkeypatch.setattr(sys, "argv", ["elastisim", *map(str, arguments)])
    with pytest.raises(SystemExit):
        main()
    return capsys.readouterr()


def test_statistics_are_the_same(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for result_format in ("csv", "parquet", "both"):
        monkeypatch.chdir(runs / result_format)
        texts.append(command(capsys, monkeypatch, "stats", ".").out)
    assert "CPU load" in texts[0]
    assert texts[0].partition("\n")[2] == texts[1].partition("\n")[2] == texts[2].partition("\n")[2]


@pytest.mark.parametrize(
    "arguments", [("report", "parquet"), ("compare", "csv", "parquet"), ("export", "trace", "parquet")]
)
def test_other_commands_take_either(
    arguments: tuple[str, ...],
    runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(runs)
    command(capsys, monkeypatch, *arguments, "-o", tmp_path / "made")
    assert (tmp_path / "made").stat().st_size > 1000


def test_exported_tables_hold_samples(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(capsys, monkeypatch, "export", "parquet", runs / "parquet", "-o", tmp_path)
    exported = pl.read_parquet(tmp_path / "cpu_utilization.parquet")
    assert exported.shape == Results.open(runs / "csv").cpu_utilization.shape


def test_the_same_run_gives_the_same_bytes(runs: Path, tmp_path: Path) -> None:
    run(tmp_path, "parquet")
    for path in tmp_path.glob("*.parquet"):
        assert path.read_bytes() == (runs / "parquet" / path.name).read_bytes()


def test_no_samples_are_taken_for_spans() -> None:
    class Counting(Observer):
        samples = 0

        def sampled(self, sample: Sample) -> None:
            self.samples += 1

    def samples(result_format: str) -> int:
        observer = Counting()
        overrides = {"result_format": result_format}
        simulate(QUICKSTART, policy="fcfs", write_files=False, overrides=overrides, observers=[observer])
        return observer.samples

    assert samples("csv") == samples("both") > 0
    assert samples("parquet") == 0


def test_an_interrupted_run_can_be_sampled_until_its_end(tmp_path: Path, runs: Path) -> None:
    def schedule(jobs: Any, nodes: Any, system: Any) -> None:
        free = [node for node in nodes if node.state is NodeState.FREE]
        for job in jobs:
            size = job.num_nodes or job.num_nodes_min
            if job.state is JobState.PENDING and size <= len(free):
                job.assign(free[:size])
                del free[:size]
        if system["time"] > 1000.0:
            raise RuntimeError("enough")

    with pytest.raises(AlgorithmError, match="enough"):
        simulate(QUICKSTART, schedule, output_directory=tmp_path, overrides={"result_format": "both"})
    results = Results.open(tmp_path)
    assert results.is_partial
    assert "cpu_utilization.parquet.partial" in names(tmp_path)
    sampled, spans = results.cpu_utilization, results.sampled("cpu_utilization", 30.0)
    assert len(sampled) > 20
    assert spans["time"].to_list()[: len(sampled)] == sampled["time"].to_list()
    assert_alike(sampled, spans[: len(sampled)])
    assert any(max(row[1:]) > 0.0 for row in spans.rows())


def test_without_the_library_a_run_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'elastisim\[parquet\]'"):
        run(tmp_path / "none", "parquet")
    assert not (tmp_path / "none").exists()
    with pytest.raises(MissingExtraError):
        list(open_run(runs / "parquet").table("cpu_utilization").lines())


def test_a_file_that_is_none_of_a_run_is_refused(tmp_path: Path, runs: Path) -> None:
    table = tmp_path / "cpu_utilization.parquet"
    (tmp_path / "node_utilization.csv").write_bytes((runs / "csv" / "node_utilization.csv").read_bytes())
    pl.DataFrame({"time": [0.0], "n0": [1.0]}).write_parquet(table)
    with pytest.raises(InputError, match=r"cpu_utilization\.parquet: is not a file of cpu_utilization that a run"):
        list(open_run(tmp_path).table("cpu_utilization").lines())


def test_an_unknown_format_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps({**json.loads(QUICKSTART.read_text()), "result_format": "arrow"}))
    errors = command(capsys, monkeypatch, "validate", file).err
    assert f"{file}: $.result_format: " in errors
    assert all(text in errors for text in ("csv", "parquet", "both", "arrow"))
