"""What is not as it was written is not believed."""

from __future__ import annotations

import random
import zlib

import pytest

from shelflife.fleet.framing import BadRecord, frame, unframe
from shelflife.fleet.records import Commit, Declared, Hold, Member, Pin, Remembered
from shelflife.fleet.registry import read_registry, registry_key
from shelflife.floors import Bounds, Floor
from shelflife.stores.commands import WRONG_TYPE, HashContent

REACH = Floor((3, 9), frozenset(("shelflife", "werkzeug")), 1, (Bounds("numpy", (1, 26), None),))
MEMBER = Member("r", "cpython3.9.1", "host:1", REACH, "w", "", 3, 1000.5, 900.0, None)
RECORDS = [
    MEMBER,
    Pin(REACH, 2000.0, "ana", 1000.0),
    Declared(REACH, "ana", None),
    Remembered(REACH, 1.0, 2.0),
    Hold("incident", "ana", 1000.0),
    Commit(REACH, None, "a", 1.0, ({"kind": "live", "name": "r", "reads": "x", "count": 2},)),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_what_is_written_is_read(record: Member) -> None:
    """Field by field."""
    assert type(record).of(unframe(record.framed())) == record


def test_bytes_stay_as_they_are() -> None:
    """A release in the field reads what this one writes, and the other way round."""
    assert Hold("incident", "ana", 1000.0).framed() == (
        b'1 0a89a30a {"at":1000.0,"by":"ana","reason":"incident"}'
    )


def test_a_changed_byte_is_noticed() -> None:
    """Wherever it is; nothing but BadRecord is raised."""
    written = MEMBER.framed()
    for index in range(len(written)):
        for flip in (1, 32, 128):
            broken = bytearray(written)
            broken[index] ^= flip
            with pytest.raises(BadRecord):
                unframe(bytes(broken))
    for end in range(len(written)):
        with pytest.raises(BadRecord):
            unframe(written[:end])


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 50_000,
        b'{"at":NaN,"by":"x","reason":"y"}',
        b'{"at":1e400,"by":"x","reason":"y"}',
        b'{"at":true,"by":"x","reason":"y"}',
        b'{"at":-1,"by":"x","reason":"y"}',
        b'{"at":"1","by":"x","reason":"y"}',
        b'{"at":1,"by":["x"],"reason":"y"}',
        b'{"at":1,"by":"\\u001b[31m","reason":"y"}',
        b'{"at":1,"reason":"y"}',
        b'{"at":1,"by":"' + b"x" * 501 + b'","reason":"y"}',
        b'{"at":' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: body[:30].decode(),
)
def test_what_is_sealed_but_not_so_is_corrupt(body: bytes) -> None:
    """A checksum that fits is not enough."""
    value = b"1 %08x %s" % (zlib.crc32(body), body)

    with pytest.raises(BadRecord):
        Hold.of(unframe(value))


@pytest.mark.parametrize(
    "reach",
    [
        None,
        [],
        {},
        {"python": [3], "dialects": [], "format": 1, "packages": []},
        {"python": [3, -1], "dialects": [], "format": 1, "packages": []},
        {"python": [3, 9], "dialects": [1], "format": 1, "packages": []},
        {"python": [3, 9], "dialects": [], "format": "1", "packages": []},
        {"python": [3, 9], "dialects": [], "format": 1, "packages": [["numpy"]]},
        {"python": [3, 9], "dialects": [], "format": 1, "packages": [["numpy", [1.5], None]]},
    ],
    ids=str,
)
def test_a_floor_that_is_none_is_corrupt(reach: object) -> None:
    """Whatever is there instead."""
    with pytest.raises(BadRecord):
        Declared.of(unframe(frame({"reach": reach, "by": "ana", "at": None})))


def test_random_bytes_are_never_believed() -> None:
    """Nor do they raise anything else."""
    source = random.Random(5)
    fields = {
        source.choice([b"member:a", b"pin:b", b"declare:c", b"floor", b"hold", b"x", b"\xff:"])
        + bytes([source.randrange(256)]): source.randbytes(source.randrange(60))
        for _ in range(2000)
    }

    registry = read_registry(HashContent(fields, len(fields), 1.0))
    assert not registry.members
    assert registry.commit is None
    assert registry.is_doubtful


def test_a_newer_version_is_not_guessed_at() -> None:
    """It may be a reader: the registry is in doubt."""
    newer = b"2" + MEMBER.framed()[1:]
    registry = read_registry(HashContent({b"member:a": newer}, 1, 1.0))

    assert registry.problems[0] == ("member:a", "newer")
    assert registry.is_doubtful


def test_an_unknown_field_is_told_and_else_ignored() -> None:
    """A later release may have kinds that this one has not."""
    registry = read_registry(HashContent({b"gate:x": b"?", b"version": b"\xff"}, 2, 1.0))

    assert registry.problems == (("gate:x", "unknown"),)
    assert not registry.is_doubtful
    assert registry.version == b"\xff"


@pytest.mark.parametrize("content", [WRONG_TYPE, HashContent({}, 1_000_000, None)])
def test_what_is_no_registry_is_in_doubt(content: HashContent) -> None:
    """Another type, or far too large."""
    assert read_registry(content).is_doubtful


def test_the_key_is_one_slot_of_a_cluster() -> None:
    """And never a pattern or another key."""
    assert registry_key("api") == b"shelflife:fleet:{api}"
    for name in ("", "a b", "a}", "{a", "*", "x" * 65, "ä", "a\n"):
        with pytest.raises(ValueError, match="name of a fleet"):
            registry_key(name)
