"""What a region keeps besides a value, in each form of an entry.

Rules:
1. The form of shelflife is `["cached-value", 1, metadata, payload]`, portable data. The number
   counts forms; it is never used again.
2. The form of dogpile is dogpile's own: `shelflife.dialects.serving.dogpile`.
3. A region with a serializer of its own gives and takes bytes. They are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from dogpile.cache.api import CachedValue
from dogpile.cache.region import value_version

from shelflife.codecs import Codecs
from shelflife.dialects import Dialect
from shelflife.dialects.serving.dogpile import Dogpile, split
from shelflife.errors import ConfigurationError, NotPortable, Unreadable
from shelflife.lookup import Reason
from shelflife.operations import EntryReader, EntryWriter

FORMAT = 1
_MARK = "cached-value"
_LONGEST = 2**53


class SerializedReader(EntryReader):
    """Gives the bytes that a region's own serializer made."""

    def __init__(self, codecs: Codecs, dialect: Optional[Dialect], max_bytes: int) -> None:
        super().__init__(codecs, dialect, max_bytes)
        self._dogpile = own_dialect(dialect)

    def read(self, raw: Any) -> bytes:
        """Give the bytes of an entry; raises Unreadable and nothing else."""
        found = super().read(raw)
        if type(found) is not bytes:
            raise Unreadable(Reason.SCHEMA, "the entry was written without a serializer")
        return found

    def _read_unsealed(self, raw: bytes) -> Any:
        if self._dogpile is None:
            raise _foreign()
        metadata, _ = split(raw)  # the region itself takes the header on trust
        _check_time(metadata)
        return raw


class CachedValueReader(EntryReader):
    """Makes cached values of entries."""

    def __init__(self, codecs: Codecs, dialect: Optional[Dialect], max_bytes: int) -> None:
        super().__init__(codecs, dialect, max_bytes)
        self._dogpile = own_dialect(dialect)
        self.serialized = SerializedReader(codecs, dialect, max_bytes)

    def read(self, raw: Any) -> CachedValue:
        """Give the cached value of an entry; raises Unreadable and nothing else."""
        found = super().read(raw)
        return found if type(found) is CachedValue else _opened(found)

    def _read_unsealed(self, raw: bytes) -> Any:
        if self._dogpile is None:
            raise _foreign()
        payload, metadata = self._dogpile.read_entry(raw)
        _check_time(metadata)
        return CachedValue(payload, {**metadata, "v": value_version})


class CachedValueWriter(EntryWriter):
    """Makes entries of cached values, and of bytes."""

    def __init__(self, codecs: Codecs, dialect: Optional[Dialect], *args: Any, **more: Any) -> None:
        super().__init__(codecs, own_dialect(dialect), *args, **more)

    def write(self, value: Any) -> bytes:
        """Give the entry; raises as `EntryWriter.write`."""
        dialect = own_dialect(self._dialect)
        if type(value) is bytes:
            return self._bounded(value) if dialect is not None else super().write(value)
        payload, metadata = value
        if dialect is not None:
            return self._write_foreign(dialect, payload, dict(metadata))
        try:
            return super().write([_MARK, FORMAT, dict(metadata), payload])
        except NotPortable as error:
            path = error.path.replace("value[3]", "value", 1)
            raise NotPortable(path, error.type_name, error.remedy) from None

    def _write_foreign(self, dialect: Dogpile, payload: Any, metadata: dict[str, Any]) -> bytes:
        """As dogpile's own readers at the floor read it."""
        return self._bounded(dialect.write_entry(payload, {**metadata, "v": dialect.version}))


def own_dialect(dialect: Optional[Dialect]) -> Optional[Dogpile]:
    """Give the dialect, which must be dogpile's.

    Raises:
        ConfigurationError: If it is another.
    """
    if dialect is None or isinstance(dialect, Dogpile):
        return dialect
    raise ConfigurationError(
        f'a region reads and writes "shelflife" and "dogpile", not {dialect.name!r}'
    )


def _opened(found: Any) -> CachedValue:
    if type(found) is not list or len(found) != 4 or found[0] != _MARK:
        raise Unreadable(Reason.SCHEMA, "the entry holds no cached value")
    _, number, metadata, payload = found
    if number != FORMAT:
        raise Unreadable(Reason.NEWER_FORMAT, "a cached value in a form that is not known here")
    if type(metadata) is not dict:
        raise Unreadable(Reason.SCHEMA, "the cached value does not say when it was made")
    _check_time(metadata)
    if type(metadata.get("v")) is not int:
        raise Unreadable(Reason.SCHEMA, "the cached value does not say its version")
    return CachedValue(payload, metadata)


def _check_time(metadata: Mapping[Any, Any]) -> None:
    """Regions subtract it: 10**400 would raise there, and what is NaN would never expire."""
    ct: Any = metadata.get("ct")
    if type(ct) not in (int, float) or not abs(ct) < _LONGEST:
        raise Unreadable(Reason.SCHEMA, "the cached value does not say when it was made")


def _foreign() -> Unreadable:
    detail = 'no envelope, and this region reads no other dialect (arguments["reads"])'
    return Unreadable(Reason.FOREIGN, detail)
