"""Whatever bytes lie under a key, every method returns: a value, or a miss with a reason."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import struct
import time
import zlib
from pathlib import Path
from typing import Any, Callable

import pytest
import redis

from shelflife import AsyncCache, Cache, Hit, Miss, Reason
from shelflife.envelope import CODECS, seal

# Real stored bytes of a dozen libraries and of 116 cross-version breakages.
STORED = [
    bytes.fromhex(json.loads(line)["hex"])
    for line in (Path(__file__).parent.parent / "data" / "stored.jsonl").read_text().splitlines()
]
PICKLE_BOMBS = {
    "memo": b"Nr\xff\xff\xff\x0f.",
    "dict key": b"\x80\x02}" + b"K\x01" + b"2\x86" * 50 + b"Ns.",
    "bytearray": b"\x80\x02c__builtin__\nbytearray\n\x8a\x05\x00\x00\x00\x00\x01\x85R.",
    "set of range": b"c__builtin__\nset\n(c__builtin__\nxrange\n(I268435456\ntRtR.",
    "nested lists": b"]" * 1_000_000 + b"a" * 999_999 + b".",
    "persistent id": b"\x80\x02K\x01Q.",
    "persistent id, protocol 0": b"Pwho\n.",
    "os.system": b"cos\nsystem\n(S'touch CANARY'\ntR.",
    "subprocess": b"\x80\x02csubprocess\ncheck_output\n]U\x05touchaa\x85R.",
}


@pytest.fixture
def readers(redis_url: str) -> Any:
    """One cache that reads its own entries only, and one that reads werkzeug's too."""
    caches = [Cache(redis_url, prefix="k:"), Cache(redis_url, prefix="k:", reads="werkzeug")]
    yield caches
    for cache in caches:
        cache.close()


def use_every_method(cache: Cache) -> None:
    """Whatever lies under "1", nothing raises, and the methods agree."""
    found = cache.lookup("1")
    assert isinstance(found, (Hit, Miss))
    hit = isinstance(found, Hit)
    assert cache.has("1") is hit
    missing = object()
    assert (cache.get("1", missing) is not missing) is hit
    assert set(cache.get_many(["1", "2"])) == ({"1", "2"} if hit else {"2"})
    assert cache.touch("1", 60) is True
    assert cache.add("1", "new") is False
    cache.get("1", type=dict)
    cache.incr("1")


@pytest.mark.parametrize("data", STORED, ids=range(len(STORED)))
def test_every_stored_entry_is_a_value_or_a_miss(
    data: bytes, readers: list[Cache], raw: redis.Redis
) -> None:
    """As stored, and with werkzeug's mark before it."""
    for cache in readers:
        cache.set("2", "neighbour")
        for entry in (data, b"!" + data):
            raw.set("k:1", entry)
            use_every_method(cache)
            assert cache.get("2") == "neighbour"


@pytest.mark.parametrize("mark", [b"", b"!"])
@pytest.mark.parametrize("bomb", PICKLE_BOMBS)
def test_bombs_are_misses_in_no_time(
    mark: bytes,
    bomb: str,
    readers: list[Cache],
    raw: redis.Redis,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Under 50 ms of this thread's time (others may keep the machine busy); nothing is run."""
    canary = tmp_path / "canary"
    data = PICKLE_BOMBS[bomb].replace(b"CANARY", str(canary).encode())
    raw.set("k:1", mark + data)
    raw.set("k:sealed", seal(CODECS["pickle"], data, guard=False))
    gc.collect()
    gc.freeze()  # what pytest keeps is no part of a read's garbage collections
    request.addfinalizer(gc.unfreeze)
    for cache in readers:
        for key in ("1", "sealed"):
            started = time.thread_time()
            found = cache.lookup(key)
            elapsed = time.thread_time() - started

            if mark == b"" and key == "1" and cache is readers[1]:
                assert found == Hit(data, dialect="werkzeug")  # as its own reader has it
            else:
                assert isinstance(found, Miss)
            assert elapsed < 0.05, f"{elapsed:.3f} s"
    assert not canary.exists()


def test_decompression_bombs_are_misses(redis_url: str, raw: redis.Redis) -> None:
    """A limit holds while decompressing."""
    raw.set("k:1", seal(CODECS["bytes"], bytes(256 << 20), compress=True, guard=False))
    with Cache(redis_url, prefix="k:") as cache:
        started = time.thread_time()
        found = cache.lookup("1")

    assert isinstance(found, Miss)
    assert found.reason is Reason.TOO_LARGE
    assert time.thread_time() - started < 0.5


def test_other_redis_types_are_misses(readers: list[Cache], raw: redis.Redis) -> None:
    """A wrong type is told from a bad entry, and left alone."""
    raw.rpush("k:list", 1)
    raw.sadd("k:set", 1)
    raw.hset("k:hash", "a", "1")
    raw.zadd("k:zset", {"a": 1})
    raw.xadd("k:stream", {"a": "1"})
    for cache in readers:
        for key in ("list", "set", "hash", "zset", "stream"):
            found = cache.lookup(key)
            assert isinstance(found, Miss)
            assert found.reason is Reason.WRONG_TYPE
            assert cache.has(key) is False
            assert cache.get_many([key]) == {}
            assert cache.incr(key) is None
            assert cache.add(key, 1) is False
        assert cache.counters().server_errors == {}
    assert raw.type("k:list") == b"list"


def test_a_computation_heals_what_cannot_be_read(readers: list[Cache], raw: redis.Redis) -> None:
    """Unreadable is not deleted; the next write replaces it."""
    for cache in readers:
        for entry in (b"!garbage", b"\xc1SL\x01", b"\xc1SL\x09" + bytes(20)):
            raw.set("k:1", entry)
            assert cache.get("1") is None
            assert raw.get("k:1") == entry
            assert cache.get_or_compute("1", lambda: "computed") == "computed"
            assert cache.get("1") == "computed"


def test_one_bad_entry_in_a_hundred(readers: list[Cache], raw: redis.Redis) -> None:
    """The other 99 are given."""
    for cache in readers:
        cache.set_many({f"{n}": n for n in range(100)})
        raw.set("k:42", b"!\x80\x05garbage")

        found = cache.get_many([f"{n}" for n in range(100)])
        assert found == {f"{n}": n for n in range(100) if n != 42}


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("value", ["text é", b"bytes", {"a": [1, ("b", None)]}, 7])
def test_damage_of_our_own_entries_never_yields_a_value(
    guarded: bool, value: Any, readers: list[Cache], raw: redis.Redis
) -> None:
    """Any bit flipped, any tail cut, read by a cache that reads werkzeug's raw bytes too."""
    plain, werkzeug = readers
    (werkzeug if guarded else plain).set("1", value)
    entry = raw.get("k:1")
    assert isinstance(entry, bytes)
    damaged = [entry[:length] for length in range(len(entry))]
    for bit in range(8 * len(entry)):
        flipped = bytearray(entry)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    for start in range(0, len(damaged), 400):
        batch = {f"k:{n}": data for n, data in enumerate(damaged[start : start + 400])}
        raw.mset(batch)
        keys = [key[2:] for key in batch]
        for cache in readers:
            found = cache.get_many(keys)
            assert found == {}, f"{len(found)} damaged entries gave a value"


def mutations(count: int, seed: int) -> list[bytes]:
    """Real entries with bytes flipped, cut, doubled, spliced, and plain noise."""
    rng = random.Random(seed)
    cache = Cache("memory://")
    values: list[Any] = ["é", b"x", {"a": (1, 2.5, None)}, [{"b"}, 2**80], {1: {"c": []}}]
    own = [
        seal(*cache._codecs.encode(value), guard=guard)
        for value in values
        for guard in (False, True)
    ]
    seeds = [entry for data in STORED + own for entry in (data, b"!" + data)]
    made = []
    for _ in range(count):
        data = bytearray(rng.choice(seeds)[:4096])
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(data) + 1)
            how = rng.randrange(5)
            if how == 0 and data:
                data[at - 1] = rng.randrange(256)
            elif how == 1:
                del data[at:]
            elif how == 2:
                data[at:at] = rng.randbytes(rng.randint(1, 8))
            elif how == 3:
                data[at:at] = rng.choice(seeds)[: rng.randint(1, 64)]
            elif data:
                data[at - 1] ^= 1 << rng.randrange(8)
        if rng.random() < 0.3 and len(data) > 17:
            data = bytearray(resealed(bytes(data)))
        made.append(bytes(data))
    return made


def resealed(data: bytes) -> bytes:
    """Give damaged bytes a sound envelope, so that the damage reaches the codecs."""
    codec = data[0] % 6
    return seal(codec, data[17:], guard=data[1] % 2 == 0)


@pytest.mark.parametrize(
    "count", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)], ids=["hundred", "million"]
)
def test_a_hundred_thousand_mutations_and_more(
    count: int, readers: list[Cache], raw: redis.Redis
) -> None:
    """Random and mutated entries: values or misses, never slow. The seed is printed."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    slowest = 0.0
    made = mutations(count, seed)
    for start in range(0, len(made), 500):
        batch = {f"k:{n}": data for n, data in enumerate(made[start : start + 500])}
        raw.mset(batch)
        for cache in readers:
            started = time.thread_time()
            cache.get_many([key[2:] for key in batch])
            slowest = max(slowest, time.thread_time() - started)
    for cache in readers:
        counters = cache.counters()
        assert counters.reads == len(made)
        assert counters.server_errors == {}
        assert set(counters.misses) <= {reason.value for reason in Reason}
    assert slowest < 5


def test_sync_and_async_agree(redis_url: str, raw: redis.Redis) -> None:
    """The same bytes give the same outcome, whoever drives."""
    made = mutations(2000, 7) + STORED
    raw.mset({f"k:{n}": data for n, data in enumerate(made)})
    keys = [str(n) for n in range(len(made))]
    for reads in (None, "werkzeug"):

        async def look(reads: Any = reads) -> Any:
            async with AsyncCache(redis_url, prefix="k:", reads=reads) as other:
                return await other.lookup_many(keys)

        with Cache(redis_url, prefix="k:", reads=reads) as cache:
            assert repr(cache.lookup_many(keys)) == repr(asyncio.run(look()))


def test_entries_of_another_prefix_do_not_matter(redis_url: str, raw: redis.Redis) -> None:
    """Two caches with prefixes do not meet."""
    with Cache(redis_url, prefix="one:") as one, Cache(redis_url, prefix="two:") as two:
        one.set("k", 1)
        raw.set("two:k", b"garbage")

        assert one.get("k") == 1
        assert two.lookup("k").reason is Reason.FOREIGN  # type: ignore[union-attr]


def test_newer_formats_and_unknown_codecs_are_told_apart(
    readers: list[Cache], raw: redis.Redis
) -> None:
    """What a later release wrote is no corruption."""
    raw.set("k:codec", seal(77, b"abc", guard=False))
    checked = struct.pack("<BBHI", 3, 0, 0, 3) + b"abc"
    raw.set("k:version", b"\xc1SL\x02" + struct.pack("<I", zlib.crc32(checked)) + checked)
    for cache in readers:
        assert cache.lookup("codec").reason is Reason.UNKNOWN_CODEC  # type: ignore[union-attr]
        assert cache.lookup("version").reason is Reason.NEWER_FORMAT  # type: ignore[union-attr]


def test_reasons_are_counted_with_class_and_writer(
    make: Callable[..., Any], kind: str, raw: redis.Redis
) -> None:
    """So that a dashboard can say which keys, why, and who wrote them."""
    if "memory" in kind:
        pytest.skip("nobody else writes to memory://")
    cache = make()
    raw.set("api:article:17", b"!garbage")
    cache.get("article:17")
    cache.get("article:17")

    assert cache.counters().unreadable == {("api:article:*", "foreign", ""): 2}
