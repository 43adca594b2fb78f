"""The distributed lock of a region, as its `get_mutex` gives it."""

from __future__ import annotations

import secrets
import threading
import time
from types import SimpleNamespace
from typing import Any, Callable

from dogpile.cache.api import CacheMutex

from shelflife import operations
from shelflife.dogpile.arguments import LockTerms
from shelflife.operations import Context, Operation, milliseconds


class Mutex(CacheMutex):
    """A lock among all processes; see `operations.locking` for what it promises."""

    def __init__(
        self, drive: Callable[[Operation], Any], context: Context, key: str, terms: LockTerms
    ) -> None:
        self._drive = drive
        self._context = context
        self._key = terms.prefix + key
        self._terms = terms
        self._expiry = milliseconds(terms.timeout)
        self._own: Any = threading.local() if terms.thread_local else SimpleNamespace()

    def acquire(self, wait: bool = True) -> bool:
        """Acquire it; without `wait`, at once or not at all."""
        token = secrets.token_hex(16).encode()
        longest = self._terms.longest
        end = None if longest is None else time.monotonic() + longest
        while not self._drive(operations.acquire(self._context, self._key, token, self._expiry)):
            if not (wait and self._terms.blocking):
                return False
            if end is not None and time.monotonic() + self._terms.sleep > end:
                return False
            time.sleep(self._terms.sleep)
        self._own.token = token
        return True

    def release(self) -> None:
        """Release it, if it is still ours: it may have expired meanwhile."""
        token = getattr(self._own, "token", None)
        if token is not None:
            self._own.token = None
            self._drive(operations.release(self._context, self._key, token))

    def locked(self) -> bool:
        """Whether anybody has it."""
        return bool(self._drive(operations.locked(self._context, self._key)))
