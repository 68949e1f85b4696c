"""The ledger: levels at instants become spans of time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from elastisim.kernel.burden import Burden
from elastisim.kernel.flow import Flow
from elastisim.kernel.gpu import GpuSet
from elastisim.kernel.ledger import Ledger, LoadSpan
from elastisim.kernel.resource import Channel, Cpu, Demand
from elastisim.kernel.scope import Quantity, Scope
from elastisim.platform.link import Link, LinkPolicy

CPU, GPU, NETWORK, READ = Quantity.CPU, Quantity.GPU, Quantity.NETWORK, Quantity.PFS_READ


class Pages:
    """Keeps what is entered."""

    def __init__(self) -> None:
        self.spans: list[LoadSpan] = []
        self.end = -1.0

    def load_lasted(self, span: LoadSpan, /) -> None:
        self.spans.append(span)

    def loads_ended(self, now: float, /) -> None:
        self.end = now


def node(identifier: int, speed: float = 2.0, gpus: int = 0) -> Any:
    return SimpleNamespace(identifier=identifier, host=SimpleNamespace(name=f"n{identifier}", speed=speed), gpus=gpus)


def ledger(*nodes: Any) -> tuple[Ledger, Pages]:
    """Return a ledger of some nodes, and of the links a and b (two bytes per second), and pfs."""
    links = {name: Link(name, 2.0, 0.0, LinkPolicy.SHARED, None) for name in ("a", "b", "pfs")}
    platform = SimpleNamespace(links=list(links.values()), link=links.__getitem__)
    machine: Any = SimpleNamespace(compute_nodes=nodes, platform=platform)
    pages = Pages()
    return Ledger(Scope(machine, ["pfs"], []), pages), pages


def cpu(name: str) -> Cpu:
    return Cpu(name, 2.0, 4)


def test_a_load_lasts_until_it_changes() -> None:
    entered, pages = ledger(node(0))
    core = cpu("n0")
    entered.share(core, 1.0, 2.0)
    entered.share(core, 2.0, 2.0)
    entered.share(core, 3.0, 6.0)
    entered.close(4.0)
    # Work that goes on at another rate is seen at its old rate at the instant of the change (R10.6).
    assert pages.spans == [LoadSpan(CPU, 1.0, 3.0, 1.0, 1.0), LoadSpan(CPU, 3.0, 4.0, 3.0, 3.0)]
    assert pages.end == 4.0


def test_what_has_ended_is_not_seen_at_its_end() -> None:
    entered, pages = ledger(node(0))
    core = cpu("n0")
    entered.share(core, 1.0, 6.0)
    entered.leave(core, 3.0, 2.0)
    entered.share(core, 3.0, 4.0)
    entered.leave(core, 5.0, 0.0)
    entered.close(5.0)
    assert pages.spans == [LoadSpan(CPU, 1.0, 3.0, 3.0, 1.0), LoadSpan(CPU, 3.0, 5.0, 2.0, 0.0)]


def test_one_that_follows_at_once_at_the_same_rate_is_another_span() -> None:
    """A node that switches tasks exactly at a sample shows 0 (R10.6)."""
    entered, pages = ledger(node(0))
    core = cpu("n0")
    entered.share(core, 0.0, 2.0)
    entered.leave(core, 1.0, 0.0)
    entered.share(core, 1.0, 2.0)
    entered.leave(core, 2.0, 0.0)
    entered.close(2.0)
    assert pages.spans == [LoadSpan(CPU, 0.0, 1.0, 1.0, 0.0), LoadSpan(CPU, 1.0, 2.0, 1.0, 0.0)]


def test_the_last_word_at_an_instant_counts_and_the_first_is_what_is_seen() -> None:
    entered, pages = ledger(node(0))
    core = cpu("n0")
    entered.share(core, 0.0, 8.0)
    entered.leave(core, 1.0, 4.0)
    entered.share(core, 1.0, 6.0)
    entered.leave(core, 1.0, 0.0)
    entered.share(core, 1.0, 2.0)
    entered.close(2.0)
    assert pages.spans == [LoadSpan(CPU, 0.0, 1.0, 4.0, 2.0), LoadSpan(CPU, 1.0, 2.0, 1.0, 1.0)]


def test_neighbours_with_the_same_load_share_a_span() -> None:
    entered, pages = ledger(*map(node, range(5)))
    for number in (3, 0, 1, 4):
        entered.share(cpu(f"n{number}"), 1.0, 2.0)
    entered.share(cpu("elsewhere"), 1.0, 2.0)
    entered.close(2.0)
    assert pages.spans == [LoadSpan(CPU, 1.0, 2.0, 1.0, 1.0, 0, 1), LoadSpan(CPU, 1.0, 2.0, 1.0, 1.0, 3, 4)]


def test_loads_of_links_are_summed_up() -> None:
    entered, pages = ledger()
    first, second, storage = (Channel(name, 2.0, 0.0) for name in ("a", "b", "pfs"))
    entered.share(first, 0.0, 2.0)
    entered.share(second, 1.0, 1.0)
    entered.share(storage, 1.0, 7.0)
    entered.leave(first, 2.0, 0.0)
    entered.share(first, 2.0, 0.0)
    entered.close(3.0)
    # Of two links, one is busy, then one and half of the other, then the half.
    assert [span for span in pages.spans if span.quantity is NETWORK] == [
        LoadSpan(NETWORK, 0.0, 1.0, 0.5, 0.5),
        LoadSpan(NETWORK, 1.0, 2.0, 0.75, 0.25),
        LoadSpan(NETWORK, 2.0, 3.0, 0.25, 0.25),
    ]
    assert [span for span in pages.spans if span.quantity is READ] == [LoadSpan(READ, 1.0, 3.0, 7.0, 7.0)]


def test_sums_do_not_drift() -> None:
    entered, pages = ledger()
    first, second = Channel("a", 2.0, 0.0), Channel("b", 2.0, 0.0)
    for turn in range(1000):
        entered.share(first, float(turn), 0.1 * (turn % 7))
        entered.share(second, turn + 0.5, 1e9 if turn % 2 else 0.3)
    entered.share(first, 1000.0, 0.0)
    entered.share(second, 1000.0, 0.0)
    entered.close(1001.0)
    assert pages.spans[-1].end == 1000.0


def test_flows_bring_their_burdens() -> None:
    nodes = [node(0), node(1), node(2, speed=4.0)]
    entered, pages = ledger(*nodes)
    flow, other = Flow(Demand()), Flow(Demand())
    link: Any = SimpleNamespace(name="b")
    entered.watch(flow, Burden(nodes, [8.0] * 3, [[(link, 2.0)]], 2.0), 1.0, 0.25)
    entered.pace(flow, 2.0, 0.5)
    entered.pace(other, 2.0, 9.0)
    entered.end(flow, 3.0)
    entered.watch(other, Burden(nodes[:1], [8.0]), 3.0, 0.25)
    entered.cancel(other, 4.0)
    entered.close(5.0)
    assert [span for span in pages.spans if span.quantity is CPU] == [
        LoadSpan(CPU, 1.0, 2.0, 1.0, 1.0, 0, 1),
        LoadSpan(CPU, 1.0, 2.0, 0.5, 0.5, 2, 2),
        LoadSpan(CPU, 2.0, 3.0, 2.0, 0.0, 0, 1),
        LoadSpan(CPU, 2.0, 3.0, 1.0, 0.0, 2, 2),
        # A cancelled activity is still seen at its last instant: the sample is taken before anybody decides.
        LoadSpan(CPU, 3.0, 4.0, 1.0, 1.0, 0, 0),
    ]
    assert [span for span in pages.spans if span.quantity is NETWORK] == [
        LoadSpan(NETWORK, 1.0, 2.0, 0.25, 0.25),
        LoadSpan(NETWORK, 2.0, 3.0, 0.5, 0.0),
    ]


def test_gpus_are_used_again_before_anything_else_happens() -> None:
    entered, pages = ledger(node(0, gpus=2))
    nobody: Any = None
    gpus = GpuSet(nobody, 2, [node(0, gpus=2)])
    for now, count in ((0.0, 2), (1.0, 0), (3.0, 2), (4.0, 0)):
        entered.occupy(gpus, now, count)
    entered.close(5.0)
    assert pages.spans == [LoadSpan(GPU, 0.0, 1.0, 1.0, 1.0), LoadSpan(GPU, 3.0, 4.0, 1.0, 1.0)]


def test_gpus_are_seen_in_use_at_the_end_of_a_kernel() -> None:
    entered, pages = ledger()
    nobody: Any = None
    gpus = GpuSet(nobody, 4, [node(0, gpus=4), node(1, gpus=4), node(2, gpus=2), node(3)])
    entered.occupy(gpus, 0.0, 1)
    entered.occupy(gpus, 0.0, 2)
    entered.occupy(gpus, 1.0, 1)
    entered.occupy(gpus, 1.0, 2)
    entered.occupy(gpus, 3.0, 0)
    entered.close(9.0)
    assert pages.spans == [LoadSpan(GPU, 0.0, 3.0, 0.5, 0.5, 0, 1), LoadSpan(GPU, 0.0, 3.0, 1.0, 1.0, 2, 2)]


def test_what_repeats_is_one_span() -> None:
    nodes = [node(0), node(1)]
    entered, pages = ledger(*nodes)
    burden = Burden(nodes, [4.0] * 2)
    entered.repeat(burden, 0.5, 1.0, 3.0, 5.0, 7, is_cut=False)
    entered.repeat(burden, 0.5, 36.0, 37.0, 5.0, 1, is_cut=True)
    entered.repeat_kernel([node(1, gpus=2)], 1, 3.0, 4.0, 5.0, 7)
    entered.close(37.0)
    assert pages.spans == [
        LoadSpan(CPU, 1.0, 3.0, 1.0, 0.0, 0, 1, 5.0, 7),
        LoadSpan(CPU, 36.0, 37.0, 1.0, 1.0, 0, 1, 5.0, 1),
        LoadSpan(GPU, 3.0, 4.0, 0.5, 0.5, 1, 1, 5.0, 7),
    ]


def test_nodes_without_speed_have_no_load() -> None:
    entered, pages = ledger(node(0, speed=0.0))
    entered.share(Cpu("n0", 0.0, 1), 0.0, 3.0)
    entered.watch(Flow(Demand()), Burden([node(0, speed=0.0)], [1.0]), 0.0, 1.0)
    entered.close(1.0)
    assert pages.spans == []
