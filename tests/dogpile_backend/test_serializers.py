"""The serializer pair: for regions that keep their backend."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from dogpile_backend.conftest import MakeRegion
from shelflife import NotPortable

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

from dogpile.cache import make_region
from dogpile.cache.api import NO_VALUE, CantDeserializeException

from shelflife.dogpile import Serialization, deserializer, serializer


def region_in_memory(serialization: Serialization) -> tuple[Any, dict[str, Any]]:
    """A region on dogpile's `memory_pickle`, and what it keeps."""
    kept: dict[str, Any] = {}
    region = make_region(serializer=serialization.dumps, deserializer=serialization.loads)
    region.configure("dogpile.cache.memory_pickle", arguments={"cache_dict": kept})
    return region, kept


@pytest.mark.parametrize("value", [None, 1, (1, {2}), {"a": b"\x00"}])
def test_values_keep_their_types(value: Any) -> None:
    """None included."""
    region, _ = region_in_memory(Serialization())

    region.set("k", value)
    assert region.get("k") == value
    assert type(region.get("k")) is type(value)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x80\x09K\x01.", "protocol"),
        (pickle.dumps({"a": 1}, 4)[:-2], "corrupt"),
        (b"cos\nsystem\n(S'true'\ntR.", "rejected-name"),
        (b"", "corrupt"),
        (b"garbage", "corrupt"),
        (b"N" + b"r\xff\xff\xff\x0f.", "over-budget"),
    ],
)
def test_an_unreadable_payload_is_computed_anew(payload: bytes, reason: str) -> None:
    """Counted with its reason."""
    serialization = Serialization(reads="dogpile")
    region, kept = region_in_memory(serialization)
    region.set("k", 1)
    kept["k"] = kept["k"].partition(b"|")[0] + b"|" + payload

    assert region.get("k") is NO_VALUE
    assert dict(serialization.counters().misses) == {reason: 1}
    assert region.get_or_create("k", lambda: 5) == 5
    assert region.get("k") == 5


def test_a_flipped_bit_is_no_other_value() -> None:
    """Whichever bit of a payload it is."""
    dumps, loads = serializer(), deserializer()
    payload = dumps({"a": [1, 2]})

    for position in range(len(payload) * 8):
        damaged = bytearray(payload)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(CantDeserializeException):
            loads(bytes(damaged))


def test_on_redis_it_moves_in_and_out(original: MakeRegion) -> None:
    """A plain region and one with the pair read each other until the flip."""
    at_floor = Serialization(reads="dogpile", writes="dogpile", floor="3.8")
    plain = original()
    paired = original(region={"serializer": at_floor.dumps, "deserializer": at_floor.loads})
    plain.set("old", {"a": 1})
    paired.set("new", {"b": 2})

    assert paired.get("old") == {"a": 1}
    assert plain.get("new") == {"b": 2}


def test_what_cannot_be_stored_raises() -> None:
    """A region has no other way not to store it."""
    low = Serialization(writes="dogpile", reads="dogpile", floor="3.6", allow=["zoneinfo.*"])
    zoneinfo = pytest.importorskip("zoneinfo")

    with pytest.raises(NotPortable):
        serializer()(object())
    with pytest.raises(NotPortable):
        serializer(max_bytes=100)("x" * 200)
    with pytest.raises(NotPortable):
        low.dumps(zoneinfo.ZoneInfo("UTC"))
    assert dict(low.counters().not_stored) == {"below-floor": 1}
