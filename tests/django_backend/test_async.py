"""The async methods work in the running loop: no thread, any loop, beside blocking ones."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from asgiref.sync import async_to_sync, sync_to_async
from django.core.cache import caches

from django_backend.asking import answered
from shelflife.testing import PrivateServer


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that begins is an error."""

    def start(self: threading.Thread) -> None:
        raise AssertionError(f"the thread {self.name} was started")

    monkeypatch.setattr(threading.Thread, "start", start)


async def use_everything(cache: Any) -> None:
    assert await cache.aset("k", {"a": (1, 2)}) is True
    assert await cache.aget("k") == {"a": (1, 2)}
    assert await cache.aset("k", 0, nx=True) is False
    assert await cache.aset("none", 0, xx=True) is False
    assert await cache.aadd("k", 1) is False
    assert await cache.aadd("gone", 1, timeout=0) is True
    assert await cache.aset_many({"a": 1, "b": None}) == []
    assert await cache.aget_many(["a", "b", "c"]) == {"a": 1, "b": None}
    assert await cache.aincr("a", 4) == 5
    assert await cache.adecr("a") == 4
    assert await cache.aincr_version("a") == 2
    assert await cache.adecr_version("a", version=2) == 1
    assert await cache.ahas_key("a") is True
    assert await cache.atouch("a", 10) is True
    assert await cache.aget_or_set("new", lambda: "made") == "made"
    assert await cache.aget_or_set("other", "given") == "given"
    assert await cache.adelete("a") is True
    assert await cache.adelete_many(["b", "k"]) == 2
    assert await cache.aclear() is True
    assert await cache.aget("new", "default") == "default"
    await cache.aclose()


@pytest.mark.usefixtures("no_threads")
@pytest.mark.parametrize("location", ["a server", "memory://"])
def test_no_thread_is_used(configure: Any, location: str, server: PrivateServer) -> None:
    """By any method, in one loop or several one after another."""
    cache = configure(LOCATION=server.url if location == "a server" else location)

    for _ in range(3):
        asyncio.run(use_everything(cache))


def test_loops_of_several_threads(cache: Any) -> None:
    """At the same time, each with connections of its own."""
    failures: list[BaseException] = []

    async def read_own(number: int) -> None:
        own = caches["default"]
        for turn in range(50):
            await own.aset(f"k{number}", turn)
            assert await own.aget(f"k{number}") == turn

    def run(number: int) -> None:
        try:
            asyncio.run(read_own(number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert cache.get_many(f"k{number}" for number in range(4)) == {f"k{n}": 49 for n in range(4)}


def test_blocking_and_async_meet(cache: Any) -> None:
    """As Django mixes them: a blocking view under ASGI, an async one under WSGI."""

    def blocking(key: str) -> Any:
        caches["default"].set(f"{key}-blocking", 1)
        return caches["default"].get(key)

    async def within_a_loop() -> None:
        await cache.aset("a", "async")
        assert await sync_to_async(blocking)("a") == "async"
        assert await cache.aget("a-blocking") == 1

    asyncio.run(within_a_loop())
    assert async_to_sync(cache.aget)("a") == "async"


def test_pages_under_asgi(cache: Any) -> None:
    """Async views and cached blocking ones, 20 at once: a backend for each request, one server."""

    async def ask() -> list[tuple[int, bytes]]:
        return await asyncio.gather(*(answered(path) for path in ["/async/", "/framed/"] * 10))

    found = asyncio.run(ask())

    assert set(found) == {(200, b"async"), (200, b"framed")}
    assert asyncio.run(ask()) == found
    assert cache.counters().server_errors == {}
