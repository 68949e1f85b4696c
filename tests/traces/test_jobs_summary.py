import json

import pytest
from click.testing import CliRunner

from elastisim.cli.inspect import time
from elastisim.cli.main import cli
from elastisim.errors import InputError
from elastisim.workload.summary import Spread, runtime_class, summarise

JOBS = [
    {"type": "rigid", "submit_time": 100, "num_nodes": 4, "walltime": 99, "arguments": {"runtime": 50}},
    {"type": "rigid", "submit_time": 160, "num_nodes": 8.0, "application_model": "m", "walltime": 7200},
    {"type": "Malleable", "submit_time": 400, "num_nodes_min": 2, "num_nodes_max": 9, "application_model": "m"},
    {
        "type": "malleable",
        "submit_time": 700,
        "num_nodes_min": 2,
        "num_nodes_max": 100,
        "application_model": "m",
        "arguments": {"runtime": "600.5", "num_nodes_pref": 20, "flops": 1e12},
    },
]


@pytest.fixture
def jobs_file(tmp_path):
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps({"jobs": JOBS}))
    return path


def test_types_sizes_and_run_times(jobs_file) -> None:
    summary = summarise(jobs_file)
    malleable, rigid = summary.types

    assert (malleable.type, malleable.jobs, rigid.type, rigid.jobs) == ("malleable", 2, "rigid", 2)
    assert malleable.nodes == Spread(5, 12.5, 12.5, 20), "the middle of 2 and 9, and the preferred 20"
    assert malleable.runtimes == Spread(600.5, 600.5, 600.5, 600.5)
    assert rigid.runtimes == Spread(50, 3625, 3625, 7200)
    assert (rigid.work, malleable.work) == (4 * 50 + 8 * 7200, 20 * 600.5)
    assert (summary.begin, summary.end, summary.span) == (100, 700, 600)
    assert (summary.from_walltime, summary.without_runtime) == (1, 1)
    assert summary.sizes == {4: 2, 8: 1, 16: 1}
    assert summary.runtimes["below 1 min"] == 1
    assert summary.runtimes["10 min to 1 h"] == 1
    assert summary.runtimes["1 to 6 h"] == 1
    assert sum(summary.runtimes.values()) == 3


def test_load_over_time_adds_up_to_the_work(jobs_file) -> None:
    summary = summarise(jobs_file)

    assert summary.width == 60
    assert len(summary.load) == 11
    assert summary.load[0] == 4 * 50 / 60
    assert summary.load[1] == 8 * 7200 / 60
    assert summary.load[10] == pytest.approx(20 * 600.5 / 60)
    assert sum(summary.load) * summary.width == pytest.approx(summary.work)


@pytest.mark.parametrize("span", [0, 59, 10_000, 100_000, 10_000_000, 400_000_000])
def test_the_number_of_intervals_is_limited(tmp_path, span: int) -> None:
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps({"jobs": [JOBS[0], JOBS[0] | {"submit_time": 100 + span}]}))
    summary = summarise(path)

    assert 1 <= len(summary.load) <= 32
    assert sum(summary.load) * summary.width == pytest.approx(summary.work)


def test_spreads() -> None:
    assert Spread.of([]) is None
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(1, 2, 2, 3)
    assert Spread.of([1, 2, 3, 10]) == Spread(1, 2.5, 4, 10)


@pytest.mark.parametrize(
    ("runtime", "name"), [(0, "below 1 min"), (59.9, "below 1 min"), (60, "1 to 10 min"), (86400, "1 day or more")]
)
def test_classes_of_run_times(runtime: float, name: str) -> None:
    assert runtime_class(runtime) == name


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        ("{", "", "is no valid JSON"),
        ("[]", "", "Expected `object`"),
        ('{"jobs": []}', "$.jobs", "there are no jobs"),
        ('{"jobs": [{"type": "rigid"}]}', "$.jobs[0]", "missing required field `submit_time`"),
        ('{"jobs": [{"type": "rigid", "submit_time": "x"}]}', "$.jobs[0].submit_time", "Expected `float`"),
        ('{"jobs": [{"type": "rigid", "submit_time": 0}]}', "$.jobs[0]", "rigid job without num_nodes"),
        ('{"jobs": [{"type": "adaptive", "submit_time": 0}]}', "$.jobs[0]", "without num_nodes_min and num_nodes_max"),
        (
            '{"jobs": [{"type": "adaptive", "submit_time": 0, "num_nodes_min": 5, "num_nodes_max": 2}]}',
            "$.jobs[0]",
            "numbers of nodes are 5 to 2",
        ),
        (
            '{"jobs": [{"type": "rigid", "submit_time": 0, "num_nodes": 1, "arguments": {"runtime": "long"}}]}',
            "$.jobs[0].arguments.runtime",
            "is 'long', expected a number",
        ),
    ],
)
def test_unusable_files_are_input_errors(tmp_path, content: str, where: str, message: str) -> None:
    path = tmp_path / "jobs.json"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        summarise(path)
    (problem,) = caught.value.problems

    assert problem.where == where
    assert message in problem.message


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.5, "59.5 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (90061, "1 d 1 h"),
        (86460, "1 d 1 min"),
    ],
)
def test_times_in_words(seconds: float, text: str) -> None:
    assert time(seconds) == text


def test_the_command_prints_it(jobs_file) -> None:
    result = CliRunner().invoke(cli, ["inspect", str(jobs_file), "--nodes", "100"])

    assert result.exit_code == 0
    assert "4 jobs, submitted from 100 s to 700 s (10 min)" in result.output
    assert "1 of them have no argument runtime" in result.output
    assert "1 of them have neither runtime nor walltime" in result.output
    assert "Offered load: 19 node-hours, 116.3 nodes on average, 116.3% of 100" in result.output
    for expected in ("malleable", "50.0%", "12.5", "2 h", "4 to 7", "16 to 31", "below 1 min", "█"):
        assert expected in result.output


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_figure(jobs_file, tmp_path, suffix: str) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra 'plot'")
    first, second = (tmp_path / f"{name}.{suffix}" for name in ("first", "second"))
    for target in (first, second):
        result = CliRunner().invoke(cli, ["inspect", str(jobs_file), "--plot", str(target)])

        assert result.exit_code == 0
        assert target.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")
    assert first.read_bytes() == second.read_bytes()


def test_figures_that_cannot_be_written_are_input_errors(jobs_file, tmp_path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra 'plot'")
    for name, message in (("figure.doc", "no figure can be written there"), ("no/figure.png", "cannot be written")):
        result = CliRunner().invoke(cli, ["inspect", str(jobs_file), "--plot", str(tmp_path / name)])

        assert isinstance(result.exception, InputError)
        assert message in str(result.exception)
