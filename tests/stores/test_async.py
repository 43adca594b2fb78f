"""Event loops: cancelled anywhere, ended anyhow, several of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import random
import subprocess
import sys
import textwrap
import threading
from typing import Any

import pytest
import redis

from conftest import missing
from shelflife.errors import ServerError
from shelflife.stores.commands import Command, Get, GetMany, Increment
from shelflife.stores.redis_async import AsyncRedisStore
from shelflife.testing import PrivateServer
from stores.loops import FILL, KEYS, open_store, opened, read_all_right, wait_until


def test_one_store_serves_several_runs(redis_url: str) -> None:
    store = open_store(redis_url)
    asyncio.run(store.run(FILL))
    for _ in range(3):
        asyncio.run(read_all_right(store))


def test_one_store_serves_loops_in_several_threads(redis_url: str) -> None:
    store = open_store(redis_url, max_connections=3)
    asyncio.run(store.run(FILL))
    failures: list[BaseException] = []

    def read() -> None:
        try:
            asyncio.run(read_all_right(store, 20))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("where", ["tcp", "localhost", "unix", "tls"])
def test_no_thread_is_used(places: Any, where: str) -> None:
    url = places.tcp.replace("127.0.0.1", "localhost")
    url = url if where == "localhost" else getattr(places, where)

    async def use() -> list[str]:
        before = threading.active_count()
        async with opened(url) as store:
            await store.run(FILL)
            await read_all_right(store)
            return [str(thread) for thread in threading.enumerate()][before:]

    assert asyncio.run(use()) == []


@pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept"])
@pytest.mark.parametrize(
    "command",
    [Get(KEYS[0]), GetMany(tuple(KEYS)), Increment(b"counter", 1, None), FILL],
    ids=lambda command: type(command).__name__,
)
def test_cancelled_at_whatever_step_nothing_is_mixed_up_or_lost(
    places: Any, command: Command, *, kept: bool
) -> None:
    async def cancel_after(store: AsyncRedisStore, steps: int) -> bool:
        task = asyncio.ensure_future(store.run(command))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
            return True
        return False

    async def sweep() -> None:
        async with opened(places.no_scripts, max_connections=2, pool_wait=2.0) as store:
            await store.run(FILL)
            for steps in range(60):
                if not kept:
                    await store.close()
                finished = await cancel_after(store, steps)
                await read_all_right(store, 1)
                if finished:
                    break
            assert steps > 0

    asyncio.run(sweep())


def test_hundreds_of_tasks_cancelled_at_random_leave_every_read_right(redis_url: str) -> None:
    async def read(store: AsyncRedisStore, key: bytes) -> None:
        with contextlib.suppress(ServerError):  # busy
            assert await store.run(Get(key)) == b"entry of " + key

    async def storm() -> None:
        chance = random.Random(7)
        async with opened(redis_url, max_connections=5) as store:
            await store.run(FILL)
            for _ in range(5):
                tasks = [
                    asyncio.ensure_future(read(store, chance.choice(KEYS))) for _ in range(100)
                ]
                for _ in range(30):
                    await asyncio.sleep(0)
                    chance.choice(tasks).cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                wrong = [out for out in outcomes if isinstance(out, Exception)]
                assert not wrong
            await read_all_right(store, 10)
            pool = store._pools[asyncio.get_running_loop()]
            assert len(pool._live) == len(pool._free) <= 5

    asyncio.run(storm())


def test_who_waits_for_a_connection_is_served_in_turn(redis_url: str) -> None:
    async def use() -> list[int]:
        order: list[int] = []

        async def read(number: int) -> None:
            await store.run(Get(KEYS[0]))
            order.append(number)

        async with opened(redis_url, max_connections=1) as store:
            await asyncio.gather(*(read(number) for number in range(50)))
        return order

    assert asyncio.run(use()) == list(range(50))


def test_a_lost_connection_frees_its_slot(redis_url: str) -> None:
    async def use() -> None:
        async with opened(redis_url, max_connections=1) as store:
            await store.run(FILL)
            pool = store._pools[asyncio.get_running_loop()]
            waiting = asyncio.ensure_future(read_all_right(store, 1))
            lost = await pool.take()
            await asyncio.sleep(0)
            del lost
            gc.collect()
            await waiting

    asyncio.run(use())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(redis_url: str) -> None:
    store = open_store(redis_url)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(store.run(FILL))
    loop.run_until_complete(read_all_right(store))
    inherited = store._pools[loop]._free[-1]
    assert not inherited.has_news()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            assert not list(store._pools)
            assert inherited.has_news()
            asyncio.run(read_all_right(store, 20))
            code = 0
        finally:
            os._exit(code)
    loop.run_until_complete(read_all_right(store, 20))
    assert os.waitpid(child, 0)[1] == 0
    loop.run_until_complete(read_all_right(store, 20))
    loop.run_until_complete(store.close())
    loop.close()


@pytest.mark.parametrize("where", ["tcp", "unix", "tls"])
def test_a_loop_that_ends_without_close_leaves_nothing_open(places: Any, where: str) -> None:
    program = """
        import asyncio, gc, os, sys
        from shelflife.stores import open_async_store
        from shelflife.stores.commands import Get
        store = open_async_store(sys.argv[1])
        async def use():
            await asyncio.gather(*(store.run(Get(b"k")) for _ in range(20)))
        def count():
            return len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
        before = count()
        for _ in range(3):
            asyncio.run(use())
        gc.collect()
        assert count() == before, (count(), before)
        assert not list(store._pools), "a loop that is over is kept"
    """
    words = [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(program)]
    ended = subprocess.run(
        [*words, getattr(places, where)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_connections_of_a_loop_that_died_are_closed_by_the_next(server_program: str) -> None:
    async def use() -> None:
        await read_all_right(store)
        await store.close()
        with redis.Redis.from_url(server.url) as admin:
            await wait_until(lambda: admin.info("clients")["connected_clients"] == 1)

    with PrivateServer(program=server_program) as server:  # nobody else's connections are there
        store = open_store(server.url)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(store.run(FILL))
        loop.close()
        asyncio.run(use())
    gc.collect()


def test_closing_amid_calls_lets_them_end_and_keeps_nothing(redis_url: str) -> None:
    async def use() -> None:
        store = open_store(redis_url, max_connections=2)
        await store.run(FILL)
        pool = store._pools[asyncio.get_running_loop()]
        in_use = await pool.take()
        reading = asyncio.ensure_future(read_all_right(store, 1))
        for _ in range(3):
            await asyncio.sleep(0)
        await store.close()
        pool.give_back(in_use)
        assert not pool._free
        assert in_use.has_news()
        await reading
        await store.close()

    asyncio.run(use())


def test_uvloop_serves_as_well(places: Any) -> None:
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        missing("uvloop", "uvloop is not installed")
    loop = uvloop.new_event_loop()
    for url in (places.tcp, places.unix, places.tls):
        store = open_store(url)
        loop.run_until_complete(store.run(FILL))
        loop.run_until_complete(read_all_right(store))
        loop.run_until_complete(store.close())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
