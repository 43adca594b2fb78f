"""dogpile.cache, both of its formats: a header of JSON and a bar, or a pickled `CachedValue`.

Rules:
1. Since 1.1: `{"ct": time, "v": 2}|` and what the region's serializer made. The first bar ends the
   header.
2. Before: a pickle of `CachedValue(payload, {"ct": time, "v": 1})`. It is read under every name but
   `dogpile:json`, and written as `dogpile:cached-value`, or for readers on a Python that has no
   newer dogpile.
3. The value is the payload. `read_entry` and `write_entry` have the metadata besides.
"""

from __future__ import annotations

import json
import struct
import time
from typing import Any, NamedTuple, Optional

from shelflife.dialects.names import DialectName
from shelflife.dialects.serving.integers import read_counter
from shelflife.dialects.serving.pickled import Pickles, StandIn
from shelflife.dialects.serving.serializers import make_serializer
from shelflife.dialects.serving.terms import Terms
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

HIGHEST = 4
VERSION = 2
_OLD_VERSION = 1
_SINCE = (3, 6)
"""The oldest Python with a dogpile that writes and reads the header."""

_LONGEST_HEADER = 4096
Metadata = dict[str, Any]


class Entry(NamedTuple):
    """An entry of dogpile.

    Attributes:
        payload: The value.
        metadata: `ct`, when it was written, in seconds since the epoch, and `v`, its version.
    """

    payload: Any
    metadata: Metadata


def split(raw: bytes) -> tuple[Metadata, bytes]:
    """Give the metadata, and the bytes of the payload, of an entry with a header.

    Raises:
        Unreadable: If it has none, or one of a version to come.
    """
    head, bar, payload = raw.partition(b"|")
    if raw[:1] != b"{" or not bar or len(head) > _LONGEST_HEADER:
        raise Unreadable(Reason.FOREIGN, "neither dogpile's header nor a pickled CachedValue")
    try:
        metadata = json.loads(head)
    except (ValueError, RecursionError):
        raise Unreadable(Reason.CORRUPT, "dogpile's header is no JSON") from None
    return check(metadata), payload


def join(metadata: Metadata, payload: bytes) -> bytes:
    """Give the entry with a header."""
    return json.dumps(metadata, ensure_ascii=False).encode() + b"|" + payload


def check(metadata: Any, *, version: int = VERSION) -> Metadata:
    """Give the metadata if it is what dogpile's own region takes.

    Raises:
        Unreadable: If it is not.
    """
    found = metadata if type(metadata) is dict else {}
    ct, v = found.get("ct"), found.get("v")
    if type(ct) not in (int, float) or type(v) is not int:
        raise Unreadable(Reason.CORRUPT, "dogpile's metadata lacks the time or the version")
    if v > VERSION:
        raise Unreadable(Reason.NEWER_FORMAT, f"dogpile's version {v}; this reads up to {VERSION}")
    if v != version:
        raise Unreadable(Reason.FOREIGN, f"dogpile's version {v} in the form of version {version}")
    return found


_CACHED_VALUE = StandIn("dogpile.cache.api", "CachedValue", Entry)


class Dogpile:
    """Entries as dogpile's regions write them to Redis."""

    guard = False
    counts = True

    def __init__(self, name: DialectName, terms: Terms) -> None:
        self.name = str(name)
        self._terms = terms
        self._is_old = name.serializer == "cached-value" or terms.python < _SINCE
        self.version = _OLD_VERSION if self._is_old else VERSION
        self._old: Optional[Pickles] = Pickles(terms) if name.serializer != "json" else None
        serializer = "pickle" if name.serializer == "cached-value" else name.serializer
        self._serializer = make_serializer(serializer, terms, HIGHEST)

    def read(self, raw: bytes) -> Any:
        """Give the payload of an entry; see `Dialect.read`."""
        number = read_counter(raw)
        return self.read_entry(raw).payload if number is None else number

    def write(self, value: Any) -> bytes:
        """Give the entry for a value, written now; see `Dialect.write`."""
        return self.write_entry(value, {"ct": time.time(), "v": self.version})

    def load(self, payload: bytes) -> Any:
        """Give the value of a payload alone; raises Unreadable and nothing else."""
        return self._serializer.load(payload)

    def dump(self, value: Any) -> bytes:
        """Give a payload alone, for regions that write the header themselves."""
        self._terms.expect_floor(self.name)
        return self._serializer.dump(value)

    def read_entry(self, raw: bytes) -> Entry:
        """Give payload and metadata; raises Unreadable and nothing else."""
        if self._old is not None and raw[:1] == b"\x80":
            return _unwrap(*self._old.load_with(raw, _CACHED_VALUE))
        metadata, payload = split(raw)
        return Entry(self._serializer.load(payload), metadata)

    def write_entry(self, payload: Any, metadata: Metadata) -> bytes:
        """Give the entry for a payload; raises as `Dialect.write`. The form decides on `v`."""
        self._terms.expect_floor(self.name)
        if self._old is not None and self._is_old:
            return _wrap(self._old.dump(payload), metadata["ct"])
        return join({**metadata, "v": VERSION}, self._serializer.dump(payload))


def _wrap(data: bytes, ct: float) -> bytes:
    """Put a pickled payload into a `CachedValue`, opcode by opcode: dogpile need not be here.

    Before it the memo is untouched, and behind it comes an opcode of one byte: the last frame of
    the payload counts the end that is cut off here.
    """
    made, version = struct.pack(">d", ct), bytes([_OLD_VERSION])
    metadata = b"}(X\x02\x00\x00\x00ctG" + made + b"X\x01\x00\x00\x00vK" + version + b"u"
    return data[:2] + b"cdogpile.cache.api\nCachedValue\n" + data[2:-1] + metadata + b"\x86R."


def _unwrap(value: Any, met: bool) -> Entry:
    if type(value) is not Entry or not met:
        raise Unreadable(Reason.FOREIGN, "a pickle, but not of dogpile's CachedValue")
    check(value.metadata, version=_OLD_VERSION)
    return value
