"""All that a private server holds, taken down and put back: for tests of what changes a cache.

Rules:
1. An expiry is a moment, so that time which passes between two looks changes nothing.
2. Strings are entries; of anything else only the key and the expiry are taken down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Optional

from shelflife.stores.address import Address
from shelflife.stores.limits import Limits
from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.replies import ErrorReply
from shelflife.stores.request import Words
from shelflife.testing.servers import PrivateServer

_SECONDS = 20.0
_AT_ONCE = 1_000
_LIMITS = Limits(connect_timeout=_SECONDS, read_timeout=_SECONDS)


class Held(NamedTuple):
    """What lies under one key.

    Attributes:
        entry: Its bytes; None if they are of another type than a string.
        expires_at: Milliseconds since the epoch; None for no expiry.
    """

    entry: Optional[bytes]
    expires_at: Optional[int] = None


@contextmanager
def open_connection(server: PrivateServer) -> Iterator[PipelinedConnection]:
    """Open a connection of one's own to a server."""
    connection = PipelinedConnection()
    try:
        connection.open(Address("", "127.0.0.1", server.port), _LIMITS)
        yield connection
    finally:
        connection.close()


def exchange(connection: PipelinedConnection, words: Sequence[Words]) -> list[Any]:
    """Send commands at once and give their replies."""
    connection.send(list(words), _SECONDS)
    return connection.receive(len(words), _SECONDS)


def look_at(server: PrivateServer) -> dict[bytes, Held]:
    """Give everything that a server holds."""
    with open_connection(server) as connection:
        keys: list[bytes] = exchange(connection, [(b"KEYS", b"*")])[0]
        found: dict[bytes, Held] = {}
        for start in range(0, len(keys), _AT_ONCE):
            found.update(_look(connection, keys[start : start + _AT_ONCE]))
    return found


def put(server: PrivateServer, entries: Mapping[bytes, Held]) -> None:
    """Put entries as they were taken down; what has expired since is put as what has expired."""
    words = [_put_words(key, held) for key, held in entries.items()]
    with open_connection(server) as connection:
        for start in range(0, len(words), _AT_ONCE):
            replies = exchange(connection, words[start : start + _AT_ONCE])
            for reply in replies:
                if isinstance(reply, ErrorReply):
                    raise reply


def is_about(one: Optional[int], other: Optional[int], slack: float) -> bool:
    """Whether two expiries are the same, give or take so many seconds; none is only like none."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1000 * slack


def _look(connection: PipelinedConnection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Held]]:
    # Each key's own clock: a busy machine may stop between any two commands.
    words: list[Words] = [
        each for key in keys for each in ((b"TIME",), (b"PTTL", key), (b"GET", key))
    ]
    replies = exchange(connection, words)
    for n, key in enumerate(keys):
        (seconds, micros), left, entry = replies[3 * n : 3 * n + 3]
        if left == -2:
            continue
        now = int(seconds) * 1000 + int(micros) // 1000
        held = None if isinstance(entry, ErrorReply) else entry
        if held is not None or isinstance(entry, ErrorReply):
            yield key, Held(held, None if left == -1 else now + left)


def _put_words(key: bytes, held: Held) -> Words:
    expiry = () if held.expires_at is None else (b"PXAT", b"%d" % held.expires_at)
    return (b"SET", key, held.entry or b"", *expiry)
