"""Recorded scenarios, messages and fluid cases, one test for each; the comparisons themselves are tested, too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import fluid, scenarios, wire
from conformance.simulation import Outcome

if TYPE_CHECKING:
    from conformance.verdict import Verdict

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
TOOL = ROOT / "tools" / "conformance.py"

SCENARIOS = scenarios.cases(GOLDEN / "scenarios")
TRANSCRIPTS = wire.cases(GOLDEN / "scenarios")


def name(case: Path) -> str:
    return case.stem


def accept(verdict: Verdict) -> None:
    if verdict.counts:
        assert verdict.problem is None


@pytest.mark.parametrize("transport", ["inprocess", "zmq"])
@pytest.mark.parametrize("case", SCENARIOS, ids=name)
def test_scenario_on_the_fast_engine(case: Path, transport: str) -> None:
    accept(scenarios.check(case, "fast", transport))


@pytest.mark.parametrize("case", SCENARIOS, ids=name)
def test_scenario_on_the_exact_engine_digit_by_digit(case: Path) -> None:
    accept(scenarios.check(case, "exact", "inprocess", tolerance=0.0))


@pytest.mark.parametrize("case", TRANSCRIPTS, ids=name)
def test_replies_of_the_interface(case: Path) -> None:
    accept(wire.check_interface(case))


@pytest.mark.parametrize("case", TRANSCRIPTS, ids=name)
def test_messages_of_the_simulator(case: Path) -> None:
    accept(wire.check_simulator(case, "fast"))


@pytest.mark.parametrize("engine", ["fast", "exact"])
@pytest.mark.parametrize("case", sorted((GOLDEN / "fluid").glob("*.json")), ids=name)
def test_fluid_case(case: Path, engine: str) -> None:
    assert fluid.check(json.loads(case.read_text(encoding="utf-8")), engine) is None


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Return a copy of a scenario, to be damaged."""
    return Path(shutil.copytree(GOLDEN / "scenarios" / "kill_by_scheduler", tmp_path / "scenarios" / "damaged"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


class TestScenarioVerdicts:
    def test_other_results_fail(self, damaged: Path) -> None:
        edit(damaged / "expected" / "job_statistics.csv", "killed", "completed")

        problem = scenarios.check(damaged, "fast", "inprocess").problem

        assert problem is not None
        assert "job_statistics.csv: job 1, Status: expected completed, found killed" in problem

    def test_other_digits_fail_without_tolerance(self, damaged: Path) -> None:
        file = damaged / "expected" / "job_statistics.csv"
        end = file.read_text(encoding="utf-8").splitlines()[1].split(",")[4]
        assert scenarios.check(damaged, "exact", "inprocess", tolerance=0.0).problem is None
        edit(file, f",{end},", f",{float(end) * (1.0 + 1e-14):.15g},")

        problem = scenarios.check(damaged, "exact", "inprocess", tolerance=0.0).problem

        assert problem is not None
        assert problem.startswith("job_statistics.csv: job 0, End Time: expected ")
        assert scenarios.check(damaged, "exact", "inprocess").problem is None

    def test_errors_fail(self, damaged: Path) -> None:
        edit(damaged / "algorithm.py", "def schedule(jobs, nodes, system):", "def schedule():")

        problem = scenarios.check(damaged, "fast", "inprocess").problem

        assert problem is not None
        assert problem.startswith("ends with status 3: ")

    def test_missing_errors_fail(self, damaged: Path) -> None:
        edit(damaged / "scenario.json", '"category": "success"', '"category": "error", "required": "error"')

        problem = scenarios.check(damaged, "fast", "inprocess").problem

        assert problem is not None
        assert problem.startswith("ends with status 0 instead of 2 (input) or 3 (algorithm)")

    def test_what_has_to_work_must_not_fail(self, damaged: Path) -> None:
        edit(damaged / "scenario.json", '"category": "success"', '"category": "error", "required": "works"')
        edit(damaged / "expected" / "job_statistics.csv", "killed", "completed")
        assert scenarios.check(damaged, "fast", "inprocess").problem is None
        edit(damaged / "platform.xml", "<platform", "<platfrom")

        problem = scenarios.check(damaged, "fast", "inprocess").problem

        assert problem is not None
        assert problem.startswith("ends with status 2: ")

    def test_what_has_to_work_must_finish_all_jobs(self, damaged: Path) -> None:
        (damaged / "output").mkdir()
        statistics = damaged / "output" / "job_statistics.csv"

        statistics.write_text("ID,Status\n0,completed\n1,killed\n2,pending\n")
        assert scenarios.unfinished(damaged) == "2 of 6 jobs finished"

        statistics.write_text("ID,Status\n" + "0,completed\n" * 6)
        assert scenarios.unfinished(damaged) is None

    @pytest.mark.parametrize(
        ("outcome", "problem"),
        [
            (Outcome(2, "wrong", 0.1), None),
            (Outcome(3, "wrong", 0.1), None),
            (Outcome(0, "wrong", 0.1), "ends with status 0 instead of 2 (input) or 3 (algorithm): wrong"),
            (Outcome(-11, "", 0.1), "ends with status -11 instead of 2 (input) or 3 (algorithm): "),
            (Outcome(2, " ", 0.1), "ends without a message"),
            (Outcome(2, "wrong", 5.1), "takes 5.1 s to report the error"),
        ],
    )
    def test_errors_need_status_message_and_speed(self, outcome: Outcome, problem: str | None) -> None:
        assert scenarios.missing_error(outcome) == problem

    def test_peculiarities_do_not_count(self, damaged: Path) -> None:
        edit(damaged / "scenario.json", '"category": "success"', '"category": "quirk"')
        edit(damaged / "expected" / "job_statistics.csv", "killed", "completed")

        verdict = scenarios.check(damaged, "fast", "inprocess")

        assert not verdict.counts
        assert verdict.problem is not None

    def test_tracebacks_of_ours_are_recognised(self) -> None:
        ours = 'Traceback (most recent call last):\n  File "/x/elastisim/batch/run.py", line 3, in start'
        theirs = 'Traceback (most recent call last):\n  File "/x/elastisim-study/algorithm.py", line 3, in schedule'

        assert scenarios.disorder(Outcome(3, ours, 0.1)) is not None
        assert scenarios.disorder(Outcome(3, theirs, 0.1)) is None
        assert scenarios.disorder(Outcome(None, "", 120.0)) == "does not end"
        assert scenarios.disorder(Outcome(0, "", 0.1, is_algorithm_left=True)) is not None


class TestWireVerdicts:
    def test_other_replies_fail(self, damaged: Path) -> None:
        edit(damaged / "wire.jsonl", '"assigned_node_ids": [0, 1]', '"assigned_node_ids": [1, 0]')

        problem = wire.check_interface(damaged).problem

        assert problem is not None
        assert problem.startswith("line 2, expected ")

    def test_other_messages_fail(self, damaged: Path) -> None:
        edit(damaged / "wire.jsonl", '"total_phase_count":', '"total_phase_count":4')

        problem = wire.check_simulator(damaged, "fast").problem

        assert problem is not None
        assert problem.startswith("line 1, message.jobs.0.total_phase_count: expected 4")

    def test_a_simulator_that_fails_is_shown(self, damaged: Path) -> None:
        edit(damaged / "platform.xml", "<platform", "<platfrom")

        problem = wire.check_simulator(damaged, "fast").problem

        assert problem is not None
        assert problem.startswith("line 1: no message; the process ended with status 2: ")
        assert "elastisim: error: platform.xml: " in problem

    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ({"time": 1.0}, {"time": 1.0000001}),
            ({"time": 1e9}, {"time": 1e9 + 1}),
            ({"time": 2.0}, {"time": 2}),
            ({"nodes": [{"id": 1}, {"id": 0}, {"id": 1}]}, {"nodes": [{"id": 0}, {"id": 1}]}),
            ({"nodes": [{"id": 1, "assigned_jobs": [3, 2]}]}, {"nodes": [{"id": 1, "assigned_jobs": [2, 3]}]}),
        ],
    )
    def test_equal_content(self, expected: object, found: object) -> None:
        assert wire.difference(expected, found) is None

    @pytest.mark.parametrize(
        ("expected", "found", "difference"),
        [
            ({"time": 1.0}, {"time": 1.00001}, "message.time: expected 1.0, found 1.00001"),
            ({"job_id": 1}, {"job_id": 2}, "message.job_id: expected 1, found 2"),
            ({"job_id": 1}, {}, "message: expected the fields ['job_id'], found []"),
            ({"jobs": [{"id": 1}]}, {"jobs": []}, "message.jobs: expected [{'id': 1}], found []"),
            ({"jobs": [{"id": 1}]}, {"jobs": [{"id": 2}]}, "message.jobs: expected the fields [1], found [2]"),
            (
                {"jobs": [{"id": 1, "assigned_nodes": [1, 2]}]},
                {"jobs": [{"id": 1, "assigned_nodes": [2, 1]}]},
                "message.jobs.1.assigned_nodes[0]: expected 1, found 2",
            ),
            ({"arguments": {"a": "1.000000"}}, {"arguments": {"a": "1.0"}}, "expected '1.000000', found '1.0'"),
        ],
    )
    def test_different_content(self, expected: object, found: object, difference: str) -> None:
        problem = wire.difference(expected, found)

        assert problem is not None
        assert problem.endswith(difference)


class TestTool:
    @staticmethod
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(TOOL), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_success(self, damaged: Path) -> None:
        result = self.run("scenarios", damaged.parents[1], "--engine", "exact", "--transport", "zmq")

        assert (result.returncode, result.stdout, result.stderr) == (0, "1/1\n", "")

    def test_failure(self, damaged: Path) -> None:
        edit(damaged / "expected" / "job_statistics.csv", "killed", "completed")
        shutil.copytree(GOLDEN / "scenarios" / "type_rigid", damaged.with_name("type_rigid"))

        result = self.run("scenarios", damaged.parent)

        lines = result.stdout.splitlines()
        assert result.returncode == 1
        assert lines[0].startswith("FAIL damaged: job_statistics.csv: ")
        assert lines[1:] == ["1/2"]

    def test_each_case_has_one_line(self, damaged: Path) -> None:
        edit(damaged / "algorithm.py", "def schedule(jobs, nodes, system):", "def schedule():")

        result = self.run("scenarios", damaged)

        assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["FAIL damaged", "0/1"]

    def test_deviations_that_do_not_count(self, damaged: Path) -> None:
        edit(damaged / "scenario.json", '"category": "success"', '"category": "quirk"')
        edit(damaged / "expected" / "job_statistics.csv", "killed", "completed")
        shutil.copytree(GOLDEN / "scenarios" / "type_rigid", damaged.with_name("type_rigid"))

        result = self.run("scenarios", damaged.parent)

        assert result.returncode == 0
        assert result.stdout.splitlines()[0].startswith("NOTE damaged: ")
        assert result.stdout.splitlines()[1:] == ["1/1"]

    @pytest.mark.parametrize(("kind", "total"), [("wire", 2), ("fluid", 1), ("routes", 1), ("xml", 148)])
    def test_other_kinds(self, damaged: Path, kind: str, total: int) -> None:
        folder = damaged.parents[1]
        (folder / "fluid").mkdir()
        shutil.copy(GOLDEN / "fluid" / "exec-single.json", folder / "fluid")
        shutil.copytree(GOLDEN / "routes" / "bypass", folder / "routes" / "bypass")
        shutil.copytree(GOLDEN / "xml", folder / "xml")

        result = self.run(kind, folder)

        assert (result.returncode, result.stdout) == (0, f"{total}/{total}\n")

    def test_a_folder_without_cases_is_no_success(self, tmp_path: Path) -> None:
        result = self.run("scenarios", tmp_path)

        assert result.returncode == 1
        assert "there are no cases of kind scenarios" in result.stderr
