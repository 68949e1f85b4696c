"""Data inside a page: columns of numbers and a JSON document, packed into one text."""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALIGNMENT = 8


class Payload:
    """Named columns of numbers and a document of plain values.

    Packed, it is the text of a zlib stream in base 64: the length of a JSON text as eight digits, the JSON text,
    padding, and the columns as little-endian binary numbers.  Browsers inflate that natively and look at columns in
    place, so that a million numbers cost a few milliseconds.
    """

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self._columns: dict[str, tuple[str, int, int]] = {}
        self._content = bytearray()

    def add(self, name: str, kind: str, values: Iterable[float]) -> None:
        """Add a column; *kind* is a type code of :mod:`array` (``d``, ``f``, ``I``, ``H``, ``B``)."""
        column = array(kind, values)
        if sys.byteorder == "big":
            column.byteswap()
        self._content += bytes(-len(self._content) % _ALIGNMENT)
        self._columns[name] = (kind, len(self._content), len(column))
        self._content += column.tobytes()

    def pack(self) -> str:
        """Return everything as text that may stand in an HTML page."""
        header = msgspec.json.encode({"document": self.document, "columns": self._columns})
        prefix = f"{len(header):08d}".encode() + header
        packed = zlib.compress(prefix + bytes(-len(prefix) % _ALIGNMENT) + bytes(self._content))
        return base64.b64encode(packed).decode()
