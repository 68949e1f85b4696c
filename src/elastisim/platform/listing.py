"""A platform in full as JSON: zones, hosts, routers, links, and the routes of some pairs of hosts.

The document has the form in which platforms have been recorded for comparison (spec of the platform rules, section 13).
"""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING

import msgspec

from elastisim.documents import load
from elastisim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from elastisim.platform.host import Host
    from elastisim.platform.link import Link
    from elastisim.platform.platform import Platform

Pair = tuple["Host", "Host"]

ALL_PAIRS = 40
"""Number of hosts up to which the routes of all pairs are listed if no pairs are given."""

SAMPLE = 600
"""Number of pairs of larger platforms whose routes are listed if no pairs are given."""


def listing(platform: Platform, pairs: Iterable[Pair] | None = None) -> Iterator[str]:
    """Yield the document piece by piece, one entry to a line.

    Without *pairs* the routes are those of all ordered pairs, or of a sample that is always the same.
    """
    yield "{\n"
    for key, entries in (
        ("zones", ({"name": zone.name, "parent": zone.parent and zone.parent.name} for zone in platform.zones)),
        ("hosts", map(_host, platform.hosts)),
        ("routers", (router.name for router in platform.routers)),
        ("links", map(_link, platform.links)),
        ("routes", (_route(platform, pair) for pair in (_some_pairs(platform) if pairs is None else pairs))),
    ):
        yield f'"{key}":['
        for number, entry in enumerate(entries):
            yield (",\n  " if number else "\n  ") + msgspec.json.encode(entry).decode()
        yield "\n]\n}\n" if key == "routes" else "\n],\n"


def read_pairs(platform: Platform, file: Path) -> list[Pair]:
    """Return the pairs of hosts that a file lists.

    It holds JSON, an array of pairs ``["a", "b"]`` or of objects with ``src`` and ``dst``, or a listing whose routes
    count; or text, two names to a line, separated by blanks or a comma.  Raise InputError naming the entry that is
    wrong.
    """
    content = load(file)
    if content.lstrip()[:1] in (b"[", b"{"):
        return [_pair(platform, file, *entry) for entry in _json_pairs(file, content)]
    pairs = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        names = [name.strip() for name in line.split(",")] if "," in line else line.split()
        if names and not names[0].startswith("#"):
            pairs.append(_pair(platform, file, f"line {number}", names))
    return pairs


class _Ends(msgspec.Struct):
    src: str
    dst: str


class _Listing(msgspec.Struct):
    routes: list[_Ends]


def _json_pairs(file: Path, content: bytes) -> Iterator[tuple[str, list[str]]]:
    try:
        document = msgspec.json.decode(content, type=_Listing | list[list[str] | _Ends])
    except msgspec.DecodeError as error:
        expected = 'expected an array of pairs ["a", "b"], or of objects with src and dst'
        raise InputError.at(file, "", f"{error}; {expected}") from None
    entries = document.routes if isinstance(document, _Listing) else document
    place = "$.routes" if isinstance(document, _Listing) else "$"
    for number, entry in enumerate(entries):
        yield f"{place}[{number}]", [entry.src, entry.dst] if isinstance(entry, _Ends) else entry


def _pair(platform: Platform, file: Path, where: str, names: list[str]) -> Pair:
    if len(names) != 2:
        raise InputError.at(file, where, f"expected two names of hosts, found {len(names)}")
    try:
        source, destination = map(platform.host, names)
    except InputError as error:
        raise InputError.at(file, where, error.problems[0].message) from None
    return source, destination


def _some_pairs(platform: Platform) -> Iterable[Pair]:
    hosts = platform.hosts
    if len(hosts) <= ALL_PAIRS:
        return product(hosts, hosts)
    # Of all generators of random numbers this one is promised to stay the same.
    generator = random.Random(0)
    numbers: dict[int, None] = {}
    while len(numbers) < SAMPLE:
        numbers[int(generator.random() * len(hosts) ** 2)] = None
    return ((hosts[number // len(hosts)], hosts[number % len(hosts)]) for number in sorted(numbers))


def _host(host: Host) -> dict[str, object]:
    entry: dict[str, object] = {"name": host.name, "speed": host.speed, "cores": host.cores}
    if len(host.speeds) > 1:
        entry |= {"pstate_speeds": host.speeds, "pstate": host.pstate}
    if host.disks:
        entry["disks"] = [
            {"name": disk.name, "read_bw": disk.read_bandwidth, "write_bw": disk.write_bandwidth} for disk in host.disks
        ]
    if host.properties:
        entry["properties"] = dict(host.properties)
    if host.availability != 1.0:
        entry["availability"] = host.availability
    if not host.on:
        entry["on"] = False
    return entry


def _link(link: Link) -> dict[str, object]:
    return {"name": link.name, "bandwidth": link.bandwidth, "latency": link.latency, "policy": link.label}


def _route(platform: Platform, pair: Pair) -> dict[str, object]:
    source, destination = pair
    entry: dict[str, object] = {"src": source.name, "dst": destination.name}
    try:
        route = platform.route(source, destination)
    except InputError:
        return entry | {"error": True}
    return entry | {"links": [link.name for link in route.links], "latency": route.latency}
