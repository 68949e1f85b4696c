"""What can go wrong, and whose turn it is to mend it.

Every error that a user can meet derives from :class:`ElastiSimError`.  Its message names the culprit and the remedy,
and its ``exit_status`` is the status with which the command line ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ElastiSimError(Exception):
    """Base of all errors that are reported without a traceback of ours."""

    exit_status = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input file.

    ``where`` is a place inside the file as its format names places: a JSON path (``$.jobs[3].num_nodes``), a line of
    an XML file (``line 12``), or empty for the file as a whole.
    """

    file: str
    where: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.where}" if self.where else self.file
        return f"{place}: {self.message}" if place else self.message


class InputError(ElastiSimError, ValueError):
    """One or several problems in what the user wrote into files, options or the configuration."""

    exit_status = 2

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def at(cls, file: object, where: str, message: str) -> InputError:
        """Return the error for a single problem."""
        return cls(Problem(str(file), where, message))


class OutputError(ElastiSimError):
    """A result file that cannot be written any further; what has been written stays, marked as partial."""

    @classmethod
    def at(cls, file: object, error: OSError) -> OutputError:
        """Return the error for a file."""
        return cls(f"{file}: cannot be written any further: {error.strerror or error}")


class AlgorithmError(ElastiSimError):
    """The scheduling algorithm did something that is not allowed, failed, or can no longer be reached.

    ``details`` holds the traceback of the algorithm where it raised, else an empty string.
    """

    exit_status = 3

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class MissingExtraError(ElastiSimError, ImportError):
    """An optional dependency is needed for what was asked for."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f"{purpose} needs an optional dependency: pip install 'elastisim[{extra}]'")
