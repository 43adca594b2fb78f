"""Redis and Valkey for asyncio, from any running loop, without a thread.

Rules:
1. Each running loop has a pool of its own; loops may come and go, and run in several threads.
2. No call takes longer than pool wait, connect timeout and read timeout together.
3. A forked child leaves its parent's connections alone.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.atomic import Scripting
from shelflife.stores.breaker import Breaker
from shelflife.stores.commands import Command
from shelflife.stores.connection_async import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.node_commands import NodeCommand
from shelflife.stores.opening_async import AsyncOpener
from shelflife.stores.policy import may_ask_again, may_keep
from shelflife.stores.pool_async import AsyncPool
from shelflife.stores.wire import converse


class AsyncRedisStore:
    """An `AsyncStore` on one server, over connections of its own.

    Args:
        address: Where, from `parse_url`.
        limits: How long and how many.
        opener: Knows where the server is, if that may change.
    """

    _pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncPool]
    _lock: threading.Lock

    def __init__(
        self, address: Address, limits: Limits, opener: Optional[AsyncOpener] = None
    ) -> None:
        self._address = address
        self._limits = limits
        self._opener = opener
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_pause)
        self._scripting = Scripting()
        self._begin_empty()
        _stores.add(self)

    def __repr__(self) -> str:
        return f"AsyncRedisStore({self.address})"

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self._address.shown

    async def run(self, command: Command) -> Any:
        """Carry out a command; see `AsyncStore.run`."""
        return await self.run_within(command, self._limits)

    async def run_within(self, command: NodeCommand, limits: Limits) -> Any:
        """Carry out a command within other limits."""
        self._breaker.admit()
        try:
            pool = self._pools.get(asyncio.get_running_loop()) or await self._new_pool()
            connection = await pool.take(limits)
            reply = await self._ask(pool, connection, command, limits, limits.read_timeout)
        except ServerError as error:
            self._failed(error)
            raise
        self._breaker.succeeded()
        return reply

    async def close(self) -> None:
        """Give back every connection of the running loop; those in use as their calls end."""
        pool = self._pools.get(asyncio.get_running_loop())
        if pool is not None:
            pool.close()
            await asyncio.sleep(0)  # the loop closes the sockets at its next turn

    def forget(self) -> None:
        """Begin anew in a forked child."""
        for pool in list(self._pools.values()):
            pool.close_copies()
            _inherited.append(pool)
        self._begin_empty()

    def _begin_empty(self) -> None:
        self._pools = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    async def _new_pool(self) -> AsyncPool:
        pool = AsyncPool(self._address, self._limits, self._opener)
        with self._lock:
            for loop in [loop for loop in self._pools if loop.is_closed()]:
                self._pools.pop(loop).close_copies()
            self._pools[asyncio.get_running_loop()] = pool
        await pool.close_with_loop()
        return pool

    def _failed(self, error: ServerError) -> None:
        self._breaker.failed(error)
        if self._opener is not None:
            self._opener.failed(error)

    async def _ask(
        self,
        pool: AsyncPool,
        connection: Connection,
        command: NodeCommand,
        limits: Limits,
        seconds: float,
    ) -> Any:
        """Ask, and once more if a kept connection turns out closed."""
        try:
            if connection.kept and connection.has_news():
                connection = await pool.replace(connection, limits)
            connection.begin(seconds)
            reply = await self._converse(connection, command)
        except ServerError as error:
            if may_ask_again(error, command, kept=connection.kept):
                left = connection.left()
                fresh = await pool.replace(connection, limits)
                return await self._ask(pool, fresh, command, limits, left)
            if may_keep(error, command):
                pool.give_back(connection)
            else:
                pool.drop(connection)
            raise
        except BaseException:
            pool.drop(connection)
            raise
        pool.give_back(connection)
        return reply

    async def _converse(self, connection: Connection, command: NodeCommand) -> Any:
        conversation = converse(command, self._scripting)
        try:
            request = next(conversation)
            while True:
                request = conversation.send(await connection.ask(request))
        except StopIteration as stop:
            return stop.value


_stores: weakref.WeakSet[AsyncRedisStore] = weakref.WeakSet()
_inherited: list[AsyncPool] = []  # for ever: collecting them would touch a parent's selector


def _forget_all() -> None:
    for store in list(_stores):
        store.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
