"""The thread that keeps a process in its fleet: one for each fleet and release.

Rules:
1. It begins with the first operation of a cache, and again in a forked child, which has none. That
   operation waits a moment until the fleet knows of it.
2. It ends when its last cache is closed or collected, and with the interpreter; it is a daemon.
3. Nothing that goes wrong in it reaches a caller, and nothing ends it.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import NamedTuple, Optional

from shelflife.fleet.following import Follower
from shelflife.fleet.membership import Membership
from shelflife.fleet.own import new_own
from shelflife.fleet.talking import talk_through
from shelflife.stores.interface import Store

logger = logging.getLogger("shelflife")

FIRST_TURN = 0.25  # seconds that the first operation waits at most
_GOODBYE = 1.0  # seconds that closing a cache waits at most


class Place(NamedTuple):
    """What a membership is for: caches that agree in it share one."""

    address: str
    fleet: str
    release: str


class Participation:
    """One cache's part in its fleet.

    Args:
        place: Which fleet.
        follower: What the cache writes with.
        store: Where the registry is.
        again: Called in a forked child, where joining begins anew.
    """

    def __init__(
        self, place: Place, follower: Follower, store: Store, again: Callable[[], None]
    ) -> None:
        self._place = place
        self._follower = follower
        self._store = store
        self.again = again
        follower.wake = self._wake
        _participations.add(self)

    def join(self) -> None:
        """See that a thread keeps the cache up to date."""
        with _state.lock:
            thread = _state.threads.get(self._place)
            if thread is None or not thread.is_alive():
                thread = _state.threads[self._place] = _FleetThread(self._place)
            turned = thread.take(self._follower, self._store)
        if turned is not None:
            turned.wait(FIRST_TURN)

    def _wake(self) -> None:
        """Join again if the thread has ended: what was known has run out."""
        thread = _state.threads.get(self._place)
        if thread is not None and not thread.is_alive():
            self.join()

    def leave(self) -> None:
        """Leave the fleet; the last cache of the process says goodbye to it."""
        with _state.lock:
            thread = _state.threads.get(self._place)
            if thread is None or not thread.drop(self._follower):
                return
            del _state.threads[self._place]
        thread.end()


class _FleetThread:
    """Keeps one membership up."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._membership = Membership(place.fleet, new_own(place.release), time.monotonic)
        self._stores: weakref.WeakKeyDictionary[Follower, Store] = weakref.WeakKeyDictionary()
        self._is_ending = False
        self._hurry = threading.Event()
        self._turned = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"shelflife-fleet-{place.fleet}", daemon=True
        )

    def is_alive(self) -> bool:
        """Whether it runs, or has still to begin."""
        return self._thread.ident is None or self._thread.is_alive()

    def take(self, follower: Follower, store: Store) -> Optional[threading.Event]:
        """Keep one more cache up to date; give what to wait for, if it is new."""
        if follower in self._stores:
            return None
        self._stores[follower] = store
        self._membership.followers.add(follower)
        self._turned.clear()
        self._hurry.set()
        if self._thread.ident is None:
            self._thread.start()
        return self._turned

    def drop(self, follower: Follower) -> bool:
        """Leave a cache alone; give whether it was the last."""
        self._stores.pop(follower, None)
        self._membership.followers.discard(follower)
        return not self._stores

    def end(self) -> None:
        """Say goodbye to the fleet, within a moment."""
        self.ask_to_end()
        self.wait_for_end()

    def ask_to_end(self) -> None:
        """Begin to end."""
        self._is_ending = True
        self._hurry.set()

    def wait_for_end(self) -> None:
        """Wait for it a moment."""
        if self._thread is not threading.current_thread() and self._thread.is_alive():
            self._thread.join(_GOODBYE)

    def _run(self) -> None:
        store = next(iter(list(self._stores.values())), None)
        while store is not None:
            self._turned.clear()
            try:
                talk_through(self._membership.turn(), store.run)
            except Exception:
                logger.exception("a turn of the fleet's thread failed; it goes on")
            self._turned.set()
            self._hurry.wait(self._membership.pause)
            self._hurry.clear()
            if self._is_ending or self._is_alone():
                break
            store = next(iter(list(self._stores.values())), store)
        if store is not None:
            with contextlib.suppress(Exception):
                talk_through(self._membership.leave(), store.run)

    def _is_alone(self) -> bool:
        """Whether all its caches were collected without being closed; then it is done."""
        with _state.lock:
            if len(self._stores):
                return False
            if _state.threads.get(self._place) is self:
                del _state.threads[self._place]
            return True


class _State:
    """The threads of this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # a signal handler may use a cache, too
        self.threads: dict[Place, _FleetThread] = {}


_state = _State()
_participations: weakref.WeakSet[Participation] = weakref.WeakSet()


def _begin_anew_in_child() -> None:
    global _state  # noqa: PLW0603 - the parent's lock may be held by a thread that is not here
    _state = _State()
    for participation in list(_participations):
        participation.again()


def _end_all() -> None:
    threads = list(_state.threads.values())
    for thread in threads:
        thread.ask_to_end()
    for thread in threads:
        thread.wait_for_end()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew_in_child)
