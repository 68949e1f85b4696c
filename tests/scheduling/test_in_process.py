"""Algorithms in the process of the simulator; simulations are a few invocations made by the test."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from situations import invocation, job, nodes

from elastisim.batch.invocation import Decision
from elastisim.errors import AlgorithmError, InputError
from elastisim.scheduling.in_process import InProcessAlgorithm, simulate_with_function, simulate_with_script
from elastisim_python import Job, Node, pass_algorithm

if TYPE_CHECKING:
    from pathlib import Path

    from elastisim.batch.invocation import Algorithm

ASSIGN = """
from elastisim_python import pass_algorithm
def schedule(jobs, nodes, system):
    jobs[0].assign(nodes)
"""
PASS = """
if __name__ == "__main__":
    pass_algorithm(schedule, "ipc://ignored.ipc")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "algorithm.py"


def simulate(algorithm: Algorithm) -> list[Decision]:
    """Return the decisions for a pending job on two free nodes."""
    decisions = algorithm.invoke(invocation([job(0)], nodes(0, 0)))
    algorithm.finish()
    algorithm.close()
    return list(decisions)


DECISIONS = [Decision(0, nodes=(0, 1))]


class TestFunctions:
    def test_decisions_are_returned(self) -> None:
        algorithm = InProcessAlgorithm(lambda jobs, nodes, system: jobs[0].assign(nodes), "mine")

        assert simulate(algorithm) == DECISIONS

    def test_failures_are_the_algorithms(self) -> None:
        def schedule(jobs: object, nodes: object, system: object) -> None:
            raise LookupError("no idea")

        with pytest.raises(AlgorithmError, match=r"^mine failed at 7.25 s: LookupError: no idea$") as caught:
            simulate(InProcessAlgorithm(schedule, "mine"))

        assert 'raise LookupError("no idea")' in caught.value.details
        assert "scheduling/in_process.py" not in caught.value.details
        assert "interface.py" not in caught.value.details
        assert isinstance(caught.value.__cause__, LookupError)

    def test_causes_are_shown_without_our_frames(self) -> None:
        def schedule(jobs: list[Job], nodes: list[Node], system: object) -> None:
            try:
                jobs[0].assign(3)  # type: ignore[arg-type]
            except TypeError as error:
                raise LookupError("no idea") from error

        with pytest.raises(AlgorithmError) as caught:
            simulate(InProcessAlgorithm(schedule, "mine"))

        assert "TypeError: Job.assign expects" in caught.value.details
        assert "job.py" not in caught.value.details

    def test_a_function_that_cannot_be_called_with_three_arguments_is_named(self) -> None:
        with pytest.raises(AlgorithmError, match="takes 1 positional argument but 3 were given"):
            simulate(InProcessAlgorithm(lambda jobs: None, "mine"))  # type: ignore[arg-type,misc]

    def test_wrong_values_are_noticed(self) -> None:
        def schedule(jobs: list[Job], nodes: list[Node], system: object) -> None:
            jobs[0].assign(nodes)
            jobs[0].assigned_num_gpus_per_node = None  # type: ignore[assignment]

        with pytest.raises(AlgorithmError, match=r"Expected `int`, got `null` - at `\$.jobs\[0\].assigned_num_gpus"):
            simulate(InProcessAlgorithm(schedule, "mine"))

    def test_leaving_the_program_is_a_failure(self) -> None:
        with pytest.raises(AlgorithmError, match=r"mine failed at 7.25 s: SystemExit: 3"):
            simulate(InProcessAlgorithm(lambda jobs, nodes, system: exit(3), "mine"))

    def test_an_interruption_is_none(self) -> None:
        def schedule(jobs: object, nodes: object, system: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            simulate(InProcessAlgorithm(schedule, "mine"))

    def test_what_an_algorithm_does_to_its_arguments_stays_with_it(self) -> None:
        talking = job(0, arguments={"a": "1"})

        def schedule(jobs: list[Job], nodes: list[Node], system: object) -> None:
            jobs[0].arguments["a"] = 3  # type: ignore[assignment]
            jobs.clear()
            nodes.clear()

        InProcessAlgorithm(schedule, "mine").invoke(invocation([talking], nodes(0)))

        assert talking.description.arguments == {"a": "1"}


class TestFunctionsOfFiles:
    def test_the_function_is_called(self, script: Path) -> None:
        script.write_text(ASSIGN + "assert __name__ == 'algorithm'" + PASS)

        assert simulate_with_function(script, "schedule", simulate) == DECISIONS

    def test_a_missing_function_is_named(self, script: Path) -> None:
        script.write_text("plan = 3")

        for name in ("schedule", "plan"):
            with pytest.raises(InputError, match=f"algorithm.py: has no function .*'{name}' to schedule with"):
                simulate_with_function(script, name, simulate)

    def test_a_file_that_cannot_be_imported_is_shown(self, script: Path) -> None:
        script.write_text("import nothing_of_that_name")

        with pytest.raises(AlgorithmError, match=r"algorithm\.py cannot be imported: ModuleNotFoundError") as caught:
            simulate_with_function(script, "schedule", simulate)

        assert f'File "{script}", line 1' in caught.value.details

    def test_an_unprotected_call_is_explained(self, script: Path) -> None:
        script.write_text(ASSIGN + 'pass_algorithm(schedule, "ipc://x.ipc")')

        with pytest.raises(AlgorithmError, match="protect the call with if __name__ == '__main__'"):
            simulate_with_function(script, "schedule", simulate)


class TestScripts:
    def test_the_simulation_takes_place_in_pass_algorithm(
        self, script: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script.write_text(ASSIGN + "print('before')" + PASS + "print('after')")

        def play(algorithm: Algorithm) -> list[Decision]:
            print("simulation")
            return simulate(algorithm)

        assert simulate_with_script(script, play) == DECISIONS
        assert capsys.readouterr().out == "before\nsimulation\nafter\n"

    def test_everything_happens_in_one_thread(self, script: Path) -> None:
        script.write_text(
            "import threading\nfrom elastisim_python import pass_algorithm\nhome = threading.get_ident()\n"
            "def schedule(jobs, nodes, system):\n    assert threading.get_ident() == home" + PASS
        )

        simulate_with_script(script, simulate)

    def test_each_run_has_its_own_state(self, script: Path) -> None:
        (script.parent / "counter.py").write_text("count = 0")
        script.write_text(
            "import counter\nfrom elastisim_python import pass_algorithm\ncount = 0\n"
            "def schedule(jobs, nodes, system):\n    global count\n    count += 1\n    counter.count += 1\n"
            "    jobs[0].assign(nodes[:1])\n    assert count == counter.count == 1" + PASS
        )

        for _ in range(3):
            assert simulate_with_script(script, simulate) == [Decision(0, nodes=(0,))]

    def test_a_failing_algorithm_is_shown_and_comes_out_of_pass_algorithm(
        self, script: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script.write_text(
            "from elastisim_python import pass_algorithm\n"
            "def schedule(jobs, nodes, system):\n    raise LookupError('no')\n"
            "try:\n    pass_algorithm(schedule, 'ipc://x.ipc')\n"
            "except LookupError as error:\n    print('caught', error)\nfinally:\n    print('finally')"
        )

        with pytest.raises(AlgorithmError, match=r"algorithm\.py failed at 7.25 s: LookupError: no") as caught:
            simulate_with_script(script, simulate)

        assert capsys.readouterr().out == "caught no\nfinally\n"
        assert caught.value.details.splitlines() == [
            "Traceback (most recent call last):",
            f'  File "{script}", line 3, in schedule',
            "    raise LookupError('no')",
            "LookupError: no",
        ]

    def test_a_failed_simulation_leaves_the_script(self, script: Path, capsys: pytest.CaptureFixture[str]) -> None:
        script.write_text(
            ASSIGN + "try:\n    pass_algorithm(schedule, 'ipc://x.ipc')\n"
            "except Exception:\n    print('wrong')\nfinally:\n    print('finally')\nprint('wrong')"
        )

        def play(algorithm: Algorithm) -> None:
            raise InputError.at("jobs.json", "$", "is wrong")

        with pytest.raises(InputError, match=r"jobs.json: \$: is wrong"):
            simulate_with_script(script, play)

        assert capsys.readouterr().out == "finally\n"

    def test_an_interrupted_simulation_interrupts_the_script(
        self, script: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script.write_text(
            ASSIGN + "try:\n    pass_algorithm(schedule, 'ipc://x.ipc')\nexcept KeyboardInterrupt:\n    print('bye')"
        )

        def play(algorithm: Algorithm) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            simulate_with_script(script, play)

        assert capsys.readouterr().out == "bye\n"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("import sys\nsys.exit(4)", "failed before it called pass_algorithm: SystemExit: 4"),
            ("1/0", "failed before it called pass_algorithm: ZeroDivisionError"),
            ("def f(:", "failed before it called pass_algorithm: SyntaxError: invalid syntax"),
            ("plan = 3", r"ended without calling pass_algorithm\(schedule, url\)$"),
            (
                "def schedule(): ...",
                r"ended without .*; to use its function as it is, name .*\.py:schedule$",
            ),
            ("import sys\nsys.exit()", "ended without calling pass_algorithm"),
            (ASSIGN + PASS + "1/0", "failed after the simulation: ZeroDivisionError"),
            (ASSIGN + PASS + "raise SystemExit('sorry')", "failed after the simulation: SystemExit: sorry"),
            (
                ASSIGN + PASS + PASS,
                "failed after the simulation: RuntimeError: pass_algorithm was called a second time",
            ),
        ],
    )
    def test_failures_of_the_script_are_the_algorithms(self, script: Path, text: str, message: str) -> None:
        script.write_text(text)

        with pytest.raises(AlgorithmError, match=rf"(?s)^{script} {message}") as caught:
            simulate_with_script(script, simulate)

        assert ("line" in caught.value.details) == ("failed" in message)
        assert "elastisim/scheduling" not in caught.value.details

    @pytest.mark.parametrize("end", ["import sys\nsys.exit()", "raise SystemExit(0)"])
    def test_a_script_may_end_itself_after_the_simulation(self, script: Path, end: str) -> None:
        script.write_text(ASSIGN + PASS + end)

        assert simulate_with_script(script, simulate) == DECISIONS

    def test_an_algorithm_may_simulate_with_a_script_itself(self, script: Path) -> None:
        inner = script.parent / "inner.py"
        inner.write_text(ASSIGN + PASS)
        script.write_text(ASSIGN + "    assert forecast()\n" + "forecast = None\n" + PASS)

        def play(algorithm: Algorithm) -> list[Decision]:
            import sys

            def forecast() -> list[Decision]:
                return simulate_with_script(inner, simulate)

            algorithm._client._schedule.__globals__["forecast"] = forecast  # type: ignore[attr-defined]
            assert "forecast" not in vars(sys.modules["__main__"])
            return simulate(algorithm)

        assert simulate_with_script(script, play) == DECISIONS

    def test_simulations_in_threads_do_not_meet(self, tmp_path: Path) -> None:
        results: dict[int, list[Decision]] = {}
        scripts = []
        for number in range(2):
            directory = tmp_path / str(number)
            directory.mkdir()
            (directory / "choice.py").write_text(f"first = {number}")
            scripts.append(directory / "algorithm.py")
            scripts[-1].write_text(ASSIGN.replace("nodes)", "nodes[choice.first:])") + "import choice\n" + PASS)
        barrier = threading.Barrier(2)

        def play(algorithm: Algorithm) -> list[Decision]:
            barrier.wait(10)
            return [decision for _ in range(50) for decision in simulate(algorithm)]

        def work(number: int) -> None:
            results[number] = simulate_with_script(scripts[number], play)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert results == {0: [Decision(0, nodes=(0, 1))] * 50, 1: [Decision(0, nodes=(1,))] * 50}

    def test_the_process_is_free_of_the_script_afterwards(self, script: Path) -> None:
        script.write_text(ASSIGN + PASS)
        simulate_with_script(script, simulate)

        with pytest.raises(TypeError, match="expects a function"):
            pass_algorithm(None, "ipc://x.ipc")  # type: ignore[arg-type]
        script.write_text("")
        with pytest.raises(AlgorithmError, match="ended without calling"):
            simulate_with_script(script, simulate)
