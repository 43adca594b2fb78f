"""What the releases answered by themselves, in a file: memory stays flat.

A body that is the same to the byte is kept once, compressed. Nothing here survives the rehearsal:
the file is written without care for a crash.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from shelflife.rehearse.answers.answer import Answer

_TABLES = """
CREATE TABLE answers (mark BLOB PRIMARY KEY, head TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE given (
  request BLOB NOT NULL, release TEXT NOT NULL, mark BLOB NOT NULL, run INTEGER NOT NULL,
  place INTEGER NOT NULL, PRIMARY KEY (request, release, mark)
) WITHOUT ROWID;
CREATE TABLE requests (
  request BLOB PRIMARY KEY, number INTEGER NOT NULL, endpoint TEXT NOT NULL
) WITHOUT ROWID;
"""


class Given(NamedTuple):
    """An answer that was given: which one, and in which run first."""

    mark: bytes
    run: int


class References:
    """All answers that were learned, by request and release.

    Args:
        folder: Where the file is; it must be there.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "answers.sqlite3"
        self._file.unlink(missing_ok=True)
        self._base = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.executescript(_TABLES)
        self._base.execute("BEGIN")

    def add_request(self, request: bytes, number: int, endpoint: str) -> None:
        """Note a request; the first of those that are the same counts."""
        self._base.execute(
            "INSERT OR IGNORE INTO requests VALUES (?, ?, ?)", (request, number, endpoint)
        )

    def add(self, request: bytes, release: str, run: int, mark: bytes, answer: Answer) -> None:
        """Keep an answer; `mark` is its fingerprint."""
        place = self._base.execute(
            "SELECT count(*) FROM given WHERE request = ? AND release = ?", (request, release)
        ).fetchone()[0]
        self._base.execute(
            "INSERT OR IGNORE INTO given VALUES (?, ?, ?, ?, ?)",
            (request, release, mark, run, place),
        )
        if self._base.execute("SELECT 1 FROM answers WHERE mark = ?", (mark,)).fetchone() is None:
            head = json.dumps([answer.status, answer.headers, answer.error, answer.seconds])
            body = zlib.compress(answer.body, 1)
            self._base.execute("INSERT INTO answers VALUES (?, ?, ?)", (mark, head, body))

    def given(self, request: bytes, release: str) -> list[Given]:
        """Give the different answers to a request, the first one first."""
        rows = self._base.execute(
            "SELECT mark, run FROM given WHERE request = ? AND release = ? ORDER BY place",
            (request, release),
        )
        return [Given(*row) for row in rows]

    def answer(self, mark: bytes) -> Answer:
        """Give an answer by its fingerprint."""
        head, body = self._base.execute(
            "SELECT head, body FROM answers WHERE mark = ?", (mark,)
        ).fetchone()
        status, headers, error, seconds = json.loads(head)
        pairs = tuple((name, value) for name, value in headers)
        return Answer(status, pairs, zlib.decompress(body), error, seconds)

    def endpoints(self, release: str) -> Iterator[tuple[str, list[tuple[bytes, int]]]]:
        """Give the endpoints, and of each all requests with the number of their answers."""
        rows = self._base.execute(
            "SELECT endpoint, request, count(*) FROM requests JOIN given USING (request)"
            " WHERE release = ? GROUP BY request ORDER BY endpoint, number",
            (release,),
        )
        endpoint = ""
        found: list[tuple[bytes, int]] = []
        for name, request, count in rows:
            if name != endpoint and found:
                yield endpoint, found
                found = []
            endpoint = name
            found.append((request, count))
        if found:
            yield endpoint, found

    def close(self) -> None:
        """Close the file and remove it."""
        self._base.close()
        self._file.unlink(missing_ok=True)
