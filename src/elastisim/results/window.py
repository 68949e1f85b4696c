"""The evaluation window: which part of a run statistics are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from elastisim.errors import InputError

if TYPE_CHECKING:
    from elastisim.results.history import History, JobRecord


class Window(msgspec.Struct, frozen=True):
    """From ``start`` to ``end`` in simulated seconds, both included.

    A job belongs to the window if it was submitted in it (jobs with a negative submission time are submitted at 0),
    whenever it started or ended.  Quantities over time are averaged over the window.
    """

    start: float
    end: float

    @property
    def length(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def holds(self, job: JobRecord) -> bool:
        """Return whether *job* belongs to the window."""
        return self.start <= max(0.0, job.submit) <= self.end


def whole_run(history: History) -> Window:
    """Return the window from the first submission to the end of the last job."""
    return Window(history.first_submission, max(history.first_submission, history.last_end))


def parse_window(text: str, history: History) -> Window:
    """Return the window written as ``START:END``.

    Each side is a number of simulated seconds, a percentage of the whole run, or empty for its begin or end.  Raises
    :class:`~elastisim.errors.InputError` if it is neither, or if no time is left.
    """
    whole = whole_run(history)
    sides = text.split(":")
    try:
        if len(sides) != 2:
            raise ValueError
        start = _side(sides[0], whole, whole.start)
        end = _side(sides[1], whole, whole.end)
    except ValueError:
        raise InputError.at(
            "", "", f"the window {text!r} is not START:END, each in seconds, as a percentage (10%), or empty"
        ) from None
    if not start < end:
        raise InputError.at("", "", f"the window {text!r} is empty: it goes from {start:g} to {end:g} seconds")
    return Window(start, end)


def _side(text: str, whole: Window, default: float) -> float:
    text = text.strip()
    if not text:
        return default
    if text.endswith("%"):
        return whole.start + whole.length * float(text[:-1]) / 100.0
    return float(text)
