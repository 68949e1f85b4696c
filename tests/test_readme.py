"""The README and the documentation say what is true: commands, options, links, tables and examples."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

import elastisim_python
from elastisim import simulate
from elastisim.cli.main import COMMANDS, cli
from elastisim.configuration import Keys
from elastisim_python.system import System

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
COMMAND = str(Path(sys.executable).with_name("elastisim"))
QUICKSTART = ROOT / "examples" / "quickstart" / "configuration.json"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def rows(text: str, title: str) -> dict[str, list[str]]:
    """Return the rows of all tables whose first column has this title, by what is written as code in that column."""
    found = {}
    for table in re.findall(rf"^\| {title} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE):
        for line in table.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            for name in re.findall(r"`(\w+)[^`]*`", cells[0]):
                found[name] = cells[1:]
    return found


def run_command() -> list[str]:
    (line,) = [line for line in README.splitlines() if "elastisim run examples/" in line]
    return shlex.split(line.rpartition("&& ")[2])


def test_two_commands_install_run_and_test() -> None:
    (running,) = [line for line in README.splitlines() if "elastisim run examples/" in line]
    (testing,) = [line for line in README.splitlines() if "/pytest" in line]

    assert running.startswith("python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/elastisim run ")
    assert testing.startswith("python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest")
    assert README.index(running) < README.index(testing) < README.index("\n## ")
    assert "'/pytest\\b' README.md" in (ROOT / ".ci" / "run").read_text()


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the command of the README; return the directory in which it ran, and what it printed."""
    directory = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "examples" / "quickstart", directory / "examples" / "quickstart")
    program, *arguments = run_command()
    assert program == ".venv/bin/elastisim"
    done = subprocess.run([COMMAND, *arguments], cwd=directory, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return directory, done.stdout


def test_the_quickstart_prints_what_the_readme_shows(quickstart: tuple[Path, str]) -> None:
    def words(text: str) -> list[str]:
        lines = [re.sub(r"[\d.,:]+(?:[dhms]| jobs/h| GB/s| %)?", "", line).split() for line in text.splitlines()]
        return [" ".join(line) for line in lines if line and line != ["…"]]

    (shown,) = blocks(README, "text")
    printed = words(quickstart[1])
    assert [line for line in words(shown) if line not in printed] == []


def test_the_quickstart_shows_what_the_simulator_is_for(quickstart: tuple[Path, str]) -> None:
    def table(name: str) -> list[dict[str, str]]:
        with (quickstart[0] / "output" / f"{name}.csv").open() as stream:
            return list(csv.DictReader(stream))

    jobs = table("job_statistics")
    assert len(jobs) >= 100
    assert {job["Type"] for job in jobs} == {"rigid", "moldable", "malleable", "evolving", "adaptive"}
    assert len({row["Node"] for row in table("node_utilization")}) >= 64
    assert sum(float(job["Wait Time"]) > 60 for job in jobs) > len(jobs) / 4
    changes = table("reconfigurations")
    assert any(int(change["Nodes Before"]) < int(change["Nodes After"]) for change in changes)
    assert any(int(change["Nodes Before"]) > int(change["Nodes After"]) for change in changes)
    assert len(table("evolving_requests")) > 0
    assert any(float(row["Read"]) > 0 for row in table("pfs_utilization"))
    assert any(float(row["Utilization"]) > 0 for row in table("network_activity"))


def test_the_algorithm_of_the_quickstart_gives_the_same_results_as_a_process_of_its_own(
    quickstart: tuple[Path, str], tmp_path: Path
) -> None:
    folder = quickstart[0] / "examples" / "quickstart"
    with subprocess.Popen([sys.executable, folder / "algorithm.py"], cwd=tmp_path) as client:
        subprocess.run([COMMAND, "run", folder / "configuration.json", "-q"], cwd=tmp_path, check=True, timeout=60)
        assert client.wait(20) == 0

    for kind in ("job_statistics", "node_utilization", "cpu_utilization", "reconfigurations"):
        ours = (tmp_path / "output" / f"{kind}.csv").read_bytes()
        assert ours == (quickstart[0] / "output" / f"{kind}.csv").read_bytes()


def test_the_readme_names_all_commands() -> None:
    named = set(re.findall(r"`(?:elastisim )?([a-z-]+)`", "\n".join(re.findall(r"^\| `.*", README, re.MULTILINE))))

    assert named == COMMANDS.keys() - {"run"}


def test_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (program,) = blocks(README, "python")
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
    wait, utilization = map(float, capsys.readouterr().out.split())

    assert wait > 0.0
    assert 0.0 < utilization < 1.0


def test_the_page_on_python_runs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "examples" / "quickstart")
    *blocks_in_one, in_processes = blocks((ROOT / "docs" / "python.md").read_text(), "python")

    shown = printed("\n".join(blocks_in_one), tmp_path)
    assert "120 jobs on 64 nodes" in shown
    assert shown.count("has ended") == 120
    assert (tmp_path / "smallest-first" / "job_statistics.csv").exists()

    # Processes may read the main program once more.
    assert re.fullmatch(r"\{'fcfs': [\d.]+, 'easy': [\d.]+\}\n", printed(f"import elastisim\n{in_processes}", tmp_path))


def printed(program: str, directory: Path) -> str:
    """Return what a Python program prints that runs in *directory*."""
    file = directory / "page.py"
    file.write_text(program)
    done = subprocess.run([sys.executable, file], cwd=directory, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def commands_in(page: Path) -> list[list[str]]:
    lines = "\n".join(blocks(page.read_text(), "sh")).replace("\\\n", " ").splitlines()
    words = [shlex.split(re.sub(r"(&|>.*)$", "", part.strip())) for line in lines for part in line.split("&&")]
    return [line[1:] for line in words if line and line[0].endswith("elastisim")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_have_the_options_that_they_are_shown_with(page: Path) -> None:
    for name, *arguments in commands_in(page):
        context = click.Context(cli)
        command = cli.get_command(context, name)
        assert command is not None, name
        mistake = mistake_in(command, name, list(arguments), context)
        assert not mistake or "does not exist" in mistake, f"elastisim {name} {shlex.join(arguments)}: {mistake}"


def mistake_in(command: click.Command, name: str, arguments: list[str], parent: click.Context) -> str:
    """Return what is wrong with the arguments of a command, which is not executed."""
    try:
        command.make_context(name, arguments, parent=parent)
    except click.UsageError as error:
        return error.message
    return ""


def test_all_keys_of_the_configuration_are_documented() -> None:
    documented = rows((ROOT / "docs" / "configuration.md").read_text(), "key")

    assert documented.keys() == {field.encode_name for field in msgspec.structs.fields(Keys)}
    for field in msgspec.structs.fields(Keys):
        default = documented[field.encode_name][1]
        if field.required:
            assert default == "mandatory"
        elif not default.startswith("mandatory with "):
            assert default.strip("`") == text_of(field.default), field.encode_name


def text_of(default: object) -> str:
    """Return the default of a key as the documentation writes it."""
    if isinstance(default, float):
        return f"{default:g}"
    return "none" if default is None else json.dumps(default)


INTERFACE = (ROOT / "docs" / "scheduling-interface.md").read_text()
JOB = {
    "id": 0,
    "type": 0,
    "state": 1,
    "walltime": 0.0,
    "num_nodes": 1,
    "num_gpus_per_node": 0,
    "submit_time": 0.0,
    **dict.fromkeys(("start_time", "end_time", "wait_time", "makespan", "turnaround_time"), -1.0),
    "assigned_nodes": [],
    "assigned_num_gpus_per_node": 0,
    "total_phase_count": 1,
    "completed_phases": 0,
}
NODE = {"id": 0, "type": 0, "state": 0, "assigned_jobs": [], "gpus": [{"id": 0, "state": 0}]}


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_all_attributes_and_methods_of_the_scheduling_interface_are_documented() -> None:
    job, node = elastisim_python.Job(JOB), elastisim_python.Node(NODE)

    assert rows(INTERFACE, "attribute of `Job`").keys() | rows(INTERFACE, "method of `Job`").keys() == (
        public(job) - {"assigned", "link"}
    )
    assert rows(INTERFACE, "attribute of `Node`").keys() == public(node)
    assert rows(INTERFACE, "attribute of `Gpu`").keys() == public(node.gpus[0])
    assert rows(INTERFACE, "attribute of `system`").keys() == public(System) - public(dict)
    assert rows(INTERFACE, "`InvocationType`").keys() == set(elastisim_python.InvocationType.__members__)
    for enumeration in ("JobType", "JobState", "NodeType", "NodeState", "GpuState"):
        for name in getattr(elastisim_python, enumeration).__members__:
            assert f"`{enumeration}.{name}`" in INTERFACE or f"`{name}`" in INTERFACE, name


@pytest.mark.parametrize("number", range(len(blocks(INTERFACE, "python"))))
def test_examples_of_the_scheduling_interface_work(number: int) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(blocks(INTERFACE, "python")[number], f"example {number}", "exec"), names)
    results = simulate(QUICKSTART, names["schedule"], write_files=False, overrides={"sensing": False})
    counts = results.statistics().jobs

    assert counts.total == 120
    assert counts.completed + counts.killed == 120
