"""Lists of nodes are what lists are, kept as ranges or one by one."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastisim.batch.node import VACANT, NodeState, Occupancy
from elastisim.batch.node_list import NO_NODES, NodeList, NodeTable, ranges_of

SIZE = 12
orders = st.permutations(range(SIZE)).flatmap(lambda order: st.integers(0, SIZE).map(lambda count: order[:count]))
"""Different IDs in any order."""

runs = st.lists(st.integers(0, SIZE - 1), unique=True).map(sorted)
"""Different IDs in ascending order, many of them side by side."""


def table() -> NodeTable:
    resources: list[Any] = [SimpleNamespace(identifier=i, host=SimpleNamespace(name=f"n{i}")) for i in range(SIZE)]
    return NodeTable(resources)


def listed(numbers: list[int], where: NodeTable | None = None, *, one_by_one: bool = False) -> NodeList:
    where = where or table()
    return NodeList.listing(where, numbers) if one_by_one else NodeList(where, ranges_of(numbers))


def users(number: int) -> Occupancy:
    job: Any = SimpleNamespace(identifier=number)
    return Occupancy({number: job}, {}, NodeState.ALLOCATED)


@pytest.mark.parametrize(
    ("numbers", "ranges"),
    [
        ([], ()),
        ([3], ((3, 4),)),
        ([3, 4, 5], ((3, 6),)),
        ([3, 4, 6, 7], ((3, 5), (6, 8))),
        ([4, 3], ((4, 5), (3, 4))),
        ([6, 7, 0, 1, 8], ((6, 8), (0, 2), (8, 9))),
    ],
)
def test_ranges_are_as_long_as_possible_and_in_order(numbers: list[int], ranges: tuple[tuple[int, int], ...]) -> None:
    assert listed(numbers).ranges == ranges
    assert listed(numbers, one_by_one=True).ranges == ranges


@pytest.mark.parametrize(
    ("numbers", "is_scattered"),
    [([], False), ([5], False), ([5, 3], True), ([0, 1, 2, 4, 6, 7], True), ([0, 1, 2, 4, 5, 6], False)],
)
def test_lists_of_short_ranges_are_scattered(numbers: list[int], is_scattered: bool) -> None:
    assert listed(numbers).is_scattered == is_scattered


def test_one_range_is_seen_where_nodes_are_listed_one_by_one() -> None:
    assert not listed([4, 5, 6, 7], one_by_one=True).is_scattered
    assert listed([4, 6, 5, 7], one_by_one=True).is_scattered


@given(orders | runs, st.booleans())
def test_a_list_has_its_nodes_in_their_order(numbers: list[int], one_by_one: bool) -> None:
    nodes = listed(numbers, one_by_one=one_by_one)

    assert nodes.identifiers == [node.identifier for node in nodes] == numbers
    assert len(nodes) == nodes.size == len(numbers)
    assert list(nodes.members) == list(set(numbers))
    assert bool(nodes) == bool(numbers)
    if numbers:
        assert [node.identifier for node in nodes.table.nodes if node in nodes] == sorted(numbers)
        assert table().nodes[numbers[0]] not in nodes
    assert list(nodes.pick(nodes.table.names)) == [f"n{number}" for number in numbers]
    assert NodeList.of(nodes) is nodes
    assert NodeList.of(list(nodes)) == nodes == list(nodes)


@given(
    *(orders | runs, st.integers(-SIZE - 1, SIZE + 1), st.integers(-SIZE - 1, SIZE + 1), st.sampled_from([1, 2, -1])),
    st.booleans(),
)
def test_parts_are_those_of_a_list(numbers: list[int], start: int, stop: int, step: int, one_by_one: bool) -> None:
    nodes = listed(numbers, one_by_one=one_by_one)
    if -len(numbers) <= start < len(numbers):
        assert nodes[start].identifier == numbers[start]
    else:
        with pytest.raises(IndexError):
            nodes[start]
    assert nodes[start:stop:step] == listed(numbers[start:stop:step], nodes.table)
    assert nodes[start:] == listed(numbers[start:], nodes.table)


@given(orders | runs, orders | runs, st.booleans(), st.booleans())
def test_lists_are_added_and_taken_from_one_another(
    first: list[int], second: list[int], one_by_one: bool, others_one_by_one: bool
) -> None:
    where = table()
    one = listed(first, where, one_by_one=one_by_one)
    other = listed(second, where, one_by_one=others_one_by_one)
    remaining = [number for number in first if number not in second]

    assert one.without(other) == listed(remaining, where)
    assert one.without(other) + other == listed(remaining + second, where)
    assert one.sorted() == listed(sorted(first), where)
    assert (one == other) == (first == second)
    assert (first != second) or hash(one) == hash(other)


@given(runs, st.integers(0, SIZE), st.integers(0, SIZE))
def test_the_beginning_of_a_list_is_taken_from_it(numbers: list[int], some: int, more: int) -> None:
    nodes = listed(numbers)
    assert nodes[:more].without(nodes[:some]) == nodes[:more][some:]


def test_lists_are_compared_once_while_nobody_asks_for_another_one() -> None:
    """What comes and goes with a reconfiguration is of interest to several."""
    where = table()
    one, other, third = listed([0, 2, 4], where), listed([2, 7, 1], where), listed([0, 9], where)
    difference = one.without(other)

    assert one.without(other) is difference
    assert other.without(one) is other.without(one)
    assert one.without(third) == listed([2, 4], where)
    assert one.without(other) == difference
    assert third.without(other) is third.without(other) is third


@given(st.lists(st.integers(0, SIZE - 1), max_size=SIZE), st.booleans())
def test_repeated_nodes_are_found(numbers: list[int], one_by_one: bool) -> None:
    repeated = listed(numbers, one_by_one=one_by_one).repeated()
    if repeated is None:
        assert len(set(numbers)) == len(numbers)
    else:
        assert numbers.count(repeated.identifier) > 1


@given(orders | runs, st.lists(st.integers(0, 2), min_size=SIZE, max_size=SIZE), st.booleans())
def test_uses_tell_who_uses_which_nodes(numbers: list[int], jobs: list[int], one_by_one: bool) -> None:
    nodes = listed(numbers, one_by_one=one_by_one)
    occupancies = [users(number) for number in range(3)]
    nodes.table.occupancies[:] = [occupancies[job] for job in jobs]

    uses = list(nodes.uses())

    assert [number for (start, end), _ in uses for number in range(start, end)] == numbers
    assert all(jobs[number] in use.running for (start, end), use in uses for number in range(start, end))
    assert all(one[1] is not other[1] or one[0][1] != other[0][0] for one, other in pairwise(uses))
    assert nodes.used(lambda use: 1 in use.running).identifiers == [number for number in numbers if jobs[number] == 1]
    different = {jobs[number] for number in numbers}
    assert nodes.occupancy is (occupancies[different.pop()] if len(different) == 1 else None)


@given(orders | runs, st.booleans())
def test_nodes_enter_an_occupancy_together(numbers: list[int], one_by_one: bool) -> None:
    where, occupancy = table(), users(1)
    nodes = listed(numbers, where, one_by_one=one_by_one)
    nodes.enter(occupancy)
    expected = [occupancy if number in numbers else VACANT for number in range(SIZE)]
    assert [node.occupancy for node in where.nodes] == expected
    assert nodes.occupancy is (occupancy if numbers else None)


def test_no_nodes_go_with_any_table() -> None:
    nodes = listed([2, 3])
    assert NodeList.of([]) == NO_NODES == nodes[:0]
    assert NO_NODES + nodes == nodes == nodes + NO_NODES
    assert nodes.without(NO_NODES) == nodes
    assert nodes.without(nodes) == NO_NODES == NO_NODES.without(nodes)
    assert NO_NODES.occupancy is None


def test_a_list_is_shown_as_batch_systems_do() -> None:
    assert repr(listed([7, 1, 2, 3])) == "<NodeList: 7,1-3>"
