"""A serializer pair, for regions that keep their backend: Redis, Valkey, memcached, memory_pickle.

    make_region(serializer=serializer(), deserializer=deserializer(reads="dogpile"))

Rules:
1. A payload is an envelope: what `Cache` writes. dogpile puts its own header before it.
2. `reads="dogpile"` reads pickled payloads besides, as dogpile's own serializer makes them, and
   `writes="dogpile"` with a floor writes them: for that form a plain region reads.
3. A payload that cannot be read is counted, and `CantDeserializeException` tells the region.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from dogpile.cache.api import CantDeserializeException

from shelflife.cache.core import CacheCore
from shelflife.codecs import Codecs
from shelflife.dialects import Dialect
from shelflife.dogpile.entries import own_dialect
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable, Unreadable
from shelflife.operations import EntryReader, EntryWriter
from shelflife.operations.entries import EntryTooLarge
from shelflife.stores import open_store

_FORBIDDEN = ("url", "client", "prefix", "ttl", "fleet", "fleet_minimum", "on_server_error")


class _PayloadReader(EntryReader):
    def __init__(self, codecs: Codecs, dialect: Optional[Dialect], max_bytes: int) -> None:
        super().__init__(codecs, dialect, max_bytes)
        self._dogpile = own_dialect(dialect)

    def _read_unsealed(self, raw: bytes) -> Any:
        return super()._read_unsealed(raw) if self._dogpile is None else self._dogpile.load(raw)


class _PayloadWriter(EntryWriter):
    def write(self, value: Any) -> bytes:
        dialect = own_dialect(self._dialect)
        if dialect is None:
            return super().write(value)
        return self._bounded(dialect.dump(value))


class Serialization(CacheCore):
    """Makes payloads of values and values of payloads; takes the options of `shelflife.Cache`.

    Those of them that say how, not where: codec, types, allow, reads, writes, floor, compress,
    max_bytes, py2_text, release, hooks.
    """

    _reader_class = _PayloadReader
    _writer_class = _PayloadWriter

    def __init__(self, **options: Any) -> None:
        wrong = [name for name in _FORBIDDEN if name in options]
        if wrong:
            raise ConfigurationError(f"a serializer keeps no entries: leave out {', '.join(wrong)}")
        super().__init__("memory://", **options)

    def _open(self, url: Optional[str], client: Any, **options: Any) -> Any:  # noqa: ARG002
        return open_store(str(url))  # never asked

    def dumps(self, value: Any) -> bytes:
        """Give the payload of a value.

        Raises:
            NotPortable: If the codec does not carry it, some reader at the floor could not read it,
                or it is too large: a region has no other way not to store it.
        """
        try:
            return self._context.writer.write(value)
        except NotPortable as error:
            self._context.not_stored("set", "", "not-portable", error.remedy)
            raise
        except (BelowFloor, EntryTooLarge) as error:
            path, detail, reason = "value", str(error), "too-large"
            if isinstance(error, BelowFloor):
                path, detail, reason = error.path, error.detail, "below-floor"
            self._context.not_stored("set", "", reason, detail)
            raise NotPortable(path, type(value).__name__, detail) from None

    def loads(self, payload: bytes) -> Any:
        """Give the value of a payload.

        Raises:
            CantDeserializeException: If it cannot be read; the region computes it anew.
        """
        raw = bytes(payload)
        try:
            value = self._context.value_of(raw)
        except Unreadable as error:
            miss = self._context.unreadable("get", "", raw, error)
            raise CantDeserializeException(f"{miss.reason}: {miss.detail}") from None
        self._context.recorder.hit()
        return value


def serializer(**options: Any) -> Callable[[Any], bytes]:
    """Give a function that makes payloads, for `make_region(serializer=...)`."""
    return Serialization(**options).dumps


def deserializer(**options: Any) -> Callable[[bytes], Any]:
    """Give a function that reads payloads, for `make_region(deserializer=...)`."""
    return Serialization(**options).loads
