"""Every interpreter reads what every other wrote, through the bridge or through shelflife."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
import redis

from bridge.conftest import VECTORS, VERSIONS, Answers, Task, drive, the_driver
from bridge.test_vectors import described, lacks
from conftest import missing
from shelflife import Cache, Hit, NotPortable
from shelflife.testing import PrivateServer

MAIN = "shelflife"
EXPRESSIONS = [row["value"] for row in VECTORS] + [
    "{'caf\\xe9': [1.5, None, (True,)], 'more': {'a': b'\\xff\\x00'}}",
    "[b'', b'abc', bytearray(b'\\xff'), 'caf\\xe9'.encode('utf-8')]",
    "{'k': [datetime(2019, 12, 31, 23, 59, 58, 999999), date(2019, 2, 28), time(23, 59, 58, 255)]}",
    "(lambda shared: [shared, shared])(['x'])",
    "deque([1, 2], 3)",
    "OrderedDict([('b', 1), ('a', 2)])",
]
FORMS = ("shelflife", "werkzeug")
Entries = dict[tuple[str, str, str], str]
"""By writer, form and expression: the entry in hex."""


class Shelflife:
    """The main library on a real server, asked in the words of the driver."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self._caches = {
            "shelflife": Cache(url, prefix="pairs:", reads="werkzeug"),
            "werkzeug": Cache(
                url, prefix="pairs:", reads="werkzeug", writes="werkzeug", floor="2.7"
            ),
        }

    def close(self) -> None:
        self._client.close()
        for cache in self._caches.values():
            cache.close()

    def make(self, expression: str, form: str) -> Optional[str]:
        """The entry in hex, or None if the floor refuses the value."""
        try:
            self._caches[form].set("value", the_driver().evaluate(expression))
        except NotPortable:
            return None
        entry = self._client.get("pairs:value")
        return entry.hex() if isinstance(entry, bytes) else None

    def read(self, entry: str) -> Any:
        self._client.set("pairs:value", bytes.fromhex(entry))
        found = self._caches["shelflife"].lookup("value")
        assert isinstance(found, Hit), found
        return json.loads(json.dumps(the_driver().describe(found.value)))


@pytest.fixture(scope="module")
def main(shared_server: PrivateServer) -> Iterator[Shelflife]:
    opened = Shelflife(shared_server.url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def present(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    found = []
    for version in VERSIONS:
        try:
            drive(version, [], tmp_path_factory.mktemp("empty"))
        except pytest.skip.Exception:
            continue
        found.append(version)
    if len(found) < 2:
        missing("python2.7", "there are no two interpreters to pair")
    return found


@pytest.fixture(scope="module")
def entries(
    present: list[str], main: Shelflife, tmp_path_factory: pytest.TempPathFactory
) -> Entries:
    cases = [(form, expression) for form in FORMS for expression in EXPRESSIONS]
    found: Entries = {}
    for form, expression in cases:
        made = main.make(expression, form)
        if made is not None:
            found[MAIN, form, expression] = made
    for version in present:
        tasks: list[Task] = [("make", expression, form, {}) for form, expression in cases]
        answers = drive(version, tasks, tmp_path_factory.mktemp("write"))
        for (form, expression), answer in zip(cases, answers):
            assert "raised" not in answer, (version, form, expression, answer)
            if "hex" in answer:
                found[version, form, expression] = answer["hex"]
            elif "lacks" not in answer:
                assert answer["reason"] in ("below-floor", "not-portable"), answer
    return found


def read_as(reader: str, entry: tuple[str, str, str], found: Any) -> Any:
    """What a reader should make of an entry: its value, but for the strings of Python 2."""
    writer, form, expression = entry
    if form == "werkzeug" and writer == "2.7" and reader != "2.7":
        return as_text(described(expression))
    return described(expression)


def as_text(description: Any) -> Any:
    """8-bit strings are text on Python 3 where they are UTF-8."""
    if isinstance(description, str) and description.startswith("["):  # a member of a set
        return json.dumps(as_text(json.loads(description)))
    if not isinstance(description, list) or not description:
        return description
    if description[0] == "bytes":
        raw = bytes.fromhex(description[1])
        try:
            return ["text", raw.decode().encode("utf-16-be").hex()]
        except UnicodeDecodeError:
            return description
    changed = [as_text(part) for part in description]
    return [changed[0], *sorted(changed[1:])] if changed[0] in ("set", "frozenset") else changed


def test_every_reader_reads_every_writer(
    present: list[str], entries: Entries, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Equal values, or `missing-name` where the reader has no such type; and no exception."""
    wrong = []
    for reader in present:
        tasks: list[Task] = [("read", entry, key[1], {}) for key, entry in entries.items()]
        answers = drive(reader, tasks, tmp_path_factory.mktemp("read"))
        wrong += [
            (reader, key, answer) for key, answer in judged(reader, entries, answers) if answer
        ]

    assert wrong == []
    assert len(entries) * len(present) > 2000 * len(present) / len(VERSIONS)


def judged(
    reader: str, entries: Entries, answers: Answers
) -> Iterator[tuple[tuple[str, str, str], Any]]:
    for key, answer in zip(entries, answers):
        if "value" in answer:
            expected = read_as(reader, key, answer)
            yield key, None if answer["value"] == expected else (answer["value"], expected)
        else:
            lacking = answer.get("reason") == "missing-name" and lacks(reader, key[2])
            yield key, None if lacking else answer


def test_shelflife_reads_every_writer(main: Shelflife, entries: Entries) -> None:
    """Without an exception, the value that was written."""
    for key, entry in entries.items():
        assert main.read(entry) == read_as(MAIN, key, None), key


def test_floors_are_the_same(present: list[str], entries: Entries) -> None:
    """What shelflife writes for Python 2.7 the bridge writes, and what it refuses is refused."""
    newest = present[-1]
    for expression in EXPRESSIONS:
        if not lacks(newest, expression):
            by_main = (MAIN, "werkzeug", expression) in entries
            assert by_main == ((newest, "werkzeug", expression) in entries), expression


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.8"])
def test_the_floor_knows_what_the_bridge_reads(
    version: str, server: PrivateServer, tmp_path: Path
) -> None:
    """What shelflife writes for old readers with the bridge is a hit there; the rest is refused."""
    expressions = [*EXPRESSIONS, "{'a': 1, b'a': 2}"]
    stored, refused = {}, []
    with (
        redis.Redis.from_url(server.url) as client,
        Cache(server.url, prefix="f:", reads="werkzeug", floor=f"shelflife, {version}") as cache,
    ):
        for expression in expressions:
            if cache.set("value", the_driver().evaluate(expression)):
                stored[expression] = bytes(client.get("f:value") or b"").hex()
            else:
                refused.append(expression)
    tasks: list[Task] = [("read", entry, "shelflife", {}) for entry in stored.values()]
    read = dict(zip(stored, drive(version, tasks, tmp_path)))

    assert {text: answer.get("value") for text, answer in read.items()} == {
        text: described(text) for text in stored
    }
    two_keys = [expressions[-1]] if version == "2.7" else []
    assert refused == [text for text in EXPRESSIONS if lacks(version, text)] + two_keys
