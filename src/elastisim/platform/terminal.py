"""Platforms and routes as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from elastisim.platform.machine import NodeKind
from elastisim.platform.notation import rounded
from elastisim.platform.overview import Role, count_hosts, counted, name_range, shape
from elastisim.platform.units import BANDWIDTH, SPEED, TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import JustifyMethod, RenderableType

    from elastisim.platform.host import Host
    from elastisim.platform.link import Link
    from elastisim.platform.overview import HostTraits, Overview
    from elastisim.platform.platform import Platform
    from elastisim.platform.route import Route
    from elastisim.platform.zone import Zone

Item = TypeVar("Item")

LONGEST_TABLE = 40
"""Rows of a table; what does not fit is counted."""


def overview_tables(overview: Overview) -> RenderableType:
    """Return what a person wants to know of a platform."""
    tables = [_zones(overview.platform.zones), _hosts(overview), _links(overview), _roles(overview)]
    if overview.machine.pfs_hosts:
        tables.append(_file_accesses(overview))
    lines: list[RenderableType] = [_title(overview.platform)]
    for table in tables:
        lines += ["", table]
    return Lines(*lines)


def route_table(source: Host, destination: Host, route: Route) -> RenderableType:
    """Return the links of a route with what they amount to."""
    table = _table(f"Route from {source.name} to {destination.name}", "Link", ">Bandwidth", ">Latency", "Sharing")
    for link in route.links:
        table.add_row(link.name, rounded(BANDWIDTH, link.bandwidth), rounded(TIME, link.latency), link.label)
    links = counted(len(route.links), "link")
    narrowest = min((link.bandwidth for link in route.links), default=None)
    bandwidth = "no limit" if narrowest is None else f"{rounded(BANDWIDTH, narrowest)} at most"
    return Lines(table, Text(f"{links}, {bandwidth}, {rounded(TIME, route.latency)}"))


def _title(platform: Platform) -> Text:
    text = Text(platform.file or platform.root.name, style="bold")
    counts = [
        counted(len(platform.hosts), "host"),
        counted(len(platform.routers), "router"),
        counted(len(platform.links) - 1, "link"),
        counted(len(platform.zones), "zone"),
    ]
    text.append(f"  {', '.join(counts)}", style="dim")
    return text


def _table(title: str, *headings: str) -> Table:
    """Return an empty table; numbers stand in columns whose heading begins with ``>``."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        right = heading.startswith(">")
        justify: JustifyMethod = "right" if right else "left"
        name = heading.lstrip(">")
        table.add_column(name, justify=justify, header_style="cyan", no_wrap=right, overflow="fold")
    return table


def _first(items: Sequence[Item], table: Table, what: str) -> Sequence[Item]:
    """Return what fits into a table, whose caption counts the rest."""
    if len(items) <= LONGEST_TABLE:
        return items
    table.caption = f"and {len(items) - LONGEST_TABLE:,} more {what}"
    table.caption_justify = "left"
    return items[:LONGEST_TABLE]


def _zones(zones: Sequence[Zone]) -> Table:
    table = _table("Zones", "Zone", "Routing", ">Hosts", "Shape")
    for zone in _first(zones, table, "zones"):
        name = "  " * zone.depth + zone.name
        table.add_row(name, zone.kind.removeprefix("cluster "), f"{count_hosts(zone):,}", shape(zone))
    return table


def _hosts(overview: Overview) -> Table:
    table = _table("Hosts", "Role", "Zone", ">Number", "Names", ">Speed", ">Cores", "GPUs", "Burst buffer")
    for one in _first(overview.hosts, table, "classes of hosts"):
        traits = one.traits
        table.add_row(
            traits.role.value,
            traits.zone.name,
            f"{len(one.hosts):,}",
            _names(one.hosts),
            _speeds(traits),
            f"{traits.cores}",
            _gpus(traits),
            _burst_buffer(traits),
        )
    return table


def _speeds(traits: HostTraits) -> str:
    """Return the speed of a core; those in brackets belong to other pstates."""
    current = rounded(SPEED, traits.speeds[traits.pstate])
    others = [rounded(SPEED, speed) for number, speed in enumerate(traits.speeds) if number != traits.pstate]
    return f"{current} ({', '.join(others)})" if others else current


def _gpus(traits: HostTraits) -> str:
    if not traits.gpus:
        return ""
    between = f", {rounded(BANDWIDTH, traits.gpu_bandwidth)}" if traits.gpu_bandwidth else ""
    return f"{traits.gpus} x {rounded(SPEED, traits.flops_per_gpu)}{between}"


def _burst_buffer(traits: HostTraits) -> str:
    buffer = traits.burst_buffer
    if buffer is None:
        return ""
    kind = "wide-striped" if traits.kind is NodeKind.WIDE_STRIPED_BURST_BUFFER else "node-local"
    read, write = rounded(BANDWIDTH, buffer.read_bandwidth), rounded(BANDWIDTH, buffer.write_bandwidth)
    return f"{kind}, {read} read, {write} write"


def _links(overview: Overview) -> Table:
    table = _table("Links", "Zone", ">Number", "Names", ">Bandwidth", ">Latency", "Sharing")
    for one in _first(overview.links, table, "classes of links"):
        traits = one.traits
        table.add_row(
            traits.zone.name if traits.zone else "",
            f"{len(one.links):,}",
            _names(one.links),
            rounded(BANDWIDTH, traits.bandwidth),
            rounded(TIME, traits.latency),
            traits.policy,
        )
    return table


def _names(items: Sequence[Host] | Sequence[Link]) -> str:
    return name_range([item.name for item in items])


def _roles(overview: Overview) -> Table:
    machine = overview.machine
    table = _table("What ElastiSim makes of it", "", "")
    table.show_header = False
    nodes = len(machine.compute_nodes)
    table.add_row("Compute nodes", f"{nodes:,} (IDs 0 to {nodes - 1})" if nodes else "none")
    gpus = sum(one.traits.gpus * len(one.hosts) for one in overview.compute_classes)
    if gpus:
        table.add_row("GPUs", f"{gpus:,}")
    buffers = sum(len(one.hosts) for one in overview.compute_classes if one.traits.burst_buffer)
    if buffers:
        table.add_row("Burst buffers", f"{buffers:,}")
    names = [host.name for host in machine.pfs_hosts]
    more = f" and {len(names) - LONGEST_TABLE:,} more" if len(names) > LONGEST_TABLE else ""
    table.add_row("File system", ", ".join(names[:LONGEST_TABLE]) + more if names else "none")
    own = any(one.traits.role is Role.BATCH for one in overview.hosts)
    table.add_row("Batch system", machine.batch_host.name + ("" if own else " (no host has the property batch_system)"))
    return table


def _file_accesses(overview: Overview) -> Table:
    """Return how nodes reach file systems: the narrowest link that they share, and the latency."""
    table = _table("Access to file systems", "From", ">Nodes", "To", "Read", ">Latency", "Write", ">Latency")
    platform = overview.platform
    for access in _first(list(overview.file_accesses()), table, "classes of nodes"):
        hosts = access.nodes.hosts
        private = set(platform.private_links(hosts[-1]))
        columns = [*_access(access.reading, private), *_access(access.writing, private)]
        table.add_row(_names(hosts), f"{len(hosts):,}", access.target.name, *columns)
    return table


def _access(route: Route | None, private: set[Link]) -> tuple[str, str]:
    if route is None:
        return "no route", ""
    shared = [link for link in route.links if link not in private]
    narrowest = min(shared, key=lambda link: link.bandwidth, default=None)
    limit = "no limit" if narrowest is None else f"{rounded(BANDWIDTH, narrowest.bandwidth)} by {narrowest.name}"
    return limit, rounded(TIME, route.latency)
