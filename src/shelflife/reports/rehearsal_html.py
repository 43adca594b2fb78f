"""The report of a rehearsal as one HTML page that tells the story in pictures.

`page` says what every page keeps to. What may be many is bounded, and what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple, Union

from markupsafe import Markup

from shelflife.reports import rehearsal_plots as plots
from shelflife.reports import rehearsal_words as words
from shelflife.reports.document import put
from shelflife.reports.figures import entries, several, size, span
from shelflife.reports.page import render_page
from shelflife.reports.rehearsal_marks import Document, sides
from shelflife.reports.rehearsal_secrets import without_secrets
from shelflife.reports.sentences import WORDS
from shelflife.reports.showable import showable
from shelflife.reports.summary import VERDICTS

MOST_FINDINGS = 200
MOST_EXAMPLES = 3
MOST_ROWS = 60
_LONGEST_NAME = 120
_LONGEST_COMMAND = 4_000
_LONGEST_PIECE = 2_000
_KINDS = ("old", "new", "production")


class Cut(NamedTuple):
    """The first of many, and a sentence on the rest; "" if there is none."""

    shown: Sequence[Any]
    left_out: str


class Pair(NamedTuple):
    """Who wrote and who read, and what came of it; "" if the answers were as by itself."""

    key_class: str
    writer: str
    reader: str
    cell: Document
    told: str


def render(document: Document) -> str:
    """Give the page."""
    filters: dict[str, Callable[..., Any]] = {
        "name": lambda text: showable(text, _LONGEST_NAME),
        "command": lambda text: showable(text, _LONGEST_COMMAND),
        "piece": lambda text: showable(text, _LONGEST_PIECE),
        "size": size,
        "span": span,
        "entries": entries,
        "number": "{:,}".format,
    }
    return render_page("rehearsal.html.j2", _context(without_secrets(document)), filters)


def write(document: Document, path: Union[str, Path]) -> None:
    """Write the page, whole or not at all.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    put(render(document), path)


def _context(document: Document) -> dict[str, Any]:
    found = words.worst_first(document["findings"])
    adequacy, production = document["adequacy"], document["production"]
    missing = words.uncovered(production) if production else []
    return {
        "document": document,
        "phases": _phases(document),
        "matrix": Markup(_matrix(document)),  # noqa: S704 - text in it is escaped
        "pairs": _cut(_pairs(document), "more pair"),
        "coverage": Markup(plots.coverage(production) if production else ""),  # noqa: S704
        "missing": _cut(missing, "more group"),
        "findings": _cut(found, "more finding", most=MOST_FINDINGS),
        "most_examples": MOST_EXAMPLES,
        "classes": _cut(_least_crossed(adequacy["classes"]), "more class", "more classes"),
        "gap_places": words.gap_places(adequacy),
        "gaps": _cut(adequacy["gaps"], "more gap"),
        "noise": _cut(document["noise"], "more part"),
        "statuses": words.CLASSES,
        "kinds": words.KINDS,
        "verdicts": VERDICTS,
        "meanings": WORDS,
        "exit_meaning": words.EXITS.get(document["exit_code"], "unknown"),
        "sides": sides,
        "words": words,
        "several": several,
    }


def _cut(found: Sequence[Any], one: str, many: str = "", most: int = MOST_ROWS) -> Cut:
    rest = len(found) - most
    told = f"{several(rest, one, many)}: the JSON document has them all." if rest > 0 else ""
    return Cut(found[:most], told)


def _phases(document: Document) -> list[tuple[Document, Markup]]:
    releases = _in_order(
        [name for phase in document["phases"] for name in phase["releases"]], at_least=()
    )
    # The plots are element trees that were serialised: what is text in them is escaped.
    return [
        (phase, Markup(plots.phase(phase, releases)))  # noqa: S704
        for phase in document["phases"]
    ]


def _matrix(document: Document) -> str:
    cells = document["matrix"]
    writers = _in_order([cell["writer"] for cell in cells], at_least=("old", "new"))
    readers = _in_order([cell["reader"] for cell in cells], at_least=("old", "new"))
    return plots.matrix(document, writers[:4], readers[:4])


def _in_order(names: Iterable[str], at_least: Sequence[str]) -> list[str]:
    """Give each name once: old before new before production."""
    ranks = {name: rank for rank, name in enumerate(_KINDS)}
    return sorted({*names, *at_least}, key=lambda name: (ranks.get(name, len(ranks)), name))


def _pairs(document: Document) -> list[Pair]:
    """Give the pairs that met, the worst first."""
    ranked: list[tuple[int, int, Pair]] = []
    for cell in document["matrix"]:
        key_class, writer, reader = cell["key_class"], cell["writer"], cell["reader"]
        bad = words.suffered(document, writer, reader, key_class)
        told = ", ".join(f"{count:,} {words.SUFFERED[kind]}" for kind, count in bad.items())
        pair = Pair(key_class, writer, reader, cell, told)
        ranked.append((-sum(bad.values()), len(ranked), pair))
    return [pair for _, _, pair in sorted(ranked)]


def _least_crossed(classes: Sequence[Document]) -> list[Document]:
    return sorted(classes, key=lambda one: min(one["crossed"].values(), default=0))
