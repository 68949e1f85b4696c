"""Performance models: the expression language in which users write loads, iterations and requests (spec R4.7, R4.8).

A formula is parsed once and compiled to a Python function that consists of its operations; the text of the user is
never executed.  Arithmetic is that of C: no operation raises, results are infinite or NaN.
"""

from __future__ import annotations

from elastisim.workload.formula.compiled import (
    Formula,
    FormulaError,
    parse_formula,
    round_six_decimals,
    to_iterations,
)

__all__ = ["Formula", "FormulaError", "parse_formula", "round_six_decimals", "to_iterations"]
