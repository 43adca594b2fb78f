"""django-redis' own methods with `await`: `extras.py` says what they mean.

In the running loop, by the loop's own connections: no thread is used, and none is waited for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Optional, Union

from shelflife.django import keyspace
from shelflife.django.alias import Version
from shelflife.django.asynchronous import AsyncMethods
from shelflife.django.locking import AsyncLock
from shelflife.django.patterns import Patterns


class AsyncExtras(AsyncMethods, Patterns):
    """django-redis' own methods, async. Takes the arguments of `Alias`."""

    async def akeys(self, search: str = "*", version: Version = None) -> list[str]:
        """As `keys`."""
        pattern = self._pattern(search, version)
        found = await self._aside.run(keyspace.find(self._aside.context, pattern))
        return [self._reversed(name, version) for name in found]

    async def aiter_keys(
        self, search: str = "*", version: Version = None, itersize: Optional[int] = None
    ) -> AsyncIterator[str]:
        """As `iter_keys`, for `async for`."""
        del itersize
        side, pattern, cursor = self._aside, self._pattern(search, version), None
        while True:
            cursor, names = await side.run(keyspace.scan(side.context, pattern, cursor))
            for name in names:
                yield self._reversed(name, version)
            if cursor is None:
                return

    async def adelete_pattern(
        self,
        pattern: str,
        version: Version = None,
        prefix: Optional[str] = None,
        itersize: Optional[int] = None,
    ) -> Optional[int]:
        """As `delete_pattern`."""
        del itersize
        whole = self._pattern(pattern, version, prefix)
        removed: Optional[int] = await self._aside.run(keyspace.remove(self._aside.context, whole))
        self._sides.calm.all_done()
        return removed

    async def attl(self, key: Any, version: Version = None) -> Optional[int]:
        """As `ttl`."""
        return keyspace.in_seconds(await self.apttl(key, version))

    async def apttl(self, key: Any, version: Version = None) -> Optional[int]:
        """As `pttl`."""
        name = self._key(key, version)
        left: Optional[int] = await self._aside.run(keyspace.left(self._aside.context, name))
        return left

    async def apersist(self, key: Any, version: Version = None) -> bool:
        """As `persist`."""
        name = self._key(key, version)
        return bool(await self._aside.run(keyspace.persist(self._aside.context, name)))

    async def aexpire(self, key: Any, timeout: Any, version: Version = None) -> bool:
        """As `expire`."""
        return await self.atouch(key, timeout, version)

    async def apexpire(self, key: Any, timeout: Any, version: Version = None) -> bool:
        """As `pexpire`."""
        return await self.atouch(key, keyspace.from_milliseconds(timeout), version)

    async def aexpire_at(
        self, key: Any, when: Union[datetime, int], version: Version = None
    ) -> bool:
        """As `expire_at`."""
        return await self.atouch(key, keyspace.seconds_until(when), version)

    async def apexpire_at(
        self, key: Any, when: Union[datetime, int], version: Version = None
    ) -> bool:
        """As `pexpire_at`."""
        return await self.atouch(key, keyspace.seconds_until(when, 1000), version)

    def alock(
        self,
        key: Any,
        version: Version = None,
        timeout: Optional[float] = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: Optional[float] = None,
    ) -> AsyncLock:
        """As `lock`, for `async with`; see `AsyncLock`. It is one lock with those of `lock`."""
        return AsyncLock(
            self._aside,
            self._key(key, version),
            timeout=timeout,
            sleep=sleep,
            blocking=blocking,
            blocking_timeout=blocking_timeout,
        )
