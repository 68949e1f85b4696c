"""The pool of free nodes follows a set of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elastisim.batch.node import NodeState, Occupancy
from elastisim.batch.node_list import NodeList, NodeTable, ranges_of
from elastisim.scheduling import neighbourhood
from elastisim.scheduling.pool import NodePool

SIZE = 12
SWITCH = 4
"""Nodes at each switch."""

some = st.lists(st.integers(0, SIZE - 1), unique=True)
steps = st.lists(st.tuples(st.sampled_from(["take", "take lowest", "put", "withhold", "readmit"]), some), max_size=8)


def table() -> NodeTable:
    resources: list[Any] = [SimpleNamespace(identifier=i, host=SimpleNamespace(name=f"n{i}")) for i in range(SIZE)]
    return NodeTable(resources)


@given(steps, some, st.integers(0, SIZE + 1), st.booleans(), st.booleans())
@example([("take", list(range(SIZE))), ("put", list(range(SIZE)))], [], SWITCH, False, True)
def test_what_is_offered_is_free_and_not_withheld(
    steps: list[tuple[str, list[int]]], asked: list[int], count: int, one_by_one: bool, counts_parts: bool
) -> None:
    where = table()
    pool, free, withheld = NodePool(where), set(range(SIZE)), set[int]()

    def listed(numbers: list[int]) -> NodeList:
        return NodeList.listing(where, numbers) if one_by_one else NodeList(where, ranges_of(numbers))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbourhood, "switches", lambda nodes: [node.identifier // SWITCH for node in nodes])
        if counts_parts:
            pool.same_switch(1)
        for step, numbers in steps:
            if step == "take":
                pool.take(listed(numbers))
                free -= set(numbers)
            elif step == "take lowest":
                lowest = pool.take_lowest(len(numbers))
                offered = sorted(free - withheld)[: len(numbers)]
                assert (lowest.identifiers if lowest is not None else None) == (
                    offered if len(offered) == len(numbers) else None
                )
                free -= set(offered if lowest is not None else ())
            elif step == "put":
                pool.put(listed(numbers))
                free |= set(numbers)
            elif step == "withhold":
                pool.withhold(listed(numbers))
                withheld |= set(numbers)
            else:
                pool.readmit(listed(numbers))
                withheld -= set(numbers)
        offered = sorted(free - withheld)

        assert [node.identifier for node in pool] == offered
        assert [node.identifier for node in where.nodes if node in pool] == offered
        assert (len(pool), bool(pool)) == (len(offered), bool(offered))
        assert pool.withheld.identifiers == sorted(free & withheld)
        assert [node.identifier for node in where.nodes if pool.is_free(node)] == sorted(free)
        assert pool.are_free(set(asked) & withheld) == (set(asked) & withheld <= free)
        lowest = pool.lowest(count)
        assert (lowest.identifiers if lowest is not None else None) == (
            offered[:count] if count <= len(offered) else None
        )
        taken = pool.first_taken(listed(asked))
        assert (taken.identifier if taken is not None else None) == next((n for n in asked if n not in free), None)
        parts = [[n for n in offered if n // SWITCH == part] for part in range(SIZE // SWITCH)]
        fitting = sorted(len(part) for part in parts if len(part) >= count > 0)
        found = pool.same_switch(count)
        if found is None:
            assert not fitting
        else:
            numbers = found.identifiers
            part = parts[numbers[0] // SWITCH]
            assert numbers == part[:count]
            assert len(part) == fitting[0]


@given(some, st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE), st.booleans())
def test_the_pool_learns_how_nodes_are_used(changed: list[int], uses: list[int], one_by_one: bool) -> None:
    """Nodes are free where no job runs, and none expects them; those that are only expected are told."""
    where = table()
    job: Any = SimpleNamespace(identifier=7)
    vacant = where.occupancies[0]
    running, awaited = Occupancy({7: job}, {}, NodeState.ALLOCATED), Occupancy({}, {7: job}, NodeState.RESERVED)
    both = Occupancy({7: job}, {7: job}, NodeState.ALLOCATED)
    where.occupancies[:] = [(vacant, running, awaited, both)[use] for use in uses]
    pool = NodePool(where)
    pool.take(NodeList(where, [(0, 6)]))

    nodes = NodeList.listing(where, changed) if one_by_one else NodeList(where, ranges_of(changed))
    expected = pool.refresh(nodes)

    free = {n for n in range(SIZE) if (uses[n] == 0 if n in changed else n >= 6)}
    assert {node.identifier for node in pool} == free
    assert sorted(expected.identifiers) == sorted(n for n in changed if uses[n] == 2)
