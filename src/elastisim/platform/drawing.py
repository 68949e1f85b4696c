"""Drawings of platforms: in the language of Graphviz, and as SVG."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from elastisim.addition import added
from elastisim.errors import MissingExtraError
from elastisim.platform.sketch import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elastisim.platform.sketch import Part, Sketch

_FILL = {
    Kind.NODE: "#cfe2f3",
    Kind.FILE_SYSTEM: "#fce5cd",
    Kind.BATCH: "#e6e6e6",
    Kind.SWITCH: "#d9ead3",
    Kind.LINK: "#ffffff",
    Kind.ZONE: "#d9d2e9",
}
_ROUND = (Kind.SWITCH, Kind.LINK)

Point = tuple[float, float]
Size = tuple[float, float]


def dot(sketch: Sketch) -> str:
    """Return the drawing as a graph in the language of Graphviz, where zones are clusters."""
    zones: dict[str, list[int]] = {}
    for number, part in enumerate(sketch.parts):
        zones.setdefault(part.zone, []).append(number)
    lines = ["graph platform {", '  node [shape=box, style=filled, fontname="sans-serif", fontsize=11];']
    lines.append('  edge [fontname="sans-serif", fontsize=9];')
    if sketch.notes:
        lines.append(f'  label={_quoted(sketch.notes)}; fontname="sans-serif"; fontsize=10;')
    for number, (zone, members) in enumerate(zones.items()):
        boxes = [_dot_part(member, sketch.parts[member]) for member in members]
        if len(members) > 1 and zone:
            boxes = [
                f"subgraph cluster_{number} {{",
                f"  label={_quoted([zone])};",
                *(f"  {box}" for box in boxes),
                "}",
            ]
        lines += [f"  {box}" for box in boxes]
    for (first, last), text in sketch.connections.items():
        lines.append(f"  n{first} -- n{last}" + (f" [label={_quoted(text)}];" if text else ";"))
    return "\n".join([*lines, "}", ""])


def _dot_part(number: int, part: Part) -> str:
    style = ', style="rounded,filled"' if part.kind in _ROUND else ""
    return f'n{number} [label={_quoted(part.lines)}, fillcolor="{_FILL[part.kind]}"{style}];'


def _quoted(lines: Sequence[str]) -> str:
    text = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return f'"{text}"'


# SVG

LETTER, LINE = 0.56, 1.25
"""Width of a letter and height of a line, in relation to the size of the text."""

TEXT, SMALL = 12.0, 10.0
"""Size of the text in boxes and of other text (pixels)."""

SHORT = 5
"""Letters of text at connections that needs no place of its own."""

MARGIN = 20.0
"""Empty space around boxes and around the drawing (pixels)."""

WIDE = 1.7
"""How much wider than high a layout is made, as text is."""

NEAREST = 0.01
"""Distances in a layout that are not enlarged any further."""


class _Layout:
    """Places for boxes and for the text at connections, such that none overlap.

    Short text simply stands on the middle of its line.
    """

    def __init__(self, sketch: Sketch) -> None:
        boxes = [_extent(part.lines, TEXT) for part in sketch.parts]
        self.labelled = {ends: len(boxes) + n for n, ends in enumerate(_labelled(sketch))}
        self.sizes = boxes + [_extent(sketch.connections[ends], SMALL) for ends in self.labelled]
        self.centres = _arrange(sketch, self.labelled, self.sizes)
        notes_width, notes_height = _extent(sketch.notes, SMALL) if sketch.notes else (0.0, 0.0)
        corners = [(x + w / 2, y + h / 2) for (x, y), (w, h) in zip(self.centres, self.sizes, strict=True)]
        self.bottom = max(y for _, y in corners) + MARGIN
        self.height = self.bottom + notes_height
        self.width = max(*(x for x, _ in corners), notes_width) + MARGIN


def _labelled(sketch: Sketch) -> Iterator[tuple[int, int]]:
    return (ends for ends, text in sketch.connections.items() if max(map(len, text), default=0) > SHORT)


def _extent(lines: Sequence[str], size: float) -> Size:
    """Return the size of a box with these lines of text."""
    return LETTER * size * max(map(len, lines)) + MARGIN, LINE * size * len(lines) + MARGIN / 2


def _arrange(sketch: Sketch, labelled: dict[tuple[int, int], int], sizes: Sequence[Size]) -> list[Point]:
    """Return the centres of all boxes and texts; what is not connected stands side by side."""
    try:
        import networkx as nx  # type: ignore[import-untyped]
        import scipy  # type: ignore[import-untyped]  # noqa: F401 - the layout needs it
    except ImportError:
        raise MissingExtraError("drawing platforms as SVG", "draw") from None
    graph = nx.Graph()
    graph.add_nodes_from(range(len(sizes)))
    for ends in sketch.connections:
        stations = (ends[0], labelled[ends], ends[1]) if ends in labelled else ends
        for one, other in pairwise(stations):
            graph.add_edge(one, other, weight=added((*sizes[one], *sizes[other])))
    centres: dict[int, Point] = {}
    right = 0.0
    for component in nx.connected_components(graph):
        members = sorted(component)
        layout = nx.kamada_kawai_layout(graph.subgraph(members))
        places = {number: (WIDE * float(layout[number][0]), float(layout[number][1])) for number in members}
        scale = max((_scale(places, sizes, *pair) for pair in combinations(members, 2)), default=1.0)
        left = min(scale * places[number][0] - sizes[number][0] / 2 for number in members)
        top = min(scale * places[number][1] - sizes[number][1] / 2 for number in members)
        for number, (x, y) in places.items():
            centres[number] = scale * x - left + right + MARGIN, scale * y - top + MARGIN
        right = max(centres[number][0] + sizes[number][0] / 2 for number in members)
    return [centres[number] for number in range(len(sizes))]


def _scale(places: dict[int, Point], sizes: Sequence[Size], one: int, other: int) -> float:
    """Return by how much a layout must be enlarged so that two boxes do not touch."""
    distances = (abs(a - b) for a, b in zip(places[one], places[other], strict=True))
    needed = ((a + b) / 2 + MARGIN for a, b in zip(sizes[one], sizes[other], strict=True))
    return min(need / max(distance, NEAREST) for need, distance in zip(needed, distances, strict=True))


def svg(sketch: Sketch) -> str:
    """Return the drawing as an SVG document; raise MissingExtraError if the layout library is not there."""
    layout = _Layout(sketch)
    width, height = _pixels(layout.width), _pixels(layout.height)
    frame = {"xmlns": "http://www.w3.org/2000/svg", "width": width, "height": height}
    root = ET.Element("svg", frame | {"viewBox": f"0 0 {width} {height}", "font-family": "sans-serif"})
    ET.SubElement(root, "rect", width="100%", height="100%", fill="white")
    for ends in sketch.connections:
        stations = [ends[0], *([layout.labelled[ends]] if ends in layout.labelled else []), ends[1]]
        points = (layout.centres[station] for station in stations)
        line = " ".join(f"{_pixels(x)},{_pixels(y)}" for x, y in points)
        ET.SubElement(root, "polyline", points=line, fill="none", stroke="#888888")
    for number, part in enumerate(sketch.parts):
        _add_box(root, part, layout.centres[number], layout.sizes[number])
    for ends, text in sketch.connections.items():
        (x1, y1), (x2, y2) = (layout.centres[layout.labelled.get(ends, end)] for end in ends)
        _add_text(root, text, ((x1 + x2) / 2, (y1 + y2) / 2), SMALL)
    if sketch.notes:
        place = layout.width / 2, layout.bottom + _extent(sketch.notes, SMALL)[1] / 2 - MARGIN / 2
        _add_text(root, sketch.notes, place, SMALL)
    ET.indent(root)
    return f"{ET.tostring(root, encoding='unicode')}\n"


def _add_box(root: ET.Element, part: Part, centre: Point, size: Size) -> None:
    (x, y), (width, height) = centre, size
    corner = {"x": _pixels(x - width / 2), "y": _pixels(y - height / 2), "rx": "8" if part.kind in _ROUND else "1"}
    extent = {"width": _pixels(width), "height": _pixels(height)}
    group = ET.SubElement(root, "g")
    ET.SubElement(group, "title").text = f"{part.kind.value} in {part.zone}" if part.zone else part.kind.value
    ET.SubElement(group, "rect", corner | extent, fill=_FILL[part.kind], stroke="#444444")
    _add_text(group, part.lines, centre, TEXT)


def _add_text(parent: ET.Element, lines: Sequence[str], centre: Point, size: float) -> None:
    """Add lines of text around a point, with a light rim that parts them from the lines of the drawing."""
    x, y = centre
    style = {"font-size": _pixels(size), "text-anchor": "middle"}
    rim = {"stroke": "white", "stroke-width": "3", "paint-order": "stroke"} if size == SMALL else {}
    for number, line in enumerate(lines):
        # Letters stand on their line; three quarters of its height are above.
        baseline = y + (number - len(lines) / 2 + 0.75) * LINE * size
        ET.SubElement(parent, "text", {"x": _pixels(x), "y": _pixels(baseline)} | style | rim).text = line


def _pixels(value: float) -> str:
    return f"{value:.0f}"
