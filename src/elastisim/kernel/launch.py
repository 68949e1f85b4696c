"""Launches: what is to be executed, who hears of it, and what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.plan import Plan
    from elastisim.kernel.program import Program, ProgramError
    from elastisim.kernel.stretch import Stretch
    from elastisim.kernel.team import RankGroup
    from elastisim.platform.machine import ComputeNode


class Client(Protocol):
    """Whoever launched an execution and hears of its progress."""

    @property
    def hears_points(self) -> bool:
        """Whether every scheduling point has to be reported at once."""
        ...

    @property
    def wants_point(self) -> bool:
        """Whether the next scheduling point has to be reported."""
        ...

    @property
    def logs_tasks(self) -> bool:
        """Whether finished tasks are of interest."""
        ...

    def running(self) -> None:
        """Learn that all ranks have passed the barrier at their start."""
        ...

    def at_point(self, phase: int, iteration: int, request: int | None) -> object:
        """Learn that all ranks have stopped before an iteration; return the report to send.

        *request* is the number of nodes of an evolving request, None at a scheduling point.
        """
        ...

    def passed_points(self, phase: int, iteration: int) -> None:
        """Learn that scheduling points which nobody waited for have been passed, at last that before an iteration."""
        ...

    def at_end(self) -> object:
        """Learn that all ranks have finished; return the report to send."""
        ...

    def failure(self, error: ProgramError) -> Exception:
        """Return what to raise for a step that cannot be executed."""
        ...

    def task_finished(self, group: RankGroup, name: str, duration: float, date: float) -> None:
        """Learn that a group of ranks finished a task at *date* that took *duration* seconds."""
        ...


class Launch(Struct):
    """What to execute and where.

    ``nodes`` are in rank order.  ``newcomers`` are the positions of nodes that a reconfiguration has added.
    ``phase`` and ``iteration`` say where the main part begins.  ``plan`` is that of an earlier launch of the same
    program on the same nodes.
    """

    program: Program
    nodes: Sequence[ComputeNode]
    newcomers: Sequence[int] = ()
    is_first: bool = False
    is_reconfigured: bool = False
    phase: int = 0
    iteration: int = 0
    plan: Plan | None = None


class Undertaking(Protocol):
    """What a launch has given rise to.

    ``plan`` is for the next launch of the same program on the same nodes, if it is needed there.  ``stretch`` are the
    iterations under way, if they are of interest before the end.
    """

    @property
    def plan(self) -> Plan | None:
        """How the ranks are grouped."""
        ...

    @property
    def stretch(self) -> Stretch | None:
        """Iterations that are skipped at present."""
        ...

    def cancel(self) -> None:
        """Stop all ranks and make their activities vanish."""
        ...

    def let_go(self) -> None:
        """Part from those who know it, after the ranks have stopped."""
        ...
