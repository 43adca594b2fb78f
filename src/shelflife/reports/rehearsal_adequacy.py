"""Whether a rehearsal proved anything, at a terminal: what crossed, what was missing."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from shelflife.reports.figures import entries, several
from shelflife.reports.rehearsal_words import (
    Document,
    covered_entries,
    gap_places,
    missing_features,
    suffered,
    uncovered,
)
from shelflife.reports.showable import showable
from shelflife.reports.summary import VERDICTS
from shelflife.reports.terminal_text import STYLES, grid, indent, plain, title

_MOST = 20
_LONGEST = 500
_COPES = (
    "What fails without bad answers fails in the release's Python alone: the service itself copes."
)


def crossing(document: Document) -> Iterator[RenderableType]:
    """Show what each release made of the other's entries: the verdicts, and what came of it."""
    cells = [(one, _bad(document, one)) for one in document["matrix"]]
    if not cells:
        return
    yield from title("Entries that crossed")
    table = grid("left", "left", *["right"] * (len(VERDICTS) + 1))
    heads = ("key class", "writer > reader", *VERDICTS, "bad answers")
    table.add_row(*(Text(head, style="dim") for head in heads))
    cells.sort(key=lambda pair: -pair[1])
    for one, bad in cells[:_MOST]:
        table.add_row(
            plain(one["key_class"], "bold", 60),
            plain(f"{one['writer']} > {one['reader']}", longest=40),
            *(_verdict_cell(one, verdict, loud=bad > 0) for verdict in VERDICTS),
            Text(f"{bad:,}", style="bold red" if bad else "dim"),
        )
    yield indent(table)
    yield from _more(len(cells), "more pair")
    if any(one["verdicts"].get("fails") and not bad for one, bad in cells):
        yield indent(Text(_COPES, style="dim"))


def _bad(document: Document, cell: Document) -> int:
    found = suffered(document, cell["writer"], cell["reader"], cell["key_class"])
    return sum(found.values())


def _verdict_cell(cell: Document, verdict: str, *, loud: bool) -> Text:
    count = cell["verdicts"].get(verdict, 0)
    return Text(f"{count:,}", style=(STYLES[verdict] if loud else "") if count else "dim")


def adequacy(document: Document) -> Iterator[RenderableType]:
    """Show which key classes went both ways, and what has to be seen before it says anything."""
    found = document["adequacy"]
    yield from title("Was enough seen?")
    yield indent(_enough(found))
    if found["classes"]:
        yield indent(_classes(found))
        yield from _more(len(found["classes"]), "more class", "more classes")
    aside = [f"{count:,} {name}" for name, count in found["opaque"].items()]
    if aside:
        told = f"Not seen through: {', '.join(aside[:_MOST])}."
        yield indent(plain(told, "yellow", _LONGEST))
    if found["expired"]:
        yield indent(Text(f"{entries(found['expired'])} expired meanwhile.", style="dim"))
    yield from _gaps(found["gaps"])


def _enough(found: Document) -> Text:
    if found["enough"]:
        return Text("Yes: nothing is missing that would have to be seen.", style="green")
    gaps = several(len(found["gaps"]), "gap")
    return Text(f"No: {gaps}." if found["gaps"] else "No.", style="bold yellow")


def _classes(found: Document) -> RenderableType:
    classes, gaps = found["classes"], gap_places(found)
    table = grid("left", "right", "right", "left")
    table.columns[0].max_width = None
    heads = ("key class", "upgrade", "rollback", "never seen in it")
    table.add_row(*(Text(head, style="dim") for head in heads))
    for one in sorted(classes, key=lambda one: min(one["crossed"].values(), default=0))[:_MOST]:
        name = plain(one["key_class"], "bold", 60)
        name.append(f"\n{showable(one['signature'], 120)}", style="dim")
        table.add_row(
            name,
            *(_crossed(one, way, gaps) for way in ("upgrade", "rollback")),
            plain(", ".join(missing_features(one)), "dim", 120),
        )
    return table


def _crossed(one: Document, way: str, gaps: Container[tuple[str, str]]) -> Text:
    count = one["crossed"].get(way, 0)
    missing = (one["key_class"], way) in gaps
    return Text(f"{count:,}", style="bold yellow" if missing else "" if count else "dim")


def _gaps(gaps: Sequence[Document]) -> Iterator[RenderableType]:
    for number, gap in enumerate(gaps[:_MOST], 1):
        text = plain(f"{number}. {gap['sentence']}", "yellow", _LONGEST)
        yield indent(text)
        if gap["remedy"]:
            yield indent(plain(gap["remedy"], longest=_LONGEST), 5)
    yield from _more(len(gaps), "more gap")


def production(document: Document) -> Iterator[RenderableType]:
    """Compare with what the production cache held."""
    found = document["production"]
    if found is None:
        return
    yield from title(f"Against production ({showable(found['file'], 120)})")
    there, of = covered_entries(found)
    told = (
        f"{found['covered']:,} of {several(found['of'], 'group')} were there, which stand for "
        f"{there:,} of {entries(of)}."
    )
    missing = uncovered(found)
    yield indent(Text(told, style="yellow" if missing else "green"))
    for group in missing[:_MOST]:
        head = f"{group['key_class']}: {entries(group['count'])}, {group['shown']}"
        yield indent(plain(head, "bold", 300))
        for line in (group["sentence"], group["remedy"]):
            if line:
                yield indent(plain(line, longest=_LONGEST), 4)
    yield from _more(len(missing), "more group")


def _more(count: int, one: str, many: str = "") -> Iterator[RenderableType]:
    if count > _MOST:
        told = f"{several(count - _MOST, one, many)}: use --json or --html to see them."
        yield indent(Text(told, style="yellow"))
