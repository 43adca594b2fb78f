"""The report at a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from reports.documents import EVERY, HOSTILE, LONG, document, group, hostile, unsafe
from shelflife.reports.document import Document
from shelflife.reports.terminal import show


def shown(whole: Document, width: int = 80, **options: object) -> str:
    """What a console prints that is no terminal."""
    file = io.StringIO()
    show(whole, Console(file=file, width=width, **options))  # type: ignore[arg-type]
    return file.getvalue()


def test_it_opens_with_what_to_act_on() -> None:
    """Upgrade, rollback, order; loud where it is unsafe."""
    lines = shown(unsafe()).splitlines()

    assert re.match(r"UPGRADE +UNSAFE +206 entries fail on new or change there\.$", lines[0])
    assert re.match(r"ROLLBACK +UNSAFE +old cannot read what new would write\.$", lines[1])
    assert re.match(r"ORDER +readers first +Deploy a new that writes protocol 2\.$", lines[2])
    assert re.match(r"UPGRADE +safe +new reads all", shown(document()))
    assert re.match(r"UPGRADE +unknown .*\nROLLBACK +not asked ", shown(EVERY["partial"]()))


def test_what_was_not_seen_is_said_at_the_top() -> None:
    """Partial and sampled, and only if they are so."""
    lines = shown(EVERY["partial"](), 120).splitlines()

    assert re.match(r"PARTIAL +yes +Interrupted after 400", lines[3])
    assert re.match(r"SAMPLED +yes +A sample of 400", lines[4])
    assert not re.search("PARTIAL|SAMPLED", shown(unsafe()))


def test_the_sections_follow_in_the_order_of_their_use() -> None:
    """The last line is the next command."""
    text = shown(unsafe())
    order = (
        "Entries by verdict",
        "4 groups to act on",
        "api:article:*",
        "api:feed:*",
        "2 groups, 12,340 entries read everywhere.",
        "1 group of state, not cache: never purge",
        "session:*",
        "Waived: 1 group, 8 entries",
        "Known: 1 group, 9 entries",
        "Against last.json: 4 new, 1 known.",
        "Protections that held",
        "Effect on the server",
        "1. Write protocol 2",
        "2. Convert",
        "Exit code 1: incompatible.",
        "Next: shelflife convert redis://127.0.0.1:6379/0 --only api:article:*",
    )

    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.endswith(f"{order[-1]}\n")


def test_a_group_has_its_figures_verdicts_and_reasons() -> None:
    """Both ways."""
    text = shown(unsafe(), 120)

    assert re.search(r"^api:article:\* +120 +33\.3 KiB +3 +80$", text, re.MULTILINE)
    assert re.search(r"^    old +reads$", text, re.MULTILINE)
    assert re.search(
        r"^    new +fails +Python 2 wrote 8-bit .*\[py2-bytes, static\]$", text, re.MULTILINE
    )
    assert re.search(
        r"^    new->old +fails +written with a newer pickle protocol;", text, re.MULTILINE
    )
    assert "left at deploy" not in shown(document(groups=unsafe()["groups"]))


def test_every_verdict_is_counted() -> None:
    """In one table."""
    text = shown(unsafe())

    assert re.search(r"^  old +13,399 +0 +64 +0$", text, re.MULTILINE)
    assert re.search(r"^  new +12,404 +17 +1,037 +5$", text, re.MULTILINE)
    assert re.search(r"^  new->old +12,017 +0 +1,101 +0$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("code", "meaning"), [(0, "fine"), (1, "incompatible"), (3, "inconclusive: too little")]
)
def test_the_exit_code_is_explained(code: int, meaning: str) -> None:
    """In a sentence before the last line."""
    assert f"\nExit code {code}: {meaning}" in shown(document(exit_code=code))


@pytest.mark.parametrize("width", [80, 100, 120, 300])
@pytest.mark.parametrize("name", EVERY)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    """Nor than 120; commands excepted, which are copied."""
    for line in shown(EVERY[name](), width).splitlines():
        command = re.match(r"     \S|Next: ", line)
        assert len(line) <= min(width, 120) or command, line


def test_commands_are_not_wrapped() -> None:
    """However narrow the terminal is."""
    command = "shelflife convert " + " ".join(f"--only part{number}:*" for number in range(30))
    text = shown(document(fixes=[{"text": "Do it.", "command": command}], next=command))

    assert f"     {command}\n" in text
    assert f"Next: {command}\n" in text


@pytest.mark.parametrize("text", [HOSTILE, LONG])
@pytest.mark.parametrize("colour", [True, False])
def test_hostile_text_is_harmless(text: str, colour: bool) -> None:
    """No control, no escape but our own colours, no markup, bounded."""
    out = shown(hostile(text), force_terminal=colour, color_system="truecolor" if colour else None)

    plain = re.sub(r"\x1b\[[\d;]*m", "", out) if colour else out
    assert not [
        character for character in plain if character != "\n" and not character.isprintable()
    ]
    assert len(out) < 40_000
    if text is HOSTILE:
        assert "\\x1b[2J" in plain.replace("\n", "")
        assert "[bold red]markup[/]" in plain
        assert ":smile:" in plain


def test_no_colour_goes_to_a_file() -> None:
    """Nor any other escape; at a terminal there is colour."""
    assert "\x1b" not in shown(unsafe())
    assert "\x1b[" in shown(unsafe(), force_terminal=True, color_system="standard")


def test_a_terminal_without_unicode_gets_escapes() -> None:
    """Not an exception."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    groups = [group(1, "\u65e5\u672c:*", 1, {"new": {**unsafe()["groups"][0]["verdicts"]["new"]}})]

    show(document(groups=groups), Console(file=file, width=80))
    file.flush()

    assert b"\\u65e5\\u672c:*" in raw.getvalue()


def test_many_groups_are_cut_short() -> None:
    """With what is left out, counted, and where to find it."""
    text = shown(EVERY["large"]())

    assert "api:part40:*" in text
    assert "api:part41:*" not in text
    assert re.search(r"1,960 more groups with [\d,]+ entries: use --json or --html", text)
