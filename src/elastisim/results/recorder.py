"""What all recorders have in common: a recorder observes a simulation and writes one result file."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from elastisim.batch.observer import Observer
from elastisim.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elastisim.results.sink import Sink

DIGITS = 15
"""Significant digits of numbers in result files (R10.1); the original prints six."""

_REMEMBERED = 4096
"""Numbers whose text is remembered."""

BLOCK_SIZE = 1 << 16
"""Characters that are encoded and passed on together."""


def number_format(digits: int = DIGITS) -> Callable[[float], str]:
    """Return the function that prints a number with *digits* significant digits, like ``%g`` of C (R10.1)."""
    return f"%.{digits}g".__mod__


def row_format(columns: str, digits: int) -> str:
    """Return the format of rows, in which ``%g`` stands for numbers with *digits* significant digits."""
    return columns.replace("%g", f"%.{digits}g")


class _Printed(dict[float, str]):
    """How numbers are printed, remembered for a while: most dates are printed several times, in several files."""

    def __init__(self, digits: int) -> None:
        self._print = number_format(digits)
        self._limit = 10.0 ** min(digits, DIGITS)

    def __missing__(self, number: float) -> str:
        # Whole numbers of seconds are frequent, and quick to print.
        is_short = number % 1.0 == 0.0 and 0.0 < number < self._limit
        text = str(int(number)) if is_short else self._print(number)
        if number:  # 0.0 and -0.0 are equal, but printed differently
            if len(self) >= _REMEMBERED:
                self.clear()
            self[number] = text
        return text


@cache
def date_format(digits: int) -> Callable[[float], str]:
    """Return a function like that of :func:`number_format`, for numbers that come again."""
    return _Printed(digits).__getitem__


def repeated(head: str, names: Sequence[str], tail: str) -> str:
    """Return rows that differ in the names of nodes only: *head* comes before each of *names*, *tail* after it."""
    return f"{head}{(tail + head).join(names)}{tail}"


class Recorder(Observer):
    """Writes one result file to *sink*, row by row: memory does not grow with simulated time.

    ``header`` is the first line of the file, without its line end.
    """

    header: ClassVar[str] = ""

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        self._sink = sink
        self._number = date_format(digits)
        self._lines: list[str] = []
        self._size = 0

    def open(self) -> None:
        """Open the file and write its header; raise :class:`~elastisim.errors.InputError` if that fails."""
        self._sink.open()
        if self.header:
            self._write(self.header + "\n")

    def complete(self) -> None:
        """Give the file its final name."""
        self.flush()
        self._sink.complete()

    def abandon(self) -> None:
        """Leave the file marked as partial, with what was recorded so far."""
        with suppress(OutputError):
            self.flush()
        self._sink.abandon()

    def _write(self, text: str) -> None:
        """Write text, together with more of it."""
        self._lines.append(text)
        self._size += len(text)
        if self._size > BLOCK_SIZE:
            self.flush()

    def flush(self) -> None:
        """Pass on to the sink what has been written."""
        if self._lines:
            block = "".join(self._lines)
            self._lines.clear()
            self._size = 0
            self._sink.write(block.encode())
