"""What one cache of a fleet has counted and its fleet has not been told yet."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Callable

from shelflife.events import Counters

Cause = tuple[str, ...]
"""What was counted: a kind of `KINDS`, then its labels."""

KINDS = {
    "hits": 0,
    "misses": 1,  # reason
    "unreadable": 3,  # reason, writer, key class
    "stored": 0,
    "not-stored": 1,  # reason
    "lost-invalidations": 0,
    "server-errors": 1,  # kind
    "ping-pong": 2,  # writer, key class
    "sampled": 1,  # the writer's release
    "reports": 0,  # how often processes have told what they counted
    "lost-reports": 0,  # how often they tried, and it may not have arrived
}
"""Each kind of count, and how many labels it has."""


class Tally:
    """Gives each count once, to whoever asks first.

    Args:
        counters: Gives the cache's.
    """

    def __init__(self, counters: Callable[[], Counters]) -> None:
        self._counters = counters
        self._given: Mapping[Cause, int] = {}
        self._lock = threading.Lock()
        _tallies.add(self)

    def take(self) -> dict[Cause, int]:
        """Give what was counted since the last time."""
        with self._lock:
            now = dict(_flat(self._counters()))
            before, self._given = self._given, now
            return {
                cause: number - before.get(cause, 0)
                for cause, number in now.items()
                if number > before.get(cause, 0)
            }

    def begin_anew(self) -> None:
        """Leave what was counted before a fork to the parent."""
        self._lock = threading.Lock()
        self._given = dict(_flat(self._counters()))


def _flat(counters: Counters) -> Iterator[tuple[Cause, int]]:
    yield ("hits",), counters.hits
    yield ("stored",), counters.stored
    yield ("lost-invalidations",), counters.lost_invalidations
    for (key_class, reason, writer), number in counters.unreadable.items():
        yield ("unreadable", reason, writer, key_class), number
    for (key_class, writer), number in counters.ping_pong.items():
        yield ("ping-pong", writer, key_class), number
    for kind, counts in (
        ("misses", counters.misses),
        ("not-stored", counters.not_stored),
        ("server-errors", counters.server_errors),
        ("sampled", counters.sampled),
    ):
        for label, number in counts.items():
            yield (kind, str(label)), number


_tallies: weakref.WeakSet[Tally] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for tally in list(_tallies):
        tally.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
