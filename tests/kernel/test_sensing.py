"""Sensors and samplers: loads are the sum of what all sources cause, however they change from sample to sample."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from hypothesis import given
from hypothesis import strategies as st

from elastisim.kernel.burden import Burden
from elastisim.kernel.sensing import Sampler, Sensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elastisim.kernel.loads import Loads
    from elastisim.kernel.workbench import Workbench
    from elastisim.platform.machine import Machine

SPEEDS = (1e9, 2e9, 0.0, 1e9, 1e9, 4e9)
BANDWIDTHS = {"a": 1e9, "b": 2e9, "read": 4e9, "write": 8e9}


class Thing:
    """Something with attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


LINKS = {name: Thing(name=name, bandwidth=bandwidth) for name, bandwidth in BANDWIDTHS.items()}
NODES = [
    Thing(identifier=number, gpus=0, host=Thing(name=f"n{number}", speed=speed)) for number, speed in enumerate(SPEEDS)
]
MACHINE = cast(
    "Machine", Thing(compute_nodes=NODES, platform=Thing(links=list(LINKS.values()), link=LINKS.__getitem__))
)


class Levels:
    """A workbench that says what it is told to say."""

    def __init__(self) -> None:
        self.now: tuple[dict[Burden, float], float] = ({}, 0.0)

    def levels(self, scope: object) -> tuple[dict[Burden, float], float]:
        return self.now


def make_sensor() -> tuple[Sensor, Levels]:
    bench = Levels()
    return Sensor(MACHINE, cast("Workbench", bench), ["read"], ["write"]), bench


burdens = st.builds(
    lambda computing, links, scale: Burden(
        [cast("Any", NODES[number]) for number in computing],
        list(computing.values()),
        # A list for each transfer; a link may be part of several.
        [[(cast("Any", LINKS[name]), weight)] for name, weight in links],
        scale,
    ),
    st.dictionaries(st.integers(0, len(NODES) - 1), st.integers(0, 3).map(float), max_size=4),
    st.lists(st.tuples(st.sampled_from(sorted(LINKS)), st.integers(1, 5).map(float)), max_size=3),
    st.sampled_from((1.0, 2.0)),
)


@given(st.lists(burdens, min_size=1, max_size=6), st.data())
def test_loads_are_the_sum_over_all_sources(sources: list[Burden], data: st.DataObject) -> None:
    sensor, bench = make_sensor()
    for _ in range(data.draw(st.integers(1, 6))):
        levels = data.draw(st.dictionaries(st.sampled_from(sources), st.integers(1, 4).map(float)))
        bench.now = (levels, 0.0)
        loads, _ = sensor.read()

        for number, speed in enumerate(SPEEDS):
            flops = sum(
                level * dict(zip(burden.nodes, burden.flops, strict=True)).get(cast("Any", NODES[number]), 0.0)
                for burden, level in levels.items()
            )
            assert math.isclose(loads.cpu[number], flops / speed) if speed else math.isnan(loads.cpu[number])
        sent = {
            name: sum(
                level * weight * burden.scale
                for burden, level in levels.items()
                for transfer in burden.transfers
                for link, weight in transfer
                if link.name == name
            )
            for name in LINKS
        }
        assert math.isclose(loads.network, (sent["a"] / 1e9 + sent["b"] / 2e9) / 2.0)
        assert (loads.pfs_read.load, loads.pfs_read.bandwidth) == (sent["read"], 4e9)
        assert (loads.pfs_write.load, loads.pfs_write.bandwidth) == (sent["write"], 8e9)


@given(st.lists(burdens, min_size=1, max_size=6), st.data())
def test_loads_are_those_of_the_ranges_that_have_changed_and_stay_the_same_outside(
    sources: list[Burden], data: st.DataObject
) -> None:
    sensor, bench = make_sensor()
    loads, _ = sensor.read()
    seen = loads.cpu
    sensor.cpu_changes()
    for _ in range(data.draw(st.integers(1, 6))):
        for _ in range(data.draw(st.integers(1, 3))):
            levels = data.draw(st.dictionaries(st.sampled_from(sources), st.integers(1, 4).map(float)))
            bench.now = (levels, 0.0)
            loads, _ = sensor.read()
        changes = sensor.cpu_changes()
        shown = list(seen)
        for (first, last), load in changes.items() if changes is not None else ():
            shown[first : last + 1] = [load] * (last + 1 - first)
        for before, after in zip(shown if changes is not None else loads.cpu, loads.cpu, strict=True):
            assert before is after or before == after
        seen = loads.cpu


def test_of_changes_in_ranges_that_overlap_the_last_one_comes_last() -> None:
    sensor, bench = make_sensor()
    sensor.read()
    sensor.cpu_changes()
    both = Burden(cast("Any", NODES[3:5]), [1e9, 1e9])
    first = Burden(cast("Any", NODES[3:4]), [1e9])
    for burden in (both, first, both):
        bench.now = ({burden: 1.0}, 0.0)
        sensor.read()
    changes = sensor.cpu_changes()

    assert changes is not None
    assert list(changes.items()) == [((3, 3), 0.0), ((3, 4), 1.0)]


def test_what_has_been_read_does_not_change_any_more() -> None:
    sensor, bench = make_sensor()
    first, second = (Burden([cast("Any", NODES[number])], [1e9]) for number in (0, 1))
    bench.now = ({first: 1.0}, 0.0)
    before, _ = sensor.read()
    bench.now = ({second: 1.0}, 0.0)
    after, _ = sensor.read()

    assert list(before.cpu)[:2] == [1.0, 0.0]
    assert list(after.cpu)[:2] == [0.0, 0.5]


def test_samples_in_a_row_are_taken_together_as_long_as_nothing_changes() -> None:
    sensor, bench = make_sensor()
    received: list[Sequence[float]] = []

    def receive(loads: Loads, times: Sequence[float]) -> None:
        assert loads.network == 0.0
        received.append(times)

    sampler = Sampler(sensor, 1.0, receive)
    bench.now = ({}, 3.5)
    assert sampler.take(1.0, 10.0) == 4.0
    assert sampler.take(4.0, 10.0) == 5.0
    bench.now = ({}, math.inf)
    assert sampler.take(5.0, 7.0) == 8.0
    assert received == [[1.0, 2.0, 3.0], [4.0], [5.0, 6.0, 7.0]]
