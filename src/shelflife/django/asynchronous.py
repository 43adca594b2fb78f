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
from shelflife.django.alias import Alias, Version, failed, hits, number
from shelflife.django.counting import incr
from shelflife.django.sides import AsyncSide
from shelflife.lookup import Miss, Outcome
from shelflife.operations import Context, Operation


class AsyncMethods(Alias):
    """From any running loop. Takes the arguments of `Alias`."""

    @property
    def _aside(self) -> AsyncSide:
        return self._sides.aside

    async def aget(self, key: Any, default: Any = None, version: Version = None) -> Any:
        """As `get`."""
        side, name = self._aside, self._key(key, version)
        found = await side.run(operations.value_or_miss(side.context, name))
        if found.__class__ is Miss:
            found = await side.run(self._alook_again(side.context, name, found))
        return default if found.__class__ is Miss else found

    async def alookup(self, key: Any, version: Version = None) -> Outcome:
        """As `lookup`."""
        found: Outcome = await self._aside.run(
            operations.lookup(self._aside.context, self._key(key, version), None)
        )
        return found

    async def aget_many(self, keys: Iterable[Any], version: Version = None) -> dict[Any, Any]:
        """As `get_many`."""
        names = {self._key(key, version): key for key in keys}
        side = self._aside
        found = await side.run(operations.values_or_misses(side.context, names))
        if Miss in set(map(type, found.values())):
            found = await side.run(calls.found_again(side.context, found, self._alook_again))
        return hits(names, found)

    async def ahas_key(self, key: Any, version: Version = None) -> bool:
        """As `has_key`."""
        return bool(await self._aside.run(calls.has(self._aside.context, self._key(key, version))))

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
        context, name = self._aside.context, self._key(key, version)
        value, expiry = self._storable(value), self.get_backend_timeout(timeout)
        if nx:
            return bool(await self._awrite(calls.add(context, name, value, expiry), name))
        write = calls.set_(context, name, value, expiry, if_present=xx)
        return bool(await self._awrite(write, name))

    async def aadd(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> bool:
        """As `add`."""
        name = self._key(key, version)
        value, expiry = self._storable(value), self.get_backend_timeout(timeout)
        write = calls.add(self._aside.context, name, value, expiry)
        return bool(await self._awrite(write, name))

    async def aset_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> list[Any]:
        """As `set_many`."""
        names, values = self._named(data, version)
        write = calls.set_many(self._aside.context, values, self.get_backend_timeout(timeout))
        return failed(names, *await self._awrite(write, *names))

    async def atouch(
        self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> bool:
        """As `touch`."""
        name, expiry = self._key(key, version), self.get_backend_timeout(timeout)
        return bool(await self._awrite(calls.touch(self._aside.context, name, expiry), name))

    async def adelete(self, key: Any, version: Version = None) -> bool:
        """As `delete`."""
        name = self._key(key, version)
        return bool(await self._awrite(calls.delete(self._aside.context, name), name))

    async def adelete_many(self, keys: Iterable[Any], version: Version = None) -> Optional[int]:
        """As `delete_many`."""
        names = [self._key(key, version) for key in keys]
        if not names:
            return None
        removed: Optional[int] = await self._awrite(
            operations.delete_many(self._aside.context, names), *names
        )
        return removed

    async def aclear(self) -> bool:
        """As `clear`."""
        try:
            return bool(await self._aside.run(calls.clear(self._aside.context, self._below())))
        finally:
            self._sides.calm.all_done()

    async def aget_or_set(
        self, key: Any, default: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> Any:
        """As `get_or_set`."""
        name, expiry = self._key(key, version), self.get_backend_timeout(timeout)
        compute = self._acomputing(default)
        write = calls.get_or_set(self._aside.context, name, compute, expiry)
        return await self._awrite(write, name)

    async def aincr(
        self,
        key: Any,
        delta: Any = 1,
        version: Version = None,
        *,
        ignore_key_check: bool = False,
    ) -> Any:
        """As `incr`."""
        name, expiry = self._key(key, version), self.get_backend_timeout(DEFAULT_TIMEOUT)
        count = incr(self._aside.context, name, delta, expiry, create=ignore_key_check)
        return number(key, await self._awrite(count, name))

    async def adecr(self, key: Any, delta: Any = 1, version: Version = None) -> Any:
        """As `decr`."""
        return await self.aincr(key, -delta, version)

    async def aincr_version(self, key: Any, delta: int = 1, version: Version = None) -> int:
        """As `incr_version`."""
        old, new, version = self._moved(key, delta, version)
        if not await self._awrite(calls.move(self._aside.context, old, new), old, new):
            raise ValueError(f"Key '{key}' not found")
        return version

    async def adecr_version(self, key: Any, delta: int = 1, version: Version = None) -> int:
        """As `decr_version`."""
        return await self.aincr_version(key, -delta, version)

    async def aclose(self, **_: Any) -> None:
        """As `close`."""

    def _alook_again(self, context: Context, name: str, miss: Miss) -> Operation:
        return self._sides.calm.look_again(context, name, miss, in_loop=True)

    async def _awrite(self, operation: Operation, *names: str) -> Any:
        """Run what may heal these names; who waits for them goes on."""
        try:
            return await self._aside.run(operation)
        finally:
            self._sides.calm.done(*names)

    def _acomputing(self, default: Any) -> Callable[[], Awaitable[Any]]:
        """Give what computes the value of a default: one itself, or any function that gives it."""

        async def compute() -> Any:
            value = default() if callable(default) else default
            return self._storable(await value if inspect.isawaitable(value) else value)

        return compute
