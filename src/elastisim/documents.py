"""JSON documents: decoded into typed structures, with every problem collected and named by its JSON path.

A document that fits its types is decoded in one go by msgspec, at its speed.  Otherwise the document is taken apart:
objects field by field, arrays element by element, so that all problems are found and not just the first.  ``null``
counts as absent, as in the original.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from elastisim.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

T = TypeVar("T")

LENIENT = {"lenient": True}
"""Marks fields (``Meta(extra=LENIENT)``) whose default is taken, with a warning, when the value is of a wrong kind."""

_NOTHING: Any = object()


class Findings:
    """Problems and warnings found while reading input files."""

    __slots__ = ("problems", "warnings")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def problem(self, file: object, where: str, message: str) -> None:
        """Add something that is wrong."""
        self.problems.append(Problem(str(file), where, message))

    def warning(self, file: object, where: str, message: str) -> None:
        """Add something that is worth knowing."""
        self.warnings.append(Problem(str(file), where, message))

    def raise_problems(self) -> None:
        """Raise :class:`InputError` with all problems, if there are any."""
        if self.problems:
            raise InputError(self.problems)


def load(file: Path) -> bytes:
    """Return the content of *file*; raises :class:`InputError` if it cannot be read."""
    try:
        return file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise InputError.at(file, "", f"cannot be read: {error.strerror or error}") from None


def decode(content: bytes, type_: type[T], file: object, findings: Findings) -> T | None:
    """Return the document as an instance of *type_*; problems are added to *findings*.

    With problems the result is what could be made of the rest, for further checks: objects in arrays that are wrong are
    None, and so is the result if nothing could be made of it.
    """
    try:
        content.decode()  # msgspec does not look into what it skips
        try:
            return msgspec.json.decode(content, type=type_)
        except msgspec.ValidationError:
            value = _Reader(file, findings).read(msgspec.Raw(content), type_, "$")
            return None if value is _NOTHING else value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        findings.problem(file, *_malformed(content, error))
        return None


def warn_of_misspelled_keys(content: bytes, known: Collection[str], file: object, findings: Findings) -> None:
    """Warn of keys anywhere in a valid document that are ignored but look like one of the *known* ones."""
    pending: list[tuple[str, Any]] = [("$", msgspec.json.decode(content))]
    while pending:
        path, value = pending.pop()
        if isinstance(value, list):
            pending += [(f"{path}[{index}]", element) for index, element in enumerate(value)][::-1]
        elif isinstance(value, dict):
            pending += [(f"{path}.{key}", member) for key, member in value.items()][::-1]
            for key in value:
                if key not in known and (nearest := difflib.get_close_matches(key, known, 1, 0.8)):
                    findings.warning(file, f"{path}.{key}", f"is unknown and ignored (did you mean {nearest[0]}?)")


def _malformed(content: bytes, error: Exception) -> tuple[str, str]:
    if isinstance(error, RecursionError):
        return "", "is nested too deeply"
    reason = str(error).removeprefix("JSON is malformed: ")
    if isinstance(error, UnicodeDecodeError):
        position, reason = error.start, "the text is not UTF-8"
    elif match := re.fullmatch(r"(.*) \(byte (\d+)\)", reason):
        reason, position = match[1], int(match[2])
        position -= reason == "trailing characters"  # msgspec counts from 1 here
    else:
        position, reason = len(content), "the file ends in the middle of the document"
    line = content.count(b"\n", 0, position) + 1
    column = position - (content.rfind(b"\n", 0, position) + 1) + 1
    return f"line {line}, column {column}", f"is not valid JSON: {reason}"


class _Reader:
    """Takes apart a document that does not fit its type."""

    def __init__(self, file: object, findings: Findings) -> None:
        self._file = file
        self._findings = findings

    def read(self, raw: msgspec.Raw, type_: Any, path: str) -> Any:
        """Return the value, or _NOTHING after adding at least one problem."""
        try:
            return msgspec.json.decode(raw, type=type_)
        except msgspec.ValidationError:
            pass
        shapes = _shapes(type_)
        structs = [shape for shape in shapes if isinstance(shape, type) and issubclass(shape, msgspec.Struct)]
        kind = bytes(raw).lstrip()[:1]
        if structs and kind == b"{":
            return self._object(raw, structs, path)
        for shape in shapes:
            if get_origin(shape) in (list, tuple) and kind == b"[":
                return self._array(raw, get_args(shape)[0], path)
            if get_origin(shape) is dict and kind == b"{":
                return self._mapping(raw, get_args(shape)[1], path)
        self._findings.problem(self._file, path, f"expected {expectation(type_)}, found {_shown(raw)}")
        return _NOTHING

    def _array(self, raw: msgspec.Raw, type_: Any, path: str) -> Any:
        values = [
            self.read(element, type_, f"{path}[{index}]")
            for index, element in enumerate(msgspec.json.decode(raw, type=list[msgspec.Raw]))
        ]
        if any(isinstance(shape, type) and issubclass(shape, msgspec.Struct) for shape in _shapes(type_)):
            return [None if value is _NOTHING else value for value in values]
        return _NOTHING if _NOTHING in values else values

    def _mapping(self, raw: msgspec.Raw, type_: Any, path: str) -> Any:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        values = {key: self.read(member, type_, f"{path}.{key}") for key, member in members.items()}
        return _NOTHING if _NOTHING in values.values() else values

    def _object(self, raw: msgspec.Raw, structs: list[type[msgspec.Struct]], path: str) -> Any:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        members = {key: member for key, member in members.items() if bytes(member) != b"null"}
        struct = self._variant(members, structs, path)
        if struct is None:
            return _NOTHING
        values: dict[str, Any] = {}
        for field in _fields(struct):
            place = f"{path}.{field.encode_name}"
            if field.encode_name in members:
                if _is_lenient(field.type):
                    value = self._lenient(members[field.encode_name], field, place)
                else:
                    value = self.read(members[field.encode_name], field.type, place)
                if value is not msgspec.UNSET:
                    values[field.name] = value
            elif field.required:
                self._findings.problem(self._file, place, f"is missing (expected {expectation(field.type)})")
                values[field.name] = _NOTHING
        return _NOTHING if _NOTHING in values.values() else struct(**values)

    def _variant(
        self, members: dict[str, msgspec.Raw], structs: list[type[msgspec.Struct]], path: str
    ) -> type[msgspec.Struct] | None:
        """Return the member of a tagged union that an object belongs to; tags are accepted in any case."""
        tag_field = structs[0].__struct_config__.tag_field
        if tag_field is None:
            return structs[0]
        variants = {str(struct.__struct_config__.tag): struct for struct in structs}
        wanted = f"expected one of {', '.join(variants)}"
        if tag_field not in members:
            self._findings.problem(self._file, f"{path}.{tag_field}", f"is missing ({wanted})")
            return None
        tag = msgspec.json.decode(members[tag_field])
        if isinstance(tag, str) and tag.lower() in variants:
            return variants[tag.lower()]
        self._findings.problem(self._file, f"{path}.{tag_field}", f"{wanted}, found {_shown(members[tag_field])}")
        return None

    def _lenient(self, raw: msgspec.Raw, field: msgspec.structs.FieldInfo, path: str) -> Any:
        try:
            return msgspec.json.decode(raw, type=field.type)
        except msgspec.ValidationError:
            default = msgspec.json.encode(field.default).decode()
            message = f"expected {expectation(field.type)}, found {_shown(raw)}; counts as {default}"
            self._findings.warning(self._file, path, message)
            return msgspec.UNSET


@lru_cache(maxsize=256)
def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(struct)


def _is_lenient(type_: Any) -> bool:
    return any(isinstance(meta, msgspec.Meta) and meta.extra == LENIENT for meta in getattr(type_, "__metadata__", ()))


def _shapes(type_: Any) -> list[Any]:
    """Return the alternatives of a type, without constraints and without None."""
    if get_origin(type_) is Annotated:
        return _shapes(get_args(type_)[0])
    if get_origin(type_) in (Union, UnionType):
        return [shape for member in get_args(type_) for shape in _shapes(member)]
    return [] if type_ is type(None) else [type_]


_NAMES = {bool: "true or false", int: "an integer", float: "a number", str: "a string", type(None): "null"}


def expectation(type_: Any) -> str:
    """Describe in words what values *type_* accepts."""
    if get_origin(type_) is Annotated:
        constrained, *metas = get_args(type_)
        return expectation(constrained) + "".join(
            _constraints(meta) for meta in metas if isinstance(meta, msgspec.Meta)
        )
    if get_origin(type_) in (Union, UnionType):
        members = dict.fromkeys(expectation(member) for member in get_args(type_) if member is not type(None))
        numbers = {member for member in members if member.startswith("a number")}
        # What takes numbers takes integers.
        return " or ".join(text for text in members if text.replace("an integer", "a number") not in numbers - {text})
    if get_origin(type_) is Literal:
        return "one of " + ", ".join(msgspec.json.encode(value).decode() for value in get_args(type_))
    if get_origin(type_) in (list, tuple):
        return f"an array of {_plural(expectation(get_args(type_)[0]))}"
    return _NAMES.get(type_, "an object")


def _plural(expected: str) -> str:
    article, noun, *constraint = expected.split(" ", 2)
    is_one_noun = article in ("a", "an") and " or " not in expected
    return " ".join([f"{noun}s", *constraint]) if is_one_noun else f"elements, each {expected}"


def _constraints(meta: msgspec.Meta) -> str:
    bounds = {"≥": meta.ge, ">": meta.gt, "≤": meta.le, "<": meta.lt}
    return "".join(f" {sign} {bound}" for sign, bound in bounds.items() if bound is not None)


def _shown(raw: msgspec.Raw, longest: int = 40) -> str:
    text = bytes(raw).decode(errors="replace").strip()
    return text if len(text) <= longest else f"{text[:longest]}…"
