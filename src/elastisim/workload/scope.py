"""Scopes: the variables that performance models know (spec R4.1, R4.3 to R4.6)."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from elastisim.workload.formula import FormulaError, parse_formula
from elastisim.workload.formula.compiled import unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_matches_identifier = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII).fullmatch
_is_plain_number = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII).fullmatch

CONSTANTS = {"pi": math.pi}
"""Names that are known everywhere unless something else has the name."""

MAX_CHAIN = 100
"""How many arguments may refer to one another in a chain."""


class Scope(dict[str, float]):
    """Numbers by name, and strings that become numbers when a formula asks for their names.

    Strings are performance models themselves: sub-expressions that may mention any name of the same scope.  They are
    evaluated when first asked for, once.  To find the plain numbers a scope is a dictionary, at a dictionary's speed.
    """

    __slots__ = ("_open", "expressions")

    def __init__(self, numbers: Mapping[str, float] = {}, expressions: Mapping[str, str] = {}) -> None:
        super().__init__(numbers)
        self.expressions = dict(expressions)
        self._open: list[str] = []

    def __missing__(self, name: str) -> float:
        text = self.expressions.get(name)
        if text is None:
            raise KeyError(name)
        if name in self._open:
            chain = " → ".join([*self._open[self._open.index(name) :], name])
            raise FormulaError(text, f"the arguments refer to one another in a circle ({chain})")
        if len(self._open) == MAX_CHAIN:
            raise FormulaError(text, f"more than {MAX_CHAIN} arguments refer to one another")
        self._open.append(name)
        try:
            value = self._value(name, text)
        finally:
            self._open.pop()
        self[name] = value
        return value

    def _value(self, name: str, text: str) -> float:
        try:
            formula = parse_formula(text)
        except FormulaError as error:
            raise FormulaError(text, f"argument '{name}': {error.reason}") from None
        try:
            return formula.compute(self)
        except KeyError as error:
            raise unknown_name(text, error.args[0], self) from None

    def override(self, other: Mapping[str, float]) -> None:
        """Add everything that *other* knows; names that both know mean what *other* says."""
        for name in other:
            self.expressions.pop(name, None)
        if isinstance(other, Scope):
            for name in other.expressions:
                self.pop(name, None)
            self.expressions.update(other.expressions)
        self.update(other)


def bind_arguments(strings: Mapping[str, str]) -> Mapping[str, float]:
    """Return the scope of arguments, whose values are strings: numbers, or sub-expressions (R4.4, R4.6).

    Keys that are no identifiers cannot be mentioned in formulas and are left out.
    """
    numbers: dict[str, float] = {}
    expressions: dict[str, str] = {}
    for name, text in strings.items():
        if _is_identifier(name):
            # Most texts are nothing but digits and a point.
            is_number = (text.isascii() and text.replace(".", "", 1).isdigit()) or _is_plain_number(text)
            if is_number and math.isfinite(number := float(text)):
                numbers[name] = number
            else:
                expressions[name] = text
    return Scope(numbers, expressions) if expressions else numbers


@lru_cache(maxsize=1024)
def _is_identifier(name: str) -> bool:
    return _matches_identifier(name) is not None


def job_scope(
    arguments: Mapping[str, float],
    num_nodes: int,
    num_gpus_per_node: int,
    num_nodes_min: int,
    num_nodes_max: int,
    phase_iteration: int | None = None,
    runtime_arguments: Mapping[str, float] | None = None,
) -> Mapping[str, float]:
    """Return the scope of a job's formulas with the precedence of R4.5.

    Arguments of the job win over the names of evolving requests, these over the numbers of nodes and GPUs, and these
    over runtime arguments.  ``phase_iteration`` is given for evolving requests only.  Elsewhere ``num_nodes_min`` and
    ``num_nodes_max`` are known, too, but a runtime argument of such a name wins, as it did when they were not.
    """
    known = _numbers(num_nodes, num_gpus_per_node, num_nodes_min, num_nodes_max)
    if phase_iteration is not None:
        known = {**known, "phase_iteration": float(phase_iteration)}
    if runtime_arguments is None and not isinstance(arguments, Scope):
        # By far the most frequent case: nothing but numbers, the later ones winning.
        return {**known, **arguments}
    scope = Scope(known)
    if runtime_arguments is not None:
        scope.override(runtime_arguments)
        yielding = CONSTANTS if phase_iteration is not None else (*CONSTANTS, "num_nodes_min", "num_nodes_max")
        scope.override({name: number for name, number in known.items() if name not in yielding})
    scope.override(arguments)
    return scope


@lru_cache(maxsize=1024)
def _numbers(num_nodes: int, num_gpus_per_node: int, num_nodes_min: int, num_nodes_max: int) -> Mapping[str, float]:
    """Return what every job of these sizes knows."""
    return {
        **CONSTANTS,
        "num_nodes_min": float(num_nodes_min),
        "num_nodes_max": float(num_nodes_max),
        "num_nodes": float(num_nodes),
        "num_gpus_per_node": float(num_gpus_per_node),
        "num_gpus": float(num_nodes * num_gpus_per_node),
    }


def iterations_scope(arguments: Mapping[str, float], *, num_nodes_min: int, num_nodes_max: int) -> Scope:
    """Return the scope of the ``iterations`` of phases, which are evaluated when the file is read (R4.1)."""
    scope = Scope({**CONSTANTS, "num_nodes_min": float(num_nodes_min), "num_nodes_max": float(num_nodes_max)})
    scope.override(arguments)
    return scope
