"""Tenancy: cells are split when somebody comes to a part of them, and joined when they have become equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from elastisim.kernel.tenancy import Tenancy

if TYPE_CHECKING:
    from elastisim.kernel.tenancy import Cell, Tenant


class Guest:
    """Somebody who is so far."""

    def __init__(self, progress: int) -> None:
        self.progress = progress

    def twin(self, cell: Cell) -> Guest:
        assert len(cell.nodes) > 0
        return Guest(self.progress)

    def cancel(self) -> None:
        pass


class Hermit:
    """Somebody who wants to be told before others come."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.seen: list[list[str]] = []

    def disturb(self) -> None:
        self.seen = nodes_of(self.tenant)
        self.tenant.hermit = None


@pytest.fixture
def tenancy() -> Tenancy:
    return Tenancy()


def enter(tenancy: Tenancy, nodes: str, roles: str | None = None) -> Tenant:
    """Let somebody in on nodes with names of one letter; roles are the same unless they are told."""
    names: Any = list(nodes)
    return tenancy.enter(names, list(roles) if roles else [""] * len(nodes))


def nodes_of(tenant: Tenant) -> list[list[str]]:
    """Return the nodes of each cell of a tenant, in the order in which it looks at them."""
    return [[str(node) for node in cell.nodes] for cell in tenant.cells]


def cells_of(tenant: Tenant) -> list[str]:
    return ["".join(nodes) for nodes in nodes_of(tenant)]


def test_ranks_of_a_role_make_a_cell(tenancy: Tenancy) -> None:
    tenant = enter(tenancy, "abcde", "xyyxy")

    assert cells_of(tenant) == ["ad", "bce"]
    assert [cell.tenants[tenant] for cell in tenant.cells] == [("x", 0), ("y", 1)]
    assert [cell.node for cell in tenant.cells] == ["a", "b"]
    assert tenant.is_alone


def test_who_comes_to_a_part_of_a_cell_splits_it(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd")
    second = enter(tenancy, "ebd")

    assert cells_of(first) == ["ac", "bd"]
    assert cells_of(second) == ["e", "bd"]
    assert not first.is_alone
    assert not second.is_alone


def test_the_first_node_keeps_its_cell(tenancy: Tenancy) -> None:
    """What is under way there goes on; what is under way elsewhere is divided."""
    first = enter(tenancy, "abcd")
    (cell,) = first.cells
    enter(tenancy, "ba")

    assert cells_of(first) == ["ab", "cd"]
    assert next(iter(first.cells)) is cell


def test_roles_of_a_newcomer_split_cells_as_well(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd")
    second = enter(tenancy, "dcba", "xyyx")

    assert sorted(cells_of(first)) == sorted(cells_of(second)) == ["ad", "bc"]
    assert {cell.node: cell.tenants[second] for cell in second.cells} == {"a": ("x", 0), "b": ("y", 1)}


def test_guests_are_where_their_twins_are(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd")
    (cell,) = first.cells
    first.guests[cell] = Guest(7)
    enter(tenancy, "cd")

    assert {"".join(map(str, place.nodes)): guest.progress for place, guest in first.guests.items()} == {  # type: ignore[attr-defined]
        "ab": 7,
        "cd": 7,
    }


def test_cells_that_have_become_equal_are_joined(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd")
    second = enter(tenancy, "bc")
    tenancy.gather(first)
    assert cells_of(first) == ["ad", "bc"]

    tenancy.leave(second)
    assert cells_of(first) == ["ad", "bc"]
    tenancy.gather(first)
    assert cells_of(first) == ["adbc"]
    third = enter(tenancy, "bc")
    assert sorted(cells_of(first)) == ["ad", "bc"]
    assert cells_of(third) == ["bc"]


def test_cells_are_not_joined_while_something_is_under_way(tenancy: Tenancy) -> None:
    """Not even if it is somebody else whose progress may differ."""
    first = enter(tenancy, "abcd")
    second = enter(tenancy, "abcd")
    visitor = enter(tenancy, "bc")
    tenancy.leave(visitor)
    busy = next(iter(second.cells))
    second.guests[busy] = Guest(1)
    tenancy.gather(first)
    assert sorted(cells_of(first)) == ["ad", "bc"]

    del second.guests[busy]
    tenancy.gather(first)
    assert cells_of(first) == cells_of(second) == ["adbc"]


def test_who_comes_to_equal_cells_joins_them(tenancy: Tenancy) -> None:
    enter(tenancy, "abcd")
    tenancy.leave(enter(tenancy, "bc"))
    second = enter(tenancy, "abcd")
    assert cells_of(second) == ["ad", "bc"]

    tenancy.gather(second)
    assert cells_of(second) == ["adbc"]


def test_cells_of_different_roles_or_tenants_stay_apart(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd", "xxyy")
    enter(tenancy, "b")
    tenancy.gather(first)

    assert sorted(cells_of(first)) == ["a", "b", "cd"]


def test_nodes_that_everybody_has_left_are_like_new(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd")
    enter(tenancy, "cd")
    tenancy.leave(first)
    again = enter(tenancy, "abcd")

    assert cells_of(again) == ["ab", "cd"]


def test_a_hermit_learns_of_newcomers_before_they_come(tenancy: Tenancy) -> None:
    first = enter(tenancy, "abcd")
    hermit = first.hermit = Hermit(first)
    enter(tenancy, "ef")
    assert hermit.seen == []

    enter(tenancy, "fb")
    assert hermit.seen == [["a", "b", "c", "d"]]
    assert cells_of(first) == ["acd", "b"]
