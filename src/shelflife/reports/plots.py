"""The plots of an audit's page, as inline SVG; `drawing` has the rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from shelflife.reports.document import Decay, Document
from shelflife.reports.drawing import (
    WIDTH,
    add_path,
    add_rect,
    add_text,
    canvas,
    finished,
    fit,
)
from shelflife.reports.figures import size, span
from shelflife.reports.showable import showable
from shelflife.reports.summary import VERDICTS, Summary

MOST_BARS = 15
MOST_LINES = 12
_LABEL = 44  # characters that fit above a bar, beside its figure


def shares(summary: Summary) -> str:
    """Draw the share of entries by verdict, a stacked bar for each column; "" without any."""
    columns = [column for column in summary.columns if sum(summary.totals[column].values())]
    if not columns:
        return ""
    svg = canvas(len(columns) * 42, "Share of entries by verdict, for each target")
    for number, column in enumerate(columns):
        counts = summary.totals[column]
        top = number * 42
        add_text(svg, 0, top + 14, _label(column, summary))
        _stack(svg, top + 20, counts)
    return finished(svg)


def decay(document: Document) -> str:
    """Draw how many unreadable entries are left over time; "" if there never is one."""
    found: Decay = document["decay"]
    hours = found["hours"]
    lines = [(name, found["unreadable"][name]) for name in found["unreadable"]][:MOST_LINES]
    lines = [(name, counts) for name, counts in lines if any(counts)]
    if len(hours) < 2 or not lines:
        return ""
    height = 228 + 18 * len(lines)
    svg = canvas(height, "Unreadable entries left over time, for each target")
    most = max(max(counts) for _, counts in lines)
    frame = _Frame(hours[-1] or 1, most)
    frame.axes(svg)
    if document["deploy_in"] is not None:
        frame.deploy(svg, document["deploy_in"])
    for number, (name, counts) in enumerate(lines):
        frame.line(svg, number, name, list(zip(hours, counts)))
    return finished(svg)


def sizes(document: Document) -> str:
    """Draw the size of the largest key classes; "" without entries."""
    bytes_of: Counter[str] = Counter()
    for group in document["groups"]:
        bytes_of[group["key_class"]] += group["bytes"]
    largest = [(name, count) for name, count in bytes_of.most_common(MOST_BARS) if count]
    if not largest:
        return ""
    svg = canvas(len(largest) * 32, "Size by key class, the largest first")
    for number, (name, count) in enumerate(largest):
        top = number * 32
        add_text(svg, 0, top + 12, fit(name, _LABEL))
        add_text(svg, WIDTH, top + 12, size(count), "end num")
        add_rect(svg, 0, top + 17, WIDTH, "track", 7)
        add_rect(svg, 0, top + 17, max(2, WIDTH * count / largest[0][1]), "bar", 7)
    return finished(svg)


class _Frame:
    """The axes of the decay, and what is drawn between them."""

    LEFT, TOP, RIGHT, BOTTOM = 56, 26, WIDTH - 12, 180

    def __init__(self, hours: float, most: int) -> None:
        self._x_step = _hours_apart(hours)
        self._y_step = max(1.0, _step(most, 4))
        self._hours = hours
        self._most = math.ceil(most / self._y_step) * self._y_step

    def axes(self, svg: Element) -> None:
        """Draw grid, figures and titles."""
        for count in _ticks(self._y_step, self._most):
            _, y = self._at(0, count)
            add_path(svg, f"M{self.LEFT} {y}H{self.RIGHT}", "grid" if count else "axis")
            add_text(svg, self.LEFT - 6, y + 4, _short(count), "end num")
        for hour in _ticks(self._x_step, self._hours):
            x, _ = self._at(hour, 0)
            add_path(svg, f"M{x} {self.BOTTOM}v4", "axis")
            place = "end num" if x > self.RIGHT - 16 else "mid num"
            add_text(svg, x, self.BOTTOM + 17, span(hour * 3600) if hour else "now", place)
        add_text(svg, 0, 10, "unreadable entries", "soft")
        add_text(svg, (self.LEFT + self.RIGHT) / 2, self.BOTTOM + 36, "time from now", "mid soft")

    def deploy(self, svg: Element, seconds: float) -> None:
        """Mark the deploy, if it lies within the plot."""
        hour = seconds / 3600
        if not 0 <= hour <= self._hours:
            return
        x, _ = self._at(hour, 0)
        add_path(svg, f"M{x} {self.TOP - 4}V{self.BOTTOM}", "deploy")
        right = x > (self.LEFT + self.RIGHT) / 2
        add_text(svg, x - 5 if right else x + 5, self.TOP + 6, "deploy", "end" if right else "")

    def line(
        self, svg: Element, number: int, name: str, points: Sequence[tuple[float, int]]
    ) -> None:
        """Draw one target's line and its place in the legend."""
        kind = f"line l{number % 6}"
        places = [self._at(hour, count) for hour, count in points]
        add_path(svg, "M" + "L".join(f"{x} {y}" for x, y in places), kind)
        for (x, y), (hour, count) in zip(places, points):
            when = f"in {span(hour * 3600)}" if hour else "now"
            dot = SubElement(svg, "circle", cx=str(x), cy=str(y), r="3")
            dot.set("class", f"dot l{number % 6}")
            SubElement(dot, "title").text = f"{showable(name, 40)}: {count:,} {when}"
        y = 236 + 18 * number
        add_path(svg, f"M{self.LEFT} {y}h28", kind)
        told = f": {points[0][1]:,} now, {points[-1][1]:,} at the end"
        add_text(svg, self.LEFT + 36, y + 4, fit(name, 46 - len(told)) + told)

    def _at(self, hour: float, count: float) -> tuple[float, float]:
        x = self.LEFT + (self.RIGHT - self.LEFT) * hour / self._hours
        y = self.BOTTOM - (self.BOTTOM - self.TOP) * count / self._most
        return round(x, 1), round(y, 1)


def _stack(svg: Element, top: float, counts: Mapping[str, int]) -> None:
    whole = sum(counts.values())
    there = [verdict for verdict in VERDICTS if counts.get(verdict)]
    # One entry in a million must still be seen, so each part has 3 units before any share is.
    room = WIDTH - 3 * len(there)
    left = 0.0
    for verdict in there:
        width = 3 + room * counts[verdict] / whole
        part = add_rect(svg, left, top, width, f"v-{verdict}", 14)
        share = 100 * counts[verdict] / whole
        told = f"{verdict}: {counts[verdict]:,} of {whole:,} ({share:.2g} %)"
        SubElement(part, "title").text = told
        left += width


def _label(column: str, summary: Summary) -> str:
    target = summary.targets.get(column)
    return fit(f"{column}: Python {target['python']}" if target else column, _LABEL)


def _step(most: float, count: int) -> float:
    """Give a round distance between about `count` ticks."""
    rough = most / count
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough)


def _hours_apart(most: float) -> float:
    """Give a distance that clocks and calendars know."""
    known = (1 / 60, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720)
    return next((hours for hours in known if hours >= most / 5), _step(most, 5))


def _ticks(step: float, most: float) -> list[float]:
    return [step * number for number in range(int(most / step + 1e-9) + 1)]


def _short(count: float) -> str:
    for unit, length in (("M", 1e6), ("k", 1e3)):
        if count >= 10 * length or (count >= length and count % length == 0):
            return f"{count / length:,.3g}{unit}"
    return f"{count:,.0f}"
