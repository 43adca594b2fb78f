"""Django's methods mean what Django says; Django's own suite is in `test_peers_suite.py`."""

from __future__ import annotations

import asyncio
import pickle
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.core.cache import CacheKeyWarning, InvalidCacheKey, caches
from django.core.exceptions import ImproperlyConfigured

from shelflife import ConfigurationError, Hit, Miss, NotPortable, Reason
from shelflife.django import ShelflifeCache
from shelflife.testing import PrivateServer

VALUES = [None, 0, -1, 1.5, "text", b"bytes", (1, [2]), {3: {4}}, True]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_set_is_got(cache: Any, value: Any) -> None:
    """None included, type for type."""
    assert cache.set("k", value) is True

    assert cache.get("k", "nothing") == value
    assert type(cache.get("k")) is type(value)
    assert cache.get_many(["k", "none"]) == {"k": value}
    assert "k" in cache


def test_keys_are_those_of_django(cache: Any, server: PrivateServer) -> None:
    """So that entries of Django's own backend are found."""
    cache.set("article:1", 1)
    cache.set("article:1", 2, version=7)

    with redis.Redis.from_url(server.url) as client:
        assert sorted(client.keys()) == [b":1:article:1", b":7:article:1"]


@pytest.mark.parametrize("timeout", ["60", Decimal("60.5"), 60.5, timedelta(minutes=1)])
def test_a_timeout_is_whatever_django_takes(
    cache: Any, server: PrivateServer, timeout: Any
) -> None:
    """Text as well, as from the environment."""
    for write in (cache.set, cache.add, cache.get_or_set):
        cache.delete("k")
        write("k", 1, timeout)
        with redis.Redis.from_url(server.url) as client:
            assert 55_000 < client.pttl(":1:k") <= 60_500


def test_a_timeout_that_is_no_number_removes_nothing(cache: Any) -> None:
    """As Django, which raises; but says what it takes."""
    cache.set("k", 1)
    with pytest.raises(ConfigurationError, match="nan"):
        cache.set("k", 2, float("nan"))
    with pytest.raises(ConfigurationError, match="nan"):
        cache.touch("k", float("nan"))

    assert cache.get("k") == 1


@pytest.mark.parametrize("timeout", [0, -5, "0"])
def test_no_time_to_live_removes(cache: Any, timeout: Any) -> None:
    """In each way of writing."""
    for write in (cache.set, lambda k, v, t: cache.set_many({k: v}, t), cache.touch):
        cache.set("k", "old")
        write(*(("k", timeout) if write == cache.touch else ("k", "new", timeout)))
        assert cache.get("k") is None

    assert cache.add("k", "new", timeout) is True
    assert cache.get("k") is None


def test_a_fraction_of_a_second_is_kept(cache: Any, server: PrivateServer) -> None:
    """Unlike Django's own, which has whole ones."""
    cache.set("k", 1, timeout=0.5)

    with redis.Redis.from_url(server.url) as client:
        assert 0 < client.pttl(":1:k") <= 500


def test_counting_keeps_the_timeout(cache: Any, server: PrivateServer) -> None:
    """And refuses what cannot be counted, as Django's backends do."""
    cache.set("k", 41, timeout=100)
    cache.set("text", "x")

    assert cache.incr("k") == 42
    assert cache.decr("k", 2) == cache.get("k") == 40
    with redis.Redis.from_url(server.url) as client:
        assert 90_000 < client.pttl(":1:k") <= 100_000
    with pytest.raises(ValueError, match="'none' not found"):
        cache.incr("none")
    with pytest.raises(TypeError, match="'text' holds no number"):
        cache.incr("text")


def test_a_version_moves_with_its_timeout(cache: Any, server: PrivateServer) -> None:
    """And leaves nothing behind."""
    cache.set("k", None, timeout=100)

    assert cache.incr_version("k") == 2
    assert cache.get("k", "gone") == "gone"
    assert cache.get("k", "gone", version=2) is None
    with redis.Redis.from_url(server.url) as client:
        assert 90_000 < client.pttl(":2:k") <= 100_000
    with pytest.raises(ValueError, match="not found"):
        cache.incr_version("k")


def test_clear_is_below_the_prefix(configure: Any, server: PrivateServer) -> None:
    """All versions of it, and nothing of others in the same database."""
    with redis.Redis.from_url(server.url) as client:
        client.set("celery", 1)
        ours, others = configure(KEY_PREFIX="a*"), None
        ours.set_many({"k": 1, "l": 2}, version=3)
        others = configure(KEY_PREFIX="ab")
        others.set("k", 1)

        assert ours.clear() is True
        assert sorted(client.keys()) == [b"ab:1:k", b"celery"]


def test_clear_follows_a_key_function(configure: Any, server: PrivateServer) -> None:
    """Where it begins keys with something fixed; else there is no telling."""
    with redis.Redis.from_url(server.url) as client:
        client.set("other", 1)
        cache = configure(KEY_FUNCTION=lambda key, prefix, version: f"mine-{version}-{key}")
        cache.set("k", 1)
        assert cache.clear() is True
        assert client.keys() == [b"other"]

        cache = configure(
            KEY_PREFIX="mine", KEY_FUNCTION=lambda key, prefix, version: f"{prefix}{version:d}{key}"
        )
        for version in (1, 2, 10):
            cache.set("k", 1, version=version)
        assert cache.clear() is True
        assert client.keys() == [b"other"]


@pytest.mark.parametrize("prefix", ["", "mine"])
@pytest.mark.parametrize("name", ["{key}{version}", "o{version}-{prefix}-{key}", "{key}-{prefix}"])
def test_clear_does_not_guess(configure: Any, prefix: str, name: str) -> None:
    """A letter that all keys have in common may be one of others' keys as well."""
    cache = configure(
        KEY_PREFIX=prefix,
        KEY_FUNCTION=lambda key, prefix, version: name.format(
            key=key, prefix=prefix, version=version
        ),
    )
    with pytest.raises(ImproperlyConfigured, match="KEY_FUNCTION"):
        cache.clear()


def test_what_is_not_portable_is_told(cache: Any) -> None:
    """And the old value does not outlive its update."""
    cache.set("k", "old")
    with pytest.raises(NotPortable, match="value\\['x'\\]"):
        cache.set("k", {"x": object()})

    assert cache.get("k") is None
    with pytest.raises(NotPortable):
        cache.set_many({"a": object(), "b": 1})
    assert cache.get("b") == 1


def test_get_or_set_keeps_the_first(cache: Any) -> None:
    """Whoever stores first decides, and None is a value."""
    calls = []

    def compute() -> Any:
        calls.append(1)
        cache.set("k", "theirs")
        return "ours"

    assert cache.get_or_set("k", compute) == "theirs"
    assert cache.get_or_set("n", lambda: None) is None
    assert cache.get_or_set("n", 1) is None
    assert cache.get_or_set("brief", 1, timeout=0) == 1
    assert cache.get("brief") is None
    assert isinstance(cache.get_or_set("o", object), object)
    assert len(calls) == 1


def test_every_thread_has_the_same_connections_and_counters(cache: Any) -> None:
    """Though Django gives each a backend of its own."""
    cache.set("k", 1)
    others = []

    def read() -> None:
        mine = caches["default"]
        others.append(mine)
        assert mine.get("k") == 1

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(other) for other in [*others, cache]}) == 4
    assert cache.counters().hits == 3


def test_both_sides_are_counted_and_told(cache: Any) -> None:
    """Whichever has met an entry."""
    told: list[Any] = []
    cache.on_event(told.append)

    async def read() -> None:
        await cache.aset("k", 1)
        assert await cache.aget("k") == cache.get("k") == 1
        with redis.Redis.from_url(f"{cache.address}") as client:
            client.set(":1:article:1", b"\x80\x05.")
        assert await cache.aget("article:1") is None
        assert cache.get("article:1") is None

    asyncio.run(read())

    assert cache.counters().hits == 2
    assert cache.counters().misses["foreign"] == 2
    assert [event.key_class for event in told] == [":1:article:*"] * 2


def test_a_lookup_says_why(cache: Any, server: PrivateServer) -> None:
    """Blocking and async."""
    cache.set("k", None)
    with redis.Redis.from_url(server.url) as client:
        client.set(":1:bad", pickle.dumps(1))
        bad = cache.lookup("bad")

    assert isinstance(bad, Miss)
    assert bad.reason is Reason.FOREIGN
    assert cache.lookup("k") == Hit(None)
    assert asyncio.run(cache.alookup("k")) == Hit(None)


def test_the_default_timeout(configure: Any, server: PrivateServer) -> None:
    """None, some, a part of a second, and none at all."""
    with redis.Redis.from_url(server.url) as client:
        for given, low, high in ((None, -1, -1), (60, 50_000, 60_000), (0.5, 1, 500), (0, -2, -2)):
            cache = configure(TIMEOUT=given)
            cache.set("k", 1)
            assert low <= client.pttl(":1:k") <= high, given


@pytest.mark.parametrize("key", ["with space", "k" * 250, "tab\t", "\x7f"])
def test_keys_that_others_would_not_take_are_warned_of(cache: Any, key: str) -> None:
    """As by Django; and a `validate_key` of one's own is asked about each."""
    with pytest.warns(CacheKeyWarning):
        cache.set(key, 1)
    with pytest.warns(CacheKeyWarning):
        assert cache.get_many([key]) == {key: 1}

    class Strict(ShelflifeCache):
        def validate_key(self, key: str) -> None:
            raise InvalidCacheKey(key)

    with pytest.raises(InvalidCacheKey):
        Strict("memory://", {}).get("fine")


def test_entries_of_one_process(configure: Any) -> None:
    """Are the same for both sides."""
    cache = configure(LOCATION="memory://")
    cache.set("k", 1)

    assert asyncio.run(cache.aget("k")) == 1
    assert repr(cache) == "ShelflifeCache('memory://', key_prefix='')"
