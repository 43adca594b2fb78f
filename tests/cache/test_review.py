"""What a review found once: each stays mended."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shelflife import AsyncCache, Cache, ConfigurationError, Reason, ServerError
from shelflife.envelope import Hints, seal
from shelflife.testing import PrivateServer


def test_a_batch_that_raises_leaves_no_old_value(server_program: str) -> None:
    """on_server_error="raise": every key is unlinked and counted before it raises."""
    own = PrivateServer("--maxmemory-policy", "noeviction", program=server_program)
    with own, Cache(own.url, prefix="p:", on_server_error="raise") as cache:
        cache.set_many({"a": "old", "b": "old", "c": "old"})
        with redis.Redis.from_url(own.url) as admin:
            admin.config_set("maxmemory", "100kb")

        with pytest.raises(ServerError):
            cache.set_many({"a": "new", "b": "new", "c": "new"})
        assert cache.get_many("abc") == {}
        assert cache.counters().not_stored == {"out-of-memory": 3}


def test_a_stop_iteration_of_a_computation_is_its_error() -> None:
    """And no result."""
    with Cache("memory://") as cache:
        with pytest.raises(StopIteration):
            cache.get_or_compute("k", lambda: next(iter([])))
        assert cache.has("k") is False

    async def run() -> None:
        await AsyncCache("memory://").get_or_compute("k", lambda: next(iter([])))

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(run())


def test_computations_that_need_each_other_end() -> None:
    """Nobody waits inside a computation: two threads, two tasks, and a child task."""
    cache = Cache("memory://")
    both = threading.Barrier(2)

    def first() -> Any:
        both.wait(5)
        return [cache.get_or_compute("b", lambda: 1)]

    def second() -> Any:
        both.wait(5)
        return [cache.get_or_compute("a", lambda: 2)]

    threads = [
        threading.Thread(target=cache.get_or_compute, args=("a", first), daemon=True),
        threading.Thread(target=cache.get_or_compute, args=("b", second), daemon=True),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)

    async def run() -> Any:
        other = AsyncCache("memory://")

        async def inner() -> Any:
            return await asyncio.gather(other.get_or_compute("k", lambda: 1))

        return await asyncio.wait_for(other.get_or_compute("k", inner), 5)

    assert asyncio.run(run()) == [1]


@pytest.fixture(params=[b"*4000000000\r\n", b"%1\r\n*0\r\n+a\r\n", b"~1\r\n*0\r\n"], ids=repr)
def strange_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that answers everything with nonsense."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                connection.sendall(request.param)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_nonsense_from_a_server_is_a_failing_server(
    strange_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the driver makes of it."""
    client = redis.Redis.from_url(strange_url, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))
    for cache in (Cache(strange_url, prefix="p:"), Cache(client=client, prefix="p:")):
        assert cache.lookup("k").reason is Reason.UNAVAILABLE  # type: ignore[union-attr]
        assert cache.set("k", 1) is False
        assert cache.incr("k") is None
        assert cache.clear() is False
        cache.close()
    client.close()

    async def run() -> Any:
        async with AsyncCache(strange_url, prefix="p:") as cache:
            return await cache.lookup("k")

    assert asyncio.run(run()).reason is Reason.UNAVAILABLE
    assert "Fatal error" not in caplog.text


def test_keys_of_values_and_control_characters_stay_out_of_logs(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The path of a culprit is for the caller; a writer's name is made printable."""
    forged = Hints(writer="v1\nERROR root: \x1b[31m")
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("x:k", seal(9, b"zz", forged, guard=False))
    with caplog.at_level(logging.WARNING), Cache(redis_url, prefix="x:") as cache:
        cache.get("k")
        with pytest.raises(TypeError, match="alice"):
            cache.set("k", {"alice@example.org": object()})

    assert "alice" not in caplog.text
    assert "written by v1?ERROR root: ?[31m" in caplog.text
    with pytest.raises(ConfigurationError, match="printable"):
        Cache("memory://", release="a\nb")
