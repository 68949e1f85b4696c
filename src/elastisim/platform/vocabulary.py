"""The elements of platform files: their attributes and where they may stand (spec section 3 of the platform rules)."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """An element: mandatory attributes, optional ones with their defaults, and the elements it may stand in."""

    mandatory: tuple[str, ...]
    optional: dict[str, str]
    parents: tuple[str, ...]


_ZONES = ("zone", "AS")
_TOP = ("platform", *_ZONES)
_ROUTES = ("route", "zoneRoute", "ASroute", "bypassRoute", "bypassZoneRoute", "bypassASroute")
_HOST_PROFILES = {"speed_file": "", "availability_file": "", "state_file": ""}
_ZONE_ROUTE = ("src", "dst", "gw_src", "gw_dst")

WORDS = {
    "platform": Word(("version",), {}, ()),
    "config": Word((), {"id": ""}, ("platform",)),
    "random": Word((), {}, ("platform",)),
    "zone": Word(("id", "routing"), {}, _TOP),
    "AS": Word(("id", "routing"), {}, _TOP),
    "cluster": Word(
        ("id", "prefix", "suffix", "radical", "speed", "bw", "lat"),
        {
            "core": "1",
            "sharing_policy": "SPLITDUPLEX",
            "topology": "FLAT",
            "topo_parameters": "",
            "bb_bw": "",
            "bb_lat": "",
            "bb_sharing_policy": "SHARED",
            "router_id": "",
            "limiter_link": "",
            "loopback_bw": "",
            "loopback_lat": "",
        },
        _TOP,
    ),
    "cabinet": Word(("id", "prefix", "suffix", "radical", "speed", "bw", "lat"), {}, _ZONES),
    "peer": Word(("id", "speed", "bw_in", "bw_out"), {"lat": "", "coordinates": "", **_HOST_PROFILES}, _ZONES),
    "host": Word(("id", "speed"), {"core": "1", "pstate": "0", "coordinates": "", **_HOST_PROFILES}, _ZONES),
    "disk": Word(("read_bw", "write_bw"), {"id": "/"}, ("host",)),
    "router": Word(("id",), {"coordinates": ""}, _ZONES),
    "link": Word(
        ("id", "bandwidth"),
        {"latency": "", "sharing_policy": "SHARED", "bandwidth_file": "", "latency_file": "", "state_file": ""},
        _ZONES,
    ),
    "backbone": Word(("id", "bandwidth", "latency"), {}, _ZONES),
    "host_link": Word(("id", "up", "down"), {}, _ZONES),
    "route": Word(("src", "dst"), {"symmetrical": "YES"}, _ZONES),
    "zoneRoute": Word(_ZONE_ROUTE, {"symmetrical": "YES"}, _ZONES),
    "ASroute": Word(_ZONE_ROUTE, {"symmetrical": "YES"}, _ZONES),
    "bypassRoute": Word(("src", "dst"), {}, _ZONES),
    "bypassZoneRoute": Word(_ZONE_ROUTE, {}, _ZONES),
    "bypassASroute": Word(_ZONE_ROUTE, {}, _ZONES),
    "link_ctn": Word(("id",), {"direction": "NONE"}, _ROUTES),
    "prop": Word(("id", "value"), {}, (*_ZONES, "cluster", "host", "disk", "link", "config")),
    "trace": Word(("id", "periodicity"), {"file": ""}, _TOP),
    "trace_connect": Word(("trace", "element"), {"kind": "HOST_AVAIL"}, _TOP),
}
"""All elements that can be used."""

CONTAINERS = ("platform", *_ZONES)
"""Elements whose children take effect one by one, before the element ends."""

FREE_TEXT = ("trace",)
"""Elements that may contain text."""

FREE_ATTRIBUTES = ("random",)
"""Elements that may have any attributes."""

_REMOVED = "is no longer part of the format; write what it stood for into this file"
_PROGRAMS = "starts a program inside the simulation, which does not exist here; remove it"
REFUSED = {
    "include": _REMOVED,
    "storage": f"{_REMOVED}, e.g. as <disk> of a host",
    "storage_type": f"{_REMOVED}, e.g. as <disk> of a host",
    "mount": f"{_REMOVED}, e.g. as <disk> of a host",
    "actor": _PROGRAMS,
    "process": _PROGRAMS,
    "argument": _PROGRAMS,
}
"""Elements of other versions or uses of the format, and why they are refused."""


def accepted_in(parent: str) -> list[str]:
    """Return the elements that may stand in *parent*."""
    return [tag for tag, word in WORDS.items() if parent in word.parents]
