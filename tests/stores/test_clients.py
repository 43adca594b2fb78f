"""A user's own client: what is refused, what failures are called, and that it stays usable."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import redis.asyncio
from redis import exceptions

from shelflife import stores
from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores.commands import Get, GetMany, Increment, Replace, Set, SetMany
from shelflife.testing import PrivateServer
from shelflife.testing.servers import free_port

NO_RETRY: Any = None  # from release 6 on, the driver would try for seconds


def _kind(store: stores.Store, command: Any) -> str:
    with pytest.raises(ServerError) as caught:
        store.run(command)
    return caught.value.kind


@pytest.fixture(scope="module")
def own_server(server_program: str) -> Iterator[PrivateServer]:
    """A server whose settings a test may change."""
    with PrivateServer(program=server_program) as running:
        yield running


@pytest.mark.parametrize(
    "client",
    [
        None,
        "redis://127.0.0.1",
        redis.asyncio.Redis(),
        redis.Redis(decode_responses=True),
        redis.Redis().pipeline(),
    ],
    ids=["None", "a URL", "asyncio", "decoding", "a pipeline"],
)
def test_another_kind_of_client_is_refused(client: Any) -> None:
    with pytest.raises(ConfigurationError):
        stores.store_from_client(client)


@pytest.mark.parametrize("client", [redis.Redis(), redis.asyncio.Redis(decode_responses=True)])
def test_another_kind_of_client_is_refused_for_asyncio(client: Any) -> None:
    with pytest.raises(ConfigurationError):
        stores.async_store_from_client(client)


def test_options_make_a_client_with_our_timeouts() -> None:
    client = stores.client_from_options(host="127.0.0.1", socket_timeout=7)
    assert client.connection_pool.connection_kwargs["socket_timeout"] == 7
    assert client.connection_pool.connection_kwargs["socket_connect_timeout"] == 0.5
    with pytest.raises(ConfigurationError) as caught:
        stores.client_from_options(pasword="secret")
    assert "pasword" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@127.0.0.1:7000/3", "redis://:***@127.0.0.1:7000/3"),
        ("redis://me:secret@localhost", "redis://me:***@localhost:6379/0"),
        ("rediss://localhost:1", "rediss://localhost:1/0"),
        ("unix:///tmp/some.sock?db=2", "unix:///tmp/some.sock?db=2"),
    ],
)
def test_the_address_shows_no_password(url: str, shown: str) -> None:
    store = stores.store_from_client(redis.Redis.from_url(url))
    assert store.address == shown
    assert repr(store) == f"ClientStore({shown})"


def test_refusals_have_their_kinds_and_the_client_goes_on(own_server: PrivateServer) -> None:
    with redis.Redis.from_url(own_server.url) as admin, redis.Redis.from_url(own_server.url) as own:
        store = stores.store_from_client(own)
        assert store.run(Set(b"k", b"1", None)) is True
        admin.config_set("maxmemory", "1")
        assert _kind(store, Set(b"k", b"2", None)) == "out-of-memory"
        admin.config_set("maxmemory", "0")
        admin.replicaof("127.0.0.1", str(free_port()))
        assert _kind(store, Set(b"k", b"2", None)) == "read-only"
        assert _kind(store, SetMany(((b"k", b"2"),), None)) == "read-only"
        assert _kind(store, Increment(b"k", 1, None)) == "read-only"
        admin.replicaof("NO", "ONE")
        assert store.run(Increment(b"k", 1, None)) == 2


def test_one_entry_that_is_refused_does_not_spoil_a_batch(own_server: PrivateServer) -> None:
    with redis.Redis.from_url(own_server.url) as admin:
        admin.execute_command("ACL", "SETUSER", "few", "on", ">pw", "~a*", "+set", "+mget")
        client = redis.Redis(port=own_server.port, username="few", password="pw")
        with client:
            store = stores.store_from_client(client)
            stored, refused = store.run(SetMany(((b"a", b"1"), (b"b", b"2")), None))
            assert stored is True
            assert refused.kind == "denied"
            assert _kind(store, Get(b"a")) == "denied"
            assert _kind(store, GetMany((b"b",))) == "denied"
            assert store.run(GetMany((b"a",))) == [b"1"]


def test_without_scripts_and_transactions_the_missing_right_is_named(
    own_server: PrivateServer,
) -> None:
    with redis.Redis.from_url(own_server.url) as admin:
        admin.execute_command("ACL", "SETUSER", "bare", "on", ">pw", "~*", "+get", "+set")
    with redis.Redis(port=own_server.port, username="bare", password="pw") as client:
        store = stores.store_from_client(client)
        with pytest.raises(ServerError, match="EVAL, or WATCH, MULTI") as caught:
            store.run(Replace(b"k", b"1", b"2"))
        assert caught.value.kind == "denied"
        assert store.run(Get(b"none")) is None


def test_a_wrong_password_is_auth_and_never_shown(own_server: PrivateServer) -> None:
    client = redis.Redis(
        port=own_server.port, username="me", password="very-secret", retry=NO_RETRY
    )
    with client, pytest.raises(ServerError) as caught:
        stores.store_from_client(client).run(Get(b"k"))
    assert caught.value.kind == "auth"
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_fails_fast_after_a_while() -> None:
    client = redis.Redis(port=free_port(), retry=NO_RETRY)
    store = stores.store_from_client(client)
    kinds = [_kind(store, Get(b"k")) for _ in range(5)]
    assert kinds == ["refused"] * 3 + ["failing-fast"] * 2


def test_a_server_that_is_not_there_is_refused_for_asyncio() -> None:
    async def ask() -> None:
        async with redis.asyncio.Redis(port=free_port(), retry=NO_RETRY) as client:
            await stores.async_store_from_client(client).run(Get(b"k"))

    with pytest.raises(ServerError) as caught:
        asyncio.run(ask())
    assert caught.value.kind == "refused"


def test_a_paused_server_is_a_timeout(own_server: PrivateServer) -> None:
    with redis.Redis(port=own_server.port, socket_timeout=0.1, retry=NO_RETRY) as client:
        store = stores.store_from_client(client)
        store.run(Set(b"k", b"1", None))
        own_server.pause()
        try:
            assert _kind(store, Get(b"k")) == "timeout"
        finally:
            own_server.resume()
        assert store.run(Get(b"k")) == b"1"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.ConnectionError("Too many connections"), "busy"),
        (exceptions.ConnectionError("No connection available."), "busy"),
        (exceptions.ConnectionError("Connection closed by server."), "closed"),
        (exceptions.ConnectionError("max number of clients reached"), "refused"),
        (exceptions.BusyLoadingError("Redis is loading"), "loading"),
        (exceptions.InvalidResponse("?"), "protocol"),
        (exceptions.DataError("?"), "other"),
        (ConnectionResetError(104, "Connection reset"), "closed"),
    ],
)
def test_what_the_driver_raises_has_a_kind(error: Exception, kind: str) -> None:
    class Failing(redis.Redis):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            raise error

    assert _kind(stores.store_from_client(Failing()), Get(b"k")) == kind


def test_a_transaction_gives_its_connection_back(places: Any) -> None:
    pool = redis.BlockingConnectionPool.from_url(places.no_scripts, max_connections=1, timeout=1)
    with redis.Redis(connection_pool=pool) as client:
        store = stores.store_from_client(client)
        assert [store.run(Increment(b"k", 1, None)) for _ in range(5)] == [1, 2, 3, 4, 5]
        assert store.run(Replace(b"k", b"5", b"6")) is True
        assert client.get("k") == b"6"
    pool.disconnect()


def test_an_asyncio_transaction_gives_its_connection_back(places: Any) -> None:
    async def count() -> list[int]:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            places.no_scripts, max_connections=1, timeout=1
        )
        store = stores.async_store_from_client(redis.asyncio.Redis(connection_pool=pool))
        try:
            return [await store.run(Increment(b"k", 1, None)) for _ in range(5)]
        finally:
            await pool.disconnect()

    assert asyncio.run(count()) == [1, 2, 3, 4, 5]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_client_of_a_loop_that_is_over_is_closed(redis_url: str) -> None:
    async def use() -> stores.AsyncStore:
        store = stores.async_store_from_client(redis.asyncio.Redis.from_url(redis_url))
        await store.run(Set(b"k", b"1", None))
        return store

    store = asyncio.run(use())
    with pytest.raises(ServerError) as caught:
        asyncio.run(store.run(Get(b"k")))
    assert caught.value.kind == "closed"
    del store, caught
    gc.collect()
