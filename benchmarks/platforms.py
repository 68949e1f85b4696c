"""Large platforms: time and memory to load them, time to find routes, time to sum up an all-to-all.

Run ``python benchmarks/platforms.py``; each measurement of loading has a process of its own.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elastisim.platform import Host, Platform

SIZES = (1_000, 10_000, 100_000)
TOPOLOGIES = {
    "crossbar": ("", "", ""),
    "fat tree": tuple(
        f'topology="FAT_TREE" topo_parameters="{parameters}"'
        for parameters in ("3;10,10,10;1,5,5;1,1,1", "3;20,20,25;1,10,10;1,1,1", "3;40,50,50;1,20,20;1,1,1")
    ),
    "dragonfly": tuple(
        f'topology="DRAGONFLY" topo_parameters="{parameters}"'
        for parameters in ("5,2;5,2;10,1;4", "10,2;10,2;20,1;5", "20,4;10,2;50,1;10")
    ),
    "torus": tuple(
        f'topology="TORUS" topo_parameters="{parameters}"' for parameters in ("10,10,10", "20,20,25", "40,50,50")
    ),
}
ROUTES = 2_000
NODES = (64, 1_024, 8_192)


def measure(file: str) -> tuple[float, float, int, int, float]:
    """Return seconds and MiB to load *file*, numbers of hosts and links, and microseconds to find a random route."""
    from elastisim.platform import read_platform

    before = _resident()
    start = time.process_time()
    platform = read_platform(file)
    loaded = time.process_time()
    used = _resident() - before
    source = random.Random(1)
    pairs = [source.sample(platform.hosts, 2) for _ in range(ROUTES)]
    begun = time.process_time()
    for first, second in pairs:
        platform.route(first, second)
    per_route = (time.process_time() - begun) / ROUTES
    return loaded - start, used, len(platform.hosts), len(platform.links), 1e6 * per_route


def _resident() -> float:
    """Return the largest resident size of this process so far (MiB)."""
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def describe(file: Path, size: int, attributes: str) -> None:
    """Write a platform file of one cluster."""
    file.write_text(
        f'<platform version="4.1"><cluster id="c" prefix="n" suffix="" radical="0-{size - 1}" '
        f'speed="1Gf" bw="1GBps" lat="1us" {attributes}/></platform>\n',
        "utf-8",
    )


def measure_loading(folder: Path) -> None:
    """Print how large platforms load."""
    print("| topology | hosts | links | load (s) | memory (MiB) | route (µs) |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, variants in TOPOLOGIES.items():
        for size, attributes in zip(SIZES, variants, strict=True):
            file = folder / "platform.xml"
            describe(file, size, attributes)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, memory, hosts, links, route = pool.apply(measure, (str(file),))
            print(f"| {name} | {hosts:,} | {links:,} | {seconds:.2f} | {memory:.0f} | {route:.0f} |", flush=True)


def measure_exchanges(folder: Path) -> None:
    """Print how long it takes to sum up an all-to-all when it occurs for the first time."""
    from elastisim.platform import read_platform

    print("| topology | nodes | neighbours (ms) | scattered (ms) |")
    print("|---|---:|---:|---:|")
    for name, variants in TOPOLOGIES.items():
        file = folder / "platform.xml"
        describe(file, SIZES[1], variants[1])
        platform = read_platform(file)
        hosts = sorted(platform.hosts, key=lambda host: host.position)
        for count in NODES:
            scattered = random.Random(1).sample(hosts, count)
            times = [_sum_up(platform, chosen) for chosen in (hosts[:count], scattered)]
            print(f"| {name} | {count:,} | {times[0]:.0f} | {times[1]:.0f} |", flush=True)


def _sum_up(platform: Platform, hosts: list[Host]) -> float:
    """Return milliseconds to sum up an all-to-all."""
    from elastisim.patterns import MatrixPattern
    from elastisim.platform import pattern_usage

    start = time.process_time()
    pattern_usage(platform, MatrixPattern.ALL_TO_ALL, hosts)
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Print tables in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        measure_loading(Path(folder))
        print()
        measure_exchanges(Path(folder))


if __name__ == "__main__":
    main()
