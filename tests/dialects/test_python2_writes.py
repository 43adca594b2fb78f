"""What we write for a floor of Python 2.7, loaded by a real one, and what is not written."""

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
from shelflife.pickles import AllowList

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


def dialect(floor: str | None = None) -> Dialect:
    return make_dialect("werkzeug", allow=AllowList.default(), floor=floor, note=lambda _: None)


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
        (range(2**63 - 1, 2**63 + 5), "value"),
        (range(0, 1, 2**63), "value"),
        ([{"a": 1, b"a": 2}], "value[0]"),
        ({"a", b"a"}, "value"),
        (frozenset([("a", 1), (b"a", 1)]), "value"),
        (collections.OrderedDict([("a", 1), (b"a", 1)]), "value"),
    ]


@pytest.mark.parametrize("at", range(14))
def test_what_python2_would_lose_is_not_written(at: int) -> None:
    """Neither what it cannot load, nor what it would load as another value."""
    value, path = _unwritable()[at]
    with pytest.raises(BelowFloor) as caught:
        dialect("2.7").write(value)
    assert caught.value.path == path
    assert "2.7" in caught.value.detail
