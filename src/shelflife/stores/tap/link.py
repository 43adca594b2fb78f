"""A client's socket and the server's, and what is on its way between them.

Rules:
1. Bytes are passed on before they are looked at on the way to the server, and after it on the way
   back: whoever has a reply can rely on it having been told.
2. Who does not read slows the other down: beyond `_MOST_WAITING` bytes no more are taken.
3. When one side ends, what is on its way to the other still gets there.
"""

from __future__ import annotations

import contextlib
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector

from shelflife.stores.tap.conversation import Conversation

_CHUNK = 256 << 10
_MOST_WAITING = 1 << 20

_now = time.monotonic


class End:
    """One of the two sockets, with the bytes that wait for it.

    Attributes:
        has_ended: It sends no more.
    """

    def __init__(self, link: Link, sock: socket.socket) -> None:
        self.link = link
        self.sock = sock
        self.waiting = bytearray()
        self.has_ended = False
        self.events = EVENT_READ
        self._is_closing = False
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Send what the socket takes now; the rest waits."""
        sent = 0
        if not self.waiting:
            with contextlib.suppress(BlockingIOError):
                sent = self.sock.send(data)
            if sent == len(data):
                return
        self.waiting += memoryview(data)[sent:]

    def flush(self) -> None:
        """Send what waits, and the end if that was all."""
        if self.waiting:
            with contextlib.suppress(BlockingIOError), memoryview(self.waiting) as view:
                sent = self.sock.send(view[:_CHUNK])
                view.release()
                del self.waiting[:sent]
        if self._is_closing and not self.waiting:
            self.sock.shutdown(socket.SHUT_WR)

    def finish(self) -> None:
        """Send the end after what waits."""
        self._is_closing = True
        if not self.waiting:
            self.sock.shutdown(socket.SHUT_WR)


class Link:
    """Passes bytes on and lets a conversation hear them.

    Args:
        client: Accepted from a listener.
        server: Connected.
        conversation: Hears everything that passes.
        selector: Where the sockets are waited for, with an `End` as their data.

    Attributes:
        is_closed: Both sockets are closed.
    """

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        conversation: Conversation,
        selector: BaseSelector,
    ) -> None:
        self.conversation = conversation
        self.is_closed = False
        self._selector = selector
        self._client = End(self, client)
        self._server = End(self, server)
        for end in (self._client, self._server):
            selector.register(end.sock, EVENT_READ, end)

    def serve(self, end: End, events: int) -> None:
        """Do what one of the sockets is ready for."""
        if self.is_closed:
            return
        try:
            if events & EVENT_WRITE:
                end.flush()
            if events & EVENT_READ:
                self._receive(end)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        client, server = self._client, self._server
        if server.has_ended and not client.waiting:
            self.close()
        else:
            self._wait_for(client, server)
            self._wait_for(server, client)

    def close(self) -> None:
        """Close both sockets, whatever is on its way."""
        self.is_closed = True
        for end in (self._client, self._server):
            if end.events:
                self._selector.unregister(end.sock)
            end.sock.close()

    def _receive(self, end: End) -> None:
        data = end.sock.recv(_CHUNK)
        is_client = end is self._client
        if not data:
            end.has_ended = True
            if is_client:
                self._server.finish()
        elif is_client:
            now = _now()
            self._server.send(data)
            self.conversation.hear_client(data, now)
        else:
            self.conversation.hear_server(data)
            self._client.send(data)

    def _wait_for(self, end: End, other: End) -> None:
        """Wait for what may happen to an end next."""
        takes = not end.has_ended and len(other.waiting) < _MOST_WAITING
        events = (EVENT_READ if takes else 0) | (EVENT_WRITE if end.waiting else 0)
        if events == end.events:
            return
        if not events:
            self._selector.unregister(end.sock)
        elif not end.events:
            self._selector.register(end.sock, events, end)
        else:
            self._selector.modify(end.sock, events, end)
        end.events = events
