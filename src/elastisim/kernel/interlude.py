"""Interludes: isolated parts of scores, as those see them who watch loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.timeline import COINCIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elastisim.kernel.burden import View
    from elastisim.kernel.fast import FastFluidModel
    from elastisim.kernel.ledger import Ledger
    from elastisim.kernel.team import RankGroup
    from elastisim.kernel.timeline import Occurrence, Timeline
    from elastisim.platform.machine import ComputeNode


class Interlude:
    """An isolated part under way, as a witness for the watch."""

    __slots__ = ("_model", "_start", "_timeline", "_view", "nodes")

    def __init__(self, model: FastFluidModel, nodes: Sequence[ComputeNode], timeline: Timeline) -> None:
        self.nodes = nodes
        self._model = model
        self._timeline = timeline
        self._start = model.now
        self._view: View | None = None

    def view(self) -> View:
        """Return what is in progress."""
        now = self._model.now
        if self._view is None or now > self._view.until:
            self._view = self._timeline.view(now - self._start, now)
        return self._view

    def gpu_use(self) -> Iterator[tuple[RankGroup, int]]:
        """Yield groups and the number of GPUs that each of their nodes uses."""
        return self._timeline.gpu_use(self._model.now - self._start)

    def enter(self, ledger: Ledger) -> None:
        """Enter all activities up to now into a ledger."""
        self._timeline.enter(ledger, self.nodes, self._occurrences)

    def _occurrences(self, begin: float, end: float) -> Iterator[Occurrence]:
        now, start, stop = self._model.now, self._start + begin, self._start + end
        if stop <= now + COINCIDENCE:
            yield start, stop, 1, False
        elif start + COINCIDENCE < now:
            yield start, now, 1, True
