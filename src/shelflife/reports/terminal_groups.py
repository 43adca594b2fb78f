"""The terminal's table of groups: figures in columns, sentences below them.

Figures fit 80 columns however many targets there are, because verdicts stand below each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from shelflife.reports.document import Document, Group
from shelflife.reports.figures import entries, several, size
from shelflife.reports.showable import showable
from shelflife.reports.summary import Outcome, Summary, describe, entries_in
from shelflife.reports.terminal_text import STYLES, grid, indent, listed, plain, title

MOST_GROUPS = 40
MOST_NAMES = 3


def group_table(
    heading: str, groups: Sequence[Group], summary: Summary, document: Document
) -> Iterator[RenderableType]:
    """Show groups one below the other: their figures, then each verdict with its reason."""
    if not groups:
        return
    yield from title(heading.replace(" ", " group " if len(groups) == 1 else " groups ", 1))
    deploy = document["deploy_in"] is not None
    figures = _Figures(groups, deploy=deploy)
    yield figures.head()
    for group in groups[:MOST_GROUPS]:
        yield figures.row(group)
        yield indent(plain(_what(group), "dim"), 4)
        yield indent(_outcomes(summary.outcomes(group)), 4)
    left_out = groups[MOST_GROUPS:]
    if left_out:
        more = f"{several(len(left_out), 'more group')} with {entries(entries_in(left_out))}"
        yield indent(Text(f"{more}: use --json or --html to see them.", style="yellow"))


class _Figures:
    """A table whose rows are printed one by one, with sentences in between."""

    def __init__(self, groups: Iterable[Group], *, deploy: bool) -> None:
        self._titles = ["entries", "bytes", "no TTL", *(["left at deploy"] if deploy else [])]
        rows = [self._cells(group) for group in groups]
        self._widths = [2 + max(map(len, column)) for column in zip(self._titles, *rows)]

    def head(self) -> RenderableType:
        return self._line(Text("key class", style="dim"), self._titles, "dim")

    def row(self, group: Group) -> RenderableType:
        return self._line(plain(group["key_class"], "bold"), self._cells(group), "")

    def _cells(self, group: Group) -> list[str]:
        left = group["left_at_deploy"]
        cells = [f"{group['count']:,}", size(group["bytes"]), f"{group['without_ttl']:,}"]
        return [*cells, "?" if left is None else f"{left:,}"][: len(self._titles)]

    def _line(self, first: Text, cells: Sequence[str], style: str) -> RenderableType:
        table = Table.grid(padding=(0, 0, 0, 2), expand=True, pad_edge=False)
        table.add_column(ratio=1, overflow="fold")
        for width in self._widths:
            table.add_column(width=width, justify="right", no_wrap=True)
        table.add_row(first, *(Text(cell, style=style) for cell in cells))
        return table


def _what(group: Group) -> str:
    names = group["names"][:MOST_NAMES]
    more = len(group["names"]) - len(names)
    listed = ", ".join(showable(name, 48) for name in names) + (f" and {more} more" if more else "")
    writer = f"written by {group['writer']}" if group["writer"] else ""
    waived = "" if group["waived"] is None else f"waived: {group['waived']}"
    known = "known from the baseline" if group["known"] else ""
    parts = (describe(group), listed, writer, waived, known, *group["keys"])
    return "; ".join(showable(part, 120) for part in parts if part)[:600]


def _outcomes(outcomes: Iterable[Outcome]) -> RenderableType:
    table = grid("left", "left", "left")
    for outcome in outcomes:
        why = plain(outcome.why, longest=400)
        told = ", ".join(part for part in (outcome.reason, outcome.stage) if part)
        if outcome.verdict != "reads" and told:
            why.append(f" [{showable(told, 40)}]", style="dim")
        table.add_row(
            listed(outcome.columns),
            Text(showable(outcome.verdict, 20), style=STYLES.get(outcome.verdict, "")),
            why if outcome.verdict != "reads" else Text(""),
        )
    return table
