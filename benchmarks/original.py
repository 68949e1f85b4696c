"""Figures of the original for scenarios of the same kinds, from the page on performance.

They were measured on another machine, or on this one at another time, and without the process of the algorithm.
"""

from __future__ import annotations

ORIGINAL: dict[str, list[tuple[int, float]]] = {
    "malleable-60s": [(64 * 40, 3.5), (512 * 317, 31.0), (2048 * 317, 36.5), (9688 * 300, 115.0)],
    "malleable-1s": [(64 * 40, 215.6), (512 * 32, 203.9), (2048 * 25, 192.8)],
    "rigid-fcfs": [(1_000, 1.18), (10_000, 14.4)],
    "file-system": [(60, 0.17), (250, 3.5), (1000, 117.0)],
    # One job instead of eight, which exchanged data 20, 10 and 4 times instead of 20 times.
    "all-to-all-crossbar": [(256, 0.88 * 8), (512, 3.7 * 8 * 2), (1024, 10.6 * 8 * 5)],
    "mixed": [(500, 2.4)],
    "mixed-monitored": [(500, 6.5)],
}
"""Extents and CPU seconds by family."""
