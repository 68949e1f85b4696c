"""Precision: what is too little to count in a fluid model (spec F1.4)."""

from __future__ import annotations

from msgspec import Struct


class Precision(Struct, frozen=True):
    """Constants of the model (F1.4); seconds for time, flops or bytes for work, bytes for the window."""

    work: float = 1e-5
    time: float = 1e-9
    tcp_gamma: float = 4194304.0

    @property
    def remaining(self) -> float:
        """Fraction of its work below which an activity counts as finished."""
        return self.work * self.time
