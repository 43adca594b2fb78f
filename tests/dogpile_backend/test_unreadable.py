"""Unreadable entries of each kind: `NO_VALUE`, counted with a reason, healed by the next write."""

from __future__ import annotations

import json
import math
import pickle
import time
from typing import Any

import pytest
import redis

from dogpile_backend.conftest import MakeRegion, misses
from shelflife import Cache
from shelflife.testing import PrivateServer

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

from dogpile.cache.api import NO_VALUE

HEADER = json.dumps({"ct": time.time(), "v": 2}).encode() + b"|"
PYTHON_2_TEXT = b"U\x04caf\xe9q\x00."
TOO_NEW = b"\x80\x09K\x01."
GONE = b"capp.models\nArticle\nq\x00."
CACHED_VALUE = b"\x80\x04cdogpile.cache.api\nCachedValue\n"

KINDS: dict[str, tuple[bytes, str]] = {
    "protocol too new": (HEADER + TOO_NEW, "protocol"),
    "rejected name": (HEADER + b"\x80\x02" + GONE, "rejected-name"),
    "truncated payload": (HEADER + pickle.dumps(list(range(99)), 4)[:-3], "corrupt"),
    "truncated header": (HEADER[:9], "foreign"),
    "header is no JSON": (b'{"ct": ,}|' + pickle.dumps(1), "corrupt"),
    "header of a version to come": (b'{"ct": 1.5, "v": 9}|' + pickle.dumps(1), "newer-format"),
    "header without a time": (b'{"v": 2}|' + pickle.dumps(1), "corrupt"),
    "a time too large": (b'{"ct": 1%s, "v": 2}|' % (b"0" * 400) + pickle.dumps(1), "schema"),
    "a time that is none": (b'{"ct": NaN, "v": 2}|' + pickle.dumps(1), "schema"),
    "a pickle of dogpile 1.0, cut": (CACHED_VALUE + b"K\x01", "corrupt"),
    "a pickle of somebody else": (pickle.dumps({"a": 1}, 4), "foreign"),
    "foreign bytes": (b"\x00\x01\x02 what is this", "foreign"),
    "a counter": (b"12", "foreign"),
    "empty": (b"", "foreign"),
    "hostile": (HEADER + b"N" + b"r\xff\xff\xff\x0f.", "over-budget"),
}


@pytest.mark.parametrize(("entry", "reason"), KINDS.values(), ids=KINDS)
def test_an_unreadable_entry_is_computed_anew(
    make: MakeRegion, server: PrivateServer, entry: bytes, reason: str
) -> None:
    """By one and by many."""
    region = make(reads="dogpile")
    with redis.Redis.from_url(server.url) as raw:
        raw.set("k", entry)
        raw.set("many", entry)

        assert region.get("k") is NO_VALUE
        assert region.get_multi(["many"]) == [NO_VALUE]
        assert raw.get("k") == entry
    assert misses(region) in ({reason: 2}, {reason: 2, "absent": 0})
    assert region.get_or_create("k", lambda: 5) == 5
    assert region.get_or_create_multi(["many"], lambda *_: [6]) == [6]
    assert region.get_multi(["k", "many"]) == [5, 6]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hostile"])  # takes theirs 14 s
def test_a_region_with_a_serializer_gets_none_of_them(
    make: MakeRegion, server: PrivateServer, kind: str
) -> None:
    """Its own deserializer is given what a region has written, and nothing else."""
    region = make(region={"serializer": pickle.dumps, "deserializer": cautious}, reads="dogpile")
    with redis.Redis.from_url(server.url) as raw:
        raw.set("k", KINDS[kind][0])

    assert region.get("k") is NO_VALUE
    assert region.get_or_create("k", lambda: 5) == 5
    assert region.get("k") == 5


def cautious(payload: bytes) -> Any:
    """A deserializer as dogpile's documentation tells to write one."""
    from dogpile.cache.api import CantDeserializeException  # noqa: PLC0415

    try:
        return pickle.loads(payload)
    except Exception as error:
        raise CantDeserializeException from error


@pytest.mark.parametrize("damage", ["flipped bit", "truncated", "wrong type", "too large"])
@pytest.mark.parametrize("at_floor", [True, False])
def test_damage_is_a_miss_counted_and_healed(
    make: MakeRegion, server: PrivateServer, damage: str, *, at_floor: bool
) -> None:
    """To entries that were fine, in both forms."""
    form = {"writes": "dogpile", "floor": "3.8"} if at_floor else {}
    region = make(reads="dogpile", max_bytes=1000, **form)
    region.set("k", {"rows": list(range(20))})
    with redis.Redis.from_url(server.url) as raw:
        entry = bytearray(raw.get("k") or b"")
        if damage == "flipped bit":
            entry[1 if at_floor else -3] ^= 0x40
            raw.set("k", bytes(entry))
        elif damage == "truncated":
            raw.set("k", bytes(entry[:-2]))
        elif damage == "wrong type":
            raw.delete("k")
            raw.lpush("k", "1")
        else:
            raw.set("k", bytes(entry) + b" " * 1000)
    reason = {"wrong type": "wrong-type", "too large": "too-large"}.get(damage, "corrupt")

    assert region.get("k") is NO_VALUE
    assert misses(region) == {reason: 1}
    assert region.get_or_create("k", lambda: 5) == 5
    assert region.get("k") == 5


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("what a cache has set", "schema"),
        (["cached-value", 2, {}, 1], "newer-format"),
        (["cached-value", 1, {"v": 2}, 1], "schema"),
        (["cached-value", 1, {"ct": 1.5}, 1], "schema"),
        (["cached-value", 1, {"ct": 1.5, "v": 2}], "schema"),
        (["cached-value", 1, [], 1], "schema"),
        (["cached-value", 1, {"ct": 10**400, "v": 2}, 1], "schema"),
        (["cached-value", 1, {"ct": math.inf, "v": 2}, 1], "schema"),
    ],
)
def test_an_entry_of_something_else_is_no_cached_value(
    make: MakeRegion, server: PrivateServer, value: Any, reason: str
) -> None:
    """In an envelope that is fine."""
    region = make()
    with Cache(server.url) as cache:
        cache.set("k", value)

    assert region.get("k") is NO_VALUE
    assert misses(region) == {reason: 1}


def test_without_reads_dogpiles_own_entries_are_foreign(
    make: MakeRegion, original: MakeRegion
) -> None:
    """Formats are never guessed."""
    original().set("k", 1)
    region = make()

    assert region.get("k") is NO_VALUE
    assert misses(region) == {"foreign": 1}
