"""The pictures of a rehearsal's page, as inline SVG; `drawing` has the rules.

A bar's full height or width is all of what it is about; what is bad is never too small to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from shelflife.reports.drawing import WIDTH, add_rect, add_text, canvas, finished, fit
from shelflife.reports.figures import entries
from shelflife.reports.rehearsal_words import (
    CLASSES,
    COPED,
    SUFFERED,
    Document,
    by_class,
    covered_entries,
    suffered,
)
from shelflife.reports.summary import VERDICTS

MOST_SLICES = 60
MOST_BARS = 20
_LANE, _LEFT = 62, 44
_PHASE_WIDTH = 230
_LEAST = 3
_Box = tuple[float, float, float]  # left, top, width


def phase(found: Document, releases: Sequence[str]) -> str:
    """Draw one phase of the timeline: a lane for each release, a bar for each slice of requests."""
    svg = canvas(len(releases) * _LANE, f"Phase {fit(found['name'], 30)} by status", _PHASE_WIDTH)
    for number, release in enumerate(releases):
        top = number * _LANE
        add_text(svg, 0, top + 24, fit(release, 6), "lane")
        if release not in found["releases"]:
            add_rect(svg, _LEFT, top + 18, _PHASE_WIDTH - _LEFT, "track", 2)
            continue
        _lane(svg, top, [one for one in found["timeline"] if one["release"] == release])
        counts = by_class(found["statuses"].get(release, {}), found["no_answer"].get(release, 0))
        add_text(svg, _LEFT, top + 52, _told(counts), "num")
    return finished(svg)


def _told(counts: Mapping[str, int]) -> str:
    there = [f"{name} {count:,}" for name, count in counts.items() if count]
    return ", ".join(there) or "nothing asked"


def _lane(svg: Element, top: float, slices: Sequence[Document]) -> None:
    add_rect(svg, _LEFT, top + 2, _PHASE_WIDTH - _LEFT, "track", 36)
    shown = slices[:MOST_SLICES]
    width = (_PHASE_WIDTH - _LEFT) / max(1, len(shown))
    for number, one in enumerate(shown):
        counts = {name: one[kind] for name, kind in CLASSES.items()}
        left, base = _LEFT + number * width, top + 38.0
        for name, height in _heights(counts, 36):
            base -= height
            part = add_rect(svg, left, base, max(0.5, width - 0.6), f"s-{CLASSES[name]}", height)
            SubElement(part, "title").text = f"slice {number + 1}: {_told(counts)}"


def _heights(counts: Mapping[str, int], room: float) -> list[tuple[str, float]]:
    """Share a height out; each part that is there has at least a few units."""
    there = [name for name, count in counts.items() if count]
    whole = sum(counts.values())
    left = room - _LEAST * len(there)
    return [(name, _LEAST + left * counts[name] / whole) for name in there]


def matrix(document: Document, writers: Sequence[str], readers: Sequence[str]) -> str:
    """Draw who wrote and who read: a cell for each pair, with what came of it and the verdicts."""
    cells = document["matrix"]
    if not cells:
        return ""
    left, head, height = 92, 24, 88
    width = (WIDTH - left) / len(readers)
    svg = canvas(head + height * len(writers), "Writer by reader, by verdict")
    for column, reader in enumerate(readers):
        place = left + (column + 0.5) * width
        add_text(svg, place, 12, f"read by {fit(reader, 12)}", "mid soft")
    for row, writer in enumerate(writers):
        top = head + row * height
        add_text(svg, 0, top + 36, "written by", "soft")
        add_text(svg, 0, top + 54, fit(writer, 12), "strong")
        for column, reader in enumerate(readers):
            found = [one for one in cells if (one["writer"], one["reader"]) == (writer, reader)]
            box = (left + column * width, top, width)
            if any(one["reads"] for one in found):
                _cell(svg, box, found, suffered(document, writer, reader))
            else:
                _empty(svg, box, "its own" if writer == reader else "never read")
    return finished(svg)


def _empty(svg: Element, box: _Box, why: str) -> None:
    left, top, width = box
    add_rect(svg, left + 2, top + 2, width - 4, "empty", 84)
    add_text(svg, left + width / 2, top + 48, why, "mid soft")


def _cell(svg: Element, box: _Box, found: Sequence[Document], bad: Mapping[str, int]) -> None:
    """Draw a pair that met: coloured by what came of it, and by the verdicts if that was bad."""
    left, top, width = box
    middle = left + width / 2
    counts = {word: sum(one["verdicts"].get(word, 0) for one in found) for word in VERDICTS}
    worst = _colour(counts, bad)
    add_rect(svg, left + 2, top + 2, width - 4, f"v-{worst}", 84)
    kind = f"mid on-{worst}"
    told = [f"{bad[one]:,} {SUFFERED[one]}" for one in bad]
    add_text(svg, middle, top + 24, told[0] if told else COPED, f"{kind} strong")
    add_text(svg, middle, top + 41, ", ".join(told[1:]), f"{kind} small")
    add_text(svg, middle, top + 59, entries(sum(counts.values())), kind)
    verdicts = [f"{counts[word]:,} {word}" for word in VERDICTS if counts[word]]
    add_text(svg, middle, top + 76, ", ".join(verdicts), f"{kind} small")


def _colour(counts: Mapping[str, int], bad: Mapping[str, int]) -> str:
    if not bad:
        return "reads"
    return "fails" if "error" in bad or counts["fails"] else "changed"


def coverage(production: Document) -> str:
    """Draw what of production's cache was rehearsed: the whole, then the largest groups."""
    groups = sorted(production["groups"], key=lambda one: (one["covered"], -one["count"]))
    shown = groups[:MOST_BARS]
    there, of = covered_entries(production)
    if not of:
        return ""
    svg = canvas(46 + 44 * len(shown), "Production's entries that were rehearsed, by group")
    add_text(svg, 0, 12, "all groups", "strong")
    add_text(svg, WIDTH, 12, f"{there:,} of {entries(of)} covered", "end num")
    width = WIDTH * there / of
    add_rect(svg, 0, 18, WIDTH, "missing", 12)
    if width:
        add_rect(svg, 0, 18, max(2, width), "bar", 12)
    most = max(group["count"] for group in shown) or 1
    for number, group in enumerate(shown):
        top = 46 + number * 44
        add_text(svg, 0, top + 12, fit(group["key_class"], 34))
        word = "covered" if group["covered"] else "not covered"
        add_text(svg, WIDTH, top + 12, f"{group['count']:,} {word}", "end num")
        kind = "bar" if group["covered"] else "missing"
        add_rect(svg, 0, top + 17, max(3, WIDTH * group["count"] / most), kind, 7)
        add_text(svg, 0, top + 37, fit(group["shown"], 70), "soft")
    return finished(svg)
