"""A cache in its fleet: when it joins and leaves, in threads, forks and loops; and its options."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fleet.conftest import HIGH, KEY, LOW, until
from fleet.started import FOLLOWS, commit, members
from shelflife import AsyncCache, Cache
from shelflife.errors import ConfigurationError
from shelflife.testing import PrivateServer


def threads() -> list[str]:
    """Those of fleets."""
    return [thread.name for thread in threading.enumerate() if "fleet" in thread.name]


def test_it_joins_with_the_first_operation_and_leaves_when_closed(
    client: Any, redis_url: str
) -> None:
    """And joins again if it is used again."""
    cache = Cache(redis_url, prefix="a:", release="r", **FOLLOWS)
    assert not threads()
    assert not members(client)
    for _ in range(2):
        cache.get("x")
        until(lambda: len(members(client)) == 1)
        assert threads() == ["shelflife-fleet-api"]
        cache.close()
        assert not threads()
        assert not members(client)


def test_caches_of_a_process_share_a_membership(client: Any, redis_url: str) -> None:
    """It reads what all of them read, and stays until the last is closed."""
    one = Cache(redis_url, prefix="a:", release="r", **FOLLOWS)
    two = Cache(redis_url, prefix="b:", release="r", **{**FOLLOWS, "fleet_minimum": "python>=3.9"})
    for cache in (one, two):
        cache.get("x")
    until(lambda: b"python>=3.9" in b"".join(client.hvals(KEY)), 1)

    assert len(members(client)) == len(threads()) == 1
    assert (one.floor.writes, two.floor.writes) == ("werkzeug", "shelflife")
    one.close()
    assert len(members(client)) == 1
    two.close()
    assert not members(client)


def test_a_collected_cache_leaves(client: Any, redis_url: str) -> None:
    """Nobody closes every cache."""
    cache = Cache(redis_url, prefix="a:", release="r", **FOLLOWS)
    cache.get("x")
    until(lambda: members(client))
    del cache
    gc.collect()

    until(lambda: not members(client))
    until(lambda: not threads())


def test_a_forked_child_is_a_member_of_its_own(client: Any, join: Callable[..., Cache]) -> None:
    """With a thread of its own, from its first operation on; the parent's stays."""
    cache = join()
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            cache.get("x")
            until(lambda: len(members(client)) == 2)
            os.write(write, b"%d" % len(threads()))
            cache.close()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)

    assert os.read(read, 10) == b"1"
    assert len(members(client)) == 1
    for end in (read, write):
        os.close(end)


def test_it_costs_no_command_per_operation(client: Any, join: Callable[..., Cache]) -> None:
    """What the server is asked for the fleet depends on the time alone."""
    cache = join()
    time.sleep(0.5)
    before, began = client.info("commandstats"), time.monotonic()
    for number in range(500):
        cache.set(f"k{number}", number)
    seconds, after = time.monotonic() - began, client.info("commandstats")

    asked = {
        name: stat["calls"] - before.get(name, {"calls": 0})["calls"]
        for name, stat in after.items()
    }
    assert asked["cmdstat_set"] == 500
    of_the_fleet = sum(n for name, n in asked.items() if name[8:9] == "h" or "time" in name)
    assert of_the_fleet <= 10 * (1 + seconds / 0.3)


def test_decorated_functions_join_as_well(client: Any, redis_url: str) -> None:
    """Plain ones and coroutine functions."""
    for number in range(2):
        with Cache(redis_url, prefix="a:", release="r", **FOLLOWS) as cache:

            @cache.cached()
            def plain(number: int) -> int:
                return number

            @cache.cached()
            async def later(number: int) -> int:
                return number

            assert not members(client)
            assert (plain(7) if number else asyncio.run(later(7))) == 7
            assert len(members(client)) == 1
        assert not members(client)


def test_asyncio_joins_in_each_loop_without_a_thread(client: Any, redis_url: str) -> None:
    """One after another, as one member; closing leaves."""
    cache = AsyncCache(redis_url, prefix="a:", release="r", **FOLLOWS)
    commit(client)
    before = threading.active_count()
    seen = set()

    async def use(*, close: bool) -> None:
        assert await cache.set("x", 1)
        assert cache.floor.writes == "shelflife"
        seen.update(members(client))
        assert threading.active_count() == before
        if close:
            await cache.close()

    for _ in range(30):
        asyncio.run(use(close=False))
        time.sleep(0.05)
    assert len(seen) == len(members(client)) == 1
    asyncio.run(use(close=True))
    assert not members(client)
    assert client.get("a:x")[:2] == b"!\xc1"


def test_loops_at_the_same_time_are_members_of_their_own(client: Any, redis_url: str) -> None:
    """Each is kept up by itself."""
    cache = AsyncCache(redis_url, prefix="a:", release="r", **FOLLOWS)
    commit(client)
    results: list[str] = []

    async def use() -> None:
        for _ in range(150):
            await cache.set("x", 1)
            await asyncio.sleep(0.01)
        results.append(cache.floor.writes)
        await cache.close()

    running = [threading.Thread(target=lambda: asyncio.run(use())) for _ in range(3)]
    for thread in running:
        thread.start()
    until(lambda: len(members(client)) == 3)
    for thread in running:
        thread.join()

    assert results == ["shelflife"] * 3
    assert not members(client)


def test_a_silent_server_holds_up_the_first_operation_for_a_moment_only(
    server: PrivateServer,
) -> None:
    """No longer than any other failure of it."""
    cache = Cache(server.url, prefix="a:", release="r", **FOLLOWS)
    later = AsyncCache(server.url, prefix="a:", release="r", **FOLLOWS)

    async def use() -> float:
        began = time.monotonic()
        await later.get("x")
        return time.monotonic() - began

    server.pause()
    try:
        began = time.monotonic()
        assert cache.get("x") is None
        assert time.monotonic() - began < 1.5
        assert asyncio.run(use()) < 1.5
    finally:
        server.resume()
        cache.close()


def test_a_loop_that_just_stops_leaves_nothing_pending(redis_url: str, client: Any) -> None:
    """And what is written after its lease, elsewhere, is the minimum."""
    cache = AsyncCache(redis_url, prefix="a:", release="r", **FOLLOWS)
    commit(client)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(cache.set("x", 1))
    loop.run_until_complete(asyncio.sleep(0.6))
    loop.run_until_complete(cache.set("x", 1))
    assert not asyncio.all_tasks(loop)
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()

    time.sleep(1.1)
    assert str(cache.floor) == LOW


def test_the_clock_is_all_that_a_write_costs(join: Callable[..., Cache], client: Any) -> None:
    """A look at a clock is less than a thousandth of a write."""
    cache = join()
    commit(client)
    until(lambda: cache.floor.writes == "shelflife")
    follower = cache._follower
    assert follower is not None
    direct = follower._current[1]
    rounds = 20_000

    def took(write: Callable[[Any], bytes]) -> float:
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(rounds):
                write(None)
            best = min(best, time.perf_counter() - began)
        return best / rounds

    assert took(follower.write) - took(direct) < 2e-6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"floor": "fleet"}, "needs the name of the fleet"),
        ({"floor": "fleet", "fleet": "api", "release": "r"}, "fleet_minimum="),
        ({"fleet": "api"}, "release="),
        ({"fleet": "a b", "release": "r"}, "name of a fleet"),
        ({"fleet": "api", "release": "x" * 101}, "100 characters"),
        ({"fleet_minimum": "python>=3.9"}, 'floor="fleet"'),
        ({"fleet": "api", "release": "r", "fleet_minimum": LOW}, 'floor="fleet"'),
        ({**FOLLOWS, "release": "r", "writes": "werkzeug"}, "contradicts"),
        ({**FOLLOWS, "release": "r", "reads": None}, 'reads="werkzeug"'),
        ({**FOLLOWS, "release": "r", "fleet_minimum": "python>=nine"}, "floor"),
        ({**FOLLOWS, "release": "r", "fleet_minimum": "2.7"}, "Python 3.9"),
    ],
    ids=str,
)
def test_options_that_cannot_be_are_a_sentence(options: dict[str, Any], words: str) -> None:
    """At once, not in the thread."""
    with pytest.raises(ConfigurationError, match=words):
        Cache("memory://", prefix="a:", **options)


def test_a_fixed_floor_is_kept(client: Any, redis_url: str) -> None:
    """A cache may be in a fleet without following it; the others see what it reads."""
    commit(client)
    options: dict[str, Any] = {"fleet": "api", "release": "r", "reads": "werkzeug", "floor": LOW}
    with Cache(redis_url, prefix="a:", **options) as cache:
        cache.set("x", 1)
        until(lambda: members(client))
        time.sleep(1.2)
        cache.set("x", 1)

        assert str(cache.floor) == LOW
        assert client.get("a:x") == b"1"


def test_memory_is_a_fleet_of_one() -> None:
    """The same options work in tests without a server."""
    with Cache("memory://", prefix="a:", release="r", **FOLLOWS) as cache:
        assert cache.set("x", 1)
        time.sleep(0.5)
        assert cache.get("x") == 1
        assert str(cache.floor) == LOW
        assert cache.counters().fleet == {}


def test_a_high_minimum_needs_no_commit(client: Any, join: Callable[..., Cache]) -> None:
    """It is what every reader reads, whoever comes."""
    cache = join(fleet_minimum="python>=3.9")

    assert str(cache.floor) == HIGH
    assert members(client)
