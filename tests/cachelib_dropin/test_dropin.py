"""The drop-in beside the original, on one server: same calls, same answers, same bytes read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import redis

from shelflife import Cache, Event, Miss
from shelflife.cachelib import RedisCache
from shelflife.testing import PrivateServer

VALUES = [
    None, True, False, 0, 7, -3, 2**40, 2**70, 1.5, "", "text", "café \U0001f980", b"", b"\x00\xff",
    [1, [2]], (1, (2,)), {"a": {"b": None}}, {1, 2}, frozenset({3}), dt.datetime(2019, 11, 4, 12),
    dt.date(2019, 11, 4), dt.timedelta(seconds=1), Decimal("1.50"), 1j, bytearray(b"x"),
]  # fmt: skip


@pytest.fixture
def mine(server: PrivateServer) -> Iterator[RedisCache]:
    """Ours, with the original's defaults."""
    cache = RedisCache("127.0.0.1", server.port, key_prefix="k:")
    yield cache
    cache.close()


@pytest.fixture
def original(server: PrivateServer) -> Any:
    """The unmodified cachelib.RedisCache."""
    cachelib = pytest.importorskip("cachelib", reason="cachelib is not installed")
    with redis.Redis(port=server.port) as client:
        yield cachelib.RedisCache(client, key_prefix="k:")


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_each_reads_what_the_other_writes(mine: RedisCache, original: Any, value: Any) -> None:
    """Type for type, in both directions."""
    assert original.set("a", value)
    assert mine.set("b", value) is True

    for found in (mine.get("a"), original.get("b"), mine.get("b")):
        assert found == value
        assert type(found) is type(value)


def test_the_same_calls_give_the_same_answers(mine: RedisCache, original: Any) -> None:
    """Return values and all."""

    def use(cache: Any) -> list[Any]:
        cache.clear()
        return [
            cache.set("a", 1),
            cache.add("a", 2),
            cache.add("b", 2),
            cache.set("forever", "x", timeout=0),
            cache.set("short", "x", timeout=dt.timedelta(seconds=5)),
            cache.set_many({"c": 3, "d": None}),
            cache.get("a"),
            cache.get("nothing"),
            cache.get_many("a", "nothing", "c"),
            cache.get_dict("a", "nothing"),
            cache.has("a"),
            cache.has("nothing"),
            cache.inc("n"),
            cache.inc("n", 5),
            cache.dec("n", 2),
            cache.get("n"),
            cache.delete("a"),
            cache.delete("a"),
            cache.delete_many("b", "nothing"),
            cache.delete_many(),
            cache.clear(),
            cache.clear(),
        ]

    assert use(mine) == use(original)


def test_expiry_is_the_originals(mine: RedisCache, server: PrivateServer) -> None:
    """300 seconds by default; 0 is for ever; counters are created without."""
    mine.set("a", 1)
    mine.set("b", 1, timeout=0)
    mine.add("c", 1, timeout=9)
    mine.inc("n")
    with redis.Redis(port=server.port) as raw:
        assert 299 <= raw.ttl("k:a") <= 300
        assert raw.ttl("k:b") == -1
        assert 8 <= raw.ttl("k:c") <= 9
        assert raw.ttl("k:n") == -1


@pytest.mark.parametrize(
    "entry", [b"!\x80\x05", b"!garbage", b"!\x80\x09K\x01.", b"!cno\nwhere\n."]
)
def test_what_raises_in_the_original_is_a_miss(
    mine: RedisCache, server: PrivateServer, entry: bytes
) -> None:
    """And `has` says so too."""
    with redis.Redis(port=server.port) as raw:
        raw.set("k:a", entry)

    assert mine.get("a") is None
    assert mine.get_many("a") == [None]
    assert mine.has("a") is False
    assert sum(mine.counters().misses.values()) == 3


def test_raw_values_are_given_as_bytes(mine: RedisCache, server: PrivateServer) -> None:
    """As before serialization existed; integers as the original's int() takes them."""
    with redis.Redis(port=server.port) as raw:
        raw.mset({"k:a": b"plain", "k:b": b" 7 ", "k:c": b"007", "k:d": b"\xff\xfe"})

    assert mine.get_many("a", "b", "c", "d") == [b"plain", 7, 7, b"\xff\xfe"]


class Article:
    """Nobody allowed it."""


def test_what_cannot_be_written_is_not_and_leaves_no_old_value(mine: RedisCache) -> None:
    """No exception where the original would have pickled; told by counters and hooks."""
    seen: list[Event] = []
    mine.on_event(seen.append)
    mine.set("a", "old")

    assert mine.set("a", Article()) is False
    assert mine.get("a") is None
    assert mine.add("b", Article()) is False
    assert mine.set_many({"c": 1, "d": Article()}) == ["c"]
    assert mine.counters().not_stored == {"not-portable": 3}
    assert "allow=[" in seen[0].detail


def test_what_python_2_could_not_read_is_not_written(
    mine: RedisCache, server: PrivateServer
) -> None:
    """The floor is 2.7 unless told otherwise."""
    utc = dt.datetime(2019, 11, 4, tzinfo=dt.timezone.utc)
    assert mine.set("a", {"at": utc}) is False
    assert mine.counters().not_stored == {"below-floor": 1}

    newer = RedisCache("127.0.0.1", server.port, key_prefix="k:", floor="3.8")
    assert newer.set("a", {"at": utc}) is True
    assert newer.get("a") == {"at": utc}
    newer.close()


def test_unmodified_clients_take_our_envelopes_for_a_miss(
    original: Any, server: PrivateServer
) -> None:
    """While werkzeug is read, envelopes carry the guard byte: a rollback never sees raw bytes."""
    with Cache(server.url, prefix="k:", reads="werkzeug") as cache:
        for number, value in enumerate(VALUES):
            cache.set(str(number), value)
        keys = [str(number) for number in range(len(VALUES))]

        assert original.get_many(*keys) == [None] * len(VALUES)
        assert [cache.get(key) for key in keys] == VALUES


def test_the_flip_and_the_way_back(original: Any, server: PrivateServer) -> None:
    """Three deploys, each rolled back once: every read is right or a miss."""
    url = server.url
    first = Cache(url, prefix="k:", reads="werkzeug", writes="werkzeug", floor="2.7")
    second = Cache(url, prefix="k:", reads="werkzeug")
    third = Cache(url, prefix="k:")
    releases: list[Any] = [original, first, second, third, second, first, original]
    for turn, release in enumerate(releases):
        release.set("k", ["value", turn])
        for reader in releases:
            found = reader.get("k")
            assert found in (["value", turn], None) or (reader is original and release is third)
        assert release.get("k") == ["value", turn]
    for cache in (first, second, third):
        cache.close()


def test_constructor_of_the_original(server: PrivateServer) -> None:
    """Positional arguments, a client in place of a host, prefixes that are functions."""
    client = redis.Redis(port=server.port)
    for cache in (
        RedisCache("127.0.0.1", server.port, None, 0, 300, "p:"),
        RedisCache(client, key_prefix="p:"),
        RedisCache("127.0.0.1", server.port, key_prefix=lambda: "p:", socket_timeout=1),
        RedisCache("127.0.0.1", server.port, key_prefix="p:", check_connection=True),
    ):
        cache.set("k", 1)
        assert client.get("p:k") == b"1"
        cache.clear()
        assert client.get("p:k") is None
        cache.close()
    client.close()
    with pytest.raises(ValueError, match="host"):
        RedisCache(None)
    with pytest.raises(RuntimeError, match="could not connect"):
        RedisCache("127.0.0.1", 1, check_connection=True)


def test_a_server_that_fails_is_a_miss() -> None:
    """Where the original raises."""
    cache = RedisCache("127.0.0.1", 1)

    assert cache.get("k") is None
    assert cache.set("k", 1) is False
    assert cache.delete("k") is False
    assert cache.delete_many("k") == []
    assert cache.inc("k") is None
    assert cache.clear() is False
    strict = RedisCache("127.0.0.1", 1, ignore_delete_many_errors=False)
    with pytest.raises(RuntimeError, match="did not confirm"):
        strict.delete_many("k")


def test_moved_on_to_our_own_entries(server: PrivateServer) -> None:
    """writes="shelflife", when no other reader is left."""
    cache = RedisCache("127.0.0.1", server.port, writes="shelflife", reads=None)

    assert cache.set("k", {"at": dt.datetime(2019, 11, 4, tzinfo=dt.timezone.utc)}) is True
    with redis.Redis(port=server.port) as raw:
        assert raw.get("k").startswith(b"\xc1SL\x01")
    assert not isinstance(cache.get("k"), Miss)
    cache.close()


def test_minus_one_is_no_expiry_and_clearing_nothing_is_fine(
    server: PrivateServer, original: Any
) -> None:
    """As in the original."""
    cache = RedisCache("127.0.0.1", server.port)
    assert cache.clear() is True
    assert cache.set("k", "v", timeout=-1) is True
    with redis.Redis(port=server.port) as raw:
        assert raw.ttl("k") == -1
    cache.close()
