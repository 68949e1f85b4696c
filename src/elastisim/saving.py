"""Figures of matplotlib as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

_UNDATED = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


def save_figure(figure: Figure, path: Path, dpi: float | str = "figure") -> None:
    """Write a figure; equal figures make equal files, without a date and without identifiers drawn at random.

    Raises ValueError for a suffix that stands for no format, OSError where the file cannot be written.
    """
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "elastisim"}):
        figure.savefig(path, metadata=_UNDATED.get(path.suffix.lower()), dpi=dpi)
