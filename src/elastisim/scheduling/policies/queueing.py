"""What policies with a queue have in common, and the ones that serve it strictly in order."""

from elastisim.scheduling.estimates import EstimateOption, Estimates
from elastisim.scheduling.policies.orders import OrderName, OrderOption, QueueOrder
from elastisim.scheduling.policy import Policy
from elastisim.scheduling.system import System


class QueuePolicy(Policy):
    """A policy that takes jobs from a queue in a certain order."""

    def __init__(self, order: OrderName, estimate: EstimateOption) -> None:
        self.estimates = Estimates(estimate)
        self.order = QueueOrder(order, self.estimates)
        self.state_driven = self.order.is_fixed


def shrink_on_request(system: System) -> None:
    """Let a job that asks for fewer nodes give up its last ones."""
    job, request = system.job, system.evolving_request
    if job is not None and request is not None and request < job.size:
        system.shrink_to(job, request, reason=f"asks for {request} nodes")


def expand_on_request(system: System, limit: int) -> None:
    """Let a job that asks for more nodes have as many of them as possible, *limit* at most."""
    job, request = system.job, system.evolving_request
    if job is None or request is None:
        return
    granted = min(request - job.size, limit, len(system.free_nodes))
    if granted > 0:
        system.expand_by(job, granted, reason=f"asks for {request} nodes")


class Strict(QueuePolicy):
    """Jobs are started strictly in order, each as large as possible (S3.1)."""

    def schedule(self, system: System) -> None:
        """Answer requests first: those who ask are older than those who wait."""
        self.estimates.begin(system)
        queue = self.order.update(system)
        free = system.free_nodes
        if system.evolving_request is not None:
            shrink_on_request(system)
            expand_on_request(system, len(free))
        for job in queue:
            count = len(free)
            if job.min_nodes > count:
                break
            system.start(job, min(job.max_nodes, count), reason="next in the queue")


class Fcfs(Strict):
    """First come, first served: jobs start strictly in order of submission, as large as possible."""

    name = "fcfs"

    def __init__(self, *, order: OrderOption = "fcfs", estimate: EstimateOption = "auto") -> None:
        super().__init__(order, estimate)


class ShortestFirst(Strict):
    """Shortest job first: the job with the smallest estimated run time is next."""

    name = "sjf"

    def __init__(self, *, estimate: EstimateOption = "wagomu") -> None:
        super().__init__("sjf", estimate)


class LongestFirst(Strict):
    """Longest job first: the job with the largest estimated run time is next."""

    name = "ljf"

    def __init__(self, *, estimate: EstimateOption = "auto") -> None:
        super().__init__("ljf", estimate)


class LargestAreaFirst(Strict):
    """Largest area first: the job with the largest product of run time and size is next."""

    name = "largest-area"

    def __init__(self, *, estimate: EstimateOption = "auto") -> None:
        super().__init__("largest-area", estimate)


class Wfp3(Strict):
    """WFP3: favours large jobs, and old ones the more the shorter they are (Tang et al. 2009)."""

    name = "wfp3"

    def __init__(self, *, estimate: EstimateOption = "auto") -> None:
        super().__init__("wfp3", estimate)


class Unicef(Strict):
    """UNICEF: favours small and short jobs, by the time that they have waited (Tang et al. 2009)."""

    name = "unicef"

    def __init__(self, *, estimate: EstimateOption = "auto") -> None:
        super().__init__("unicef", estimate)


class F1(Strict):
    """F1: a function of run time, size and submission time found by regression (Carastan-Santos, de Camargo 2017)."""

    name = "f1"

    def __init__(self, *, estimate: EstimateOption = "auto") -> None:
        super().__init__("f1", estimate)
