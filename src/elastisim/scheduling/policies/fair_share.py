"""Fair share: queues with priorities, and users who have used little before those who have used much."""

import math
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from msgspec import Meta

from elastisim.errors import InputError
from elastisim.scheduling.estimates import EstimateOption
from elastisim.scheduling.policies.easy import Backfilling
from elastisim.scheduling.policies.queueing import shrink_on_request
from elastisim.scheduling.system import System
from elastisim.scheduling.views import JobView

HalfLifeOption: TypeAlias = Annotated[float, Meta(gt=0, description="Seconds after which usage counts half.")]
UserOption: TypeAlias = Annotated[str, Meta(description="Attribute of jobs that names their user.")]
QueueOption: TypeAlias = Annotated[str, Meta(description="Attribute of jobs that names their queue.")]
QueuesOption: TypeAlias = Annotated[
    str, Meta(description="Priorities of queues, as in debug=10,batch=1; higher ones first, others have 0.")
]
SharesOption: TypeAlias = Annotated[
    str, Meta(description="Shares of users, as in alice=2,bob=1; those who are not listed have 1.")
]
BackfillOption: TypeAlias = Annotated[
    bool, Meta(description="Whether jobs may pass the first one as long as they do not delay it.")
]


@dataclass(slots=True)
class Account:
    """The usage of a user in node-seconds as of ``settled``, and the nodes that are in use since then."""

    usage: float = 0.0
    settled: float = 0.0
    nodes: int = 0

    def settle(self, now: float, half_life: float) -> float:
        """Let time pass: old usage decays, new usage is added; return the usage."""
        self.usage *= math.exp2(-(now - self.settled) / half_life)
        self.add(self.nodes, self.settled, now, now, half_life)
        self.settled = now
        return self.usage

    def add(self, nodes: int, start: float, end: float, now: float, half_life: float) -> None:
        """Add what the use of *nodes* from *start* to *end* is worth now; take it back if the number is negative."""
        decayed = math.exp2(-(now - end) / half_life) - math.exp2(-(now - start) / half_life)
        self.usage += nodes * half_life / math.log(2.0) * decayed


class FairShare(Backfilling):
    """Fair share: jobs of high-priority queues first, then those of users with little recent usage (Kay, Lauder 1988).

    Usage is counted in node-seconds, divided by the share of the user, and decays with a half-life.
    """

    name = "fair-share"

    def __init__(
        self,
        *,
        half_life: HalfLifeOption = 604800.0,
        user: UserOption = "user",
        queue: QueueOption = "queue",
        queues: QueuesOption = "",
        shares: SharesOption = "",
        backfill: BackfillOption = True,
        estimate: EstimateOption = "auto",
    ) -> None:
        super().__init__("fcfs", estimate)
        # Usage changes with time, and with it the order of the queue.
        self.state_driven = False
        self._half_life = half_life
        self._user = user
        self._queue = queue
        self._priorities = _numbers("queues", queues)
        self._shares = _numbers("shares", shares)
        self._backfills = backfill
        self._accounts: dict[str, Account] = {}
        self._held: dict[JobView, int] = {}

    def schedule(self, system: System) -> None:
        """Serve the queue in the order of priorities."""
        self.estimates.begin(system)
        self._charge(system)
        self.releases.update(system)
        shrink_on_request(system)
        self.releases.note_request(system)
        ranked = self.ranked(system)
        if self._backfills:
            self.backfill(system, ranked)
        else:
            self.serve(system, ranked)

    def ranked(self, system: System) -> list[JobView]:
        """Return the pending jobs by priority of their queue, then usage of their user, then submission."""
        usage: dict[str, float] = {}
        ranks = []
        for job in system.pending:
            user = job.attributes.get(self._user, "")
            if user not in usage:
                account = self._accounts.get(user)
                spent = account.settle(system.time, self._half_life) if account is not None else 0.0
                usage[user] = spent / self._shares.get(user, 1.0)
            priority = self._priorities.get(job.attributes.get(self._queue, ""), 0.0)
            ranks.append((-priority, usage[user], job.identifier, job))
        ranks.sort()
        return [job for *_, job in ranks]

    def _charge(self, system: System) -> None:
        """Charge users for the nodes that their jobs have had since the last call."""
        now, half_life = system.time, self._half_life
        for job in system.changed_jobs:
            nodes = len(job.active_nodes)
            known = self._held.pop(job, 0)
            if not nodes:
                continue
            account = self._accounts.setdefault(job.attributes.get(self._user, ""), Account(settled=now))
            account.settle(now, half_life)
            account.nodes -= known
            if not known:
                account.add(nodes, job.start_time, now, now, half_life)
            if job.is_finished:
                account.add(-(known or nodes), job.end_time, now, now, half_life)
            else:
                self._held[job] = nodes
                account.nodes += nodes


def _numbers(option: str, text: str) -> dict[str, float]:
    """Return what NAME=NUMBER,… assigns to names."""
    numbers: dict[str, float] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        name, _, number = entry.rpartition("=")
        try:
            numbers[name.strip()] = float(number)
        except ValueError:
            name = ""
        if not name or (option == "shares" and numbers[name.strip()] <= 0.0):
            kind = "NAME=NUMBER above 0" if option == "shares" else "NAME=NUMBER"
            raise InputError.at("policy fair-share", f"option {option}", f"expected {kind}, found {entry!r}")
    return numbers
