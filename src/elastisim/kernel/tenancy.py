"""Tenancy: who is on which nodes, where several executions may be on one at a time.

Nodes on which the same tenants do the same make a cell.  What happens on one of them happens on all, so that one, the
first, stands for the others.  When somebody comes to part of a cell it is split, and cells that have become equal again
are joined as soon as nothing is under way in which they may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from elastisim.platform.machine import ComputeNode


class Guest(Protocol):
    """What a tenant does in a cell at present."""

    def twin(self, cell: Cell) -> Guest:
        """Return what the tenant does in a cell that has just been split off: the same, and equally far."""
        ...

    def cancel(self) -> None:
        """Stop, and make everything that is under way vanish."""
        ...


class Hermit(Protocol):
    """Whoever does what is possible only as long as nobody else is there."""

    def disturb(self) -> None:
        """Go on as everybody does, as somebody is about to come."""
        ...


class Cell:
    """Nodes on which the same tenants have ranks of the same roles.

    ``tenants`` tells role and rank of each of them, in the order in which they came; the rank is any with this role.
    """

    __slots__ = ("nodes", "tenants")

    def __init__(self, nodes: Sequence[ComputeNode], tenants: dict[Tenant, tuple[Hashable, int]]) -> None:
        self.nodes = nodes
        self.tenants = tenants

    @property
    def node(self) -> ComputeNode:
        """The node that stands for all."""
        return self.nodes[0]

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody does anything here at present."""
        return not any(self in tenant.guests for tenant in self.tenants)

    @property
    def roles(self) -> Hashable:
        """What is the same for cells that can become one."""
        return tuple((tenant, role) for tenant, (role, _) in self.tenants.items())


class Tenant:
    """An execution, and all that follow on the same nodes.

    ``guests`` are what it does, in cells where it does something, unless it is a ``hermit``.  ``is_scattered`` tells
    that there may be cells that have become equal.
    """

    __slots__ = ("cells", "guests", "hermit", "is_scattered")

    def __init__(self) -> None:
        self.cells: dict[Cell, None] = {}
        self.guests: dict[Cell, Guest] = {}
        self.hermit: Hermit | None = None
        self.is_scattered = False

    @property
    def is_alone(self) -> bool:
        """Whether nobody else is on the same nodes."""
        return all(len(cell.tenants) == 1 for cell in self.cells)


class Tenancy:
    """The cells of all nodes on which there is somebody."""

    def __init__(self) -> None:
        self._cells: dict[ComputeNode, Cell] = {}

    def enter(self, nodes: Sequence[ComputeNode], roles: Sequence[Hashable]) -> Tenant:
        """Let somebody in on *nodes*, where ranks do the same that have the same of *roles*, in rank order."""
        tenant = Tenant()
        self._disturb(nodes)
        parts: dict[tuple[Cell | None, Hashable], list[int]] = {}
        for rank, (node, role) in enumerate(zip(nodes, roles, strict=True)):
            parts.setdefault((self._cells.get(node), role), []).append(rank)
        for (known, role), ranks in parts.items():
            members = [nodes[rank] for rank in ranks]
            cell = self._found(members) if known is None else self._part(members)
            cell.tenants[tenant] = role, ranks[0]
            tenant.cells[cell] = None
        tenant.is_scattered = len(tenant.cells) > 1
        return tenant

    def leave(self, tenant: Tenant) -> None:
        """Let somebody go who does nothing any more."""
        for cell in tenant.cells:
            del cell.tenants[tenant]
            if not cell.tenants:
                for node in cell.nodes:
                    del self._cells[node]
            for other in cell.tenants:
                other.is_scattered = True
        tenant.cells.clear()

    def gather(self, tenant: Tenant) -> None:
        """Make one of cells of a tenant that are equal, where everybody is at rest."""
        if not tenant.is_scattered:
            return
        tenant.is_scattered = False
        alike: dict[Hashable, list[Cell]] = {}
        for cell in tenant.cells:
            alike.setdefault(cell.roles, []).append(cell)
        for cells in alike.values():
            if len(cells) == 1:
                continue
            resting = [cell for cell in cells if cell.is_at_rest]
            if len(resting) < len(cells):
                tenant.is_scattered = True
            for cell in resting[1:]:
                self._unite(resting[0], cell)

    def _disturb(self, nodes: Sequence[ComputeNode]) -> None:
        for node in nodes:
            cell = self._cells.get(node)
            if cell is not None:
                for tenant in cell.tenants:
                    if tenant.hermit is not None:
                        tenant.hermit.disturb()

    def _found(self, nodes: Sequence[ComputeNode]) -> Cell:
        cell = Cell(nodes, {})
        self._cells.update(dict.fromkeys(nodes, cell))
        return cell

    def _part(self, nodes: Sequence[ComputeNode]) -> Cell:
        """Return the cell of *nodes*, which is split if there are others in it."""
        cell = self._cells[nodes[0]]
        if len(nodes) == len(cell.nodes):
            return cell
        chosen = set(nodes)
        rest = [node for node in cell.nodes if node not in chosen]
        if cell.node in chosen:
            self._split(cell, nodes, rest)
            return cell
        return self._split(cell, rest, nodes)

    def _split(self, cell: Cell, kept: Sequence[ComputeNode], others: Sequence[ComputeNode]) -> Cell:
        """Leave *kept* in a cell, the first node among them, and make a new one of the others."""
        cell.nodes = [cell.node, *(node for node in kept if node is not cell.node)]
        new = Cell(others, dict(cell.tenants))
        self._cells.update(dict.fromkeys(others, new))
        for tenant in new.tenants:
            tenant.cells[new] = None
            guest = tenant.guests.get(cell)
            if guest is not None:
                tenant.guests[new] = guest.twin(new)
        return new

    def _unite(self, cell: Cell, other: Cell) -> None:
        cell.nodes = [*cell.nodes, *other.nodes]
        self._cells.update(dict.fromkeys(other.nodes, cell))
        for tenant in other.tenants:
            del tenant.cells[other]
