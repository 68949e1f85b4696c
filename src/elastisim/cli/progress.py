"""Progress of a running simulation on stderr: a bar on a terminal, occasional lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from elastisim.batch.observer import Observer
from elastisim.results.wording import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elastisim.batch.job import Job

DELAY = 0.5
"""Seconds before anything is shown: most simulations are over by then."""

BAR_INTERVAL = 0.1
"""Seconds between updates of the bar."""

LINE_INTERVAL = 15.0
"""Seconds between lines where there is no terminal."""


class Progress(Observer):
    """Counts the jobs that have finished, of *jobs* in total, and shows how far the simulation is.

    A thread of its own looks at the clock of the simulation now and then, so that showing costs nothing per event.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.finished = 0

    def job_ended(self, now: float, job: Job) -> None:  # noqa: ARG002
        """Count the job."""
        self.finished += 1

    @contextmanager
    def watch(self, clock: Callable[[], float]) -> Iterator[None]:
        """Show progress within the context; *clock* returns the simulated time in seconds."""
        is_over = Event()
        show = self._show_bar if sys.stderr.isatty() else self._show_lines
        thread = Thread(target=show, args=(clock, is_over), name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _show_bar(self, clock: Callable[[], float], is_over: Event) -> None:
        start = monotonic()
        if is_over.wait(DELAY):
            return
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        with Bar(
            TextColumn("{task.fields[counts]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[speed]}"),
            console=Console(stderr=True),
            auto_refresh=False,
            expand=True,
            transient=True,
            # What an algorithm prints belongs to stdout even while a bar is shown, unless both are the same terminal.
            redirect_stdout=sys.stdout.isatty(),
        ) as bar:
            task = bar.add_task("", total=self.jobs, counts="", speed="")
            while True:
                counts, speed = self.words(clock(), monotonic() - start)
                bar.update(task, completed=self.finished, counts=counts, speed=speed, refresh=True)
                if is_over.wait(BAR_INTERVAL):
                    return

    def _show_lines(self, clock: Callable[[], float], is_over: Event) -> None:
        start = monotonic()
        while not is_over.wait(LINE_INTERVAL):
            counts, speed = self.words(clock(), monotonic() - start)
            with suppress(OSError):  # nobody reads stderr any more
                print(f"elastisim: {counts}, {speed}", file=sys.stderr, flush=True)

    def words(self, simulated: float, elapsed: float) -> tuple[str, str]:
        """Return the progress after *simulated* seconds of simulated time and *elapsed* seconds in words."""
        counts = f"{self.finished:,} of {self.jobs:,} jobs"
        speed = f"{duration(simulated)} simulated ({duration(simulated / elapsed)} per second)"
        if self.finished:
            speed += f", {duration(round(elapsed / self.finished * (self.jobs - self.finished)))} left"
        return counts, speed
