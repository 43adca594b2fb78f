"""What entries contain, told from their bytes."""

from __future__ import annotations

import base64
import collections
import datetime as dt
import decimal
import enum
import json
import pickle
import random
import sys
import time
import zlib
from dataclasses import dataclass
from typing import Any, Optional

import ormsgpack
import pytest

import stored_vectors
from shelflife.codecs import Codecs
from shelflife.codecs.types import Types
from shelflife.dialects import Stored, recognise
from shelflife.envelope import seal
from shelflife.rehearse.entries.features import LARGE, Features, features_of

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@dataclass
class Article:
    title: Any
    tags: Any = None


class Menu(dict[str, Any]):
    pass


class Colour(enum.Enum):
    RED = "rouge"


def look(raw: bytes) -> Features:
    """Give the features of an entry under an ordinary key."""
    return features_of(recognise(Stored(b"api:article:7", raw)), raw)


def envelope(value: Any, types: Optional[Types] = None, *, compress: bool = False) -> bytes:
    """Give the entry that a cache writes of a value."""
    number, payload = Codecs(types).encode(value)
    return seal(number, payload, compress=compress, guard=False)


def these(*names: str) -> frozenset[str]:
    """Give types by their names."""
    return frozenset(names)


def types_of(*names: str) -> frozenset[str]:
    """Give the types of a dict with text as keys and these in it."""
    return frozenset({"dict", *names})


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "features"),
    [
        ({"a": 1}, Features(types=types_of("int"))),
        ({"a": "é"}, Features(non_ascii=True, types=types_of("text"))),
        ({"é": 1}, Features(non_ascii=True, types=types_of("int"))),
        ({"a": b"\xff"}, Features(bytes=True, types=types_of("bytes"))),
        ({"a": bytearray(b"\xff")}, Features(bytes=True, types=types_of("bytearray"))),
        ({"a": [1.5]}, Features(nested=True, types=types_of("list", "float"))),
        (
            {(1, "é"): 1},
            Features(non_ascii=True, nested=True, types=types_of("tuple", "int", "text")),
        ),
        (
            [True, None, {1}],
            Features(nested=True, types=these("list", "bool", "None", "set", "int")),
        ),
        (None, Features(empty=True, types=these("None"))),
        ("", Features(empty=True, types=these("text"))),
        ([], Features(empty=True, types=these("list"))),
        ({"a": ""}, Features(types=types_of("text"))),
        (dt.datetime(2019, 11, 8, 3, 4, 5), Features(types=these("datetime"))),
        ([dt.date(2019, 11, 8)], Features(types=these("list", "date"))),
        (decimal.Decimal("1.5"), Features(types=these("Decimal"))),
        (collections.OrderedDict(a=1), Features(types=these("OrderedDict", "int"))),
        (Article("a"), Features(types=these("object", "text", "None"))),
        (
            Article("é", ["b"]),
            Features(non_ascii=True, nested=True, types=these("object", "text", "list")),
        ),
        (Article(b"\xff", 1), Features(bytes=True, types=these("object", "bytes", "int"))),
        (Colour.RED, Features(types=these("object", "text"))),
        (Article, Features(types=these("object"))),
    ],
    ids=repr,
)
def test_pickles(value: Any, features: Features, protocol: int) -> None:
    """Pickles of all protocols, with a user's classes in them, which are never imported."""
    assert look(pickle.dumps(value, protocol)) == features


def test_a_class_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in an entry is neither looked up nor called."""
    raw = pickle.dumps(Article("é"))
    monkeypatch.delattr(sys.modules[Article.__module__], "Article")

    assert look(raw).types == {"object", "text", "None"}
    assert look(b"cos\nabort\n(tR.").types == {"object"}


@pytest.mark.parametrize(
    ("raw", "features"),
    [
        (b"!U\x05caf\xc3\xa9.", Features(non_ascii=True, types=these("text"))),
        (b"!S'caf\\xe9'\np1\n.", Features(non_ascii=True, types=these("text"))),
        (b"!\x80\x02U\x02\xff\xfe.", Features(non_ascii=True, types=these("text"))),
        (b"!U\x03abc.", Features(types=these("text"))),
        (
            b"!\x80\x02cdatetime\ndatetime\nq\x01U\n\x07\xe3\x0b\x08\x03\x04\x05\x00\x00\x00\x85Rq\x02.",
            Features(types=these("datetime")),
        ),
    ],
)
def test_python2(raw: bytes, features: Features) -> None:
    """Python 2's 8-bit strings are text; the state of its datetimes is not."""
    assert look(raw) == features


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_stand_ins_cannot_stand(protocol: int) -> None:
    """Subclasses of built-in types: their text is seen, even where they cannot be rebuilt."""
    found = look(pickle.dumps(Menu(a=["é"]), protocol))

    assert found.non_ascii
    assert found.types in ({"object", "list", "text"}, frozenset())
    assert not look(pickle.dumps(Menu(a=["e"]), protocol)).non_ascii


@pytest.mark.parametrize(
    ("raw", "features"),
    [
        (envelope({"a": "é"}), Features(non_ascii=True, types=types_of("text"))),
        (envelope("é"), Features(non_ascii=True, types=these("text"))),
        (envelope("é" * 90, compress=True), Features(non_ascii=True, types=these("text"))),
        (envelope(b"\xff"), Features(bytes=True, types=these("bytes"))),
        (envelope(None), Features(empty=True, types=these("None"))),
        (envelope(()), Features(empty=True, types=these("tuple"))),
        (envelope({"a": {1, 2}}), Features(nested=True, types=types_of("set", "int"))),
        (envelope(dt.date(2019, 11, 8)), Features(types=these("date"))),
        (
            seal(2, pickle.dumps(["é"]), guard=True),
            Features(non_ascii=True, types=these("list", "text")),
        ),
        (b'{"a": "\\u00e9"}', Features(non_ascii=True, types=types_of("text"))),
        (
            '{"a": ["é", 1]}'.encode(),
            Features(non_ascii=True, nested=True, types=types_of("list", "text", "int")),
        ),
        (b'{"a": 1.5, "b": false}', Features(types=types_of("float", "bool"))),
        (b"null", Features(empty=True, types=these("None"))),
        (b"[%s]" % (b"9" * 9000), Features(types=these("list", "int"))),
        (
            ormsgpack.packb({"a": ["é", b"\x00"]}),
            Features(True, True, nested=True, types=types_of("list", "text", "bytes")),
        ),
        (ormsgpack.packb([ormsgpack.Ext(5, b"")]), Features(types=these("list", "object"))),
        ("plain é".encode(), Features(non_ascii=True, types=these("text"))),
        (b"", Features(empty=True, types=these("text"))),
        (b"-12", Features(types=these("int"))),
        (b"\xff\xfe\x00\x01", Features(bytes=True, types=these("bytes"))),
        (zlib.compress(pickle.dumps(["é"])), Features(non_ascii=True, types=these("list", "text"))),
        (zlib.compress(b'{"a": 1}'), Features(types=types_of("int"))),
        (
            base64.b64encode(pickle.dumps(["é"])),
            Features(non_ascii=True, types=these("list", "text")),
        ),
    ],
    ids=range(23),
)
def test_other_codecs(raw: bytes, features: Features) -> None:
    """Envelopes, JSON, MessagePack, text, integers, bytes, and what is wrapped."""
    assert look(raw) == features


def test_registered_classes() -> None:
    """An instance of a registered class is an object, whoever registered it."""
    types = Types()
    types.register("article", Article)

    found = look(envelope(Article("é", []), types))

    assert found.types >= {"object", "text", "list"}
    assert found.non_ascii


def test_large() -> None:
    """An entry is large from 64 KiB on, whatever is in it."""
    assert not look(b"x" * (LARGE - 1)).large
    assert look(b"x" * LARGE).large
    assert look(b"\x80\x04" + b"x" * LARGE).large


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_too_long_to_be_decoded(protocol: int) -> None:
    """What is longer than a MiB has no types; text outside ASCII in its beginning is seen."""
    value = ["é", "x" * (2 << 20)]

    for raw in (pickle.dumps(value, protocol), json.dumps(value).encode()):
        assert look(raw) == Features(non_ascii=True, large=True)
    assert look(pickle.dumps(value[1:], protocol)) == Features(large=True)


@pytest.mark.parametrize("vector", stored_vectors.VECTORS, ids=stored_vectors.title)
def test_every_stored_entry(vector: dict[str, Any]) -> None:
    """Entries of all libraries we know, whole, cut and damaged, have features."""
    stored = stored_vectors.stored(vector)
    draw = random.Random(len(stored.raw))
    broken = bytearray(stored.raw)
    for _ in range(min(3, len(broken))):
        broken[draw.randrange(len(broken))] = draw.randrange(256)

    for raw in (stored.raw, stored.raw[: len(stored.raw) // 2], bytes(broken)):
        found = recognise(stored._replace(raw=raw))

        assert isinstance(features_of(found, raw), Features)
    facts = recognise(stored).facts
    if facts is not None and not facts.spliced:
        assert features_of(recognise(stored), stored.raw).types


@pytest.mark.parametrize(
    "raw",
    [
        b"\x80\x04N\x72\xff\xff\xff\x0f.",
        b"\x80\x02]" + b"]a" * 5000 + b".",
        b"(" + b"(" * 5000 + b".",
        b"[" * 100_000,
        b"\x91" * 100_000,
        b"\x80\x03(" + b"2\x86" * 60 + b"s.",
        pickle.dumps([[0] * 400_000]),
        json.dumps([[1] * 300_000]).encode(),
    ],
    ids=range(8),
)
def test_bombs(raw: bytes) -> None:
    """What is made to take long, or to nest without end, takes no more than a moment."""
    began = time.perf_counter()
    found = look(raw)

    assert isinstance(found, Features)
    assert time.perf_counter() - began < 5
