"""Drop-ins for `cachelib.RedisCache` and `werkzeug.contrib.cache.RedisCache`.

Change one import, and no entry of another Python, library version or release raises any more:

    from shelflife.cachelib import RedisCache

Same constructor, methods, defaults and return values. What differs:

1. An entry that cannot be read is a miss, whatever is wrong with it.
2. Entries are written so that the oldest reader can read them (`floor`, Python 2.7 unless told
   otherwise), and a value that it could not read is not written: `set` returns False.
3. A pickle may only refer to the safe types of the standard library, and to names in `allow`.
4. A server that fails is a miss or a dropped write, reported through `cache.counters()`, hooks and
   the log, in place of an exception of the driver.
5. `has` is true if `get` would give a value, and `clear` without a prefix unlinks keys in place of
   FLUSHDB.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Callable, Optional, Union
from urllib.parse import quote

from shelflife import operations
from shelflife.cache import SyncCore
from shelflife.errors import NotPortable
from shelflife.events import Hook
from shelflife.lookup import Miss, Reason
from shelflife.stores import client_from_options

DEFAULT_FLOOR = "2.7"
Timeout = Union[float, timedelta, None]


class RedisCache(SyncCore):
    """The drop-in.

    Args:
        host: Address of the server, or a redis-py client that does not decode responses.
        port: Its port.
        password: Its password.
        db: Its database number.
        default_timeout: Seconds (or a timedelta); 0 = entries do not expire.
        key_prefix: Put before every key; text, or a function that gives it.
        ignore_delete_many_errors: If False, `delete_many` raises RuntimeError for keys that stay.
        check_connection: If True, a server that cannot be reached raises RuntimeError at once.
        reads: The dialect read besides shelflife's own entries.
        writes: "werkzeug", or "shelflife" when no other reader is left.
        floor: The oldest Python that still reads this cache.
        allow: Names that pickles may refer to, such as `app.models.*`.
        hooks: Called with every `shelflife.Event`.
        **kwargs: Passed to `redis.Redis`.
    """

    def __init__(
        self,
        host: Any = "localhost",
        port: int = 6379,
        password: Optional[str] = None,
        db: int = 0,
        default_timeout: Union[float, timedelta] = 300,
        key_prefix: Union[str, Callable[[], str], None] = None,
        ignore_delete_many_errors: bool = True,
        check_connection: bool = False,
        *,
        reads: Optional[str] = "werkzeug",
        writes: str = "werkzeug",
        floor: Optional[str] = DEFAULT_FLOOR,
        allow: Iterable[str] = (),
        hooks: Iterable[Hook] = (),
        **kwargs: Any,
    ) -> None:
        if host is None:
            raise ValueError("RedisCache host parameter may not be None")
        options: dict[str, Any] = {"client": host}
        if isinstance(host, str):
            options = _where(host, port, password, db, kwargs)
        super().__init__(
            **options,
            reads=reads,
            writes=writes,
            floor=None if writes == "shelflife" and floor == DEFAULT_FLOOR else floor,
            allow=allow,
            hooks=hooks,
        )
        self.default_timeout = _seconds(default_timeout)
        self.ignore_delete_many_errors = ignore_delete_many_errors
        self.key_prefix = key_prefix or ""
        if check_connection:
            self._check_connection()

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
        seconds = self.default_timeout if timeout is None else _seconds(timeout)
        return None if seconds in (0, -1) else seconds  # the original's two words for no expiry

    def _check_connection(self) -> None:
        found = self._drive(operations.lookup(self._context, "", None))
        if isinstance(found, Miss) and found.reason is Reason.UNAVAILABLE:
            raise RuntimeError(f"could not connect to Redis server: {found.detail}")


def _where(
    host: str, port: int, password: Optional[str], db: int, more: dict[str, Any]
) -> dict[str, Any]:
    """Give a URL; or, for options that only redis-py knows, a client of its own making."""
    if more:
        client = client_from_options(host=host, port=port, password=password, db=db, **more)
        return {"client": client}
    user = f":{quote(password, safe='')}@" if password else ""
    address = f"[{host}]" if ":" in host else quote(host, safe="")
    return {"url": f"redis://{user}{address}:{port}/{db}"}


def _seconds(timeout: Union[float, timedelta]) -> float:
    if isinstance(timeout, timedelta):
        return math.ceil(timeout.total_seconds())
    return timeout
