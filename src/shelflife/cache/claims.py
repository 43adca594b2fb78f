"""What requests compute, and wait for: the parts of `calm.py`."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent import futures
from time import monotonic
from typing import Optional, Protocol

PATIENCE = 30.0
"""Seconds; as long as a worker usually gets for a request."""


class OneAtATime:
    """A lock that a forked child begins anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Begin with an open lock in a forked child: whoever held it is not there."""
        self._lock = threading.Lock()


TOGETHER = OneAtATime()
"""One for all claims: circles lead through several caches."""


class Keeper(Protocol):
    """Whoever keeps the claims to the keys of a cache."""

    def leave(self, claim: Claim, *, is_stored: bool = False) -> None:
        """Let those go on who wait for a key that its request does not store."""


class Request:
    """What one request computes and waits for."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.waits: list[Claim] = []
        self.is_over = False

    def end(self) -> None:
        """Let those go on who wait for what this request did not store."""
        with TOGETHER:
            self.is_over = True
            self._leave()

    def let_go(self) -> None:
        """Let them go on though it has not ended: it will not store anything any more."""
        with TOGETHER:
            self._leave()

    def drop(self, claim: Claim) -> None:
        """Let those go on who wait for what somebody else has stored."""
        with TOGETHER:
            if claim in self.claims:
                self.claims.remove(claim)
                claim.calm.leave(claim, is_stored=True)

    def waits_for(self, other: Request) -> bool:
        """Whether it is the other one, or waits for it, or for one that does."""
        return self is other or any(claim.owner.waits_for(other) for claim in self.waits)

    def _leave(self) -> None:
        claims, self.claims = self.claims, []
        for claim in claims:
            claim.calm.leave(claim)


class Claim:
    """A key that a request computes."""

    def __init__(self, calm: Keeper, key: str, owner: Request, after: Optional[str] = None) -> None:
        self.calm = calm
        self.key = key
        self.owner = owner
        self.after = after
        self._until = monotonic() + PATIENCE
        self._over: futures.Future[None] = futures.Future()

    @property
    def holds(self) -> bool:
        """Whether others are to wait for it."""
        return not self.owner.is_over and monotonic() < self._until

    def finish(self) -> None:
        """Let those go on who wait."""
        if not self._over.done():
            self._over.set_result(None)

    def wait(self) -> None:
        """Wait in this thread."""
        futures.wait([self._over], max(0.0, self._until - monotonic()))

    async def wait_in_loop(self) -> None:
        """Wait in the running loop."""
        loop = asyncio.get_running_loop()
        woken = loop.create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        def call(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there
                loop.call_soon_threadsafe(wake)

        self._over.add_done_callback(call)
        await asyncio.wait([woken], timeout=max(0.0, self._until - monotonic()))
