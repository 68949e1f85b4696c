"""The pool of free nodes that a policy takes nodes from."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from elastisim.scheduling import neighbourhood
from elastisim.scheduling.intervals import IntervalSet, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from elastisim.batch.node import Node


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

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Begin with all *nodes* free; they are listed by ID."""
        self._nodes = nodes
        self._offered = IntervalSet(len(nodes))
        self._is_free = bytearray(b"\x01") * len(nodes)
        self._withheld: set[int] = set()
        self._switches: _Neighbourhoods | None = None
        self._groups: _Neighbourhoods | None = None
        self._counted: list[_Neighbourhoods] = []

    def __len__(self) -> int:
        return self._offered._size

    def __bool__(self) -> bool:
        return self._offered._size > 0

    def __iter__(self) -> Iterator[Node]:
        nodes = self._nodes
        return (nodes[number] for number in self._offered)

    def __contains__(self, node: Node) -> bool:
        return node.identifier in self._offered

    def __repr__(self) -> str:
        return f"<NodePool: {len(self)} of {len(self._nodes)} nodes>"

    def any(self, count: int) -> list[Node] | None:
        """Return *count* free nodes, no matter which; None if there are fewer."""
        return self.lowest(count)

    def lowest(self, count: int) -> list[Node] | None:
        """Return the *count* free nodes with the lowest IDs, in this order; None if there are fewer."""
        if not 0 <= count <= self._offered._size:
            return None
        nodes = self._nodes
        found: list[Node] = []
        for start, end in self._offered.lowest(count):
            found += nodes[start:end]
        return found

    def contiguous(self, count: int) -> list[Node] | None:
        """Return *count* free nodes with consecutive IDs, the lowest that there are; None if there are none.

        Costs time proportional to the number of gaps between free nodes.
        """
        start = self._offered.run(count) if count > 0 else None
        return list(self._nodes[start : start + count]) if start is not None else None

    def same_switch(self, count: int) -> list[Node] | None:
        """Return *count* free nodes at one switch, that with the fewest free nodes; None if there is none.

        What counts as a switch is told at :func:`elastisim.scheduling.neighbourhood.switches`.
        """
        if self._switches is None:
            self._switches = self._count(neighbourhood.switches(self._nodes))
        return self._within(self._switches, count)

    def same_group(self, count: int) -> list[Node] | None:
        """Return *count* free nodes in one group of switches, that with the fewest free nodes; None if there is none.

        What counts as a group is told at :func:`elastisim.scheduling.neighbourhood.groups`.
        """
        if self._groups is None:
            self._groups = self._count(neighbourhood.groups(self._nodes))
        return self._within(self._groups, count)

    def withhold(self, nodes: Iterable[Node]) -> None:
        """Do not offer *nodes* any more, be they free now or later, until they are readmitted."""
        new = [node.identifier for node in nodes if node.identifier not in self._withheld]
        self._withdraw(runs(number for number in new if self._is_free[number]))
        self._withheld.update(new)

    def readmit(self, nodes: Iterable[Node]) -> None:
        """Offer withheld nodes again."""
        old = [node.identifier for node in nodes if node.identifier in self._withheld]
        self._withheld.difference_update(old)
        self._offer(runs(number for number in old if self._is_free[number]))

    @property
    def withheld(self) -> list[Node]:
        """The withheld nodes that are free, in order of their IDs."""
        return [self._nodes[number] for number in sorted(self._withheld) if self._is_free[number]]

    def _count(self, part_of: Sequence[int]) -> _Neighbourhoods:
        """Return the parts of the machine, and keep count of their free nodes from now on."""
        parts = _Neighbourhoods(part_of, self._offered)
        self._counted.append(parts)
        return parts

    def _within(self, parts: _Neighbourhoods, count: int) -> list[Node] | None:
        part = parts.tightest(count) if count > 0 else None
        if part is None:
            return None
        offered = self._offered
        found = (self._nodes[number] for number in parts.members[part] if number in offered)
        return [node for node, _ in zip(found, range(count), strict=False)]

    # What follows is for those who keep the pool up to date.

    def is_free(self, node: Node) -> bool:
        """Return whether a node is free, withheld or not."""
        return bool(self._is_free[node.identifier])

    def refresh(self, changed: Sequence[Node]) -> list[Node]:
        """Learn which of the changed nodes are free: no job runs there, and none expects them.

        Return those that are expected only.
        """
        is_free = self._is_free
        occupancies = {node.occupancy for node in changed}
        vacancies = {occupancy.is_vacant for occupancy in occupancies}
        if False in vacancies:
            taken = [node for node in changed if is_free[node.identifier]]
            if taken and True in vacancies:
                taken = [node for node in taken if not node.occupancy.is_vacant]
            if taken:
                self.take(taken)
        if True in vacancies:
            freed = [node for node in changed if not is_free[node.identifier]]
            if freed and False in vacancies:
                freed = [node for node in freed if node.occupancy.is_vacant]
            if freed:
                self.put(freed)
        if any(occupancy.is_awaited for occupancy in occupancies):
            return [node for node in changed if node.occupancy.is_awaited]
        return []

    def take_lowest(self, count: int) -> list[Node] | None:
        """Find the *count* free nodes with the lowest IDs and remove them; None if there are fewer."""
        if self._counted or not 0 <= count <= self._offered._size:
            found = self.lowest(count)
            if found is not None:
                self.take(found)
            return found
        nodes, is_free = self._nodes, self._is_free
        taken: list[Node] = []
        for start, end in self._offered.take_lowest(count):
            is_free[start:end] = bytes(end - start)
            taken += nodes[start:end]
        return taken

    def take(self, nodes: Iterable[Node]) -> None:
        """Remove free nodes."""
        self._remove([node.identifier for node in nodes])

    def put(self, nodes: Iterable[Node]) -> None:
        """Add nodes that are free now."""
        self._add([node.identifier for node in nodes])

    def _add(self, numbers: Sequence[int]) -> None:
        intervals = runs(numbers)
        for start, end in intervals:
            self._is_free[start:end] = b"\x01" * (end - start)
        withheld = self._withheld
        self._offer(runs(number for number in numbers if number not in withheld) if withheld else intervals)

    def _remove(self, numbers: Sequence[int]) -> None:
        intervals = runs(numbers)
        for start, end in intervals:
            self._is_free[start:end] = bytes(end - start)
        withheld = self._withheld
        self._withdraw(runs(number for number in numbers if number not in withheld) if withheld else intervals)

    def _offer(self, intervals: Iterable[tuple[int, int]]) -> None:
        for start, end in intervals:
            self._offered.add(start, end)
            for parts in self._counted:
                parts.change(range(start, end), 1)

    def _withdraw(self, intervals: Iterable[tuple[int, int]]) -> None:
        for start, end in intervals:
            self._offered.remove(start, end)
            for parts in self._counted:
                parts.change(range(start, end), -1)
