"""Warnings on stderr: those about input files, and those of a running simulation."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elastisim.errors import Problem

LIMIT = 10
"""Warnings of one kind that are shown, so that other kinds can be seen."""


def warn(message: str) -> None:
    """Print one warning."""
    click.echo(f"{click.style('warning:', fg='yellow')} {message}", err=True)


def warn_of_problems(problems: Sequence[Problem]) -> None:
    """Print warnings about input files."""
    for problem in problems[:LIMIT]:
        warn(str(problem))
    if len(problems) > LIMIT:
        warn(f"{len(problems) - LIMIT:,} more about the input files: elastisim validate shows all")


class _Printer(logging.Handler):
    """Prints the first warnings of each kind and counts the others; messages of one format are of one kind."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._counts: dict[str, int] = {}
        self._last: dict[str, logging.LogRecord] = {}

    def emit(self, record: logging.LogRecord) -> None:
        count = self._counts[record.msg] = self._counts.get(record.msg, 0) + 1
        self._last[record.msg] = record
        if count <= LIMIT:
            warn(record.getMessage())

    def conclude(self) -> None:
        for kind, count in self._counts.items():
            if count > LIMIT:
                warn(f"{count - LIMIT:,} more of this kind, the last one: {self._last[kind].getMessage()}")


@contextmanager
def printed_warnings() -> Iterator[None]:
    """Print what the simulation warns of within the context."""
    logger = logging.getLogger("elastisim")
    printer = _Printer()
    propagated = logger.propagate
    logger.addHandler(printer)
    logger.propagate = False  # scripts may have their own handlers for everything
    try:
        yield
    finally:
        logger.removeHandler(printer)
        logger.propagate = propagated
        printer.conclude()
