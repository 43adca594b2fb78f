"""What django-redis has besides Django's own methods, and people rely on.

What is about Redis' other types, sets, hashes and sorted sets, is not here: entries of a cache are
strings, and everything else is for a client of your own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Optional, Union

from shelflife.django import keyspace
from shelflife.django.alias import Version
from shelflife.django.blocking import BlockingMethods
from shelflife.django.locking import Lock
from shelflife.django.patterns import Patterns
from shelflife.django.raw import RawClients

_OF_OTHER_TYPES = re.compile(
    r"hdel|hexists|hkeys|hlen|hset"
    r"|sadd|scard|sdiff|sdiffstore|sinter|sinterstore|sismember|smembers|smismember|smove|spop"
    r"|srandmember|srem|sscan|sscan_iter|sunion|sunionstore"
    r"|z(add|card|count|incrby|popmax|popmin|range|rangebyscore|rank|rem|remrangebyscore|score)"
    r"|zrev(range|rangebyscore)"
)


class Extras(BlockingMethods, Patterns):
    """django-redis' own methods. Takes the arguments of `Alias`."""

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
        return keyspace.in_seconds(self.pttl(key, version))

    def pttl(self, key: Any, version: Version = None) -> Optional[int]:
        """Milliseconds that an entry has left: None without expiry, 0 if there is none."""
        left: Optional[int] = self._run(keyspace.left(self._context, self._key(key, version)))
        return left

    def persist(self, key: Any, version: Version = None) -> bool:
        """Take an entry's expiry away; True if it had one."""
        return bool(self._run(keyspace.persist(self._context, self._key(key, version))))

    def expire(self, key: Any, timeout: Any, version: Version = None) -> bool:
        """Let an entry expire in so many seconds; True if there is one."""
        return self.touch(key, timeout, version)

    def pexpire(self, key: Any, timeout: Any, version: Version = None) -> bool:
        """Let an entry expire in so many milliseconds, or a timedelta; True if there is one."""
        return self.touch(key, keyspace.from_milliseconds(timeout), version)

    def expire_at(self, key: Any, when: Union[datetime, int], version: Version = None) -> bool:
        """Let an entry expire at a time, or second since the epoch; True if there is one."""
        return self.touch(key, keyspace.seconds_until(when), version)

    def pexpire_at(self, key: Any, when: Union[datetime, int], version: Version = None) -> bool:
        """Let an entry expire at a time, or millisecond since the epoch; True if there is one."""
        return self.touch(key, keyspace.seconds_until(when, 1000), version)

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

    @property
    def client(self) -> RawClients:
        """What hands out redis-py's client: `cache.client.get_client()`; see `RawClients`."""
        if self._sides.blocking.beside() is not None:
            raise AttributeError("client")
        return RawClients(self, self._sides)

    def __getattr__(self, name: str) -> Any:
        why = ""
        if _OF_OTHER_TYPES.fullmatch(name):
            why = ": sets, hashes and sorted sets are no entries of a cache"
            why += "; get_redis_connection() gives a redis.Redis for them"
        elif name == "client":
            why = ": memory:// has no server"
        raise AttributeError(f"{type(self).__name__} has no {name!r}{why}")
