"""Blocking connections, kept last in, first out, and shared by threads and greenlets.

Rules:
1. A connection is in the free list or in one call's hands, and goes back only after a call that
   read all it had asked for.
2. Slots are counted by weak references: a connection lost to an exception, at whatever byte code
   it struck, frees its slot by being collected.
3. Who waits is served in turn: a connection given back goes to the first in the queue.
4. A forked child closes its copies of the parent's sockets, which the parent does not notice.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Optional

from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.opening_sync import DirectOpener, Opener

if TYPE_CHECKING:
    _Ticket = queue.SimpleQueue[Connection]

_LOOK_AGAIN = 0.05  # seconds until a waiting call notices a slot that was lost, not given back


class Pool:
    """At most so many connections to one server.

    Args:
        address: Where.
        limits: How many, and how long a call waits for one.
        opener: Knows where, if that may change.
    """

    _free: deque[Connection]
    _live: weakref.WeakSet[Connection]
    _tickets: deque[_Ticket]
    _lock: threading.RLock

    def __init__(self, address: Address, limits: Limits, opener: Optional[Opener] = None) -> None:
        self._opener: Opener = DirectOpener(address) if opener is None else opener
        self._place = self._opener.place
        self._limits = limits
        self._begin_empty()
        _pools.add(self)

    def take(self, limits: Optional[Limits] = None) -> Connection:
        """Give a kept connection, or a fresh one, within the pool's limits or a call's own.

        Raises:
            ServerError: `busy` if none became free in time, or why no fresh one could be made.
        """
        connection = self._pop_kept() or self._new_in_slot() or self._wait(limits)
        return connection if connection.kept else self._open(connection, limits)

    def has_free(self) -> bool:
        """Whether a kept connection is free."""
        return bool(self._free)

    def replace(self, connection: Connection, limits: Optional[Limits] = None) -> Connection:
        """Close a connection and give a fresh one in its slot.

        Raises:
            ServerError: Why no fresh one could be made.
        """
        fresh = Connection()
        with self._lock:
            self._live.discard(connection)
            self._live.add(fresh)
        connection.close()
        return self._open(fresh, limits)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next call."""
        if connection.retired:
            connection.close()
            return
        connection.kept = True
        if not (self._tickets and self._hand_over(connection)):
            self._free.append(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection and free its slot."""
        connection.close()
        self._live.discard(connection)
        if self._tickets:
            fresh = self._new_in_slot()
            if fresh is not None:
                self._hand_over(fresh)

    def close(self) -> None:
        """Close what is free now; what is in use is closed when it is given back."""
        with self._lock:
            free, live = self._free, list(self._live)
            self._free, self._live = deque(), weakref.WeakSet()
        for connection in live:
            connection.retired = True
        while free:
            free.pop().close()

    def forget(self) -> None:
        """Begin anew in a forked child."""
        live = list(self._live)
        self._begin_empty()
        for connection in live:
            connection.close()

    def _begin_empty(self) -> None:
        self._free = deque()
        self._live = weakref.WeakSet()
        self._tickets = deque()
        self._lock = threading.RLock()

    def _pop_kept(self) -> Optional[Connection]:
        while self._free:
            try:
                connection = self._free.pop()
            except IndexError:
                break
            if not connection.retired:
                return connection
        return None

    def _new_in_slot(self) -> Optional[Connection]:
        with self._lock:
            if len(self._live) >= self._limits.max_connections:
                return None
            connection = Connection()
            self._live.add(connection)
            return connection

    def _wait(self, limits: Optional[Limits]) -> Connection:
        """Queue for a connection that becomes free, or for one to be opened in a free slot."""
        limits = limits or self._limits
        deadline = time.monotonic() + limits.pool_wait
        ticket: _Ticket = queue.SimpleQueue()
        self._tickets.append(ticket)
        try:
            while True:
                connection = self._pop_kept() or self._new_in_slot()
                if connection is not None:
                    return connection
                left = deadline - time.monotonic()
                if left <= 0:
                    raise policy.pool_exhausted(limits)
                with contextlib.suppress(queue.Empty):
                    return ticket.get(timeout=min(left, _LOOK_AGAIN))
        finally:
            self._withdraw(ticket)

    def _withdraw(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
            unused = None if ticket.empty() else ticket.get_nowait()
        if unused is None:
            return
        if unused.kept:
            self.give_back(unused)
        else:  # a slot only: it was never opened
            self.drop(unused)

    def _hand_over(self, connection: Connection) -> bool:
        """Give a connection to who has waited longest, if anybody still does."""
        with self._lock:
            if not self._tickets:
                return False
            self._tickets.popleft().put(connection)
            return True

    def _open(self, connection: Connection, limits: Optional[Limits]) -> Connection:
        try:
            place = self._opener.open(connection, limits or self._limits)
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


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
