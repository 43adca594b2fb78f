"""One connection of an event loop: a transport, hiredis, and a deadline over everything.

Rules:
1. No thread and no task of its own in a call: one future, and one timer that is set anew only when
   it has struck. Only a host *name* that is not `localhost` is left to the loop's resolver.
2. The loop holds the `_Stream`, and only a call or its pool holds the `Connection`: one that is
   lost is collected, which closes it and frees its slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from typing import Any, Optional

import hiredis

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.handshake import check_greeting, greeting
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply
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
        self._stream = _Stream(self._loop)

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
                return await _within(self._stream.connect(family, place), share)
            except OSError:
                if tried == len(found):
                    raise
        return None


class _Stream(asyncio.Protocol):
    """What the loop holds: it feeds the replies to who waits for them.

    Attributes:
        sock: The socket, once it is connected.
        closed: Whether somebody has seen to its end.
    """

    sock: Optional[socket.socket] = None
    closed = False
    _transport: Optional[asyncio.Transport] = None
    _starting = False
    _failure: Optional[ServerError] = None  # why it can serve no more
    _waiter: Optional[asyncio.Future[None]] = None
    _timer: Optional[asyncio.TimerHandle] = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._reader = hiredis.Reader(replyError=ErrorReply)
        self._replies: list[Any] = []
        self._wanted = self._moved = 0
        self._timeout = self._deadline = 0.0

    async def connect(self, family: int, place: Any) -> None:
        """Connect a socket, and keep it if that worked."""
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if family != getattr(socket, "AF_UNIX", None):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            await self._loop.sock_connect(sock, place)
        except BaseException:
            sock.close()
            raise
        self.sock = sock

    async def start(self, address: Address) -> None:
        """Let the loop read from the socket, after the TLS handshake if there is to be one."""
        tls: dict[str, Any] = {}
        if address.tls is not None:
            # The loop's own bound comes second: it is for a handshake that nobody waits for.
            patience = self.left() + 1.0
            tls = {"ssl": address.tls, "server_hostname": address.host}
            tls["ssl_handshake_timeout"] = patience
        self._starting = True
        try:
            await self._loop.create_connection(lambda: self, sock=self.sock, **tls)
        except BaseException:
            if self.sock is not None:
                self.sock.close()
            raise
        finally:
            self._starting = False

    def begin(self, seconds: float) -> None:
        """Start the clock of a call."""
        self._timeout = seconds
        self._deadline = self._loop.time() + seconds
        self._moved = 0

    def left(self) -> float:
        """Give the seconds until the deadline."""
        earned = self._timeout * (self._moved // policy.VOLUME)
        return max(0.0, self._deadline + earned - self._loop.time())

    async def exchange(self, packed: bytes, wanted: int) -> list[Any]:
        """Send bytes and wait for so many replies."""
        transport = self._transport
        if self._failure is not None or transport is None:
            raise self._failure or policy.closed_by_server()
        self._replies = []
        self._wanted = wanted
        self._moved += len(packed)
        self._waiter = self._loop.create_future()
        self._set_timer()
        try:
            transport.write(packed)
            await self._waiter
        finally:
            self._waiter = None
        if self._failure is not None:
            raise self._failure
        return self._replies

    def has_news(self) -> bool:
        """Whether the end has come, or bytes that nobody asked for."""
        if self._failure is not None or self.sock is None:
            return True
        return policy.is_readable(self.sock.fileno())

    def abort(self) -> None:
        """Close at once; what is not sent yet never will be."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()
        elif self.sock is not None and not self._starting:
            self.sock.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport), "a socket was connected"
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._waiter is None:
            self._fail(policy.makes_no_sense("nothing was asked for"))
            return
        self._moved += len(data)
        try:
            self._reader.feed(data)
            while len(self._replies) < self._wanted:
                reply = self._reader.gets()
                if reply is False:
                    return
                self._replies.append(reply)
        except hiredis.ProtocolError as error:
            self._fail(policy.makes_no_sense(str(error)))
            return
        if self._reader.has_data():
            self._fail(policy.makes_no_sense("it holds more than was asked for"))
        self._wake()

    def eof_received(self) -> None:
        """Called by the loop, which then closes the transport."""
        self._fail(policy.closed_by_server())

    def connection_lost(self, exc: Optional[Exception]) -> None:
        """Called by the loop."""
        self._fail(policy.broke(exc) if isinstance(exc, OSError) else policy.closed_by_server())

    def _fail(self, failure: ServerError) -> None:
        if self._failure is None:
            self._failure = failure
        self._wake()

    def _wake(self) -> None:
        # Never with an exception: one that a cancelled task does not fetch would be logged.
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _set_timer(self) -> None:
        when = self._loop.time() + self.left()
        if self._timer is not None:
            if self._timer.when() <= when:
                return  # it looks again when it strikes
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._strike)

    def _strike(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self.left() > 0:
            self._set_timer()
        else:
            self._fail(policy.no_answer(self._timeout))


async def _within(doing: Coroutine[Any, Any, Any], seconds: float) -> Any:
    """Give what a coroutine gives; it cleans up after itself if it is cut short."""
    task = asyncio.ensure_future(doing)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise socket.timeout
        return task.result()
    finally:
        task.cancel()


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
