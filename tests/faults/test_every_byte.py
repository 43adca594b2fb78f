from __future__ import annotations

import time
from contextlib import closing
from typing import Any, Union

import pytest

from faults.opened import KINDS, Blocking, InLoop, opened
from faults.proxy import Proxy
from shelflife.errors import ServerError
from shelflife.stores.commands import Command, Get, GetMany, Increment, Set, SetMany
from shelflife.testing import PrivateServer

TIMEOUT = 0.03
PATIENT = {"read_timeout": 2, "breaker_failures": 10**6, "max_connections": 10}
OPTIONS = {**PATIENT, "read_timeout": TIMEOUT}
KEYS = [b"key:%d" % number for number in range(50)]

# What to ask, the right answer, and how many bytes Redis sends for it.
READ = (Get(b"key:7"), b"value of key:7", len(b"$14\r\nvalue of key:7\r\n"))
READ_MANY = (
    GetMany((b"key:1", b"none", b"key:22")),
    [b"value of key:1", None, b"value of key:22"],
    len(b"*3\r\n$14\r\nvalue of key:1\r\n$-1\r\n$15\r\nvalue of key:22\r\n"),
)
COUNT = (Increment(b"counter", 0, None), 7, len(b"*2\r\n$2\r\nis\r\n$1\r\n7\r\n"))
ASKED = [pytest.param(*READ, id="GET"), pytest.param(*READ_MANY, id="MGET")]


def fill(store: Union[Blocking, InLoop]) -> None:
    store.run(SetMany(tuple((key, b"value of " + key) for key in KEYS), None))
    store.run(Set(b"counter", b"7", None))


def read_all(store: Union[Blocking, InLoop], times: int) -> None:
    """Read every key so many times at once: each reader gets its own key's value."""
    asked = KEYS * times
    for key, got in zip(asked, store.run_all(map(Get, asked))):
        late = isinstance(got, ServerError)  # a busy machine; not another key's value
        assert (retried(store, Get(key)) if late else got) == b"value of " + key


def retried(store: Union[Blocking, InLoop], command: Command) -> Any:
    for _ in range(20):
        try:
            return store.run(command)
        except ServerError:
            time.sleep(0.02)
    return store.run(command)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("command", "answer", "length"), ASKED)
def test_a_read_that_is_cut_at_any_byte_is_asked_again(
    server: PrivateServer, kind: str, command: Command, answer: Any, length: int
) -> None:
    """The kept connection turned out closed: a fresh one gives the right answer."""
    with Proxy(server.port) as proxy, closing(opened(kind, proxy.url, **PATIENT)) as store:
        fill(store)
        for passes in range(length):
            assert retried(store, command) == answer
            before = proxy.connections
            proxy.plan("cut", passes=passes)
            assert store.run(command) == answer
            assert proxy.connections == before + 1, f"not cut at byte {passes}"
        read_all(store, 20)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("command", "answer", "length"), [*ASKED, pytest.param(*COUNT, id="EVAL")])
def test_a_reply_that_stalls_at_any_byte_times_out(
    server: PrivateServer, kind: str, command: Command, answer: Any, length: int
) -> None:
    """And what comes of it later reaches nobody."""
    with Proxy(server.port) as proxy, closing(opened(kind, proxy.url, **OPTIONS)) as store:
        fill(store)
        for passes in range(length):
            assert retried(store, command) == answer
            proxy.plan("stall", passes=passes)
            begun = time.monotonic()
            with pytest.raises(ServerError, match="timeout"):
                store.run(command)
            assert time.monotonic() - begun < TIMEOUT + 0.5
            assert retried(store, Get(b"key:3")) == b"value of key:3"
        read_all(store, 20)


@pytest.mark.parametrize("kind", KINDS)
def test_a_count_that_is_cut_at_any_byte_is_never_sent_again(
    server: PrivateServer, kind: str
) -> None:
    """Nobody knows whether the server did it: counting twice would be worse than an error."""
    command, _, length = COUNT
    with Proxy(server.port) as proxy, closing(opened(kind, proxy.url, **PATIENT)) as store:
        fill(store)
        for passes in range(length):
            assert retried(store, Get(b"key:7")) == b"value of key:7"
            proxy.plan("cut", passes=passes)
            with pytest.raises(ServerError, match="closed"):
                store.run(Increment(b"cut", 1, None))
            assert retried(store, command) == 7
        assert retried(store, Get(b"cut")) == b"%d" % length
        read_all(store, 20)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_drips_is_waited_for_no_longer_than_one_that_is_silent(
    server: PrivateServer, kind: str
) -> None:
    """Each byte comes in time; all of them together do not."""
    with Proxy(server.port) as proxy, closing(opened(kind, proxy.url, read_timeout=0.3)) as store:
        fill(store)
        proxy.plan("drip", interval=0.1)
        begun = time.monotonic()
        with pytest.raises(ServerError, match="timeout"):
            store.run(Get(b"key:7"))
        assert 0.25 < time.monotonic() - begun < 0.8
        read_all(store, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_too_many_is_given_to_nobody(server: PrivateServer, kind: str) -> None:
    """A kept connection with something unasked to say is replaced before it is used."""
    with Proxy(server.port) as proxy, closing(opened(kind, proxy.url, **OPTIONS)) as store:
        fill(store)
        before = proxy.connections
        proxy.send_unasked(b"$5\r\nwrong\r\n")
        time.sleep(0.1)
        assert retried(store, Get(b"key:7")) == b"value of key:7"
        assert proxy.connections > before
        read_all(store, 4)
