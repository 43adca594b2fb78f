"""The report of an audit as one HTML page to pass around; `page` says what every page keeps to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple, Union

from markupsafe import Markup

from shelflife.reports import plots
from shelflife.reports.document import Document, Group, put
from shelflife.reports.figures import entries, several, size, span
from shelflife.reports.page import render_page
from shelflife.reports.sentences import EXITS, MEANINGS, STATE, WORDS, meaning
from shelflife.reports.showable import showable
from shelflife.reports.summary import VERDICTS, Summary, describe, entries_in, summarise

MOST_GROUPS = 200
MOST_NAMES = 12
_LONGEST_NAME = 120
_LONGEST_TARGET = 40
_LONGEST_COMMAND = 4_000


class Section(NamedTuple):
    """Groups that the page shows in one table.

    Attributes:
        title: What they are.
        note: What to know about them.
        groups: Those that are shown.
        left_out: A sentence on those that are not; "" if all are shown.
    """

    title: str
    note: str
    groups: Sequence[Group]
    left_out: str


def render(document: Document) -> str:
    """Give the page."""
    filters: dict[str, Callable[..., Any]] = {
        "name": _name,
        "target": _target,
        "command": _command,
        "size": size,
        "span": span,
        "entries": entries,
        "number": "{:,}".format,
    }
    context = _context(document, summarise(document))
    return render_page("audit.html.j2", context, filters)


def write(document: Document, path: Union[str, Path]) -> None:
    """Write the page, whole or not at all.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    put(render(document), path)


def _context(document: Document, summary: Summary) -> dict[str, Any]:
    return {
        "document": document,
        "summary": summary,
        "sections": _sections(summary),
        "fine": f"{several(len(summary.fine), 'group')}, {entries(entries_in(summary.fine))}"
        if summary.fine
        else "",
        "headlines": [(name, document[name]) for name in ("upgrade", "rollback", "order")],
        "plots": _plots(document, summary),
        "verdicts": VERDICTS,
        "words": WORDS,
        "meanings": MEANINGS,
        "reasons": {reason: meaning(reason) for reason in _reasons(document)},
        "exit_meaning": EXITS.get(document["exit_code"], "unknown"),
        "describe": describe,
        "several": several,
        "most_names": MOST_NAMES,
        "deploy": document["deploy_in"] is not None,
    }


def _plots(document: Document, summary: Summary) -> list[tuple[str, str, Markup]]:
    drawn = (
        ("Share by verdict", "of all entries, for each target", plots.shares(summary)),
        ("Decay", "unreadable entries that are left, over time", plots.decay(document)),
        ("Size by key class", "the largest first", plots.sizes(document)),
    )
    # The plots are element trees that were serialised: what is text in them is escaped.
    return [(title, note, Markup(svg)) for title, note, svg in drawn if svg]  # noqa: S704


def _sections(summary: Summary) -> list[Section]:
    """Give the sections that are not empty, with at most MOST_GROUPS groups in all."""
    wanted = (
        ("To act on", "Some runtime does not read these.", summary.broken),
        (STATE[0].upper() + STATE[1:], "Queues, jobs, results, sessions, locks.", summary.state),
        ("Waived", "Not read by every runtime; a waiver says why that is fine.", summary.waived),
        ("Known from the baseline", "Not read by every runtime, as before.", summary.known),
    )
    room = MOST_GROUPS
    # However many are broken, some of each later section are seen.
    kept = [min(len(groups), MOST_GROUPS // 10) for _, _, groups in wanted]
    sections = []
    for number, (title, note, groups) in enumerate(wanted, 1):
        here = room - sum(kept[number:])
        shown, rest = groups[:here], groups[here:]
        room -= len(shown)
        if groups:
            more = several(len(rest), "more group")
            left_out = f"{more} with {entries(entries_in(rest))} left out." if rest else ""
            sections.append(Section(title, note, shown, left_out))
    return sections


def _reasons(document: Document) -> list[str]:
    found = {
        one["reason"]: None
        for group in document["groups"]
        for one in (*group["verdicts"].values(), *group["rewritten"].values())
        if one["reason"] and meaning(one["reason"])
    }
    return sorted(found)


def _name(text: str) -> str:
    return showable(text, _LONGEST_NAME)


def _target(text: str) -> str:
    return showable(text, _LONGEST_TARGET)


def _command(text: str) -> Markup:
    return Markup("{}").format(showable(text, _LONGEST_COMMAND))
