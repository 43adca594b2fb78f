"""What lies under a key, and what a dialect makes of it."""

from __future__ import annotations

from typing import NamedTuple, Optional

from shelflife.pickles import Facts


class Stored(NamedTuple):
    """Bytes in Redis, and where they lie.

    Attributes:
        key: The whole key.
        raw: The value of a string, or of one field, item or member of another type.
        redis_type: "string", "hash", "list", "set", "zset" or "stream".
        field: The field of a hash or stream; b"" otherwise.
    """

    key: bytes
    raw: bytes
    redis_type: str = "string"
    field: bytes = b""


class Recognised(NamedTuple):
    """Who may have written an entry, and what is in it.

    Attributes:
        dialect: The dialect's name; where several libraries write just such bytes, the format's:
            "pickle", "json", "msgpack", "int", "text" or "bytes".
        owners: All libraries that could own the bytes, sorted; () if the dialect is certain.
        codec: How the value is coded, outermost first: "pickle", "json", "zlib+pickle",
            "base64+pickle", "envelope+portable", ...
        state: "" for a cache's entry; else "queue", "job", "result", "session" or "lock", which
            must never be recommended for purging.
        payload: The pickle to judge, taken out of everything around it; None if there is none.
        facts: What the walker says of the payload.
        reason: A `Reason` if no runtime reads this ("corrupt", "foreign", "newer-format",
            "over-budget", ...); "" otherwise.
        detail: A sentence on it, without any byte of the entry.
        writes: How its library chooses a pickle protocol: "default", "highest", a digit, or "".
        loader: The loader its library uses: "cPickle" (where there is one), "pickle", "joblib".
        writer: The writer, if the entry names it.
    """

    dialect: str
    owners: tuple[str, ...] = ()
    codec: str = ""
    state: str = ""
    payload: Optional[bytes] = None
    facts: Optional[Facts] = None
    reason: str = ""
    detail: str = ""
    writes: str = ""
    loader: str = "cPickle"
    writer: str = ""
