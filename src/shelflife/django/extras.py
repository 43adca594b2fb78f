"""What django-redis has besides Django's own methods, and people rely on.

What is about Redis' other types, sets, hashes and sorted sets, is not here: entries of a cache are
strings, and everything else is for a client of your own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from time import time
from typing import Any, Callable, Optional, Union

from django.core.cache.backends.base import default_key_func, get_key_func

from shelflife.django import calls, keyspace
from shelflife.django.alias import Version
from shelflife.django.blocking import BlockingMethods
from shelflife.django.locking import Lock
from shelflife.django.settings import Misconfigured

_OF_OTHER_TYPES = re.compile(
    r"hdel|hexists|hkeys|hlen|hset"
    r"|sadd|scard|sdiff|sdiffstore|sinter|sinterstore|sismember|smembers|smismember|smove|spop"
    r"|srandmember|srem|sscan|sscan_iter|sunion|sunionstore"
    r"|z(add|card|count|incrby|popmax|popmin|range|rangebyscore|rank|rem|remrangebyscore|score)"
    r"|zrev(range|rangebyscore)"
)


class Extras(BlockingMethods):
    """django-redis' own methods. Takes the arguments of `Alias`."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self._reverse_key = _reverse(params.get("REVERSE_KEY_FUNCTION"))

    def keys(self, search: str = "*", version: Version = None) -> list[str]:
        """Give the keys that match a pattern, without prefix and version."""
        found = self._run(keyspace.find(self._context, self._pattern(search, version)))
        return [self._reversed(name, version) for name in found]

    def iter_keys(
        self, search: str = "*", version: Version = None, itersize: Optional[int] = None
    ) -> Iterator[str]:
        """Give them one by one, as the server finds them; one may come twice.

        Args:
            search: A pattern such as `article:*`.
            version: As everywhere.
            itersize: Taken and not needed: the server is asked for a thousand at a time.
        """
        del itersize
        pattern, cursor = self._pattern(search, version), None
        while True:
            cursor, names = self._run(keyspace.scan(self._context, pattern, cursor))
            for name in names:
                yield self._reversed(name, version)
            if cursor is None:
                return

    def delete_pattern(
        self,
        pattern: str,
        version: Version = None,
        prefix: Optional[str] = None,
        itersize: Optional[int] = None,
    ) -> Optional[int]:
        """Remove what matches a pattern; gives how many, None if the server did not confirm.

        Args:
            pattern: Such as `article:*`.
            version: As everywhere.
            prefix: Another prefix than KEY_PREFIX.
            itersize: Taken and not needed, as in `iter_keys`.
        """
        del itersize
        whole = self._pattern(pattern, version, prefix)
        removed: Optional[int] = self._run(keyspace.remove(self._context, whole))
        self._calm.all_done()
        return removed

    def ttl(self, key: Any, version: Version = None) -> Optional[int]:
        """Seconds that an entry has left: None without expiry, 0 if there is none."""
        left = self.pttl(key, version)
        return None if left is None else (left + 500) // 1000

    def pttl(self, key: Any, version: Version = None) -> Optional[int]:
        """Milliseconds that an entry has left: None without expiry, 0 if there is none."""
        left = self._run(calls.remaining(self._context, self._key(key, version)))
        return None if left == -1 else left or 0

    def persist(self, key: Any, version: Version = None) -> bool:
        """Take an entry's expiry away; True if it had one."""
        return bool(self._run(keyspace.persist(self._context, self._key(key, version))))

    def expire(self, key: Any, timeout: Any, version: Version = None) -> bool:
        """Let an entry expire in so many seconds; True if there is one."""
        return self.touch(key, timeout, version)

    def pexpire(self, key: Any, timeout: Any, version: Version = None) -> bool:
        """Let an entry expire in so many milliseconds, or a timedelta; True if there is one."""
        is_number = isinstance(timeout, (int, float))
        return self.touch(key, timeout / 1000 if is_number else timeout, version)

    def expire_at(self, key: Any, when: Union[datetime, int], version: Version = None) -> bool:
        """Let an entry expire at a time, or second since the epoch; True if there is one."""
        moment = when.timestamp() if isinstance(when, datetime) else when
        return self.touch(key, moment - time(), version)

    def pexpire_at(self, key: Any, when: Union[datetime, int], version: Version = None) -> bool:
        """Let an entry expire at a time, or millisecond since the epoch; True if there is one."""
        moment = when if isinstance(when, datetime) else when / 1000
        return self.expire_at(key, moment, version)  # type: ignore[arg-type]

    def lock(
        self,
        key: Any,
        version: Version = None,
        timeout: Optional[float] = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: Optional[float] = None,
        thread_local: bool = True,
    ) -> Lock:
        """Give a lock for one holder among all processes; see `Lock`."""
        return Lock(
            self._sides.blocking,
            self._key(key, version),
            timeout=timeout,
            sleep=sleep,
            blocking=blocking,
            blocking_timeout=blocking_timeout,
            thread_local=thread_local,
        )

    def __getattr__(self, name: str) -> Any:
        why = ""
        if _OF_OTHER_TYPES.fullmatch(name):
            why = ": sets, hashes and sorted sets are no entries of a cache"
        elif name == "client":
            why = ": connections are not handed out, as what is written past the cache is not read"
        advice = "; make a redis.Redis of your own for that" if why else ""
        raise AttributeError(f"{type(self).__name__} has no {name!r}{why}{advice}")

    def _pattern(self, search: str, version: Version, prefix: Optional[str] = None) -> str:
        head = keyspace.literal(str(self.key_prefix if prefix is None else prefix))
        number = keyspace.literal(str(self.version if version is None else version))
        return str(self.key_func(search, head, number))

    def _reversed(self, name: str, version: Version) -> str:
        if self._reverse_key is not None:
            return str(self._reverse_key(name))
        head = self.make_key("", version)
        if name.startswith(head):
            return name[len(head) :]
        if self.key_func is default_key_func:  # a pattern for several versions
            return name[len(str(self.key_prefix)) + 1 :].partition(":")[2]
        return name


def _reverse(function: Any) -> Optional[Callable[[str], Any]]:
    if function is None:
        return None
    try:
        reverse: Callable[[str], Any] = get_key_func(function)
    except (ImportError, AttributeError) as error:  # as of KEY_FUNCTION
        raise Misconfigured(f"CACHES: REVERSE_KEY_FUNCTION: {error}") from error
    return reverse
