"""Randomness that is the same with every Python version, on every machine, and for every subset of the jobs.

Two kinds of draws, both from one seed:

* :func:`uniform` belongs to a job: seed, purpose and the job's identifier decide, nothing else.  A job keeps its draw
  when other jobs come or go, and when shares change.
* :class:`Stream` is a sequence of draws for generators.  Only ``random.Random.random`` is used of the standard library,
  whose sequence is guaranteed to stay; all distributions are derived here.
"""

from __future__ import annotations

import math
import random
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elastisim.workload.records import Label


def uniform(seed: int, purpose: str, identifier: Label) -> float:
    """Return the draw from [0, 1) that belongs to a job."""
    digest = blake2b(f"{seed}\0{purpose}\0{identifier}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53


class Stream:
    """A reproducible sequence of draws; streams of one seed with different purposes are independent."""

    __slots__ = ("uniform",)

    def __init__(self, seed: int, purpose: str) -> None:
        self.uniform = random.Random(f"{seed}\0{purpose}").random

    def exponential(self, mean: float) -> float:
        """Draw from the exponential distribution."""
        return -mean * math.log(1.0 - self.uniform())

    def normal(self) -> float:
        """Draw from the standard normal distribution (Box and Muller 1958, cosine branch)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(2.0 * math.pi * self.uniform())

    def gamma(self, shape: float, scale: float) -> float:
        """Draw from the gamma distribution (Marsaglia and Tsang 2000)."""
        if shape < 1.0:
            return math.pow(1.0 - self.uniform(), 1.0 / shape) * self.gamma(shape + 1.0, scale)
        d = shape - 1.0 / 3.0
        c = 1.0 / math.sqrt(9.0 * d)
        while True:
            x = self.normal()
            v = (1.0 + c * x) ** 3
            if v > 0.0 and math.log(1.0 - self.uniform()) < 0.5 * x * x + d - d * v + d * math.log(v):
                return d * v * scale

    def weibull(self, scale: float, shape: float) -> float:
        """Draw from the Weibull distribution by inversion."""
        return scale * math.pow(-math.log(1.0 - self.uniform()), 1.0 / shape)
