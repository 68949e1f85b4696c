"""Comparisons of platforms and routes with golden data: ``routes/NAME/`` and ``xml/cases.json``."""

from __future__ import annotations

import gzip
import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elastisim.errors import InputError
from elastisim.platform import read_platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastisim.platform import Host, Platform

LATENCY_TOLERANCE = 1e-12
"""Largest relative deviation of a latency; all other numbers and names are compared exactly."""

REFUSED_ON_PURPOSE = {
    "neg_speed": "P2.1: negative values are refused",
    "neg_bw": "P2.1: negative values are refused",
    "latency_neg": "P2.1: negative values are refused",
    "hex": "P2.1: infinite values are refused",
    "cabinet_full": "P11.2: cabinets outside of Cluster zones are refused instead of dropped",
}
"""Files that the reference accepts and the specification wants refused (FIX)."""

ACCEPTED_ON_PURPOSE = {
    "nodoctype": "P1.1",
    "noxmldecl": "P1.1",
    "link_after_route": "P1.4: other orders of elements",
    "host_after_route": "P1.4",
    "prop_last": "P1.4",
    "config_bad": "P10.1: unknown keys are ignored",
    "cluster_zone_bb": "P3.2: links without latency",
    "link_without_latency": "P3.2",
    "trace_in_zone": "P9.2: link profiles by trace_connect",
    "dij_isolated": "P6.5: the routes that exist are found",
    "dij_absent": "P6.5",
    "dij_single": "P6.5",
    "dij_zone": "P6.5: differing gateways are joined as in Floyd zones",
}
"""Files that the reference refuses, or fails on, and the specification wants accepted (EXTEND, FIX)."""

_PROFILED = ("availability", "on")

Verdict = tuple[str, str | None]


def routes(directory: Path, only: str = "*") -> list[Verdict]:
    """Compare the platforms below *directory*, or those named *only*; return for each its name and what differs."""
    verdicts: list[Verdict] = []
    for case in sorted(path.parent for path in Path(directory).glob(f"{only}/platform.xml")):
        try:
            platform = read_platform(case / "platform.xml")
        except InputError as error:
            verdicts.append((case.name, f"refused: {error}"))
            continue
        verdicts.append((case.name, next(differences(platform, _expected(case)), None)))
    return verdicts


def xml(directory: Path) -> list[Verdict]:
    """Read all files of ``cases.json`` in *directory*; return for each its name and what is wrong, or None."""
    cases = json.loads((Path(directory) / "cases.json").read_text("utf-8"))["cases"]
    with tempfile.TemporaryDirectory() as folder:
        return [(case["name"], _judge(case, Path(folder) / "platform.xml")) for case in cases]


def differences(platform: Platform, expected: dict[str, Any]) -> Iterator[str]:
    """Yield what distinguishes a platform from a recorded one (schema of ``routes.json``)."""
    yield from _different_lists("host", [_host(host) for host in platform.hosts], expected["hosts"])
    links = [
        {"name": link.name, "bandwidth": link.bandwidth, "latency": link.latency, "policy": link.label}
        for link in platform.links
    ]
    yield from _different_lists("link", links, expected["links"])
    routers = [router.name for router in platform.routers]
    if routers != expected["routers"]:
        yield f"routers are {routers} instead of {expected['routers']}"
    zones = [(zone.name, zone.parent.name if zone.parent else None) for zone in platform.zones]
    recorded_zones = [(zone["name"], zone["parent"]) for zone in expected.get("zones", [])]
    if recorded_zones and zones != recorded_zones:
        yield f"zones are {zones} instead of {recorded_zones}"
    for route in expected["routes"]:
        yield from _different_routes(platform, route)


def _expected(case: Path) -> dict[str, Any]:
    plain = case / "routes.json"
    text = plain.read_text("utf-8") if plain.exists() else gzip.decompress((case / "routes.json.gz").read_bytes())
    recorded: dict[str, Any] = json.loads(text)
    return recorded


def _host(host: Host) -> dict[str, Any]:
    described: dict[str, Any] = {"name": host.name, "speed": host.speed, "cores": host.cores}
    described |= {"availability": host.availability, "on": host.on}
    if len(host.speeds) > 1:
        described |= {"pstate_speeds": list(host.speeds), "pstate": host.pstate}
    if host.disks:
        described["disks"] = [
            {"name": disk.name, "read_bw": disk.read_bandwidth, "write_bw": disk.write_bandwidth} for disk in host.disks
        ]
    if host.properties:
        described["properties"] = dict(host.properties)
    return described


def _different_lists(what: str, found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> Iterator[str]:
    names, recorded_names = [item["name"] for item in found], [item["name"] for item in expected]
    if names != recorded_names:
        yield f"{what}s are {names[:50]} instead of {recorded_names[:50]}"
        return
    for item, recorded in zip(found, expected, strict=True):
        # Availability and state are not recorded for every host that has them.
        if {key: value for key, value in item.items() if key not in _PROFILED or key in recorded} != recorded:
            yield f"{what} is {item} instead of {recorded}"


def _different_routes(platform: Platform, recorded: dict[str, Any]) -> Iterator[str]:
    name = f"route from {recorded['src']} to {recorded['dst']}"
    try:
        route = platform.route(platform.host(recorded["src"]), platform.host(recorded["dst"]))
    except InputError as error:
        if not recorded.get("error"):
            yield f"{name}: {error}"
        return
    links = [link.name for link in route.links]
    if recorded.get("error"):
        yield f"{name} is {links}, there should be none"
    elif links != recorded["links"]:
        yield f"{name} is {links} instead of {recorded['links']}"
    elif not math.isclose(route.latency, recorded["latency"], rel_tol=LATENCY_TOLERANCE):
        yield f"{name} has the latency {route.latency!r} instead of {recorded['latency']!r}"


def _judge(case: dict[str, Any], file: Path) -> str | None:
    file.write_text(case["xml"], "utf-8")
    accepted = (case["outcome"] == "accepted" or case["name"] in ACCEPTED_ON_PURPOSE) and (
        case["name"] not in REFUSED_ON_PURPOSE
    )
    try:
        platform = read_platform(file)
    except InputError as error:
        return f"refused: {error}" if accepted else None
    if not accepted:
        return f"accepted, although the reference has the outcome {case['outcome']}"
    return next(differences(platform, case["result"]), None) if "result" in case else None
