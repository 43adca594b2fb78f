"""What an operation may ask of a store, and what it is answered: plain data, no I/O.

An operation yields one of these and is sent the reply its docstring names. A store that cannot
ask its server raises `ServerError` instead. Keys and entries are bytes; times are milliseconds.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Union


class WrongType:
    """The reply for a key whose Redis type is not a string: there, but not ours."""

    def __repr__(self) -> str:
        return "WRONG_TYPE"


WRONG_TYPE = WrongType()


class Get(NamedTuple):
    """-> the entry, None if there is none, or WRONG_TYPE.

    What is read may be a moment behind where there are replicas, unless it is to be fresh.
    """

    key: bytes
    fresh: bool = False


class GetMany(NamedTuple):
    """-> a list in the order of the keys: entry or None (a wrong type is None as well).

    Or a `PartialReply`.
    """

    keys: tuple[bytes, ...]


class PartialReply(list[Any]):
    """A list in which a `ServerError` stands for each key whose own server failed."""


class Set(NamedTuple):
    """-> True; or False: `if_absent` and the key is there, or `if_present` and it is not.

    `ttl` None = no expiry.
    """

    key: bytes
    entry: bytes
    ttl: Optional[int]
    if_absent: bool = False
    if_present: bool = False


class SetMany(NamedTuple):
    """-> a list in the order of the entries: True, or the `ServerError` of that one."""

    entries: tuple[tuple[bytes, bytes], ...]
    ttl: Optional[int]


class Unlink(NamedTuple):
    """-> how many of the keys were there."""

    keys: tuple[bytes, ...]


class Expire(NamedTuple):
    """-> whether the key is there. `ttl` None = no expiry any more."""

    key: bytes
    ttl: Optional[int]


class TimeToLive(NamedTuple):
    """-> milliseconds left, -1 for no expiry, -2 for no entry (the server's own convention)."""

    key: bytes


class Increment(NamedTuple):
    """-> the counter's new value; or the entry as it is, if it is not a counter; or WRONG_TYPE.

    Creates the counter with `ttl` if the key is not there, and leaves the expiry alone if it is.
    One atomic step. A result outside 64 bits leaves the counter alone and is None.
    """

    key: bytes
    by: int
    ttl: Optional[int]


class Replace(NamedTuple):
    """-> whether the entry was still `old` and is now `new`. One atomic step.

    Its expiry stays, unless `ttl` gives it another.
    """

    key: bytes
    old: bytes
    new: bytes
    ttl: Optional[int] = None


class Remove(NamedTuple):
    """-> whether the entry was still `old` and is now gone. One atomic step."""

    key: bytes
    old: bytes


class Scan(NamedTuple):
    """-> (next cursor or None at the end, some keys that begin with the prefix).

    The cursor is opaque: None to begin with, then what the last reply gave. A pattern, as the
    server knows them (`*`, `?`, `[a-c]`), stands in place of the prefix.
    """

    prefix: bytes
    cursor: Optional[object]
    pattern: Optional[bytes] = None


class ReadHash(NamedTuple):
    """-> a `HashContent`, empty if there is no such key; or WRONG_TYPE."""

    key: bytes
    most: int
    """A hash with more fields is not read: its content has a size only."""


class HashContent(NamedTuple):
    """What a hash holds.

    Attributes:
        fields: Its fields and their values.
        size: How many fields it has.
        now: Seconds of the server's clock; None if it may not be asked.
    """

    fields: dict[bytes, bytes]
    size: int
    now: Optional[float]


class ReadFields(NamedTuple):
    """-> a `FieldValues`; or WRONG_TYPE."""

    key: bytes
    fields: tuple[bytes, ...]


class FieldValues(NamedTuple):
    """The values in the order of the fields, None for each that is not there; and the clock."""

    values: list[Optional[bytes]]
    now: Optional[float]


class WriteFields(NamedTuple):
    """-> True; or WRONG_TYPE. What is put is put in one step."""

    key: bytes
    puts: tuple[tuple[bytes, bytes], ...] = ()
    removals: tuple[bytes, ...] = ()


class SwapFields(NamedTuple):
    """-> whether `field` still had the value `expected` (None: was not there) and all was written.

    Or WRONG_TYPE. One atomic step.
    """

    key: bytes
    field: bytes
    expected: Optional[bytes]
    puts: tuple[tuple[bytes, bytes], ...] = ()
    removals: tuple[bytes, ...] = ()


class AddToFields(NamedTuple):
    """-> how many fields the hash had before; or WRONG_TYPE.

    Each number is added to its field, which is there afterwards. A field that holds something else
    stays as it is. Never sent twice: what the server did not confirm may have been added or not.
    """

    key: bytes
    adds: tuple[tuple[bytes, int], ...]
    ttl: int
    """The hash expires so long after the last of these."""


HashCommand = Union[ReadHash, ReadFields, WriteFields, SwapFields, AddToFields]
Command = Union[
    Get,
    GetMany,
    Set,
    SetMany,
    Unlink,
    Expire,
    TimeToLive,
    Increment,
    Replace,
    Remove,
    Scan,
    HashCommand,
]
