"""Time and memory to load large platforms, and time to find routes in them.

Run ``python benchmarks/platform_loading.py``; each measurement has a process of its own.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

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


def main() -> None:
    """Print a table in Markdown."""
    print("| topology | hosts | links | load (s) | memory (MiB) | route (µs) |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "platform.xml"
        for name, variants in TOPOLOGIES.items():
            for size, attributes in zip(SIZES, variants, strict=True):
                file.write_text(
                    f'<platform version="4.1"><cluster id="c" prefix="n" suffix="" radical="0-{size - 1}" '
                    f'speed="1Gf" bw="1GBps" lat="1us" {attributes}/></platform>\n',
                    "utf-8",
                )
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    seconds, memory, hosts, links, route = pool.apply(measure, (str(file),))
                print(f"| {name} | {hosts:,} | {links:,} | {seconds:.2f} | {memory:.0f} | {route:.0f} |", flush=True)


if __name__ == "__main__":
    main()
