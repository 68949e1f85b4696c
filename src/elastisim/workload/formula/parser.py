"""The parser of formulas: text to syntax tree to Python function.

The generated function consists of one assignment for each operation.  Nothing in it nests, so neither Python's compiler
nor its stack limits how deeply brackets may nest, and nothing in it comes from the text but numbers that were
converted and names that the grammar accepted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from lark import Lark, Token, Transformer_NonRecursive
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from elastisim.workload.formula.compiled import FormulaError
from elastisim.workload.formula.functions import FUNCTIONS, NAN, divide_by_zero, modulo, power

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Compute = Callable[[Mapping[str, float]], float]

_GLOBALS: dict[str, object] = {
    "__builtins__": {},
    "nan": NAN,
    "divide_by_zero": divide_by_zero,
    "modulo": modulo,
    "power": power,
    **{f"call_{name}": function.compute for name, function in FUNCTIONS.items()},
    # With two arguments or more the functions of Python do the same, faster.
    "pick_min": min,
    "pick_max": max,
}

_LOGIC = {
    "or": "1.0 if {0} or {1} else 0.0",
    "|": "1.0 if {0} or {1} else 0.0",
    "nor": "0.0 if {0} or {1} else 1.0",
    "xor": "1.0 if ({0} != 0.0) != ({1} != 0.0) else 0.0",
    "xnor": "1.0 if ({0} != 0.0) == ({1} != 0.0) else 0.0",
    "and": "1.0 if {0} and {1} else 0.0",
    "&": "1.0 if {0} and {1} else 0.0",
    "nand": "0.0 if {0} and {1} else 1.0",
}
_RELATIONS = {"=": "==", "<>": "!="}
_CLOSING = {"RPAR", "RSQB", "RBRACE", "COMMA"}
_OPERAND = "a number, a name, a function or an opening bracket"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar.replace("%FUNCTIONS%", "|".join(FUNCTIONS)), parser="lalr", maybe_placeholders=False)


def compile_formula(text: str) -> tuple[frozenset[str], Compute]:
    """Return the names that *text* mentions and a function that computes its value from a scope.

    The function raises :class:`KeyError` for names that the scope does not know, and nothing else.
    """
    try:
        generator = _Generator(text)
        result = generator.transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise FormulaError(text, _syntax_error(text, error)) from None
    except VisitError as error:
        raise error.orig_exc from None
    lines = ["def compute(scope):", *generator.loads, *generator.steps, f" return 1.0 * {result}"]
    namespace = dict(_GLOBALS)
    exec(compile("\n".join(lines), "<performance model>", "exec"), namespace)
    return frozenset(generator.names), cast("Compute", namespace["compute"])


class _Generator(Transformer_NonRecursive[Token, str]):
    """Turns each node of the syntax tree into an assignment and stands for it by the variable assigned to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.names: dict[str, str] = {}
        self.loads: list[str] = []
        self.steps: list[str] = []

    def _step(self, expression: str) -> str:
        variable = f"t{len(self.steps)}"
        self.steps.append(f" {variable} = {expression}")
        return variable

    def start(self, children: list[Any]) -> str:
        return cast("str", [child for child in children if not isinstance(child, Token)][-1])

    def number(self, children: list[Token]) -> str:
        value = float(children[0])
        if value == float("inf"):
            raise FormulaError(self._text, f"{_place(self._text, children[0])}: the number {children[0]} is too large")
        return repr(value)

    def name(self, children: list[Token]) -> str:
        name = str(children[0])
        if name not in self.names:
            self.names[name] = f"n{len(self.names)}"
            self.loads.append(f" {self.names[name]} = scope[{name!r}]")
        return self.names[name]

    def constant(self, children: list[Token]) -> str:
        return "1.0" if children[0].lower() == "true" else "0.0"

    def call(self, children: list[Any]) -> str:
        token, arguments = children[0], children[1:]
        name = token.lower()
        least, most, _ = FUNCTIONS[name]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            wanted = "at least one argument" if most is None else "one argument" if most == 1 else f"{most} arguments"
            message = f"{_place(self._text, token)}: the function {name} takes {wanted}, not {len(arguments)}"
            raise FormulaError(self._text, message)
        if name in ("min", "max") and len(arguments) > 1:
            return self._step(f"pick_{name}({', '.join(arguments)})")
        return self._step(f"call_{name}({', '.join(arguments)})")

    def conditional(self, children: list[str]) -> str:
        condition, yes, no = children
        return self._step(f"{yes} if {condition} else {no}")

    def function_if(self, children: list[str]) -> str:
        return self.conditional(children[1:])

    def if_statement(self, children: list[str]) -> str:
        return self.conditional([*children[1:], "nan"][:3])

    def or_operation(self, children: list[str]) -> str:
        left, operator, right = children
        return self._step(_LOGIC[operator.lower()].format(left, right))

    and_operation = or_operation

    def relation(self, children: list[str]) -> str:
        left, operator, right = children
        return self._step(f"1.0 if {left} {_RELATIONS.get(operator, operator)} {right} else 0.0")

    def addition(self, children: list[str]) -> str:
        return self._step(" ".join(children))

    def product(self, children: list[str]) -> str:
        left, operator, right = children
        if operator == "%":
            return self._step(f"modulo({left}, {right})")
        if operator == "*":
            return self._step(f"{left} * {right}")
        return self._step(f"{left} / {right} if {right} else divide_by_zero({left}, {right})")

    def implicit_product(self, children: list[str]) -> str:
        return self._step(" * ".join(children))

    def sign(self, children: list[str]) -> str:
        sign, operand = children
        return self._step(f"-{operand}") if sign == "-" else operand

    def power(self, children: list[str]) -> str:
        return self._step(f"power({children[0]}, {children[1]})")

    bracketed_power = power


def _place(text: str, found: Token | UnexpectedCharacters) -> str:
    column = f"column {found.column}"
    return f"line {found.line}, {column}" if "\n" in text.strip() else column


def _syntax_error(text: str, error: UnexpectedInput) -> str:
    if not text.strip():
        return "the formula is empty"
    position = error.pos_in_stream or 0
    if isinstance(error, UnexpectedCharacters):
        place, found, expected = _place(text, error), _word(text[position:]), error.allowed or set()
        # The lexer does not know which brackets are open.
        expected = expected - _CLOSING if "SIGN" in expected else expected
    else:
        assert isinstance(error, UnexpectedToken)
        expected = error.accepts or error.expected
        if error.token.type == "$END":
            place, found, position = "end of the formula", "nothing", len(text)
        else:
            place, found = _place(text, error.token), f"'{error.token}'"
    wanted = _OPERAND if "NUMBER" in expected else _wanted_after_operand(expected)
    message = f"{place}: expected {wanted}, found {found}"
    for name in re.findall(r"([A-Za-z_]\w*)\s*\(", text[:position]):
        if name.lower() not in FUNCTIONS and name.lower() not in {"if", *_LOGIC}:
            return f"{message} ('{name}' is not a function)"
    return message


def _wanted_after_operand(expected: set[str]) -> str:
    brackets = {"RPAR": "')'", "RSQB": "']'", "RBRACE": "'}'", "COMMA": "','", "LPAR": "'('"}
    wanted = [symbol for terminal, symbol in brackets.items() if terminal in expected and terminal != "LPAR"]
    if "SIGN" in expected:
        wanted.insert(0, "an operator")
    return " or ".join(wanted) or "'('"


def _word(text: str) -> str:
    match = re.match(r"[\w.]+|.", text, re.DOTALL)
    return f"'{match[0]}'" if match else "nothing"
