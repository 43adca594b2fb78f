"""The bare wire: one connection and the reader of replies, nothing else."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import hiredis

pack: Callable[..., bytes] = hiredis.pack_command
Ask = Callable[[bytes, int], Iterator[Any]]


@contextmanager
def open_wire(port: int) -> Iterator[Ask]:
    """Give a function that sends bytes and gives so many replies."""
    with closing(socket.create_connection(("127.0.0.1", port))) as sock:
        reader = hiredis.Reader()

        def ask(packed: bytes, replies: int) -> Iterator[Any]:
            sock.sendall(packed)
            for _ in range(replies):
                while (reply := reader.gets()) is False:
                    reader.feed(sock.recv(262144))
                yield reply

        yield ask
