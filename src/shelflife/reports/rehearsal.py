"""The report of a rehearsal for a person at a terminal: the verdict, then what it rests on.

Every text of the document passes `plain`, and is printed as `Text`, which knows no markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from shelflife.reports.figures import several, span
from shelflife.reports.rehearsal_adequacy import adequacy, crossing, production
from shelflife.reports.rehearsal_findings import accepted, findings
from shelflife.reports.rehearsal_secrets import without_secrets
from shelflife.reports.rehearsal_words import (
    CLASSES,
    EXITS,
    Document,
    by_class,
    cache_line,
    log_line,
)
from shelflife.reports.showable import showable
from shelflife.reports.terminal import print_sections
from shelflife.reports.terminal_text import STYLES, command, grid, indent, plain, title

_LONGEST = 500
_MOST_NOISE = 3
_MOST_EXCEPTIONS = 3
_MOST_UNPARSABLE = 5


def show_rehearsal(document: Document, console: Console) -> None:
    """Print what came of it, colours only where the console has them."""
    document = without_secrets(document)
    sections = (
        _headlines(document),
        _how(document),
        _phases(document),
        findings(document),
        crossing(document),
        adequacy(document),
        production(document),
        accepted(document),
        _noise(document),
        _end(document),
    )
    print_sections(sections, console)


def _headlines(document: Document) -> Iterator[RenderableType]:
    table = grid("left", "left", "left")
    rows = [("REHEARSAL", document["verdict"], document["sentence"])]
    for name, found in document["directions"].items():
        rows.append((name.upper(), found["verdict"], found["sentence"]))
    for name, verdict, sentence in rows:
        loud = verdict.upper() if verdict == "unsafe" else verdict
        style = STYLES.get(verdict, "bold yellow")
        table.add_row(
            plain(name, "bold", 20),
            Text(showable(loud, 20), style=style),
            plain(sentence, longest=_LONGEST),
        )
    if document["partial"] is not None:
        told = plain(document["partial"], longest=_LONGEST)
        table.add_row(Text("PARTIAL", style="bold"), Text("yes", style="bold yellow"), told)
    yield table


def _how(document: Document) -> Iterator[RenderableType]:
    yield Text("")
    table = grid("left", "left")
    what = f"{document['plan']}, seed {document['seed']}, {span(document['seconds'])}"
    table.add_row(_dim("plan"), plain(what))
    table.add_row(_dim("cache"), plain(cache_line(document["cache"])))
    for name, release in document["releases"].items():
        python = f"Python {release['python']}: " if release["python"] else ""
        told = f"{python}{release['command']} ({several(release['starts'], 'start')})"
        table.add_row(plain(name, "dim", 20), plain(told, longest=300))
    table.add_row(_dim("log"), plain(log_line(document["log"]), longest=300))
    for one in document["log"]["unparsable_examples"][:_MOST_UNPARSABLE]:
        table.add_row("", plain(f"line {one['line']:,}: {one['why']}", "dim"))
    yield table


def _phases(document: Document) -> Iterator[RenderableType]:
    if not document["phases"]:
        return
    yield from title("Phases")
    table = grid("left", "left", *["right"] * (len(CLASSES) + 2))
    heads = ("phase", "release", *CLASSES, "bad", "time")
    table.add_row(*(_dim(head) for head in heads))
    for phase in document["phases"]:
        for number, release in enumerate(phase["releases"]):
            first = number == 0
            table.add_row(
                plain(phase["name"], "bold", 20) if first else "",
                plain(release, longest=20),
                *_status_cells(phase, release),
                _count(phase["findings"], "bold red") if first else "",
                span(phase["seconds"]) if first else "",
            )
    yield indent(table)
    for phase in document["phases"]:
        yield from _exceptions(phase)


def _status_cells(phase: Document, release: str) -> list[Text]:
    """Give a cell for each class of statuses."""
    statuses = phase["statuses"].get(release, {})
    counts = by_class(statuses, phase["no_answer"].get(release, 0))
    loud = {"5xx": "bold red", "none": "bold red"}
    return [_count(count, loud.get(name, "")) for name, count in counts.items()]


def _exceptions(phase: Document) -> Iterator[RenderableType]:
    found = phase["exceptions"]
    for one in found[:_MOST_EXCEPTIONS]:
        told = f"{phase['name']}, {one['release']}: {one['count']:,} times {one['text']}"
        yield indent(plain(told, longest=300))
    if found[_MOST_EXCEPTIONS:]:
        more = several(len(found) - _MOST_EXCEPTIONS, "more exception")
        yield indent(_dim(f"{showable(phase['name'], 20)}: {more}"))


def _noise(document: Document) -> Iterator[RenderableType]:
    noise = document["noise"]
    if not noise:
        return
    yield from title(f"Not compared: {several(len(noise), 'part')} of answers that are noise")
    for rule in noise[:_MOST_NOISE]:
        told = f"{rule['endpoint']}: {rule['path']} ({rule['why']})"
        yield indent(plain(told, "dim", 300))
    if noise[_MOST_NOISE:]:
        yield indent(_dim(f"{len(noise) - _MOST_NOISE:,} more: use --json or --html to see them."))


def _end(document: Document) -> Iterator[RenderableType]:
    yield Text("")
    yield plain(document["effect"], "dim", _LONGEST)
    code = document["exit_code"]
    yield _dim(f"Exit code {code}: {EXITS.get(code, 'unknown')}.")
    yield command(f"Next: {document['next'] or 'nothing to do'}", "")


def _count(count: int, loud: str) -> Text:
    """Give a figure that is quiet if it is 0."""
    return Text(f"{count:,}", style=loud if count else "dim")


def _dim(text: str) -> Text:
    return Text(text, style="dim")
