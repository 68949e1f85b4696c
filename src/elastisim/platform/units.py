"""Numbers with units as platform files write them (spec P2.1 to P2.7, R12.8).

Every function raises ValueError with a message that says what would have been accepted; the caller adds the place.
"""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(
    r"[ \t\n\v\f\r]*(?P<value>[+-]?"
    r"(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?"
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]))"
)
_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
LARGEST_INTEGER = 2**31 - 1


class Quantity:
    """A kind of number with its units: how it is called, its default unit and the factor of each unit."""

    __slots__ = ("default", "expected", "factors", "name")

    def __init__(self, name: str, default: str, factors: dict[str, float], expected: str) -> None:
        self.name = name
        self.default = default
        self.factors = factors
        self.expected = expected

    def split(self, text: str) -> tuple[float, str]:
        """Return number and unit of *text*; the unit is empty when none is written."""
        match = _NUMBER.match(text)
        if match is None:
            raise ValueError(f"{text!r} is not a {self.name}: expected {self.expected}")
        unit = text[match.end() :]
        if unit and unit not in self.factors:
            raise ValueError(f"{text!r} has the unknown unit {unit!r}: expected {self.expected}")
        return _to_float(match["value"], text), unit

    def read(self, text: str) -> float:
        """Return the value of *text* in the base unit, one multiplication as in P2.3."""
        number, unit = self.split(text)
        value = number * self.factors[unit or self.default]
        if value < 0 or math.isinf(value):
            raise ValueError(f"{text!r} is out of range: a {self.name} is finite and not negative")
        return value


def _to_float(digits: str, text: str) -> float:
    value = float.fromhex(digits) if "x" in digits or "X" in digits else float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite number")
    if value == 0 and re.search("[1-9]", re.split("[eEpP]", digits)[0]):
        raise ValueError(f"{text!r} is too small to be told from zero")
    return value


def _scaled(units: dict[str, float], prefixes: str, step: float, infix: str = "") -> dict[str, float]:
    """Return *units* under each of *prefixes*, every one *step* times the one before (P2.3)."""
    scaled = {}
    for unit, factor in units.items():
        value = factor
        for prefix in prefixes.split():
            value *= step
            scaled[prefix + infix + unit] = value
    return scaled


_DECIMAL = "k M G T P E Z Y"

SPEED = Quantity(
    "speed",
    "f",
    {
        "f": 1.0,
        "flops": 1.0,
        **_scaled({"f": 1.0}, _DECIMAL, 1000.0),
        **_scaled({"flops": 1.0}, "kilo mega giga tera peta exa zeta yotta", 1000.0),
        "zettaflops": _scaled({"f": 1.0}, _DECIMAL, 1000.0)["Zf"],
    },
    "a number directly followed by f, by a prefix of k M G T P E Z Y and f, or by flops, kiloflops, ..., yottaflops",
)
BANDWIDTH = Quantity(
    "bandwidth",
    "Bps",
    {
        "Bps": 1.0,
        "bps": 0.125,
        **_scaled({"Bps": 1.0, "bps": 0.125}, _DECIMAL, 1000.0),
        **_scaled({"Bps": 1.0, "bps": 0.125}, "K M G T P E Z Y", 1024.0, "i"),
    },
    "a number directly followed by Bps (bytes) or bps (bits), with a prefix of k M G T P E Z Y or Ki Mi Gi Ti Pi Ei Zi "
    "Yi if wanted",
)
TIME = Quantity(
    "time",
    "s",
    {
        "w": 604800.0,
        "d": 86400.0,
        "h": 3600.0,
        "m": 60.0,
        "s": 1.0,
        "ms": 1e-3,
        "us": 1e-6,
        "ns": 1e-9,
        "ps": 1e-12,
    },
    "a number directly followed by w, d, h, m, s, ms, us, ns or ps",
)


def read_number(text: str) -> float:
    """Return a plain finite number without unit."""
    match = _NUMBER.match(text)
    if match is None or text[match.end() :].strip():
        raise ValueError(f"{text!r} is not a number")
    return _to_float(match["value"], text)


def read_speeds(text: str) -> tuple[float, ...]:
    """Return the comma-separated list of speeds, one for each pstate (P2.5)."""
    return tuple(SPEED.read(item.strip()) for item in text.split(","))


def read_integer(text: str) -> int:
    """Return the leading decimal digits of *text* with their sign; the rest is ignored (P2.6)."""
    match = _INTEGER.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not an integer")
    if len(match[1]) > 11 or abs(int(match[1])) > LARGEST_INTEGER:
        raise ValueError(f"{text!r} is out of range: integers go up to {LARGEST_INTEGER}")
    return int(match[1])


def read_radical(text: str) -> list[range]:
    """Return the groups ``N`` or ``A-B`` of a radical in their order (P2.7)."""
    groups = []
    for group in text.split(","):
        ends = group.split("-")
        if len(ends) > 2:
            raise ValueError(f"{group!r} is not a group of a radical: expected N or A-B with non-negative integers")
        first, last = read_integer(ends[0]), read_integer(ends[-1])
        groups.append(range(first, last + 1))
    return groups
