"""``elastisim run``: from the files of a user to results, messages and exit statuses."""

from __future__ import annotations

import gc
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import ALGORITHM, rigid
from elastisim.cli import notices, progress
from elastisim.cli.main import main
from elastisim.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import ScenarioWriter

    Run = Callable[..., tuple[int, str, str]]
    Start = Callable[..., subprocess.Popen[str]]

COMMAND = str(Path(sys.executable).with_name("elastisim"))
PATIENCE = 30.0
ENDS = ["10", "21", "15"]
"""When the jobs of the default scenario end."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that calls ``elastisim run``; it returns the exit status, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["elastisim", "run", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return call


def column(path: Path, index: int) -> list[str]:
    return [line.split(",")[index] for line in path.read_text().splitlines()[1:]]


def script(configuration: Path, body: str) -> Path:
    path = configuration.with_name("script.py")
    path.write_text(body)
    return path


def test_a_script_schedules_the_jobs(scenario: ScenarioWriter, run: Run) -> None:
    configuration = scenario()
    status, out, err = run(configuration, "--algorithm", configuration.with_name("algorithm.py"))

    assert (status, err) == (0, "")
    assert column(configuration.parent / "output/job_statistics.csv", 4) == ENDS
    assert "3 jobs on 4 nodes" in " ".join(out.split())
    assert "Makespan" in out
    assert str(configuration.parent / "output") in out


def test_one_function_of_a_script_can_be_named(scenario: ScenarioWriter, run: Run) -> None:
    configuration = scenario()
    own = script(configuration, ALGORITHM.replace("def schedule", "def mine").partition("if __name__")[0])

    assert run(configuration, "--algorithm", f"{own}:mine", "-q") == (0, "", "")
    assert column(configuration.parent / "output/job_statistics.csv", 4) == ENDS


def test_a_policy_can_be_named(scenario: ScenarioWriter, run: Run, tmp_path: Path) -> None:
    jobs = [rigid(0, 2, 10, walltime=15), rigid(1, 2, 20, walltime=30), rigid(2, 1, 5, walltime=10)]
    status, _, err = run(scenario(jobs), "--policy", "easy", "--policy-option", "order=sjf", "-q")

    assert (status, err) == (0, "")
    assert column(tmp_path / "output/job_statistics.csv", 4) == ENDS
    used = json.loads((tmp_path / "output/run.json").read_text())["algorithm"]
    assert (used["name"], used["kind"], used["options"]) == ("easy", "policy", {"order": "sjf"})


@pytest.mark.parametrize(("option", "times"), [("--policy", 2), ("--algorithm", 1)])
def test_what_a_policy_leaves_behind_is_not_looked_through_for_cycles(
    option: str, times: int, scenario: ScenarioWriter, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has been read is passed over in any case; what is open in a script has to be finalized at the end."""
    frozen: list[None] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(None))
    configuration = scenario()
    named = "fcfs" if option == "--policy" else configuration.with_name("algorithm.py")
    status, _, _ = run(configuration, option, named, "-q")

    assert (status, len(frozen)) == (0, times)


def test_a_policy_that_does_not_exist_is_an_input_error(scenario: ScenarioWriter, run: Run, tmp_path: Path) -> None:
    status, _, err = run(scenario(), "--policy", "eazy")

    assert status == 2
    assert "there is no policy 'eazy' (did you mean easy?)" in err
    assert not (tmp_path / "output").exists()


def test_results_can_go_to_one_directory(scenario: ScenarioWriter, run: Run, tmp_path: Path) -> None:
    configuration = scenario(sensing=True, sensing_interval=5)
    target = tmp_path / "elsewhere" / "results"
    status, _, _ = run(configuration, "--algorithm", tmp_path / "algorithm.py", "--output-dir", target)

    assert status == 0
    assert {path.name for path in target.iterdir()} == {
        *("job_statistics.csv", "node_utilization.csv", "cpu_utilization.csv", "gpu_utilization.csv"),
        *("network_activity.csv", "pfs_utilization.csv"),
        *("job_requests.csv", "reconfigurations.csv", "evolving_requests.csv", "run.json"),
    }
    assert not (tmp_path / "output").exists()


def test_the_summary_distinguishes_types_when_there_are_several(scenario: ScenarioWriter, run: Run) -> None:
    several = [rigid(0, 1, 10), rigid(0, 1, 10, type="moldable", num_nodes_min=1, num_nodes_max=2)]
    configuration = scenario(several)
    algorithm = configuration.with_name("algorithm.py")

    assert "moldable" in run(configuration, "--algorithm", algorithm)[1]
    assert "rigid" not in run(scenario(), "--algorithm", algorithm)[1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("key", ["job_statistics", "node_utilization", "task_times"])
def test_a_full_disk_is_an_error_that_names_the_file(
    scenario: ScenarioWriter, run: Run, tmp_path: Path, key: str
) -> None:
    configuration = scenario(log_task_times=True, task_times=str(tmp_path / "times.csv"))
    status, _, errors = run(configuration, "--algorithm", tmp_path / "algorithm.py", "--set", f"{key}=/dev/full")

    assert status == 1
    assert errors == "elastisim: error: /dev/full: cannot be written any further: No space left on device\n"
    description = json.loads(next(tmp_path.rglob("run.json")).read_text())
    assert not description["complete"]
    assert "No space left" in description["outcome"]


def test_keys_can_be_overridden_with_json_and_with_text(scenario: ScenarioWriter, run: Run, tmp_path: Path) -> None:
    configuration = scenario(engine="fast")
    status, _, _ = run(
        configuration,
        *("--algorithm", tmp_path / "algorithm.py"),
        *("--set", "engine=exact"),
        *("--set", f"job_statistics={tmp_path}/a=b.csv"),
        *("--set", "significant_digits=6"),
        *("--set", "log_task_times=true"),
        *("--set", 'task_times="/dev/null"'),
    )

    options = json.loads((tmp_path / "run.json").read_text())["options"]
    assert status == 0
    assert options["engine"] == "exact"
    assert options["significant_digits"] == 6
    assert options["log_task_times"] is True
    assert options["task_times"] == "/dev/null"
    assert column(tmp_path / "a=b.csv", 4) == ENDS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "engine"], "expected KEY=VALUE, found 'engine'"),
        (["--set", "=exact"], "expected KEY=VALUE, found '=exact'"),
        (["--set", "enginee=exact"], "there is no configuration key enginee (did you mean engine?)"),
        (["--set", "engine=slow"], '$.engine: expected one of "fast", "exact", found "slow"'),
        (["--set", "sensing=1"], "$.sensing: expected true or false, found 1"),
        (["--scheduler-timeout", "5"], "--scheduler-timeout is for algorithms over ZeroMQ"),
        (["--scheduler-timeout", "0"], "0.0 is not in the range x>0.0"),
        (["--policy", "fcfs"], "--algorithm and --policy both say how to schedule"),
        (["--policy-option", "order=sjf"], "--policy-option needs --policy"),
        (["--policy-option", "order"], "expected KEY=VALUE, found 'order'"),
        (["--nonsense"], "No such option"),
    ],
)
def test_mistakes_in_options_are_named(scenario: ScenarioWriter, run: Run, arguments: list[str], message: str) -> None:
    configuration = scenario()
    status, out, err = run(configuration, "--algorithm", configuration.with_name("algorithm.py"), *arguments)

    assert (status, out) == (2, "")
    assert message in " ".join(err.split())
    assert not (configuration.parent / "output").exists()


def test_mistakes_in_input_files_are_named_all_together(scenario: ScenarioWriter, run: Run) -> None:
    configuration = scenario([{**rigid(0, 2, 1), "num_nodes": 0}, {"type": "rigidd"}])
    status, out, err = run(configuration, "--algorithm", configuration.with_name("algorithm.py"))

    assert (status, out) == (2, "")
    assert "jobs.json: $.jobs[0].num_nodes" in err
    assert "jobs.json: $.jobs[1].type" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["missing.py", "algorithm.py:missing", "."])
def test_a_missing_algorithm_is_an_input_error(scenario: ScenarioWriter, run: Run, tmp_path: Path, name: str) -> None:
    status, _, err = run(scenario(), "--algorithm", tmp_path / name)

    assert status == 2
    assert "missing" in err or "does not exist" in err
    assert not (tmp_path / "output").exists()


def test_without_algorithm_and_address_nothing_can_schedule(scenario: ScenarioWriter, run: Run) -> None:
    status, _, err = run(scenario(zmq_url=None))

    assert status == 2
    assert "$.zmq_url: is missing" in err


def test_warnings_about_input_files_are_printed_once(
    scenario: ScenarioWriter, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LIMIT", 2)
    configuration = scenario(scheduling_intervall=5, one=1, two=2, three=3)
    status, out, err = run(configuration, "--algorithm", configuration.with_name("algorithm.py"), "--quiet")

    assert (status, out) == (0, "")
    assert err.splitlines() == [
        f"warning: {configuration}: $.scheduling_intervall: is unknown and ignored (did you mean scheduling_interval?)",
        f"warning: {configuration}: $.one: is unknown and ignored",
        "warning: 2 more about the input files: elastisim validate shows all",
    ]


def test_warnings_of_the_simulation_are_printed_until_they_repeat(
    scenario: ScenarioWriter, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LIMIT", 2)
    configuration = scenario([rigid(time, 1, 1) for time in range(5)])
    late = script(configuration, ALGORITHM.replace("    free =", "    if len(jobs) > 1: jobs[0].kill()\n    free ="))
    status, _, err = run(configuration, "--algorithm", late, "-q")

    ignored = "warning: decision for job 0 ignored: the job is finished"
    more = f"warning: 6 more of this kind, the last one: {ignored.removeprefix('warning: ')}"
    assert status == 0
    assert err.splitlines() == [ignored, ignored, more]


def test_an_algorithm_that_raises_is_reported_with_its_own_traceback(scenario: ScenarioWriter, run: Run) -> None:
    configuration = scenario()
    body = ALGORITHM.replace("    free =", "    if system['time'] > 5: jobs['first']\n    free =")
    broken = script(configuration, body)
    status, out, err = run(configuration, "--algorithm", broken)

    assert (status, out) == (3, "")
    assert err.splitlines()[0] == "Traceback (most recent call last):"
    assert f'File "{broken}", line 4, in schedule' in err
    assert "elastisim/" not in err
    assert err.splitlines()[-1].startswith("elastisim: error: script.py failed at 10 s: TypeError")
    output = configuration.parent / "output"
    assert not (output / "job_statistics.csv").exists()
    assert (output / "node_utilization.csv.partial").exists()
    description = json.loads((output / "run.json").read_text())
    assert not description["complete"]
    assert "TypeError" in description["outcome"]


def test_decisions_that_are_not_allowed_are_errors_of_the_algorithm(scenario: ScenarioWriter, run: Run) -> None:
    configuration = scenario()
    greedy = script(configuration, ALGORITHM.replace("free[:size])", "nodes)"))
    status, _, err = run(configuration, "--algorithm", greedy)

    assert status == 3
    assert err == "elastisim: error: job 0 got 4 nodes, expected 2\n"


def test_a_client_that_does_not_come_is_given_up(scenario: ScenarioWriter, run: Run) -> None:
    status, _, err = run(scenario(), "--scheduler-timeout", "0.2")

    assert status == 3
    assert "no scheduling algorithm connected to ipc://" in err
    assert "within 0.2 s" in err


def test_a_client_schedules_over_zeromq_as_a_script_does_in_process(
    scenario: ScenarioWriter, run: Run, tmp_path: Path
) -> None:
    configuration = scenario()
    run(configuration, "--algorithm", tmp_path / "algorithm.py", "--output-dir", tmp_path / "in_process")
    own = script(configuration, ALGORITHM.replace("ipc://e.ipc", f"ipc://{tmp_path}/e.ipc"))
    client = subprocess.Popen([sys.executable, own])
    status, _, _ = run(configuration)

    assert client.wait(PATIENCE) == 0
    assert status == 0
    for kind in ("job_statistics", "node_utilization"):
        ours = (tmp_path / "output" / f"{kind}.csv").read_bytes()
        assert ours == (tmp_path / "in_process" / f"{kind}.csv").read_bytes()


def test_the_script_is_among_the_inputs_of_the_run(scenario: ScenarioWriter, run: Run, tmp_path: Path) -> None:
    run(scenario(), "--algorithm", f"{tmp_path}/algorithm.py:schedule")

    description = json.loads((tmp_path / "output/run.json").read_text())
    assert description["algorithm"] == {"name": f"{tmp_path}/algorithm.py:schedule", "kind": "script", "options": {}}
    assert [item["role"] for item in description["inputs"]] == [
        *("configuration", "jobs_file", "platform_file", "application_model", "algorithm")
    ]


def test_two_runs_write_the_same_bytes(scenario: ScenarioWriter, run: Run, tmp_path: Path) -> None:
    configuration = scenario(sensing=True, sensing_interval=2)
    for name in ("first", "second"):
        run(configuration, "--algorithm", tmp_path / "algorithm.py", "--output-dir", tmp_path / name)

    first = {path.name: path.read_bytes() for path in (tmp_path / "first").glob("*.csv")}
    second = {path.name: path.read_bytes() for path in (tmp_path / "second").glob("*.csv")}
    assert len(first) == 9
    assert first == second


BUSY = """import pathlib
from elastisim_python import pass_algorithm

def schedule(jobs, nodes, system):
    if len(jobs) == 1 and not jobs[0].assigned_nodes:
        jobs[0].assign(nodes[:2])
    pathlib.Path(__file__).with_name("running").touch()

pass_algorithm(schedule, "")
"""
"""Starts the first job only; the simulation ends much later."""


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts ``elastisim run``; nothing that it has started outlives the test."""
    processes = []

    def call(*arguments: object, stderr: Any = subprocess.PIPE) -> subprocess.Popen[str]:
        command = [COMMAND, "run", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, process_group=0)
        processes.append(process)
        return process

    yield call
    for process in processes:
        process.kill()
        process.wait()
        for stream in filter(None, (process.stdout, process.stderr)):
            stream.close()


def wait_until_running(process: subprocess.Popen[str], directory: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (directory / "running").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "word", "status"), [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143)]
)
def test_an_interrupted_run_says_so_and_leaves_partial_files(
    scenario: ScenarioWriter, start: Start, tmp_path: Path, number: signal.Signals, word: str, status: int
) -> None:
    configuration = scenario([rigid(0, 2, 1e9)], scheduling_interval=1)
    process = start(configuration, "--algorithm", script(configuration, BUSY))
    wait_until_running(process, tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == status
    assert out == ""
    assert f"elastisim: {word} at " in err
    assert "0 of 1 jobs finished" in err
    assert f"marked as partial in {tmp_path}/output" in err
    assert "Traceback" not in err
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == [
        *("evolving_requests.csv.partial", "job_requests.csv.partial", "job_statistics.csv.partial"),
        *("node_utilization.csv.partial", "reconfigurations.csv.partial", "run.json"),
    ]
    assert json.loads((tmp_path / "output/run.json").read_text())["outcome"] == "interrupted"


def test_a_run_that_waits_for_a_client_can_be_interrupted(scenario: ScenarioWriter, start: Start) -> None:
    process = start(scenario())
    assert process.stderr is not None
    waiting = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)

    assert waiting.startswith("elastisim: waiting for a scheduling algorithm to connect to ipc://")
    assert process.returncode == 130
    assert "interrupted at 0s of simulated time, with 0 of 3 jobs finished" in err


def test_a_script_can_be_interrupted_after_the_simulation(
    scenario: ScenarioWriter, start: Start, tmp_path: Path
) -> None:
    lingering = (
        "    import pathlib, time\n    pathlib.Path(__file__).with_name('running').touch()\n    time.sleep(60)\n"
    )
    configuration = scenario()
    process = start(configuration, "--algorithm", script(configuration, ALGORITHM + lingering))
    wait_until_running(process, tmp_path)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert "interrupted after the simulation, whose results are complete" in err
    assert column(tmp_path / "output/job_statistics.csv", 4) == ENDS


def test_progress_is_shown_in_lines_where_there_is_no_terminal(
    scenario: ScenarioWriter, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.05)
    configuration = scenario()
    slow = script(configuration, ALGORITHM.replace("    free =", "    __import__('time').sleep(0.05)\n    free ="))

    _, _, err = run(configuration, "--algorithm", slow)
    assert "elastisim: 0 of 3 jobs, " in err.splitlines()[0]
    assert len(err.splitlines()) < 20
    assert run(configuration, "--algorithm", slow, "--quiet")[2] == ""
    assert run(configuration, "--algorithm", slow, "--set", "show_progress_bar=false")[2] == ""


def test_progress_is_a_bar_on_a_terminal(scenario: ScenarioWriter, start: Start) -> None:
    configuration = scenario([rigid(0, 2, 1e9)], scheduling_interval=1)
    terminal, stderr = pty.openpty()
    process = start(configuration, "--algorithm", script(configuration, BUSY), stderr=stderr)
    os.close(stderr)
    shown = b""
    while "━".encode() not in shown or b" simulated (" not in shown:
        chunk = _rest(terminal)
        assert chunk, shown
        shown += chunk
    process.send_signal(signal.SIGINT)
    while chunk := _rest(terminal):
        shown += chunk

    assert process.wait(PATIENCE) == 130
    assert b"0 of 1 jobs" in shown
    assert b"elastisim: interrupted at " in shown
    assert process.communicate()[0] == ""
    os.close(terminal)


def _rest(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody has the other end any more
        return b""


def test_progress_in_words() -> None:
    watched = Progress(jobs=12_000)
    assert watched.words(0.0, 0.5) == ("0 of 12,000 jobs", "0s simulated (0s per second)")

    watched.finished = 3_000
    assert watched.words(90_000.0, 20.0) == (
        "3,000 of 12,000 jobs",
        "1d 1h simulated (1h 15m per second), 1m left",
    )


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that are imported by a command line."""
    program = (
        "import sys; from elastisim.cli.main import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_commands_import_no_more_than_they_need(scenario: ScenarioWriter) -> None:
    configuration = str(scenario())
    algorithm = str(Path(configuration).with_name("algorithm.py"))
    # None of them is needed for a small simulation, and each takes a considerable part of its time.
    heavy = {"email", "http", "importlib.metadata", "matplotlib", "numpy", "polars", "ssl", "urllib.request", "zmq"}
    heavy |= {"msgspec", "rich", "asyncio", "multiprocessing", "sqlite3", "xml.sax", "elastisim.workload.traces"}

    assert not modules_after("--help") & heavy
    for scheduling in (("--algorithm", algorithm), ("--policy", "fcfs")):
        assert modules_after("run", configuration, *scheduling, "-q") & heavy == {"msgspec"}
        assert modules_after("run", configuration, *scheduling) & heavy == {"msgspec", "rich"}
