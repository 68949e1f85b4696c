"""The expression language of performance models (spec R4.7, R4.8)."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastisim.workload.formula import Formula, FormulaError, parse_formula, round_six_decimals, to_iterations
from elastisim.workload.formula.functions import FUNCTIONS

INFINITY = math.inf


def value(text: str, **scope: float) -> float:
    return parse_formula(text).evaluate(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1; 2; 3", 3.0),
        (";;1;;", 1.0),
        ("2 < 3 ? 1 : 0 + 10", 1.0),
        ("0 ? 1 : 0 ? 2 : 3", 3.0),
        ("1 ? 0 ? 5 : 6 : 7", 6.0),
        ("1 or 0 and 0", 1.0),
        ("1 xor 1 or 1", 1.0),
        ("1 nand 1 and 0", 0.0),
        ("1 == 5 > 3", 0.0),
        ("1 < 2 == 1", 1.0),
        ("1 and 2 < 1", 0.0),
        ("3 > 1 + 1", 1.0),
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("10 - 4 - 3", 3.0),
        ("64 / 4 / 2", 8.0),
        ("2 * 7 % 4", 2.0),
        ("2--3", 5.0),
        ("2 * -3", -6.0),
        ("- - 3", 3.0),
        ("+3 - +1", 2.0),
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("2^-0.5", 2.0**-0.5),
        ("2^-2^2", 0.0625),
        ("2^-1 * 8", 4.0),
        ("-2 * 3", -6.0),
        ("2(3)", 6.0),
        ("2(3)^2", 18.0),
        ("6 / 2(3)", 9.0),
        ("2^2(3)", 12.0),
        ("(2)(3)[4]{5}", 120.0),
        ("max(1, 2)(3)", 6.0),
        ("[1 + {2}] * 3", 9.0),
        ("n(2)", 8.0),
        ("n", 4.0),
    ],
)
def test_precedence(text: str, expected: float) -> None:
    assert value(text, n=4.0) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("1", 1.0), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("1E+3", 1000.0), ("25e-2", 0.25)]
)
def test_numbers(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("operator", "table"),
    [
        ("or", "0111"),
        ("|", "0111"),
        ("nor", "1000"),
        ("xor", "0110"),
        ("xnor", "1001"),
        ("and", "0001"),
        ("&", "0001"),
        ("nand", "1110"),
        ("OR", "0111"),
        ("Nand", "1110"),
    ],
)
def test_logic(operator: str, table: str) -> None:
    """Any value that is not zero is true; the table lists 00, 01, 10, 11."""
    cases = [(0.0, 0.0), (0.0, -2.5), (0.25, 0.0), (3.0, 7.0)]

    assert "".join(f"{value(f'a {operator} b', a=a, b=b):g}" for a, b in cases) == table


@pytest.mark.parametrize(
    ("operator", "less", "equal", "greater"),
    [
        ("<", 1, 0, 0),
        ("<=", 1, 1, 0),
        ("==", 0, 1, 0),
        ("=", 0, 1, 0),
        ("!=", 1, 0, 1),
        ("<>", 1, 0, 1),
        (">=", 0, 1, 1),
        (">", 0, 0, 1),
    ],
)
def test_relations(operator: str, less: int, equal: int, greater: int) -> None:
    found = [value(f"a {operator} 2", a=a) for a in (1.0, 2.0, 3.0)]

    assert found == [less, equal, greater]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if(1, 2, 3)", 2.0),
        ("if(0, 2, 3) * 2", 6.0),
        ("if (1) 2; else 3;", 2.0),
        ("if (0) 2; else 3;", 3.0),
        ("if (0) 2 else 3", 3.0),
        ("if (0) 1; else if (1) 7; else 2;", 7.0),
        ("if (0) 1; else if (0) 7; else 2;", 2.0),
        ("if (1) if (0) 1; else 2;", 2.0),
        ("IF (1) 2; ELSE 3", 2.0),
        ("(if (0) 1; else 2) + 1", 3.0),
        ("{if (0) 1; else 2;} + 1", 3.0),
        ("if (1) 2; 5", 5.0),
        ("true + True + FALSE", 2.0),
    ],
)
def test_conditionals(text: str, expected: float) -> None:
    assert value(text) == expected


def test_a_false_condition_without_else_yields_nan() -> None:
    assert math.isnan(value("if (0) 3"))


def test_comments_are_no_part_of_the_formula() -> None:
    assert value("# a\n1 // b\n + /* c\n * d */ 2 # e") == 3.0


FUNCTION_CASES = [
    ("abs(0-3.5)", 3.5),
    ("acos(1)", 0.0),
    ("acosh(1)", 0.0),
    ("asin(1)", math.pi / 2),
    ("asinh(0)", 0.0),
    ("atan(1)", math.pi / 4),
    ("atan2(1, -1)", 3 * math.pi / 4),
    ("atanh(0.5)", 0.5493061443340548),
    ("avg(1, 2, 6)", 3.0),
    ("ceil(2.2)", 3.0),
    ("ceil(-2.2)", -2.0),
    ("clamp(1, 0.5, 3)", 1.0),
    ("clamp(1, 2, 3)", 2.0),
    ("clamp(1, 9, 3)", 3.0),
    ("cos(0)", 1.0),
    ("cosh(0)", 1.0),
    ("cot(0.5)", 1.830487721712452),
    ("csc(0.5)", 2.085829642933488),
    ("deg2grad(90)", 100.0),
    ("deg2rad(180)", math.pi),
    ("equal(1, 1 + 1e-11)", 1.0),
    ("equal(1e12, 1e12 + 1)", 1.0),
    ("equal(1, 1.001)", 0.0),
    ("equal(0, 1.5e-10)", 0.0),
    ("equal(0, 5e-11)", 1.0),
    ("erf(0)", 0.0),
    ("erf(1)", 0.8427007929497149),
    ("erfc(0)", 1.0),
    ("exp(1)", math.e),
    ("expm1(1e-10)", 1.00000000005e-10),
    ("floor(2.7)", 2.0),
    ("floor(-2.2)", -3.0),
    ("frac(2.75)", 0.75),
    ("frac(-2.75)", -0.75),
    ("grad2deg(100)", 90.0),
    ("hypot(3, 4)", 5.0),
    ("iclamp(1, 0.5, 3)", 0.5),
    ("iclamp(1, 4, 3)", 4.0),
    ("iclamp(1, 1.5, 3)", 1.0),
    ("iclamp(1, 2.5, 3)", 3.0),
    ("inrange(1, 2, 3)", 1.0),
    ("inrange(1, 1, 3)", 1.0),
    ("inrange(1, 3, 3)", 1.0),
    ("inrange(1, 0, 3)", 0.0),
    ("inrange(1, 4, 3)", 0.0),
    ("log(exp(2))", 2.0),
    ("log10(1000)", 3.0),
    ("log1p(1e-10)", 9.9999999995e-11),
    ("log2(8)", 3.0),
    ("logn(9, 3)", 2.0),
    ("mand(1, 2, 3)", 1.0),
    ("mand(1, 0, 3)", 0.0),
    ("max(1, 3, 2)", 3.0),
    ("max(7)", 7.0),
    ("min(2, 3, 1)", 1.0),
    ("min(7)", 7.0),
    ("mod(-7, 4)", -3.0),
    ("mor(0, 0, 2)", 1.0),
    ("mor(0, 0)", 0.0),
    ("mul(2, 1.5, 4)", 12.0),
    ("ncdf(0)", 0.5),
    ("ncdf(1)", 0.8413447460685429),
    ("not(0)", 1.0),
    ("not(5)", 0.0),
    ("not_equal(1, 2)", 1.0),
    ("not_equal(1, 1 + 1e-11)", 0.0),
    ("pow(2, 0.5)", math.sqrt(2)),
    ("rad2deg(1)", 57.29577951308232),
    ("root(27, 3)", 3.0),
    ("round(2.5)", 3.0),
    ("round(-2.5)", -3.0),
    ("round(0.49999999999999994)", 0.0),
    ("roundn(3.14159, 2)", 3.14),
    ("sec(0)", 1.0),
    ("sgn(-0.5)", -1.0),
    ("sgn(0)", 0.0),
    ("sgn(0.5)", 1.0),
    ("shl(3, 2)", 12.0),
    ("shr(12, 2)", 3.0),
    ("sin(0.5)", math.sin(0.5)),
    ("sinc(0)", 1.0),
    ("sinc(0.5)", math.sin(0.5) / 0.5),
    ("sinh(1)", 1.1752011936438014),
    ("sqrt(2.25)", 1.5),
    ("sum(0.5, 1, 2)", 3.5),
    ("tan(0.5)", math.tan(0.5)),
    ("tanh(1)", 0.7615941559557649),
    ("trunc(3.9)", 3.0),
    ("trunc(-3.9)", -3.0),
    ("MAX (1, Min(5, 2))", 2.0),
]


@pytest.mark.parametrize(("text", "expected"), FUNCTION_CASES)
def test_functions(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-14, abs=0.0)


LANGUAGE = (
    "abs acos acosh asin asinh atan atan2 atanh avg ceil clamp cos cosh cot csc deg2grad deg2rad equal erf erfc "
    "exp expm1 floor frac grad2deg hypot iclamp inrange log log10 log1p log2 logn max min mod mul mand mor ncdf "
    "not not_equal pow rad2deg root round roundn sec sgn shl shr sin sinc sinh sqrt sum tan tanh trunc"
)


def test_every_function_of_the_language_is_there_and_tested() -> None:
    tested = {text.partition("(")[0].strip().lower() for text, _ in FUNCTION_CASES}

    assert set(FUNCTIONS) == set(LANGUAGE.split()) == tested


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 0", INFINITY),
        ("-1 / 0", -INFINITY),
        ("1 / -0", -INFINITY),
        ("0 ^ -1", INFINITY),
        ("(-0) ^ -3", -INFINITY),
        ("(-0) ^ -2", INFINITY),
        ("10 ^ 400", INFINITY),
        ("(-10) ^ 401", -INFINITY),
        ("(-10) ^ 405", -INFINITY),
        ("(-10) ^ 400", INFINITY),
        ("1e300 * 1e300", INFINITY),
        ("exp(1000)", INFINITY),
        ("expm1(1000)", INFINITY),
        ("cosh(-1000)", INFINITY),
        ("sinh(-1000)", -INFINITY),
        ("log(0)", -INFINITY),
        ("log2(0)", -INFINITY),
        ("log10(0)", -INFINITY),
        ("log1p(-1)", -INFINITY),
        ("atanh(-1)", -INFINITY),
        ("cot(0)", INFINITY),
        ("csc(0)", INFINITY),
        ("root(4, 0)", INFINITY),
        ("shl(1, 5000)", INFINITY),
        ("floor(1 / 0)", INFINITY),
        ("ceil(-1 / 0)", -INFINITY),
        ("trunc(1 / 0)", INFINITY),
        ("round(1e300)", 1e300),
        ("frac(1 / 0)", 0.0),
        ("1 / ceil(-0.5)", -INFINITY),
        ("1 / trunc(-0.5)", -INFINITY),
    ],
)
def test_what_leaves_the_range_is_infinite_as_in_c(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0 / 0",
        "(1 / 0) / (1 / 0)",
        "1 % 0",
        "(1 / 0) % 2",
        "mod(1, 0)",
        "(-8) ^ 0.5",
        "sqrt(-1)",
        "log(-1)",
        "log10(-1)",
        "log1p(-2)",
        "acos(2)",
        "asin(-2)",
        "acosh(0)",
        "atanh(2)",
        "sin(1 / 0)",
        "cos(1 / 0)",
        "tan(1 / 0)",
        "floor(0 / 0)",
        "shl(1, 0 / 0)",
        "frac(0 / 0)",
    ],
)
def test_what_has_no_value_is_nan_as_in_c(text: str) -> None:
    assert math.isnan(value(text))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the formula is empty"),
        ("  ", "the formula is empty"),
        ("# nothing", "end of the formula: expected a number"),
        ("1 +", "end of the formula: expected a number, a name, a function or an opening bracket, found nothing"),
        ("(1", "end of the formula: expected ')', found nothing"),
        ("(1]", "column 3: expected ')', found ']'"),
        ("1 2", "column 3: expected an operator, found '2'"),
        ("a b", "column 3: expected an operator, found 'b'"),
        ("a ** 2", "column 4: expected a number, a name, a function or an opening bracket, found '*'"),
        ("a && b", "column 4: expected a number"),
        ("a || b", "column 4: expected a number"),
        ("!a", "column 1: expected a number, a name, a function or an opening bracket, found '!'"),
        ("not a", "column 5: expected an operator, found 'a'"),
        ("0x10", "column 1: expected a number"),
        ("1_0", "found '1_0'"),
        ("1.2.3", "found '1.2.3'"),
        ("2num_nodes", "found '2num_nodes'"),
        ("1e", "found '1e'"),
        ("1e400", "column 1: the number 1e400 is too large"),
        ("mx(1, 2)", "column 5: expected ')', found ',' ('mx' is not a function)"),
        ("min()", "column 1: the function min takes at least one argument, not 0"),
        ("1 + sin(1, 2)", "column 5: the function sin takes one argument, not 2"),
        ("clamp(1, 2)", "column 1: the function clamp takes 3 arguments, not 2"),
        ("min(1, 2", "end of the formula: expected ')' or ',', found nothing"),
        ("1 +\n * 2", "line 2, column 2: expected a number"),
        ("__import__('os')", "column 12: expected a number, a name, a function or an opening bracket, found '''"),
        ("a.b", "column 2: expected an operator, found '.b'"),
        ("x := 1", "found ':'"),
        ("1)", "column 2: expected an operator, found ')'"),
        ("(1 2", "column 4: expected an operator or ')', found '2'"),
        ("(1; 2)", "column 3: expected ')', found ';'"),
        ("a ? b", "end of the formula: expected ':', found nothing"),
        ("max(a ? b, c)", "column 10: expected ':', found ','"),
        ("if 1", "column 4: expected '(', found '1'"),
        ("2 + if(1) 3", "column 5: the function if takes 3 arguments, not 1"),
        ("1; else 2", "column 2: expected an operator, found ';'"),
    ],
)
def test_mistakes_are_located_and_explained(text: str, complaint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)

    assert complaint in str(caught.value)
    assert text in str(caught.value)


def test_long_formulas_are_quoted_in_part() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula("1+" * 1000)

    assert len(str(caught.value)) < 250


def test_unknown_names_are_named_with_the_known_ones() -> None:
    with pytest.raises(FormulaError, match=r"unknown name 'work' \(known names: num_nodes, size\), in \"work / size\""):
        value("work / size", size=1.0, num_nodes=2.0)


def test_names_are_the_variables_mentioned() -> None:
    formula = parse_formula("max(a, if(b, Pi, a)) + true")

    assert formula.names == {"a", "b", "Pi"}


def test_names_are_case_sensitive_and_may_look_like_python() -> None:
    assert (
        value("N + n + scope + lambda + __builtins__", N=1.0, n=2.0, scope=3.0, __builtins__=4.0, **{"lambda": 5.0})
        == 15
    )


def test_functions_without_brackets_and_keywords_inside_words_are_names() -> None:
    assert value("max + order + iffy", max=1.0, order=2.0, iffy=3.0) == 6.0


@pytest.mark.parametrize(
    "text",
    ["(" * 3000 + "1" + ")" * 3000, "-" * 4000 + "1", "+".join(["1"] * 3000) + "-2999", "1^" * 3000 + "1"],
    ids=["brackets", "signs", "sum", "powers"],
)
def test_nesting_is_not_limited_by_the_stack(text: str) -> None:
    assert value(text) == 1.0


def test_deeply_nested_conditionals_are_evaluated() -> None:
    assert value("1 ? " * 2000 + "4" + " : 5" * 2000) == 4.0


def test_formulas_compare_by_text_and_survive_pickling() -> None:
    formula = parse_formula("2 * n")
    copy = pickle.loads(pickle.dumps(formula))

    assert copy == formula
    assert hash(copy) == hash(formula)
    assert copy.evaluate({"n": 2.0}) == 4.0
    assert formula != parse_formula("n * 2")
    assert formula != "2 * n"
    assert repr(formula) == "Formula('2 * n')"
    assert pickle.loads(pickle.dumps(FormulaError("x", "bad"))).reason == "bad"


@pytest.mark.parametrize(
    ("number", "expected"), [(2.9, 2), (-2.9, -2), (0.29 * 100, 28), (-0.5, 0), (1e18, 10**18), (3.0, 3)]
)
def test_counts_are_truncated_towards_zero(number: float, expected: int) -> None:
    assert to_iterations(number) == expected


@pytest.mark.parametrize(
    ("number", "word"), [(math.inf, "infinite"), (-math.inf, "infinite"), (math.nan, "not a number")]
)
def test_counts_are_finite(number: float, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        to_iterations(number)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0.8527412240709863, 0.852741),
        (1e-7, 0.0),
        (1e22, 1e22),
        (1.23456749, 1.234567),
        (1.23456789, 1.234568),
        (-1e-6, -1e-6),
    ],
)
def test_rounding_to_six_decimals_goes_through_text(number: float, expected: float) -> None:
    assert round_six_decimals(number) == expected


# Random expressions: trees, written with the brackets they need and evaluated by walking them.

LEVELS = {"?": 0, "or": 1, "xor": 1, "and": 2, "<": 3, "==": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
NAMES = {"a": 3.0, "b": -0.5, "c": 0.0}
PRIMARY = 8


def write(tree: Any, level: int = 0) -> str:
    """Return the text of an expression, bracketed if it binds less tightly than *level*."""
    kind, *parts = tree
    match kind:
        case "number":
            return repr(parts[0])
        case "name":
            return str(parts[0])
        case "min" | "max":
            return f"{kind}({', '.join(map(write, parts))})"
        case "negative":
            text, own = f"-{write(parts[0], 6)}", 6
        case "^":
            text, own = f"{write(parts[0], PRIMARY)}^{write(parts[1], 6)}", 7
        case "?":
            text, own = f"{write(parts[0], 1)} ? {write(parts[1])} : {write(parts[2])}", 0
        case _:
            own = LEVELS[kind]
            text = f"{write(parts[0], own)} {kind} {write(parts[1], own + 1)}"
    return text if own >= level else f"({text})"


def quotient(x: float, y: float) -> float:
    if y == 0.0:
        sign = math.copysign(1.0, x) * math.copysign(1.0, y)
        return math.nan if x == 0.0 or math.isnan(x) else sign * INFINITY
    return x / y


def remainder(x: float, y: float) -> float:
    return math.nan if math.isinf(x) or y == 0.0 else math.fmod(x, y)


def power(x: float, y: float) -> float:
    negative = math.copysign(1.0, x) < 0.0 and y == y and not math.isinf(y) and y % 2 == 1
    try:
        result = x**y
    except (ZeroDivisionError, OverflowError):
        return -INFINITY if negative else INFINITY
    return math.nan if isinstance(result, complex) else result


OPERATIONS: dict[str, Any] = {
    "or": lambda x, y: float(x != 0.0 or y != 0.0),
    "xor": lambda x, y: float((x != 0.0) ^ (y != 0.0)),
    "and": lambda x, y: float(x != 0.0 and y != 0.0),
    "<": lambda x, y: float(x < y),
    "==": lambda x, y: float(x == y),
    ">=": lambda x, y: float(x >= y),
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": quotient,
    "%": remainder,
    "^": power,
    "min": lambda x, y: (y, x)[not y < x],
    "max": lambda x, y: (y, x)[not x < y],
    "negative": lambda x: -x,
    "?": lambda x, y, z: y if x != 0.0 else z,
}


def walk(tree: Any) -> float:
    """Return the value of an expression."""
    kind, *parts = tree
    if kind == "number":
        return float(parts[0])
    if kind == "name":
        return NAMES[parts[0]]
    return float(OPERATIONS[kind](*map(walk, parts)))


def branches(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(st.sampled_from([*LEVELS, "^", "min", "max"][1:]), children, children),
        st.tuples(st.just("negative"), children),
        st.tuples(st.just("?"), children, children, children),
    )


leaves = st.one_of(
    st.tuples(st.just("number"), st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 7.25, 1e3, 1e200])),
    st.tuples(st.just("name"), st.sampled_from(sorted(NAMES))),
)
trees = st.recursive(leaves, branches, max_leaves=20)


@given(trees)
@settings(max_examples=400, deadline=None)
def test_random_expressions_have_the_value_of_their_tree(tree: Any) -> None:
    text = write(tree)
    found, expected = value(text, **NAMES), walk(tree)

    assert found == expected or (math.isnan(found) and math.isnan(expected)), text


tokens = st.sampled_from(
    [
        *"+-*/%^()[]{}?:;,<>=!|&.#'\\ \n",
        *"abn_1209",
        "1.5",
        "1e5",
        "and",
        "nor",
        "if",
        "else",
        "max",
        "sin",
        "true",
        "//",
    ]
)


@given(st.one_of(st.lists(tokens, max_size=25).map("".join), st.text(max_size=20)))
@settings(max_examples=400, deadline=None)
def test_no_text_causes_anything_but_a_formula_or_a_formula_error(text: str) -> None:
    try:
        formula = parse_formula(text)
    except FormulaError:
        return

    assert isinstance(formula, Formula)
    assert isinstance(formula.evaluate(dict.fromkeys(formula.names, 2.0)), float)


@given(
    st.sampled_from(sorted(FUNCTIONS)),
    st.lists(st.floats() | st.sampled_from([0.0, -0.0, 1.0, -1.0]), min_size=3, max_size=3),
)
@settings(max_examples=400, deadline=None)
def test_no_function_raises(name: str, numbers: list[float]) -> None:
    function = FUNCTIONS[name]
    arguments = ["x", "y", "z"][: function.most or 3]
    scope = dict(zip("xyz", numbers, strict=True))

    assert isinstance(parse_formula(f"{name}({', '.join(arguments)})").evaluate(scope), float)
