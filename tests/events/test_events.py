"""Counters, hooks and log lines: what is told, how often, and what never is."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from shelflife.events import Event, EventKind, KeyClasses, Recorder


@pytest.mark.parametrize(
    ("prefix", "key", "key_class"),
    [
        ("api:", "article:17", "api:article:*"),
        ("api:", "article:17:comments", "api:article:*"),
        ("api:", "17", "api:*"),
        ("api:", "bob", "api:*"),
        ("api:", "bob@example.org:cart", "api:*"),
        ("api:", "3f2a77:x", "api:*"),
        ("", "article:17", "article:*"),
        ("", "session/abc", "session/*"),
        ("", "", "*"),
        ("api:", "word:", "api:*"),
    ],
)
def test_key_classes(prefix: str, key: str, key_class: str) -> None:
    """The prefix and one plain word stay; whatever could name a person goes."""
    assert KeyClasses(prefix).of(key) == key_class


def test_key_classes_are_bounded() -> None:
    """At most 200, then `other`; those known stay known."""
    classes = KeyClasses("")
    names = set()
    for first in "abcdefghijklmno":
        names |= {classes.of(first * n + ":1") for n in range(1, 31)}

    assert len(names) == 201
    assert "other" in names
    assert classes.of("aaa:1") == "aaa:*"


def event(reason: str = "corrupt", **more: Any) -> Event:
    return Event(EventKind.UNREADABLE, "get", "api:*", reason, **more)


def test_a_hook_gets_every_event_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    """Its error is logged; the others are called all the same."""
    seen: list[Event] = []

    def broken(_: Event) -> None:
        raise RuntimeError("hook")

    recorder = Recorder([broken, seen.append])
    with caplog.at_level(logging.WARNING, "shelflife"):
        recorder.event(event())
        recorder.event(event())

    assert seen == [event(), event()]
    assert "a hook of the cache raised" in caplog.text


def test_one_line_a_minute_for_each_cause(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how many were held back."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    quiet = Recorder()
    with caplog.at_level(logging.WARNING, "shelflife"):
        for _ in range(5):
            quiet.event(event())
        quiet.event(event("foreign"))
        now[0] += 61
        quiet.event(event())

    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "unreadable in get of api:*: corrupt",
        "unreadable in get of api:*: foreign",
        "unreadable in get of api:*: corrupt (4 more of these since the last such line)",
    ]


def test_a_line_says_what_is_known() -> None:
    """Dialect, length and writer, for people."""
    told = event(detail="why", dialect="shelflife", length=17, writer="2019.11 cpython3.8.0")

    assert str(told) == (
        "unreadable in get of api:*: corrupt; why; dialect shelflife; bytes 17; "
        "written by 2019.11 cpython3.8.0"
    )


def test_causes_are_bounded() -> None:
    """Writers' names come from entries; a hostile one must not fill the memory."""
    many = Recorder()
    for n in range(3000):
        many.event(event(writer=f"release {n}"))

    unreadable = many.counters().unreadable
    assert len(unreadable) == 1001
    assert sum(unreadable.values()) == 3000
