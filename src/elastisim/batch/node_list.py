"""Lists of nodes: which nodes, and in which order, at a cost that grows with the gaps between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, overload

from elastisim.batch.node import VACANT, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elastisim.batch.node import Occupancy
    from elastisim.platform.machine import ComputeNode, NodeKind

Cell = TypeVar("Cell")
Range = tuple[int, int]
"""Consecutive IDs: the first one, and the one after the last."""

FRAGMENTED = 16
"""Ranges of two lists together from which on their nodes are compared one by one, which is a matter of single ranges
then.
"""


def _no_use(node: ComputeNode) -> Sequence[bool]:
    return [False] * node.gpus


class NodeTable:
    """All compute nodes by ID, column by column, so that one step does for all nodes of a range.

    ``everything`` lists all of them.  ``known`` is the list of nodes that was looked at last, and ``sole`` the one
    occupancy that all of its nodes have, if it is one; ``difference`` are the two lists that were compared last, and
    what only the first of them has: what happens to a job is of interest to several.
    """

    __slots__ = ("_kinds", "difference", "everything", "known", "names", "nodes", "occupancies", "resources", "sole")

    def __init__(
        self, resources: Sequence[ComputeNode], gpu_use: Callable[[ComputeNode], Sequence[bool]] = _no_use
    ) -> None:
        """List nodes with the IDs 0, 1, 2 and so on; *gpu_use* tells which GPUs of a node are in use."""
        self.resources = list(resources)
        self.known: NodeList | None = None
        self.sole: Occupancy | None = None
        self.difference: tuple[NodeList, NodeList, NodeList] | None = None
        self.occupancies: list[Occupancy] = [VACANT] * len(self.resources)
        self.nodes = [Node(resource, self, gpu_use) for resource in self.resources]
        self.names = [node.name for node in self.nodes]
        self.everything = NodeList(self, [(0, len(self.nodes))] if self.nodes else ())
        self._kinds: set[NodeKind] | None = None

    @property
    def plain_kind(self) -> NodeKind | None:
        """The kind of all nodes if they are of one kind and have no GPUs."""
        if self._kinds is None:
            has_gpus = any(resource.gpus for resource in self.resources)
            self._kinds = set() if has_gpus else {resource.kind for resource in self.resources}
        return next(iter(self._kinds)) if len(self._kinds) == 1 else None

    def shown(self, identifier: int) -> tuple[NodeKind, Sequence[int]]:
        """Return the kind of a node, and the states of its GPUs."""
        node = self.nodes[identifier]
        return node.resource.kind, node.gpu_states if node.resource.gpus else ()


class NodeList(Sequence[Node]):
    """Nodes in a certain order, such as that of ranks; it never changes.

    ``ranges`` are their IDs, in this order; they are as long as possible.  ``size`` is the number of nodes, ``table``
    where they are listed.
    """

    __slots__ = ("_identifiers", "_set", "ranges", "size", "table")

    def __init__(self, table: NodeTable, ranges: Sequence[Range], size: int = -1) -> None:
        """Hold the nodes of *ranges*, none of which begins where the one before it ends; *size* if it is known."""
        self.table = table
        self.ranges = tuple(ranges)
        self._identifiers: list[int] | None = None
        self._set: set[int] | None = None
        if size < 0:
            size = 0
            for start, end in ranges:
                size += end - start
        self.size = size

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> NodeList:
        """Return nodes of one table, in their order, as a list."""
        if isinstance(nodes, NodeList):
            return nodes
        found = list(nodes)
        if not found:
            return NO_NODES
        return cls(found[0].table, ranges_of([node.identifier for node in found]))

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Node]:
        return iter(self.pick(self.table.nodes))

    def __contains__(self, node: object) -> bool:
        nodes = self.table.nodes
        number = getattr(node, "identifier", -1)
        return any(start <= number < end for start, end in self.ranges) and nodes[number] is node

    @overload
    def __getitem__(self, key: int) -> Node: ...
    @overload
    def __getitem__(self, key: slice) -> NodeList: ...
    def __getitem__(self, key: int | slice) -> Node | NodeList:
        if isinstance(key, slice):
            start, stop, step = key.indices(self.size)
            return self._cut(start, stop) if step == 1 else NodeList.of(list(self)[key])
        position = range(self.size)[key]
        for start, end in self.ranges:
            if position < end - start:
                break
            position -= end - start
        return self.table.nodes[start + position]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NodeList):
            return self.ranges == other.ranges and (self.table is other.table or not self.ranges)
        return list(self) == other if isinstance(other, list) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __add__(self, other: NodeList) -> NodeList:
        """Return these nodes and then others."""
        if not other.ranges:
            return self
        return NodeList(other.table, joined([*self.ranges, *other.ranges]))

    def __repr__(self) -> str:
        words = [str(start) if end == start + 1 else f"{start}-{end - 1}" for start, end in self.ranges]
        return f"<NodeList: {','.join(words)}>"

    @property
    def identifiers(self) -> list[int]:
        """The IDs of the nodes, worked out once; nobody changes them."""
        found = self._identifiers
        if found is None:
            found = self._identifiers = []
            for start, end in self.ranges:
                found += range(start, end)
        return found

    @property
    def occupancy(self) -> Occupancy | None:
        """The occupancy that all nodes have; None if they are used differently."""
        table = self.table
        if table.known is not self:
            table.known = self
            table.sole = self._sole_occupancy()
        return table.sole

    def pick(self, column: Sequence[Cell]) -> Sequence[Cell]:
        """Return the cells of these nodes in a column of the table."""
        ranges = self.ranges
        if len(ranges) == 1:
            start, end = ranges[0]
            return column[start:end]
        found: list[Cell] = []
        for start, end in ranges:
            found += column[start:end]
        return found

    def uses(self) -> Iterator[tuple[Range, Occupancy]]:
        """Yield ranges of nodes, each with the one occupancy that all its nodes have."""
        occupancies = self.table.occupancies
        for start, end in self.ranges:
            first, occupancy = start, occupancies[start]
            if occupancies[start:end].count(occupancy) < end - start:
                for number in range(start, end):
                    if occupancies[number] is not occupancy:
                        yield (first, number), occupancy
                        first, occupancy = number, occupancies[number]
            yield (first, end), occupancy

    def without(self, other: NodeList) -> NodeList:
        """Return those of these nodes that are not among *other*."""
        if not self.ranges or not other.ranges:
            return self
        table = self.table
        known = table.difference
        if known is None or known[0] is not self or known[1] is not other:
            known = table.difference = (self, other, self._minus(other))
        return known[2]

    def _minus(self, other: NodeList) -> NodeList:
        ranges, others = self.ranges, other.ranges
        # Most of the time one list is the beginning of the other.
        if other._begins_with(self):
            return NO_NODES
        if self._begins_with(other):
            last = len(others) - 1
            end, stop = others[last][1], ranges[last][1]
            rest = ranges[last + 1 :]
            return NodeList(self.table, ((end, stop), *rest) if end < stop else rest)
        if len(ranges) + len(others) > FRAGMENTED:
            gone = other._members()
            return NodeList(self.table, ranges_of([number for number in self.identifiers if number not in gone]))
        barriers = sorted(others)
        ends = [end for _, end in barriers]
        left: list[Range] = []
        for start, end in ranges:
            reached = start
            for number in range(bisect_right(ends, start), len(barriers)):
                first, stop = barriers[number]
                if first >= end:
                    break
                if first > reached:
                    left.append((reached, first))
                reached = stop
            if reached < end:
                left.append((reached, end))
        return NodeList(self.table, joined(left))

    def sorted(self) -> NodeList:
        """Return these nodes in order of their IDs."""
        return NodeList(self.table, joined(sorted(self.ranges))) if len(self.ranges) > 1 else self

    def repeated(self) -> Node | None:
        """Return a node that is listed twice, None if there is none."""
        reached = 0
        for start, end in sorted(self.ranges):
            if start < reached:
                return self.table.nodes[start]
            reached = end
        return None

    def enter(self, occupancy: Occupancy) -> None:
        """Let all nodes have an occupancy."""
        table = self.table
        occupancies = table.occupancies
        for start, end in self.ranges:
            occupancies[start:end] = [occupancy] * (end - start)
        table.known = self
        table.sole = occupancy if self.ranges else None

    def _members(self) -> set[int]:
        members = self._set
        if members is None:
            members = self._set = set(self.identifiers)
        return members

    def _sole_occupancy(self) -> Occupancy | None:
        ranges, occupancies = self.ranges, self.table.occupancies
        if not ranges:
            return None
        sole = occupancies[ranges[0][0]]
        for start, end in ranges:
            if occupancies[start:end].count(sole) < end - start:
                return None
        return sole

    def _begins_with(self, other: NodeList) -> bool:
        """Return whether the first nodes are those of *other*, which is not empty, in its order."""
        last = len(other.ranges) - 1
        if last >= len(self.ranges) or self.ranges[:last] != other.ranges[:last]:
            return False
        start, end = other.ranges[last]
        first, stop = self.ranges[last]
        return start == first and end <= stop

    def _cut(self, start: int, stop: int) -> NodeList:
        """Return the nodes from one position up to but not including another one."""
        if start <= 0 and stop >= self.size:
            return self
        found: list[Range] = []
        for first, end in self.ranges:
            size = end - first
            if start < min(size, stop) and stop > 0:
                found.append((first + max(start, 0), first + min(stop, size)))
            start -= size
            stop -= size
        return NodeList(self.table, found)


NO_NODES = NodeTable(()).everything
"""No nodes at all."""


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """Return IDs as ranges, in their order."""
    found: list[Range] = []
    start = end = -1
    for number in numbers:
        if number == end:
            end += 1
        else:
            if end > start:
                found.append((start, end))
            start, end = number, number + 1
    if end > start:
        found.append((start, end))
    return found


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges as long as possible."""
    found: list[Range] = []
    first = reached = -1
    for start, end in ranges:
        if start == reached:
            reached = end
        else:
            if reached > first:
                found.append((first, reached))
            first, reached = start, end
    if reached > first:
        found.append((first, reached))
    return found
