"""The findings of a rehearsal at a terminal: the worst in full, the rest by a line or a count."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from shelflife.reports.figures import several
from shelflife.reports.rehearsal_words import (
    Document,
    counting,
    entry_line,
    request_line,
    where,
    why,
    worst_first,
)
from shelflife.reports.showable import showable
from shelflife.reports.terminal_text import STYLES, grid, indent, plain, title

_IN_FULL = 10
_BY_A_LINE = 20
_MOST_EXCEPTIONS = 3
_MOST_DIFFERENCES = 3
_MOST_ENTRIES = 3
_LONGEST = 500


def findings(document: Document) -> Iterator[RenderableType]:
    """Show what was found and is not accepted, worst first."""
    found = counting(document)
    if not found:
        return
    yield from title(several(len(found), "finding"))
    for number, one in enumerate(found[:_IN_FULL], 1):
        yield indent(_numbered(number, _in_full(one)))
    rest = found[_IN_FULL:]
    if rest:
        yield indent(_lines(rest[:_BY_A_LINE]))
    if rest[_BY_A_LINE:]:
        more = several(len(rest) - _BY_A_LINE, "more finding")
        yield indent(Text(f"{more}: use --json or --html to see them.", style="yellow"))


def accepted(document: Document) -> Iterator[RenderableType]:
    """Name what the plan accepts."""
    found = [one for one in worst_first(document["findings"]) if one["accepted"]]
    if not found:
        return
    yield from title(f"Accepted by the plan: {several(len(found), 'finding')}")
    yield indent(_lines(found[:_BY_A_LINE]))
    if found[_BY_A_LINE:]:
        yield indent(Text(f"{len(found) - _BY_A_LINE:,} more", style="dim"))


def _numbered(number: int, what: RenderableType) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"{number}.", what)
    return table


def _in_full(finding: Document) -> RenderableType:
    head = plain(finding["kind"], "bold red", 20)
    head.append(f"  {showable(where(finding), 200)}  ", style="bold")
    head.append(showable(finding["endpoint"], 120))
    lines: list[RenderableType] = [head, plain(finding["sentence"], longest=_LONGEST)]
    lines += [plain(text, "red", _LONGEST) for text in finding["exceptions"][:_MOST_EXCEPTIONS]]
    lines += [_example(one) for one in finding["examples"][:1]]
    if finding["remedy"]:
        told = plain(finding["remedy"], longest=_LONGEST)
        lines.append(Text("To do: ", style="bold").append_text(told))
    return Group(*lines)


def _example(example: Document) -> RenderableType:
    lines: list[RenderableType] = [plain(request_line(example), longest=300)]
    told = [_difference(one) for one in example["differences"][:_MOST_DIFFERENCES]]
    left_out = len(example["differences"]) - len(told)
    told += [Text(f"{several(left_out, 'more difference')}", style="dim")] if left_out else []
    lines += [indent(line) for line in told]
    for entry in example["entries"][:_MOST_ENTRIES]:
        lines += [indent(plain(entry_line(entry), longest=300)), indent(_verdicts(entry), 4)]
    if example["entries"][_MOST_ENTRIES:]:
        more = several(len(example["entries"]) - _MOST_ENTRIES, "more entry", "more entries")
        lines.append(indent(Text(more, style="dim")))
    if not example["sure"]:
        other = "Perhaps: other requests were under way, so an entry may be theirs."
        lines.append(indent(Text(other, style="yellow")))
    return Group(*lines)


def _difference(one: Document) -> Text:
    text = plain(f"{one['path']}: ", "bold", 120)
    text.append(showable(one["got"], 160), style="red")
    return text.append(" instead of ").append(showable(one["expected"], 160), style="green")


def _verdicts(entry: Document) -> RenderableType:
    table = grid("left", "left", "left")
    for name, verdict in islice(entry["verdicts"].items(), 4):
        word = verdict["verdict"]
        table.add_row(
            plain(name, longest=20),
            Text(showable(word, 20), style=STYLES.get(word, "")),
            plain(why(verdict), longest=300),
        )
    return table


def _lines(found: list[Document]) -> RenderableType:
    table = grid("left", "left")
    for one in found:
        table.add_row(
            plain(one["kind"], "dim", 20),
            plain(f"{where(one)}: {one['endpoint']}: {one['sentence']}", longest=300),
        )
    return table
