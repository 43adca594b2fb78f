"""One connection of an event loop: a transport, hiredis, and a deadline over everything.

Rules:
1. No thread and no task of its own in a call: one future, and one timer that is set anew only when
   it has struck. Only a host *name* that is not `localhost` is left to the loop's resolver.
2. The loop holds the `Stream`, and only a call or its pool holds the `Connection`: one that is
   lost is collected, which closes it and frees its slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from typing import Any

from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.handshake import check_greeting, greeting
from shelflife.stores.limits import Limits
from shelflife.stores.stream_async import Stream
from shelflife.stores.wire import Request, pack


class Connection:
    """A stream and the clock of a call, in one call's hands at a time.

    Attributes:
        kept: Whether it has served a call before: it may have been closed since.
        retired: Whether its pool has let go of it: it must not be kept again.
    """

    __slots__ = ("__weakref__", "_loop", "_stream", "kept", "retired")

    def __init__(self) -> None:
        self.kept = self.retired = False
        self._loop = asyncio.get_running_loop()
        self._stream = Stream(self._loop)

    def __del__(self) -> None:
        if not self._stream.closed:
            # Collected in whatever thread: the transport is only the loop's to touch.
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._stream.abort)

    async def open(self, address: Address, limits: Limits) -> None:
        """Connect and log in, all within the connect timeout.

        Raises:
            ServerError: If that did not work.
        """
        self.begin(limits.connect_timeout)
        try:
            await self._connect(address)
        except socket.timeout:
            raise policy.no_connection(limits.connect_timeout) from None
        except OSError as error:
            raise policy.refused(error) from None
        commands = greeting(address)
        if commands:
            check_greeting(commands, await self.ask(commands))

    def begin(self, seconds: float) -> None:
        """Start the clock of a call: it may take so many seconds."""
        self._stream.begin(seconds)

    def left(self) -> float:
        """Give the seconds until the deadline; moving much data earns some more."""
        return self._stream.left()

    async def ask(self, request: Request) -> Any:
        """Send one command, or several at once, and give the reply, or a list of them.

        Raises:
            ServerError: If there was no complete, sensible answer in time. Close the connection
                then, and after any other exception as well.
        """
        if isinstance(request, tuple):
            return (await self._stream.exchange(pack(request), 1))[0]
        return await self._stream.exchange(pack(request), len(request))

    def has_news(self) -> bool:
        """Whether an idle connection has something to say: its end, or an answer to nobody."""
        return self._stream.has_news()

    def close(self) -> None:
        """Drop the connection, in the running loop or after the end of its own."""
        self.retired = True
        if self._loop.is_closed():
            self.close_copy()
        else:
            self._stream.abort()

    def close_copy(self) -> None:
        """Close the socket alone, without a word to its loop, which is over or a parent's."""
        self.retired = self._stream.closed = True
        sock = self._stream.sock
        if sock is not None:
            sock.close()

    async def _connect(self, address: Address) -> None:
        if address.path is not None:
            await _within(self._stream.connect(socket.AF_UNIX, address.path), self.left())
        else:
            found = await _within(_resolve(address.host, address.port), self.left())
            await self._connect_to_any(found)
        await _within(self._stream.start(address), self.left())

    async def _connect_to_any(self, found: list[Any]) -> None:
        for tried, (family, _, _, _, place) in enumerate(found, start=1):
            # Each address gets its share of the time: the first may be one that never answers.
            share = self.left() / (len(found) - tried + 1)
            try:
                await _within(self._stream.connect(family, place), share)
            except OSError:
                if tried == len(found):
                    raise
            else:
                return


async def _within(doing: Coroutine[Any, Any, Any], seconds: float) -> Any:
    """Give what a coroutine gives; it cleans up after itself if it is cut short."""
    task = asyncio.ensure_future(doing)
    task.add_done_callback(_fetch)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise socket.timeout
        return task.result()
    finally:
        task.cancel()


def _fetch(task: asyncio.Future[Any]) -> None:
    """Fetch an exception that comes after the wait is over, or it would be logged."""
    if not task.cancelled():
        task.exception()


async def _resolve(host: str, port: int) -> list[Any]:
    """Give the addresses of a host; only a name needs the loop's resolver, which has threads."""
    if host == "localhost" or _is_literal(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _is_literal(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, UnicodeError):
            socket.inet_pton(family, host)
            return True
    return False
