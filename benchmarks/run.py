"""All measurements with one command: what simulations of many kinds and sizes cost.

Each case is simulated in processes of its own, result files included:

    python benchmarks/run.py                          everything, which takes hours
    python benchmarks/run.py --limit 20               the same, but no case that takes longer, nor larger ones
    python benchmarks/run.py --small --runs 1         the smallest size of each family, to see that all of it works
    python benchmarks/run.py --family rigid-fcfs --family mixed --output figures

Rows are printed as they come; ``benchmarks.md`` and ``benchmarks.json`` in the output directory are always up to date.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from pathlib import Path

from families import FAMILIES
from measuring import calibrate, compile_packages, measure
from tables import HEAD, Session, markdown


def write_scenario(family: str, position: int, directory: str) -> None:
    """Write the scenario of a case."""
    FAMILIES[family][position].write(Path(directory))


def prepare(family: str, position: int, directory: str) -> None:
    """Write the scenario of a case in another process: what a process has used counts for those that it starts."""
    process = multiprocessing.get_context("spawn").Process(target=write_scenario, args=(family, position, directory))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"the scenario of {family} could not be written")


def positive(text: str) -> int:
    """Read a number of runs or seconds."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--family", action="append", choices=FAMILIES, metavar="NAME", help=", ".join(FAMILIES))
    parser.add_argument("--runs", type=positive, default=5, help="runs of each case (default: 5)")
    parser.add_argument("--small", action="store_true", help="only the smallest size of each family")
    parser.add_argument("--limit", type=positive, help="CPU seconds of a run; larger cases of the family are left out")
    parser.add_argument("--output", type=Path, default=Path("output/benchmarks"), help="directory for the tables")
    asked = parser.parse_args()
    compile_packages()
    session = Session(asked.runs, [calibrate(asked.runs)], asked.limit)
    print(HEAD, end="", flush=True)
    for family in asked.family or FAMILIES:
        for position, case in enumerate(FAMILIES[family][: 1 if asked.small else None]):
            with tempfile.TemporaryDirectory() as directory:
                prepare(family, position, directory)
                figures = measure(Path(directory), case.options, case.algorithm, asked.runs, asked.limit)
            session.cases.append((family, case, figures))
            session.save(asked.output)
            print(markdown(session.row(family, case, figures)), end="", flush=True)
            if figures is None:
                break
    session.calibrations.append(calibrate(asked.runs))
    session.save(asked.output)


if __name__ == "__main__":
    main()
