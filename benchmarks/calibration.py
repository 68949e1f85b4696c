"""A fixed amount of pure Python that tells how fast a machine is at the moment: ``python benchmarks/calibration.py``.

It does what a simulator does (a heap of dates, objects with attributes, dictionaries, floating-point numbers), needs
nothing but the standard library, and must never change: figures are given as multiples of its CPU seconds.
"""

from __future__ import annotations

from heapq import heappop, heappush

ROUNDS = 600_000


class Item:
    """Something with a date."""

    __slots__ = ("date", "number")

    def __init__(self, date: float, number: int) -> None:
        self.date = date
        self.number = number


def main() -> None:
    heap = [(float(number), number) for number in range(1000)]
    items = {number: Item(float(number), number) for number in range(1000)}
    total = 0.0
    for number in range(1000, ROUNDS):
        date, oldest = heappop(heap)
        total += items.pop(oldest).date * 0.5
        later = date + (number * 7919 % 1009) / 7.0
        items[number] = Item(later, number)
        heappush(heap, (later, number))
    if len(heap) != 1000 or total <= 0.0:
        raise SystemExit("the calibration went wrong")


if __name__ == "__main__":
    main()
