from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Union

import pytest
import redis

from faults.opened import KINDS, Blocking, InLoop, opened
from shelflife.errors import ServerError
from shelflife.stores.commands import Command, Get, GetMany, Increment, Replace, Set, SetMany
from shelflife.testing import PrivateServer
from shelflife.testing.servers import free_port

FAST = {"connect_timeout": 0.2, "read_timeout": 0.2, "breaker_failures": 10**6}
PATIENT = {"connect_timeout": 2, "read_timeout": 2}  # where nothing is to time out
SLACK = 0.5  # for a busy machine

AnyStore = Union[Blocking, InLoop]


@pytest.fixture
def own(server_program: str) -> Iterator[PrivateServer]:
    """A server that a test may do anything to."""
    with PrivateServer(program=server_program) as running:
        yield running


def kind_of(store: AnyStore, command: Command, within: float) -> str:
    """Give the kind of the error that a command must end in, and in time."""
    begun = time.monotonic()
    with pytest.raises(ServerError) as caught:
        store.run(command)
    assert time.monotonic() - begun < within + SLACK
    return caught.value.kind


def eventually(store: AnyStore, command: Command) -> Any:
    """Give the reply as soon as there is one."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return store.run(command)
        except ServerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_not_there_yet_is_found_once_it_is(kind: str, server_program: str) -> None:
    """Without opening the store again."""
    port = free_port()
    with closing(opened(kind, f"redis://127.0.0.1:{port}/0", **FAST)) as store:
        assert kind_of(store, Get(b"k"), within=0.2) == "refused"
        with PrivateServer(program=server_program, port=port):
            assert eventually(store, Get(b"k")) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_socket_and_host_are_refused(kind: str) -> None:
    """With a sentence that says what the system said."""
    for url in ("unix:///nowhere/redis.sock", "redis://no-such-host.invalid:6379/0"):
        told = r"^refused: no connection could be made: \w+"
        store = opened(kind, url, **PATIENT)
        with closing(store), pytest.raises(ServerError, match=told):
            store.run(Get(b"k"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_paused_server_times_out_and_is_used_again_when_it_goes_on(
    kind: str, own: PrivateServer
) -> None:
    """Kept and fresh connections alike; what it answers late reaches nobody."""
    with closing(opened(kind, own.url, **FAST)) as store:
        store.run(Set(b"first", b"1", None))
        store.run(Set(b"second", b"2", None))
        own.pause()
        try:
            assert kind_of(store, Get(b"first"), within=0.2) == "timeout"
            assert kind_of(store, Get(b"first"), within=0.4) == "timeout"
        finally:
            own.resume()
        assert eventually(store, GetMany((b"second", b"first"))) == [b"2", b"1"]


@pytest.mark.parametrize("kind", KINDS)
def test_after_some_failures_in_a_row_nobody_waits_for_a_moment(
    kind: str, own: PrivateServer
) -> None:
    """And the call that then finds the server well again ends it."""
    options = {"read_timeout": 0.2, "breaker_failures": 2, "breaker_pause": 0.7}
    with closing(opened(kind, own.url, **options)) as store:
        store.run(Set(b"k", b"v", None))
        own.pause()
        try:
            assert [kind_of(store, Get(b"k"), within=0.6) for _ in range(2)] == ["timeout"] * 2
            begun = time.monotonic()
            assert {kind_of(store, Get(b"k"), within=0.0) for _ in range(50)} == {"failing-fast"}
            assert time.monotonic() - begun < 0.5
        finally:
            own.resume()
        assert eventually(store, Get(b"k")) == b"v"
        assert [store.run(Get(b"k")) for _ in range(20)] == [b"v"] * 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_killed_while_it_is_read_is_used_again_after_its_restart(
    kind: str, own: PrivateServer
) -> None:
    """Every read in between is an error or the key's own value."""
    keys = [b"key:%d" % number for number in range(20)]
    # 20 share 8 connections; on a busy machine the turn of the last may be long in coming
    with closing(opened(kind, own.url, max_connections=8, pool_wait=10, **FAST)) as store:
        store.run(SetMany(tuple((key, key * 2000) for key in keys), None))
        killer = threading.Timer(0.05, own.kill)
        killer.start()
        asked = keys * 100
        outcomes = store.run_all(map(Get, asked))
        killer.join()
        assert any(isinstance(outcome, ServerError) for outcome in outcomes)
        for key, outcome in zip(asked, outcomes):
            if isinstance(outcome, ServerError):
                assert outcome.kind in ("closed", "refused", "timeout")
            else:
                assert outcome == key * 2000
        own.start()
        assert eventually(store, Get(keys[0])) is None
        store.run(Set(keys[0], b"again", None))
        for _ in range(20):  # on a busy machine the first connections may take longer than FAST
            outcomes = store.run_all([Get(keys[0])] * 50)
            if set(outcomes) == {b"again"}:
                break
            time.sleep(0.1)
        assert set(outcomes) == {b"again"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_restart_between_two_calls_is_not_even_noticed(kind: str, own: PrivateServer) -> None:
    """The kept connection is found closed before anything is sent, so counting is safe as well."""
    with closing(opened(kind, own.url, **PATIENT)) as store:
        for command in (Get(b"k"), Increment(b"counter", 5, None), Set(b"new", b"v", None, True)):
            store.run(Get(b"k"))
            own.kill()
            own.start()
            assert store.run(command) in (None, 5, True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_password_that_is_missing_or_wrong_is_an_auth_failure(
    kind: str, server_program: str
) -> None:
    """That never shows the password; with the right one all is well."""
    with PrivateServer("--requirepass", "right", program=server_program) as locked:
        for user_info in ("", ":wr0ng@", "nobody:wr0ng@"):
            url = locked.url.replace("//", f"//{user_info}", 1)
            with closing(opened(kind, url, **PATIENT)) as store:
                with pytest.raises(ServerError, match=r"^auth: ") as caught:
                    store.run(Get(b"k"))
                assert "wr0ng" not in repr(caught.value) + repr(store.store)
        for user_info in (":right@", "default:right@"):
            url = locked.url.replace("//", f"//{user_info}", 1).replace("/0", "/3?client_name=me")
            with closing(opened(kind, url, **PATIENT)) as store:
                assert store.run(Set(b"k", b"v", None)) is True


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_is_not_there_is_told(kind: str, own: PrivateServer) -> None:
    """By its number."""
    store = opened(kind, own.url.replace("/0", "/99"), **PATIENT)
    with closing(store), pytest.raises(ServerError, match="other: database 99 cannot be selected"):
        store.run(Get(b"k"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_replica_is_read_and_not_written(kind: str, own: PrivateServer) -> None:
    """Its refusals never open the breaker, and scripts are refused with the same kind."""
    replica = PrivateServer("--replicaof", "127.0.0.1", str(own.port), program=own.program)
    with replica, closing(opened(kind, replica.url, breaker_failures=1, **PATIENT)) as store:
        for _ in range(3):
            for command in (
                Set(b"k", b"v", None),
                SetMany(((b"k", b"v"), (b"l", b"v")), None),
                Increment(b"k", 1, None),
            ):
                assert kind_of(store, command, within=0.0) == "read-only"
            assert store.run(Replace(b"k", b"1", b"2")) is False  # nothing to write
        assert eventually(store, Get(b"k")) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_server_is_read_and_not_written(kind: str, own: PrivateServer) -> None:
    """Its refusals cost neither the connection nor the breaker's patience."""
    with closing(opened(kind, own.url, breaker_failures=1, **PATIENT)) as store:
        assert store.run(Set(b"counter", b"1", None)) is True
        with redis.Redis.from_url(own.url) as client:
            client.config_set("maxmemory", 1)
        entries = ((b"k", b"v"), (b"l", b"v"))
        assert [error.kind for error in store.run(SetMany(entries, None))] == ["out-of-memory"] * 2
        for command in (
            Set(b"k", b"v", None),
            Increment(b"counter", 1, None),
            Increment(b"new", 1, 1000),
            Replace(b"counter", b"1", b"2"),
        ):
            assert kind_of(store, command, within=0.0) == "out-of-memory"
        assert store.run(Get(b"counter")) == b"1"


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_speaks_something_else_makes_no_sense(kind: str) -> None:
    """Such as a web server: an error, and no waiting."""
    import socketserver  # noqa: PLC0415 - only here

    class Web(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Web) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.05,))
        thread.start()
        port = web.server_address[1]
        with closing(opened(kind, f"redis://127.0.0.1:{port}/0", **PATIENT)) as store:
            assert kind_of(store, Get(b"k"), within=0.2) == "protocol"
        web.shutdown()
        thread.join()
