"""`Cache`: every read is a hit, or a miss that says why."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional, TypeVar

from shelflife import operations
from shelflife.cache.cached import KeyMaker, check_parentheses, key_maker
from shelflife.cache.core import CacheCore
from shelflife.cache.driving import AsyncDriver, SyncDriver
from shelflife.fleet import Follower, Participation, Place
from shelflife.lookup import Outcome
from shelflife.operations import DEFAULT, Ttl
from shelflife.stores import Store, open_store, store_from_client

F = TypeVar("F", bound=Callable[..., Any])


class SyncCore(CacheCore):
    """The core with a synchronous store; for surfaces of any shape."""

    _store: Store
    _participation: Optional[Participation] = None

    def _open(self, url: Optional[str], client: Any, **options: Any) -> Store:
        store = store_from_client(client) if url is None else open_store(url, **options)
        self._drive: Callable[[operations.Operation], Any] = SyncDriver(store).drive
        return store

    def close(self) -> None:
        """Give back every connection. The cache may be used again; it then reconnects."""
        if self._participation is not None:
            self._participation.again()
            self._participation.leave()
        self._store.close()

    def _take_part(self, place: Place, follower: Follower) -> None:
        """Join the fleet with the first operation, and again after `close` and in a fork."""
        drive = self._drive

        def join_and_drive(operation: operations.Operation) -> Any:
            participation.join()
            self._drive = drive
            return drive(operation)

        def begin_anew() -> None:
            self._drive = join_and_drive

        participation = Participation(place, follower, self._store, begin_anew)
        self._participation = participation
        begin_anew()


class Cache(SyncCore):
    """A cache for threads, processes and greenlets. Takes the options of `CacheCore`.

    Safe to share between threads and to keep across a fork. No method raises because of what lies
    under a key, nor, unless asked to, because the server fails.
    """

    def get(self, key: str, default: Any = None, *, type: Any = None) -> Any:  # noqa: A002
        """Give the value, or `default` for a miss of any reason.

        Args:
            key: The key, without the prefix.
            default: What a miss gives.
            type: Convert and validate the value; if it does not fit, it is a miss (`schema`).
        """
        return self._drive(operations.get(self._context, key, default, type))

    def lookup(self, key: str, *, type: Any = None) -> Outcome:  # noqa: A002
        """Give a `Hit` with the value, or a `Miss` with the reason."""
        outcome: Outcome = self._drive(operations.lookup(self._context, key, type))
        return outcome

    def get_many(self, keys: Iterable[str], *, type: Any = None) -> dict[str, Any]:  # noqa: A002
        """Give a dict of the hits, in the order of the keys."""
        found: dict[str, Any] = self._drive(operations.get_many(self._context, keys, type))
        return found

    def lookup_many(
        self,
        keys: Iterable[str],
        *,
        type: Any = None,  # noqa: A002
    ) -> dict[str, Outcome]:
        """Give a `Hit` or `Miss` for every key.

        A key that holds another Redis type is `absent` here, as MGET has it; `lookup` says more.
        """
        found: dict[str, Outcome] = self._drive(operations.lookup_many(self._context, keys, type))
        return found

    def has(self, key: str) -> bool:
        """Whether `lookup` would hit: an unreadable entry is not had."""
        return bool(self._drive(operations.has(self._context, key)))

    def set(self, key: str, value: Any, ttl: Ttl = DEFAULT) -> bool:
        """Store a value; True if it was stored.

        If nothing is stored, the key is unlinked: an old value must not outlive its update.

        Args:
            key: The key, without the prefix.
            value: Anything the codec carries, None included.
            ttl: Seconds above 0, a timedelta, None for no expiry; without it the cache's default.

        Raises:
            NotPortable: If the codec does not carry the value; the message says what to do.
        """
        return bool(self._drive(operations.set_(self._context, key, value, ttl)))

    def set_many(self, values: Mapping[str, Any], ttl: Ttl = DEFAULT) -> dict[str, bool]:
        """Store several values; tells for each key whether it was stored.

        Raises:
            NotPortable: For the first value that the codec does not carry, after storing the rest.
        """
        stored: dict[str, bool]
        stored, misuse = self._drive(operations.set_many(self._context, values, ttl))
        if misuse is not None:
            raise misuse
        return stored

    def add(self, key: str, value: Any, ttl: Ttl = DEFAULT) -> bool:
        """Store a value unless an entry is there, readable or not; True if it was stored.

        Raises:
            NotPortable: If the codec does not carry the value.
        """
        return bool(self._drive(operations.add(self._context, key, value, ttl)))

    def delete(self, key: str) -> bool:
        """Remove an entry; True if the server confirmed that none is there any more."""
        return self._drive(operations.delete(self._context, key)) is not None

    def delete_many(self, keys: Iterable[str]) -> bool:
        """Remove entries; True if the server confirmed all of it."""
        return self._drive(operations.delete_many(self._context, keys)) is not None

    def clear(self) -> bool:
        """Remove every entry below the prefix; True if the server confirmed.

        Raises:
            ConfigurationError: If the cache has no prefix.
        """
        return self._drive(operations.clear(self._context)) is not None

    def incr(self, key: str, by: int = 1, ttl: Ttl = DEFAULT) -> Optional[int]:
        """Add to a counter and give its new value; creates it with `ttl`, and keeps it after.

        An int that `set` stored becomes a counter. Anything else stays as it is and gives None, as
        do a result outside 64 bits and a server that does not answer.
        """
        number: Optional[int] = self._drive(operations.incr(self._context, key, by, ttl))
        return number

    def touch(self, key: str, ttl: Ttl = DEFAULT) -> bool:
        """Give an entry a new time to live; True if there is one."""
        return bool(self._drive(operations.touch(self._context, key, ttl)))

    def ttl(self, key: str) -> float:
        """Seconds that an entry has left: infinite without expiry, 0.0 if there is none."""
        left: float = self._drive(operations.ttl(self._context, key))
        return left

    def get_or_compute(
        self,
        key: str,
        compute: Callable[[], Any],
        ttl: Ttl = DEFAULT,
        *,
        type: Any = None,  # noqa: A002
    ) -> Any:
        """Give the value, or compute and store it: once in this process at a time.

        Raises only what `compute` raises. What cannot be stored is returned all the same.
        """
        return self._drive(operations.get_or_compute(self._context, key, compute, ttl, type))

    def cached(
        self,
        ttl: Ttl = DEFAULT,
        *,
        key: Optional[KeyMaker] = None,
        type: Any = None,  # noqa: A002
    ) -> Callable[[F], F]:
        """Decorate a function so that its results are cached by its arguments.

        A coroutine function stays one; its cache is then asked from the event loop's own thread,
        which `AsyncCache` avoids. `f.key_for(...)` gives the key of a call, for `delete`.

        Args:
            ttl: As for `set`.
            key: A function of the same arguments that gives the key, as text.
            type: As for `get`.

        Raises:
            ConfigurationError: If the decorator stands without its parentheses.
        """
        check_parentheses(ttl)

        def decorate(function: F) -> F:
            make = key_maker(function, self._codecs, key)
            is_coroutine = inspect.iscoroutinefunction(function)
            drive = AsyncDriver(self._run_from_loop).drive

            def operation(*args: Any, **kwargs: Any) -> operations.Operation:
                call = functools.partial(function, *args, **kwargs)
                name = make(*args, **kwargs)
                return operations.get_or_compute(self._context, name, call, ttl, type)

            if is_coroutine:

                async def wrapper(*args: Any, **kwargs: Any) -> Any:
                    if self._participation is not None:
                        self._participation.join()
                    return await drive(operation(*args, **kwargs))

            else:

                def wrapper(*args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
                    return self._drive(operation(*args, **kwargs))

            functools.update_wrapper(wrapper, function)
            wrapper.key_for = make  # type: ignore[attr-defined]
            return wrapper  # type: ignore[return-value]

        return decorate

    async def _run_from_loop(self, command: Any) -> Any:
        return self._store.run(command)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
