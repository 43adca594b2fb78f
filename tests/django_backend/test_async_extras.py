"""What django-redis has besides, with `await`: keys, expiries, locks; in loops, without threads."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core.cache import caches

from shelflife import ServerError
from shelflife.django import ShelflifeCache
from shelflife.django.asynchronous_extras import AsyncExtras
from shelflife.django.extras import Extras
from shelflife.django.locking import AsyncLock, LockError


@pytest.fixture(params=["a server", "memory://"])
def anywhere(request: pytest.FixtureRequest, configure: Any, redis_url: str) -> Any:
    """A cache on a server, and one in this process."""
    location = redis_url if request.param == "a server" else request.param
    return configure(LOCATION=location, KEY_PREFIX="p[*]")


@pytest.fixture
def _no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise AssertionError(f"the thread {self.name} was started")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_every_extra_has_its_counterpart() -> None:
    """By the name with an `a` before it."""
    extras = {name for name in vars(Extras) if not name.startswith("_")} - {"client"}

    assert extras
    assert {name for name in vars(AsyncExtras) if not name.startswith("_")} == {
        f"a{name}" for name in extras
    }
    assert all(callable(getattr(ShelflifeCache, f"a{name}")) for name in extras)


async def by_pattern(cache: Any) -> None:
    await cache.aset_many({"a:1": 1, "a:2": 2, "b:1": 3, "a?": 4})
    await cache.aset("a:1", 5, version=2)

    assert sorted(await cache.akeys()) == ["a:1", "a:2", "a?", "b:1"]
    assert await cache.akeys("a\\?") == ["a?"]
    assert sorted([key async for key in cache.aiter_keys("a:*", itersize=1)]) == ["a:1", "a:2"]
    assert await cache.akeys("a:*", version=2) == ["a:1"]
    assert await cache.adelete_pattern("a:*", itersize=1) == 2
    assert await cache.adelete_pattern("b*", prefix="other") == 0
    assert await cache.akeys("*:*") == ["b:1"]
    assert await cache.aget("a:1", version=2) == 5


async def expiries(cache: Any) -> None:
    assert await cache.attl("k") == 0
    assert await cache.apttl("k") == 0
    await cache.aset("k", 1, timeout=100)
    assert await cache.attl("k") == 100
    assert 99_000 < await cache.apttl("k") <= 100_000
    assert await cache.apersist("k") is True
    assert await cache.apersist("k") is False
    assert await cache.attl("k") is None
    assert await cache.aexpire("k", 50) is True
    assert await cache.attl("k") == 50
    assert await cache.apexpire("k", 20_000) is True
    assert await cache.attl("k") == 20
    assert await cache.aexpire_at("k", int(time.time()) + 31) is True
    assert 29 <= await cache.attl("k") <= 31
    later = datetime.now(timezone.utc) + timedelta(seconds=40)
    assert await cache.apexpire_at("k", later) is True
    assert 38 <= await cache.attl("k") <= 40
    assert await cache.apexpire_at("k", int(time.time() * 1000) - 5) is True
    assert await cache.aget("k") is None
    assert await cache.aincr("new", 7, ignore_key_check=True) == 7


async def one_holder(cache: Any) -> None:
    first, second = (cache.alock("l", timeout=10, sleep=0.01) for _ in range(2))
    async with first:
        assert await first.owned()
        assert await second.locked()
        assert not await second.owned()
        assert await cache.ahas_key("l") is True
        assert await second.acquire(blocking=False) is False
        assert await second.acquire(blocking_timeout=0.03) is False
        with pytest.raises(LockError):
            await second.release()
        assert cache.lock("l").acquire(blocking=False) is False
        await first.extend(20)
        assert 25_000 < await cache.apttl("l") <= 30_000
        await first.extend(5, replace_ttl=True)
        assert await cache.apttl("l") <= 5_000
        await first.reacquire()
        assert 5_000 < await cache.apttl("l") <= 10_000

    assert not await second.locked()
    with pytest.raises(LockError, match="not held"):
        await first.release()
    with cache.lock("l"), pytest.raises(LockError, match="blocking_timeout"):
        async with cache.alock("l", blocking_timeout=0.01, sleep=0.02):
            raise AssertionError("two have it")


@pytest.mark.usefixtures("_no_threads")
@pytest.mark.parametrize("use", [by_pattern, expiries, one_holder])
def test_no_thread_is_used(anywhere: Any, use: Any) -> None:
    """By any of them; and they mean what those without the `a` mean."""
    asyncio.run(use(anywhere))


def test_two_loops_and_threads_wait_for_a_lock(cache: Any) -> None:
    """Tasks of two loops, and threads with the blocking kind: each has it alone."""
    inside: list[int] = []
    most: list[int] = []

    def enter() -> None:
        inside.append(1)
        most.append(len(inside))

    async def task() -> None:
        async with caches["default"].alock("l", timeout=10, sleep=0.002):
            enter()
            await asyncio.sleep(0.005)
            inside.pop()

    async def tasks() -> None:
        await asyncio.gather(*(task() for _ in range(10)))

    def blocking() -> None:
        for _ in range(5):
            with caches["default"].lock("l", timeout=10, sleep=0.002):
                enter()
                time.sleep(0.005)
                inside.pop()

    threads = [threading.Thread(target=asyncio.run, args=[tasks()]) for _ in range(2)]
    threads += [threading.Thread(target=blocking) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 30


def test_a_loop_goes_on_while_a_task_waits(cache: Any) -> None:
    """For a lock that another process may hold for long."""

    async def wait() -> int:
        turns = 0
        with cache.lock("l"):
            waiting = asyncio.create_task(cache.alock("l", sleep=0.01).acquire())
            while turns < 10:
                await asyncio.sleep(0.005)
                turns += 1
            assert not waiting.done()
        assert await waiting is True
        return turns

    assert asyncio.run(wait()) == 10


def test_who_is_cancelled_holds_no_lock(cache: Any) -> None:
    """Whenever that happens: nobody would give it back."""

    async def cancelled_after(steps: int) -> None:
        lock: AsyncLock = cache.alock("l")
        task = asyncio.create_task(lock.acquire())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task])
        if not task.cancelled():
            await lock.release()
        assert done == {task}
        assert not await lock.locked()

    async def all_of_them() -> None:
        await cache.aget("connected")
        for steps in range(30):
            await cancelled_after(steps)

    asyncio.run(all_of_them())


def test_a_lock_needs_the_server(configure: Any) -> None:
    """Unlike an entry."""
    cache = configure(LOCATION="redis://127.0.0.1:1/0")

    async def acquire() -> None:
        await cache.alock("l").acquire()

    with pytest.raises(ServerError):
        asyncio.run(acquire())
