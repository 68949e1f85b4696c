"""Where results come from: the file ``run.json`` beside them.

It makes an output directory describe itself: which files belong to the run, whether they are complete, and everything
that is needed to repeat the run.  It is written when a run starts and again when it ends, so that a run that was
interrupted, by whatever means, is known as such.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from elastisim.errors import InputError
from elastisim.results.sink import is_special
from elastisim.version import __version__, build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elastisim.results.files import ResultFiles

RUN_FILE = "run.json"

FORMAT = 1
"""Version of the layout of ``run.json``; raised when readers of this version could no longer read it."""

_BLOCK_BYTES = 1 << 20


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a run read: its role (a configuration key such as ``jobs_file``), its path as given, its content."""

    role: str
    path: str
    sha256: str
    bytes: int

    @classmethod
    def of(cls, role: str, path: str | Path) -> InputFile:
        """Return the description of a file that exists."""
        digest = hashlib.sha256()
        size = 0
        with Path(path).open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
        return cls(role=role, path=str(path), sha256=digest.hexdigest(), bytes=size)


class AlgorithmUsed(msgspec.Struct, frozen=True, kw_only=True):
    """The scheduling algorithm of a run.

    ``kind`` is ``policy`` (built in or installed), ``script``, ``function`` (handed over from Python) or ``socket``.
    The file of a script is listed among the inputs of the run.
    """

    name: str
    kind: str
    options: dict[str, Any] = {}


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """The software and the machine of a run; ``build`` says whether the simulator is compiled or interpreted."""

    elastisim: str
    python: str
    system: str
    build: str = "interpreted"

    @classmethod
    def current(cls) -> Versions:
        """Return those of this process."""
        return cls(
            elastisim=__version__,
            python=f"{platform.python_implementation()} {platform.python_version()}",
            system=f"{platform.system()} {platform.machine()}",
            build=build(),
        )


class RunDescription(msgspec.Struct, kw_only=True):
    """The content of ``run.json``.

    ``options`` is the configuration with all defaults filled in.  ``results`` maps kinds of result files to paths
    relative to the directory of ``run.json``, under their final names.  ``outcome`` is ``running``, ``completed``,
    ``interrupted`` or the message of the error that ended the run; only a completed run is ``complete``.  ``counts``
    holds numbers of jobs, nodes, invocations and the like.  Times are in seconds.
    """

    format: int = FORMAT
    outcome: str = "running"
    complete: bool = False
    started: str = ""
    wall_time: float = 0.0
    cpu_time: float = 0.0
    simulated_end: float = 0.0
    engine: str = ""
    algorithm: AlgorithmUsed | None = None
    versions: Versions | None = None
    counts: dict[str, int] = {}
    inputs: list[InputFile] = []
    options: dict[str, Any] = {}
    results: dict[str, str] = {}


class RunRecord:
    """Writes ``run.json`` for a run: once when it starts, once when it ends.

    The file lies beside the job statistics (or the first other result file); without any file on disk nothing is
    written and :attr:`description` is all there is.
    """

    def __init__(
        self,
        files: ResultFiles,
        *,
        engine: str,
        algorithm: AlgorithmUsed,
        inputs: list[InputFile],
        options: Mapping[str, Any],
    ) -> None:
        directory = run_directory(files)
        self.path = directory / RUN_FILE if directory else None
        self.description = RunDescription(
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            engine=engine,
            algorithm=algorithm,
            versions=Versions.current(),
            inputs=inputs,
            options=dict(options),
            results={
                kind: Path(os.path.relpath(path.resolve(), directory.resolve())).as_posix()
                for kind, path in files.paths.items()
                if not is_special(path)
            }
            if directory
            else {},
        )
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def start(self) -> None:
        """Write the file for a run that is about to start; raise InputError if that is not possible."""
        self._write()

    def finish(self, outcome: str, *, simulated_end: float, counts: Mapping[str, int]) -> None:
        """Write the file for a run that has ended; *outcome* is ``completed`` or says what ended the run early."""
        description = self.description
        description.outcome = outcome
        description.complete = outcome == "completed"
        description.wall_time = round(time.perf_counter() - self._wall, 6)
        description.cpu_time = round(time.process_time() - self._cpu, 6)
        description.simulated_end = simulated_end
        description.counts = dict(counts)
        self._write()

    def _write(self) -> None:
        if self.path is None:
            return
        text = msgspec.json.format(msgspec.json.encode(self.description, enc_hook=str), indent=2)
        working = self.path.with_name(f"{RUN_FILE}.new")
        try:
            working.write_bytes(text + b"\n")
            working.replace(self.path)
        except OSError as error:
            raise InputError.at(self.path, "", f"this file cannot be written: {error.strerror}") from None


def run_directory(files: ResultFiles) -> Path | None:
    """Return the directory that describes the run: that of its first regular result file, or None without any."""
    paths = {kind: path for kind, path in files.paths.items() if not is_special(path)}
    first = paths.get("job_statistics") or next(iter(paths.values()), None)
    return first.parent if first else None


def read_run_description(path: Path) -> RunDescription:
    """Return the content of *path*; raise :class:`~elastisim.errors.InputError` if it is no ``run.json``."""
    try:
        description = msgspec.json.decode(path.read_bytes(), type=RunDescription)
    except OSError as error:
        raise InputError.at(path, "", f"cannot be read: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise InputError.at(path, "", f"is not a description of a run: {error}") from None
    if description.format > FORMAT:
        raise InputError.at(
            path,
            "$.format",
            f"was written by a newer version of elastisim (layout {description.format}, known: {FORMAT})",
        )
    return description
