"""What is to become of one entry, as words of the server, and what came of it."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple, Optional, Union

from shelflife.errors import ServerError
from shelflife.stores.replies import ErrorReply, meaning
from shelflife.stores.request import Words, expect

RIGHTS = "it takes WATCH, MULTI, EXEC and DISCARD, or EVAL; and GET, TYPE, SET and UNLINK"


class Change(NamedTuple):
    """What is to become of one entry.

    Attributes:
        key: Whose.
        old: The bytes that must still be there; None if nothing may be there.
        new: The bytes to be there; None to remove the entry.
        expires_at: Where `old` is None: milliseconds since the epoch, or None for no expiry. A
            replaced entry keeps the expiry it has.
    """

    key: bytes
    old: Optional[bytes]
    new: Optional[bytes]
    expires_at: Optional[int] = None


class Outcome(Enum):
    """What became of a change: done, or somebody else wrote or removed the entry first."""

    DONE = "done"
    CHANGED = "changed-meanwhile"
    GONE = "gone"


Answer = Union[Outcome, ServerError]


def words_of(change: Change) -> Words:
    """Give the command for an entry that is there; its expiry stays."""
    if change.new is None:
        return (b"UNLINK", change.key)
    return (b"SET", change.key, change.new, b"XX", b"KEEPTTL")


def words_to_make(change: Change) -> Words:
    """Give the command for an entry that must not be there yet."""
    expiry = () if change.expires_at is None else (b"PXAT", b"%d" % change.expires_at)
    return (b"SET", change.key, change.new or b"", b"NX", *expiry)


def written(change: Change, reply: Any) -> Answer:
    """Give what the reply to `words_of` means."""
    if change.new is not None:
        return stored(reply, Outcome.GONE)  # expired between reading and writing
    if isinstance(reply, ErrorReply):
        return refusal_of(reply)
    return Outcome.DONE if expect(reply, int) else Outcome.GONE


def stored(reply: Any, otherwise: Outcome) -> Answer:
    """Give what the reply to a SET with a condition means, and what it is if that did not hold."""
    if isinstance(reply, ErrorReply):
        return refusal_of(reply)
    return otherwise if expect(reply, bytes, type(None)) is None else Outcome.DONE


def refusal_of(reply: ErrorReply) -> ServerError:
    """Give an error as what became of one entry; a denied command names the rights it takes."""
    error = meaning(reply)
    if not isinstance(error, ServerError):
        return ServerError("other", "the key's type changed")
    if error.kind == "denied":
        return ServerError("denied", f"{error.detail} ({RIGHTS})")
    return error
