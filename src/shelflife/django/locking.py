"""A lock that the server keeps, for one holder among all processes: blocking, and for async code.

Rules:
1. It is the lock of redis-py, and so of django-redis: a key with a token that only its holder
   knows. Releases with either exclude each other, and so do the two kinds here.
2. A lock is no cache: if the server cannot be asked, `ServerError` is raised, whatever
   `on_server_error` says. Nobody else could promise that there is one holder.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from typing import Any, Optional

from shelflife.django.calls import remaining
from shelflife.django.sides import AsyncSide, BlockingSide
from shelflife.errors import ShelflifeError
from shelflife.operations import Context, Operation, milliseconds
from shelflife.stores.commands import Get, Remove, Replace, Set


class LockError(ShelflifeError, ValueError):
    """A lock that was not acquired in time, or is not held any more by who thought so."""


class _Terms:
    """What one lock is: where it is kept, how long it is held and waited for, who holds it.

    Args:
        context: Of the side that keeps it.
        key: The whole key.
        timeout: Seconds that it is held at most; None for as long as it is not released.
        sleep: Seconds between two tries to acquire it.
        blocking: Whether acquiring waits for it.
        blocking_timeout: Seconds that acquiring waits at most; None for as long as it takes.
        thread_local: Whether only the thread that acquired it may release it.
    """

    def __init__(
        self,
        context: Context,
        key: str,
        *,
        timeout: Optional[float] = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: Optional[float] = None,
        thread_local: bool = True,
    ) -> None:
        self._context = context
        self._name = context.name(key)
        self._key = key
        self._expiry = milliseconds(timeout)
        self._sleep = sleep
        self._blocking = blocking
        self._blocking_timeout = blocking_timeout
        self._held = threading.local() if thread_local else _Held()

    def _until(self, blocking: Optional[bool], blocking_timeout: Optional[float]) -> float:
        """Give when acquiring is to be given up."""
        if not (self._blocking if blocking is None else blocking):
            return 0.0
        seconds = self._blocking_timeout if blocking_timeout is None else blocking_timeout
        return float("inf") if seconds is None else time.monotonic() + seconds

    def _try(self) -> Operation:
        """-> whether it is held now."""
        token = uuid.uuid4().hex.encode()
        is_held = yield Set(self._name, token, self._expiry, if_absent=True)
        if is_held:
            self._held.token = token
        return is_held

    def _give_back(self) -> Operation:
        token = self._token()
        self._held.token = None
        if not (yield Remove(self._name, token)):
            raise LockError("the lock was released or has expired before: it is not held any more")

    def _extend(self, additional_time: float, *, replace_ttl: bool) -> Operation:
        expiry = milliseconds(additional_time)
        assert expiry is not None, "it is a number"
        if not replace_ttl:
            left = yield from remaining(self._context, self._key)
            if left is None or left < 0:
                raise LockError("the lock is not held any more, or has no timeout to extend")
            expiry += left
        return (yield from self._prolong(expiry))

    def _begin_again(self) -> Operation:
        if self._expiry is None:
            raise LockError("the lock has no timeout to begin again")
        return (yield from self._prolong(self._expiry))

    def _prolong(self, expiry: int) -> Operation:
        token = self._token()
        if not (yield Replace(self._name, token, token, expiry)):
            raise LockError("the lock was released or has expired before: it is not held any more")
        return True

    def _is_locked(self) -> Operation:
        return (yield Get(self._name, fresh=True)) is not None

    def _is_owned(self) -> Operation:
        token = getattr(self._held, "token", None)
        return token is not None and (yield Get(self._name, fresh=True)) == token

    def _token(self) -> bytes:
        token: Optional[bytes] = getattr(self._held, "token", None)
        if token is None:
            raise LockError("the lock is not held" + _BY_THREAD)
        return token


class Lock(_Terms):
    """A lock for threads; also a context manager. Takes the arguments of `_Terms`."""

    def __init__(self, side: BlockingSide, key: str, **terms: Any) -> None:
        super().__init__(side.context, key, **terms)
        self._run = side.run

    def acquire(
        self, blocking: Optional[bool] = None, blocking_timeout: Optional[float] = None
    ) -> bool:
        """Hold the lock; True if that worked.

        Args:
            blocking: Whether to wait for it; as the lock was made, if not given.
            blocking_timeout: For how many seconds; as the lock was made, if not given.
        """
        until = self._until(blocking, blocking_timeout)
        while not self._run(self._try()):
            if time.monotonic() + self._sleep > until:
                return False
            time.sleep(self._sleep)
        return True

    def release(self) -> None:
        """Let go of the lock.

        Raises:
            LockError: If it is not held, or is by somebody else by now.
        """
        self._run(self._give_back())

    def extend(self, additional_time: float, replace_ttl: bool = False) -> bool:
        """Hold it longer.

        Args:
            additional_time: By so many seconds.
            replace_ttl: Whether they count from now, rather than from when it would expire.

        Raises:
            LockError: If it is not held any more, or never expires.
        """
        return bool(self._run(self._extend(additional_time, replace_ttl=replace_ttl)))

    def reacquire(self) -> bool:
        """Hold it for its whole timeout again, from now.

        Raises:
            LockError: If it is not held any more, or never expires.
        """
        return bool(self._run(self._begin_again()))

    def locked(self) -> bool:
        """Whether anybody holds it."""
        return bool(self._run(self._is_locked()))

    def owned(self) -> bool:
        """Whether it is held by this one."""
        return bool(self._run(self._is_owned()))

    def __enter__(self) -> Lock:
        if not self.acquire():
            raise LockError(_NOT_IN_TIME)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class AsyncLock(_Terms):
    """A lock for tasks of any loop; also an async context manager.

    Its methods are those of `Lock`, with `await`. Whoever has the object may release it: make one
    for each task.
    """

    def __init__(self, side: AsyncSide, key: str, **terms: Any) -> None:
        super().__init__(side.context, key, thread_local=False, **terms)
        self._run = side.run

    async def acquire(
        self, blocking: Optional[bool] = None, blocking_timeout: Optional[float] = None
    ) -> bool:
        """As `Lock.acquire`; the loop goes on meanwhile."""
        until = self._until(blocking, blocking_timeout)
        while not await self._tried():
            if time.monotonic() + self._sleep > until:
                return False
            await asyncio.sleep(self._sleep)
        return True

    async def release(self) -> None:
        """As `Lock.release`."""
        await self._run(self._give_back())

    async def extend(self, additional_time: float, replace_ttl: bool = False) -> bool:
        """As `Lock.extend`."""
        return bool(await self._run(self._extend(additional_time, replace_ttl=replace_ttl)))

    async def reacquire(self) -> bool:
        """As `Lock.reacquire`."""
        return bool(await self._run(self._begin_again()))

    async def locked(self) -> bool:
        """As `Lock.locked`."""
        return bool(await self._run(self._is_locked()))

    async def owned(self) -> bool:
        """As `Lock.owned`."""
        return bool(await self._run(self._is_owned()))

    async def __aenter__(self) -> AsyncLock:
        if not await self.acquire():
            raise LockError(_NOT_IN_TIME)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.release()

    async def _tried(self) -> bool:
        attempt = asyncio.ensure_future(self._run(self._try()))
        try:
            return bool(await asyncio.shield(attempt))
        except asyncio.CancelledError:
            if await attempt:  # nobody else would give it back
                await self.release()
            raise


class _Held:
    """The token of a lock that any thread may release."""

    token: Optional[bytes] = None


_NOT_IN_TIME = "the lock was not acquired within its blocking_timeout"
_BY_THREAD = ", or by another thread: thread_local=False lets any thread release it"
