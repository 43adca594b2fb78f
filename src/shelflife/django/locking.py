"""A lock that the server keeps, for one holder among all processes.

Rules:
1. It is the lock of redis-py, and so of django-redis: a key with a token that only its holder
   knows. Releases with either exclude each other.
2. A lock is no cache: if the server cannot be asked, `ServerError` is raised, whatever
   `on_server_error` says. Nobody else could promise that there is one holder.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import Optional

from shelflife.django.calls import remaining
from shelflife.django.sides import BlockingSide
from shelflife.errors import ShelflifeError
from shelflife.operations import Operation, milliseconds
from shelflife.stores.commands import Get, Remove, Replace, Set


class LockError(ShelflifeError, ValueError):
    """A lock that was not acquired in time, or is not held any more by who thought so."""


class Lock:
    """One lock. Also a context manager.

    Args:
        side: Where it is kept.
        name: The whole key.
        timeout: Seconds that it is held at most; None for as long as it is not released.
        sleep: Seconds between two tries to acquire it.
        blocking_timeout: Seconds that acquiring waits at most; None for as long as it takes.
        thread_local: Whether only the thread that acquired it may release it.
    """

    def __init__(
        self,
        side: BlockingSide,
        name: str,
        *,
        timeout: Optional[float] = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: Optional[float] = None,
        thread_local: bool = True,
    ) -> None:
        self._run = side.run
        self._context = side.context
        self._name = side.context.name(name)
        self._key = name
        self._expiry = milliseconds(timeout)
        self._sleep = sleep
        self._blocking = blocking
        self._blocking_timeout = blocking_timeout
        self._held = threading.local() if thread_local else _Held()

    def acquire(
        self, blocking: Optional[bool] = None, blocking_timeout: Optional[float] = None
    ) -> bool:
        """Hold the lock; True if that worked.

        Args:
            blocking: Whether to wait for it; as the lock was made, if not given.
            blocking_timeout: For how many seconds; as the lock was made, if not given.
        """
        waits = self._blocking if blocking is None else blocking
        seconds = self._blocking_timeout if blocking_timeout is None else blocking_timeout
        until = None if seconds is None else time.monotonic() + seconds
        token = uuid.uuid4().hex.encode()
        while not self._ask(Set(self._name, token, self._expiry, if_absent=True)):
            now = time.monotonic()
            if not waits or (until is not None and now + self._sleep > until):
                return False
            time.sleep(self._sleep)
        self._held.token = token
        return True

    def release(self) -> None:
        """Let go of the lock.

        Raises:
            LockError: If it is not held, or is by somebody else by now.
        """
        token = self._token()
        self._held.token = None
        if not self._ask(Remove(self._name, token)):
            raise LockError("the lock was released or has expired before: it is not held any more")

    def extend(self, additional_time: float, replace_ttl: bool = False) -> bool:
        """Hold it longer.

        Args:
            additional_time: By so many seconds.
            replace_ttl: Whether they count from now, rather than from when it would expire.

        Raises:
            LockError: If it is not held any more, or never expires.
        """
        expiry = milliseconds(additional_time)
        assert expiry is not None, "it is a number"
        if not replace_ttl:
            left = self._run(remaining(self._context, self._key))
            if left is None or left < 0:
                raise LockError("the lock is not held any more, or has no timeout to extend")
            expiry += left
        return self._prolong(expiry)

    def reacquire(self) -> bool:
        """Hold it for its whole timeout again, from now.

        Raises:
            LockError: If it is not held any more, or never expires.
        """
        if self._expiry is None:
            raise LockError("the lock has no timeout to begin again")
        return self._prolong(self._expiry)

    def locked(self) -> bool:
        """Whether anybody holds it."""
        return self._ask(Get(self._name, fresh=True)) is not None

    def owned(self) -> bool:
        """Whether it is held by this one."""
        token = getattr(self._held, "token", None)
        return token is not None and self._ask(Get(self._name, fresh=True)) == token

    def __enter__(self) -> Lock:
        if not self.acquire():
            raise LockError("the lock was not acquired within its blocking_timeout")
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _prolong(self, expiry: int) -> bool:
        token = self._token()
        if not self._ask(Replace(self._name, token, token, expiry)):
            raise LockError("the lock was released or has expired before: it is not held any more")
        return True

    def _token(self) -> bytes:
        token: Optional[bytes] = getattr(self._held, "token", None)
        if token is None:
            raise LockError("the lock is not held" + _BY_THREAD)
        return token

    def _ask(self, command: object) -> object:
        return self._run(_alone(command))


class _Held:
    """The token of a lock that any thread may release."""

    token: Optional[bytes] = None


_BY_THREAD = ", or by another thread: thread_local=False lets any thread release it"


def _alone(command: object) -> Operation:
    return (yield command)
