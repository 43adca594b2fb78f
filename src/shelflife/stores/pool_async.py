"""Connections of one event loop, kept last in, first out, and shared by its tasks.

Rules:
1. A connection is in the free list or in one call's hands, and goes back only after a call that
   read all it had asked for.
2. Slots are counted by weak references: a lost connection frees its slot by being collected.
3. Who waits is served in turn: a connection given back goes to the first in the queue.
4. A loop that ends takes its connections along: it closes the async generators it has seen, and
   ours then closes the pool.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncGenerator
from typing import Optional

from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.connection_async import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.opening_async import AsyncDirectOpener, AsyncOpener

_LOOK_AGAIN = 0.05  # seconds until a waiting call notices a slot that was lost, not given back


class AsyncPool:
    """At most so many connections to one server, all of one event loop.

    Args:
        address: Where.
        limits: How many, and how long a call waits for one.
        opener: Knows where, if that may change.
    """

    _watch: Optional[AsyncGenerator[None, None]] = None

    def __init__(
        self, address: Address, limits: Limits, opener: Optional[AsyncOpener] = None
    ) -> None:
        self._opener: AsyncOpener = AsyncDirectOpener(address) if opener is None else opener
        self._place = self._opener.place
        self._limits = limits
        self._free: deque[Connection] = deque()
        self._live: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._queue: deque[asyncio.Future[Optional[Connection]]] = deque()

    async def close_with_loop(self) -> None:
        """Have the running loop close the pool when it ends."""
        self._watch = self._close_at_the_end()
        await self._watch.__anext__()

    async def take(self, limits: Optional[Limits] = None) -> Connection:
        """Give a kept connection, or a fresh one, within the pool's limits or a call's own.

        Raises:
            ServerError: `busy` if none became free in time, or why no fresh one could be made.
        """
        connection = self._pop_kept() or self._new_in_slot() or await self._wait(limits)
        return connection if connection.kept else await self._open(connection, limits)

    async def replace(self, connection: Connection, limits: Optional[Limits] = None) -> Connection:
        """Close a connection and give a fresh one in its slot.

        Raises:
            ServerError: Why no fresh one could be made.
        """
        fresh = Connection()
        self._live.discard(connection)
        self._live.add(fresh)
        connection.close()
        return await self._open(fresh, limits)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next call."""
        if connection.retired:
            connection.close()
            return
        connection.kept = True
        if not self._hand_over(connection):
            self._free.append(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection and free its slot."""
        connection.close()
        self._live.discard(connection)
        if self._queue:
            fresh = self._new_in_slot()
            if fresh is not None and not self._hand_over(fresh):
                self._live.discard(fresh)

    def close(self) -> None:
        """Close what is free now; what is in use is closed when it is given back."""
        for connection in list(self._live):
            connection.retired = True
        self._live = weakref.WeakSet()
        while self._free:
            self._free.pop().close()

    def close_copies(self) -> None:
        """Close the sockets alone: their loop is over, or it is a forked parent's."""
        for connection in list(self._live):
            connection.close_copy()

    async def _close_at_the_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._watch = None
            self.close()
            await asyncio.sleep(0)  # the loop closes the sockets at its next turn

    def _pop_kept(self) -> Optional[Connection]:
        while self._free:
            connection = self._free.pop()
            if not connection.retired:
                return connection
        return None

    def _new_in_slot(self) -> Optional[Connection]:
        if len(self._live) >= self._limits.max_connections:
            return None
        connection = Connection()
        self._live.add(connection)
        return connection

    async def _wait(self, limits: Optional[Limits]) -> Connection:
        """Queue for a connection that becomes free, or for one to be opened in a free slot."""
        limits = limits or self._limits
        loop = asyncio.get_running_loop()
        ticket: asyncio.Future[Optional[Connection]] = loop.create_future()
        self._queue.append(ticket)
        self._look_later(ticket, loop.time() + limits.pool_wait)
        try:
            connection = await ticket
        except BaseException:
            if ticket.done() and not ticket.cancelled():
                self._pass_on(ticket.result())
            raise
        finally:
            if ticket in self._queue:
                self._queue.remove(ticket)
        if connection is None:
            raise policy.pool_exhausted(limits)
        return connection

    def _look_later(self, ticket: asyncio.Future[Optional[Connection]], deadline: float) -> None:
        loop = ticket.get_loop()
        left = deadline - loop.time()
        loop.call_later(min(left, _LOOK_AGAIN), self._look_again, ticket, deadline)

    def _look_again(self, ticket: asyncio.Future[Optional[Connection]], deadline: float) -> None:
        if ticket.done():
            return
        connection = self._pop_kept() or self._new_in_slot()
        if connection is not None or ticket.get_loop().time() >= deadline:
            ticket.set_result(connection)
        else:
            self._look_later(ticket, deadline)

    def _pass_on(self, connection: Optional[Connection]) -> None:
        """Give what a cancelled call had been handed to the next in the queue."""
        if connection is None:
            return
        if connection.kept:
            self.give_back(connection)
        else:
            self.drop(connection)

    def _hand_over(self, connection: Connection) -> bool:
        """Give a connection to who has waited longest, if anybody still does."""
        while self._queue:
            ticket = self._queue.popleft()
            if not ticket.done():
                ticket.set_result(connection)
                return True
        return False

    async def _open(self, connection: Connection, limits: Optional[Limits]) -> Connection:
        try:
            place = await self._opener.open(connection, limits or self._limits)
        except BaseException:
            self.drop(connection)
            raise
        if place is not self._opener.place:  # it has changed meanwhile
            connection.retired = True
        elif place is not self._place:
            self._move(connection, place)
        return connection

    def _move(self, fresh: Connection, place: Address) -> None:
        """Keep none of the connections that lead to where the server was before."""
        self._place = place
        for connection in list(self._live):
            if connection is not fresh:
                connection.retired = True
