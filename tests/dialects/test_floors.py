"""What is written for a floor of Python 3, loaded by the real interpreter at that floor."""

from __future__ import annotations

import collections
import decimal
import fractions
import ipaddress
import json
import pathlib
import subprocess
import sys
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import python
from shelflife.codecs.pickle import PickleCodec
from shelflife.errors import BelowFloor
from shelflife.pickles import AllowList

_READER = """
import collections, datetime, decimal, fractions, ipaddress, json, pathlib, pickle, sys, time, uuid
from collections import *
from datetime import datetime, date, time as clock, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import *
from pathlib import *
try:
    from zoneinfo import ZoneInfo
except ImportError:
    pass
failed = []
for entry, expected in json.load(sys.stdin):
    try:
        value, wanted = pickle.loads(bytes.fromhex(entry)), eval(expected)
        good = type(value) is type(wanted) and value == wanted
        good = good and getattr(value, "fold", 0) == getattr(wanted, "fold", 0)
        good = good and getattr(value, "maxlen", 0) == getattr(wanted, "maxlen", 0)
        if not good:
            failed.append([expected, repr(value)])
    except Exception as error:
        failed.append([expected, repr(error)])
json.dump(failed, sys.stdout)
"""

_VALUES: list[tuple[Any, str]] = [
    (None, "None"),
    (2**100, "2 ** 100"),
    ("café \ud800", r"'caf\xe9 \ud800'"),
    (b"\x00\xff", r"b'\x00\xff'"),
    (bytearray(b"\xff"), r"bytearray(b'\xff')"),
    ({"a": [(1, {2}, frozenset([3]))]}, "{'a': [(1, {2}, frozenset([3]))]}"),
    ({"a": 1, b"a": 2}, "{'a': 1, b'a': 2}"),
    (datetime(2020, 10, 25, 2, 30, fold=1), "datetime(2020, 10, 25, 2, 30, fold=1)"),
    (
        datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2), "x")),
        "datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2), 'x'))",
    ),
    (date(2020, 2, 29), "date(2020, 2, 29)"),
    (clock(1, 2, 3, 4, fold=1), "clock(1, 2, 3, 4, fold=1)"),
    (timedelta(-1, 2, 3), "timedelta(-1, 2, 3)"),
    (decimal.Decimal("1.10"), "Decimal('1.10')"),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (1 + 2j, "1 + 2j"),
    (uuid.UUID(int=5), "uuid.UUID(int=5)"),
    (range(2**70), "range(2 ** 70)"),
    (collections.OrderedDict(b=1, a=2), "OrderedDict([('b', 1), ('a', 2)])"),
    (collections.Counter("aab"), "Counter('aab')"),
    (collections.deque([1], 3), "deque([1], 3)"),
    (collections.defaultdict(list, a=[1]), "defaultdict(list, {'a': [1]})"),
    (time.gmtime(0), "time.gmtime(0)"),
    (ipaddress.ip_address("127.0.0.1"), "ip_address('127.0.0.1')"),
    (ipaddress.ip_interface("::1/64"), "ip_interface('::1/64')"),
    (ipaddress.ip_network("10.0.0.0/8"), "ip_network('10.0.0.0/8')"),
]
_PATHS: list[tuple[Any, str]] = [
    (pathlib.PurePosixPath("a/b"), "PurePosixPath('a/b')"),
    (pathlib.PureWindowsPath("a/b"), "PureWindowsPath('a/b')"),
    (pathlib.Path("a"), "Path('a')"),
]
_SINCE_3_9: list[tuple[Any, str]] = [
    (ZoneInfo("Europe/Paris"), "ZoneInfo('Europe/Paris')"),
    (
        datetime(2020, 1, 1, tzinfo=ZoneInfo("Europe/Paris")),
        "datetime(2020, 1, 1, tzinfo=ZoneInfo('Europe/Paris'))",
    ),
    (ipaddress.ip_network("fe80::%1/64"), "ip_network('fe80::%1/64')"),
]


@pytest.mark.parametrize("floor", ["3.6", "3.8", "3.9"])
def test_what_is_written_for_a_floor_is_read_there(floor: str) -> None:
    """Every safe type that the floor has arrives equal, and of its type."""
    values = list(_VALUES)
    if sys.version_info < (3, 13):
        values += _PATHS
    if floor == "3.9":
        values += _SINCE_3_9
    codec = PickleCodec(AllowList.default(), floor)
    pairs = [(codec.encode(value).hex(), expected) for value, expected in values]
    done = subprocess.run(
        [python(floor), "-c", _READER],
        input=json.dumps(pairs).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("floor", ["3.6", "3.8"])
@pytest.mark.parametrize("value", [value for value, _ in _SINCE_3_9], ids=str)
def test_what_came_with_3_9_is_not_written_below(floor: str, value: object) -> None:
    with pytest.raises(BelowFloor, match=floor):
        PickleCodec(AllowList.default(), floor).encode([value])


@pytest.mark.parametrize("value", [value for value, _ in _PATHS], ids=repr)
def test_paths_pickled_by_3_13_are_not_written_for_older_readers(value: object) -> None:
    """That release moved their classes to `pathlib._local`, which 3.12 and older lack."""
    codec = PickleCodec(AllowList.default(), "3.12")
    if type(value).__module__ == "pathlib._local":
        with pytest.raises(BelowFloor, match=r"3\.13"):
            codec.encode(value)
        codec = PickleCodec(AllowList.default(), "3.13")
    assert codec.decode(codec.encode(value)) == value


def test_a_scope_that_this_python_would_drop_is_not_written() -> None:
    """Some releases of 3.9 pickle an IPv6 address without its scope."""
    codec = PickleCodec(AllowList.default(), "3.9")
    value = ipaddress.IPv6Address("fe80::1%eth0")
    if "%" in str(value.__reduce__()[1][0]):
        assert str(codec.decode(codec.encode(value))) == str(value)
    else:
        with pytest.raises(BelowFloor, match="scope"):
            codec.encode(value)


@pytest.mark.parametrize("floor", ["3.0", "3.3", "3.5"])
def test_fold_is_not_written_for_readers_without_it(floor: str) -> None:
    """At protocol 3 it would be lost, and 3.5 would refuse the month."""
    with pytest.raises(BelowFloor, match="fold"):
        PickleCodec(AllowList.default(), floor).encode({"at": datetime(2020, 1, 1, fold=1)})
