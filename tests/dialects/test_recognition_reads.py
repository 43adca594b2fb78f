"""A declared reader: entries are judged by that dialect's own rules."""

from __future__ import annotations

import pickle
import zlib
from typing import Any

import pytest

from shelflife.dialects import KNOWN, Stored, make_dialect, recognise
from shelflife.envelope import seal
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.pickles import AllowList
from stored_vectors import VECTORS, stored, title

PICKLE = pickle.dumps({"a": 1}, 4)
DOGPILE = b'{"ct": 1795417391.9, "v": 2}|' + PICKLE


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_its_own_reader_reads_each_real_entry(vector: dict[str, Any]) -> None:
    """And the dialect is the declared one."""
    found = recognise(stored(vector), vector["owner"])

    assert (found.dialect, found.owners, found.reason) == (vector["owner"], (), "")
    assert found.codec == vector["codec"] or found.codec.endswith("?")


@pytest.mark.parametrize(
    ("reads", "raw", "codec", "reason"),
    [
        ("werkzeug", b" 7 ", "int", ""),
        ("werkzeug", b"1_000", "int", ""),
        ("werkzeug", PICKLE, "bytes", ""),
        ("werkzeug", b"hello", "bytes", ""),
        ("werkzeug", b"!hello", "pickle", "corrupt"),
        ("werkzeug", b"!" + PICKLE, "pickle", ""),
        ("werkzeug", zlib.compress(PICKLE), "bytes", ""),
        ("flask-caching", b"!" + PICKLE, "pickle", ""),
        ("flask-caching", b" 7 ", "int", ""),
        ("flask-caching", b"hello", "?", "foreign"),
        ("flask-caching", PICKLE, "?", "foreign"),
        ("flask-caching", b'{"a": 1}', "?", "foreign"),
        ("django", b" 7 ", "int", ""),
        ("django", b"1_000", "int", ""),
        ("django", PICKLE, "pickle", ""),
        ("django", b"!" + PICKLE, "pickle", "corrupt"),
        ("django", zlib.compress(PICKLE), "pickle", "corrupt"),
        ("django-redis", b" 7 ", "int", ""),
        ("django-redis", zlib.compress(PICKLE), "zlib+pickle", ""),
        ("django-redis", b'{"a": 1}', "json", ""),
        ("django-redis", b"hello", "text", "foreign"),
        ("django-file", PICKLE, "expiry+?", "corrupt"),
        ("django-file", b"\x80\x05N." + zlib.compress(PICKLE), "expiry+zlib+pickle", ""),
        ("django-db", PICKLE, "base64+?", "corrupt"),
        ("dogpile", DOGPILE, "header+pickle", ""),
        ("dogpile", PICKLE, "?", "foreign"),
        ("cashews", b"Article:x", "?", ""),
        ("cashews", PICKLE, "pickle", ""),
        ("aiocache", b"hello", "text", ""),
        ("fastapi-cache", b'{"a": 1}', "json", ""),
        ("pickle", b"I7\n.", "pickle", ""),
        ("pickle", b"hello", "pickle", "corrupt"),
        ("bytes", b"\xff\x00", "bytes", ""),
        ("shelflife", b"7", "int", ""),
        ("shelflife", b"!" + PICKLE, "?", "foreign"),
        ("json", PICKLE, "?", "foreign"),
        ("json", b'{"a": 1}', "json", ""),
        ("int", b"hello", "?", "foreign"),
        ("text", b'{"a": 1}', "text", ""),
        ("text", PICKLE, "?", "foreign"),
        ("joblib", PICKLE, "pickle", ""),
        ("rails", b"!" + PICKLE, "?", "foreign"),
    ],
)
def test_the_rules_are_the_declared_dialects(
    reads: str, raw: bytes, codec: str, reason: str
) -> None:
    """Whatever the bytes would be taken for otherwise."""
    found = recognise(Stored(b"some:key", raw), reads)

    assert (found.dialect, found.codec, found.reason) == (reads, codec, reason)
    assert (found.payload is not None) == (codec.endswith("pickle") and not reason)


@pytest.mark.parametrize("key", [b"some:key", b"flask_cache_view//page"])
@pytest.mark.parametrize(
    "raw", [b"!" + PICKLE, b"!hello", b"!", b"7", b"hello", b'{"a": 1}', PICKLE, b"\xc1SX\x01", b""]
)
def test_flask_cachings_entries_are_judged_as_they_are_served(key: bytes, raw: bytes) -> None:
    """Whatever key they lie under; what is empty is `corrupt` there."""
    served = make_dialect("flask-caching", allow=AllowList(), note=lambda _: None)
    try:
        served.read(raw)
        reason = ""
    except Unreadable as error:
        reason = str(error.reason)

    found = recognise(Stored(key, raw), "flask-caching")

    assert found.reason == reason


@pytest.mark.parametrize(
    ("reads", "writes"),
    [
        ("django", "highest"),
        ("cashews", "highest"),
        ("django-redis", "default"),
        ("aiocache", "default"),
        ("fastapi-cache", "default"),
        ("werkzeug", "default"),
    ],
)
def test_the_declared_library_chooses_the_protocol(reads: str, writes: str) -> None:
    """As its current releases do."""
    raw = b"!" + PICKLE if reads == "werkzeug" else PICKLE

    assert recognise(Stored(b"k", raw), reads).writes == writes


def test_what_is_declared_to_be_state_is_state() -> None:
    """Even where nothing in the entry says so."""
    assert recognise(Stored(b"k", b'{"a": 1}'), "celery").state == "result"
    assert recognise(Stored(b"k", PICKLE), "flask-session").state == "session"
    assert recognise(Stored(b"k", PICKLE), "joblib").loader == "joblib"


def test_an_envelope_stays_an_envelope_beside_werkzeugs_entries() -> None:
    """A cache that reads that dialect reads both."""
    for guard in (False, True):
        found = recognise(Stored(b"k", seal(1, b"\x01", guard=guard)), "werkzeug")
        assert (found.dialect, found.codec) == ("shelflife", "envelope+portable")


def test_an_unknown_dialect_is_refused_with_those_known() -> None:
    """For the one who typed it."""
    with pytest.raises(ConfigurationError, match=r"'pylibmc'; those known are: aiocache, "):
        recognise(Stored(b"k", b"7"), "pylibmc")
    assert list(KNOWN) == sorted(set(KNOWN))
