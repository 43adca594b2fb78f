"""In and out: entries of dogpile's own backend are read, and read what we write at a floor."""

from __future__ import annotations

import json
import pickle
import time
from typing import Any

import pytest
import redis

from dogpile_backend.conftest import MakeRegion, misses
from shelflife.testing import PrivateServer

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

from dogpile.cache.api import NO_VALUE, CachedValue

VALUES = [None, 1, "text", b"bytes", (1, [2.5, {3}]), {"a": {"b": None}}]
AT_FLOOR = {"reads": "dogpile", "writes": "dogpile", "floor": "3.8"}


@pytest.mark.parametrize("value", VALUES)
def test_each_reads_the_other(make: MakeRegion, original: MakeRegion, value: Any) -> None:
    """With the same time of creation."""
    old, new = original(), make(**AT_FLOOR)
    old.set("old", value)
    new.set("new", value)
    new.set_multi({"newer": value})

    assert new.get("old") == old.get("new") == value
    assert old.get_multi(["new", "newer"]) == [value, value]
    for key in ("new", "old"):
        assert new._get_from_backend(key) == old._get_from_backend(key)


def test_the_form_of_dogpile_1_0_is_read(make: MakeRegion, server: PrivateServer) -> None:
    """A pickled `CachedValue` of its first version."""
    entry = pickle.dumps(CachedValue({"a": 1}, {"ct": time.time(), "v": 1}), 4)
    with redis.Redis.from_url(server.url) as raw:
        raw.set("k", entry)

    region = make(reads="dogpile")
    assert region.get("k") == {"a": 1}
    assert region.get("k", expiration_time=0.000001) is NO_VALUE


def test_the_form_of_dogpile_1_0_is_written_for_its_readers(
    make: MakeRegion, server: PrivateServer
) -> None:
    """With the version that they expect."""
    region = make(reads="dogpile", writes="dogpile:cached-value", floor="2.7")
    region.set("k", {"a": 1})

    with redis.Redis.from_url(server.url) as raw:
        entry = pickle.loads(raw.get("k") or b"")
    assert entry[0] == {"a": 1}
    assert entry[1]["v"] == 1
    assert region.get("k") == {"a": 1}


def test_json_regions_move_as_well(make: MakeRegion, original: MakeRegion) -> None:
    """With a serializer of the region's own, whose bytes stay as they are."""
    pair = {"serializer": lambda v: json.dumps(v).encode(), "deserializer": json.loads}
    old, new, later = original(region=pair), make(region=pair, **AT_FLOOR), make(region=pair)
    old.set("old", {"a": 1})
    new.set("new", [1])
    later.set("later", "x")

    assert new.get("old") == {"a": 1}
    assert old.get("new") == [1]
    assert new.get("later") == later.get("later") == "x"
    assert later.get("new") is NO_VALUE


def test_a_value_below_the_floor_is_not_stored(make: MakeRegion) -> None:
    """And no older one is left; it is counted, and nothing raises."""
    region = make(reads="dogpile", writes="dogpile", floor="3.6", allow=["zoneinfo.*"])
    region.set("k", 1)
    zoneinfo = pytest.importorskip("zoneinfo")

    region.set("k", zoneinfo.ZoneInfo("UTC"))
    assert region.get("k") is NO_VALUE
    assert dict(region.actual_backend.cache.counters().not_stored) == {"below-floor": 1}


def test_after_the_flip_both_forms_are_read(make: MakeRegion) -> None:
    """New entries are envelopes; the way back is the same."""
    first, second, third = make(**AT_FLOOR), make(reads="dogpile"), make()
    first.set("first", 1)
    second.set("second", 2)

    assert second.get_multi(["first", "second"]) == [1, 2]
    assert first.get_multi(["first", "second"]) == [1, 2]
    assert third.get_multi(["first", "second"]) == [NO_VALUE, 2]
    assert misses(third) == {"foreign": 1}
