"""What is particular to entries in this process."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from typing import Any

import pytest

from shelflife import stores
from shelflife.stores.commands import (
    Command,
    Expire,
    Get,
    GetMany,
    Increment,
    Replace,
    Scan,
    Set,
    SetMany,
    TimeToLive,
    Unlink,
)
from shelflife.stores.memory import AsyncMemoryStore, MemoryStore


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_time_is_what_the_clock_says() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    store.run(Set(b"k", b"1", 1500))
    clock.seconds += 1.0
    assert store.run(TimeToLive(b"k")) == 500
    clock.seconds += 0.499
    assert store.run(Get(b"k")) == b"1"
    clock.seconds += 0.001
    assert store.run(Get(b"k")) is None


def test_what_has_expired_does_not_pile_up() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    store.run(Set(b"stays", b"1", None))
    for number in range(50_000):
        store.run(Set(b"%d" % number, b"1", 1000))
        clock.seconds += 0.01
    assert len(store._kept) < 3000
    assert store.run(Get(b"stays")) == b"1"


def test_a_scan_finds_what_stays_while_others_come_and_go() -> None:
    store = MemoryStore()
    staying = {b"s%d" % number for number in range(3000)}
    store.run(SetMany(tuple((key, b"1") for key in staying), None))
    store.run(SetMany(tuple((b"t%d" % number, b"1") for number in range(3000)), None))
    cursor, keys = store.run(Scan(b"", None))
    found = set(keys)
    store.run(Unlink(tuple(b"t%d" % number for number in range(3000))))
    while cursor is not None:
        cursor, keys = store.run(Scan(b"", cursor))
        found.update(keys)
    assert staying <= found


def test_threads_count_without_losing_one() -> None:
    store = MemoryStore()

    def count() -> None:
        for _ in range(2000):
            store.run(Increment(b"k", 1, None))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.run(Get(b"k")) == b"16000"


def test_an_asyncio_store_can_share_a_blocking_ones_entries() -> None:
    store = MemoryStore()
    store.run(Set(b"k", b"1", None))
    shared = AsyncMemoryStore(store)
    assert asyncio.run(shared.run(Get(b"k"))) == b"1"
    asyncio.run(shared.close())
    assert (shared.address, store.address) == ("memory://", "memory://")


def test_closing_keeps_the_entries() -> None:
    store = MemoryStore()
    store.run(Set(b"k", b"1", None))
    store.close()
    assert store.run(Get(b"k")) == b"1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_amid_a_command_leaves_the_child_no_locked_store() -> None:
    store = MemoryStore()
    store.run(Set(b"k", b"1", None))
    with store._lock:  # as another thread may hold it at that moment
        child = os.fork()
        if child == 0:
            code = 1
            try:
                threading.Timer(5, lambda: os._exit(2)).start()
                code = 0 if store.run(Get(b"k")) == b"1" else 1
            finally:
                os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def _any_command(chance: random.Random) -> Command:
    keys = [b"a", b"b", b"c", b"d"]
    entries = [b"0", b"9223372036854775807", b"-0", b"text", b"\xff", b"12"]
    key, entry = chance.choice(keys), chance.choice(entries)
    ttl = chance.choice([None, 60_000])
    made: list[Command] = [
        Get(key),
        GetMany(tuple(chance.sample(keys, 2))),
        Set(key, entry, ttl, chance.random() < 0.3),
        SetMany(((key, entry), (b"e", entry)), ttl),
        Unlink(tuple(chance.choices(keys, k=2))),
        Expire(key, ttl),
        TimeToLive(key),
        Increment(key, chance.choice([1, -1, 2**63 - 1, -(2**63), 2**64]), ttl),
        Replace(key, entry, chance.choice(entries)),
        Scan(b"", None),
    ]
    return chance.choice(made)


def _plain(command: Command, reply: Any) -> Any:
    """Give what two stores must agree on: no order in a scan, times to ten seconds."""
    if isinstance(command, Scan):
        return sorted(reply[1])
    if isinstance(command, TimeToLive):
        return round(reply, -4)
    return reply


@pytest.mark.parametrize("seed", range(5))
def test_memory_answers_as_the_server_does(redis_url: str, seed: int) -> None:
    chance = random.Random(seed)
    memory, server = MemoryStore(), stores.open_store(redis_url)
    for _ in range(400):
        command = _any_command(chance)
        replies = [_plain(command, store.run(command)) for store in (memory, server)]
        assert replies[0] == replies[1], command
    server.close()
