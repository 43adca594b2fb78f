"""Entry -> value and value -> entry, for one cache's choice of codecs and dialects.

Rules of reading:
1. An envelope is read whatever the cache writes, with and without the guard byte.
2. Without an envelope, the dialect the cache was told to read is asked. Nothing is guessed.
3. Without a dialect, a plain integer is a counter, and anything else is `foreign`.
"""

from __future__ import annotations

import re
from typing import Any, Optional, Protocol

from shelflife.codecs import Codecs
from shelflife.dialects import Dialect
from shelflife.envelope import (
    CODECS,
    START,
    Hints,
    looks_sealed,
    read_hints,
    seal,
    unseal,
    unseal_at,
)
from shelflife.errors import ShelflifeError, Unreadable
from shelflife.lookup import Hit, Miss, Reason
from shelflife.stores.commands import WRONG_TYPE

_COUNTER = re.compile(rb"-?(0|[1-9][0-9]{0,18})", re.ASCII)
INT64 = range(-(2**63), 2**63)


class EntryTooLarge(ShelflifeError):
    """Internal: a value whose entry would be larger than `max_bytes`. Not written, not raised."""


class Writes(Protocol):
    """Makes entries of values: an `EntryWriter`, or what chooses among several."""

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `EntryWriter.write`."""


class EntryReader:
    """Makes values of entries.

    Args:
        codecs: Decodes the payloads of envelopes.
        dialect: Reads entries without an envelope, if any does.
        max_bytes: Larger entries are `too-large`, compressed ones when decompressed.
    """

    def __init__(self, codecs: Codecs, dialect: Optional[Dialect], max_bytes: int) -> None:
        self._decoders = codecs.decoders
        self._dialect = dialect
        self._max_bytes = max_bytes

    @property
    def max_bytes(self) -> int:
        """The largest entry that is read."""
        return self._max_bytes

    def read(self, raw: Any) -> Any:
        """Give the value of an entry.

        Raises:
            Unreadable: With a reason, whatever the bytes are. Nothing else.
        """
        try:
            if len(raw) > self._max_bytes:
                raise Unreadable(Reason.TOO_LARGE, f"larger than max_bytes ({self._max_bytes})")
            if raw[:4] == START:
                codec, payload = unseal_at(raw, 4, self._max_bytes)
            elif looks_sealed(raw):
                codec, payload = unseal(raw, self._max_bytes)
            else:
                return self._read_unsealed(raw)
            return self._decoders[codec](payload)
        except Unreadable:
            raise
        except Exception as error:
            if raw is WRONG_TYPE:
                detail = "the key holds another Redis type than a string"
                raise Unreadable(Reason.WRONG_TYPE, detail) from None
            raise Unreadable(Reason.LOAD_ERROR, type(error).__name__) from error

    def _read_unsealed(self, raw: bytes) -> Any:
        if self._dialect is not None:
            return self._dialect.read(raw)
        counter = as_counter(raw)
        if counter is not None:
            return counter
        raise Unreadable(
            Reason.FOREIGN, "no envelope, and this cache reads no other dialect (option `reads`)"
        )

    @property
    def counts(self) -> bool:
        """Whether what the server counts is read as a number."""
        return self._dialect is None or self._dialect.counts

    def dialect_of(self, raw: Any) -> Optional[str]:
        """Name who wrote an entry, as far as its form says."""
        if raw.__class__ is not bytes:
            return None
        if looks_sealed(raw):
            return "shelflife"
        if as_counter(raw) is not None:
            return "counter"
        return self._dialect.name if self._dialect is not None else None

    def hit(self, raw: bytes, value: Any) -> Hit:
        """Put what the entry says of itself beside its value."""
        hints = read_hints(raw)
        return Hit(
            value,
            dialect=self.dialect_of(raw) or "shelflife",
            writer=hints.writer,
            written_at=hints.written_at,
            fresh_until=hints.fresh_until,
            cost=hints.cost,
        )

    def miss(self, raw: Any, error: Unreadable) -> Miss:
        """Put who wrote the entry beside why it was not read."""
        writer = read_hints(raw).writer if raw.__class__ is bytes else None
        return Miss(Reason(error.reason), error.detail, writer)


class PickleCheckingReader(EntryReader):
    """Looks at what pickles gave: they say nothing of their own health.

    In envelopes with that codec, and in the dialect's entries. What is portable needs no look: the
    program's own code has made it.
    """

    def __init__(self, codecs: Codecs, dialect: Optional[Dialect], max_bytes: int) -> None:
        super().__init__(codecs, dialect, max_bytes)
        number = CODECS["pickle"]
        if number in self._decoders:
            decode = self._decoders[number]
            checked = {number: lambda payload: self._checked(decode(payload))}
            self._decoders = type(self._decoders)({**self._decoders, **checked})

    def _read_unsealed(self, raw: bytes) -> Any:
        return self._checked(super()._read_unsealed(raw))

    def _checked(self, value: Any) -> Any:
        """Give the value; raises Unreadable if it would not do."""
        raise NotImplementedError


class EntryWriter:
    """Makes entries of values.

    Args:
        codecs: Encodes payloads.
        dialect: Writes whole entries in place of envelopes, until the floor is raised.
        max_bytes: The largest entry that is written.
        guard: Whether envelopes carry the guard byte.
        compress: Whether payloads are compressed.
        writer: Release and runtime, named in every envelope.
    """

    def __init__(
        self,
        codecs: Codecs,
        dialect: Optional[Dialect],
        max_bytes: int,
        *,
        guard: bool,
        compress: bool,
        writer: Optional[str],
    ) -> None:
        self._encode = codecs.encode
        self._dialect = dialect
        self._max_bytes = max_bytes
        self._guard = guard
        self._compress = compress
        self._hints = Hints(writer=writer) if writer else Hints()

    def write(self, value: Any) -> bytes:
        """Give the entry for a value.

        Raises:
            NotPortable: If no codec carries it.
            BelowFloor: If a reader at the floor could not read it.
            EntryTooLarge: If the entry would be larger than `max_bytes`.
        """
        if self._dialect is not None:
            entry = self._dialect.write(value)
        else:
            codec, payload = self._encode(value)
            entry = seal(codec, payload, self._hints, compress=self._compress, guard=self._guard)
        return self._bounded(entry)

    def _bounded(self, entry: bytes) -> bytes:
        if len(entry) > self._max_bytes:
            raise EntryTooLarge(f"{len(entry)} bytes; max_bytes is {self._max_bytes}")
        return entry


def as_counter(raw: bytes) -> Optional[int]:
    """Give the number of a counter, as the server keeps it; None for any other entry."""
    if len(raw) <= 20 and _COUNTER.fullmatch(raw):
        number = int(raw)
        if number in INT64:
            return number
    return None
