"""Django's methods with `await`, in the running loop: no thread is used, and none is waited for.

They mean what those without the `a` mean: `blocking.py` says it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Callable, Optional

from django.core.cache.backends.base import DEFAULT_TIMEOUT

from shelflife import operations
from shelflife.django import calls
from shelflife.django.alias import Alias, Version, failed, number
from shelflife.django.counting import incr
from shelflife.django.sides import AsyncSide
from shelflife.lookup import Outcome


class AsyncMethods(Alias):
    """From any running loop. Takes the arguments of `Alias`."""

    @property
    def _aside(self) -> AsyncSide:
        return self._sides.aside

    async def aget(self, key: Any, default: Any = None, version: Version = None) -> Any:
        """As `get`."""
        return await self._aside.run(
            operations.get(self._aside.context, self._key(key, version), default, None)
        )

    async def alookup(self, key: Any, version: Version = None) -> Outcome:
        """As `lookup`."""
        found: Outcome = await self._aside.run(
            operations.lookup(self._aside.context, self._key(key, version), None)
        )
        return found

    async def aget_many(self, keys: Iterable[Any], version: Version = None) -> dict[Any, Any]:
        """As `get_many`."""
        names = {self._key(key, version): key for key in keys}
        found: dict[Any, Any] = await self._aside.run(calls.get_many(self._aside.context, names))
        return found

    async def ahas_key(self, key: Any, version: Version = None) -> bool:
        """As `has_key`."""
        return bool(
            await self._aside.run(operations.has(self._aside.context, self._key(key, version)))
        )

    async def aset(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: Version = None,
        *,
        nx: bool = False,
        xx: bool = False,
    ) -> bool:
        """As `set`."""
        side, name = self._aside, self._key(key, version)
        value, expiry = self._storable(value), self.get_backend_timeout(timeout)
        if nx:
            return bool(await side.run(calls.add(side.context, name, value, expiry)))
        return bool(await side.run(calls.set_(side.context, name, value, expiry, if_present=xx)))

    async def aadd(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> bool:
        """As `add`."""
        name = self._key(key, version)
        value, expiry = self._storable(value), self.get_backend_timeout(timeout)
        return bool(await self._aside.run(calls.add(self._aside.context, name, value, expiry)))

    async def aset_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> list[Any]:
        """As `set_many`."""
        names, values = self._named(data, version)
        return failed(
            names,
            *await self._aside.run(
                calls.set_many(self._aside.context, values, self.get_backend_timeout(timeout))
            ),
        )

    async def atouch(
        self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> bool:
        """As `touch`."""
        name, expiry = self._key(key, version), self.get_backend_timeout(timeout)
        return bool(await self._aside.run(calls.touch(self._aside.context, name, expiry)))

    async def adelete(self, key: Any, version: Version = None) -> bool:
        """As `delete`."""
        return bool(
            await self._aside.run(calls.delete(self._aside.context, self._key(key, version)))
        )

    async def adelete_many(self, keys: Iterable[Any], version: Version = None) -> Optional[int]:
        """As `delete_many`."""
        names = [self._key(key, version) for key in keys]
        if not names:
            return None
        removed: Optional[int] = await self._aside.run(
            operations.delete_many(self._aside.context, names)
        )
        return removed

    async def aclear(self) -> bool:
        """As `clear`."""
        return bool(await self._aside.run(calls.clear(self._aside.context, self._below())))

    async def aget_or_set(
        self, key: Any, default: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> Any:
        """As `get_or_set`."""
        name, expiry = self._key(key, version), self.get_backend_timeout(timeout)
        compute = self._acomputing(default)
        return await self._aside.run(calls.get_or_set(self._aside.context, name, compute, expiry))

    async def aincr(self, key: Any, delta: Any = 1, version: Version = None) -> Any:
        """As `incr`."""
        name, expiry = self._key(key, version), self.get_backend_timeout(DEFAULT_TIMEOUT)
        return number(
            key, await self._aside.run(incr(self._aside.context, name, delta, expiry, create=False))
        )

    async def adecr(self, key: Any, delta: Any = 1, version: Version = None) -> Any:
        """As `decr`."""
        return await self.aincr(key, -delta, version)

    async def aincr_version(self, key: Any, delta: int = 1, version: Version = None) -> int:
        """As `incr_version`."""
        old, new, version = self._moved(key, delta, version)
        if not await self._aside.run(calls.move(self._aside.context, old, new)):
            raise ValueError(f"Key '{key}' not found")
        return version

    async def adecr_version(self, key: Any, delta: int = 1, version: Version = None) -> int:
        """As `decr_version`."""
        return await self.aincr_version(key, -delta, version)

    async def aclose(self, **_: Any) -> None:
        """As `close`."""

    def _acomputing(self, default: Any) -> Callable[[], Awaitable[Any]]:
        """Give what computes the value of a default: one itself, or any function that gives it."""

        async def compute() -> Any:
            value = default() if callable(default) else default
            return self._storable(await value if inspect.isawaitable(value) else value)

        return compute
