"""How a process tells its fleet what it has counted: with each heartbeat, added up by the hour.

One hash for each hour lies beside the registry. Its fields say of which release, what, and why;
its values are whole numbers to which every process adds.

Rules:
1. Nothing is counted twice. What the server did not confirm is not told again, and so may be
   missing; that it may is counted, and told with the next report.
2. What surely never left this process is told with the next report.
3. A hash holds a bounded number of fields. Beyond it, new causes count as `other`.
4. Who reads these knows of them what he can; other fields are not his business.
"""

from __future__ import annotations

import json
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Optional

from shelflife.errors import ServerError
from shelflife.fleet.following import Follower
from shelflife.fleet.liveness import BEAT
from shelflife.fleet.registry import registry_key
from shelflife.fleet.talking import Talk
from shelflife.fleet.tally import Cause
from shelflife.stores.commands import AddToFields, WrongType

KEPT = 2 * 86400
"""Seconds for which the counts of an hour are kept."""
MOST_FIELDS = 4_000
"""Fields of one hour's hash from which on new ones are not kept apart."""
MOST_NEW = 250
"""New fields of one report that are kept apart."""

_OTHER = "other"
_LONGEST = 200
_NEVER_SENT = frozenset({"refused", "failing-fast", "busy", "loading", "auth"})


def counts_key(fleet: str, moment: float) -> bytes:
    """Give the key of the counts of the hour that a moment is in."""
    return registry_key(fleet) + time.strftime(":counts:%Y%m%d%H", time.gmtime(moment)).encode()


class Reports:
    """What a process tells of its caches.

    Args:
        fleet: Whom.
        release: Of what release it is.
        clock: Seconds that only go forward.
    """

    def __init__(self, fleet: str, release: str, clock: Callable[[], float]) -> None:
        self._fleet = fleet
        self._release = release
        self._clock = clock
        self._due_at = clock() + BEAT
        self._followers: weakref.WeakSet[Follower] = weakref.WeakSet()
        self._waiting: Counter[Cause] = Counter()
        self._known: tuple[bytes, set[Cause]] = (b"", set())
        self._is_full = False

    def turn(self, followers: Iterable[Follower], now: Optional[float]) -> Talk:
        """Look at a few reads, and tell what was counted if that is due.

        Args:
            followers: Who counts; those that left since the last time are asked once more.
            now: The server's clock; ours will do where it is not known.
        """
        for follower in list(followers):
            self._followers.add(follower)
            follower.sample()
        if self._clock() >= self._due_at:
            yield from self.send(now)
            self._followers = weakref.WeakSet(list(followers))

    def send(self, now: Optional[float]) -> Talk:
        """Tell what was counted."""
        self._due_at = self._clock() + BEAT
        for follower in list(self._followers):
            self._waiting.update(follower.tally.take() if follower.tally else {})
        self._waiting["reports",] += 1
        key = counts_key(self._fleet, time.time() if now is None else now)
        adds, self._waiting = self._bounded(key), Counter()
        fields = tuple((self._field(cause), number) for cause, number in adds.items())
        try:
            size = yield AddToFields(key, fields, KEPT * 1000)
        except ServerError as error:
            if error.kind in _NEVER_SENT:
                self._waiting = adds
                del self._waiting["reports",]
            else:
                self._lose(str(error))
        else:
            if isinstance(size, WrongType):
                self._lose("another kind of value lies under their key")
            else:
                self._known[1].update(adds)
                self._is_full = size >= MOST_FIELDS

    def _lose(self, why: str) -> None:
        self._waiting["lost-reports",] += 1
        for follower in list(self._followers):
            follower.trouble("uncounted", f"what was counted could not be told the fleet: {why}")

    def _bounded(self, key: bytes) -> Counter[Cause]:
        """Give what waits, with causes that find no room as `other`."""
        if self._known[0] != key:
            self._known = (key, set())
            self._is_full = False
        room = 0 if self._is_full else MOST_NEW
        found: Counter[Cause] = Counter()
        for cause, number in self._waiting.items():
            is_known = cause in self._known[1] or len(cause) == 1
            room -= not is_known
            kept = is_known or room >= 0
            found[cause if kept else (cause[0], *[_OTHER] * (len(cause) - 1))] += number
        return found

    def _field(self, cause: Cause) -> bytes:
        words = (self._release, cause[0], *[label[:_LONGEST] for label in cause[1:]])
        return json.dumps(words, separators=(",", ":")).encode()
