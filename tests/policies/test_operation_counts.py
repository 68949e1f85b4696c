"""What simulations cost, counted in operations: it grows with decisions, not with nodes or phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from stage import malleable, play, rigid

from elastisim.batch.program import Compiler
from elastisim.kernel.fast import FastFluidModel
from elastisim.workload.formula import parser

if TYPE_CHECKING:
    from collections.abc import Callable


class Counts(dict[str, int]):
    """Numbers of calls by name."""

    def simulate(self, *arguments: Any, **rules: Any) -> Counts:
        """Simulate with these counts starting from zero; return a copy of them, with the invocations."""
        self.clear()
        run = play(*arguments, **rules)
        assert set(run.states.values()) == {"completed"}
        return Counts(self, invocations=run.invocations)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Count the steps of the clock, the programs compiled, and the formulas parsed."""
    found = Counts()

    def count(owner: Any, function: str, name: str) -> None:
        original: Callable[..., Any] = getattr(owner, function)

        def counted(*arguments: Any, **keywords: Any) -> Any:
            found[name] = found.get(name, 0) + 1
            return original(*arguments, **keywords)

        monkeypatch.setattr(owner, function, counted)

    count(FastFluidModel, "advance", "steps")
    count(Compiler, "compile", "programs")
    count(parser, "compile_formula", "formulas")
    return found


def test_phases_cost_nothing(counts: Counts) -> None:
    few, many = (
        counts.simulate("fcfs", [malleable(1, 2, 4, 800.0, points=points)], schedule_on_scheduling_point=False)
        for points in (10, 10_000)
    )

    # The submission at 1 s and the end are all that happens.
    assert few["steps"] == many["steps"] == 2
    assert few["invocations"] == many["invocations"] == 2


def test_nodes_cost_nothing(counts: Counts) -> None:
    few, many = (
        counts.simulate("fcfs", [rigid(1, nodes, 10.0, walltime=0), rigid(2, nodes, 10.0, walltime=0)], 64)
        for nodes in (2, 64)
    )

    # Two submissions and two ends, each of them a step and an invocation.
    assert few["steps"] == many["steps"] == 4
    assert few["invocations"] == many["invocations"] == 4
    assert few["programs"] == many["programs"] == 2


def test_jobs_cost_the_same_each(counts: Counts) -> None:
    for number in (10, 40):
        # One after the other, none of them waits.
        found = counts.simulate("fcfs", [rigid(1 + 20 * index, 2, 7.5, walltime=0) for index in range(number)])

        assert found["steps"] == found["invocations"] == 2 * number
        assert found["programs"] == number


def test_a_formula_is_parsed_once_for_all_jobs(counts: Counts) -> None:
    # The model may have been parsed by another test already, but never for each job.
    found = counts.simulate("fcfs", [rigid(1 + index, 1, 7.5, walltime=0) for index in range(20)])

    assert found.get("formulas", 0) <= 2


def test_idle_ticks_cost_nothing(counts: Counts) -> None:
    short, long = (
        counts.simulate("fcfs", [rigid(1.5, 2, seconds, walltime=0)], scheduling_interval=1.0)
        for seconds in (5.25, 5000.25)
    )

    assert short["invocations"] == long["invocations"]
    assert short["steps"] == long["steps"]


def test_a_change_of_size_costs_one_program(counts: Counts) -> None:
    # The second job keeps the first one from taking all nodes until it ends; then the first one expands, once.
    jobs = [rigid(0.5, 4, 3.3, walltime=0), malleable(1, 2, 8, 400.0, points=1000)]
    found = counts.simulate("fcfs-expand", jobs, schedule_on_scheduling_point=False)

    assert found["programs"] == 3
    # Submissions, the end of the first job, the expansion at the next scheduling point, and the end of the second.
    # Old and new nodes are two groups of ranks then, for which the last iteration is a step of its own.
    assert found["steps"] == 2 + 1 + 1 + 2
