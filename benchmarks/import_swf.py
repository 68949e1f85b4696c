"""Import a large trace in the Standard Workload Format and print processor time and memory.

Usage: python benchmarks/import_swf.py [LINES [OPTIONS OF elastisim import ...]]
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from elastisim.cli.main import cli


def write_trace(path: Path, lines: int) -> None:
    draw = random.Random(1)
    submit = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write("; MaxNodes: 1024\n; MaxProcs: 1024\n")
        for number in range(1, lines + 1):
            submit += int(draw.expovariate(1 / 30))
            size, runtime = 2 ** draw.randint(0, 10), 1 + int(draw.lognormvariate(7, 1.5))
            requested = max(60, runtime * draw.randint(1, 5))
            stream.write(
                f"{number} {submit} {draw.randint(0, 9999)} {runtime} {size} -1 -1 {size} {requested} -1 1 "
                f"{draw.randint(1, 300)} {draw.randint(1, 9)} -1 {draw.randint(0, 4)} -1 -1 -1\n"
            )


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as directory:
        trace = Path(directory) / "trace.swf"
        write_trace(trace, lines)
        begin = time.process_time()
        cli(["import", str(trace), "-o", str(Path(directory) / "scenario"), *sys.argv[2:]], standalone_mode=False)
        seconds = time.process_time() - begin
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{lines:,} lines: {seconds:.1f} s of processor time, {megabytes:,.0f} MiB at most")


if __name__ == "__main__":
    main()
