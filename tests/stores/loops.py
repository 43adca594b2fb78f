"""What the tests of asyncio stores share."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, Callable

import pytest

from shelflife import stores
from shelflife.errors import ServerError
from shelflife.stores.address import parse_url
from shelflife.stores.commands import Command, Get, SetMany
from shelflife.stores.redis_async import AsyncRedisStore

KEYS = [b"key%d" % number for number in range(20)]
FILL = SetMany(tuple((key, b"entry of " + key) for key in KEYS), None)


def open_store(url: str, **options: Any) -> AsyncRedisStore:
    """Open a store by its class, for tests that look inside, patient unless told otherwise."""
    patient = {"connect_timeout": 5.0, "read_timeout": 5.0, "pool_wait": 10.0}
    return AsyncRedisStore(*parse_url(url, {**patient, **options}))


@contextlib.asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[AsyncRedisStore]:
    """Open a store, and close it."""
    store = open_store(url, **options)
    yield store
    await store.close()


async def kind_of(store: stores.AsyncStore, command: Command) -> str:
    """Give the kind of failure that a command ends in."""
    with pytest.raises(ServerError) as caught:
        await store.run(command)
    return caught.value.kind


async def read_all_right(store: stores.AsyncStore, times: int = 5) -> None:
    """Every read gives its own key's entry."""
    wanted = KEYS * times
    replies = await asyncio.gather(*(store.run(Get(key)) for key in wanted))
    assert replies == [b"entry of " + key for key in wanted]


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for some seconds at most."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
