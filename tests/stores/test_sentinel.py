"""A service behind sentinels: found whatever becomes of some of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from redis.sentinel import Sentinel

from shelflife import stores
from shelflife.errors import ServerError
from shelflife.stores.commands import Command, Get, Set
from shelflife.stores.redis_sync import RedisStore
from shelflife.stores.topology import open_topology
from shelflife.testing import PrivateSentinel, PrivateServer
from shelflife.testing.asking import ask as tell
from shelflife.testing.servers import free_port

Ask = Callable[[Command], Any]


@pytest.fixture(params=["sync", "async"])
def open_at(request: pytest.FixtureRequest) -> Iterator[Callable[..., Ask]]:
    """Open stores by their URLs, blocking or through a loop of their own."""
    loop = asyncio.new_event_loop()
    blocking: list[stores.Store] = []
    looped: list[stores.AsyncStore] = []

    def open_it(url: str, **options: Any) -> Ask:
        if request.param == "sync":
            blocking.append(stores.open_store(url, **options))
            return blocking[-1].run
        store = stores.open_async_store(url, **options)
        looped.append(store)
        return lambda command: loop.run_until_complete(store.run(command))

    yield open_it
    for store in blocking:
        store.close()
    for store_async in looped:
        loop.run_until_complete(store_async.close())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def url_of(sentinel: PrivateSentinel, *ports: int, service: str = "mymaster") -> str:
    ports = ports or tuple(one.port for one in sentinel.sentinels)
    return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/{service}/0"


def test_a_sentinel_that_is_gone_costs_nothing(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    """The next one is asked."""
    ask = open_at(url_of(sentinel, free_port(), free_port(), sentinel.sentinels[1].port))
    assert ask(Set(b"k", b"1", None)) is True
    assert tell(sentinel.primary(), "GET", "k") == b"1"


def test_a_sentinel_that_does_not_answer_costs_its_share_of_the_time(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    """All within the connect timeout."""
    silent, *others = sentinel.sentinels
    ask = open_at(url_of(sentinel, silent.port, *(one.port for one in others)))
    silent.pause()
    try:
        begun = time.monotonic()
        assert ask(Get(b"k")) is None
        assert time.monotonic() - begun < 0.5
    finally:
        silent.resume()


def test_a_service_that_no_sentinel_knows_is_said_so(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    ask = open_at(url_of(sentinel, service="other"))
    with pytest.raises(ServerError, match=r"no sentinel that answers \(3\) knows a service of"):
        ask(Get(b"k"))


def test_without_any_sentinel_it_is_said_that_none_could_be_reached(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    ask = open_at(url_of(sentinel, free_port(), free_port()))
    with pytest.raises(ServerError, match="no sentinel of 2 could say: no connection") as caught:
        ask(Get(b"k"))
    assert caught.value.kind == "refused"


def test_sentinels_have_a_login_of_their_own(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    one = sentinel.sentinels[0]
    right = "+sentinel|get-master-addr-by-name"
    tell(one, "ACL", "SETUSER", "watch", "on", ">s3cret", "-@all", right)
    url = url_of(sentinel, one.port) + "?sentinel_username=watch&sentinel_password="
    assert open_at(url + "s3cret")(Get(b"k")) is None
    with pytest.raises(ServerError, match="did not accept the user") as caught:
        open_at(url + "wr0ng")(Get(b"k"))
    assert caught.value.kind == "auth"
    assert "wr0ng" not in str(caught.value)


def test_without_the_right_to_ask_for_it_the_role_is_believed(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    rights = ("on", ">pw", "~*", "+get", "+set")
    tell(sentinel.primary(), "ACL", "SETUSER", "least", *rights)
    ask = open_at(sentinel.url.replace("//", "//least:pw@"))
    assert ask(Set(b"k", b"1", None)) is True
    assert ask(Get(b"k")) == b"1"


def test_a_replica_that_is_named_as_the_primary_is_left_alone(
    open_at: Callable[..., Ask], sentinel: PrivateSentinel
) -> None:
    """A demoted primary must not take our writes, nor answer our reads."""
    one, replica = sentinel.sentinels[0], sentinel.replica()
    tell(one, "SENTINEL", "MONITOR", "old", "127.0.0.1", str(replica.port), "3")
    try:
        ask = open_at(url_of(sentinel, one.port, service="old"))
        for command in (Get(b"k"), Set(b"k", b"1", None)):
            with pytest.raises(ServerError, match="a replica now") as caught:
                ask(command)
            assert caught.value.kind == "read-only"
    finally:
        tell(one, "SENTINEL", "REMOVE", "old")


def test_tools_are_told_the_primary(sentinel: PrivateSentinel, server: PrivateServer) -> None:
    """By the same words as for one server, which is always its own."""
    topology, _ = open_topology(sentinel.url, {})
    assert [one.port for one in topology.primaries()] == [sentinel.primary().port]
    assert topology.slots().primaries() == topology.primaries()
    assert not topology.is_cluster
    alone, _ = open_topology(server.url, {})
    assert [one.port for one in alone.primaries()] == [server.port]
    assert alone.shown == server.url


def test_connections_to_where_the_primary_was_are_not_kept(
    sentinel: PrivateSentinel, server_program: str
) -> None:
    """Even if they are still open: one that learns of the new place retires the others."""
    one = sentinel.sentinels[0]
    with PrivateServer(program=server_program) as old, PrivateServer(program=server_program) as new:
        tell(old, "SET", "k", "old")
        tell(new, "SET", "k", "new")
        tell(one, "SENTINEL", "MONITOR", "swap", "127.0.0.1", str(old.port), "3")
        store = stores.open_store(url_of(sentinel, one.port, service="swap"))
        assert isinstance(store, RedisStore)
        for connection in [store._pool.take() for _ in range(3)]:
            store._pool.give_back(connection)
        assert store.run(Get(b"k")) == b"old"
        tell(one, "SENTINEL", "REMOVE", "swap")
        tell(one, "SENTINEL", "MONITOR", "swap", "127.0.0.1", str(new.port), "3")
        time.sleep(1.1)  # what was heard is no longer fresh
        next_one = store._pool._free[-1]
        next_one.begin(1.0)
        tell(old, "CLIENT", "KILL", "ID", str(next_one.ask((b"CLIENT", b"ID"))))

        assert [store.run(Get(b"k")) for _ in range(5)] == [b"new"] * 5
        store.close()
        tell(one, "SENTINEL", "REMOVE", "swap")


def test_a_drivers_own_sentinel_client_works(sentinel: PrivateSentinel) -> None:
    """And its address shows the sentinels."""
    places = [("127.0.0.1", one.port) for one in sentinel.sentinels]
    manager: Any = Sentinel
    with manager(places).master_for(sentinel.service) as client:
        store = stores.store_from_client(client)
        assert store.run(Set(b"k", b"1", None)) is True
        assert store.run(Get(b"k")) == b"1"
        assert store.address == sentinel.url
