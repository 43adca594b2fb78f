"""An asyncio store against servers that misbehave: a failure in time, and nothing mixed up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import redis

from shelflife.stores.commands import Command, Get, Increment, Replace, Set
from shelflife.testing import PrivateServer
from shelflife.testing.servers import free_port
from stores.loops import FILL, KEYS, kind_of, opened, read_all_right


@pytest.fixture
def own_server(server_program: str) -> Iterator[PrivateServer]:
    """A server that a test may pause, kill and start again."""
    with PrivateServer(program=server_program) as running:
        yield running


def test_a_pool_in_use_is_busy_after_the_wait(own_server: PrivateServer) -> None:
    async def use() -> None:
        limits = {"max_connections": 1, "pool_wait": 0.1}
        async with opened(own_server.url, **limits) as store:
            await store.run(FILL)
            own_server.pause()
            try:
                slow = asyncio.ensure_future(store.run(Get(KEYS[0])))
                await asyncio.sleep(0)
                began = time.monotonic()
                assert await kind_of(store, Get(KEYS[1])) == "busy"
                assert time.monotonic() - began < 1.2
            finally:
                own_server.resume()
            assert await slow == b"entry of key0"

    asyncio.run(use())


@pytest.mark.parametrize("command", [Get(KEYS[0]), Increment(b"n", 1, None)])
def test_a_paused_server_is_a_timeout_and_late_answers_reach_nobody(
    own_server: PrivateServer, command: Command
) -> None:
    url = own_server.url.replace("/0", "/1")  # it logs in, under the longer timeout

    async def use() -> None:
        async with opened(url, read_timeout=0.2, connect_timeout=5.0) as store:
            await store.run(FILL)
            own_server.pause()
            began = time.monotonic()
            try:
                assert await kind_of(store, command) == "timeout"
                assert time.monotonic() - began < 1.2
            finally:
                own_server.resume()
            await read_all_right(store)

    asyncio.run(use())


def test_a_killed_server_is_noticed_and_a_new_one_is_used(own_server: PrivateServer) -> None:
    async def use() -> None:
        async with opened(own_server.url, breaker_pause=0.05) as store:
            await store.run(FILL)
            await read_all_right(store)
            own_server.kill()
            kinds = [await kind_of(store, Get(KEYS[0])) for _ in range(8)]
            assert set(kinds) == {"refused", "failing-fast"}
            own_server.start()
            await asyncio.sleep(0.06)
            await store.run(FILL)
            await read_all_right(store)

    asyncio.run(use())


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (Get(KEYS[0]), b"entry of key0"),
        (Increment(b"n", 1, None), 1),
        (Replace(KEYS[0], b"entry of key0", b"x"), True),
        (Set(b"new", b"1", None, if_absent=True), True),
    ],
)
def test_a_kept_connection_that_the_server_closed_is_replaced(
    server: PrivateServer, command: Command, reply: Any
) -> None:
    async def use() -> Any:
        async with opened(server.url) as store:
            await store.run(FILL)
            with redis.Redis.from_url(server.url) as admin:
                admin.client_kill_filter(_type="normal", skipme=True)
            return await store.run(command)

    assert asyncio.run(use()) == reply


async def _against(answer: Callable[[asyncio.StreamWriter], Any], url: str, **options: Any) -> str:
    """Ask a server of the test's own; give the kind of the failure."""
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(ConnectionError):
            await reader.read(1000)
            await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with opened(url.format(port=port), **options) as store:
            return await kind_of(store, Get(b"k"))
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def _drip(writer: asyncio.StreamWriter) -> None:
    for byte in b"$1000\r\n" + b"x" * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def _say_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(2)


async def _say_too_much(writer: asyncio.StreamWriter) -> None:
    writer.write(b"$1\r\na\r\n$1\r\nb\r\n")
    await asyncio.sleep(0.5)


async def _say_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await asyncio.sleep(0.5)


async def _cut(writer: asyncio.StreamWriter) -> None:
    writer.write(b"$10\r\nabc")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (_drip, "timeout"),
        (_say_nothing, "timeout"),
        (_say_too_much, "protocol"),
        (_say_nonsense, "protocol"),
        (_cut, "closed"),
    ],
)
def test_a_server_that_misbehaves_is_a_failure_in_time(
    answer: Callable[[asyncio.StreamWriter], Any], kind: str
) -> None:
    began = time.monotonic()
    url = "redis://127.0.0.1:{port}"
    assert asyncio.run(_against(answer, url, read_timeout=0.2)) == kind
    assert time.monotonic() - began < 1.2


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/1", "rediss://127.0.0.1:{port}"])
def test_logging_in_and_tls_are_within_the_connect_timeout(url: str) -> None:
    began = time.monotonic()
    assert asyncio.run(_against(_say_nothing, url, connect_timeout=0.2)) == "timeout"
    assert time.monotonic() - began < 1.2


def test_nobody_there_is_refused_at_once() -> None:
    async def use() -> str:
        async with opened(f"redis://localhost:{free_port()}") as store:
            return await kind_of(store, Get(b"k"))

    assert asyncio.run(use()) == "refused"


def test_much_data_earns_more_time(redis_url: str) -> None:
    entry = os.urandom(1_000_000) * 20

    async def use() -> None:
        async with opened(redis_url, read_timeout=0.5) as store:
            assert await store.run(Set(b"big", entry, None)) is True
            assert await store.run(Get(b"big")) == entry

    asyncio.run(use())


def test_an_address_that_never_answers_leaves_time_for_the_next() -> None:
    """A full backlog: the kernel leaves the connection hanging."""
    with socket.socket() as full, contextlib.ExitStack() as clients:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(8):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())

        async def use() -> str:
            url = f"redis://127.0.0.1:{full.getsockname()[1]}"
            async with opened(url, connect_timeout=0.2, read_timeout=0.2) as store:
                return await kind_of(store, Get(b"k"))

        began = time.monotonic()
        assert asyncio.run(use()) == "timeout"
        assert time.monotonic() - began < 1.2
