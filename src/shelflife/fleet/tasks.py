"""What keeps an event loop in its fleet, without a thread: a short task, again and again.

Rules:
1. It begins with the first operation in a loop, in each loop anew.
2. Between two turns no task is pending, only a timer: a loop that just stops leaves nothing behind.
3. Nothing that goes wrong in it reaches a caller, and nothing ends it but the last `close` and the
   loop's end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
import weakref
from typing import Optional

from shelflife.fleet.following import Follower
from shelflife.fleet.membership import Membership
from shelflife.fleet.own import new_own
from shelflife.fleet.talking import talk_through_async
from shelflife.fleet.threads import Place
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

    def join(self, loop: _Loop) -> None:
        """See that the loop keeps the cache up to date."""
        self._loop = weakref.ref(loop)
        turns = _turns.setdefault(loop, {})
        if self._place not in turns or turns[self._place].has_ended:
            turns[self._place] = _Turns(self._place, loop)
        turns[self._place].take(self._follower, self._store)

    async def leave(self) -> None:
        """Leave the fleet; the last cache of the loop says goodbye to it."""
        self._loop = None
        turns = _turns.get(asyncio.get_running_loop(), {})
        ours = turns.get(self._place)
        if ours is not None and ours.drop(self._follower):
            del turns[self._place]
            await ours.end(self._store)

    def _wake(self) -> None:
        """Join again: what was known has run out, and so may have whatever kept it up to date."""
        with contextlib.suppress(RuntimeError):
            self.join(asyncio.get_running_loop())


class _Turns:
    """Keeps one membership up, on one loop."""

    def __init__(self, place: Place, loop: _Loop) -> None:
        self.has_ended = False
        self._loop = weakref.ref(loop)
        self._membership = Membership(place.fleet, new_own(place.release), time.monotonic)
        self._stores: weakref.WeakKeyDictionary[Follower, AsyncStore] = weakref.WeakKeyDictionary()
        self._timer: Optional[asyncio.TimerHandle] = None
        self._task: Optional[asyncio.Task[None]] = None

    def take(self, follower: Follower, store: AsyncStore) -> None:
        """Keep one more cache up to date."""
        self._stores[follower] = store
        self._membership.followers.add(follower)
        if self._timer is None and self._task is None:
            self._begin_turn()

    def drop(self, follower: Follower) -> bool:
        """Leave a cache alone; give whether it was the last."""
        self._stores.pop(follower, None)
        self._membership.followers.discard(follower)
        return not self._stores

    async def end(self, store: AsyncStore) -> None:
        """Say goodbye to the fleet."""
        self.has_ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._task)
        with contextlib.suppress(Exception):
            await talk_through_async(self._membership.leave(), store.run)

    def _begin_turn(self) -> None:
        self._timer = None
        loop, store = self._loop(), next(iter(self._stores.values()), None)
        if loop is None or store is None:
            self.has_ended = True
        elif not self.has_ended:
            self._task = loop.create_task(self._turn(loop, store))

    async def _turn(self, loop: _Loop, store: AsyncStore) -> None:
        try:
            await talk_through_async(self._membership.turn(), store.run)
        except asyncio.CancelledError:  # the loop is about to end
            self.has_ended = True
            raise
        except Exception:
            logger.exception("a turn of the fleet's task failed; it goes on")
        finally:
            self._task = None
        if not self.has_ended:
            self._timer = loop.call_later(self._membership.pause, self._begin_turn)


_turns: weakref.WeakKeyDictionary[_Loop, dict[Place, _Turns]] = weakref.WeakKeyDictionary()


def _forget_all() -> None:
    global _turns  # noqa: PLW0603 - a forked child is another process, even in a copied loop
    _turns = weakref.WeakKeyDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
