"""The loop's end of a connection: it hands the replies to who waits, until the deadline."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Optional, cast

import hiredis

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.replies import ErrorReply


class Stream(asyncio.Protocol):
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
        if self.closed or self._failure is not None or self.sock is None:
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
        # uvloop's are of another class, with the same methods.
        self._transport = cast("asyncio.Transport", transport)

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
        except Exception as error:  # noqa: BLE001 - hiredis has several for what it cannot make
            self._fail(policy.makes_no_sense(f"{type(error).__name__} while it was read"))
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
