"""What each command does, told of a real server, in both versions of RESP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Optional

import pytest

from shelflife.stores import Limits
from shelflife.stores.address import Address
from shelflife.stores.connection_sync import Connection
from shelflife.stores.tap import ALL_DATABASES, Effect, Tap
from stores.tap.told import Told

Words = tuple[Any, ...]
Send = Callable[..., Any]


def read(entry: Optional[bytes] = b"v", key: bytes = b"k", **more: Any) -> Effect:
    return Effect("read", key, entry, **more)


def write(entry: Optional[bytes] = b"v", key: bytes = b"k", **more: Any) -> Effect:
    return Effect("write", key, entry, **more)


def delete(entry: Optional[bytes] = None, key: bytes = b"k", **more: Any) -> Effect:
    return Effect("delete", key, entry, **more)


def refused(key: bytes = b"k", **more: Any) -> Effect:
    return Effect("refused", key, **more)


def expire(ttl: Optional[float]) -> Effect:
    return Effect("expire", b"k", None, ttl)


def opaque(*keys: bytes) -> list[Effect]:
    return [Effect("opaque", key) for key in keys]


def of(redis_type: str, *effects: Effect) -> list[Effect]:
    return [effect._replace(redis_type=redis_type) for effect in effects]


SOON = int(time.time()) + 10_000  # as a time of the clock: in some ten thousand seconds
NOTHING: list[Effect] = []

# What comes before, the command, its effects.
STRINGS: list[tuple[list[Words], Words, list[Effect]]] = [
    ([], ("GET", "k"), [read(None)]),
    ([("SET", "k", "v")], ("GET", "k"), [read()]),
    ([("SET", "k", "v")], ("get", "k"), [read()]),
    ([("LPUSH", "k", "v")], ("GET", "k"), NOTHING),
    ([("SET", "k", "v")], ("MGET", "k", "gone"), [read(), read(None, b"gone")]),
    ([], ("SET", "k", "v"), [write()]),
    ([], ("SET", "k", ""), [write(b"")]),
    ([], ("SET", "k", "v", "EX", "10"), [write(ttl=10.0)]),
    ([], ("SET", "k", "v", "px", "1500", "nx"), [write(ttl=1.5)]),
    ([], ("SET", "k", "v", "EXAT", SOON), [write(ttl=10_000.0)]),
    ([], ("SET", "k", "v", "PXAT", SOON * 1000), [write(ttl=10_000.0)]),
    ([("SET", "k", "o")], ("SET", "k", "v", "NX"), [refused()]),
    ([], ("SET", "k", "v", "XX"), NOTHING),
    ([("SET", "k", "o")], ("SET", "k", "v", "XX", "KEEPTTL"), [write()]),
    ([], ("SET", "k", "v", "GET"), [read(None), write()]),
    ([("SET", "k", "o")], ("SET", "k", "v", "GET", "EX", "10"), [read(b"o"), write(ttl=10.0)]),
    ([("SET", "k", "o")], ("SET", "k", "v", "XX", "GET"), [read(b"o"), write()]),
    ([], ("SET", "k", "v", "XX", "GET"), [read(None)]),
    ([], ("SETEX", "k", "10", "v"), [write(ttl=10.0)]),
    ([], ("PSETEX", "k", "1500", "v"), [write(ttl=1.5)]),
    ([], ("SETNX", "k", "v"), [write()]),
    ([("SET", "k", "o")], ("SETNX", "k", "v"), [refused()]),
    ([], ("MSET", "k", "v", "l", "w"), [write(), write(b"w", b"l")]),
    ([], ("MSETNX", "k", "v", "l", "w"), [write(), write(b"w", b"l")]),
    ([("SET", "l", "o")], ("MSETNX", "k", "v", "l", "w"), [refused(), refused(b"l")]),
    ([], ("APPEND", "k", "v"), [write()]),
    ([("SET", "k", "o")], ("APPEND", "k", "v"), [write(None)]),
    ([("SET", "k", "old")], ("SETRANGE", "k", "1", "v"), [write(None)]),
    ([("SET", "k", "o")], ("GETSET", "k", "v"), [read(b"o"), write()]),
    ([("SET", "k", "v")], ("GETDEL", "k"), [read(), delete()]),
    ([], ("GETDEL", "k"), [read(None)]),
    ([("SET", "k", "v")], ("GETEX", "k"), [read()]),
    ([("SET", "k", "v")], ("GETEX", "k", "EX", "10"), [read(), expire(10.0)]),
    ([("SET", "k", "v")], ("GETEX", "k", "PERSIST"), [read(), expire(None)]),
    ([], ("GETEX", "k", "EX", "10"), [read(None)]),
    ([("SET", "k", "v")], ("GETRANGE", "k", "0", "-1"), [read()]),
    ([("SET", "k", "v")], ("GETRANGE", "k", "0", "5"), opaque(b"k")),
    ([("SET", "k", "v")], ("STRLEN", "k"), NOTHING),
    ([("SET", "k", "v")], ("EXISTS", "k"), NOTHING),
    ([], ("INCR", "k"), [Effect("count", b"k", b"1")]),
    ([("SET", "k", "5")], ("DECRBY", "k", "7"), [Effect("count", b"k", b"-2")]),
    ([], ("INCRBYFLOAT", "k", "1.5"), [Effect("count", b"k", b"1.5")]),
    ([("SET", "k", "v")], ("INCR", "k"), NOTHING),
    ([], ("SETBIT", "k", "1", "1"), [write(None)]),
]
KEYS: list[tuple[list[Words], Words, list[Effect]]] = [
    ([("SET", "k", "v")], ("DEL", "k"), [delete()]),
    ([("SET", "k", "v")], ("UNLINK", "k", "l"), [delete(), delete(key=b"l")]),
    ([], ("DEL", "k"), NOTHING),
    ([("SET", "k", "v")], ("EXPIRE", "k", "10"), [expire(10.0)]),
    ([("SET", "k", "v")], ("PEXPIRE", "k", "1500"), [expire(1.5)]),
    ([("SET", "k", "v")], ("EXPIREAT", "k", SOON), [expire(10_000.0)]),
    ([("SET", "k", "v")], ("PEXPIREAT", "k", SOON * 1000), [expire(10_000.0)]),
    ([("SET", "k", "v")], ("EXPIRE", "k", "-1"), [delete()]),
    ([], ("EXPIRE", "k", "10"), NOTHING),
    ([("SETEX", "k", "10", "v")], ("PERSIST", "k"), [expire(None)]),
    ([("SET", "k", "v")], ("PERSIST", "k"), NOTHING),
    ([("SET", "k", "v")], ("RENAME", "k", "l"), [delete(), write(None, b"l")]),
    ([("SET", "k", "v")], ("COPY", "k", "l"), [write(None, b"l")]),
    ([("SET", "k", "v")], ("COPY", "k", "l", "DB", "3"), [write(None, b"l", database=3)]),
    ([], ("COPY", "k", "l"), NOTHING),
    ([("SET", "k", "v")], ("MOVE", "k", "3"), [delete(), write(None, database=3)]),
    ([], ("FLUSHDB",), [Effect("clear", b"")]),
    ([("SELECT", "2")], ("FLUSHDB", "ASYNC"), [Effect("clear", b"", database=2)]),
    ([("SELECT", "2")], ("FLUSHALL",), [Effect("clear", b"", database=ALL_DATABASES)]),
    ([("SELECT", "2")], ("SWAPDB", "0", "1"), [
        Effect("opaque", b""), Effect("opaque", b"", database=1),
    ]),
    ([("SELECT", "2")], ("SET", "k", "v"), [write(database=2)]),
    ([("SET", "k", "v")], ("DUMP", "k"), opaque(b"k")),
    ([("RPUSH", "k", "2", "1")], ("SORT", "k"), opaque(b"k")),
    ([("SADD", "k", "a")], ("SUNION", "k", "l"), opaque(b"k", b"l")),
    ([], ("ZUNIONSTORE", "m", "2", "k", "l"), opaque(b"m", b"k", b"l")),
    ([], ("PING",), NOTHING),
    ([], ("TTL", "k"), NOTHING),
    ([], ("TYPE", "k"), NOTHING),
    ([], ("SCAN", "0"), NOTHING),
    ([], ("INFO",), NOTHING),
    ([], ("NO-SUCH-COMMAND", "k"), NOTHING),
    ([], ("EVAL", "return redis.call('SET', KEYS[1], 'v')", "1", "k"), opaque(b"k")),
    ([], ("EVAL", "redis.call('SET', KEYS[1], 'v'); return {err='x'}", "1", "k"), opaque(b"k")),
    ([], ("EVAL", "return 1", "0"), opaque(b"")),
    ([], ("EVAL", "return 1", "2", "k", "l", "argument"), opaque(b"k", b"l")),
    ([], ("EVALSHA", "0" * 40, "1", "k"), NOTHING),
]  # fmt: skip
HASHES: list[tuple[list[Words], Words, list[Effect]]] = [
    ([], ("HSET", "k", "f", "v", "g", "w"), [write(field=b"f"), write(b"w", field=b"g")]),
    ([], ("HMSET", "k", "f", "v"), [write(field=b"f")]),
    ([], ("HSETNX", "k", "f", "v"), [write(field=b"f")]),
    ([("HSET", "k", "f", "o")], ("HSETNX", "k", "f", "v"), [refused(field=b"f")]),
    ([("HSET", "k", "f", "v")], ("HGET", "k", "f"), [read(field=b"f")]),
    ([], ("HGET", "k", "f"), [read(None, field=b"f")]),
    ([("HSET", "k", "f", "v")], ("HMGET", "k", "f", "g"), [
        read(field=b"f"), read(None, field=b"g"),
    ]),
    ([("HSET", "k", "f", "v")], ("HGETALL", "k"), [read(field=b"f")]),
    ([], ("HGETALL", "k"), [read(None)]),
    ([("HSET", "k", "f", "v")], ("HVALS", "k"), [read()]),
    ([("HSET", "k", "f", "v")], ("HSCAN", "k", "0"), [read(field=b"f")]),
    ([("HSET", "k", "f", "v")], ("HDEL", "k", "f"), [delete(field=b"f")]),
    ([], ("HDEL", "k", "f"), NOTHING),
    ([], ("HINCRBY", "k", "f", "3"), [Effect("count", b"k", b"3", field=b"f")]),
    ([], ("HKEYS", "k"), NOTHING),
    ([("SET", "k", "v")], ("HSET", "k", "f", "v"), NOTHING),
]  # fmt: skip
SETS: list[tuple[list[Words], Words, list[Effect]]] = [
    ([], ("SADD", "k", "v", "w"), [write(), write(b"w")]),
    ([("SADD", "k", "v")], ("SMEMBERS", "k"), [read()]),
    ([], ("SMEMBERS", "k"), [read(None)]),
    ([("SADD", "k", "v")], ("SRANDMEMBER", "k"), [read()]),
    ([("SADD", "k", "v")], ("SPOP", "k"), [read(), delete(b"v")]),
    ([], ("SPOP", "k"), [read(None)]),
    ([("SADD", "k", "v")], ("SPOP", "k", "3"), [read(), delete(b"v")]),
    ([("SADD", "k", "v")], ("SREM", "k", "v"), [delete(b"v")]),
    ([], ("SREM", "k", "v"), NOTHING),
    ([("SADD", "k", "v")], ("SSCAN", "k", "0"), [read()]),
    ([("SADD", "k", "v")], ("SISMEMBER", "k", "v"), NOTHING),
]
SORTED: list[tuple[list[Words], Words, list[Effect]]] = [
    ([], ("ZADD", "k", "1", "v", "2", "w"), [write(), write(b"w")]),
    ([], ("ZADD", "k", "NX", "CH", "1", "v"), [write()]),
    ([], ("ZINCRBY", "k", "1", "v"), [write()]),
    ([("ZADD", "k", "1", "v", "2", "w")], ("ZRANGE", "k", "0", "-1"), [read(), read(b"w")]),
    ([("ZADD", "k", "1", "v", "2", "w")], ("ZRANGE", "k", "0", "-1", "WITHSCORES"), [
        read(), read(b"w"),
    ]),
    ([("ZADD", "k", "1", "v")], ("ZREVRANGEBYSCORE", "k", "9", "0"), [read()]),
    ([], ("ZRANGE", "k", "0", "-1"), [read(None)]),
    ([("ZADD", "k", "1", "v")], ("ZPOPMIN", "k"), [read(), delete(b"v")]),
    ([("ZADD", "k", "1", "v")], ("ZPOPMAX", "k", "3"), [read(), delete(b"v")]),
    ([("ZADD", "k", "1", "v")], ("ZREM", "k", "v"), [delete(b"v")]),
    ([("ZADD", "k", "1", "v")], ("ZSCAN", "k", "0"), [read()]),
    ([("ZADD", "k", "1", "v")], ("ZSCORE", "k", "v"), NOTHING),
]  # fmt: skip
LISTS: list[tuple[list[Words], Words, list[Effect]]] = [
    ([], ("RPUSH", "k", "v", "w"), [write(), write(b"w")]),
    ([], ("LPUSHX", "k", "v"), NOTHING),
    ([("RPUSH", "k", "v", "w")], ("LRANGE", "k", "0", "-1"), [read(), read(b"w")]),
    ([], ("LRANGE", "k", "0", "-1"), [read(None)]),
    ([("RPUSH", "k", "v")], ("LINDEX", "k", "0"), [read()]),
    ([("RPUSH", "k", "v")], ("LPOP", "k"), [read(), delete(b"v")]),
    ([], ("RPOP", "k"), [read(None)]),
    ([("RPUSH", "k", "v", "w")], ("LPOP", "k", "2"), [
        read(), read(b"w"), delete(b"v"), delete(b"w"),
    ]),
    ([("RPUSH", "k", "v")], ("BLPOP", "j", "k", "1"), [read(), delete(b"v")]),
    ([], ("BLPOP", "k", "0.01"), NOTHING),
    ([("RPUSH", "k", "v")], ("RPOPLPUSH", "k", "l"), [read(), delete(b"v"), write(key=b"l")]),
    ([("RPUSH", "k", "v")], ("LMOVE", "k", "l", "LEFT", "LEFT"), [
        read(), delete(b"v"), write(key=b"l"),
    ]),
    ([("RPUSH", "k", "o")], ("LSET", "k", "0", "v"), [write()]),
    ([("RPUSH", "k", "o")], ("LINSERT", "k", "BEFORE", "o", "v"), [write()]),
    ([("RPUSH", "k", "o")], ("LINSERT", "k", "BEFORE", "p", "v"), NOTHING),
    ([("RPUSH", "k", "v")], ("LREM", "k", "0", "v"), [delete(b"v")]),
    ([("RPUSH", "k", "v")], ("LLEN", "k"), NOTHING),
]  # fmt: skip
ADDED = ("XADD", "k", "1-1", "f", "v", "g", "w")
STREAMS: list[tuple[list[Words], Words, list[Effect]]] = [
    ([], ("XADD", "k", "*", "f", "v"), [write(field=b"f")]),
    ([], ("XADD", "k", "NOMKSTREAM", "*", "f", "v"), NOTHING),
    ([], ("XADD", "k", "MAXLEN", "~", "10", "LIMIT", "5", "*", "f", "v"), [write(field=b"f")]),
    ([ADDED], ("XRANGE", "k", "-", "+"), [read(field=b"f"), read(b"w", field=b"g")]),
    ([ADDED], ("XREAD", "STREAMS", "k", "0"), [read(field=b"f"), read(b"w", field=b"g")]),
    ([], ("XREAD", "STREAMS", "k", "0"), NOTHING),
    ([ADDED], ("XDEL", "k", "1-1"), [delete(field=b"1-1")]),
]
CASES = [
    *STRINGS,
    *KEYS,
    *((before, words, of("hash", *effects)) for before, words, effects in HASHES),
    *((before, words, of("set", *effects)) for before, words, effects in SETS),
    *((before, words, of("zset", *effects)) for before, words, effects in SORTED),
    *((before, words, of("list", *effects)) for before, words, effects in LISTS),
    *((before, words, of("stream", *effects)) for before, words, effects in STREAMS),
]


@pytest.fixture(params=["2", "3"])
def send(tap: Tap, told: Told, request: pytest.FixtureRequest) -> Iterator[Send]:
    """Sends a command as it is, in that version of RESP; nothing has been told yet."""
    connection = Connection()
    connection.open(Address("", "127.0.0.1", tap.port), Limits())

    def ask(*words: Any) -> Any:
        connection.begin(5.0)
        return connection.ask(
            tuple(word if isinstance(word, bytes) else str(word) for word in words)
        )

    ask("HELLO", request.param)
    told.clear()
    yield ask
    connection.close()


@pytest.mark.parametrize(
    ("before", "words", "effects"), CASES, ids=[" ".join(map(str, case[1]))[:40] for case in CASES]
)
def test_effects(
    send: Send,
    told: Told,
    tap: Tap,
    before: list[Words],
    words: Words,
    effects: list[Effect],
) -> None:
    """Each command does to entries what the table says."""
    for each in before:
        send(*each)
    told.clear()
    send(*words)

    found = [effect if effect.ttl is None else _rounded(effect) for effect in told.effects()]
    assert found == effects
    assert [one.command for one in told] in ([words[0].upper()], ["?"])
    assert tap.errors == 0


def _rounded(effect: Effect) -> Effect:
    """Times of the clock are told to the second, but for how long the tests have run."""
    assert effect.ttl is not None
    if 2_000 < effect.ttl <= 10_000:
        return effect._replace(ttl=10_000.0)
    return effect._replace(ttl=round(effect.ttl, 3))


def test_restore(send: Send, told: Told) -> None:
    """What RESTORE writes is not known, but for how long it lives."""
    send("SET", "k", "v")
    dumped = send("DUMP", "k")
    told.clear()
    send("RESTORE", "k", "0", dumped, "REPLACE")
    send("RESTORE", "k", "1500", dumped, "REPLACE")

    assert told.effects() == [write(None), write(None, ttl=1.5)]


def test_consumers(send: Send, told: Told) -> None:
    """XREADGROUP reads as XREAD does."""
    send("XADD", "k", "*", "f", "v")
    send("XGROUP", "CREATE", "k", "group", "0")
    told.clear()
    send("XREADGROUP", "GROUP", "group", "me", "STREAMS", "k", ">")

    assert told.effects() == of("stream", read(field=b"f"))
