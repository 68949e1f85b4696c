"""Quantities as text, the way platform files write them."""

from __future__ import annotations

from elastisim.platform.units import BANDWIDTH, SPEED, TIME, Quantity

_COMMON = {
    SPEED: ("f", "kf", "Mf", "Gf", "Tf", "Pf", "Ef"),
    BANDWIDTH: ("Bps", "kBps", "MBps", "GBps", "TBps", "PBps"),
    TIME: ("s", "ms", "us", "ns"),
}


def exact(quantity: Quantity, value: float) -> str:
    """Return the shortest text, with one of the common units, that is read as this very value."""
    texts = [f"{value!r}{quantity.default}"]
    for unit in _COMMON[quantity]:
        factor = quantity.factors[unit]
        numbers = (f"{value / factor:.{digits}g}" for digits in (6, 15, 17))
        texts += [number + unit for number in numbers if float(number) * factor == value]
    return min(texts, key=lambda text: ("e" in text, len(text)))


def rounded(quantity: Quantity, value: float) -> str:
    """Return the value with four digits, in the unit that leaves it as small as possible but not below one."""
    units = sorted(_COMMON[quantity], key=lambda unit: quantity.factors[unit])
    if value == 0:
        return f"0{quantity.default}"
    fitting = [unit for unit in units if abs(value) >= quantity.factors[unit] * 0.99995]
    unit = fitting[-1] if fitting else units[0]
    return f"{value / quantity.factors[unit]:.4g}{unit}"
