"""Distributions that users can name, such as ``log-uniform:60:86400``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elastisim.addition import added
from elastisim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from elastisim.workload.draws import Stream


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of distributions: its parameters, what they must satisfy, and how a value is drawn."""

    parameters: tuple[str, ...]
    meaning: str
    is_valid: Callable[..., bool]
    draw: Callable[..., float]


def _log_uniform(stream: Stream, low: float, high: float) -> float:
    return low * math.pow(high / low, stream.uniform())


def _log_normal(stream: Stream, median: float, sigma: float) -> float:
    return median * math.exp(sigma * stream.normal())


def _powers(stream: Stream, low: float, high: float) -> float:
    first, last = math.ceil(math.log2(low)), math.floor(math.log2(high))
    return float(2 ** (first + math.floor(stream.uniform() * (last - first + 1))))


def _is_range(low: float, high: float) -> bool:
    return 0 < low <= high


KINDS = {
    "constant": Kind(("value",), "always the same", lambda value: value > 0, lambda _, value: value),
    "uniform": Kind(
        ("low", "high"),
        "evenly between low and high",
        _is_range,
        lambda stream, low, high: low + (high - low) * stream.uniform(),
    ),
    "log-uniform": Kind(("low", "high"), "the logarithm evenly between those of low and high", _is_range, _log_uniform),
    "power-of-two": Kind(
        ("low", "high"),
        "powers of two from low to high, all equally likely",
        lambda low, high: low >= 1 and math.ceil(math.log2(low)) <= math.floor(math.log2(max(high, 1))),
        _powers,
    ),
    "exponential": Kind(("mean",), "exponential", lambda mean: mean > 0, lambda stream, mean: stream.exponential(mean)),
    "log-normal": Kind(
        ("median", "sigma"),
        "the logarithm is normal with standard deviation sigma",
        lambda median, sigma: median > 0 and sigma >= 0,
        _log_normal,
    ),
    "gamma": Kind(
        ("shape", "scale"),
        "gamma, mean shape * scale",
        lambda shape, scale: shape > 0 and scale > 0,
        lambda stream, shape, scale: stream.gamma(shape, scale),
    ),
    "weibull": Kind(
        ("scale", "shape"),
        "Weibull",
        lambda scale, shape: shape > 0 and scale > 0,
        lambda stream, scale, shape: stream.weibull(scale, shape),
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A distribution, and how often it is the one that a value is drawn from."""

    weight: float
    kind: str
    parameters: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A mixture of one or more distributions; ``text`` is how it was written."""

    text: str
    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, text: str) -> Distribution:
        """Read ``KIND:PARAMETER:…``, or a mixture ``WEIGHT*KIND:… + WEIGHT*KIND:…``; raise InputError if impossible."""
        parts = []
        for piece in text.split("+"):
            weight, star, rest = piece.strip().partition("*")
            if not star:
                weight, rest = "1", piece.strip()
            kind, *parameters = rest.strip().split(":")
            try:
                numbers = tuple(float(parameter) for parameter in parameters)
                part = Part(float(weight), kind, numbers)
            except ValueError:
                raise _error(text, f"{rest.strip()!r} has a parameter that is no number") from None
            if kind not in KINDS:
                raise _error(text, f"there is no distribution {kind!r}; known are: {', '.join(KINDS)}")
            expected = KINDS[kind].parameters
            if len(numbers) != len(expected):
                raise _error(text, f"write {kind}:{':'.join(expected)}")
            finite = all(map(math.isfinite, (part.weight, *numbers))) and part.weight > 0
            if not finite or not KINDS[kind].is_valid(*numbers):
                raise _error(text, f"the parameters of {rest.strip()!r} are out of range")
            parts.append(part)
        return cls(text, tuple(parts))

    def draw(self, stream: Stream) -> float:
        """Draw a value."""
        part = self.parts[0]
        if len(self.parts) > 1:
            mark = stream.uniform() * added(part.weight for part in self.parts)
            for part in self.parts:
                mark -= part.weight
                if mark < 0:
                    break
        return KINDS[part.kind].draw(stream, *part.parameters)


def _error(text: str, message: str) -> InputError:
    return InputError.at("", "", f"distribution {text!r}: {message}")
