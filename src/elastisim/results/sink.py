"""Where result files go: under their final name only when they are complete."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from elastisim.errors import InputError, OutputError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

PARTIAL_SUFFIX = ".partial"
"""What is appended to the name of a result file while it is incomplete, also after an interruption."""

_BLOCK_BYTES = 1 << 20


def is_special(path: Path) -> bool:
    """Return whether *path* exists and is neither a regular file nor a directory, such as ``/dev/null``."""
    return path.exists() and not path.is_file() and not path.is_dir()


class Sink(Protocol):
    """Receives the bytes of one result file."""

    def open(self) -> None:
        """Prepare for writing; raise :class:`~elastisim.errors.InputError` where that is not possible."""
        ...

    def write(self, data: bytes | bytearray, /) -> None:
        """Append *data*."""
        ...

    def reclaim(self) -> bytes | None:
        """Take back what was written so far and return it; None where that is no longer possible."""
        ...

    def complete(self) -> None:
        """Declare the content complete; nothing is written afterwards."""
        ...

    def abandon(self) -> None:
        """Keep what was written so far, marked as incomplete; without effect once complete."""
        ...


class FileSink:
    """A result file on disk, ``<name>.partial`` until it is complete.

    Missing parent directories are created.  A target that exists and is no regular
    file (``/dev/null``, a named pipe) is written to directly: there is nothing to rename.
    """

    __slots__ = ("_direct", "_stream", "path", "working_path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.working_path = path
        self._direct = False
        self._stream: BinaryIO | None = None

    def open(self) -> None:
        """Create the file; raise :class:`~elastisim.errors.InputError` if that fails (R1.7)."""
        try:
            self._direct = is_special(self.path)
            if not self._direct:
                if self.path.is_dir():
                    raise IsADirectoryError(None, "Is a directory")
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.working_path = self.path.with_name(self.path.name + PARTIAL_SUFFIX)
            self._stream = self.working_path.open("wb" if self._direct else "w+b", buffering=_BLOCK_BYTES)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError.at(self.path, "", f"this result file cannot be written: {reason}") from None

    def write(self, data: bytes | bytearray, /) -> None:
        """Append *data*; raise :class:`~elastisim.errors.OutputError` if that fails, as on a full disk."""
        assert self._stream is not None, "written to before open() or after the end"
        try:
            self._stream.write(data)
        except OSError as error:
            raise OutputError.at(self.working_path, error) from None

    def remove_older(self) -> None:
        """Remove an older file with the final name: results of different runs are not to lie side by side."""
        if not self._direct:
            self.path.unlink(missing_ok=True)

    def reclaim(self) -> bytes | None:
        """Read and truncate the file; not possible where somebody else may have read it already."""
        if self._direct or self._stream is None:
            return None
        try:
            self._stream.seek(0)
            content = self._stream.read()
            self._stream.seek(0)
            self._stream.truncate()
        except OSError as error:
            raise OutputError.at(self.working_path, error) from None
        return content

    def complete(self) -> None:
        """Close the file and give it its final name; raise :class:`~elastisim.errors.OutputError` if that fails."""
        if self._stream is None:
            return
        try:
            self._stream.close()
            if not self._direct:
                self.working_path.replace(self.path)
        except OSError as error:
            raise OutputError.at(self.working_path, error) from None
        self._stream = None
        if not self._direct:
            self.working_path = self.path

    def abandon(self) -> None:
        """Close the file and leave it under its partial name, without the last rows if the disk is full."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
            self._stream = None

    def discard(self) -> None:
        """Close the file and remove it."""
        if self._stream is not None:
            self.abandon()
            if not self._direct:
                self.working_path.unlink()


class MemorySink:
    """A result kept in memory, for runs from Python that want no files."""

    __slots__ = ("_stream", "is_complete")

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        self.is_complete = False

    def open(self) -> None:
        """Start with nothing."""
        self.reclaim()

    def write(self, data: bytes | bytearray, /) -> None:
        """Append *data*."""
        self._stream.write(data)

    def reclaim(self) -> bytes:
        """Discard the content and return it."""
        content = self._stream.getvalue()
        self._stream.seek(0)
        self._stream.truncate()
        return content

    def complete(self) -> None:
        """Mark the content as complete."""
        self.is_complete = True

    def abandon(self) -> None:
        """Keep the content; it stays marked as incomplete."""

    def content(self) -> bytes:
        """Return what was written."""
        return self._stream.getvalue()
