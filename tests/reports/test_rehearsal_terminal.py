"""The report of a rehearsal at a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from reports.documents import HOSTILE, LONG
from reports.rehearsal_parts import Rehearsal, finding, matrix, rehearsal
from reports.rehearsals import EVERY, hostile, inconclusive, large, partial, unsafe
from shelflife.reports.rehearsal import show_rehearsal


def shown(whole: Rehearsal, width: int = 80, **options: object) -> str:
    """What a console prints that is no terminal."""
    file = io.StringIO()
    show_rehearsal(whole, Console(file=file, width=width, **options))  # type: ignore[arg-type]
    return file.getvalue()


def flat(whole: Rehearsal) -> str:
    """The same on one line."""
    return " ".join(shown(whole).split())


def test_it_opens_with_the_verdict_and_a_sentence_for_each_direction() -> None:
    """Loud where it is unsafe; partial is said at the top, and only if it is so."""
    lines = shown(unsafe()).splitlines()

    assert re.match(r"REHEARSAL +UNSAFE +34 requests went wrong", lines[0])
    assert re.match(r"UPGRADE +UNSAFE +new could not use 10 of 60", lines[1])
    assert re.match(r"ROLLBACK +UNSAFE +old could not use 20 of 64", lines[2])
    assert re.match(r"REHEARSAL +safe +Nothing differs", shown(rehearsal()))
    assert "PARTIAL" not in shown(unsafe())
    assert re.match(r"PARTIAL +yes +interrupted in phase warm", shown(partial()).splitlines()[3])


def test_the_sections_follow_in_the_order_of_their_use() -> None:
    """The last line is the next command."""
    text = flat(unsafe())
    order = (
        "plan plan.toml, seed 7, 31.2 s",
        "Phases",
        "3 findings",
        "1. error",
        "Entries that crossed",
        "Was enough seen?",
        "Against production (audit.json)",
        "Accepted by the plan: 1 finding",
        "Not compared: 1 part of answers",
        "13 processes were started and have ended",
        "Exit code 1: something differs.",
        "Next: shelflife rehearse plan.toml --html rehearsal.html",
    )

    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.endswith(order[-1])


def test_phases_have_their_statuses() -> None:
    """By class, for each release, with the exceptions of their logs."""
    text = shown(unsafe(), 120)

    assert re.search(r"^  upgrade +new +280 +0 +10 +10 +0 +10 +2\.1 s$", text, re.MULTILINE)
    assert re.search(r"^  mixed +old .*\n +new +280", text, re.MULTILINE)
    assert "rollback, old: 20 times ValueError: unsupported pickle protocol: 4" in text


def test_no_answer_is_counted_once() -> None:
    """Whether it is told as a status of 0 or apart."""
    whole = unsafe()
    whole["phases"] = whole["phases"][2:3]
    whole["phases"][0].update(statuses={"new": {"0": 4}}, no_answer={"new": 4})

    assert re.search(r"^  upgrade +new +0 +0 +0 +0 +4 ", shown(whole), re.MULTILINE)


def test_a_finding_is_tied_to_its_entries() -> None:
    """Sentence, exception, request, difference, entry, writer, both verdicts, remedy."""
    text = flat(unsafe())

    for part in (
        "1. error rollback, old: 20 requests in rollback GET /articles/*",
        "old answered 20 requests with 500 after it read entries that new had written",
        "GET /articles/9?lang=žluťoučký (line 9 of the log) status: 500 instead of 200",
        "read api:article:*, written by new in upgrade (318 B, werkzeug, pickle protocol 4)",
        "old fails written with a pickle protocol that is newer than the reader [protocol, static]",
        "2. error upgrade, new: 10 requests (upgrade 8, mixed 2) GET /articles/*",
        "'ascii' codec can't decode byte 0xc3",
        'body $.updated: "2019-11-04T10:00:00" instead of "2019-11-04T10:00:00+01:00"',
        "new changed value.updated: +01:00 became no timezone [compare]",
        'To do: Let new read what old writes: Cache(url, reads="werkzeug", floor="2.7").',
    ):
        assert part in text, part


def test_what_is_not_sure_is_said() -> None:
    """Other requests were under way."""
    one = finding(1)
    one["examples"][0]["sure"] = False

    assert "an entry may be theirs" in flat(rehearsal(findings=[one]))
    assert "an entry may be theirs" not in flat(unsafe())


def test_the_worst_findings_come_first_and_accepted_ones_apart() -> None:
    """Errors, answers, misses in disguise, and then the rest; the largest first."""
    kinds = [("keys", 9), ("answer", 1), ("unused", 5), ("error", 1), ("error", 2), ("release", 9)]
    found = [finding(n, kind=kind, count=count) for n, (kind, count) in enumerate(kinds)]
    text = shown(rehearsal(findings=[*found, finding(9, kind="expiry", accepted=True)]))

    numbered = re.findall(r"^  \d\. (\w+) +upgrade, new: (\d+)", text, re.MULTILINE)
    assert numbered == [
        ("error", "2"),
        ("error", "1"),
        ("answer", "1"),
        ("unused", "5"),
        ("release", "9"),
        ("keys", "9"),
    ]
    assert text.index("Accepted by the plan: 1 finding") < text.index("  expiry")


def test_what_crossed_is_counted() -> None:
    """For each pair of releases and key class: verdicts on entries, then answers; worst first."""
    text = shown(unsafe())
    rows = re.findall(r"^  (api:\S+) +(\w+ > \w+) +([\d ]+)$", text, re.MULTILINE)

    assert [(name, pair, figures.split()) for name, pair, figures in rows] == [
        ("api:article:*", "new > old", ["44", "0", "20", "0", "20"]),
        ("api:article:*", "old > new", ["50", "0", "10", "0", "14"]),
        ("api:tag:*", "old > new", ["60", "0", "0", "0", "0"]),
        ("api:tag:*", "new > old", ["60", "0", "0", "0", "0"]),
    ]


def test_a_verdict_does_not_gainsay_the_answers() -> None:
    """What a Python alone cannot read, a service may cope with: that is said, and not loud."""
    whole = rehearsal(matrix=matrix(10, 20))

    assert "the service itself copes." in flat(whole)
    assert "31m" not in shown(whole, force_terminal=True, color_system="standard")
    assert "copes" not in flat(unsafe())


def test_gaps_come_with_their_remedies() -> None:
    """And with what was not seen in each key class, and what the log lost."""
    text = flat(inconclusive())

    for part in (
        "REHEARSAL inconclusive Nothing differs, but too little was seen to say.",
        "line 12: no request in quotes",
        "57 POST dropped, 12 left out, 3 unparsable, 40 injected (unicode)",
        "No: 2 gaps.",
        "1. No entry of api:article:* holds text outside ASCII. shelflife rehearse plan.toml",
        "non-ascii text, bytes, large",
        "Not seen through: 3 EVALSHA.",
        "12 entries expired meanwhile.",
        "2 of 3 groups were there, which stand for 20,740 of 24,152 entries.",
        "3,412 entries with Python 2 text outside ASCII live in production; this rehearsal wrote",
        "Exit code 3: too little was seen to say.",
    ):
        assert part in text, part


def test_the_least_crossed_class_comes_first() -> None:
    """With a 0 where nothing crossed."""
    rows = re.findall(r"^  (api:\S+) +(\d+) +(\d+)", shown(inconclusive()), re.MULTILINE)

    assert ("api:tag:*", "60", "0") in rows
    assert rows.index(("api:tag:*", "60", "0")) < rows.index(("api:article:*", "60", "64"))


@pytest.mark.parametrize("width", [80, 100, 120, 300])
@pytest.mark.parametrize("name", EVERY)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    """Nor than 120; the next command excepted, which is copied."""
    for line in shown(EVERY[name](), width).splitlines():
        assert len(line) <= min(width, 120) or line.startswith("Next: "), line


@pytest.mark.parametrize("kept", [frozenset({"schema"}), frozenset({"schema", "verdict", "kind"})])
@pytest.mark.parametrize("text", [HOSTILE, LONG])
@pytest.mark.parametrize("colour", [True, False])
def test_hostile_text_is_harmless(text: str, colour: bool, kept: frozenset[str]) -> None:
    """No control, no escape but our own colours, no markup, bounded."""
    out = shown(
        hostile(text, kept),
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )

    plain = re.sub(r"\x1b\[[\d;]*m", "", out) if colour else out
    assert not [c for c in plain if c != "\n" and not c.isprintable()]
    assert len(out) < 60_000
    if text is HOSTILE:
        assert "\\x1b[2J" in plain.replace("\n", "")
        assert ":smile:" in plain


def test_no_colour_goes_to_a_file() -> None:
    """At a terminal there is colour."""
    assert "\x1b" not in shown(unsafe())
    assert "\x1b[" in shown(unsafe(), force_terminal=True, color_system="standard")


def test_much_is_cut_short() -> None:
    """Ten findings in full, twenty by a line, the rest counted; noise, gaps and classes too."""
    text = shown(large())

    assert len(re.findall(r"^ +\d+\. error", text, re.MULTILINE)) == 10
    assert "970 more findings: use --json or --html to see them." in text
    assert "980 more classes" in text
    assert "1,980 more gaps" in text
    assert "997 more: use --json" in text
    assert len(text.splitlines()) < 500
