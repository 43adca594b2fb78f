"""The calls of cachelib's clients, for every surface that speaks as they do.

Rules:
1. A miss of any reason is None; what is misused raises as in the original.
2. A timeout of 0 or -1 is no expiry; without one, the default holds.
3. A value that was not stored is False and no exception: counters, hooks and the log tell of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Callable, Optional, Union

from shelflife import operations
from shelflife.cache.sync import SyncCore
from shelflife.errors import NotPortable

Timeout = Union[float, timedelta, None]


class CachelibCalls(SyncCore):
    """A cache with cachelib's methods; its constructor is the surface's own.

    Attributes:
        default_timeout: Seconds; 0 = entries do not expire.
        key_prefix: Put before every key; text, or a function that gives it.
        ignore_delete_many_errors: If False, `delete_many` raises RuntimeError for keys that stay.
    """

    default_timeout: float
    key_prefix: Union[str, Callable[[], str]]
    ignore_delete_many_errors: bool

    def get(self, key: str) -> Any:
        """Give the value, or None."""
        return self._drive(operations.get(self._context, self._name(key), None, None))

    def get_many(self, *keys: str) -> list[Any]:
        """Give a list of values, None for each that is missing."""
        names = [self._name(key) for key in keys]
        found = self._drive(operations.get_many(self._context, names, None))
        return [found.get(name) for name in names]

    def get_dict(self, *keys: str) -> dict[str, Any]:
        """Give a dict of values, None for each that is missing."""
        return dict(zip(keys, self.get_many(*keys)))

    def set(self, key: str, value: Any, timeout: Timeout = None) -> bool:
        """Store a value; False if it was not stored, and then no older value is left either."""
        ttl = self._ttl(timeout)
        try:
            return bool(self._drive(operations.set_(self._context, self._name(key), value, ttl)))
        except NotPortable:
            return False  # told by counters, hooks and log; callers of cachelib expect no error

    def add(self, key: str, value: Any, timeout: Timeout = None) -> bool:
        """Store a value unless the key is there."""
        ttl = self._ttl(timeout)
        try:
            return bool(self._drive(operations.add(self._context, self._name(key), value, ttl)))
        except NotPortable:
            return False

    def set_many(self, mapping: Mapping[str, Any], timeout: Timeout = None) -> list[str]:
        """Store several values; gives the keys that were stored."""
        names = {self._name(key): value for key, value in mapping.items()}
        ttl = self._ttl(timeout)
        stored, _ = self._drive(operations.set_many(self._context, names, ttl))
        return [key for key, name in zip(mapping, names) if stored[name]]

    def delete(self, key: str) -> bool:
        """Remove an entry; True if there was one and it is gone."""
        return bool(self._drive(operations.delete(self._context, self._name(key))))

    def delete_many(self, *keys: str) -> list[str]:
        """Remove entries; gives the keys that are not there any more."""
        names = [self._name(key) for key in keys]
        if self._drive(operations.delete_many(self._context, names)) is not None:
            return list(keys)
        if not self.ignore_delete_many_errors:
            raise RuntimeError(f"the server did not confirm the removal of {len(keys)} keys")
        return []

    def has(self, key: str) -> bool:
        """Whether `get` would find an entry that it can read."""
        return bool(self._drive(operations.has(self._context, self._name(key))))

    def clear(self) -> bool:
        """Remove everything below the prefix, or everything if there is none."""
        prefix = self._prefix_now()
        removed = self._drive(operations.clear(self._context, below=prefix))
        return removed is not None and (removed > 0 or not prefix)  # FLUSHDB was always fine

    def inc(self, key: str, delta: int = 1) -> Optional[int]:
        """Add to a counter; gives its new value, or None."""
        number: Optional[int] = self._drive(
            operations.incr(self._context, self._name(key), delta, None)
        )
        return number

    def dec(self, key: str, delta: int = 1) -> Optional[int]:
        """Subtract from a counter; gives its new value, or None."""
        return self.inc(key, -delta)

    def _prefix_now(self) -> str:
        return self.key_prefix() if callable(self.key_prefix) else self.key_prefix

    def _name(self, key: str) -> str:
        return f"{self._prefix_now()}{key}"

    def _ttl(self, timeout: Timeout) -> Optional[float]:
        seconds = self.default_timeout if timeout is None else in_seconds(timeout)
        return None if seconds in (0, -1) else seconds  # the original's two words for no expiry


def in_seconds(timeout: Union[float, timedelta]) -> float:
    """Give a timeout as seconds, a timedelta rounded up as the original does."""
    if isinstance(timeout, timedelta):
        return math.ceil(timeout.total_seconds())
    return timeout
