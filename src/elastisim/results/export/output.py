"""Where exports go: a file that appears only when it is complete, packed with gzip if its name says so."""

from __future__ import annotations

import gzip
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from elastisim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Open *path* for text; raise :class:`~elastisim.errors.InputError` if that is not possible."""
    working = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = working.open("wb")
    except OSError as error:
        raise InputError.at(path, "", f"this file cannot be written: {error.strerror}") from None
    try:
        with raw:
            # Without a name and a time in its header, equal exports are equal files.
            binary = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if path.suffix == ".gz" else raw
            with io.TextIOWrapper(binary, encoding="utf-8", newline="\n") as stream:
                yield stream
        working.replace(path)
    except BaseException:
        working.unlink(missing_ok=True)
        raise
