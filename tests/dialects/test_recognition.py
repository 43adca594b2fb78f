"""Whose an entry is: real entries of many libraries, and the marks that tell them."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import struct
import uuid
import zlib
from typing import Any

import pytest

from shelflife.dialects import KNOWN, Recognised, Stored, recognise
from shelflife.envelope import CODECS, Hints, seal
from stored_vectors import VECTORS, stored, title

PICKLE = pickle.dumps({"a": 1}, 4)


def look(raw: bytes, key: bytes = b"some:key", redis_type: str = "string") -> Recognised:
    return recognise(Stored(key, raw, redis_type))


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_real_entries_are_recognised(vector: dict[str, Any]) -> None:
    """Their library is the dialect or among the owners; coding and state are as stored."""
    found = recognise(stored(vector))

    assert found.dialect in KNOWN
    assert vector["owner"] in (found.dialect, *found.owners)
    assert found.state == vector["state"]
    assert found.reason == ""
    if found.codec.endswith("?"):  # a compressor's module is missing here
        assert vector["codec"].startswith(found.codec[:-1])
        assert found.detail.startswith("install ")
        return
    assert found.codec == vector["codec"]
    assert (found.payload is not None) == vector["codec"].endswith("pickle")
    if found.payload is not None:
        assert found.facts is not None
        assert found.facts.spliced or found.facts.end == len(found.payload)
        assert found.writes


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_owners_are_sorted_and_named_only_in_doubt(vector: dict[str, Any]) -> None:
    """A list of owners goes with a format's name, and holds names that are known."""
    found = recognise(stored(vector))

    assert list(found.owners) == sorted(set(found.owners))
    assert set(found.owners) <= set(KNOWN)
    if found.owners:
        assert found.dialect in {"pickle", "json", "msgpack", "int", "text", "bytes"}


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["state"]], ids=title)
def test_state_stays_state_whatever_is_declared(vector: dict[str, Any]) -> None:
    """A session under a werkzeug reader is still a session."""
    for reads in KNOWN:
        assert recognise(stored(vector), reads).state == vector["state"], reads


@pytest.mark.parametrize(
    ("key", "value", "state"),
    [
        ("import-lock", uuid.uuid4().hex, "lock"),
        ("_lockarticle:7", uuid.uuid1().hex, "lock"),
        ("ns:a-lock", str(uuid.uuid4()), "lock"),
        ("anything", uuid.uuid1().hex, "lock"),
        (":1:lock", uuid.uuid1().hex, "lock"),
        ("article:7:lock", "1", "lock"),
        ("huey.lock.h", "1", "lock"),
        ("rq:scheduler-lock:q", "4711", "lock"),
        ("clock:7", "1", ""),
        ("block:7", "hello", ""),
        ("etag:7", uuid.uuid4().hex, ""),
        ("session:4f", "{}", "session"),
        ("app:session:4f", "{}", "session"),
        ("api:sessions:count", "7", ""),
        ("message:7", "{}", ""),
        ("rq:workers", "rq:worker:1", "queue"),
        ("celery-taskset-meta-9", "{}", "result"),
        ("app:celery-task-meta-9", "{}", "result"),
        ("huey.schedule.h", "x", "queue"),
        ("unacked_mutex", "x", "queue"),
    ],
)
def test_state_is_told_by_keys(key: str, value: str, state: str) -> None:
    """And what only looks like such a key is not."""
    assert look(value.encode(), key.encode()).state == state


@pytest.mark.parametrize(
    ("raw", "dialect", "codec", "reason"),
    [
        (b"\x00\x11" + b"\x00" * 20, "rails", "marshal", "foreign"),
        (b"\x00\x04\x08I", "rails", "marshal", "foreign"),
        (b"\x01x\x9c..", "rails", "marshal", "foreign"),
        (b"\x04\x08I", "rails", "marshal", "foreign"),
        (b"\xcc\x80abc", "rails", "msgpack", "foreign"),
        (b"\xcc\x80", "msgpack", "msgpack", ""),
        (b"\x00\x00\x00\x00\x2a\x02\x06", "confluent", "avro+?", ""),
        (b"\xc3\x01" + b"8bytes.." + b"\x02", "confluent", "avro+?", ""),
        (b"cc=4,\x81\xa1a\x01", "cachecontrol", "header+msgpack", ""),
        (b"\x82\xa7request\x80\xa8response\x80", "hishel", "msgpack", ""),
        (b'{"val": "2024-01-02", "_spec_type": "date"}', "fastapi-cache", "json", ""),
        (b":_" + PICKLE, "cashews", "signed+pickle", ""),
        (b"xxh3_64:0123456789abcdef_" + PICKLE, "cashews", "signed+pickle", "load-error"),
        (b"sum:3f_" + PICKLE, "cashews", "signed+pickle", ""),
        (b'{"ct": 1795417391.9, "v": 2}|7', "dogpile", "header+int", ""),
        (b"\x80\x06N.", "pickle", "pickle", ""),  # the declared protocol is for the rules
        (b"\x80\x06\xff.", "pickle", "pickle", "protocol"),
        (b"\x80", "msgpack", "msgpack", ""),
        (b"\x80\x04", "pickle", "pickle", "corrupt"),
        (b"", "text", "text", ""),
        (b"-", "text", "text", ""),
        (b"-17", "int", "int", ""),
        (b"1.5", "json", "json", ""),
        (b"null", "json", "json", ""),
        (b"a", "text", "text", ""),
        (b"\x07", "msgpack", "msgpack", ""),
        ("Ungarisch: őrült".encode(), "text", "text", ""),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "bytes", "?", ""),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 30, "bytes", "?", ""),
        (b"x^2 + y^2", "text", "text", ""),
        (b"BZh9 is a magic", "text", "text", ""),
        (b"gAVW", "text", "text", ""),
        (b"I7\n.", "pickle", "pickle", ""),
        (b"(lp1\nI1\na.", "pickle", "pickle", ""),
        (b"(lp1\nI1\na", "text", "text", ""),
    ],
)
def test_marks_tell_the_dialect(raw: bytes, dialect: str, codec: str, reason: str) -> None:
    """By first bytes, header, or what the whole is."""
    found = look(raw)

    assert (found.dialect, found.codec, found.reason) == (dialect, codec, reason)
    assert (found.detail != "") == (reason != "" or "?" in codec)


@pytest.mark.parametrize(
    ("raw", "dialect", "reason"),
    [
        (b"!" + PICKLE, "werkzeug", ""),
        (b"!" + PICKLE + b"more", "werkzeug", ""),
        (b"!" + PICKLE[:-1], "werkzeug", "corrupt"),
        (b"!S'caf", "werkzeug", "corrupt"),
        (b"!", "werkzeug", "corrupt"),
        (b"!\xff", "werkzeug", "corrupt"),
        (b"!hello", "text", ""),
    ],
)
def test_an_exclamation_mark_is_werkzeugs(raw: bytes, dialect: str, reason: str) -> None:
    """Unless what follows is text that no pickle can begin with."""
    found = look(raw)

    assert (found.dialect, found.reason) == (dialect, reason)


def test_keys_narrow_owners_only_where_they_are_one_librarys() -> None:
    """Django's keys are; a number between colons elsewhere is not."""
    anybody = ("aiocache", "cashews", "django", "django-redis", "fastapi-cache")

    assert look(PICKLE, b"users:1:7").owners == anybody
    assert look(PICKLE, b":1:users").owners == ("django", "django-redis")
    assert look(PICKLE, b":12:users").owners == ("django", "django-redis")
    assert look(PICKLE, b":x:users").owners == anybody
    assert look(zlib.compress(PICKLE), b":1:users").dialect == "django-redis"
    assert look(zlib.compress(PICKLE)).owners == ("cashews", "django-redis", "joblib")
    assert look(b"7", b"flask_cache_a").dialect == "flask-caching"
    assert look(b"!" + PICKLE, b"flask_cache_a").dialect == "flask-caching"
    assert look(PICKLE, b"flask_cache_a").owners == anybody
    assert look(PICKLE, b"q:" + b"0" * 32).dialect == "cacheops"
    assert look(PICKLE, b"early:v2:a").dialect == "cashews"


@pytest.mark.parametrize(("protocol", "writes"), [(2, "default"), (4, "default"), (5, "highest")])
def test_the_protocol_tells_how_it_was_chosen(protocol: int, writes: str) -> None:
    """Where nobody says which library it was."""
    payload = pickle.dumps([1], protocol)

    assert look(payload).writes == writes
    assert look(b"!" + payload).writes == writes
    assert look(payload, b"celery-task-meta-1").writes == ("2" if protocol == 2 else "4")


def test_envelopes_are_read_with_and_without_the_guard() -> None:
    """A pickle in one is taken out; its writer is named."""
    hints = Hints(writer="v7 cpython-3.11")
    for guard in (False, True):
        found = look(seal(CODECS["pickle"], PICKLE, hints, compress=True, guard=guard))
        assert (found.dialect, found.codec) == ("shelflife", "envelope+pickle")
        assert (found.payload, found.writes) == (PICKLE, "4")
        assert found.writer == "v7 cpython-3.11"
        for name, number in CODECS.items():
            if name != "pickle":
                found = look(seal(number, b"\x01", guard=guard))
                assert (found.codec, found.payload) == (f"envelope+{name}", None)


def test_unsound_envelopes_have_their_reason() -> None:
    """The one a cache would give."""
    sound = bytearray(seal(1, b"\x01", guard=False))
    flipped, newer = bytearray(sound), bytearray(sound)
    flipped[-1] ^= 1
    newer[3] = 9

    assert look(bytes(flipped)).reason == "corrupt"
    assert look(bytes(sound[:7])).reason == "corrupt"
    assert look(bytes(newer)).reason == "newer-format"
    assert look(seal(99, b"", guard=True)).reason == "unknown-codec"
    assert look(seal(2, b"no pickle", guard=True)).reason == "corrupt"


def test_wrappings_come_off_in_order() -> None:
    """And the coding says how they lay."""
    found = look(gzip.compress(zlib.compress(PICKLE)))
    assert (found.codec, found.payload) == ("gzip+zlib+pickle", PICKLE)

    coded = base64.b64encode(PICKLE)
    assert look(coded).payload == PICKLE
    assert look(base64.urlsafe_b64encode(PICKLE)).payload == PICKLE
    assert look(base64.encodebytes(PICKLE * 1)).payload == PICKLE
    assert look(b"ZF0x12              " + zlib.compress(PICKLE)).dialect == "joblib"


def test_json_is_told_by_its_members() -> None:
    """Not by words that merely occur in it."""
    result = {"status": "SUCCESS", "result": 1, "traceback": None, "children": []}
    assert look(json.dumps(result).encode()).dialect == "celery"
    assert look(json.dumps([result]).encode()).dialect == "json"
    assert look(json.dumps(list(result)).encode()).dialect == "json"
    assert look(json.dumps({"body": 1, "properties": 2}).encode()).dialect == "json"
    long = {**result, "result": "x" * 300_000}
    assert look(json.dumps(long).encode()).dialect == "celery"
    assert look(json.dumps({"a": "x" * 300_000}).encode()).dialect == "json"


def test_a_redirect_of_requests_cache_is_told_by_its_hash() -> None:
    """And by nothing else."""
    assert look(b"0123456789abcdef", b"http_cache-redirects", "hash").dialect == "requests-cache"
    assert look(b"hello", b"http_cache-redirects").dialect == "text"


def test_what_follows_a_pickle_is_read_past() -> None:
    """As every loader does; the facts say where it ended."""
    found = look(PICKLE + struct.pack("<Q", 7))

    assert (found.dialect, found.codec, found.reason) == ("pickle", "pickle", "")
    assert found.payload is not None
    assert found.facts is not None
    assert found.facts.end == len(PICKLE) < len(found.payload)
