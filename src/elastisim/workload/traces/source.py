"""Trace files, plain or compressed with gzip: what is inside decides, not the name."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from elastisim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE_SIZE = 1 << 16
"""How many bytes of a trace are looked at to recognise its format."""


class Source:
    """A trace file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __str__(self) -> str:
        return str(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file for reading its (decompressed) bytes; whatever goes wrong is an InputError."""
        try:
            with self.path.open("rb") as raw:
                compressed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                if compressed:
                    with gzip.open(raw) as content:
                        yield cast("BinaryIO", content)
                else:
                    yield raw
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError.at(self, "", f"the gzip file is damaged or cut off ({error})") from None
        except OSError as error:
            raise InputError.at(self, "", f"cannot be read: {error.strerror or error}") from None

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the file with their ends."""
        with self.open() as stream:
            yield from stream

    def read(self) -> bytes:
        """Return the whole content."""
        with self.open() as stream:
            return stream.read()

    def sample(self) -> bytes:
        """Return the beginning of the content."""
        with self.open() as stream:
            return stream.read(SAMPLE_SIZE)

    def sha256(self) -> str:
        """Return the SHA-256 of the file as it is stored."""
        try:
            with self.path.open("rb") as raw:
                return hashlib.file_digest(raw, "sha256").hexdigest()
        except OSError as error:
            raise InputError.at(self, "", f"cannot be read: {error.strerror or error}") from None
