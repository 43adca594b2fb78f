"""Entries that a real Python 2.7 wrote, read here."""

from __future__ import annotations

import collections
import decimal
import fractions
import json
import subprocess
import uuid
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

import pytest

from conftest import python
from shelflife.dialects import make_dialect
from shelflife.dialects.interface import Dialect
from shelflife.errors import Unreadable
from shelflife.pickles import AllowList, Py2Text

_WRITER = r"""
# -*- coding: utf-8 -*-
import cPickle, collections, datetime, decimal, fractions, json, sys, types, uuid

shop = types.ModuleType("shop")
sys.modules["shop"] = shop
exec('''
class Old:
    def __init__(self):
        self.title = "caf\xc3\xa9"
        self.parts = [1, u"\xe9"]

class New(object):
    def __init__(self):
        self.title = "caf\xc3\xa9"
        self.when = __import__("datetime").datetime(2019, 2, 3, 4, 5, 6, 789)

class Slots(object):
    __slots__ = ("left", "right")
    def __init__(self):
        self.left, self.right = 1, "two"
    def __getstate__(self):
        return (None, {"left": self.left, "right": self.right})

class Stateful(object):
    def __init__(self):
        self.hidden = "x"
    def __getstate__(self):
        return {"kept": "caf\xc3\xa9"}
    def __setstate__(self, state):
        self.kept = state["kept"]
''' , shop.__dict__)
order = collections.OrderedDict([("b", 1), ("a", 2)])
values = {
    "none": None, "true": True, "int": 7, "long": 7L, "huge": 2 ** 80, "float": 1.5,
    "text": u"caf\xe9 \u20ac", "ascii": "cafe", "utf8": "caf\xc3\xa9", "latin1": "caf\xe9",
    "datetime": datetime.datetime(2019, 12, 31, 23, 59, 58, 999999),
    "date": datetime.date(2019, 2, 228 - 200), "time": datetime.time(23, 59, 58, 255),
    "timedelta": datetime.timedelta(-3, 5, 7), "decimal": decimal.Decimal("1.10"),
    "fraction": fractions.Fraction(1, 3), "complex": 1 + 2j, "set": set([1, "a"]),
    "frozenset": frozenset([(1, u"a")]), "uuid": uuid.UUID(int=5), "ordered": order,
    "counter": collections.Counter("aab"), "deque": collections.deque([1, 2], 3),
    "defaultdict": collections.defaultdict(list, {"a": [1]}), "xrange": xrange(1, 9, 2),
    "bytearray": bytearray("a\xff"), "nested": {"a": [(1, {"b": "caf\xc3\xa9"})]},
    "old": shop.Old(), "new": shop.New(), "slots": shop.Slots(), "stateful": shop.Stateful(),
}
shared = ["x"]
values["shared"] = [shared, shared]
lines = []
for name, value in values.items():
    for protocol in (0, 1, 2):
        try:
            entry = cPickle.dumps(value, protocol)
        except TypeError:
            continue
        lines.append((name, protocol, entry.encode("hex")))
json.dump(lines, sys.stdout)
"""

_SAFE: dict[str, Any] = {
    "none": None,
    "true": True,
    "int": 7,
    "long": 7,
    "huge": 2**80,
    "float": 1.5,
    "text": "café €",
    "ascii": "cafe",
    "utf8": "café",
    "latin1": b"caf\xe9",
    "datetime": datetime(2019, 12, 31, 23, 59, 58, 999999),
    "date": date(2019, 2, 28),
    "time": clock(23, 59, 58, 255),
    "timedelta": timedelta(-3, 5, 7),
    "decimal": decimal.Decimal("1.10"),
    "fraction": fractions.Fraction(1, 3),
    "complex": 1 + 2j,
    "set": {1, "a"},
    "frozenset": frozenset([(1, "a")]),
    "uuid": uuid.UUID(int=5),
    "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
    "counter": collections.Counter("aab"),
    "deque": collections.deque([1, 2], 3),
    "defaultdict": collections.defaultdict(list, {"a": [1]}),
    "xrange": range(1, 9, 2),
    "bytearray": bytearray(b"a\xff"),
    "nested": {"a": [(1, {"b": "café"})]},
    "shared": [["x"], ["x"]],
}


def dialect(floor: str | None = None, *names: str) -> Dialect:
    return make_dialect(
        "werkzeug",
        allow=AllowList.default().extended(names),
        text=Py2Text.UTF8_ELSE_BYTES,
        floor=floor,
        note=lambda _: None,
        max_bytes=1 << 24,
    )


class Old:
    title: str
    parts: list[Any]


class New:
    title: str
    when: datetime


class Slots:
    __slots__ = ("left", "right")
    left: int
    right: str


class Stateful:
    kept: str

    def __setstate__(self, state: dict[str, str]) -> None:
        self.kept = state["kept"]


@pytest.fixture(scope="module")
def written() -> dict[str, dict[int, bytes]]:
    """Entries of a real Python 2.7, by value and protocol, as werkzeug marks them."""
    # The first line of the script names its encoding.
    done = subprocess.run(
        [python("2.7"), "-"],
        input=_WRITER.lstrip().encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    entries: dict[str, dict[int, bytes]] = {}
    for name, protocol, text in json.loads(done.stdout):
        entries.setdefault(name, {})[protocol] = b"!" + bytes.fromhex(text)
    return entries


@pytest.mark.parametrize("name", _SAFE)
def test_what_python2_wrote_is_read(name: str, written: dict[str, dict[int, bytes]]) -> None:
    """Of every safe type, at each protocol that 2.7 has."""
    assert set(written[name]) == {0, 1, 2}
    for entry in written[name].values():
        value = dialect().read(entry)
        assert type(value) is type(_SAFE[name])
        assert value == _SAFE[name]


def test_what_python2_shared_stays_shared(written: dict[str, dict[int, bytes]]) -> None:
    for entry in written["shared"].values():
        value = dialect().read(entry)
        assert value[0] is value[1]
    for entry in written["deque"].values():
        assert dialect().read(entry).maxlen == 3
    for entry in written["defaultdict"].values():
        assert dialect().read(entry).default_factory is list


def _as_here(entry: bytes) -> bytes:
    """Rename the writer's module, so that its classes are the ones above."""
    return entry.replace(b"shop\n", __name__.encode() + b"\n")


def test_objects_of_allowed_classes_are_read(
    written: dict[str, dict[int, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old-style, new-style, with slots and with `__setstate__`; attribute names become text."""
    import sys  # noqa: PLC0415 - only to make this module importable by its name

    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    reader = dialect(None, f"{__name__}.*")
    for entry in written["old"].values():
        old = reader.read(_as_here(entry))
        assert type(old) is Old
        assert vars(old) == {"title": "café", "parts": [1, "é"]}
    for entry in written["new"].values():
        new = reader.read(_as_here(entry))
        assert type(new) is New
        assert vars(new) == {"title": "café", "when": datetime(2019, 2, 3, 4, 5, 6, 789)}
    for entry in written["slots"].values():
        slots = reader.read(_as_here(entry))
        assert (slots.left, slots.right) == (1, "two")
    for entry in written["stateful"].values():
        assert vars(reader.read(_as_here(entry))) == {"kept": "café"}


@pytest.mark.parametrize("name", ["old", "new", "slots", "stateful"])
def test_objects_of_other_classes_are_refused(
    name: str, written: dict[str, dict[int, bytes]]
) -> None:
    for entry in written[name].values():
        with pytest.raises(Unreadable) as caught:
            dialect().read(entry)
        assert caught.value.reason == "rejected-name"
        with pytest.raises(Unreadable) as caught:
            dialect(None, "shop.*").read(entry)
        assert caught.value.reason == "missing-name"
