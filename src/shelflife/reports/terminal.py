"""The report for a person at a terminal, 80 to 120 columns wide.

What has to be done comes first, then what it rests on; what is fine is summed up. Every text of
the document passes `plain`, and is printed as `Text`, which knows no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from shelflife.reports.document import Document, Headline
from shelflife.reports.figures import entries, several, size, span
from shelflife.reports.sentences import EXITS, STATE
from shelflife.reports.showable import showable
from shelflife.reports.summary import VERDICTS, Summary, describe, entries_in, summarise
from shelflife.reports.terminal_groups import MOST_GROUPS, group_table
from shelflife.reports.terminal_text import (
    LONGEST_NAME,
    STYLES,
    command,
    grid,
    indent,
    listed,
    plain,
    title,
)

WIDEST = 120


def show(document: Document, console: Console) -> None:
    """Print the report, colours only where the console has them."""
    summary = summarise(document)
    sections = (
        _headlines(document),
        _seen(document),
        _totals(summary),
        group_table(f"{len(summary.broken):,} to act on", summary.broken, summary, document),
        _fine(summary),
        group_table(f"{len(summary.state):,} of {STATE}", summary.state, summary, document),
        _aside(document, summary),
        _protections(document),
        _effect(document),
        _fixes(document),
        _end(document),
    )
    print_sections(sections, console)


def print_sections(sections: Iterable[Iterable[RenderableType]], console: Console) -> None:
    """Print sections one after the other, at most as wide as people read."""
    width = min(console.width, WIDEST)
    with console.capture() as captured:
        for section in sections:
            for line in section:
                if isinstance(line, Text) and line.no_wrap:
                    console.print(line, soft_wrap=True)
                else:
                    console.print(line, width=width, crop=False)
    # A terminal that knows only ASCII gets escapes, not an exception.
    text = captured.get().encode(console.encoding, "backslashreplace").decode(console.encoding)
    console.file.write("\n".join(line.rstrip(" ") for line in text.split("\n")))


def _headlines(document: Document) -> Iterator[RenderableType]:
    table = grid("left", "left", "left")
    for name in ("upgrade", "rollback", "order"):
        line: Headline = document[name]
        verdict = line["verdict"].replace("not-asked", "not asked")
        loud = verdict.upper() if verdict == "unsafe" else verdict
        style = STYLES.get(verdict, "bold yellow")
        table.add_row(
            Text(name.upper(), style="bold", no_wrap=True),
            Text(showable(loud, 20), style=style, no_wrap=True),
            plain(line["sentence"], longest=500),
        )
    if document["partial"] is not None:
        table.add_row(
            Text("PARTIAL", style="bold"),
            Text("yes", style="bold yellow"),
            plain(document["partial"], longest=500),
        )
    if document["sampled"] is not None:
        table.add_row(
            Text("SAMPLED", style="bold"),
            Text("yes", style="bold yellow"),
            plain(document["sampled"]["sentence"], longest=500),
        )
    yield table


def _seen(document: Document) -> Iterator[RenderableType]:
    seen, source = document["seen"], document["source"]
    yield Text("")
    table = grid("left", "left")
    prefix = f", prefix {source['prefix']}" if source["prefix"] else ""
    table.add_row(Text("source", style="dim"), plain(f"{source['shown']}{prefix}"))
    gone = f", {seen['gone']:,} gone while reading" if seen["gone"] else ""
    strange = f", {seen['unreadable_types']:,} of other types" if seen["unreadable_types"] else ""
    twice = f", up to {seen['seen_twice']:,} counted twice" if seen["seen_twice"] else ""
    what = (
        f"{entries(seen['entries'])} under {several(seen['keys'], 'key')}, "
        f"{size(seen['bytes'])}{gone}{strange}{twice}"
    )
    table.add_row(Text("seen", style="dim"), Text(what))
    how = f"stage {document['stage']}, {span(document['seconds'])}, {source['server']}"
    table.add_row(Text("how", style="dim"), plain(how))
    if document["deploy_in"] is not None:
        table.add_row(Text("deploy", style="dim"), Text(f"in {span(document['deploy_in'])}"))
    for target in document["targets"]:
        table.add_row(plain(target["name"], "dim", LONGEST_NAME), plain(target["shown"]))
    yield table


def _totals(summary: Summary) -> Iterator[RenderableType]:
    if not summary.columns:
        return
    yield from title("Entries by verdict")
    table = grid("left", *["right"] * len(VERDICTS))
    table.add_row("", *(Text(verdict, style="dim") for verdict in VERDICTS))
    for column in summary.columns:
        counts = summary.totals[column]
        table.add_row(
            plain(column, longest=2 * LONGEST_NAME),
            *(
                Text(f"{counts[verdict]:,}", style=STYLES[verdict] if counts[verdict] else "dim")
                for verdict in VERDICTS
            ),
        )
    yield indent(table)


def _fine(summary: Summary) -> Iterator[RenderableType]:
    if summary.fine:
        count = several(len(summary.fine), "group")
        told = f"{count}, {entries(entries_in(summary.fine))} read everywhere."
        yield Text("")
        yield Text(told, style="green")


def _aside(document: Document, summary: Summary) -> Iterator[RenderableType]:
    baseline = document["baseline"]
    for name, groups in (("Waived", summary.waived), ("Known", summary.known)):
        if groups:
            count = several(len(groups), "group")
            yield from title(f"{name}: {count}, {entries(entries_in(groups))}")
            table = grid("left", "right", "left")
            for group in groups[:MOST_GROUPS]:
                why = group["waived"] if group["waived"] is not None else describe(group)
                table.add_row(
                    plain(group["key_class"], longest=60), f"{group['count']:,}", plain(why)
                )
            if groups[MOST_GROUPS:]:
                table.add_row(f"{len(groups) - MOST_GROUPS:,} more groups", "", "")
            yield indent(table)
    if baseline is not None:
        told = f"Against {baseline['file']}: {baseline['new']:,} new, {baseline['known']:,} known."
        yield Text("")
        yield plain(told)


def _protections(document: Document) -> Iterator[RenderableType]:
    held: dict[tuple[str, ...], list[str]] = {}
    for target in document["targets"]:
        if target["protections"]:
            held.setdefault(tuple(target["protections"]), []).append(target["name"])
    if not held:
        return
    yield from title("Protections that held")
    table = grid("left", "left")
    for protections, names in held.items():
        shown = ", ".join(showable(one, 100) for one in protections[:12])
        table.add_row(listed(names), plain(shown, longest=900))
    yield indent(table)


def _effect(document: Document) -> Iterator[RenderableType]:
    effect = document["effect"]
    yield from title("Effect on the server")
    touch = "access times left alone" if effect["no_touch"] else "access times touched"
    figures = (
        f"{effect['keyspace_hits']:,} keyspace hits, "
        f"{several(effect['keyspace_misses'], 'miss', 'misses')}, {touch}."
    )
    yield indent(Text(figures))
    if effect["sentence"]:
        yield indent(plain(effect["sentence"], longest=500))


def _fixes(document: Document) -> Iterator[RenderableType]:
    if document["fixes"]:
        yield from title("What to do")
    for number, fix in enumerate(document["fixes"], 1):
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column()
        table.add_column(overflow="fold")
        table.add_row(f"{number}.", plain(fix["text"], longest=500))
        yield indent(table)
        if fix["command"]:
            yield command(f"     {fix['command']}")


def _end(document: Document) -> Iterator[RenderableType]:
    code = document["exit_code"]
    yield Text("")
    yield Text(f"Exit code {code}: {EXITS.get(code, 'unknown')}.", style="dim")
    yield command(f"Next: {document['next'] or 'nothing to do'}", "")
