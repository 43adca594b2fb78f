"""The report of a change, planned or made, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from shelflife.reports.figures import entries, several, size, span
from shelflife.reports.terminal import print_sections
from shelflife.reports.terminal_text import command, grid, indent, plain, title

Document = dict[str, Any]

_MOST_ROWS = 15
_BAR = 24
_STYLES = {
    "changed-meanwhile": "yellow",
    "gone": "dim",
    "refused": "bold yellow",
    "failed": "bold red",
}
_EXITS = {
    0: "nothing was refused, and nothing failed",
    1: "something was refused, or is still not read",
    2: "something failed, or it was stopped",
}


def show(document: Document, console: Console) -> None:
    """Print the report, colours only where the console has them."""
    sections = (
        _headline(document),
        _sums(document),
        _groups(document),
        _refusals(document),
        _end(document),
    )
    print_sections(sections, console)


def _headline(document: Document) -> Iterator[RenderableType]:
    counts, done = document["counts"], document["done"]
    table = grid("left", "left")
    word = document["action"].upper()
    if document["stopped"]:
        table.add_row(Text(word, style="bold"), Text("STOPPED", style="bold red"))
        table.add_row("", plain(document["stopped"], longest=500))
    elif not document["executed"]:
        table.add_row(Text(word, style="bold"), Text("a plan: nothing was changed", style="bold"))
    elif not counts["selected"]:
        table.add_row(Text(word, style="bold"), Text("nothing to do", style="bold green"))
    else:
        style = "bold red" if counts["failed"] else "bold green"
        table.add_row(
            Text(word, style="bold"), Text(f"{entries(counts[done])} {done}", style=style)
        )
    yield table
    yield Text("")
    table = grid("left", "left")
    source, seen = document["source"], document["seen"]
    table.add_row(Text("source", style="dim"), plain(f"{source['shown']}  {source['server']}"))
    if document["action"] != "undo":
        aside = [
            f"{seen[name]:,} {text}"
            for name, text in (
                ("nothing_to_do", "need nothing"),
                ("state", "are state, left alone"),
                ("gone", "gone while reading"),
            )
            if seen[name]
        ]
        what = f"{several(seen['keys'], 'key')}" + (f": {', '.join(aside)}" if aside else "")
        table.add_row(Text("seen", style="dim"), Text(what))
    table.add_row(Text("took", style="dim"), Text(_took(document)))
    yield table


def _took(document: Document) -> str:
    seconds = document["seconds"]
    text = span(seconds)
    if document["executed"] and document["counts"]["selected"] and seconds > 0:
        text += f", {document['counts']['selected'] / seconds:,.0f} entries/s"
    pauses = [f"{span(length)} for {name}" for name, length in document["paused"].items()]
    return text + (f"; paused {', '.join(pauses)}" if pauses else "")


def _sums(document: Document) -> Iterator[RenderableType]:
    counts = document["counts"]
    if not counts["selected"]:
        return
    yield Text("")
    line = Text(f"{counts['selected']:,} selected", style="bold")
    sign = " = "
    for name, count in counts.items():
        if name != "selected":
            would = "to be " if not document["executed"] and name == document["done"] else ""
            style = _STYLES.get(name, "green") if count else "dim"
            line.append(sign, style="dim").append(f"{count:,} {would}{name}", style=style)
            sign = " + "
    yield line


def _groups(document: Document) -> Iterator[RenderableType]:
    rows = document["groups"]
    if not rows:
        return
    yield from title("By key class")
    done = document["done"]
    table = grid("left", "left", "left", "right", "right", "right", "right", "right")
    names = [done, "changed-meanwhile", "gone", "refused", "failed"]
    table.add_row("", "", "", *(Text(name, style="dim") for name in names))
    most = max(row["selected"] for row in rows)
    for row in rows[:_MOST_ROWS]:
        table.add_row(
            plain(row["key_class"]),
            plain(f"{row['dialect']} {row['codec']}", "dim"),
            _bar(row, done, most),
            *(
                Text(f"{row[name]:,}" if row[name] else "", style=_STYLES.get(name, ""))
                for name in names
            ),
        )
    yield indent(table)
    if len(rows) > _MOST_ROWS:
        yield indent(Text(f"and {several(len(rows) - _MOST_ROWS, 'class', 'classes')} more"))


def _bar(row: dict[str, Any], done: str, most: int) -> Text:
    """Draw a row's share: how many were selected, and what became of them."""
    bar = Text()
    for name, style in ((done, "green"), ("changed-meanwhile", "yellow"), ("gone", "dim")):
        bar.append("█" * round(_BAR * row[name] / most), style=style)
    for name in ("refused", "failed"):
        bar.append("░" * round(_BAR * row[name] / most), style=_STYLES[name])
    return bar if bar.plain else Text("▏", style="dim")


def _refusals(document: Document) -> Iterator[RenderableType]:
    refusals = document["refusals"]
    if not refusals:
        return
    yield from title("Refused, and left as they are")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for refusal in refusals[:_MOST_ROWS]:
        table.add_row(
            f"{refusal['count']:,}",
            plain(refusal["reason"], "bold yellow"),
            plain(refusal["detail"], longest=300),
        )
    yield indent(table)


def _end(document: Document) -> Iterator[RenderableType]:
    yield Text("")
    journal, verify = document["journal"], document["verify"]
    if journal["file"]:
        yield plain(f"Journal: {journal['file']}, {size(journal['bytes'])}.", longest=1_000)
    elif not document["executed"] and document["action"] != "undo":
        yield Text(f"The journal, with the old bytes, would have about {size(journal['bytes'])}.")
    if verify:
        yield plain(_verified(verify), longest=1_000)
    code = document["exit_code"]
    yield Text(f"Exit code {code}: {_EXITS[code]}.", style="dim")
    yield command(f"Next: {document['next']}", "")


def _verified(verify: dict[str, Any]) -> str:
    text = f"Checked again: of {entries(verify['checked'])} {verify['as_made']:,} are as made"
    if verify["others"]:
        text += f", {verify['others']:,} written or removed by others since"
    for name, found in verify.get("targets", {}).items():
        text += f"; {name}: " + ", ".join(f"{count:,} {what}" for what, count in found.items())
    return text + "."
