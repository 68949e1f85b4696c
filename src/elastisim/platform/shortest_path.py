"""Zones that join declared routes to shortest paths: Floyd and Dijkstra (spec P6.4, P6.5).

The cost of a hop is its number of links.  Both kinds find a shortest path; they differ in which of several they take
and in the order in which they list its links.  Nothing is computed for all pairs: a table for one source is made when
needed, and points that hang on the rest of the zone by a single neighbour, as hosts on switches do, need none.
"""

from __future__ import annotations

import heapq
from abc import abstractmethod
from itertools import pairwise
from typing import TYPE_CHECKING

from elastisim.platform.declared import DeclaredZone
from elastisim.platform.route import NoRouteError, Trail, extend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from elastisim.platform.draft import Draft
    from elastisim.platform.host import Point
    from elastisim.platform.link import Step
    from elastisim.platform.route import Hop
    from elastisim.platform.zone import Zone

    Node = Point | Zone

ENTRIES_KEPT = 5_000_000
"""Entries of all tables of a zone together; beyond that they are computed anew."""


class Graph:
    """The neighbours that declared hops give each other.

    ``parent`` names for each node that hangs on the rest by a single neighbour that neighbour; taking such nodes away
    one after the other leaves the core, where alone there is a choice of paths.
    """

    def __init__(self, hops: dict[tuple[Node, Node], Hop]) -> None:
        self.number: dict[Node, int] = {}
        self.outgoing: dict[Node, list[tuple[Node, int]]] = {}
        self.neighbours: dict[Node, dict[Node, None]] = {}
        for (source, destination), hop in hops.items():
            for node in (source, destination):
                if node not in self.number:
                    self.number[node] = len(self.number)
                    self.outgoing[node] = []
                    self.neighbours[node] = {}
            if source is not destination:
                self.outgoing[source].append((destination, len(hop.links)))
                self.neighbours[source][destination] = None
                self.neighbours[destination][source] = None
        self.parent = self._branches()

    def _branches(self) -> dict[Node, Node]:
        degree = {node: len(others) for node, others in self.neighbours.items()}
        parent: dict[Node, Node] = {}
        pending = [node for node, others in degree.items() if others == 1]
        while pending:
            node = pending.pop()
            if degree[node] != 1:
                continue
            above = next(other for other in self.neighbours[node] if other not in parent)
            parent[node] = above
            degree[node] = 0
            degree[above] -= 1
            if degree[above] == 1:
                pending.append(above)
        return parent

    def branch(self, node: Node) -> list[Node]:
        """Return *node* and what it hangs on, up to a node of the core."""
        branch = [node]
        while branch[-1] in self.parent:
            branch.append(self.parent[branch[-1]])
        return branch

    def within_core(self, node: Node) -> list[tuple[Node, int]]:
        """Return the nodes of the core that hops lead to from a node of the core, and their costs."""
        return [(other, cost) for other, cost in self.outgoing[node] if other not in self.parent]


class ShortestPathZone(DeclaredZone):
    """A zone whose routes are sequences of declared hops."""

    def __init__(self, draft: Draft, name: str, parent: Zone | None) -> None:
        super().__init__(draft, name, parent)
        self._graph: Graph | None = None
        self._tables: dict[Node, dict[Node, Node]] = {}

    def _declare(self, source: Node, destination: Node, steps: Sequence[Step], gateways: tuple[Point, Point]) -> None:
        super()._declare(source, destination, steps, gateways)
        self._graph = None
        self._tables.clear()

    @property
    def graph(self) -> Graph:
        """Neighbours as declared so far."""
        if self._graph is None:
            self._graph = Graph(self.hops)
        return self._graph

    def turning_points(self) -> AbstractSet[Point]:
        """Return the points with several neighbours: paths may lead through them."""
        neighbours = self.graph.neighbours
        return {point for point in self.points if point in neighbours and len(neighbours[point]) > 1}

    def connect(self, trail: Trail, source: Point, destination: Point) -> None:
        """Continue *trail* by the hops of a shortest path; to the source itself by a declared route or the loopback."""
        if source is not destination:
            self._assemble(trail, self._path(source, destination))
        elif (source, source) in self.hops:
            self._assemble(trail, [self.hops[source, source]])
        elif self._has_loopback(source):
            trail.add(self.draft.loopback)
        else:
            raise NoRouteError(f"{source.name!r} occurs in no route of zone {self.name!r}")

    def connect_zones(self, trail: Trail, source: Zone, destination: Zone) -> tuple[Point, Point]:
        """Continue *trail* by the hops of a shortest path; return its first and last gateway."""
        path = self._path(source, destination)
        self._assemble(trail, path)
        return path[0].source_gateway, path[-1].destination_gateway

    @abstractmethod
    def _has_loopback(self, point: Point) -> bool:
        """Return whether *point* reaches itself without a declared route."""

    @abstractmethod
    def _assemble(self, trail: Trail, path: list[Hop]) -> None:
        """Continue *trail* by *path*."""

    @abstractmethod
    def _table(self, source: Node) -> dict[Node, Node]:
        """Return what is to be known of all nodes of the core that can be reached from *source*, one of them."""

    @abstractmethod
    def _predecessor(self, source: Node, destination: Node) -> Node | None:
        """Return the last node before *destination* on the path from *source*, both in the core."""

    def _remembered(self, source: Node) -> dict[Node, Node]:
        table = self._tables.get(source)
        if table is None:
            if len(self._tables) * len(self.graph.number) > ENTRIES_KEPT:
                self._tables.clear()
            table = self._tables[source] = self._table(source)
        return table

    def _path(self, source: Node, destination: Node) -> list[Hop]:
        nodes = self._nodes(source, destination)
        hops = [self.hops.get(pair) for pair in pairwise(nodes)]
        found = [hop for hop in hops if hop is not None]
        if not found or len(found) < len(hops):
            raise NoRouteError(
                f"zone {self.name!r} has no routes that lead from {source.name!r} to {destination.name!r}"
            )
        return found

    def _nodes(self, source: Node, destination: Node) -> list[Node]:
        """Return the nodes of the path; a single one, or nodes without hop between them, if there is none."""
        graph = self.graph
        if source not in graph.number or destination not in graph.number:
            return []
        start, end = graph.branch(source), graph.branch(destination)
        if start[-1] is end[-1]:
            # The way leads up one branch and down the other and turns where they first meet.
            common = set(end)
            turn = next(i for i, node in enumerate(start) if node in common)
            return [*start[: turn + 1], *reversed(end[: end.index(start[turn])])]
        nodes = [end[-1]]
        while nodes[-1] is not start[-1]:
            before = self._predecessor(start[-1], nodes[-1])
            if before is None:
                return []
            nodes.append(before)
        return [*start[:-1], *reversed(nodes), *reversed(end[:-1])]


class FloydZone(ShortestPathZone):
    """A zone with the paths that Floyd's algorithm finds when it tries middle points in order of their numbers (P6.4).

    Among several shortest paths from a to b it keeps the one found first.  That is the one whose largest number
    between a and b is smallest; it consists of the paths from a to that point and from there to b, found likewise.
    """

    kind = "Floyd"

    def _has_loopback(self, point: Point) -> bool:
        del point
        return True

    def _assemble(self, trail: Trail, path: list[Hop]) -> None:
        """Append the hops in order; where gateways differ the route between them comes in between."""
        before: Hop | None = None
        for hop in path:
            if before is not None and before.destination_gateway is not hop.source_gateway:
                extend(trail, before.destination_gateway, hop.source_gateway)
            trail.add_all(hop.links)
            before = hop

    def _predecessor(self, source: Node, destination: Node) -> Node | None:
        middle = self._remembered(source).get(destination)
        while middle is not None and middle is not source:
            source = middle
            middle = self._remembered(source).get(destination)
        return middle

    def _table(self, source: Node) -> dict[Node, Node]:
        """Return for each node that can be reached the middle of the path to it, *source* itself for a single hop."""
        graph = self.graph
        costs: dict[Node, int] = {source: 0}
        # Position of the middle of the best path so far; those of single hops come before all others.
        middles: dict[Node, int] = {source: -1}
        nodes: dict[int, Node] = {-1: source}
        queue = [(0, source.position, source)]
        finished = set()
        while queue:
            cost, position, node = heapq.heappop(queue)
            if node in finished:
                continue
            finished.add(node)
            nodes[position] = node
            middle = -1 if node is source else max(middles[node], position)
            for other, length in graph.within_core(node):
                known = costs.get(other)
                if known is None or cost + length < known:
                    costs[other] = cost + length
                    middles[other] = middle
                    heapq.heappush(queue, (cost + length, other.position, other))
                elif cost + length == known and middle < middles[other]:
                    middles[other] = middle
        return {node: nodes[middle] for node, middle in middles.items() if node is not source}


class DijkstraZone(ShortestPathZone):
    """A zone with the paths that Dijkstra's algorithm finds, in an order of links of its own (P6.5)."""

    kind = "Dijkstra"

    def _has_loopback(self, point: Point) -> bool:
        return point in self.graph.number

    def _assemble(self, trail: Trail, path: list[Hop]) -> None:
        """Put the hops in front of the list from the last to the first, the links of each reversed."""
        after: Hop | None = None
        for hop in reversed(path):
            if after is not None and hop.destination_gateway is not after.source_gateway:
                between = trail.aside()
                extend(between, hop.destination_gateway, after.source_gateway)
                trail.latency = between.latency
                trail.links[:0] = between.links
            for link in hop.links:
                trail.pay(link)
            trail.links[:0] = reversed(hop.links)
            after = hop

    def _predecessor(self, source: Node, destination: Node) -> Node | None:
        return self._remembered(source).get(destination)

    def _table(self, source: Node) -> dict[Node, Node]:
        """Return the predecessor of each node that can be reached."""
        graph = self.graph
        costs: dict[Node, int] = {source: 0}
        predecessors: dict[Node, Node] = {}
        queue = [(0, graph.number[source], source)]
        finished = set()
        while queue:
            cost, _, node = heapq.heappop(queue)
            if node in finished:
                continue
            finished.add(node)
            for other, length in graph.within_core(node):
                known = costs.get(other)
                if known is None or cost + length < known:
                    costs[other] = cost + length
                    predecessors[other] = node
                    heapq.heappush(queue, (cost + length, graph.number[other], other))
        return predecessors


class DijkstraCacheZone(DijkstraZone):
    """A Dijkstra zone by its other name."""

    kind = "DijkstraCache"
