"""What the tests of asyncio stores share."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

import pytest
import redis

from conftest import missing
from shelflife import stores
from shelflife.errors import ServerError
from shelflife.stores.address import parse_url
from shelflife.stores.commands import Command, Get, GetMany, Increment, Replace, Set, SetMany
from shelflife.stores.redis_async import AsyncRedisStore
from shelflife.testing import PrivateServer
from shelflife.testing.servers import free_port

KEYS = [b"key%d" % number for number in range(20)]
FILL = SetMany(tuple((key, b"entry of " + key) for key in KEYS), None)


def open(url: str, **options: Any) -> AsyncRedisStore:
    return AsyncRedisStore(*parse_url(url, options))


@contextlib.asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[AsyncRedisStore]:
    store = open(url, **options)
    yield store
    await store.close()


async def kind_of(store: stores.AsyncStore, command: Command) -> str:
    with pytest.raises(ServerError) as caught:
        await store.run(command)
    return caught.value.kind


async def read_all_right(store: stores.AsyncStore, times: int = 5) -> None:
    """Every read gives its own key's entry."""
    wanted = KEYS * times
    replies = await asyncio.gather(*(store.run(Get(key)) for key in wanted))
    assert replies == [b"entry of " + key for key in wanted]


async def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
