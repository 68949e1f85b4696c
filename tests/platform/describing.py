"""Small platforms for the tests of this room, described in few words."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from elastisim.platform import read_platform
from elastisim.platform.cluster import Nodes

if TYPE_CHECKING:
    from elastisim.platform import Platform

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SHARED = ROOT.parent / "shared"

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n<platform version="4.1">\n'
"""Three lines, so that bodies start in line 4."""


def document(body: str) -> str:
    return f"{HEAD}{body}\n</platform>\n"


def platform(body: str) -> Platform:
    """Read a platform file with this body."""
    return read_text(document(body))


def read_text(text: str) -> Platform:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "platform.xml"
        file.write_bytes(text.encode("utf-8"))
        return read_platform(file)


def cluster(attributes: str = "", radical: str = "0-3", children: str = "") -> Platform:
    """Read a platform of one cluster ``c`` with the hosts ``n0``, ``n1``, ..."""
    start = f'<cluster id="c" prefix="n" suffix="" radical="{radical}" speed="1Gf" bw="1MBps" lat="1ms" {attributes}'
    return platform(f"{start}>{children}</cluster>")


def route(found: Platform, source: str, destination: str) -> list[str]:
    """Return the names of the links between two hosts."""
    return [link.name for link in found.route(found.host(source), found.host(destination)).links]


def nodes(count: int, **changes: object) -> Nodes:
    """Describe hosts ``n0``, ``n1``, ... of a cluster that is put together in Python."""
    values = {"prefix": "n", "radical": range(count), "speeds": (1e9,), "bandwidth": 1e8, "latency": 1e-6}
    return Nodes(**(values | changes))  # type: ignore[arg-type]
