"""A socket whose whole exchange has to be over in time, however slowly bytes drip in.

A timeout of a socket is one for each call; a service that sends a byte now and then would never
run into it.
"""

from __future__ import annotations

import io
import socket
import time
from typing import Any

# A service that sends head and body apart waits for the head to be confirmed, 40 ms as a rule.
# Linux confirms at once where that is asked for, again and again.
_QUICK = getattr(socket, "TCP_QUICKACK", None)


class Deadline:
    """A stand-in for a socket: as much of one as `http.client` uses.

    Attributes:
        ends_at: When (`time.monotonic`) the exchange has to be over; set for each one.
        received: Whether anything came since `ends_at` was set.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.ends_at = 0.0
        self.received = False
        self._files = 0
        self._is_closed = False

    def start(self, seconds: float) -> None:
        """Begin an exchange that may take so long."""
        self.ends_at = time.monotonic() + seconds
        self.received = False

    def sendall(self, data: Any) -> None:
        """Send all, in time."""
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def receive_into(self, buffer: Any) -> int:
        """Receive what is there, in time."""
        self._socket.settimeout(self._left())
        if _QUICK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)
        size = self._socket.recv_into(buffer)
        self.received = self.received or size > 0
        return size

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """Give a file to read from."""
        assert mode == "rb", mode
        self._files += 1
        return io.BufferedReader(_Incoming(self))

    def is_closed_by_peer(self) -> bool:
        """Whether the other side has closed, or sent what nobody asked for."""
        self._socket.settimeout(0.0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Close it once no file reads from it: `http.client` closes before it reads the body."""
        self._is_closed = True
        if not self._files:
            self._socket.close()

    def close_file(self) -> None:
        """A file that read from it was closed."""
        self._files -= 1
        if self._is_closed and not self._files:
            self._socket.close()

    def _left(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Incoming(io.RawIOBase):
    def __init__(self, source: Deadline) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.receive_into(buffer)

    def close(self) -> None:
        if not self.closed:
            self._source.close_file()
        super().close()
