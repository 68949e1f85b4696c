"""Recorded messages (``wire.jsonl``): the part of the simulator played to an algorithm, and the other way round."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import zmq

from conformance.simulation import FAREWELL, Process, algorithm, prepare, simulator
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_MILLISECONDS = 20_000
CHECK_MILLISECONDS = 50
TOLERANCE = 1e-6
"""Absolute or relative deviation that numbers in messages may have; the recorded ones are rounded results, too."""

Transcript = list[tuple[bool, dict[str, Any]]]
"""Messages in their order, with whether they are the simulator's."""


def cases(directory: Path) -> list[Path]:
    """Return the directories of the scenarios with recorded messages in *directory*, which may be one itself."""
    if (directory / "wire.jsonl").is_file():
        return [directory]
    return sorted(path.parent for path in directory.glob("*/wire.jsonl"))


def wire(directory: Path, engine: str) -> Iterator[Verdict]:
    """Play the messages of all scenarios of a directory, in both parts."""
    for case in cases(directory):
        yield check_interface(case)
        yield check_simulator(case, engine)


def check_interface(case: Path) -> Verdict:
    """Play the simulator's part; the replies of the algorithm have to be the recorded ones."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"ipc://{folder}/wire.ipc"
        with _Player(url, bind=True) as player, algorithm(prepare(case, Path(folder)), url) as process:
            problem = player.play(_transcript(case), process, _inequality, is_simulator=True) or _bad_end(process)
    return Verdict(f"{case.name} (interface)", problem, _counts(case))


def check_simulator(case: Path, engine: str) -> Verdict:
    """Play the algorithm's part; what the simulator tells has to be what was recorded."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"ipc://{folder}/wire.ipc"
        with _Player(url, bind=False) as player, simulator(prepare(case, Path(folder)), engine, url) as process:
            problem = player.play(_transcript(case), process, difference, is_simulator=False) or _bad_end(process)
    return Verdict(f"{case.name} (simulator)", problem, _counts(case))


class _Player:
    """One end of a connection."""

    def __init__(self, url: str, *, bind: bool) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PAIR)
        self._socket.linger = 0
        (self._socket.bind if bind else self._socket.connect)(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._context.term()

    def play(
        self,
        transcript: Transcript,
        process: Process,
        compare: Callable[[Any, Any], str | None],
        *,
        is_simulator: bool,
    ) -> str | None:
        """Send the messages of one part, compare what *process* sends in the other; return the first problem."""
        for number, (is_from_simulator, message) in enumerate(transcript, 1):
            if is_from_simulator is is_simulator:
                self._socket.send_string(json.dumps(message))
                continue
            for _ in range(PATIENCE_MILLISECONDS // CHECK_MILLISECONDS):
                if self._socket.poll(CHECK_MILLISECONDS) or not process.is_running:
                    break
            if not self._socket.poll(0):
                return f"line {number}: no message; {_bad_end(process)}"
            try:
                problem = compare(message, self._socket.recv_json())
            except ValueError as error:
                problem = f"message: {error}"
            if problem is not None:
                return f"line {number}, {problem}"
        return None


def _bad_end(process: Process) -> str | None:
    """Wait for the end of a process; return what is wrong with it."""
    status = process.wait(FAREWELL)
    if status is None:
        return "the process does not end"
    return f"the process ended with status {status}: {process.errors}" if status else None


def _inequality(expected: Any, found: Any) -> str | None:
    return None if expected == found else f"expected {expected}, found {found}"


def difference(expected: Any, found: Any, where: str = "message") -> str | None:
    """Return the first difference between two messages that matters, None if there is none.

    Jobs and nodes are compared by their identifiers, however often and in which order they are mentioned.
    """
    match expected, found:
        case {}, {}:
            if expected.keys() != found.keys():
                return f"{where}: expected the fields {sorted(expected)}, found {sorted(found)}"
            pairs = [(expected[key], found[key], f"{where}.{key}") for key in sorted(expected)]
        case [int(), *_], [int(), *_] if where.endswith("assigned_jobs"):
            pairs = [(set(expected), set(found), where)]
        case [{"id": _}, *_], [{"id": _}, *_]:
            pairs = [({item["id"]: item for item in expected}, {item["id"]: item for item in found}, where)]
        case [*_], [*_]:
            if len(expected) != len(found):
                return f"{where}: expected {expected}, found {found}"
            pairs = [(*pair, f"{where}[{index}]") for index, pair in enumerate(zip(expected, found, strict=True))]
        case float(), float() | int():
            close = math.isclose(expected, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
            return None if close else f"{where}: expected {expected!r}, found {found!r}"
        case _:
            return None if expected == found else f"{where}: expected {expected!r}, found {found!r}"
    return next(filter(None, (difference(*pair) for pair in pairs)), None)


def _transcript(case: Path) -> Transcript:
    entries = map(json.loads, (case / "wire.jsonl").read_text(encoding="utf-8").splitlines())
    return [(entry["from"] == "simulator", entry["message"]) for entry in entries]


def _counts(case: Path) -> bool:
    return bool(json.loads((case / "scenario.json").read_text(encoding="utf-8"))["category"] != "quirk")
