"""Bytes that real interpreters write, Python 2.7's among them, are read as what they mean."""

from __future__ import annotations

import ast
import datetime as dt
import subprocess
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from conftest import python
from shelflife.pickles import AllowList, Loaded, Py2Text, load

_PREAMBLE = """# -*- coding: utf-8 -*-
import binascii, collections, datetime, decimal, fractions, uuid
try:
    import cPickle as pickle
except ImportError:
    import pickle
class Old:
    def __init__(self): self.note = 'plain'
class New(object):
    def __init__(self): self.note = 'plain'
    __hash__ = None
class Rich(dict): pass
for kind in (Old, New, Rich): kind.__module__ = 'app.models'
import sys
sys.modules['app.models'] = sys.modules[__name__]
sys.modules['app'] = sys.modules[__name__]
values = [%s]
print([binascii.hexlify(pickle.dumps(value, protocol)).decode() for value in values
       for protocol in range(%d)])
"""

_COMMON = (
    "None, True, -5, 2**70, 1.5, u'\\u20ac', [1, (2, 3)], {'a': {4}}, frozenset([5]), "
    "datetime.datetime(2019, 7, 28, 23, 59, 59, 999999), datetime.date(1999, 12, 31), "
    "datetime.time(1, 2, 3, 4), datetime.timedelta(-1, 2, 3), decimal.Decimal('1.50'), "
    "fractions.Fraction(1, 3), uuid.UUID(int=7), 2 + 3j, bytearray(b'a\\xff'), "
    "collections.OrderedDict([('b', 1), ('a', 2)]), collections.defaultdict(list, {'x': [1]}), "
    "collections.Counter('aab'), collections.deque([1, 2], 5)"
)
EXPECTED: list[Any] = [
    *(None, True, -5, 2**70, 1.5, "\u20ac", [1, (2, 3)], {"a": {4}}, frozenset([5])),
    *(dt.datetime(2019, 7, 28, 23, 59, 59, 999999), dt.date(1999, 12, 31)),
    *(dt.time(1, 2, 3, 4), dt.timedelta(-1, 2, 3), Decimal("1.50")),
    *(Fraction(1, 3), UUID(int=7), 2 + 3j, bytearray(b"a\xff")),
    *(OrderedDict([("b", 1), ("a", 2)]), defaultdict(list, {"x": [1]})),
    *(Counter("aab"), deque([1, 2], 5)),
]


class New:
    note: str


class Rich(dict[str, Any]):
    note: str


MODELS = {"Old": New, "New": New, "Rich": Rich}
for _kind in MODELS.values():
    _kind.__module__ = "app.models"


def written(version: str, values: str, protocols: int) -> list[bytes]:
    """The pickles of some expressions, each at all protocols."""
    done = subprocess.run(
        [python(version), "-"],
        input=(_PREAMBLE % (values, protocols)).encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [bytes.fromhex(text) for text in ast.literal_eval(done.stdout.decode())]


def read(data: bytes, text: Py2Text = Py2Text.UTF8_ELSE_BYTES) -> Loaded:
    allow = AllowList.default().extended(["app.models.*"])
    return load(data, allow=allow, resolve=lambda _, name: MODELS[name], text=text)


@pytest.mark.parametrize(
    ("version", "protocols"), [("2.7", 3), ("3.6", 5), ("3.8", 6), ("3.11", 6), ("3.13", 6)]
)
def test_values(version: str, protocols: int) -> None:
    """Every interpreter's values come back, of the same types, at all its protocols."""
    for number, data in enumerate(written(version, _COMMON, protocols)):
        expected = EXPECTED[number // protocols]
        value = read(data).value
        assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize(("text", "expected"), [
    (Py2Text.UTF8_ELSE_BYTES, ["né", b"n\xe9", "plain"]),
    (Py2Text.BYTES, [b"n\xc3\xa9", b"n\xe9", "plain"]),
    (Py2Text.LATIN_1, ["n\xc3\xa9", "n\xe9", "plain"]),
])  # fmt: skip
def test_python2_strings(text: Py2Text, expected: list[Any]) -> None:
    """The policy decides what 8-bit strings become; a mixture is told."""
    for data in written("2.7", r"['n\xc3\xa9', 'n\xe9', 'plain']", 3):
        loaded = read(data, text)
        assert loaded.value == expected
        assert loaded.mixed == (text is Py2Text.UTF8_ELSE_BYTES)


def test_strict_text() -> None:
    """The strict policy refuses what is not UTF-8, but never a date."""
    good, bad = r"['n\xc3\xa9', datetime.datetime(2019, 7, 28, 3)]", r"['n\xe9']"
    for data in written("2.7", good, 3):
        assert read(data, Py2Text.STRICT).value == ["né", dt.datetime(2019, 7, 28, 3)]
    for data in written("2.7", bad, 3):
        with pytest.raises(Exception, match="py2-bytes"):
            read(data, Py2Text.STRICT)


@pytest.mark.parametrize("text", list(Py2Text))
def test_python2_dates(text: Py2Text) -> None:
    """Dates are dates under every policy, and no mixture."""
    dates = "[datetime.date(y, m, d) for y in (1, 1999, 2019) for m in (1, 12) for d in (1, 31)]"
    for data in written("2.7", dates, 3):
        loaded = read(data, text)
        assert loaded.value == [
            dt.date(y, m, d) for y in (1, 1999, 2019) for m in (1, 12) for d in (1, 31)
        ]
        assert not loaded.mixed


def test_keys_that_become_the_same() -> None:
    """Two keys that differ in Python 2 only are no value."""
    for data in written("2.7", r"{'\xc3\xa9': 1, u'\xe9': 2}, set(['\xc3\xa9', u'\xe9'])", 3):
        with pytest.raises(Exception, match="same text"):
            read(data)


def test_python2_classes() -> None:
    """Old-style, new-style and dict-like classes of Python 2 get their state, as text."""
    values = "Old(), New(), [setattr(r, 'note', 'n') or r for r in [Rich(k='v')]][0]"
    for number, data in enumerate(written("2.7", values, 3)):
        value = read(data).value
        if number < 6:
            assert (type(value), vars(value)) == (New, {"note": "plain"})
        else:
            assert (type(value), value, value.note) == (Rich, {"k": "v"}, "n")
