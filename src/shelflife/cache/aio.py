"""`AsyncCache`: the same with `await`. It never uses a thread."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Callable, Optional

from shelflife import operations
from shelflife.cache.cached import KeyMaker, check_parentheses, key_maker
from shelflife.cache.core import CacheCore
from shelflife.cache.driving import AsyncDriver
from shelflife.fleet import AsyncParticipation, Follower, Place
from shelflife.lookup import Outcome
from shelflife.operations import DEFAULT, Ttl
from shelflife.stores import AsyncStore, async_store_from_client, open_async_store


class AsyncCache(CacheCore):
    """A cache for asyncio. Takes the options of `CacheCore`; methods mean what `Cache`'s do.

    It may be made outside a loop and used from several, one after another or in several threads.
    """

    _store: AsyncStore
    _participation: Optional[AsyncParticipation] = None

    def _open(self, url: Optional[str], client: Any, **options: Any) -> AsyncStore:
        store = async_store_from_client(client) if url is None else open_async_store(url, **options)
        self._drive: Callable[[operations.Operation], Awaitable[Any]]
        self._drive = AsyncDriver(store.run).drive
        return store

    def _take_part(self, place: Place, follower: Follower) -> None:
        """Join the fleet with the first operation in each loop."""
        drive = self._drive
        participation = AsyncParticipation(place, follower, self._store)

        async def join_and_drive(operation: operations.Operation) -> Any:
            await participation.join()
            return await drive(operation)

        def drive_in_fleet(operation: operations.Operation) -> Awaitable[Any]:
            if participation.loop is not asyncio.get_running_loop():
                return join_and_drive(operation)
            return drive(operation)

        self._participation = participation
        self._drive = drive_in_fleet

    async def get(self, key: str, default: Any = None, *, type: Any = None) -> Any:  # noqa: A002
        """Give the value, or `default` for a miss of any reason.

        Args:
            key: The key, without the prefix.
            default: What a miss gives.
            type: Convert and validate the value; if it does not fit, it is a miss (`schema`).
        """
        return await self._drive(operations.get(self._context, key, default, type))

    async def lookup(self, key: str, *, type: Any = None) -> Outcome:  # noqa: A002
        """Give a `Hit` with the value, or a `Miss` with the reason."""
        outcome: Outcome = await self._drive(operations.lookup(self._context, key, type))
        return outcome

    async def get_many(self, keys: Iterable[str], *, type: Any = None) -> dict[str, Any]:  # noqa: A002
        """Give a dict of the hits, in the order of the keys."""
        found: dict[str, Any] = await self._drive(operations.get_many(self._context, keys, type))
        return found

    async def lookup_many(
        self,
        keys: Iterable[str],
        *,
        type: Any = None,  # noqa: A002
    ) -> dict[str, Outcome]:
        """Give a `Hit` or `Miss` for every key.

        A key that holds another Redis type is `absent` here, as MGET has it; `lookup` says more.
        """
        found: dict[str, Outcome] = await self._drive(
            operations.lookup_many(self._context, keys, type)
        )
        return found

    async def has(self, key: str) -> bool:
        """Whether `lookup` would hit: an unreadable entry is not had."""
        return bool(await self._drive(operations.has(self._context, key)))

    async def set(self, key: str, value: Any, ttl: Ttl = DEFAULT) -> bool:
        """Store a value; True if it was stored.

        If nothing is stored, the key is unlinked: an old value must not outlive its update.

        Args:
            key: The key, without the prefix.
            value: Anything the codec carries, None included.
            ttl: Seconds above 0, a timedelta, None for no expiry; without it the cache's default.

        Raises:
            NotPortable: If the codec does not carry the value; the message says what to do.
        """
        return bool(await self._drive(operations.set_(self._context, key, value, ttl)))

    async def set_many(self, values: Mapping[str, Any], ttl: Ttl = DEFAULT) -> dict[str, bool]:
        """Store several values; tells for each key whether it was stored.

        Raises:
            NotPortable: For the first value that the codec does not carry, after storing the rest.
        """
        stored: dict[str, bool]
        stored, misuse = await self._drive(operations.set_many(self._context, values, ttl))
        if misuse is not None:
            raise misuse
        return stored

    async def add(self, key: str, value: Any, ttl: Ttl = DEFAULT) -> bool:
        """Store a value unless an entry is there, readable or not; True if it was stored.

        Raises:
            NotPortable: If the codec does not carry the value.
        """
        return bool(await self._drive(operations.add(self._context, key, value, ttl)))

    async def delete(self, key: str) -> bool:
        """Remove an entry; True if the server confirmed that none is there any more."""
        return await self._drive(operations.delete(self._context, key)) is not None

    async def delete_many(self, keys: Iterable[str]) -> bool:
        """Remove entries; True if the server confirmed all of it."""
        return await self._drive(operations.delete_many(self._context, keys)) is not None

    async def clear(self) -> bool:
        """Remove every entry below the prefix; True if the server confirmed.

        Raises:
            ConfigurationError: If the cache has no prefix.
        """
        return await self._drive(operations.clear(self._context)) is not None

    async def incr(self, key: str, by: int = 1, ttl: Ttl = DEFAULT) -> Optional[int]:
        """Add to a counter and give its new value; creates it with `ttl`, and keeps it after.

        An int that `set` stored becomes a counter. Anything else stays as it is and gives None, as
        do a result outside 64 bits and a server that does not answer.
        """
        number: Optional[int] = await self._drive(operations.incr(self._context, key, by, ttl))
        return number

    async def touch(self, key: str, ttl: Ttl = DEFAULT) -> bool:
        """Give an entry a new time to live; True if there is one."""
        return bool(await self._drive(operations.touch(self._context, key, ttl)))

    async def ttl(self, key: str) -> float:
        """Seconds that an entry has left: infinite without expiry, 0.0 if there is none."""
        left: float = await self._drive(operations.ttl(self._context, key))
        return left

    async def get_or_compute(
        self,
        key: str,
        compute: Callable[[], Any],
        ttl: Ttl = DEFAULT,
        *,
        type: Any = None,  # noqa: A002
    ) -> Any:
        """Give the value, or compute (a function or coroutine function) and store it.

        Raises only what `compute` raises; see `Cache.get_or_compute`.
        """
        return await self._drive(operations.get_or_compute(self._context, key, compute, ttl, type))

    def cached(
        self,
        ttl: Ttl = DEFAULT,
        *,
        key: Optional[KeyMaker] = None,
        type: Any = None,  # noqa: A002
    ) -> Callable[[Callable[..., Any]], Callable[..., Awaitable[Any]]]:
        """Decorate a function, plain or coroutine; what comes out is a coroutine function.

        `f.key_for(...)` gives the key of a call, for `delete`. See `Cache.cached`.
        """
        check_parentheses(ttl)

        def decorate(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
            make = key_maker(function, self._codecs, key)

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                call = functools.partial(function, *args, **kwargs)
                return await self.get_or_compute(make(*args, **kwargs), call, ttl, type=type)

            wrapper.key_for = make  # type: ignore[attr-defined]
            return wrapper

        return decorate

    async def close(self) -> None:
        """Give back every connection of the running loop; see `Cache.close`."""
        if self._participation is not None:
            await self._participation.leave()
        await self._store.close()

    async def __aenter__(self) -> AsyncCache:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
