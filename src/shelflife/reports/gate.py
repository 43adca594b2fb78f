"""The report of a gate for a person at a terminal: a line for each check, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from shelflife.reports.figures import span
from shelflife.reports.terminal import print_sections
from shelflife.reports.terminal_text import command, grid, indent, plain, title

Document = dict[str, Any]

_LONGEST = 600
_STYLES = {
    "PASS": "bold green",
    "FAIL": "bold red",
    "INCONCLUSIVE": "bold yellow",
    "SKIPPED": "dim",
}
_EXITS = {
    0: "nothing speaks against it, and enough was seen",
    1: "something speaks against it",
    3: "too little was seen to say",
}


def show_gate(document: Document, console: Console) -> None:
    """Print what came of it."""
    sections = (_headline(document), _releases(document), _checks(document), _end(document))
    print_sections(sections, console)


def _headline(document: Document) -> Iterator[RenderableType]:
    table = grid("left", "left")
    result = document["result"]
    step = f"before {document['before']}"
    if document["back_to"]:
        step += f", with release {document['back_to']} to go back to"
    table.add_row(Text(result, style=_STYLES[result]), plain(step, "bold"))
    table.add_row(_dim("fleet"), plain(f"{document['fleet']}  {document['address']}"))
    table.add_row(_dim("floor"), plain(document["floor"]))
    window = document["window"]
    seen = span(window["to"] - window["from"])
    early = ", ended early" if window["share"] < 1 else ""
    how = f"watched for {seen}{early}" if window["watched"] else f"counts of the last {seen}"
    table.add_row(_dim("seen"), plain(how))
    yield table


def _releases(document: Document) -> Iterator[RenderableType]:
    if not document["releases"]:
        return
    yield from title("Releases")
    table = grid("left", "right", "right", "right", "right", "right")
    heads = ("release", "processes", "reads", "hits", "unreadable", "written")
    table.add_row(*(_dim(head) for head in heads))
    for release in document["releases"]:
        unreadable = sum(cause["count"] for cause in release["unreadable"])
        table.add_row(
            plain(release["release"], "bold"),
            f"{release['processes']:,}",
            f"{release['reads']:,}",
            f"{100 * release['hit_ratio']:.1f} %" if release["reads"] else "",
            Text(f"{unreadable:,}", style="bold red" if unreadable else "dim"),
            f"{release['stored']:,}",
        )
    yield indent(table)


def _checks(document: Document) -> Iterator[RenderableType]:
    yield from title("Checks")
    table = grid("left", "left", "left")
    for check in document["checks"]:
        result = check["result"]
        table.add_row(
            Text(result, style=_STYLES[result], no_wrap=True),
            Text(check["name"], no_wrap=True),
            plain(check["sentence"], longest=_LONGEST),
        )
    yield indent(table)
    for check in document["checks"]:
        yield from _advice(check)


def _advice(check: Document) -> Iterator[RenderableType]:
    """Give what a check rests on and what to do, unless it is fine."""
    fine = check["result"] in {"PASS", "SKIPPED"}
    if fine and not check["do"]:
        return
    yield from title(check["name"])
    for detail in () if fine else check["details"]:
        yield indent(plain(detail, longest=_LONGEST))
    if check["do"]:
        yield indent(plain(check["do"], "bold", longest=_LONGEST))
    if check["command"]:
        yield indent(command(check["command"]), by=4)
    if check["undo"]:
        yield indent(_dim("to take it back:"))
        yield indent(command(check["undo"]), by=4)


def _end(document: Document) -> Iterator[RenderableType]:
    code = document["exit_code"]
    yield Text("")
    yield _dim(f"Exit code {code}: {_EXITS[code]}.")
    yield command(f"Next: {document['next']}", "")


def _dim(text: str) -> Text:
    return Text(text, style="dim")
