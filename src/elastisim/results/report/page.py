"""Pages: one file each, with style, scripts and data inside."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from elastisim.errors import InputError
from elastisim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from elastisim.results.report.payload import Payload

_ASSETS = files(__package__) / "assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands above a page: the title of the window, then plain texts, and small labels as HTML."""

    title: str
    heading: str
    subtitle: str
    chips: str


def write_page(path: Path, heading: Heading, *, body: str, scripts: Sequence[str], payload: Payload) -> None:
    """Write a page; raise :class:`~elastisim.errors.InputError` if the file cannot be written."""
    page = fill(
        "page",
        title=escape(heading.title),
        heading=escape(heading.heading),
        subtitle=escape(heading.subtitle),
        chips=heading.chips,
        generator=f"elastisim {__version__}",
        style=(_ASSETS / "style.css").read_text("utf-8"),
        script="\n".join((_ASSETS / f"{name}.js").read_text("utf-8") for name in scripts),
        body=body,
        data=payload.pack(),
    )
    working = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        working.write_text(page, encoding="utf-8", newline="\n")
        working.replace(path)
    except OSError as error:
        raise InputError.at(path, "", f"this page cannot be written: {error.strerror}") from None


def fill(asset: str, /, **values: str) -> str:
    """Return the HTML of an asset with its placeholders filled in; values are HTML themselves."""
    return Template((_ASSETS / f"{asset}.html").read_text("utf-8")).substitute(values)


def plain_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> str:
    """Return a table of escaped texts; the first *texts* columns are aligned to the left."""

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f"<{tag} class=text>{escape(value)}</{tag}>" if i < texts else f"<{tag}>{escape(value)}</{tag}>"
            for i, value in enumerate(values)
        )

    top = f"<thead><tr>{cells('th', head)}</tr></thead>"
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<div class=wide><table class=plain>{top}<tbody>{body}</tbody></table></div>"


def pairs_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and values, escaped."""
    body = "".join(f"<tr><td>{escape(name)}</td><td class=text>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table class='plain pairs'><tbody>{body}</tbody></table>"


def chip(name: str, value: str) -> str:
    """Return a small label with a name and a value."""
    return f"<span class=chip>{escape(name)} <b>{escape(value)}</b></span>"
