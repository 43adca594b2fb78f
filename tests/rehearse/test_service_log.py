"""Exceptions are found in what services log, however their loggers write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shelflife.rehearse.services.log import ServiceLog

TRACE = """\
Traceback (most recent call last):
  File "app.py", line 3, in look
    value = json.loads("{")

ValueError: unsupported pickle protocol: 5
"""
RAISED = ["ValueError: unsupported pickle protocol: 5"]


def found(folder: Path, text: str) -> list[str]:
    path = folder / "service.log"
    path.write_text(f"listening\n{text}GET / 200\n", encoding="utf-8")
    return ServiceLog(path).new_exceptions()


def each_line(mark: str) -> str:
    lines = TRACE.splitlines()
    return "".join(f"{mark.replace('#', str(place))}{line}\n" for place, line in enumerate(lines))


@pytest.mark.parametrize(
    "text",
    [
        TRACE,
        each_line("web_1  | "),
        each_line("2026-11-28T10:00:0#.123Z app[web.1]: "),
        f"ERROR in app: {TRACE}",
        json.dumps({"level": "error", "exc_info": TRACE, "event": "größe"}) + "\n",
        f"level=error trace={json.dumps(TRACE)} request=3\n",
        f"error: {TRACE!r}\n",
        "ValueError: unsupported pickle protocol: 5\n",
    ],
)
def test_the_last_line_of_a_traceback_is_found(tmp_path: Path, text: str) -> None:
    """Plain, with something before each line, and as a text within a line."""
    assert found(tmp_path, text) == RAISED


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (
            "TypeError: x is not a function\n    at look (app.js:3)\n",
            "TypeError: x is not a function",
        ),
        ("Error: no such entry\n    at look (app.js:3)\n", "Error: no such entry"),
        (
            "java.lang.ClassCastException: a.B\n\tat a.C.d(C.java)\n",
            "java.lang.ClassCastException: a.B",
        ),
    ],
)
def test_other_languages_are_understood(tmp_path: Path, text: str, raised: str) -> None:
    """They begin with what Python ends with."""
    assert found(tmp_path, text) == [raised]


@pytest.mark.parametrize(
    "text", ["INFO: Error handling is on\n", "Errors: 0\n", "no Exception\n", "{}\n"]
)
def test_other_lines_are_none(tmp_path: Path, text: str) -> None:
    """A word alone is no exception."""
    assert found(tmp_path, text) == []


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """A traceback may come in pieces, and is found once."""
    path = tmp_path / "service.log"
    log = ServiceLog(path)
    seen = []
    for place in range(0, len(TRACE), 7):
        with path.open("a") as file:
            file.write(TRACE[place : place + 7])
        seen += log.new_exceptions()

    assert seen == RAISED
