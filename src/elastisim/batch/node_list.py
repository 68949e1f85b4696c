"""Lists of nodes: which nodes, and in which order, at a cost that grows with the gaps between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar, overload

from elastisim.batch.node import VACANT, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elastisim.batch.node import Occupancy
    from elastisim.platform.machine import ComputeNode, NodeKind

Cell = TypeVar("Cell")
Range = tuple[int, int]
"""Consecutive IDs: the first one, and the one after the last."""

WORTHWHILE = 3
"""Nodes that ranges have on average, at least, where it is quicker to go from range to range than from node to node."""


def _no_use(node: ComputeNode) -> Sequence[bool]:
    return [False] * node.gpus


class NodeTable:
    """All compute nodes by ID, column by column, so that one step does for all nodes of a range.

    ``numbers`` are the IDs themselves, which lists of them share.
    ``everything`` lists all of them.  ``known`` is the list of nodes that was looked at last, and ``sole`` the one
    occupancy that all of its nodes have, if it is one; ``compared`` counts the lists that others were compared to.
    """

    __slots__ = (
        "_kinds",
        "compared",
        "everything",
        "known",
        "names",
        "nodes",
        "numbers",
        "occupancies",
        "resources",
        "sole",
    )

    def __init__(
        self, resources: Sequence[ComputeNode], gpu_use: Callable[[ComputeNode], Sequence[bool]] = _no_use
    ) -> None:
        """List nodes with the IDs 0, 1, 2 and so on; *gpu_use* tells which GPUs of a node are in use."""
        self.resources = list(resources)
        self.known: NodeList | None = None
        self.sole: Occupancy | None = None
        self.compared = 0
        self.occupancies: list[Occupancy] = [VACANT] * len(self.resources)
        self.nodes = [Node(resource, self, gpu_use) for resource in self.resources]
        self.names = [node.name for node in self.nodes]
        self.numbers = [node.identifier for node in self.nodes]
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

    Their IDs are known as ``ranges``, in this order and as long as possible, or one by one as ``identifiers``; what was
    not given is worked out when somebody asks for it.  A list that ``is_scattered`` has so many ranges that it is gone
    through node by node.  ``size`` is the number of nodes, ``table`` where they are listed.
    """

    __slots__ = (
        "_identifiers",
        "_members",
        "_number",
        "_opponent",
        "_ranges",
        "_rest",
        "is_scattered",
        "size",
        "table",
    )

    def __init__(self, table: NodeTable, ranges: Sequence[Range], size: int = -1) -> None:
        """Hold the nodes of *ranges*, none of which begins where the one before it ends; *size* if it is known."""
        if size < 0:
            size = 0
            for start, end in ranges:
                size += end - start
        self.table = table
        self.size = size
        self.is_scattered = size < len(ranges) * WORTHWHILE and len(ranges) > 1
        self._ranges: tuple[Range, ...] | None = tuple(ranges)
        self._identifiers: list[int] | None = None
        self._members: set[int] | None = None
        self._number = self._opponent = 0
        self._rest: NodeList | None = None

    @classmethod
    def listing(cls, table: NodeTable, identifiers: list[int]) -> NodeList:
        """Return nodes that are likely to be in pieces, by their IDs; nobody changes the list any more."""
        size = len(identifiers)
        if not size:
            return NO_NODES
        first = identifiers[0]
        if identifiers[-1] - first == size - 1 and identifiers == list(range(first, first + size)):
            return cls(table, ((first, first + size),), size)
        found = cls(table, (), size)
        found.is_scattered = True
        found._ranges = None
        found._identifiers = identifiers
        return found

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
        number = getattr(node, "identifier", -1)
        if self.is_scattered:
            is_listed = number in self.members
        else:
            is_listed = any(start <= number < end for start, end in self.ranges)
        return is_listed and self.table.nodes[number] is node

    @overload
    def __getitem__(self, key: int) -> Node: ...
    @overload
    def __getitem__(self, key: slice) -> NodeList: ...
    def __getitem__(self, key: int | slice) -> Node | NodeList:
        if isinstance(key, slice):
            start, stop, step = key.indices(self.size)
            return self._cut(start, stop) if step == 1 else NodeList.of(list(self)[key])
        position = range(self.size)[key]
        if self.is_scattered:
            return self.table.nodes[self.identifiers[position]]
        for start, end in self.ranges:
            if position < end - start:
                break
            position -= end - start
        return self.table.nodes[start + position]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NodeList):
            return list(self) == other if isinstance(other, list) else NotImplemented
        if self.size != other.size or (self.table is not other.table and self.size):
            return False
        if self.is_scattered or other.is_scattered:
            return self.identifiers == other.identifiers
        return self._ranges == other._ranges

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __add__(self, other: NodeList) -> NodeList:
        """Return these nodes and then others."""
        if not other.size:
            return self
        if not self.size:
            return other
        if self._ranges is None or other._ranges is None:
            return NodeList.listing(self.table, self.identifiers + other.identifiers)
        return NodeList(self.table, joined([*self._ranges, *other._ranges]), self.size + other.size)

    def __repr__(self) -> str:
        words = [str(start) if end == start + 1 else f"{start}-{end - 1}" for start, end in self.ranges]
        return f"<NodeList: {','.join(words)}>"

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The IDs of the nodes as ranges, in their order, as long as possible."""
        found = self._ranges
        if found is None:
            found = self._ranges = tuple(ranges_of(self.identifiers))
        return found

    @property
    def identifiers(self) -> list[int]:
        """The IDs of the nodes, worked out once; nobody changes them."""
        found = self._identifiers
        if found is None:
            found = self._identifiers = []
            numbers = self.table.numbers
            for start, end in self.ranges:
                found += numbers[start:end]
        return found

    @property
    def members(self) -> set[int]:
        """The IDs as a set that is made of the list of them, once; nobody changes it."""
        found = self._members
        if found is None:
            found = self._members = set(self.identifiers)
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
        if self.is_scattered:
            cells: Sequence[Cell] = itemgetter(*self.identifiers)(column)
            return cells
        ranges = self.ranges
        if len(ranges) == 1:
            start, end = ranges[0]
            return column[start:end]
        found: list[Cell] = []
        for start, end in ranges:
            found += column[start:end]
        return found

    def used(self, test: Callable[[Occupancy], bool]) -> NodeList:
        """Return those of these nodes whose occupancy passes a test, which is made once for each."""
        sole = self.occupancy
        if sole is not None:
            return self if test(sole) else NO_NODES
        if not self.is_scattered:
            return NodeList(self.table, joined(interval for interval, use in self.uses() if test(use)))
        occupancies = self.pick(self.table.occupancies)
        passed = {occupancy for occupancy in set(occupancies) if test(occupancy)}
        found = [number for number, use in zip(self.identifiers, occupancies, strict=True) if use in passed]
        return NodeList.listing(self.table, found)

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
        """Return those of these nodes that are not among *other*.

        The last answer is remembered: what comes and goes is of interest to several.
        """
        if not self.size or not other.size:
            return self
        number = other._number
        if not number:
            self.table.compared += 1
            number = other._number = self.table.compared
        if self._opponent != number:
            rest = self._minus(other)
            self._opponent = number
            self._rest = None if rest is self else rest
        return self if self._rest is None else self._rest

    def _minus(self, other: NodeList) -> NodeList:
        if self.is_scattered or other.is_scattered:
            gone = other.members
            rest = [number for number in self.identifiers if number not in gone]
            return self if len(rest) == self.size else NodeList.listing(self.table, rest)
        ranges, others = self.ranges, other.ranges
        # Most of the time one list is the beginning of the other.
        if other._begins_with(self):
            return NO_NODES
        if self._begins_with(other):
            last = len(others) - 1
            end, stop = others[last][1], ranges[last][1]
            later = ranges[last + 1 :]
            return NodeList(self.table, ((end, stop), *later) if end < stop else later)
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
        if self.is_scattered:
            return NodeList.listing(self.table, sorted(self.identifiers))
        return NodeList(self.table, joined(sorted(self.ranges)), self.size) if len(self.ranges) > 1 else self

    def repeated(self) -> Node | None:
        """Return a node that is listed twice, None if there is none."""
        if self.is_scattered and len(self.members) == self.size:
            return None
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
        if self.is_scattered:
            for number in self.identifiers:
                occupancies[number] = occupancy
        else:
            for start, end in self.ranges:
                occupancies[start:end] = [occupancy] * (end - start)
        table.known = self
        table.sole = occupancy if self.size else None

    def _sole_occupancy(self) -> Occupancy | None:
        occupancies = self.table.occupancies
        if self.is_scattered:
            users = self.pick(occupancies)
            return users[0] if users.count(users[0]) == self.size else None
        ranges = self.ranges
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
        if self.is_scattered:
            return NodeList.listing(self.table, self.identifiers[start:stop])
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
