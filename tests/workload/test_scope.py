"""What names mean in performance models (spec R4.1, R4.3 to R4.6)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from elastisim.workload.formula import FormulaError, parse_formula
from elastisim.workload.scope import Scope, bind_arguments, iterations_scope, job_scope


def scope_of(arguments: dict[str, str] | None = None, runtime: dict[str, str] | None = None, **changes: Any) -> Scope:
    numbers: dict[str, Any] = {"num_nodes": 8, "num_gpus_per_node": 2, "num_nodes_min": 4, "num_nodes_max": 16}
    runtime_arguments = None if runtime is None else bind_arguments(runtime)
    return job_scope(bind_arguments(arguments or {}), **(numbers | changes), runtime_arguments=runtime_arguments)


def value(text: str, scope: Scope) -> float:
    return parse_formula(text).evaluate(scope)


@pytest.mark.parametrize(
    ("arguments", "model", "expected"),
    [
        ({"n": "2"}, "num_nodes*2", 16.0),
        ({"t": "2", "time": "5"}, "time", 5.0),
        ({"a": "2"}, "max(1,a)", 2.0),
        ({"x": "-3"}, "x^2", 9.0),
        ({"x": "-3"}, "10-x", 13.0),
        ({"x": "1+1"}, "2*x", 4.0),
        ({"a": "b+1", "b": "3"}, "a", 4.0),
        ({"b": "a+1", "a": "3"}, "b", 4.0),
        ({"e": "7"}, "1e1", 10.0),
        ({"a.b": "7"}, "num_nodes", 8.0),
    ],
)
def test_names_are_variables_and_not_text(arguments: dict[str, str], model: str, expected: float) -> None:
    """The column "Proper variables" of R4.3."""
    assert value(model, scope_of(arguments)) == expected


@pytest.mark.parametrize("model", ["2num_nodes", "a.b"])
def test_what_only_textual_substitution_understands_is_refused(model: str) -> None:
    with pytest.raises(FormulaError):
        value(model, scope_of({"a.b": "1"}))


def test_names_do_not_join_to_numbers() -> None:
    with pytest.raises(FormulaError, match="unknown name 'xy'"):
        value("xy", scope_of({"x": "1", "y": "2"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5", 5.0), ("-2.5", -2.5), ("+1e3", 1e3), (" .5 ", 0.5), ("3.", 3.0), ("0.852741", 0.852741)],
)
def test_numeric_strings_are_numbers(text: str, expected: float) -> None:
    scope = bind_arguments({"x": text})

    assert dict(scope) == {"x": expected}


@pytest.mark.parametrize("text", ["inf", "nan", "1_0", "0x10", "1e400", "infinity", "٣"])
def test_what_python_takes_for_numbers_but_the_language_does_not_is_none(text: str) -> None:
    scope = bind_arguments({"x": text})

    with pytest.raises(FormulaError):
        value("x", scope)


def test_the_numbers_of_a_job() -> None:
    names = ["num_nodes", "num_gpus_per_node", "num_gpus", "num_nodes_min", "num_nodes_max", "pi"]

    assert [scope_of()[name] for name in names] == [8.0, 2.0, 16.0, 4.0, 16.0, math.pi]


def test_the_iteration_is_known_in_evolving_requests_only() -> None:
    assert value("phase_iteration + 1", scope_of(phase_iteration=3)) == 4.0
    with pytest.raises(FormulaError, match="unknown name 'phase_iteration'"):
        value("phase_iteration", scope_of())


@pytest.mark.parametrize("name", ["num_nodes", "num_nodes_min", "num_gpus", "pi", "phase_iteration", "x"])
def test_arguments_of_the_job_win_over_everything(name: str) -> None:
    scope = scope_of({name: "-1"}, {name: "-2"}, phase_iteration=3)

    assert scope[name] == -1.0


@pytest.mark.parametrize(
    ("name", "expected"),
    [("num_nodes", 8.0), ("num_gpus", 16.0), ("num_nodes_max", 16.0), ("phase_iteration", 3.0), ("pi", -2.0)],
)
@pytest.mark.parametrize("text", ["-2", "0-2"])
def test_names_of_evolving_requests_win_over_runtime_arguments(name: str, expected: float, text: str) -> None:
    assert scope_of(runtime={name: text}, phase_iteration=3)[name] == expected


@pytest.mark.parametrize(("name", "expected"), [("num_nodes", 8.0), ("num_nodes_max", -2.0), ("phase_iteration", -2.0)])
@pytest.mark.parametrize("text", ["-2", "0-2"])
def test_elsewhere_runtime_arguments_win_over_names_that_the_original_does_not_know(
    name: str, expected: float, text: str
) -> None:
    assert scope_of(runtime={name: text})[name] == expected


def test_expressions_win_over_numbers_of_lower_precedence_and_the_reverse() -> None:
    assert scope_of({"x": "1+1"}, {"x": "7"})["x"] == 2.0
    assert scope_of({"x": "7"}, {"x": "1+1"})["x"] == 7.0
    assert scope_of({"num_nodes": "1+1"})["num_nodes"] == 2.0


def test_arguments_may_mention_runtime_arguments_and_built_in_names() -> None:
    scope = scope_of({"work": "base * num_nodes"}, {"base": "1.5"})

    assert value("work + 1", scope) == 13.0


def test_expressions_are_evaluated_only_when_mentioned() -> None:
    scope = scope_of({"label": "not a formula", "x": "1"})

    assert value("x", scope) == 1.0
    with pytest.raises(FormulaError, match="argument 'label': column 5: expected an operator"):
        value("label", scope)


@pytest.mark.parametrize(
    ("arguments", "chain"),
    [({"a": "a + 1"}, "a → a"), ({"a": "b", "b": "c * 2", "c": "a"}, "a → b → c → a"), ({"x": "a", "a": "a"}, "a → a")],
)
def test_circles_are_reported(arguments: dict[str, str], chain: str) -> None:
    first = next(iter(arguments))

    with pytest.raises(FormulaError, match=rf"in a circle \({chain}\)"):
        value(first, scope_of(arguments))


def test_a_name_that_was_in_a_circle_is_reported_again() -> None:
    scope = scope_of({"a": "b", "b": "a"})

    for _ in range(2):
        with pytest.raises(FormulaError, match="in a circle"):
            value("a", scope)


def test_long_chains_end_in_an_error_instead_of_an_exhausted_stack() -> None:
    chain = {f"x{index}": f"x{index + 1} + 0" for index in range(2000)} | {"x2000": "1"}

    assert value("x1950", scope_of(chain)) == 1.0
    with pytest.raises(FormulaError, match="more than 100 arguments refer to one another"):
        value("x0", scope_of(chain))


def test_unknown_names_in_arguments_are_named_with_the_known_ones() -> None:
    scope = iterations_scope(bind_arguments({"a": "b + 1", "c": "d"}), num_nodes_min=1, num_nodes_max=2)

    with pytest.raises(
        FormulaError, match=r"unknown name 'b' \(known names: a, c, num_nodes_max, num_nodes_min, pi\), in \"b \+ 1\""
    ):
        value("a", scope)


def test_iterations_of_phases_know_arguments_and_limits() -> None:
    scope = iterations_scope(bind_arguments({"steps": "3", "num_nodes_max": "9"}), num_nodes_min=2, num_nodes_max=5)

    assert value("steps * num_nodes_min + num_nodes_max", scope) == 15.0
    with pytest.raises(FormulaError, match="unknown name 'num_nodes'"):
        value("num_nodes", scope)


def test_overriding_keeps_the_other_scope_as_it_is() -> None:
    other = bind_arguments({"a": "1", "b": "2+2"})
    scope = Scope({"b": 9.0}, {"a": "5+5"})
    scope.override(other)

    assert (scope["a"], scope["b"]) == (1.0, 4.0)
    assert dict(other) == {"a": 1.0}
    assert other.expressions == {"b": "2+2"}
