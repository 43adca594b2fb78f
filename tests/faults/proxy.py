"""A TCP proxy on 127.0.0.1 that cuts, stalls or drips what the server replies.

Rules:
1. A fault is planned once and strikes once, on whichever connection replies next.
2. It strikes between two bytes of a reply: so many pass, then the connection is closed (`cut`),
   falls silent (`stall`), or goes on a byte at a time (`drip`).
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Optional

_CHUNK = 65536


class Proxy:
    """Stands between a store and a server; a context manager.

    Args:
        port: The server's, on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._lock = threading.Lock()
        self._fault: Optional[str] = None
        self._passes = 0
        self._interval = 0.0
        self._sockets: set[socket.socket] = set()
        self._clients: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self.connections = 0

    @property
    def url(self) -> str:
        """Where the proxy listens."""
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"

    def plan(self, fault: Optional[str], *, passes: int = 0, interval: float = 0.0) -> None:
        """Let so many bytes of the next reply pass, then do this to its connection."""
        with self._lock:
            self._fault, self._passes, self._interval = fault, passes, interval

    def send_unasked(self, data: bytes) -> None:
        """Send something to every store, as if the server had."""
        for client in list(self._clients):
            client.sendall(data)

    def __enter__(self) -> Proxy:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._sockets):
            _end(sock)
        for thread in list(self._threads):
            thread.join(5)
            assert not thread.is_alive(), "a thread of the proxy hangs"

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._server)
            except OSError:
                client.close()
                continue
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.add(sock)
            self._clients.add(client)
            self.connections += 1
            self._start(self._requests, client, server)
            self._start(self._replies, client, server)

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data = client.recv(_CHUNK)
                if not data:
                    break
                server.sendall(data)
        _end(server)

    def _replies(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data = server.recv(_CHUNK)
                if not data:
                    break
                self._pass_on(data, client)
        self._clients.discard(client)
        for sock in (client, server):
            _end(sock)
            self._sockets.discard(sock)
            sock.close()

    def _pass_on(self, data: bytes, client: socket.socket) -> None:
        with self._lock:
            fault, passes = self._fault, self._passes
            strikes = fault is not None and passes < len(data)
            if strikes:
                self._fault = None
            else:
                self._passes = max(0, passes - len(data))
        if not strikes:
            client.sendall(data)
            return
        client.sendall(data[:passes])
        if fault == "cut":
            raise ConnectionAbortedError
        if fault == "drip":
            for byte in data[passes:]:
                time.sleep(self._interval)
                client.sendall(bytes((byte,)))
        # "stall": the rest is never sent


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
