"""Bytes to a port, and all that comes back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

SECONDS = 10.0


def talk(port: int, data: bytes, cuts: Sequence[int] = ()) -> bytes:
    """Send bytes, cut there, and give all that comes until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = _Reader(sock)
        reader.start()
        edges = [0, *cuts, len(data)]
        for start, end in zip(edges, edges[1:]):
            sock.sendall(data[start:end])
        reader.join(SECONDS)
    return bytes(reader.got)


class _Reader(threading.Thread):
    """Reads until the end, so that whoever answers is never held up."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(daemon=True)
        self.got = bytearray()
        self._sock = sock

    def run(self) -> None:
        try:
            while data := self._sock.recv(65536):
                self.got += data
        except OSError:
            pass
