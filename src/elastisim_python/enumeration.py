"""Enumerations whose members cost no more to mention than other attributes of classes."""

from __future__ import annotations

from enum import Enum, EnumMeta
from typing import TypeVar

_Class = TypeVar("_Class", bound=type[Enum])

_NEEDED = ("__bool__", "__call__", "__contains__", "__dir__", "__getitem__", "__iter__", "__len__", "__members__")
_PlainMeta = type("EnumMeta", (type,), {name: vars(EnumMeta)[name] for name in (*_NEEDED, "__repr__", "__reversed__")})


def plain(enumeration: _Class) -> _Class:
    """Return an enumeration, as a decorator, after having made its members plain attributes.

    Up to Python 3.11, the metaclass of enumerations has a ``__getattr__``, and each mention of a member costs four
    times as much.  Algorithms mention the state that they look for at each node and job, in each call.
    """
    if "__getattr__" in vars(EnumMeta):
        enumeration.__class__ = _PlainMeta  # type: ignore[method-assign]
    return enumeration
