"""What a tap tells: one command, and what it did to the entries of the server."""

from __future__ import annotations

from typing import NamedTuple, Optional

ALL_DATABASES = -1
"""The database of what FLUSHALL clears."""


class Effect(NamedTuple):
    """What a command did to one entry.

    Attributes:
        kind: "read", "write", "refused" (a write that was to happen only if nothing was there, and
            something was), "delete", "expire", "count" (the server added to a number), "clear" (a
            whole database) or "opaque" (a script, or what cannot be told from outside).
        key: Whose; b"" for "clear", and for an "opaque" that may have touched anything.
        entry: The bytes read (None: there were none) or written (None: not known), the number
            after a "count", or the one element that a "delete" took out of a set or a list.
        ttl: Seconds, as a write or "expire" gave them; None: none were given, or PERSIST.
        redis_type: "string", "hash", "list", "set", "zset" or "stream".
        field: The field of a hash or stream; of a deleted element of a stream, its id.
        database: The number of the database.
    """

    kind: str
    key: bytes
    entry: Optional[bytes] = None
    ttl: Optional[float] = None
    redis_type: str = "string"
    field: bytes = b""
    database: int = 0


class Exchange(NamedTuple):
    """One command and its reply. Of a transaction: each command in it, then EXEC.

    Attributes:
        began: `time.monotonic()` when the command arrived; in a transaction, when EXEC did.
        command: Its name in upper case, such as "GET"; never its arguments.
        effects: In the order of its arguments.
        failed: Whether the reply was an error.
        connection: The number of the client's connection.
    """

    began: float
    command: str
    effects: tuple[Effect, ...]
    failed: bool
    connection: int
