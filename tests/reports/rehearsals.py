"""Documents of rehearsals to show: safe, unsafe, inconclusive, partial, hostile, large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reports.documents import HOSTILE, LONG
from reports.rehearsal_parts import (
    NON_ASCII,
    PROTOCOL,
    Rehearsal,
    changed_answer,
    finding,
    matrix,
    phase,
    production,
    rehearsal,
    rollback,
    seen_class,
)

_MEANT = frozenset({"schema", "verdict", "kind", "direction", "release", "releases", "reader"})


def unsafe() -> Rehearsal:
    """The incident of 2019: both directions fail, an answer is changed, one finding is meant."""
    meant = finding(
        4,
        kind="release",
        direction="",
        count=3,
        accepted=True,
        phases={"learn": 3},
        endpoint="GET /v2/*",
        sentence="new answers 3 requests otherwise than old, without any cache",
        exceptions=[],
    )
    crossed = {"verdict": "unsafe", "crossed": 60}
    return rehearsal(
        verdict="unsafe",
        exit_code=1,
        sentence="34 requests went wrong because of what the cache held.",
        directions={
            "upgrade": {**crossed, "sentence": "new could not use 10 of 60 entries of old."},
            "rollback": {**crossed, "sentence": "old could not use 20 of 64 entries of new."},
        },
        phases=[
            phase("learn", ["old", "new"]),
            phase("warm", ["old"]),
            phase("upgrade", ["new"], 10, NON_ASCII),
            phase("rollback", ["old"], 20, PROTOCOL),
            phase("again", ["new"]),
            phase("mixed", ["old", "new"], 10, NON_ASCII),
        ],
        matrix=matrix(10, 20),
        findings=[finding(1), rollback(), changed_answer(), meant],
        noise=[
            {
                "endpoint": "GET /articles/*",
                "path": "body $.at",
                "why": "differs between two runs of old",
            }
        ],
        production=production(covered=True),
        next="shelflife rehearse plan.toml --html rehearsal.html",
    )


def _gaps() -> list[Rehearsal]:
    return [
        {
            "kind": "non-ascii",
            "key_class": "api:article:*",
            "direction": "",
            "sentence": "No entry of api:article:* holds text outside ASCII.",
            "remedy": "shelflife rehearse plan.toml --inject unicode",
        },
        {
            "kind": "not-crossed",
            "key_class": "api:tag:*",
            "direction": "rollback",
            "sentence": "old read no entry of api:tag:* that new had written.",
            "remedy": "Lower warm, so that new is first writer of some.",
        },
    ]


def inconclusive() -> Rehearsal:
    """Nothing differs, but the log was ASCII only and one way was not gone."""
    plain = {"non-ascii text": 0, "bytes": 0, "empty": 2, "large": 0, "nested": 3}
    classes = [
        seen_class("api:article:*", 60, 64, features=plain),
        seen_class("api:tag:*", 60, 0),
    ]
    log = {
        **rehearsal()["log"],
        "non_ascii": 0,
        "unparsable": 3,
        "unparsable_examples": [{"line": 12, "why": "no request in quotes"}],
        "dropped": {"POST": 57},
        "left_out": 12,
        "injected": {"unicode": 40},
    }
    seen = {"verdict": "inconclusive", "crossed": 0, "sentence": "Too little was seen."}
    return rehearsal(
        verdict="inconclusive",
        exit_code=3,
        sentence="Nothing differs, but too little was seen to say.",
        directions={"upgrade": seen, "rollback": seen},
        log=log,
        adequacy={
            "enough": False,
            "gaps": _gaps(),
            "classes": classes,
            "opaque": {"EVALSHA": 3},
            "expired": 12,
        },
        production=production(covered=False),
        next="shelflife rehearse plan.toml --inject unicode",
    )


def partial() -> Rehearsal:
    """Interrupted early: most is empty."""
    return rehearsal(
        verdict="inconclusive",
        exit_code=3,
        partial="interrupted in phase warm",
        sentence="It was interrupted before anything could be said.",
        directions={
            name: {"verdict": "inconclusive", "crossed": 0, "sentence": "Not tried."}
            for name in ("upgrade", "rollback")
        },
        phases=[{**phase("learn", ["old", "new"]), "timeline": []}],
        matrix=[],
        adequacy={"enough": False, "gaps": [], "classes": [], "opaque": {}, "expired": 0},
        releases={
            name: {"command": "./serve", "python": None, "starts": 1} for name in ("old", "new")
        },
    )


def poisoned(found: Any, text: str, kept: frozenset[str] = _MEANT) -> Any:
    """A document whose every text is another, but for those under the kept names."""
    if isinstance(found, dict):
        return {
            name: value if name in kept else poisoned(value, text, kept)
            for name, value in found.items()
        }
    if isinstance(found, list):
        return [poisoned(value, text, kept) for value in found]
    return text if isinstance(found, str) else found


def hostile(text: str = HOSTILE, kept: frozenset[str] = _MEANT) -> Rehearsal:
    """Every text from a log, a service or an entry is hostile, names of counts too."""
    whole: Rehearsal = poisoned(
        {**unsafe(), "adequacy": inconclusive()["adequacy"], "log": inconclusive()["log"]},
        text,
        kept,
    )
    for one in whole["phases"]:
        one["statuses"] = {name: {text: 7} for name in one["releases"]}
    for one in whole["matrix"]:
        one["reasons"] = {text: 7}
    whole["adequacy"]["opaque"] = {text: 7}
    whole["adequacy"]["classes"][0].update(
        features={text: 7}, types={text: 7}, wrote={text: {text: 7}}, read={text: {text: 7}}
    )
    whole["log"].update(dropped={text: 7}, injected={text: 7})
    whole["findings"][0]["phases"] = {text: 7}
    whole["findings"][0]["examples"][0]["entries"][0]["verdicts"] = {
        text: {"verdict": text, "reason": text, "stage": text, "detail": text}
    }
    return whole


def large(count: int = 1_000) -> Rehearsal:
    """Thousands of findings, key classes, noise, gaps and production groups."""
    classes = [f"api:part{number}:*" for number in range(count)]
    cells = [{**one, "key_class": name} for name in classes[:200] for one in matrix(10, 20)]
    findings = [finding(number, count=number, endpoint=f"GET /{number}") for number in range(count)]
    findings[0]["examples"][0]["got"]["body"] = "x" * 100_000
    whole = unsafe()
    adequacy = inconclusive()["adequacy"]
    return {
        **whole,
        "findings": findings,
        "matrix": cells,
        "noise": whole["noise"] * count,
        "adequacy": {
            **adequacy,
            "gaps": adequacy["gaps"] * count,
            "classes": [seen_class(name, 3, 3) for name in classes],
        },
        "production": {
            "file": "audit.json",
            "covered": 0,
            "of": count,
            "groups": [
                {**production(covered=False)["groups"][1], "key_class": name} for name in classes
            ],
        },
    }


EVERY: dict[str, Callable[[], Rehearsal]] = {
    "safe": rehearsal,
    "unsafe": unsafe,
    "inconclusive": inconclusive,
    "partial": partial,
    "hostile": hostile,
    "garbled": lambda: hostile(HOSTILE, frozenset({"schema"})),
    "long": lambda: hostile(LONG),
    "large": large,
}
