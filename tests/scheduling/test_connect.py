"""What users may name as algorithm."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from situations import invocation, job, nodes

from elastisim.batch.invocation import Decision
from elastisim.errors import AlgorithmError, InputError
from elastisim.scheduling.connect import simulate_with
from elastisim_python import pass_algorithm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from elastisim.batch.invocation import Algorithm
    from elastisim_python import Job, Node

SCRIPT = """
from elastisim_python import pass_algorithm
def schedule(jobs, nodes, system):
    jobs[0].assign(nodes)
if __name__ == "__main__":
    pass_algorithm(schedule, "ipc://x.ipc")
    print("summary")
"""


def simulate(algorithm: Algorithm) -> Sequence[Decision]:
    decisions = algorithm.invoke(invocation([job(0)], nodes(0)))
    algorithm.finish()
    return decisions


DECISIONS = [Decision(0, nodes=(0,))]


def assign(jobs: list[Job], nodes: list[Node], system: object) -> None:
    jobs[0].assign(nodes)


class Policy:
    def __call__(self, jobs: list[Job], nodes: list[Node], system: object) -> None:
        raise LookupError


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "algorithm.py"
    path.write_text(SCRIPT)
    return path


def test_a_function() -> None:
    assert simulate_with(assign, simulate) == DECISIONS


def test_an_object_that_can_be_called_has_the_name_of_its_class() -> None:
    with pytest.raises(AlgorithmError, match=r"^Policy failed"):
        simulate_with(Policy(), simulate)


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_script(script: Path, kind: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate_with(kind(script), simulate) == DECISIONS
    assert capsys.readouterr().out == "summary\n"


def test_a_function_of_a_script(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate_with(f"{script}:schedule", simulate) == DECISIONS
    assert capsys.readouterr().out == ""


def test_a_script_with_a_colon_in_its_name(script: Path) -> None:
    odd = script.with_name("odd.py:name")
    odd.write_text(SCRIPT)

    assert simulate_with(odd, simulate) == DECISIONS


def test_an_address(tmp_path: Path) -> None:
    url = f"ipc://{tmp_path}/e.ipc"
    client = threading.Thread(target=pass_algorithm, args=(assign, url))
    client.start()

    assert simulate_with(url, simulate) == DECISIONS
    client.join(10)
    assert not client.is_alive()
    assert not (tmp_path / "e.ipc").exists()


def test_the_address_is_released_after_a_failure(tmp_path: Path) -> None:
    def fail(algorithm: Algorithm) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        simulate_with(f"ipc://{tmp_path}/e.ipc", fail)

    assert not (tmp_path / "e.ipc").exists()


def test_the_time_to_answer_is_limited(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError, match=r"within 0\.1 s"):
        simulate_with(f"ipc://{tmp_path}/e.ipc", simulate, timeout=0.1)


@pytest.mark.parametrize("name", ["nothing.py", "nothing.py:schedule", "algorithm.py:no-name", ""])
def test_anything_else_does_not_exist(script: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(script.parent)

    with pytest.raises(InputError, match="the scheduling algorithm does not exist"):
        simulate_with(name, simulate)
