"""Platform files as XML: safe parsing with line numbers, known elements and attributes; nothing of their meaning.

Document types and encodings are dealt with before parsing, so that nothing is fetched and no entity is expanded.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Protocol, TypeVar
from xml.parsers import expat

from elastisim.errors import InputError, Problem
from elastisim.platform.units import SPEED, read_speeds
from elastisim.platform.vocabulary import CONTAINERS, FREE_ATTRIBUTES, FREE_TEXT, REFUSED, WORDS, accepted_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from elastisim.platform.units import Quantity

Value = TypeVar("Value")

_MISC = re.compile(r"\s+|<!--.*?-->|<\?(?!xml\s).*?\?>", re.DOTALL)
_DECLARATION = re.compile(r"<\?xml\s.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+(?P<name>[^\s\[>]+)(?P<address>[^\[>]*)(?P<end>[\[>])")
_ENCODING = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


class Source:
    """The file that elements come from, and the remarks made on it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._remarks: dict[tuple[str, str], tuple[int, int]] = {}

    def remark(self, line: int, what: str, message: str) -> None:
        """Note something accepted that may not be meant; the same remark on many lines is kept once."""
        first, times = self._remarks.get((what, message), (line, 0))
        self._remarks[what, message] = first, times + 1

    @property
    def remarks(self) -> list[Problem]:
        """The remarks, in order of the line that first gave rise to them."""
        found = []
        for (what, message), (line, times) in self._remarks.items():
            more = f" ({times} times)" if times > 1 else ""
            found.append(Problem(self.file, f"line {line}", f"{what}: {message}{more}"))
        return found


class Element:
    """An element with its line, all its attributes, and its content."""

    __slots__ = ("attributes", "children", "line", "pieces", "source", "tag")

    def __init__(self, source: Source, line: int, tag: str, attributes: dict[str, str]) -> None:
        self.source = source
        self.line = line
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.pieces: list[str] = []

    def __getitem__(self, attribute: str) -> str:
        """Return an attribute; those left out have their defaults."""
        return self.attributes[attribute]

    @property
    def text(self) -> str:
        """The text in the element."""
        return "".join(self.pieces)

    def error(self, message: str, attribute: str = "") -> InputError:
        """Return the error for something wrong with this element, or with one of its attributes."""
        what = f"<{self.tag} {attribute}>" if attribute else f"<{self.tag}>"
        return InputError.at(self.source.file, f"line {self.line}", f"{what}: {message}")

    def remark(self, message: str, attribute: str = "") -> None:
        """Note something about this element that is accepted but may not be meant."""
        self.source.remark(self.line, f"<{self.tag} {attribute}>" if attribute else f"<{self.tag}>", message)

    def read(self, attribute: str, read: Callable[[str], Value]) -> Value:
        """Return the value of an attribute as *read* understands it; its ValueError gets the place."""
        try:
            return read(self.attributes[attribute])
        except InputError as error:
            raise self.error(error.problems[0].message, attribute) from None
        except ValueError as error:
            raise self.error(str(error), attribute) from None

    def amount(self, attribute: str, quantity: Quantity, default: float | None = None) -> float:
        """Return a number with unit; *default* is for attributes that are empty."""
        if default is not None and not self.attributes[attribute]:
            return default
        value, unit = self.read(attribute, quantity.split)
        if value and not unit:
            self.remark(f"has no unit, taken as {quantity.default}", attribute)
        return self.read(attribute, quantity.read)

    def speeds(self, attribute: str) -> tuple[float, ...]:
        """Return a list of speeds, one for each pstate (flop/s)."""
        speeds = self.read(attribute, read_speeds)
        items = [SPEED.split(item.strip()) for item in self.attributes[attribute].split(",")]
        if any(number and not unit for number, unit in items):
            self.remark(f"has no unit, taken as {SPEED.default}", attribute)
        return speeds

    def choose(self, attribute: str, choices: Mapping[str, Value]) -> Value:
        """Return what an attribute with a fixed list of values stands for."""
        value = self.attributes[attribute]
        if value not in choices:
            raise self.error(f"{value!r} is not one of {', '.join(choices)}", attribute)
        return choices[value]


class Consumer(Protocol):
    """Who makes something of the elements."""

    def open(self, element: Element) -> None:
        """Begin a platform or zone; its children follow."""

    def take(self, element: Element) -> None:
        """Take a complete element that stands in a platform or zone."""

    def close(self, element: Element) -> None:
        """End a platform or zone."""


def parse(path: Path, source: Source, consumer: Consumer) -> None:
    """Read the file at *path* and hand its elements to *consumer* in order; raise InputError naming file and line.

    InputErrors of the consumer that do not name a place get that of the element.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError.at(source.file, "", f"cannot be read: {getattr(error, 'strerror', error)}") from None
    text = _prepare(_decode(data), source)
    try:
        _Reader(source, consumer).read(text)
    except expat.ExpatError as error:
        message = f"is not well-formed XML: {expat.ErrorString(error.code)}"
        raise InputError.at(source.file, f"line {error.lineno}", message) from None


def _decode(data: bytes) -> str:
    """Return the text of a file; bytes that mean nothing, common in old comments, do no harm (P1.3)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    declared = _ENCODING.match(data)
    name = declared[1].decode("ascii").lower() if declared else ""
    latin = name.startswith(("iso-8859-", "iso8859-", "windows-125", "latin"))
    try:
        return data.decode(name if latin else "utf-8-sig", "replace")
    except LookupError:
        return data.decode("utf-8-sig", "replace")


def _prepare(text: str, source: Source) -> str:
    """Blank out XML declaration and document type: white space may precede them, nothing is fetched (P1.1)."""
    start = re.compile(r"\s*").match(text)
    assert start is not None
    declaration = _DECLARATION.match(text, start.end())
    if declaration:
        text = _blank(text, declaration.start(), declaration.end())
    position = 0
    while match := _MISC.match(text, position):
        position = match.end()
    doctype = _DOCTYPE.match(text, position)
    if doctype is None:
        return text
    where = f"line {text.count(chr(10), 0, doctype.start()) + 1}"
    if doctype["name"] != "platform":
        raise InputError.at(source.file, where, f"is a document of type {doctype['name']!r}, not a platform")
    if doctype["end"] == "[":
        raise InputError.at(source.file, where, "has declarations in its DOCTYPE; entities and the like are refused")
    return _blank(text, doctype.start(), doctype.end())


def _blank(text: str, start: int, end: int) -> str:
    """Replace a part of *text* by its line ends, so that later lines keep their numbers."""
    return text[:start] + "\n" * text.count("\n", start, end) + text[end:]


class _Reader:
    """Checks elements against the vocabulary and passes them on."""

    def __init__(self, source: Source, consumer: Consumer) -> None:
        self._source = source
        self._consumer = consumer
        self._open: list[Element] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._keep

    def read(self, text: str) -> None:
        """Read all of a document."""
        self._parser.Parse(text, True)

    def _refuse(self, *_: object) -> None:
        """Refuse a document type: without it there are no entities, which could grow or fetch files."""
        raise InputError.at(self._source.file, "", "contains a document type where none may be")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(self._source, self._parser.CurrentLineNumber, name, attributes)
        parent = self._open[-1].tag if self._open else ""
        self._check(element, parent)
        self._open.append(element)
        if name in CONTAINERS:
            self._pass(self._consumer.open, element)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if name in CONTAINERS:
            self._pass(self._consumer.close, element)
        elif self._open[-1].tag in CONTAINERS:
            self._pass(self._consumer.take, element)
        else:
            self._open[-1].children.append(element)

    def _keep(self, content: str) -> None:
        """Keep text where it means something, refuse it elsewhere (P1.3)."""
        element = self._open[-1]
        if element.tag in FREE_TEXT:
            element.pieces.append(content)
        elif content.strip():
            raise element.error(f"the text {content.strip()[:40]!r} has no meaning here")

    def _check(self, element: Element, parent: str) -> None:
        tag, attributes = element.tag, element.attributes
        if tag in REFUSED:
            raise element.error(REFUSED[tag])
        word = WORDS.get(tag)
        if word is None or (parent not in word.parents if parent else tag != "platform"):
            self._misplaced(element, parent)
        assert word is not None
        for name in word.mandatory:
            if name not in attributes:
                raise element.error(f"the attribute {name} is missing")
        if tag not in FREE_ATTRIBUTES and len(attributes) > len(word.mandatory):
            for name in attributes:
                if name not in word.optional and name not in word.mandatory:
                    accepted = ", ".join((*word.mandatory, *word.optional))
                    raise element.error(f"there is no attribute {name}; accepted are {accepted}")
        element.attributes = word.optional | attributes

    def _misplaced(self, element: Element, parent: str) -> None:
        if not parent:
            raise element.error("the outermost element of a platform file is <platform>")
        what = "cannot stand" if element.tag in WORDS else "is unknown"
        accepted = ", ".join(f"<{tag}>" for tag in accepted_in(parent)) or "nothing"
        raise element.error(f"{what} in <{parent}>, which may contain {accepted}")

    def _pass(self, receive: Callable[[Element], None], element: Element) -> None:
        try:
            receive(element)
        except InputError as error:
            problem = error.problems[0]
            if problem.file:
                raise
            raise element.error(problem.message) from None
