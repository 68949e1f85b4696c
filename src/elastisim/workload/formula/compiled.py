"""Formulas: parsed, compiled and ready to be evaluated."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class FormulaError(ValueError):
    """A performance model that cannot be parsed or evaluated; the message quotes it."""

    def __init__(self, source: str, message: str) -> None:
        super().__init__(f"{message}, in {_quoted(source)}")
        self.source = source
        self.reason = message

    def __reduce__(self) -> tuple[type[FormulaError], tuple[str, str]]:
        return FormulaError, (self.source, self.reason)


def _quoted(source: str, longest: int = 80) -> str:
    return f'"{source}"' if len(source) <= longest else f'"{source[:longest]}…"'


class Formula:
    """A performance model: ``source`` is its text, ``names`` are the variables that it mentions.

    Formulas are immutable, compare by their text, and can be pickled.  Obtain them with :func:`parse_formula`.
    ``compute`` is the generated function: it takes the scope and raises :class:`KeyError` for a name unknown there.
    """

    __slots__ = ("compute", "names", "source")

    def __init__(self, source: str, names: frozenset[str], compute: Callable[[Mapping[str, float]], float]) -> None:
        self.source = source
        self.names = names
        self.compute = compute

    def evaluate(self, scope: Mapping[str, float]) -> float:
        """Return the value, which may be infinite or NaN, with the variables of *scope*.

        Raises :class:`FormulaError` for a name that the scope does not know.
        """
        try:
            return self.compute(scope)
        except KeyError as error:
            raise unknown_name(self.source, error.args[0], scope) from None

    def __eq__(self, other: object) -> bool:
        return self.source == other.source if isinstance(other, Formula) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"

    def __reduce__(self) -> tuple[Callable[[str], Formula], tuple[str]]:
        return parse_formula, (self.source,)


def unknown_name(source: str, name: object, known: Iterable[str]) -> FormulaError:
    """Return the error for a *name* that is not among the *known* ones."""
    listing = ", ".join(sorted({*known, *getattr(known, "expressions", ())})) or "none"
    return FormulaError(source, f"unknown name '{name}' (known names: {listing})")


@lru_cache(maxsize=4096)
def parse_formula(text: str) -> Formula:
    """Parse a performance model.

    Raises :class:`FormulaError` that says where the text is wrong and what was expected there.
    """
    # The parser imports this module.  Runs without formulas do without it.
    from elastisim.workload.formula.parser import compile_formula

    names, compute = compile_formula(text)
    return Formula(text, names, compute)


def to_iterations(value: float) -> int:
    """Convert the result of a formula to a count by truncation towards zero (R4.8).

    Raises :class:`ValueError` for infinite values and NaN.
    """
    if not math.isfinite(value):
        raise ValueError(f"the number of iterations or nodes is {'infinite' if value == value else 'not a number'}")
    return int(value)


def round_six_decimals(value: float) -> float:
    """Return *value* printed with six decimals and read again, as numbers in files go through text (R2.5, R3.10)."""
    return float(f"{value:f}")
