"""The commands import, generate and inspect, as users call them."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from elastisim.cli.main import cli
from elastisim.errors import InputError
from elastisim.workload.traces.rules import RULES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "traces"
SITE = "--column id=ticket --column submit=asked_at --column processors=granted --column runtime=lasted"


def _invoke(*arguments: object) -> Result:
    words = [
        word for argument in arguments for word in ([str(argument)] if isinstance(argument, Path) else argument.split())
    ]
    return CliRunner().invoke(cli, words)


def _import(trace: Path, target: Path, options: str = "") -> list[dict]:
    result = _invoke("import", trace, "-o", target, options)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return json.loads((target / "jobs.json").read_text())["jobs"]


def _error(*arguments: object) -> str:
    result = _invoke(*arguments)
    if isinstance(result.exception, InputError):
        return str(result.exception)
    assert result.exit_code == 2, result.output
    return result.output


@pytest.mark.parametrize(
    ("name", "options", "jobs"),
    [
        ("small.swf", "", 9),
        ("cobalt.csv", "--nodes 256", 4),
        ("nersc.csv", "--nodes 16", 4),
        ("sacct.txt", "--nodes 16", 3),
        ("pm100.csv", "--nodes 8", 3),
        ("batsim.json", "", 3),
        ("site.csv", f"--nodes 10 --processors-per-node 48 {SITE}", 3),
    ],
)
@pytest.mark.parametrize("elastic", ["", "--malleable .4 --evolving .3 --adaptive .2 --moldable .1 --state-size 1e6"])
def test_examples_become_valid_scenarios(
    tmp_path, monkeypatch, name: str, options: str, jobs: int, elastic: str
) -> None:
    assert len(_import(EXAMPLES / name, tmp_path / "scenario", f"{options} {elastic}")) == jobs
    monkeypatch.chdir(tmp_path / "scenario")
    result = _invoke("validate configuration.json")

    assert result.exit_code == 0, result.output + repr(result.exception)
    assert "configuration.json is valid" in result.output


def test_the_report_is_printed_and_written(tmp_path) -> None:
    result = _invoke("import", EXAMPLES / "small.swf", "-o", tmp_path / "scenario")
    readme = (tmp_path / "scenario" / "README.md").read_text()
    origin = json.loads((tmp_path / "scenario" / "provenance.json").read_text())["origin"]

    assert "9 of 12 entries of small.swf became jobs" in result.output
    assert "9 jobs (9 rigid) on 32 nodes written to" in result.output
    assert "never-started" in result.output
    assert "| `never-started` | cancelled job without run time | 2 | `drop`: drop the job | 2 |" in readme
    assert "- `overrun`: line 20: job 11 ran 1850 s and had requested 1800 s" in readme
    assert origin["report"]["defects"] == {
        "never-started": 2, "failed": 2, "zero-runtime": 1, "size": 1, "partial-node": 2, "overrun": 1,
    }  # fmt: skip
    assert origin["report"]["dropped"] == {"never-started": 2, "zero-runtime": 1}
    assert (origin["format"], origin["trace"], origin["machine"]["processors_per_node"]) == ("swf", "small.swf", 8)
    assert origin["rules"] == {name: rule.default for name, rule in RULES.items()}


def test_a_flawless_trace_says_so(tmp_path) -> None:
    trace = tmp_path / "trace"
    trace.write_text("; MaxNodes: 4\n1 0 0 5 2 -1 -1 2 9 -1 1 -1 -1 -1 -1 -1 -1 -1\n")
    _import(trace, tmp_path / "scenario")

    assert "No defects." in (tmp_path / "scenario" / "README.md").read_text()


def test_shares_nest_across_imports(tmp_path) -> None:
    trace = tmp_path / "trace"
    lines = (f"{n} {n} 0 500 4 -1 -1 4 900 -1 1 -1 -1 -1 -1 -1 -1 -1" for n in range(1, 400))
    trace.write_text("; MaxNodes: 64\n" + "\n".join(lines))
    chosen = [
        {
            job["attributes"]["trace_id"]
            for job in _import(trace, tmp_path / share, f"--malleable {share} --seed 3 {others}")
            if job["type"] == "malleable"
        }
        for share, others in (("0.2", ""), ("0.4", "--until 300"), ("0.6", ""))
    ]

    assert {job for job in chosen[0] if job < 300} < chosen[1]
    assert chosen[0] < chosen[2]
    assert chosen[1] < chosen[2]


def test_rules_and_window_are_options(tmp_path) -> None:
    options = "--zero-runtime second --never-started keep --unknown-runtime limit --too-large cap --from 1000"
    jobs = _import(EXAMPLES / "small.swf", tmp_path / "scenario", f"{options} --until 2024-01-01T08:50 --origin keep")

    assert [job["attributes"]["trace_id"] for job in jobs] == [6, 7, 8, 9]
    assert [job["submit_time"] for job in jobs] == [1500, 1800, 2100, 2400]
    assert [job["num_nodes"] for job in jobs] == [32, 32, 1, 4]
    assert [job["arguments"]["runtime"] for job in jobs] == [7200, 3600, 1, 3600]


def test_compressed_traces_with_any_name(tmp_path) -> None:
    trace = tmp_path / "letter.docx"
    trace.write_bytes(gzip.compress((EXAMPLES / "nersc.csv").read_bytes()))

    assert len(_import(trace, tmp_path / "scenario", "--nodes 16")) == 4


def test_a_format_can_be_forced(tmp_path) -> None:
    assert len(_import(EXAMPLES / "small.swf", tmp_path / "scenario", "--format swf")) == 9
    assert "no column for submit" in _error("import", EXAMPLES / "small.swf", "-o", tmp_path, "--format table")
    assert "there is no trace format 'gwf'; known are: alcf, batsim" in _error(
        "import", EXAMPLES / "small.swf", "-o", tmp_path, "--format gwf"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--column submit", "'submit' is not of the form FIELD=COLUMN"),
        ("--from yesterday", "'yesterday' is neither a number of seconds nor a date"),
        ("--origin middle", "'middle' is neither 'first' nor 'keep' nor a number of seconds"),
        ("--node-speed fast", "is not a speed"),
        ("--malleable 1.5", "is not in the range"),
        ("--malleable .8 --moldable .4", "the shares of the job types add up to 1.2"),
        ("--malleable .5 --speedup fixed", "elastic jobs need a speed-up model"),
        ("--overrun cap", "'cap' is not one of"),
        ("--from 1e6", "no job is left: 12 submitted outside the window"),
        ("--zero-runtime error", "line 17: job 8 ran for 0 s (to go on: --zero-runtime drop or --zero-runtime keep"),
    ],
)
def test_wrong_options(tmp_path, options: str, message: str) -> None:
    output = _error("import", EXAMPLES / "small.swf", "-o", tmp_path / "scenario", options)

    assert message in output
    assert not (tmp_path / "scenario" / "jobs.json").exists()


def test_existing_scenarios_need_force(tmp_path) -> None:
    _import(EXAMPLES / "small.swf", tmp_path)

    assert "--force replaces the scenario" in _error("import", EXAMPLES / "small.swf", "-o", tmp_path)
    assert len(_import(EXAMPLES / "small.swf", tmp_path, "--force --until 1000")) == 5


def test_generate(tmp_path) -> None:
    result = _invoke("generate theta --jobs 50 --nodes 600 --seed 4 --malleable 0.5 --load 0.7 -o", tmp_path)
    jobs = json.loads((tmp_path / "jobs.json").read_text())["jobs"]
    provenance = json.loads((tmp_path / "provenance.json").read_text())

    assert result.exit_code == 0
    assert "50 jobs" in result.output
    assert len(jobs) == 50
    assert max(job.get("num_nodes_max", job.get("num_nodes")) for job in jobs) <= 600
    assert provenance["origin"]["parameters"]["load"] == 0.7
    assert provenance["origin"]["parameters"]["cycle"]["weekend"] == 0.55
    assert provenance["elasticity"]["seed"] == provenance["origin"]["seed"] == 4
    assert provenance["cluster"]["node_speed"] == round(1.17e16 / 4392)


def test_generate_with_parameters_of_ones_own(tmp_path, monkeypatch) -> None:
    options = "--days 0.5 --nodes 32 --node-speed 2Tf --sizes constant:2 --runtimes uniform:100:200 --weekend 0.1"
    result = _invoke("generate parametric", options, "--factor constant:2 --amplitude 0 -o", tmp_path)
    monkeypatch.chdir(tmp_path)
    jobs = json.loads(Path("jobs.json").read_text())["jobs"]

    assert result.exit_code == 0
    assert {job["num_nodes"] for job in jobs} == {2}
    assert {100 <= job["arguments"]["runtime"] <= 200 for job in jobs} == {True}
    assert {job["walltime"] for job in jobs} == {300, 600}
    assert 'speed="2000000000000f"' in Path("platform.xml").read_text()
    assert _invoke("validate configuration.json").exit_code == 0


def test_generate_needs_things_that_fit(tmp_path) -> None:
    assert "the preset 'lublin' has no parameter load" in _error("generate lublin --load 1 -o", tmp_path)
    assert "there is no distribution 'cauchy'" in _error("generate theta --sizes cauchy:1 -o", tmp_path)
    assert "'mira' is not one of" in _error("generate mira -o", tmp_path)
    assert "either the number of jobs or" in _error("generate theta --jobs 5 --days 5 -o", tmp_path)


def test_inspect_understands_what_the_other_commands_write(tmp_path) -> None:
    _import(EXAMPLES / "small.swf", tmp_path, "--malleable 0.5")
    result = _invoke("inspect", tmp_path / "jobs.json", "--nodes 32")

    assert result.exit_code == 0
    assert "9 jobs, submitted from 0 s to 4,000 s" in result.output


@pytest.mark.parametrize("command", ["import", "generate", "inspect"])
def test_help_explains_and_starts_fast(command: str) -> None:
    result = _invoke(command, "--help")
    listed = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import elastisim.cli.{command.replace('import', 'import_')}"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr

    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert not any(f" {heavy}\n" in listed for heavy in ("rich.table", "polars", "zmq", "numpy", "matplotlib"))


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from elastisim.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(program, capture_output=True, text=True, check=False, env=os.environ)


@pytest.mark.parametrize("kind", ["random", "truncated", "empty", "missing", "directory"])
def test_unreadable_traces_end_with_status_2_and_no_traceback(tmp_path, kind: str) -> None:
    trace = tmp_path / "trace.swf.gz"
    if kind == "random":
        trace.write_bytes(bytes(range(256)) * 40)
    elif kind == "truncated":
        trace.write_bytes(gzip.compress((EXAMPLES / "small.swf").read_bytes())[:-20])
    elif kind == "empty":
        trace.write_bytes(b"")
    elif kind == "directory":
        trace.mkdir()
    done = _run("import", trace, "-o", tmp_path / "scenario")

    assert done.returncode == 2
    assert done.stderr.startswith(f"elastisim: error: {trace}: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "scenario").exists()
