"""Gantt charts as SVG: nodes over time, jobs as coloured bars with their names, and above them who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pictures.example import Bar, Example, Outcome, Promise

COLOURS = ("#77aadd", "#ee8866", "#44bb99", "#eedd88", "#ffaabb", "#bbcc33", "#99ddff")
"""Paul Tol's light scheme: told apart by all kinds of colour vision, and light enough for dark text."""

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760.0, 96.0, 24.0, 16.0, 44.0
ROW, LANE, GAP = 24.0, 18.0, 14.0
"""Heights of a node, of a job that waits, and of the space between the two parts (pixels)."""

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #333; }
  .card { fill: #fff; stroke: #d0d0d0; }
  .grid { stroke: #e4e4e4; }
  .name { font-weight: 600; fill: #1a1a1a; text-anchor: middle; }
  .right { text-anchor: end; }
  .middle { text-anchor: middle; }
  .halo { font-weight: 400; paint-order: stroke; stroke-width: 5; stroke-linejoin: round; }
  .bar { stroke: #fff; stroke-width: 1; }
  .hatch { stroke: #1a1a1a; stroke-width: 1.4; opacity: .5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd; }
    .card { fill: #16191d; stroke: #444; }
    .grid { stroke: #30343a; }
    .name { fill: #1a1a1a; }
    .bar { stroke: #16191d; }
  }"""

HATCHING = (
    '<pattern id="gives" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M0 0V6"/></pattern>'
)


def svg(example: Example, outcome: Outcome) -> str:
    """Return the chart of an example as a complete SVG document."""
    return _Chart(example, outcome).text()


class _Chart:
    def __init__(self, example: Example, outcome: Outcome) -> None:
        self._example = example
        self._outcome = outcome
        self._begin = min(task.submit for task in example.tasks)
        self._end = max(bar.end for bar in outcome.bars)
        self._waiting = [job for job in outcome.jobs if job.start is not None and job.start > job.submit]
        self._floor = TOP + LANE * len(self._waiting) + GAP
        self._height = self._floor + ROW * example.nodes + BOTTOM
        families = list(dict.fromkeys(task.name.split()[0] for task in example.tasks))
        self._colours = [COLOURS[families.index(task.name.split()[0])] for task in example.tasks]

    def text(self) -> str:
        title = f"{self._example.policy}: what runs on each node over time"
        size = f'viewBox="0 0 {WIDTH:g} {self._height:g}" width="{WIDTH:g}" height="{self._height:g}"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}\n</style>",
            f"<defs>{HATCHING}</defs>",
            f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1:g}" height="{self._height - 1:g}" rx="8"/>',
            *self._axes(),
            *self._queue(),
            *self._bars(),
            *self._promises(),
            *self._names(),
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _x(self, time: float) -> float:
        return LEFT + (time - self._begin) * (WIDTH - LEFT - RIGHT) / (self._end - self._begin)

    def _y(self, node: int) -> float:
        return self._floor + ROW * node

    def _axes(self) -> Iterable[str]:
        bottom = self._y(self._example.nodes)
        step = 5
        for time in range(int(self._begin), int(self._end) + 1, step):
            x = _number(self._x(time))
            yield f'<path class="grid" d="M{x} {TOP:g}V{bottom:g}"/>'
            yield f'<text class="middle" x="{x}" y="{bottom + 17:g}">{time}</text>'
        yield f'<text class="middle" x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{bottom + 34:g}">time in seconds</text>'
        for node in range(self._example.nodes):
            label = f"node {node}" if node == 0 else str(node)
            yield f'<text class="right" x="{LEFT - 8:g}" y="{self._y(node) + 16:g}">{label}</text>'

    def _queue(self) -> Iterable[str]:
        for number, job in enumerate(self._waiting):
            assert job.start is not None
            middle = TOP + LANE * number + LANE / 2
            x, end = _number(self._x(job.submit)), _number(self._x(job.start))
            colour, name = self._colours[job.identifier], escape(self._example.tasks[job.identifier].name)
            yield f'<path d="M{x} {middle:g}H{end}" stroke="{colour}" stroke-width="4"/>'
            yield f'<circle cx="{x}" cy="{middle:g}" r="5" fill="{colour}"/>'
            yield f'<text class="right" x="{_number(self._x(job.submit) - 9)}" y="{middle + 4:g}">{name}</text>'
        if self._waiting:
            yield f'<text x="16" y="{TOP + LANE / 2 + 4:g}">waiting</text>'

    def _bars(self) -> Iterable[str]:
        for bars in _blocks(self._outcome.bars):
            first = bars[0]
            yield f'<rect class="bar" {self._box(bars)} rx="2" fill="{self._colours[first.job]}"/>'

    def _promises(self) -> Iterable[str]:
        for promises in _blocks(self._outcome.promises):
            first = promises[0]
            if first.gives:
                yield f'<rect {self._box(promises)} fill="url(#gives)"/>'
                receiver = self._example.tasks[int(first.reason.rpartition(" ")[2])].name
                label = f"for {receiver}"
                if self._x(first.end) - self._x(first.start) > 7 * len(label):
                    x = (self._x(first.start) + self._x(first.end)) / 2
                    y = (self._y(first.node) + self._y(promises[-1].node + 1)) / 2 + 4
                    place = f'x="{_number(x)}" y="{_number(y)}"'
                    # The rim of the letters has the colour of the job, so that they are readable on hatching.
                    rim = f'stroke="{self._colours[first.job]}"'
                    yield f'<text class="name halo" {place} {rim}>{escape(label)}</text>'
            else:
                dashes = 'fill="none" stroke-width="1.5" stroke-dasharray="4 3"'
                yield f'<rect {self._box(promises, 2)} rx="2" {dashes} stroke="{self._colours[first.job]}"/>'

    def _names(self) -> Iterable[str]:
        """Write the name of a job into each of its blocks that is wide enough."""
        for bars in _blocks(self._outcome.bars):
            name = self._example.tasks[bars[0].job].name
            width = self._x(bars[0].end) - self._x(bars[0].start)
            if width < 8 * len(name) + 4:
                continue
            x = (self._x(bars[0].start) + self._x(bars[0].end)) / 2
            given_up = [
                promise.start
                for promise in self._outcome.promises
                if promise.gives and promise.job == bars[0].job and promise.node in {bar.node for bar in bars}
                if bars[0].start <= promise.start < bars[0].end
            ]
            if given_up and self._x(given_up[0]) - self._x(bars[0].start) > 12:
                x = (self._x(bars[0].start) + self._x(given_up[0])) / 2
            y = (self._y(bars[0].node) + self._y(bars[-1].node + 1)) / 2 + 4
            yield f'<text class="name" x="{_number(x)}" y="{_number(y)}">{escape(name)}</text>'

    def _box(self, bars: Sequence[Bar] | Sequence[Promise], inset: float = 0.0) -> str:
        x, end = self._x(bars[0].start) + inset, self._x(bars[0].end) - inset
        y, bottom = self._y(bars[0].node) + inset, self._y(bars[-1].node + 1) - inset
        return f'x="{_number(x)}" y="{y:g}" width="{_number(end - x)}" height="{bottom - y:g}"'


def _blocks(parts: Sequence[Bar] | Sequence[Promise]) -> Iterable[list[Any]]:
    """Yield what is of the same job, at the same time, and on neighbouring nodes."""
    block: list[Any] = []
    for part in parts:
        if block:
            last = block[-1]
            same = (last.job, last.start, last.end, last.node + 1) == (part.job, part.start, part.end, part.node)
            if not same or getattr(last, "gives", None) != getattr(part, "gives", None):
                yield block
                block = []
        block.append(part)
    if block:
        yield block


def _number(value: float) -> str:
    """Return a coordinate; hundredths of a pixel are enough, and hide how sums are rounded."""
    return f"{round(value, 2):g}"
