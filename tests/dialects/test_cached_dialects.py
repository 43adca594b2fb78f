"""Caches that read another library's entries: what cannot be read is a miss, counted and healed."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import redis

from shelflife import Cache, Event, Miss, Reason
from shelflife.errors import ConfigurationError

_READS = ["flask-caching", "django", "django-redis", "dogpile", "aiocache", "aiocache:pickle"]
_READS += ["django-redis:json+zlib", "django-redis:msgpack", "dogpile:json", "aiocache:string"]
_COUNTING = [name for name in _READS if name != "aiocache:string"]
_HEAD = b'{"ct": 1795417391.9992812, "v": 2}|'
_NEVER_TEXT = b"\xff\xfe\xfd"


@pytest.fixture
def raw(redis_url: str) -> Any:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def unreadable(name: str) -> bytes:
    """An entry that no reader of that name reads."""
    if name.startswith("dogpile"):
        return _HEAD + _NEVER_TEXT
    return (b"!" if name == "flask-caching" else b"") + _NEVER_TEXT


@pytest.mark.parametrize("name", _READS)
@pytest.mark.parametrize("writes", [True, False], ids=["its own", "ours"])
def test_what_cannot_be_read_is_counted_and_healed_by_a_write(
    name: str, writes: bool, redis_url: str, raw: redis.Redis
) -> None:
    """It spoils no batch, stays where it is, and is overwritten by what can be read."""
    options: Any = {"writes": name, "floor": "3.8"} if writes else {}
    events: list[Event] = []
    with Cache(redis_url, prefix="p:", reads=name, hooks=[events.append], **options) as cache:
        raw.set("p:bad", unreadable(name))
        cache.set("good", "value")
        found = cache.lookup("bad")
        assert isinstance(found, Miss)
        assert cache.get_many(["bad", "good"]) == {"good": "value"}
        assert not cache.has("bad")
        assert raw.get("p:bad") == unreadable(name)
        assert cache.counters().misses[found.reason.value] == 3
        assert {event.reason for event in events} == {found.reason.value}
        assert cache.set("bad", "healed")
        assert cache.get("bad") == "healed"
        raw.rpush("p:list", 1)
        assert cache.lookup("list").reason is Reason.WRONG_TYPE  # type: ignore[union-attr]


@pytest.mark.parametrize("name", _COUNTING)
def test_the_servers_counters_are_read_beside_it(name: str, redis_url: str) -> None:
    """Whichever library's entries are read, what was counted is a number."""
    with Cache(redis_url, prefix="p:", reads=name, writes=name, floor="3.8") as cache:
        for wanted in range(1, 13):
            assert cache.incr("hits") == wanted
            assert cache.get("hits") == wanted


def test_digits_that_are_text_are_not_counted(redis_url: str) -> None:
    """A counter would be read as text."""
    with Cache(redis_url, prefix="p:", reads="aiocache:string") as cache:
        with pytest.raises(ConfigurationError, match="digits are no number"):
            cache.incr("hits")
        assert not cache.has("hits")


@pytest.mark.parametrize("name", ["django-redis:json+zlib", "dogpile", "aiocache"])
def test_a_value_that_was_not_written_leaves_no_older_one(name: str, redis_url: str) -> None:
    """Nor does one that is too large."""
    options: Any = {"reads": name, "writes": name, "floor": "3.8", "max_bytes": 2_000}
    with Cache(redis_url, prefix="p:", **options) as cache:
        cache.set("key", "older")
        assert not cache.set("key", repr(list(range(3_000))))
        assert not cache.has("key")


def test_too_large_an_entry_is_a_miss(redis_url: str, raw: redis.Redis) -> None:
    """Before anything is done with it, and while it is unpacked."""
    raw.set("p:long", pickle.dumps("x" * 3_000))
    with Cache(redis_url, prefix="p:", reads="django", max_bytes=2_000) as cache:
        assert cache.lookup("long").reason is Reason.TOO_LARGE  # type: ignore[union-attr]


def test_moving_in_and_out_again_loses_nothing(redis_url: str, raw: redis.Redis) -> None:
    """Each release reads what the one before it wrote, and what the one after it writes."""
    raw.set(":1:old", pickle.dumps({"by": "django"}))
    own: Any = {"reads": "django", "writes": "django", "floor": "3.8"}
    with (
        Cache(redis_url, prefix=":1:", **own) as first,
        Cache(redis_url, prefix=":1:", reads="django") as second,
        Cache(redis_url, prefix=":1:") as third,
    ):
        first.set("first", (1,))
        second.set("second", (2,))
        third.set("third", (3,))
        entry: Any = raw.get(":1:first")
        assert pickle.loads(entry) == (1,)
        for cache in (first, second):
            assert [cache.get(key) for key in ("old", "first", "second", "third")] == [
                *({"by": "django"}, (1,)),
                *((2,), (3,)),
            ]
        assert third.lookup("old").reason is Reason.FOREIGN  # type: ignore[union-attr]
