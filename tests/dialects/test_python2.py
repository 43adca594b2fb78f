"""Both ways between a real Python 2.7 and us: what it wrote, and what it makes of our entries."""

from __future__ import annotations

import collections
import decimal
import fractions
import json
import subprocess
import time
import uuid
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

import pytest
from conftest import python

from shelflife.dialects import make_dialect
from shelflife.dialects.interface import Dialect
from shelflife.errors import BelowFloor
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
    from shelflife.errors import Unreadable  # noqa: PLC0415

    for entry in written[name].values():
        with pytest.raises(Unreadable) as caught:
            dialect().read(entry)
        assert caught.value.reason == "rejected-name"
        with pytest.raises(Unreadable) as caught:
            dialect(None, "shop.*").read(entry)
        assert caught.value.reason == "missing-name"


_READER = r"""
import cPickle, collections, datetime, decimal, fractions, json, sys, time, uuid
from collections import *
from decimal import Decimal
from fractions import Fraction
failed = []
for entry, expected in json.load(sys.stdin):
    entry = entry.decode("hex")
    try:
        # As RedisCache.load_object of werkzeug 0.16 does it.
        value = cPickle.loads(entry[1:]) if entry[:1] == "!" else int(entry)
        wanted = eval(expected)
        good = value == wanted or (value != value and wanted != wanted)
        good = good and (type(value) is type(wanted) or type(wanted) in (int, long))
        if type(wanted) is xrange:
            good = type(value) is xrange and list(value[:5] if 0 else value) == list(wanted)
        if type(wanted) is deque:
            good = good and value.maxlen == wanted.maxlen
        if type(wanted) is OrderedDict:
            good = good and list(value) == list(wanted)
        if type(wanted) is defaultdict:
            good = good and value["absent"] == wanted["absent"]
        if type(wanted) is float:
            good = good and repr(value) == repr(wanted)
        if not good:
            failed.append([expected, repr(value)])
    except Exception as error:
        failed.append([expected, repr(error)])
json.dump(failed, sys.stdout)
"""

# A value and the expression of what Python 2.7 must make of it.
_BACK: list[tuple[Any, str]] = [
    (None, "None"),
    (True, "True"),
    (7, "7"),
    (-(2**63), "-2 ** 63"),
    (2**63, "2 ** 63"),
    ([2**31, -(2**31), 2**31 - 1, 2**64, -(2**80)], "[2**31, -2**31, 2**31-1, 2**64, -2**80]"),
    (1.5, "1.5"),
    (-0.0, "-0.0"),
    (float("inf"), "float('inf')"),
    (float("nan"), "float('nan')"),
    (1 + 2j, "1 + 2j"),
    ("", "u''"),
    ("café € 😀", r"u'caf\xe9 \u20ac \U0001f600'"),
    ("\ud800", r"u'\ud800'"),
    (b"", "''"),
    (b"caf\xc3\xa9\x00\xff", r"'caf\xc3\xa9\x00\xff'"),
    (bytearray(b"a\xff"), r"bytearray('a\xff')"),
    (bytearray(), "bytearray()"),
    ([1, ["a", ()]], "[1, [u'a', ()]]"),
    ((1, 2, 3, 4), "(1, 2, 3, 4)"),
    ({"a": {1: None}}, "{u'a': {1: None}}"),
    ({1, "a", (2,)}, "set([1, u'a', (2,)])"),
    (frozenset([1, frozenset()]), "frozenset([1, frozenset()])"),
    (set(), "set()"),
    (datetime(2019, 12, 31, 23, 59, 58, 999999), "datetime.datetime(2019,12,31,23,59,58,999999)"),
    (datetime(1, 1, 1), "datetime.datetime(1, 1, 1)"),
    (date(2019, 2, 28), "datetime.date(2019, 2, 28)"),
    (clock(23, 59, 58, 255), "datetime.time(23, 59, 58, 255)"),
    (timedelta(-3, 5, 7), "datetime.timedelta(-3, 5, 7)"),
    (decimal.Decimal("1.10"), "Decimal('1.10')"),
    (decimal.Decimal("-Infinity"), "Decimal('-Infinity')"),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (uuid.UUID(int=2**100), "uuid.UUID(int=2 ** 100)"),
    (uuid.UUID(int=1, is_safe=uuid.SafeUUID.safe), "uuid.UUID(int=1)"),
    (range(1, 9, 2), "xrange(1, 9, 2)"),
    (range(5, -5, -3), "xrange(5, -5, -3)"),
    (range(-(2**63), -(2**63) + 3), "xrange(-2 ** 63, -2 ** 63 + 3)"),
    (collections.OrderedDict([("b", 1), ("a", 2)]), "OrderedDict([(u'b', 1), (u'a', 2)])"),
    (collections.Counter("aab"), "Counter(u'aab')"),
    (collections.deque([1, 2], 3), "deque([1, 2], 3)"),
    (collections.deque(), "deque()"),
    (collections.defaultdict(list, {"a": [1]}), "defaultdict(list, {u'a': [1]})"),
    (collections.defaultdict(int, {"a": 1}), "defaultdict(int, {u'a': 1})"),
    (collections.defaultdict(str), "defaultdict(unicode)"),
    (collections.defaultdict(bytes), "defaultdict(str)"),
    (collections.defaultdict(set), "defaultdict(set)"),
    (
        collections.defaultdict(None, {"a": 1, "absent": 2}),
        "defaultdict(None, {u'a':1, u'absent':2})",
    ),
    (time.gmtime(0), "time.gmtime(0)"),
    ({"é": 1, b"\xc3\xa9": 2}, r"{u'\xe9': 1, '\xc3\xa9': 2}"),
]


@pytest.mark.filterwarnings("ignore::UnicodeWarning")
def test_what_is_written_for_python2_is_read_there() -> None:
    """By cPickle itself, and equal in value and type for every safe type that 2.7 has."""
    pairs = [(dialect("2.7").write(value).hex(), expected) for value, expected in _BACK]
    done = subprocess.run(
        [python("2.7"), "-W", "ignore", "-c", _READER],
        input=json.dumps(pairs).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("at", range(len(_BACK)))
def test_what_is_written_for_python2_is_read_here_too(at: int) -> None:
    """The new release reads its own entries as it wrote them, bytes as bytes."""
    value, _ = _BACK[at]
    again = dialect().read(dialect("2.7").write(value))
    assert type(again) is type(value)
    assert again == value or (value != value and again != again)  # noqa: PLR0124 - nan


def _unwritable() -> list[tuple[Any, str]]:
    import ipaddress  # noqa: PLC0415 - all of these exist since Python 3 only
    import pathlib  # noqa: PLC0415
    from datetime import timezone  # noqa: PLC0415
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return [
        (datetime(2020, 1, 1, tzinfo=timezone.utc), "value"),
        ([datetime(2020, 1, 1, tzinfo=ZoneInfo("Europe/Paris"))], "value[0]"),
        ({"at": [datetime(2020, 1, 1, fold=1)]}, "value['at'][0]"),
        (clock(1, fold=1), "value"),
        (pathlib.PurePosixPath("a"), "value"),
        (ipaddress.ip_address("127.0.0.1"), "value"),
        (range(2**63), "value"),
        (range(-(2**63), 2**63 - 1), "value"),
        ([{"a": 1, b"a": 2}], "value[0]"),
        ({"a", b"a"}, "value"),
        (frozenset([("a", 1), (b"a", 1)]), "value"),
        (collections.OrderedDict([("a", 1), (b"a", 1)]), "value"),
    ]


@pytest.mark.parametrize("at", range(12))
def test_what_python2_would_lose_is_not_written(at: int) -> None:
    """Neither what it cannot load, nor what it would load as another value."""
    value, path = _unwritable()[at]
    with pytest.raises(BelowFloor) as caught:
        dialect("2.7").write(value)
    assert caught.value.path == path
    assert "2.7" in caught.value.detail
