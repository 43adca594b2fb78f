"""A failing server: reads miss, writes drop, both are reported, nothing hangs, all recovers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import redis

from blocking import Blocking
from shelflife import AsyncCache, Cache, Event, EventKind, Reason, ServerError
from shelflife.testing import PrivateServer
from shelflife.testing.servers import free_port

KINDS: dict[str, Callable[..., Any]] = {
    "sync": Cache,
    "async": lambda url, **options: Blocking(AsyncCache(url, **options)),
}


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Make a cache, sync or async."""
    made: list[Any] = []

    def build(url: str, **options: Any) -> Any:
        made.append(KINDS[request.param](url, prefix="api:", **options))
        return made[-1]

    yield build
    for cache in made:
        cache.close()


@pytest.fixture
def own(server_program: str) -> Iterator[PrivateServer]:
    """A server of this test's own, to be ill-treated."""
    with PrivateServer("--repl-diskless-sync-delay", "0", program=server_program) as running:
        yield running


def use_every_method(cache: Any) -> None:
    """Reads miss, writes drop; nothing raises."""
    assert cache.get("k") is None
    assert cache.lookup("k").reason is Reason.UNAVAILABLE
    assert cache.get_many(["k", "l"]) == {}
    assert cache.has("k") is False
    assert cache.set("k", 1) is False
    assert cache.set_many({"k": 1}) == {"k": False}
    assert cache.add("k", 1) is False
    assert cache.delete("k") is False
    assert cache.delete_many(["k"]) is False
    assert cache.clear() is False
    assert cache.incr("k") is None
    assert cache.touch("k") is False
    assert cache.ttl("k") == 0.0
    assert cache.get_or_compute("k", lambda: "computed") == "computed"


def test_nobody_listens(make: Callable[..., Any]) -> None:
    """Refused at once, reported through hooks and counters."""
    seen: list[Event] = []
    cache = make(f"redis://127.0.0.1:{free_port()}/0", hooks=[seen.append])

    started = time.monotonic()
    use_every_method(cache)

    assert time.monotonic() - started < 2
    counters = cache.counters()
    assert set(counters.server_errors) == {"refused", "failing-fast"}
    assert counters.misses["unavailable"] == 6
    assert counters.lost_invalidations == 3
    assert {event.kind for event in seen} == {
        EventKind.SERVER_ERROR,
        EventKind.NOT_STORED,
        EventKind.LOST_INVALIDATION,
    }
    assert {event.key_class for event in seen} == {"api:*"}


def test_a_server_that_does_not_answer(make: Callable[..., Any], own: PrivateServer) -> None:
    """Each call ends within its timeout; after three, calls fail fast; then it recovers."""
    cache = make(own.url, connect_timeout=0.2, read_timeout=0.2)
    assert cache.set("k", "v") is True
    own.pause()
    try:
        for _ in range(3):
            started = time.monotonic()
            assert cache.lookup("k").reason is Reason.UNAVAILABLE
            assert time.monotonic() - started < 0.6
        started = time.monotonic()
        use_every_method(cache)
        assert time.monotonic() - started < 0.6
    finally:
        own.resume()
    time.sleep(1.1)

    assert cache.get("k") == "v"
    assert cache.counters().server_errors["timeout"] >= 3


def test_a_killed_server_comes_back(make: Callable[..., Any], own: PrivateServer) -> None:
    """Without a restart of ours."""
    cache = make(own.url)
    cache.set("k", "v")
    own.kill()
    use_every_method(cache)
    own.start()
    time.sleep(1.1)

    assert cache.get("k") is None
    assert cache.set("k", "again") is True
    assert cache.get("k") == "again"


def test_connections_that_were_closed_meanwhile(
    make: Callable[..., Any], own: PrivateServer
) -> None:
    """The server's idle timeout or a failover closed them: the caller does not notice."""
    cache = make(own.url)
    cache.set("k", "v")
    with redis.Redis.from_url(own.url) as admin:
        admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    assert cache.get("k") == "v"
    with redis.Redis.from_url(own.url) as admin:
        admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert cache.incr("n") == 1
    assert cache.counters().server_errors == {}


def test_a_full_server(make: Callable[..., Any], server_program: str) -> None:
    """Writes drop and unlink what they should have replaced; reads go on; no breaker."""
    with PrivateServer("--maxmemory-policy", "noeviction", program=server_program) as own:
        cache = make(own.url)
        cache.set("k", "old")
        cache.set("other", "stays")
        with redis.Redis.from_url(own.url) as admin:
            admin.config_set("maxmemory", "100kb")

        for _ in range(5):
            assert cache.set("k", "new") is False
        assert cache.get("k") is None
        assert cache.get("other") == "stays"
        assert cache.delete("other") is True
        assert cache.counters().not_stored == {"out-of-memory": 5}
        assert cache.counters().lost_invalidations == 0


def test_a_read_only_replica(
    make: Callable[..., Any], own: PrivateServer, server_program: str
) -> None:
    """Reads go on; writes and removals are refused and reported."""
    with PrivateServer(
        "--replicaof", "127.0.0.1", str(own.port), program=server_program
    ) as replica:
        primary, cache = make(own.url), make(replica.url)
        primary.set("k", "v")
        deadline = time.monotonic() + 5
        while cache.get("k") is None and time.monotonic() < deadline:
            time.sleep(0.05)

        assert cache.get("k") == "v"
        assert cache.set("k", "new") is False
        assert cache.delete("k") is False
        assert cache.clear() is False
        assert cache.get("k") == "v"
        assert cache.counters().lost_invalidations == 3
        assert set(cache.counters().server_errors) - {"loading"} == {"read-only"}


def test_a_wrong_password(
    make: Callable[..., Any], server_program: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Told as what it is, and the password is in no line."""
    with PrivateServer("--requirepass", "right", program=server_program) as own:
        cache = make(own.url.replace("redis://", "redis://:wr0ng-s3cret@"))
        use_every_method(cache)
        without = make(own.url)
        assert without.lookup("k").reason is Reason.UNAVAILABLE

        assert "auth" in cache.counters().server_errors
        assert "auth" in without.counters().server_errors
        assert "s3cret" not in caplog.text
        assert make(own.url.replace("redis://", "redis://:right@")).set("k", 1) is True


def test_on_server_error_raise(make: Callable[..., Any]) -> None:
    """For those who want to know."""
    cache = make(f"redis://127.0.0.1:{free_port()}/0", on_server_error="raise")
    calls: list[Callable[[], Any]] = [
        lambda: cache.get("k"),
        lambda: cache.set("k", 1),
        lambda: cache.get_many(["k"]),
        lambda: cache.delete("k"),
        lambda: cache.incr("k"),
    ]
    for call in calls:
        with pytest.raises(ServerError):
            call()


def test_bad_entries_never_trip_the_breaker(redis_url: str) -> None:
    """A failing entry is kept apart from a failing server."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("api:bad", b"garbage")
        raw.rpush("api:list", 1)
    with Cache(redis_url, prefix="api:") as cache:
        for _ in range(20):
            cache.get("bad")
            cache.get("list")
            cache.incr("list")
        cache.set("k", 1)

        assert cache.get("k") == 1
        assert cache.counters().server_errors == {}


def test_log_lines_hold_no_keys_or_values(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Key class, reason, dialect and length only."""
    with redis.Redis.from_url(redis_url) as raw:
        raw.set("api:user:bob@example.org", b"!secret-value")
    with Cache(redis_url, prefix="api:") as cache:
        cache.get("user:bob@example.org")

    assert "api:user:*" in caplog.text
    assert "foreign" in caplog.text
    assert "bob" not in caplog.text
    assert "secret-value" not in caplog.text


def test_cancelled_tasks_leave_no_trace(redis_url: str) -> None:
    """500 tasks, cancelled at random moments; every answer that comes is the right one."""

    async def run() -> None:
        async with AsyncCache(redis_url, prefix="api:", max_connections=20) as cache:
            await cache.set_many({f"k{n}": f"v{n}" for n in range(500)})

            async def read(n: int) -> None:
                for _ in range(10):
                    found = await cache.lookup(f"k{n}")
                    value = getattr(found, "value", None)
                    assert value in (f"v{n}", None)

            tasks = [asyncio.ensure_future(read(n)) for n in range(500)]
            for n, task in enumerate(tasks):
                await asyncio.sleep(0)
                if n % 3 == 0:
                    task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert not [error for error in done if isinstance(error, AssertionError)]
            for n in range(1000):
                assert await cache.get(f"k{n % 500}") == f"v{n % 500}"

    asyncio.run(run())
