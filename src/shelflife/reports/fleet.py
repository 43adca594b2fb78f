"""The report on a fleet, and on a change of its floor, for a person at a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Optional

from rich.console import Console, RenderableType
from rich.text import Text

from shelflife.reports.figures import several, span
from shelflife.reports.terminal import print_sections
from shelflife.reports.terminal_text import command, grid, indent, plain, title

Document = dict[str, Any]

_LONGEST = 500
_WRONG = frozenset({"corrupt", "conflict", "unreadable-writes"})
_EXITS = {
    0: "nothing speaks against it",
    1: "somebody would not read it, or it is held",
    2: "it could not be done",
    3: "too little was seen to say",
}
_STATUS_EXITS = {
    0: "everybody reads what is written",
    1: "somebody writes what another does not read, or the registry is in doubt",
}


def show_status(document: Document, console: Console) -> None:
    """Print who is there, what is written, and what to do."""
    sections = (
        _floor(document),
        _releases(document),
        _absent_readers(document),
        _findings(document),
        _end(document, _STATUS_EXITS),
    )
    print_sections(sections, console)


def show_change(document: Document, console: Console) -> None:
    """Print what a change comes to."""
    print_sections((_change(document), _refusals(document), _end(document, _EXITS)), console)


def _floor(document: Document) -> Iterator[RenderableType]:
    table = grid("left", "left")
    table.add_row(Text("FLOOR", style="bold"), plain(document["floor"], "bold green"))
    for why in document["why"]:
        table.add_row("", plain(why, longest=_LONGEST))
    table.add_row(_dim("fleet"), plain(f"{document['fleet']}  {document['address']}"))
    committed = document["committed"]
    if committed:
        text = f"{committed['floor']}, by {committed['by']} {_moment(committed['at'])}"
        table.add_row(_dim("committed"), plain(text, longest=_LONGEST))
    for minimum in document["minimums"]:
        table.add_row(_dim("minimum"), plain(minimum))
    held = document["hold"]
    if held:
        text = f"by {held['by']} {_moment(held['at'])}: {held['reason']}"
        table.add_row(Text("held", style="bold yellow"), plain(text, longest=_LONGEST))
    yield table


def _releases(document: Document) -> Iterator[RenderableType]:
    yield from title("Live")
    releases = document["releases"]
    if not releases:
        yield indent(Text("no process of this fleet", style="yellow"))
    table = grid("left", "right", "left", "left", "left")
    if releases:
        heads = ("release", "processes", "runtime", "reads", "writes")
        table.add_row(*(_dim(head) for head in heads))
    for release in releases:
        table.add_row(
            plain(release["release"], "bold"),
            str(release["processes"]),
            plain(", ".join(release["runtimes"])),
            plain(" | ".join(release["reads"]), longest=_LONGEST),
            plain(" | ".join(release["writes"]), longest=_LONGEST),
        )
    yield indent(table)
    if document["gone"]:
        yield indent(
            _dim(f"and {several(document['gone'], 'process', 'processes')} without a beat")
        )


def _absent_readers(document: Document) -> Iterator[RenderableType]:
    if not document["pins"] and not document["declared"]:
        return
    yield from title("Readers besides")
    table = grid("left", "left", "left", "left")
    for pin in document["pins"]:
        until = f"{'expired' if pin['expired'] else 'pinned until'} {_moment(pin['until'])}"
        style = "dim" if pin["expired"] else ""
        name = plain(pin["release"], "bold")
        table.add_row(name, plain(pin["reads"]), Text(until, style=style), plain(f"by {pin['by']}"))
    for reader in document["declared"]:
        name = plain(reader["release"], "bold")
        table.add_row(name, plain(reader["reads"]), "declared", plain(f"by {reader['by']}"))
    yield indent(table)


def _findings(document: Document) -> Iterator[RenderableType]:
    if not document["findings"]:
        return
    yield from title("To know")
    for finding in document["findings"]:
        style = "bold red" if finding["kind"] in _WRONG else "yellow"
        line = Text(finding["kind"], style=style).append("  ")
        yield indent(line.append_text(plain(finding["text"], longest=_LONGEST)))
        if finding["command"]:
            yield indent(command(finding["command"]), by=4)


def _change(document: Document) -> Iterator[RenderableType]:
    table = grid("left", "left")
    done = document["executed"]
    word = "DONE" if done else "REFUSED" if document["refusals"] else "A PLAN"
    style = "bold green" if done else "bold red" if document["refusals"] else "bold"
    table.add_row(Text(word, style=style), plain(document["action"], "bold", longest=_LONGEST))
    if not done:
        table.add_row("", Text("nothing was changed"))
    table.add_row(_dim("fleet"), plain(f"{document['fleet']}  {document['address']}"))
    table.add_row(_dim("floor"), plain(document["floor_before"]))
    same = document["floor_before"] == document["floor_after"]
    after = "stays" if same else document["floor_after"]
    table.add_row(_dim("then"), plain(after, "" if same else "bold"))
    for why in document["why_after"][1:]:
        table.add_row("", plain(why, longest=_LONGEST))
    for reader in document["readers"]:
        text = f"{reader['reader']} reads {reader['reads']}"
        table.add_row(_dim("reader"), plain(text, longest=_LONGEST))
    if document["followed"]:
        table.add_row(_dim("followed"), plain(document["followed"]))
    yield table


def _refusals(document: Document) -> Iterator[RenderableType]:
    if document["refusals"] or document["unclear"]:
        yield from title("What speaks against it")
    for refusal in document["refusals"]:
        yield indent(plain(refusal, "red", longest=_LONGEST))
    if document["unclear"]:
        yield indent(plain(document["unclear"], "yellow", longest=_LONGEST))


def _end(document: Document, exits: dict[int, str]) -> Iterator[RenderableType]:
    yield Text("")
    code = document["exit_code"]
    yield _dim(f"Exit code {code}: {exits[code]}.")
    yield command(f"Next: {document['next']}", "")


def _dim(text: str) -> Text:
    return Text(text, style="dim")


def _moment(moment: Optional[float]) -> str:
    if moment is None:
        return "at an unknown time"
    ago = time.time() - moment
    near = f" ({span(ago)} ago)" if 0 <= ago < 30 * 86400 else ""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment)) + near
