"""Every operation on a live cache keeps the contract that others can hold theirs to."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import pytest

from conftest import python
from repair.test_convert import read_by, written
from shelflife.codecs import Codecs
from shelflife.dialects import Werkzeug, recognise
from shelflife.dialects.recognition import Stored
from shelflife.live.repair.conversion import Converter
from shelflife.live.repair.convert import Convert
from shelflife.live.repair.purge import Purge
from shelflife.live.repair.selection import Selection
from shelflife.live.repair.task import Task
from shelflife.operations.entries import EntryReader, EntryWriter
from shelflife.pickles import AllowList, Py2Text
from shelflife.runtimes.targets import open_target
from shelflife.testing import Example, Fate, LiveOperationContract
from shelflife.verdicts import Judge

MOST = 1 << 20
TEXT = r"{u'title': 'caf\xc3\xa9', 'at': datetime.date(2019, 11, 1)}"
MIXED = r"['caf\xc3\xa9', '\xff\xfe']"
TODAY = "{'title': 'é', 'rows': [1, 2.5, None, (True, b'\\xff')]}"

real = lru_cache(None)(written)
reread = lru_cache(None)(read_by)


@pytest.fixture(autouse=True)
def _needs(server_program: str) -> None:
    python("2.7")
    python("3.8")


def own(value: object) -> bytes:
    """What a cache that is being moved writes for a value."""
    writer = EntryWriter(Codecs(), None, MOST, guard=True, compress=False, writer="api 3")
    return writer.write(value)


def read_own(entry: bytes) -> Any:
    """What a cache that is being moved reads."""
    dialect = Werkzeug(
        allow=AllowList.default(), text=Py2Text.UTF8_ELSE_BYTES, floor=None, note=lambda _: None
    )
    return EntryReader(Codecs(), dialect, MOST).read(entry)


def convert(url: str, to: str, floor: Optional[str] = None) -> Task:
    """The operation as the command line would make it, for whoever reads the new entries."""
    converter = Converter(to, floor)
    return Task(url, Convert(converter, [], "static", unread=True), Selection(prefix="api:"))


class TestOldEntriesBecomePortable(LiveOperationContract):
    """What 2.7 wrote becomes what shelflife writes."""

    def examples(self) -> Sequence[Example]:
        return [
            Example(b"api:text", real("2.7", TEXT), self._is_text, ttl=90),
            Example(b"api:numbers", real("2.7", "[1, 2**70]"), lambda e: read_own(e) == [1, 2**70]),
            Example(b"api:mixture", real("2.7", MIXED), Fate.REFUSED, ttl=90),
            Example(b"api:hits", b"7", ttl=90),
            Example(b"web:text", real("2.7", TEXT)),
        ]

    def task(self, url: str) -> Task:
        return convert(url, "portable")

    @staticmethod
    def _is_text(entry: bytes) -> bool:
        assert recognise(Stored(b"k", entry)).dialect == "shelflife"
        value = read_own(entry)
        return value["title"] == "café" and str(value["at"]) == "2019-11-01"


class TestProtocol5BecomesWhatTheFloorReads(LiveOperationContract):
    """What 3.8 wrote becomes what 2.7 reads, and 3.8 reads the same value."""

    def examples(self) -> Sequence[Example]:
        new, same = real("3.8", TODAY), real("2.7", "{'a': 1}")
        as_new = reread("3.8", new)
        return [
            Example(b"api:today", new, lambda entry: reread("3.8", entry) == as_new, ttl=90),
            Example(b"api:text", real("3.8", "u'é'"), lambda e: reread("2.7", e) == r"u'\xe9'"),
            Example(b"api:old", same, ttl=90),
            Example(b"api:broken", new[:-9], Fate.REFUSED),
            Example(b"api:app", b"!\x80\x05capp\nUser\n)\x81.", Fate.REFUSED, ttl=90),
        ]

    def task(self, url: str) -> Task:
        return convert(url, "werkzeug", "2.7")


class TestShelflifesOwnBecomeWerkzeugs(LiveOperationContract):
    """Before a rollback of shelflife itself, its entries become what a client of werkzeug reads."""

    def examples(self) -> Sequence[Example]:
        return [
            Example(b"api:a", own({"t": "é"}), lambda e: reread("3.8", e) == "{'t': 'é'}", ttl=90),
            Example(b"api:b", own("text"), lambda e: reread("2.7", e) == "u'text'"),
            Example(b"api:c", own([1, None]), lambda e: reread("2.7", e) == "[1, None]", ttl=90),
            Example(b"api:old", real("2.7", TEXT), ttl=90),
            Example(b"api:broken", own("text")[:-1] + b"T", Fate.REFUSED),
        ]

    def task(self, url: str) -> Task:
        return convert(url, "werkzeug", "2.7")


class TestWhatATargetFailsToReadIsRemoved(LiveOperationContract):
    """A purge of what 2.7 does not read, and of nothing else."""

    def examples(self) -> Sequence[Example]:
        return [
            Example(b"api:new", real("3.8", TODAY), Fate.REMOVED, ttl=90),
            Example(b"api:new-for-ever", real("3.8", TODAY), Fate.REMOVED),
            Example(b"api:old", real("2.7", TEXT), ttl=90),
            Example(b"session:user", real("3.8", "{'_permanent': True}")[1:], ttl=90),
        ]

    def task(self, url: str) -> Task:
        judge = Judge([open_target("python2.7")], "static")
        return Task(url, Purge(), Selection(fails=("python2.7",)), judge)


class TestWhatNeverExpiresIsRemoved(LiveOperationContract):
    """A purge of what was left without an expiry."""

    def examples(self) -> Sequence[Example]:
        return [
            Example(b"api:new", real("3.8", TODAY), Fate.REMOVED),
            Example(b"api:json", json.dumps({"a": 1}).encode(), Fate.REMOVED),
            Example(b"api:old", real("2.7", TEXT), ttl=90),
        ]

    def task(self, url: str) -> Task:
        return Task(url, Purge(), Selection(prefix="api:", no_ttl=True))


class TestStateIsRemovedIfAskedFor(LiveOperationContract):
    """A purge of sessions, which only `--state` selects."""

    def examples(self) -> Sequence[Example]:
        return [
            Example(b"session:user", real("3.8", "{'_permanent': True}")[1:], Fate.REMOVED, ttl=90),
            Example(b"session:for-ever", real("3.8", "{'_permanent': True}")[1:], Fate.REMOVED),
            Example(b"session:old", real("2.7", "{'_permanent': True}")[1:], ttl=90),
            Example(b"api:new", real("3.8", TODAY), ttl=90),
        ]

    def task(self, url: str) -> Task:
        judge = Judge([open_target("python2.7")], "static")
        return Task(url, Purge(), Selection("session:", fails=("python2.7",), state=True), judge)


def test_the_contract_is_documented() -> None:
    """Every test of it, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "live-operations.md").read_text()
    table = page.partition("<!-- tests of the contract")[2].partition("<!-- end -->")[0]

    tests = [name for name in vars(LiveOperationContract) if name.startswith("test_")]
    assert re.findall(r"^\| `(test_\w+)` \|", table, re.MULTILINE) == tests
