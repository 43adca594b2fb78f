"""Django's methods, blocking.

Rules:
1. What cannot be read is a miss; it is counted with its reason and overwritten by the next write.
2. What is not portable raises `NotPortable` from `set`, after the old value is removed: a mistake
   in the program, found where it is made. `get_or_set` returns it, not stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

from django.core.cache.backends.base import DEFAULT_TIMEOUT

from shelflife import operations
from shelflife.django import calls
from shelflife.django.alias import Alias, Version, failed, hits, number
from shelflife.django.counting import incr
from shelflife.lookup import Miss, Outcome
from shelflife.operations import Operation


class BlockingMethods(Alias):
    """From any thread. Takes the arguments of `Alias`."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        side = self._sides.blocking
        self._run = side.run
        self._context = side.context
        self._calm = self._sides.calm

    def get(self, key: Any, default: Any = None, version: Version = None) -> Any:
        """Give the value, or the default for a miss of any reason."""
        name = self._key(key, version)
        found = self._run(operations.value_or_miss(self._context, name))
        if found.__class__ is Miss:
            found = self._run(self._calm.look_again(self._context, name, found))
        return default if found.__class__ is Miss else found

    def lookup(self, key: Any, version: Version = None) -> Outcome:
        """Give a `shelflife.Hit` with the value, or a `shelflife.Miss` with the reason."""
        found: Outcome = self._run(operations.lookup(self._context, self._key(key, version), None))
        return found

    def get_many(self, keys: Iterable[Any], version: Version = None) -> dict[Any, Any]:
        """Give a dict of the hits."""
        names = {self._key(key, version): key for key in keys}
        found = self._run(operations.values_or_misses(self._context, names))
        if Miss in set(map(type, found.values())):
            found = self._run(calls.found_again(self._context, found, self._calm.look_again))
        return hits(names, found)

    def has_key(self, key: Any, version: Version = None) -> bool:
        """Whether `get` would give a value, or a lock of this key is held."""
        return bool(self._run(calls.has(self._context, self._key(key, version))))

    def set(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: Version = None,
        *,
        nx: bool = False,
        xx: bool = False,
    ) -> bool:
        """Store a value; True if it was stored.

        Args:
            key: As Django has it.
            value: Anything the codec carries, None included.
            timeout: Seconds, a timedelta, None for no expiry; 0 and less remove the entry.
            version: As Django has it.
            nx: Only if no entry is there: see `add`.
            xx: Only if an entry is there.

        Raises:
            NotPortable: If the codec does not carry the value; the message says what to do.
        """
        name = self._key(key, version)
        value, expiry = self._storable(value), self.get_backend_timeout(timeout)
        if nx:
            return bool(self._write(calls.add(self._context, name, value, expiry), name))
        return bool(
            self._write(calls.set_(self._context, name, value, expiry, if_present=xx), name)
        )

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> bool:
        """Store a value unless an entry is there, readable or not; True if it was stored."""
        name = self._key(key, version)
        value, expiry = self._storable(value), self.get_backend_timeout(timeout)
        return bool(self._write(calls.add(self._context, name, value, expiry), name))

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> list[Any]:
        """Store several values; gives the keys of those that were not stored.

        Raises:
            NotPortable: For the first value that the codec does not carry, after storing the rest.
        """
        names, values = self._named(data, version)
        write = calls.set_many(self._context, values, self.get_backend_timeout(timeout))
        return failed(names, *self._write(write, *names))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None) -> bool:
        """Give an entry a new timeout; True if there is one."""
        name, expiry = self._key(key, version), self.get_backend_timeout(timeout)
        return bool(self._write(calls.touch(self._context, name, expiry), name))

    def delete(self, key: Any, version: Version = None) -> bool:
        """Remove an entry; True if there was one and the server confirmed."""
        name = self._key(key, version)
        return bool(self._write(calls.delete(self._context, name), name))

    def delete_many(self, keys: Iterable[Any], version: Version = None) -> Optional[int]:
        """Remove entries; gives how many there were, None if that is not known."""
        names = [self._key(key, version) for key in keys]
        if not names:
            return None
        removed: Optional[int] = self._write(operations.delete_many(self._context, names), *names)
        return removed

    def clear(self) -> bool:
        """Remove every entry of this alias, in all versions; True if the server confirmed.

        That is what is below KEY_PREFIX: never the database, which others may use as well.
        """
        try:
            return bool(self._run(calls.clear(self._context, self._below())))
        finally:
            self._calm.all_done()

    def get_or_set(
        self, key: Any, default: Any, timeout: Any = DEFAULT_TIMEOUT, version: Version = None
    ) -> Any:
        """Give the value, or store the default: called, if it can be, once in this process.

        What cannot be stored is returned all the same, and told as not stored.
        """
        name, expiry = self._key(key, version), self.get_backend_timeout(timeout)
        compute = self._computing(default)
        return self._write(calls.get_or_set(self._context, name, compute, expiry), name)

    def incr(
        self,
        key: Any,
        delta: Any = 1,
        version: Version = None,
        *,
        ignore_key_check: bool = False,
    ) -> Any:
        """Add to a number and give the new one; its expiry stays.

        Args:
            key: As Django has it.
            delta: What to add.
            version: As Django has it.
            ignore_key_check: Whether to begin at 0 if there is no entry.

        Raises:
            ValueError: If there is no entry that can be read.
            TypeError: If it is no number.
        """
        name, expiry = self._key(key, version), self.get_backend_timeout(DEFAULT_TIMEOUT)
        count = incr(self._context, name, delta, expiry, create=ignore_key_check)
        return number(key, self._write(count, name))

    def decr(self, key: Any, delta: Any = 1, version: Version = None) -> Any:
        """Subtract from a number; see `incr`."""
        return self.incr(key, -delta, version)

    def incr_version(self, key: Any, delta: int = 1, version: Version = None) -> int:
        """Move an entry to another version, with what is left of its timeout; gives the version.

        Raises:
            ValueError: If there is no entry that can be read.
        """
        old, new, version = self._moved(key, delta, version)
        if not self._write(calls.move(self._context, old, new), old, new):
            raise ValueError(f"Key '{key}' not found")
        return version

    def decr_version(self, key: Any, delta: int = 1, version: Version = None) -> int:
        """Move an entry to an earlier version; see `incr_version`."""
        return self.incr_version(key, -delta, version)

    def close(self, **_: Any) -> None:
        """Do nothing: Django calls this after every request, and connections are kept."""

    def _write(self, operation: Operation, *names: str) -> Any:
        """Run what may heal these names; who waits for them goes on."""
        try:
            return self._run(operation)
        finally:
            self._calm.done(*names)

    def _computing(self, default: Any) -> Callable[[], Any]:
        """Give what computes the value of a default, which may be one itself."""
        if callable(default):
            return lambda: self._storable(default())
        return lambda: self._storable(default)
