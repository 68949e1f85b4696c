"""The functions of performance models with the semantics of C: domain errors give NaN, overflows infinity (R4.7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

INFINITY = math.inf
NAN = math.nan


def divide_by_zero(x: float, zero: float) -> float:
    """Return ``x / zero`` for a divisor that is plus or minus zero."""
    if x == 0.0 or x != x:
        return NAN
    return math.copysign(1.0, x) * math.copysign(INFINITY, zero)


def divide(x: float, y: float) -> float:
    """Return ``x / y``."""
    return x / y if y else divide_by_zero(x, y)


def power(x: float, y: float) -> float:
    """Return x raised to the power of y."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INFINITY if x < 0.0 and math.fmod(y, 2.0) else INFINITY
    except ValueError:
        if x:
            return NAN
        odd = abs(math.fmod(y, 2.0)) == 1.0
        return math.copysign(INFINITY, x) if odd else INFINITY


def modulo(x: float, y: float) -> float:
    """Return the remainder of ``x / y`` with the sign of x."""
    try:
        return math.fmod(x, y)
    except ValueError:
        return NAN


def _guarded(function: Callable[[float], float], overflow: float = INFINITY) -> Callable[[float], float]:
    def guarded(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return NAN
        except OverflowError:
            return overflow

    return guarded


def _logarithm(function: Callable[[float], float], pole: float = 0.0) -> Callable[[float], float]:
    def logarithm(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -INFINITY if x == pole else NAN

    return logarithm


_log = _logarithm(math.log)
_sine = _guarded(math.sin)
_cosine = _guarded(math.cos)
_tangent = _guarded(math.tan)


def _hyperbolic_sine(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INFINITY, x)


def _area_tangent(x: float) -> float:
    try:
        return math.atanh(x)
    except ValueError:
        return math.copysign(INFINITY, x) if abs(x) == 1.0 else NAN


def truncate(x: float) -> float:
    """Return x rounded towards zero."""
    return math.copysign(float(math.trunc(x)), x) if math.isfinite(x) else x


def _floor(x: float) -> float:
    return math.copysign(float(math.floor(x)), x) if math.isfinite(x) else x


def _ceil(x: float) -> float:
    return math.copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


def _round(x: float) -> float:
    whole = truncate(x)
    return whole + math.copysign(1.0, x) if abs(x - whole) >= 0.5 else whole


def _round_digits(x: float, digits: float) -> float:
    scale = power(10.0, truncate(digits))
    return divide(_round(x * scale), scale)


def _fraction(x: float) -> float:
    return math.copysign(x - truncate(x), x) if math.isfinite(x) else math.copysign(0.0, x) if x == x else x


def _sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0))


def _cardinal_sine(x: float) -> float:
    return divide(_sine(x), x) if x else 1.0


def _normal_distribution(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _clamp(low: float, x: float, high: float) -> float:
    return low if x < low else min(x, high)


def _inverse_clamp(low: float, x: float, high: float) -> float:
    if x <= low or x >= high:
        return x
    return low if 2.0 * x <= low + high else high


def _equal(x: float, y: float) -> float:
    return 1.0 if x == y or abs(x - y) <= 1e-10 * max(1.0, abs(x), abs(y)) else 0.0


def _shift(x: float, places: float) -> float:
    if not math.isfinite(places):
        return NAN
    try:
        return math.ldexp(x, int(places))
    except OverflowError:
        return math.copysign(INFINITY, x)


def _average(*values: float) -> float:
    return _total(*values) / len(values)


def _total(*values: float) -> float:
    # The sum of the standard library compensates rounding since Python 3.12; plain additions are wanted.
    total = values[0]
    for value in values[1:]:
        total += value
    return total


def _multiply(*values: float) -> float:
    product = values[0]
    for value in values[1:]:
        product *= value
    return product


def _minimum(*values: float) -> float:
    return min(values)


def _maximum(*values: float) -> float:
    return max(values)


class Function(NamedTuple):
    """A function of the language: how many arguments it takes (``most`` None: any number) and what computes it."""

    least: int
    most: int | None
    compute: Callable[..., float]


def _one(compute: Callable[[float], float]) -> Function:
    return Function(1, 1, compute)


def _two(compute: Callable[[float, float], float]) -> Function:
    return Function(2, 2, compute)


def _three(compute: Callable[[float, float, float], float]) -> Function:
    return Function(3, 3, compute)


def _many(compute: Callable[..., float]) -> Function:
    return Function(1, None, compute)


FUNCTIONS: dict[str, Function] = {
    "abs": _one(abs),
    "acos": _one(_guarded(math.acos)),
    "acosh": _one(_guarded(math.acosh)),
    "asin": _one(_guarded(math.asin)),
    "asinh": _one(math.asinh),
    "atan": _one(math.atan),
    "atan2": _two(math.atan2),
    "atanh": _one(_area_tangent),
    "avg": _many(_average),
    "ceil": _one(_ceil),
    "clamp": _three(_clamp),
    "cos": _one(_cosine),
    "cosh": _one(_guarded(math.cosh)),
    "cot": _one(lambda x: divide(1.0, _tangent(x))),
    "csc": _one(lambda x: divide(1.0, _sine(x))),
    "deg2grad": _one(lambda x: x * (10.0 / 9.0)),
    "deg2rad": _one(lambda x: x * (math.pi / 180.0)),
    "equal": _two(_equal),
    "erf": _one(math.erf),
    "erfc": _one(math.erfc),
    "exp": _one(_guarded(math.exp)),
    "expm1": _one(_guarded(math.expm1)),
    "floor": _one(_floor),
    "frac": _one(_fraction),
    "grad2deg": _one(lambda x: x * 0.9),
    "hypot": _two(math.hypot),
    "iclamp": _three(_inverse_clamp),
    "inrange": _three(lambda low, x, high: 1.0 if low <= x <= high else 0.0),
    "log": _one(_log),
    "log10": _one(_logarithm(math.log10)),
    "log1p": _one(_logarithm(math.log1p, pole=-1.0)),
    "log2": _one(_logarithm(math.log2)),
    "logn": _two(lambda x, base: divide(_log(x), _log(base))),
    "mand": _many(lambda *values: 1.0 if all(values) else 0.0),
    "max": _many(_maximum),
    "min": _many(_minimum),
    "mod": _two(modulo),
    "mor": _many(lambda *values: 1.0 if any(values) else 0.0),
    "mul": _many(_multiply),
    "ncdf": _one(_normal_distribution),
    "not": _one(lambda x: 0.0 if x else 1.0),
    "not_equal": _two(lambda x, y: 1.0 - _equal(x, y)),
    "pow": _two(power),
    "rad2deg": _one(lambda x: x * (180.0 / math.pi)),
    "root": _two(lambda x, n: power(x, divide(1.0, n))),
    "round": _one(_round),
    "roundn": _two(_round_digits),
    "sec": _one(lambda x: divide(1.0, _cosine(x))),
    "sgn": _one(_sign),
    "shl": _two(_shift),
    "shr": _two(lambda x, places: _shift(x, -places)),
    "sin": _one(_sine),
    "sinc": _one(_cardinal_sine),
    "sinh": _one(_hyperbolic_sine),
    "sqrt": _one(_guarded(math.sqrt)),
    "sum": _many(_total),
    "tan": _one(_tangent),
    "tanh": _one(math.tanh),
    "trunc": _one(truncate),
}
