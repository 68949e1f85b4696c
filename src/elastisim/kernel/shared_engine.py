"""The prompt engine where several executions may be on a node: choirs take the place of soloists and errands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elastisim.kernel.choir import Choir
from elastisim.kernel.execution import Execution
from elastisim.kernel.prompt import Ensemble, PromptEngine

if TYPE_CHECKING:
    from elastisim.kernel.launch import Client, Launch
    from elastisim.kernel.shared import SharedWorkbench


class SharedEngine(PromptEngine):
    """Lets choirs lead the ranks that need not act on their own."""

    def __init__(self, bench: SharedWorkbench) -> None:
        super().__init__(bench)
        self._shared = bench

    def launch(self, launch: Launch, client: Client) -> Execution:
        """Let ranks execute a program."""
        execution = Execution(launch, client, self._shared, self.mailbox)
        if execution.plan.parts is None:
            self._beginnings.append(Ensemble(execution))
        else:
            choir = execution.choir = Choir(execution, self._shared, self.deliver)
            self._beginnings.append(choir)
        return execution
