"""The parts that documents of rehearsals are made of, in tests of the reports."""

from __future__ import annotations

from typing import Any

Rehearsal = dict[str, Any]

NON_ASCII = (
    "UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3 in position 1: "
    "ordinal not in range(128)"
)
PROTOCOL = "ValueError: unsupported pickle protocol: 4"
_AGAIN = "shelflife rehearse plan.toml"
_READS = {"verdict": "reads", "reason": "", "stage": "resolve", "detail": ""}


def fails(reason: str, detail: str = "", stage: str = "static") -> dict[str, str]:
    """A verdict."""
    return {"verdict": "fails", "reason": reason, "stage": stage, "detail": detail}


def _slices(release: str, sizes: list[tuple[int, int]]) -> list[Rehearsal]:
    return [
        {"release": release, "ok": ok, "redirect": 0, "client": 1, "server": bad, "none": 0}
        for ok, bad in sizes
    ]


def phase(name: str, releases: list[str], bad: int = 0, text: str = "") -> Rehearsal:
    """A phase of 300 requests to each release, of which so many end in a 500."""
    sizes = [(29 - bad // 10, bad // 10)] * 10
    timeline = [one for slices in zip(*(_slices(r, sizes) for r in releases)) for one in slices]
    errors = {"500": bad} if bad else {}
    return {
        "name": name,
        "releases": releases,
        "requests": 300 * len(releases),
        "seconds": 2.1,
        "statuses": {release: {"200": 290 - bad, "404": 10, **errors} for release in releases},
        "no_answer": dict.fromkeys(releases, 0),
        "findings": bad,
        "exceptions": [{"release": releases[0], "text": text, "count": bad}] if text else [],
        "cache": {
            one: {"reads": 300, "hits": 150, "writes": 150, "deletes": 0} for one in releases
        },
        "timeline": timeline,
    }


def cell(key_class: str, writer: str, reader: str, entries: int, bad: int, why: str) -> Rehearsal:
    """What one release made of what one had written."""
    return {
        "key_class": key_class,
        "writer": writer,
        "reader": reader,
        "reads": 2 * entries,
        "entries": entries,
        "used": 2 * entries - bad,
        "unused": bad,
        "verdicts": {"reads": entries - bad, "changed": 0, "fails": bad, "unknown": 0},
        "reasons": {why: bad} if bad else {},
    }


def matrix(upgrade: int, rollback: int) -> list[Rehearsal]:
    """Who read whose entries, and how many of the crossing ones could not be."""
    return [
        cell("api:article:*", "old", "new", 60, upgrade, "py2-bytes"),
        cell("api:article:*", "new", "old", 64, rollback, "protocol"),
        cell("api:tag:*", "old", "new", 60, 0, ""),
        cell("api:tag:*", "new", "old", 60, 0, ""),
    ]


def answer(status: int, body: str) -> Rehearsal:
    """What a release answered."""
    return {"status": status, "headers": [["content-type", "application/json"]], "body": body}


def entry(writer: str, protocol: int, old: Rehearsal, new: Rehearsal) -> Rehearsal:
    """An entry that a request met."""
    return {
        "key": "api:article:*",
        "did": "read",
        "writer": writer,
        "phase": "warm" if writer == "old" else "upgrade",
        "size": 318,
        "dialect": "werkzeug",
        "codec": "pickle",
        "protocol": protocol,
        "verdicts": {"old": old, "new": new},
    }


def example(number: int, **changed: Any) -> Rehearsal:
    """A request, what was expected and what came."""
    return {
        "phase": "upgrade",
        "request": {
            "method": "GET",
            "target": f"/articles/{number}?lang=žluťoučký",
            "line": number,
            "origin": "log",
        },
        "expected": answer(200, '{"id": 7, "title": "Žluťoučký kůň", "tags": ["a", "b"]}'),
        "got": answer(500, '{"error": "Internal Server Error"}'),
        "differences": [{"path": "status", "expected": "200", "got": "500"}],
        "sure": True,
        "log": ["Traceback (most recent call last):", '  File "service.py", line 41', NON_ASCII],
        "entries": [entry("old", 2, _READS, fails("py2-bytes"))],
        **changed,
    }


def finding(number: int, **changed: Any) -> Rehearsal:
    """A finding; the upgrade's of 2019 if nothing is changed."""
    return {
        "id": number,
        "kind": "error",
        "direction": "upgrade",
        "release": "new",
        "count": 10,
        "accepted": False,
        "phases": {"upgrade": 8, "mixed": 2},
        "endpoint": "GET /articles/*",
        "key_class": "api:article:*",
        "sentence": "new answered 10 requests with 500 after it read entries that old had written",
        "exceptions": [NON_ASCII],
        "remedy": 'Let new read what old writes: Cache(url, reads="werkzeug", floor="2.7").',
        "examples": [example(7), example(12)],
        **changed,
    }


def rollback() -> Rehearsal:
    """The rollback's of 2019."""
    read = entry("new", 4, fails("protocol"), _READS)
    return finding(
        2,
        direction="rollback",
        release="old",
        count=20,
        phases={"rollback": 20},
        sentence="old answered 20 requests with 500 after it read entries that new had written",
        exceptions=[PROTOCOL],
        examples=[example(9, phase="rollback", log=[PROTOCOL], entries=[read])],
    )


def changed_answer() -> Rehearsal:
    """An answer without an error that is not what the release says by itself."""
    differences = [
        {
            "path": "body $.updated",
            "expected": '"2019-11-04T10:00:00+01:00"',
            "got": '"2019-11-04T10:00:00"',
        },
        {"path": "header etag", "expected": '"a17"', "got": '"b03"'},
    ]
    detail = "value.updated: +01:00 became no timezone"
    changed = {"verdict": "changed", "reason": "", "stage": "compare", "detail": detail}
    one = example(
        31,
        expected=answer(200, '{"id": 31, "updated": "2019-11-04T10:00:00+01:00"}'),
        got=answer(200, '{"id": 31, "updated": "2019-11-04T10:00:00"}'),
        differences=differences,
        log=[],
        entries=[entry("old", 2, _READS, changed)],
    )
    return finding(
        3,
        kind="answer",
        count=4,
        phases={"upgrade": 4},
        sentence="new answered 4 requests otherwise than it does by itself: the cache did it",
        exceptions=[],
        examples=[one],
    )


def seen_class(name: str, crossed: int, back: int, **changed: Any) -> Rehearsal:
    """What was seen of a key class."""
    return {
        "key_class": name,
        "signature": "werkzeug, pickle protocol 2",
        "wrote": {"old": {"warm": 30}, "new": {"upgrade": 30}},
        "read": {"old": {"rollback": back}, "new": {"upgrade": crossed}},
        "crossed": {"upgrade": crossed, "rollback": back},
        "features": {"non-ascii text": 12, "bytes": 0, "empty": 2, "large": 0, "nested": 3},
        "types": {"text": 100, "int": 30},
        **changed,
    }


def production(covered: bool) -> Rehearsal:
    """What the production cache holds, and whether the rehearsal had it."""
    shown = "werkzeug, pickle protocol 2, with 8-bit strings that are not ASCII"
    said = "3,412 entries with Python 2 text outside ASCII live in production"
    groups: list[Rehearsal] = [
        {"key_class": "api:article:*", "shown": "werkzeug, pickle protocol 2", "count": 20_400},
        {"key_class": "api:article:*", "shown": shown, "count": 3_412},
        {"key_class": "api:tag:*", "shown": "werkzeug, int", "count": 340},
    ]
    for number, group in enumerate(groups):
        there = covered or number != 1
        group["covered"] = there
        group["sentence"] = "" if there else f"{said}; this rehearsal wrote none"
        group["remedy"] = "" if there else "shelflife rehearse plan.toml --inject unicode"
    return {
        "file": "audit.json",
        "covered": sum(g["covered"] for g in groups),
        "of": 3,
        "groups": groups,
    }


def rehearsal(**changed: Any) -> Rehearsal:
    """A document of a rehearsal that was safe, with what a test wants to be different."""
    crossed = {
        "verdict": "safe",
        "crossed": 120,
        "sentence": "old and new read each other's 120 entries.",
    }
    return {
        "schema": "shelflife-rehearsal",
        "version": 1,
        "shelflife": "0.1.0",
        "plan": "plan.toml",
        "seed": 7,
        "started_at": "2026-11-28 11:00:00+00:00",
        "seconds": 31.2,
        "partial": None,
        "verdict": "safe",
        "exit_code": 0,
        "sentence": "Nothing differs, and each release read what the other had written.",
        "directions": {"upgrade": crossed, "rollback": crossed},
        "cache": {
            "server": "redis-server 7.0.15",
            "private": True,
            "seeded": 0,
            "seed_entries": None,
        },
        "releases": {
            "old": {
                "command": "python2.7 service.py --port {port}",
                "python": "2.7.18",
                "starts": 5,
            },
            "new": {"command": "python3 service.py --port {port}", "python": "3.13.1", "starts": 5},
        },
        "log": {
            "file": "access.log",
            "format": "combined",
            "lines": 1000,
            "requests": 940,
            "distinct": 400,
            "non_ascii": 120,
            "unparsable": 0,
            "unparsable_examples": [],
            "dropped": {},
            "left_out": 0,
            "injected": {},
        },
        "noise": [],
        "phases": [
            phase("learn", ["old", "new"]),
            phase("warm", ["old"]),
            phase("upgrade", ["new"]),
            phase("rollback", ["old"]),
            phase("again", ["new"]),
            phase("mixed", ["old", "new"]),
        ],
        "matrix": matrix(0, 0),
        "adequacy": {
            "enough": True,
            "gaps": [],
            "classes": [seen_class("api:article:*", 60, 64), seen_class("api:tag:*", 60, 60)],
            "opaque": {},
            "expired": 0,
        },
        "production": None,
        "findings": [],
        "effect": "13 processes were started and have ended; nothing was sent beyond 127.0.0.1.",
        "next": f"{_AGAIN} --against audit.json",
        **changed,
    }
