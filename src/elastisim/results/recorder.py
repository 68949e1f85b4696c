"""What all recorders have in common: a recorder observes a simulation and writes one result file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from elastisim.batch.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from elastisim.results.sink import Sink

DIGITS = 15
"""Significant digits of numbers in result files (R10.1); the original prints six."""


def number_format(digits: int = DIGITS) -> Callable[[float], str]:
    """Return the function that prints a number with *digits* significant digits, like ``%g`` of C (R10.1)."""
    return f"%.{digits}g".__mod__


class Recorder(Observer):
    """Writes one result file to *sink*, row by row: memory does not grow with simulated time.

    ``header`` is the first line of the file, without its line end.
    """

    header: ClassVar[str] = ""

    def __init__(self, sink: Sink, digits: int = DIGITS) -> None:
        self._sink = sink
        self._number = number_format(digits)

    def open(self) -> None:
        """Open the file and write its header; raise :class:`~elastisim.errors.InputError` if that fails."""
        self._sink.open()
        if self.header:
            self._write(self.header + "\n")

    def complete(self) -> None:
        """Give the file its final name."""
        self._sink.complete()

    def abandon(self) -> None:
        """Leave the file marked as partial, with what was recorded so far."""
        self._sink.abandon()

    def _write(self, text: str) -> None:
        self._sink.write(text.encode())
