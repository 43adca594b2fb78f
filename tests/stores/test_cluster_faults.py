"""Callers of a cluster who are interrupted, cancelled, or kept waiting."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shelflife import stores
from shelflife.errors import ServerError
from shelflife.stores.commands import Get, GetMany, SetMany
from shelflife.testing import PrivateCluster

KEYS = tuple(b"key%d" % number for number in range(60))
FILL = SetMany(tuple((key, b"entry of " + key) for key in KEYS), None)
ENTRIES = [b"entry of " + key for key in KEYS]
PROMISED = 1.5  # pool wait, connect timeout and read timeout


@contextlib.contextmanager
def silent(cluster: PrivateCluster) -> Iterator[None]:
    """Pause every node, and wait afterwards until they are well again."""
    for server in cluster.servers:
        server.pause()
    try:
        yield
    finally:
        for server in cluster.servers:
            server.resume()
        cluster.wait_until_healthy()


class Interrupted(BaseException):
    """What a signal handler raises here."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no interval timers here")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_signal_handlers_may_raise_at_any_point_of_a_batch(cluster: PrivateCluster) -> None:
    """No reply is taken by the wrong call afterwards, and no connection is lost for good."""

    def interrupt(*_: object) -> None:
        raise Interrupted

    interrupted = wrong = 0
    delays = itertools.cycle(number * 0.00002 for number in range(1, 60))
    store = stores.open_store(cluster.url, max_connections=2, breaker_failures=10**6)
    store.run(FILL)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            try:
                signal.setitimer(signal.ITIMER_REAL, next(delays))
                got = store.run(GetMany(KEYS))
                signal.setitimer(signal.ITIMER_REAL, 0)
                wrong += got != ENTRIES
            except Interrupted:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    gc.collect()

    assert (wrong, interrupted > 100) == (0, True)
    assert [store.run(Get(key)) for key in KEYS] == ENTRIES
    store.close()


def test_cancelled_batches_leave_nothing_behind(cluster: PrivateCluster) -> None:
    """Neither a reply for another call nor a connection that is never free again."""

    async def cancel_many() -> None:
        store = stores.open_async_store(cluster.url, max_connections=2, pool_wait=5.0)
        await store.run(FILL)
        for number in range(200):
            call = asyncio.ensure_future(store.run(GetMany(KEYS)))
            for _ in range(number % 12):
                await asyncio.sleep(0)
            call.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await call
        found = await asyncio.gather(*(store.run(GetMany(KEYS)) for _ in range(20)))
        assert found == [ENTRIES] * 20
        await store.close()

    asyncio.run(cancel_many())


@pytest.mark.parametrize("is_known", [True, False], ids=["connected", "fresh"])
def test_a_call_ends_in_time_even_if_no_node_answers(
    cluster: PrivateCluster, *, is_known: bool
) -> None:
    """Whether connections are there already or are to be made."""
    store = stores.open_store(cluster.url)
    if is_known:
        store.run(FILL)
    with silent(cluster):
        for command in (GetMany(KEYS), Get(b"k"), GetMany(KEYS)):
            begun = time.monotonic()
            with pytest.raises(ServerError, match="timeout"):
                store.run(command)
            assert time.monotonic() - begun < PROMISED + 0.2
    store.close()


@pytest.mark.parametrize("is_known", [True, False], ids=["connected", "fresh"])
def test_a_call_ends_in_time_for_asyncio_too(cluster: PrivateCluster, *, is_known: bool) -> None:
    async def ask() -> None:
        store = stores.open_async_store(cluster.url)
        if is_known:
            await store.run(FILL)
        with silent(cluster):
            for command in (GetMany(KEYS), Get(b"k"), GetMany(KEYS)):
                begun = time.monotonic()
                with pytest.raises(ServerError, match="timeout"):
                    await store.run(command)
                assert time.monotonic() - begun < PROMISED + 0.2
        await store.close()

    asyncio.run(ask())


def test_a_store_that_was_closed_connects_again(cluster: PrivateCluster) -> None:
    store: Any = stores.open_store(cluster.url)
    store.run(FILL)
    store.close()
    assert store.run(GetMany(KEYS)) == ENTRIES
    store.close()
