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

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Callable, Optional, Union
from urllib.parse import quote

from shelflife import operations
from shelflife.cache.cachelib_calls import CachelibCalls, in_seconds
from shelflife.events import Hook
from shelflife.lookup import Miss, Reason
from shelflife.stores import client_from_options

DEFAULT_FLOOR = "2.7"


class RedisCache(CachelibCalls):
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
        self.default_timeout = in_seconds(default_timeout)
        self.ignore_delete_many_errors = ignore_delete_many_errors
        self.key_prefix = key_prefix or ""
        if check_connection:
            self._check_connection()

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
