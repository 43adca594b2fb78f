"""What keeps an event loop in its fleet, without a thread: a short task, again and again.

Rules:
1. It begins with the first operation in a loop, which waits a moment until it is known to the
   fleet, if it has not been lately: loops that last for one operation are readers, too.
2. A process is one member, whatever loops it runs one after another; loops that run at the same
   time, in several threads, are one each.
3. Between two turns no task is pending, only a timer: a loop that just stops leaves nothing behind.
4. Nothing that goes wrong in it reaches a caller, and nothing ends it but the last `close` and the
   loop's end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
import weakref
from typing import Optional

from shelflife.fleet.following import Follower
from shelflife.fleet.membership import Membership
from shelflife.fleet.own import new_own
from shelflife.fleet.talking import talk_through_async
from shelflife.fleet.threads import FIRST_TURN, Place
from shelflife.stores.interface import AsyncStore

logger = logging.getLogger("shelflife")

_Loop = asyncio.AbstractEventLoop


class AsyncParticipation:
    """One cache's part in its fleet.

    Args:
        place: Which fleet.
        follower: What the cache writes with.
        store: Where the registry is.
    """

    def __init__(self, place: Place, follower: Follower, store: AsyncStore) -> None:
        self._place = place
        self._follower = follower
        self._store = store
        self._loop: Optional[weakref.ref[_Loop]] = None
        follower.wake = self._wake

    @property
    def loop(self) -> Optional[_Loop]:
        """The loop that was joined last."""
        return None if self._loop is None else self._loop()

    async def join(self) -> None:
        """See that the running loop keeps the cache up to date."""
        turn = self._join(asyncio.get_running_loop())
        if turn is not None:
            await asyncio.wait({turn}, timeout=FIRST_TURN)

    async def leave(self) -> None:
        """Leave the fleet; the last cache of the loop says goodbye to it."""
        self._loop = None
        turns = _state.leave(self._place, asyncio.get_running_loop(), self._follower)
        if turns is not None:
            await turns.end(self._store)

    def _join(self, loop: _Loop) -> Optional[asyncio.Task[None]]:
        self._loop = weakref.ref(loop)
        return _state.turns_on(loop, self._place).take(self._follower, self._store)

    def _wake(self) -> None:
        """Join again: what was known has run out, and so may have whatever kept it up to date."""
        with contextlib.suppress(RuntimeError):
            self._join(asyncio.get_running_loop())


class _Turns:
    """Keeps one membership up, on one loop at a time."""

    def __init__(self, place: Place, loop: _Loop) -> None:
        self.place = place
        self._membership = Membership(place.fleet, new_own(place.release), time.monotonic)
        self._stores: weakref.WeakKeyDictionary[Follower, AsyncStore] = weakref.WeakKeyDictionary()
        self.move_to(loop)

    def move_to(self, loop: _Loop) -> None:
        """Go on in another loop: the one before does not run any more."""
        self._loop = weakref.ref(loop)
        self._timer: Optional[asyncio.TimerHandle] = None
        self._task: Optional[asyncio.Task[None]] = None
        self._has_ended = False

    def is_on(self, loop: _Loop) -> bool:
        """Whether this loop keeps it up."""
        return self._loop() is loop

    def is_free(self) -> bool:
        """Whether its loop has come to an end."""
        loop = self._loop()
        return loop is None or loop.is_closed() or not loop.is_running()

    def take(self, follower: Follower, store: AsyncStore) -> Optional[asyncio.Task[None]]:
        """Keep one more cache up to date; give the turn to wait for, if it is not up to date."""
        known = follower in self._stores and self._membership.is_fresh
        self._stores[follower] = store
        self._membership.followers.add(follower)
        if self._timer is None and self._task is None:
            loop = self._loop()
            assert loop is not None, "it is running"
            self._begin_turn(loop)
        return None if known else self._task

    def drop(self, follower: Follower) -> bool:
        """Leave a cache alone; give whether it was the last."""
        self._stores.pop(follower, None)
        self._membership.followers.discard(follower)
        return not self._stores

    async def end(self, store: AsyncStore) -> None:
        """Say goodbye to the fleet."""
        self._has_ended = True
        if self._timer is not None:
            self._timer.cancel()
        with contextlib.suppress(Exception):
            if self._task is not None:
                await asyncio.shield(self._task)
            await talk_through_async(self._membership.leave(), store.run)

    def _begin_turn(self, loop: _Loop) -> None:
        if self._has_ended or not self.is_on(loop):
            return
        self._timer = None
        store = next(iter(list(self._stores.values())), None)
        if store is None:  # all were collected without being closed
            _state.forget(self)
        else:
            self._task = loop.create_task(self._turn(loop, store))

    async def _turn(self, loop: _Loop, store: AsyncStore) -> None:
        try:
            await talk_through_async(self._membership.turn(), store.run)
        except Exception:
            logger.exception("a turn of the fleet's task failed; it goes on")
        finally:
            if self.is_on(loop):
                self._task = None
        if self.is_on(loop) and not self._has_ended:
            self._timer = loop.call_later(self._membership.pause, self._begin_turn, loop)


class _State:
    """The memberships of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[Place, list[_Turns]] = {}

    def turns_on(self, loop: _Loop, place: Place) -> _Turns:
        """Give what keeps the loop in a fleet: its own, one whose loop has ended, or a new one."""
        with self._lock:
            all_ = self._turns.setdefault(place, [])
            for turns in all_:
                if turns.is_on(loop):
                    return turns
            for turns in all_:
                if turns.is_free():
                    turns.move_to(loop)
                    return turns
            all_.append(_Turns(place, loop))
            return all_[-1]

    def leave(self, place: Place, loop: _Loop, follower: Follower) -> Optional[_Turns]:
        """Leave a cache alone; give what is to end, if it was the loop's last."""
        with self._lock:
            all_ = self._turns.get(place, [])
            for turns in all_:
                if turns.is_on(loop) and turns.drop(follower):
                    all_.remove(turns)
                    return turns
        return None

    def forget(self, turns: _Turns) -> None:
        """Keep it up no more."""
        with self._lock:
            all_ = self._turns.get(turns.place, [])
            if turns in all_:
                all_.remove(turns)


_state = _State()


def _forget_all() -> None:
    global _state  # noqa: PLW0603 - a forked child is another process, even in a copied loop
    _state = _State()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
