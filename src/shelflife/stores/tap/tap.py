"""The tap itself: a listener on 127.0.0.1 and one thread that serves all its connections."""

from __future__ import annotations

import contextlib
import socket
import threading
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Callable, Optional

from shelflife.stores.tap.conversation import Conversation
from shelflife.stores.tap.exchange import Exchange
from shelflife.stores.tap.link import End, Link

_CONNECT_SECONDS = 2.0
_END_SECONDS = 5.0
_BACKLOG = 512


class Tap:
    """Stands between clients and one server; a context manager.

    Args:
        host: The server's.
        port: The server's.
        told: Told of each command before its reply is passed on, in the tap's own thread. The
            first error that it raises is raised again when the tap is closed.

    Attributes:
        port: The tap's own, on 127.0.0.1, once it is started.
    """

    def __init__(self, host: str, port: int, told: Callable[[Exchange], None]) -> None:
        self.port = 0
        self._server = (host, port)
        self._told = told
        self._failure: Optional[Exception] = None
        self._links: set[Link] = set()
        self._connections = self._past_errors = 0
        self._thread: Optional[threading.Thread] = None

    @property
    def errors(self) -> int:
        """How often something passed that could not be understood."""
        return self._past_errors + sum(link.conversation.errors for link in list(self._links))

    def start(self) -> Tap:
        """Listen and serve."""
        self._selector = DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._listener, EVENT_READ)
        self._selector.register(self._woken, EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="shelflife-tap", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Close all connections and end the thread; a second time does nothing.

        Raises:
            Exception: What `told` raised first.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._waker.close()
        thread.join(_END_SECONDS)
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Tap:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        with contextlib.ExitStack() as stack:
            if error is not None:  # it matters more than ours
                stack.enter_context(contextlib.suppress(Exception))
            self.close()

    def _run(self) -> None:
        try:
            while self._serve():
                pass
        finally:
            for link in list(self._links):
                link.close()
            self._selector.close()
            for sock in (self._listener, self._woken):
                sock.close()

    def _serve(self) -> bool:
        """Serve what is ready; gives False if the tap is to close."""
        for key, events in self._selector.select():
            end = key.data
            if isinstance(end, End):
                end.link.serve(end, events)
                if end.link.is_closed:
                    self._forget(end.link)
            elif key.fileobj is self._woken:
                return False
            else:
                self._accept()
        return True

    def _forget(self, link: Link) -> None:
        if link in self._links:
            self._links.discard(link)
            self._past_errors += link.conversation.errors

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        try:
            server = socket.create_connection(self._server, _CONNECT_SECONDS)
        except OSError:
            client.close()
            return
        self._connections += 1
        conversation = Conversation(self._connections, self._tell)
        self._links.add(Link(client, server, conversation, self._selector))

    def _tell(self, exchange: Exchange) -> None:
        try:
            self._told(exchange)
        except Exception as error:  # noqa: BLE001 - raised again by `close`
            self._failure = self._failure or error
