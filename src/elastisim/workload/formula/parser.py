"""The parser of formulas: text to Python function, in one pass by precedence of operators.

The generated function consists of one assignment for each operation.  Nothing in it nests, and what has begun in the
text waits on a list, so neither Python's compiler nor its stack limits how deeply brackets may nest.  Nothing in the
function comes from the text but numbers that were converted and names that consist of letters, digits and underscores.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast

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

# What can wait for a value, by how tightly it binds: "a ? ", "max(", "(", "if (a) ", "if (a) b else ", "a ? b : ", ...
_QUESTION, _CALL, _BRACKET, _THEN, _ELSE, _CHOICE, _OR, _AND, _RELATION, _SUM, _PRODUCT, _SIGN, _POWER = range(13)

_OPERATORS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("or", "|"), (_OR, "1.0 if {} or {} else 0.0")),
    "nor": (_OR, "0.0 if {} or {} else 1.0"),
    "xor": (_OR, "1.0 if ({} != 0.0) != ({} != 0.0) else 0.0"),
    "xnor": (_OR, "1.0 if ({} != 0.0) == ({} != 0.0) else 0.0"),
    **dict.fromkeys(("and", "&"), (_AND, "1.0 if {} and {} else 0.0")),
    "nand": (_AND, "0.0 if {} and {} else 1.0"),
    **{sign: (_RELATION, f"1.0 if {{}} {sign} {{}} else 0.0") for sign in ("<", "<=", "==", "!=", ">=", ">")},
    "=": (_RELATION, "1.0 if {} == {} else 0.0"),
    "<>": (_RELATION, "1.0 if {} != {} else 0.0"),
    "+": (_SUM, "{} + {}"),
    "-": (_SUM, "{} - {}"),
    "*": (_PRODUCT, "{} * {}"),
    "/": (_PRODUCT, "{0} / {1} if {1} else divide_by_zero({0}, {1})"),
    "%": (_PRODUCT, "modulo({}, {})"),
    "^": (_POWER, "power({}, {})"),
}
"""Operators between two operands: how tightly they bind, and the expression of Python that computes them."""

_SELECT = "{1} if {0} else {2}"
_CONSTANTS = {"true": "1.0", "false": "0.0"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}

_PARTS = {",": (_CHOICE, _CALL), ":": (_CHOICE, _QUESTION), "else": (_ELSE, _THEN)}
"""What ends one part of something and begins the next: what it completes, and what it belongs to."""

_IGNORED = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*(?s:.*?)\*/)*")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SYMBOL = re.compile(
    r"(?i:(?:;[;\s]*)?else\b|(?:or|nor|xor|xnor|and|nand)\b)|<=|<>|>=|==|!=|;[;\s]*|[-+*/%^<>=|&?:,()\[\]{}]"
)
"""What may follow an operand."""
_WORD = re.compile(r"[\w.]+|[<>=!]=|<>|.", re.DOTALL)


class _Begun(NamedTuple):
    """A part of the formula that has begun and waits for a value."""

    level: int
    code: str
    """The expression of Python that computes the part; for a bracket its symbol, for a call the name."""
    values: tuple[str, ...] = ()
    """What it has already, such as the left side of an operator."""
    start: int = 0
    """Where a call begins in the text."""


def compile_formula(text: str) -> tuple[frozenset[str], Compute]:
    """Return the names that *text* mentions and a function that computes its value from a scope.

    The function raises :class:`KeyError` for names that the scope does not know, and nothing else.
    """
    parser = _Parser(text)
    result = parser.parse()
    lines = ["def compute(scope):", *parser.loads, *parser.steps, f" return 1.0 * {result}"]
    namespace = dict(_GLOBALS)
    exec(compile("\n".join(lines), "<performance model>", "exec"), namespace)
    return frozenset(parser.names), cast("Compute", namespace["compute"])


class _Parser:
    """Reads a formula from left to right; each operation becomes a step, and its variable stands for the value."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = len(text) - len(text.lstrip("; \t\r\n"))
        self._begun = [_Begun(_BRACKET, "")]
        """What waits for a value, the innermost last; the first one is the formula itself."""
        self.names: dict[str, str] = {}
        self.loads: list[str] = []
        self.steps: list[str] = []

    def parse(self) -> str:
        """Read the formula; return what stands for its value."""
        if not self._text.strip():
            raise FormulaError(self._text, "the formula is empty")
        value = None
        while self._begun:
            value = self._operand() if value is None else self._after_operand(value)
        assert value is not None
        return value

    def _skip(self) -> int:
        """Pass over blanks and comments; return the position."""
        self._take(_IGNORED)
        return self._position

    def _take(self, pattern: re.Pattern[str]) -> str:
        """Pass over what matches at the position and return it; return nothing if nothing does."""
        match = pattern.match(self._text, self._position)
        if match is None:
            return ""
        self._position = match.end()
        return match[0]

    def _operand(self) -> str | None:
        """Read an operand; return its value, or None after something that another operand has to follow."""
        start = self._skip()
        if number := self._take(_NUMBER):
            if float(number) == float("inf"):
                raise FormulaError(self._text, f"{self._place(start)}: the number {number} is too large")
            return repr(float(number))
        if word := self._take(_NAME):
            return self._word(word, start)
        symbol = self._take(_WORD)
        if symbol == "-":
            self._begun.append(_Begun(_SIGN, "-{}"))
        elif symbol in _CLOSING:
            self._begun.append(_Begun(_BRACKET, symbol))
        elif symbol == ")" and self._begun[-1].level == _CALL and not self._begun[-1].values:
            return self._call()
        elif symbol != "+":
            raise self._failure(start, "a number, a name, a function or an opening bracket")
        return None

    def _word(self, word: str, start: int) -> str | None:
        """Continue with the *word* at *start*, in the same way."""
        lower = word.lower()
        if lower in _CONSTANTS:
            return _CONSTANTS[lower]
        if lower == "if" or lower in FUNCTIONS:
            if self._text.startswith("(", self._skip()):
                self._position += 1
                self._begun.append(_Begun(_CALL, lower, start=start))
                return None
            if lower == "if":
                raise self._failure(self._position, "'('")
        if word not in self.names:
            self.names[word] = f"n{len(self.names)}"
            self.loads.append(f" {self.names[word]} = scope[{word!r}]")
        return self.names[word]

    def _after_operand(self, value: str) -> str | None:
        """Read what follows an operand of *value*; return the value up to there, or None in the same way."""
        start = self._skip()
        symbol = self._take(_SYMBOL).lower()
        symbol = symbol.lstrip("; \t\r\n") or symbol[:1]
        if symbol in _OPERATORS:
            level, code = _OPERATORS[symbol]
            left = self._complete(value, level + (symbol == "^"))  # The last one of several powers comes first.
            self._begun.append(_Begun(level, code, (left,)))
        elif symbol in _CLOSING:
            left = self._complete(value, _PRODUCT)
            self._begun += (_Begun(_PRODUCT, "{} * {}", (left,)), _Begun(_BRACKET, symbol))
        elif symbol == "?":
            self._begun.append(_Begun(_QUESTION, symbol, (self._complete(value, _OR),)))
        elif symbol in _PARTS:
            least, owner = _PARTS[symbol]
            value = self._complete(value, least)
            begun = self._begun[-1]
            if begun.level != owner:
                raise self._failure(start, self._closing() or "an operator")
            level, code = (_CALL, begun.code) if owner == _CALL else (least, _SELECT)
            self._begun[-1] = _Begun(level, code, (*begun.values, value), begun.start)
        elif not symbol and start < len(self._text):
            raise self._failure(start, " or ".join(filter(None, ("an operator", self._closing()))))
        else:
            return self._after_statement(self._complete(value, _THEN), symbol, start)
        return None

    def _after_statement(self, value: str, symbol: str, start: int) -> str | None:
        """Continue with the *symbol* at *start*, which ends a statement or call, in the same way."""
        begun = self._begun[-1]
        if symbol == ")" and begun.level == _CALL:
            is_statement = begun.code == "if" and not begun.values and _BRACKET <= self._begun[-2].level <= _ELSE
            if not is_statement:
                return self._call(value)
            self._begun[-1] = _Begun(_THEN, "{1} if {0} else nan", (value,))
            return None
        if begun.level == _BRACKET:
            # The formula as a whole ends where the text does.
            end = _CLOSING.get(begun.code, "")
            if symbol == end:
                self._begun.pop()
                return value
            if symbol == ";":
                following = self._skip()
                if self._text[following : following + 1] == end:
                    return value
                if not begun.code:
                    return None
        raise self._failure(start, self._closing() or "an operator")

    def _complete(self, value: str, level: int) -> str:
        """Give *value* to what waits for it and binds as tightly as *level* or tighter; return the result."""
        while self._begun[-1].level >= level:
            begun = self._begun.pop()
            value = self._step(begun.code.format(*begun.values, value))
        return value

    def _call(self, *last: str) -> str:
        """Complete a call with its *last* argument, if it has any."""
        _, name, values, start = self._begun.pop()
        arguments = values + last
        least, most = (3, 3) if name == "if" else FUNCTIONS[name][:2]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            wanted = "at least one argument" if most is None else "one argument" if most == 1 else f"{most} arguments"
            message = f"{self._place(start)}: the function {name} takes {wanted}, not {len(arguments)}"
            raise FormulaError(self._text, message)
        if name == "if":
            return self._step(_SELECT.format(*arguments))
        function = f"pick_{name}" if name in ("min", "max") and len(arguments) > 1 else f"call_{name}"
        return self._step(f"{function}({', '.join(arguments)})")

    def _step(self, expression: str) -> str:
        variable = f"t{len(self.steps)}"
        self.steps.append(f" {variable} = {expression}")
        return variable

    def _place(self, start: int) -> str:
        line_start = self._text.rfind("\n", 0, start) + 1
        column = f"column {start - line_start + 1}"
        return f"line {self._text.count(chr(10), 0, start) + 1}, {column}" if "\n" in self._text.strip() else column

    def _closing(self) -> str:
        """Return in words what would end the innermost bracket, or what takes its place; nothing outside of them."""
        level, code, *_ = next(begun for begun in reversed(self._begun) if begun.level <= _BRACKET)
        symbols = ":" if level == _QUESTION else ")," if level == _CALL else _CLOSING.get(code, "")
        return " or ".join(f"'{symbol}'" for symbol in symbols)

    def _failure(self, start: int, wanted: str) -> FormulaError:
        if start == len(self._text):
            place, found = "end of the formula", "nothing"
        else:
            self._position = start
            place, found = self._place(start), f"'{self._take(_WORD)}'"
        message = f"{place}: expected {wanted}, found {found}"
        for name in re.findall(r"([A-Za-z_]\w*)\s*\(", self._text[:start]):
            if name.lower() not in FUNCTIONS and name.lower() not in {"if", *_OPERATORS}:
                message += f" ('{name}' is not a function)"
                break
        return FormulaError(self._text, message)
