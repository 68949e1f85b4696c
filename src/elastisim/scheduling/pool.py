"""The pool of free nodes that a policy takes nodes from."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from elastisim.batch.node_list import NO_NODES, NodeList, ranges_of
from elastisim.scheduling import neighbourhood
from elastisim.scheduling.intervals import IntervalSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from elastisim.batch.node import Node, Occupancy
    from elastisim.batch.node_list import NodeTable


class _Neighbourhoods:
    """Numbers of free nodes in each part of the machine, the parts ordered by that number."""

    def __init__(self, part_of: Sequence[int], offered: Iterable[int]) -> None:
        self.part_of = part_of
        self.members: list[list[int]] = [[] for _ in range(max(part_of, default=-1) + 1)]
        for node, part in enumerate(part_of):
            self.members[part].append(node)
        self._free = [0] * len(self.members)
        for node in offered:
            self._free[part_of[node]] += 1
        self._order = sorted((count, part) for part, count in enumerate(self._free))

    def change(self, nodes: Iterable[int], step: int) -> None:
        """Count nodes that come (+1) or go (-1)."""
        changes: dict[int, int] = {}
        for node in nodes:
            part = self.part_of[node]
            changes[part] = changes.get(part, 0) + step
        for part, change in changes.items():
            count = self._free[part]
            del self._order[bisect_left(self._order, (count, part))]
            self._free[part] = count + change
            insort(self._order, (count + change, part))

    def tightest(self, count: int) -> int | None:
        """Return the part with the fewest free nodes that suffice, None if there is none."""
        index = bisect_left(self._order, (count, -1))
        return self._order[index][1] if index < len(self._order) else None


class NodePool:
    """The free nodes, in order of their IDs.

    What the batch system frees and what the policy takes or gives up changes the pool at once.  Finding nodes does not
    take them: that is done by starting or resizing a job.  Nodes that are withheld are not offered: they do not count,
    and no method finds them.
    """

    def __init__(self, table: NodeTable) -> None:
        """Begin with all nodes of *table* free."""
        self.table = table
        self._offered = IntervalSet(len(table.nodes))
        self._withheld: set[int] = set()
        self._kept: set[int] = set()
        self._switches: _Neighbourhoods | None = None
        self._groups: _Neighbourhoods | None = None
        self._counted: list[_Neighbourhoods] = []

    def __len__(self) -> int:
        return self._offered.size

    def __bool__(self) -> bool:
        return self._offered.size > 0

    def __iter__(self) -> Iterator[Node]:
        nodes = self.table.nodes
        return (nodes[number] for number in self._offered)

    def __contains__(self, node: Node) -> bool:
        return node.identifier in self._offered

    def __repr__(self) -> str:
        return f"<NodePool: {len(self)} of {len(self.table.nodes)} nodes>"

    def any(self, count: int) -> NodeList | None:
        """Return *count* free nodes, no matter which; None if there are fewer."""
        return self.lowest(count)

    def lowest(self, count: int) -> NodeList | None:
        """Return the *count* free nodes with the lowest IDs, in this order; None if there are fewer."""
        if not 0 <= count <= self._offered.size:
            return None
        return NodeList(self.table, self._offered.lowest(count), count)

    def contiguous(self, count: int) -> NodeList | None:
        """Return *count* free nodes with consecutive IDs, the lowest that there are; None if there are none.

        Costs time proportional to the number of gaps between free nodes.
        """
        start = self._offered.run(count) if count > 0 else None
        return NodeList(self.table, [(start, start + count)]) if start is not None else None

    def same_switch(self, count: int) -> NodeList | None:
        """Return *count* free nodes at one switch, that with the fewest free nodes; None if there is none.

        What counts as a switch is told at :func:`elastisim.scheduling.neighbourhood.switches`.
        """
        if self._switches is None:
            self._switches = self._count(neighbourhood.switches(self.table.nodes))
        return self._of_part(self._switches, count)

    def same_group(self, count: int) -> NodeList | None:
        """Return *count* free nodes in one group of switches, that with the fewest free nodes; None if there is none.

        What counts as a group is told at :func:`elastisim.scheduling.neighbourhood.groups`.
        """
        if self._groups is None:
            self._groups = self._count(neighbourhood.groups(self.table.nodes))
        return self._of_part(self._groups, count)

    def withhold(self, nodes: Iterable[Node]) -> None:
        """Do not offer *nodes* any more, be they free now or later, until they are readmitted."""
        listed = NodeList.of(nodes)
        self._withheld |= listed.members
        for start, end in listed.ranges:
            for free in self._offered.within(start, end):
                self._kept.update(range(*free))
                self._withdraw(*free)

    def readmit(self, nodes: Iterable[Node]) -> None:
        """Offer withheld nodes again."""
        members = NodeList.of(nodes).members
        self._withheld -= members
        free = self._kept & members
        if free:
            self._kept -= free
            for start, end in ranges_of(sorted(free)):
                self._offer(start, end)

    @property
    def withheld(self) -> NodeList:
        """The withheld nodes that are free, in order of their IDs."""
        return NodeList.listing(self.table, sorted(self._kept))

    def _count(self, part_of: Sequence[int]) -> _Neighbourhoods:
        """Return the parts of the machine, and keep count of their free nodes from now on."""
        parts = _Neighbourhoods(part_of, self._offered)
        self._counted.append(parts)
        return parts

    def _of_part(self, parts: _Neighbourhoods, count: int) -> NodeList | None:
        part = parts.tightest(count) if count > 0 else None
        if part is None:
            return None
        offered = self._offered
        found = [number for number in parts.members[part] if number in offered]
        return NodeList(self.table, ranges_of(found[:count]))

    # What follows is for those who keep the pool up to date.

    def is_free(self, node: Node) -> bool:
        """Return whether a node is free, withheld or not."""
        return node.identifier in self._offered or node.identifier in self._kept

    def are_free(self, numbers: set[int]) -> bool:
        """Return whether withheld nodes are all free, by their IDs."""
        return numbers <= self._kept

    def first_taken(self, nodes: NodeList) -> Node | None:
        """Return the first of *nodes* that is not free, None if all are."""
        for start, end in nodes.ranges:
            if not self._offered.covers(start, end):
                for number in range(start, end):
                    if number not in self._offered and number not in self._kept:
                        return self.table.nodes[number]
        return None

    def refresh(self, changed: NodeList) -> NodeList:
        """Learn which of the changed nodes are free: no job runs there, and none expects them.

        Return those that are expected only.
        """
        sole = changed.occupancy
        if sole is not None:
            change = self.put if sole.is_vacant else self.take
            change(changed)
            return changed if sole.is_awaited else NO_NODES
        self.put(changed.used(_is_vacant))
        self.take(changed.used(_is_not_vacant))
        return changed.used(_is_awaited)

    def take_lowest(self, count: int) -> NodeList | None:
        """Find the *count* free nodes with the lowest IDs and remove them; None if there are fewer."""
        if self._counted:
            found = self.lowest(count)
            if found is not None:
                self.take(found)
            return found
        if not 0 <= count <= self._offered.size:
            return None
        return NodeList(self.table, self._offered.take_lowest(count), count)

    def take(self, nodes: NodeList) -> None:
        """Remove nodes, as far as they are free."""
        if self._kept:
            self._kept -= nodes.members
        if self._offered.size:
            withdraw = self._withdraw if self._counted else self._offered.remove
            for start, end in nodes.ranges:
                withdraw(start, end)

    def put(self, nodes: NodeList) -> None:
        """Add nodes, all of which are free now."""
        kept = self._withheld & nodes.members if self._withheld else None
        if kept:
            self._kept |= kept
            nodes = NodeList.listing(self.table, [number for number in nodes.identifiers if number not in kept])
        offer = self._offer if self._counted else self._offered.add
        for start, end in nodes.ranges:
            offer(start, end)

    def _offer(self, start: int, end: int) -> None:
        for parts in self._counted:
            for interval in self._offered.missing(start, end):
                parts.change(range(*interval), 1)
        self._offered.add(start, end)

    def _withdraw(self, start: int, end: int) -> None:
        for parts in self._counted:
            for interval in self._offered.within(start, end):
                parts.change(range(*interval), -1)
        self._offered.remove(start, end)


def _is_vacant(occupancy: Occupancy) -> bool:
    return occupancy.is_vacant


def _is_not_vacant(occupancy: Occupancy) -> bool:
    return not occupancy.is_vacant


def _is_awaited(occupancy: Occupancy) -> bool:
    return occupancy.is_awaited
