"""Damaged platform files end in a platform or in an InputError: nothing else, and soon."""

from __future__ import annotations

import copy
import random
import re
import time
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from describing import GOLDEN

from elastisim.errors import InputError
from elastisim.platform import Machine, read_platform

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    path.parent.name: path.read_text("utf-8")
    for path in sorted((GOLDEN / "routes").glob("*/platform.xml"))
    if path.stat().st_size < 20_000
}
WORDS = re.findall(r'"[^"]*"|<[A-Za-z_/]+|/?>|[a-z_]+=', "".join(FILES.values()))
NUMBERS = ["", " ", "-1", "0", "1", "1.5", "1e999Gf", "nan", "99999999999999999999", "1Gf,2Gf", "5us", "1KBps", "1kBps"]
SHAPES = [
    "0-9999999999",
    "0-99999999",
    "3-1",
    "1000000,1000000",
    "2,2",
    "2;2,2;1,2;1,1",
    "2;9,9;9,9;9,9",
    "3,1;1,1;3,1;1",
]
CHOICES = [
    "YES",
    "NO",
    "UP",
    "SHARED",
    "FATPIPE",
    "SPLITDUPLEX",
    "TORUS",
    "FAT_TREE",
    "DRAGONFLY",
    "__loopback__",
    "SPEED",
]
VALUES = [
    *NUMBERS,
    *SHAPES,
    *CHOICES,
    "Full",
    "Floyd",
    "Dijkstra",
    "None",
    "Vivaldi",
    "Cluster",
    "1 2 3",
    "\N{SNOWMAN}",
]
NASTY = [
    *(f'"{value}"' for value in VALUES),
    *("&#0;", "&x;", "<!--", "]]>", "<![CDATA[", "<!DOCTYPE platform [", "</zone>", "'", "\0", "\N{SNOWMAN}"),
    "<zone id='deep' routing='Full'>",
]


def damage_text(text: str, source: random.Random) -> str:
    """Return *text* after one or two random edits of its characters, values or lines; seldom XML any more."""
    for _ in range(source.randint(1, 2)):
        spot = source.randrange(len(text) + 1)
        match source.randrange(5):
            case 0:
                text = text[:spot] + source.choice(NASTY) + text[spot + source.randrange(3) :]
            case 1:
                text = text[:spot] + text[spot + source.randrange(40) :]
            case 2:
                value = source.choice(list(re.finditer('"[^"]*"', text)) or [re.match("", text)])
                text = text[: value.start()] + source.choice(NASTY) + text[value.end() :]
            case 3:
                lines = text.split("\n")
                lines.insert(source.randrange(len(lines)), source.choice(lines))
                text = "\n".join(lines)
            case _:
                text = text[:spot] + source.choice(WORDS) + text[spot:]
    return text


def damage_elements(text: str, source: random.Random) -> str:
    """Return *text* after one to three random edits of its elements and attributes; always XML."""
    root = ET.fromstring(text)
    for _ in range(source.randint(1, 3)):
        elements = list(root.iter())
        parent, other = source.choice(elements), source.choice(elements)
        child = source.choice(list(parent) or [ET.Element(source.choice(elements).tag)])
        match source.randrange(7):
            case 0 if child in list(parent):
                parent.remove(child)
            case 1 if parent not in child.iter():
                parent.append(copy.deepcopy(child))
            case 2 if parent is not other and parent not in other.iter():
                parent.insert(source.randrange(len(parent) + 1), copy.deepcopy(other))
            case 3 if parent.attrib:
                parent.attrib.pop(source.choice(list(parent.attrib)))
            case 4 if other.attrib:
                parent.set(source.choice(list(other.attrib)), source.choice(list(other.attrib.values())))
            case _ if parent.attrib:
                value = source.choice([*VALUES, *other.attrib.values()])
                parent.set(source.choice(list(parent.attrib)), value)
    return ET.tostring(root, "unicode")


def outcome_of(text: str, file: Path) -> str:
    """Read a file, and ask for roles, private links and some routes."""
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = read_platform(file)
        Machine(found)
        for host in found.hosts[:4]:
            found.private_links(host)
            for other in found.hosts[-4:]:
                found.route(host, other)
    except InputError as error:
        return "refused" if str(file) in str(error) else str(error)
    return "read"


@pytest.mark.parametrize("damage", [damage_text, damage_elements])
@pytest.mark.parametrize("name", FILES)
def test_damaged_files(name, damage, tmp_path):
    source = random.Random(name)
    outcomes = Counter()
    for _ in range(60):
        began = time.process_time()
        outcomes[outcome_of(damage(FILES[name], source), tmp_path / "platform.xml")] += 1

        assert time.process_time() - began < 5
    assert outcomes.keys() <= {"read", "refused"}
    assert outcomes["refused"] > 15
