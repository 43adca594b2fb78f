"""The backend "shelflife": what a region asks of it is a hit, or `NO_VALUE` for any reason.

Rules:
1. What lies under a key never raises. A region computes it anew and writes it: that heals it.
2. A value that cannot be stored raises, as with dogpile's own backends, after the key is unlinked.
3. A failing server is `NO_VALUE` or a dropped write, and nobody waits for a lock on it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from dogpile.cache.api import NO_VALUE, BackendSetType, CacheBackend

from shelflife import operations
from shelflife.cache import SyncCore
from shelflife.dogpile.arguments import ArgumentError, cache_options, lock_terms
from shelflife.dogpile.entries import CachedValueReader, CachedValueWriter
from shelflife.dogpile.mutex import Mutex
from shelflife.errors import ConfigurationError
from shelflife.lookup import Miss
from shelflife.operations import DEFAULT, Context


class _RegionCache(SyncCore):
    """A cache of cached values, and of the bytes of regions with a serializer of their own."""

    _reader_class = CachedValueReader
    _writer_class = CachedValueWriter

    @property
    def context(self) -> Context:
        return self._context

    def run(self, operation: operations.Operation) -> Any:
        return self._drive(operation)

    def serialized(self) -> Context:
        """Give the context of the same cache for those that take bytes."""
        reader = self._context.reader
        assert isinstance(reader, CachedValueReader)
        context = copy.copy(self._context)
        context.reader = reader.serialized
        return context


class ShelflifeBackend(CacheBackend):
    """The backend; made by `region.configure("shelflife", arguments=...)`.

    Args:
        arguments: The options of `shelflife.Cache`, except that entries do not expire unless
            `ttl` (or `redis_expiration_time`) says so; and those of dogpile's Redis backend.

    Raises:
        ArgumentError: If an argument cannot work; the message names it.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        options = cache_options(arguments)
        self._lock_terms = lock_terms(arguments)
        try:
            self._kept = _RegionCache(**options)
        except ConfigurationError as error:
            raise ArgumentError(f"arguments: {error}") from None
        self._context = self._kept.context
        self._serialized = self._kept.serialized()

    @property
    def cache(self) -> SyncCore:
        """The cache: for `counters()`, `on_event`, `address`, `floor` and `close()`."""
        return self._kept

    def has_lock_timeout(self) -> bool:
        """Whether a distributed lock may end before the computation does."""
        return self._lock_terms is not None and self._lock_terms.timeout is not None

    def get_mutex(self, key: str) -> Optional[Mutex]:
        """Give the distributed lock of a key, if the arguments asked for one."""
        if self._lock_terms is None:
            return None
        return Mutex(self._kept.run, self._context, _text(key), self._lock_terms)

    def get(self, key: str) -> Any:
        """Give the cached value, or `NO_VALUE`."""
        return self._get(self._context, key)

    def get_multi(self, keys: Iterable[str]) -> list[Any]:
        """Give a list of cached values, `NO_VALUE` for each miss."""
        return self._get_multi(self._context, keys)

    def get_serialized(self, key: str) -> Any:
        """Give the bytes of a region's own serializer, or `NO_VALUE`."""
        return self._get(self._serialized, key)

    def get_serialized_multi(self, keys: Iterable[str]) -> list[Any]:
        """Give a list of such bytes, `NO_VALUE` for each miss."""
        return self._get_multi(self._serialized, keys)

    def set(self, key: str, value: BackendSetType) -> None:
        """Store a cached value, or the bytes of a region's own serializer.

        Raises:
            NotPortable: If the codec does not carry it; no older value is left then.
        """
        self._kept.run(operations.set_(self._context, _text(key), value, DEFAULT))

    def set_multi(self, mapping: Mapping[str, BackendSetType]) -> None:
        """Store several.

        Raises:
            NotPortable: For the first that the codec does not carry, after storing the rest.
        """
        named = {_text(key): value for key, value in mapping.items()}
        operation = operations.set_many(self._context, named, DEFAULT)
        _, misuse = self._kept.run(operation)
        if misuse is not None:
            raise misuse

    def delete(self, key: str) -> None:
        """Remove an entry; one that the server did not confirm is counted."""
        self._kept.run(operations.delete(self._context, _text(key)))

    def delete_multi(self, keys: Iterable[str]) -> None:
        """Remove several entries."""
        self._kept.run(operations.delete_many(self._context, map(_text, keys)))

    def _get(self, context: Context, key: str) -> Any:
        found = self._kept.run(operations.value_or_miss(context, _text(key)))
        return NO_VALUE if found.__class__ is Miss else found

    def _get_multi(self, context: Context, keys: Iterable[str]) -> list[Any]:
        wanted = [_text(key) for key in keys]
        found = self._kept.run(operations.values_or_misses(context, wanted))
        return [NO_VALUE if found[key].__class__ is Miss else found[key] for key in wanted]


def _text(key: Any) -> str:
    """Give a key as text: regions let numbers and bytes through, and Redis makes this of them."""
    if type(key) in (int, float):
        return repr(key)
    if type(key) is bytes:
        return key.decode("utf-8", "surrogateescape")
    return key  # type: ignore[no-any-return]
