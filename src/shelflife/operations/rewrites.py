"""Keys that two writers rewrite back and forth, because neither reads what the other writes.

Rules:
1. A key is watched from an unreadable miss on; a write of it then is a rewrite. Two within ten
   minutes are a ping-pong: somebody else wrote it unreadably again in between.
2. Nothing is kept of a key but its hash; of the keys, at most 10,000, those missed last.
3. While no entry was unreadable, a write costs a look at an empty dict.
"""

from __future__ import annotations

import contextlib
import time
from typing import Callable, Optional

from shelflife.lookup import Miss

MOST = 10_000
WITHIN = 600.0


class _Watched:
    """One key: who wrote it unreadably last, and when it was rewritten."""

    __slots__ = ("miss", "rewritten_at")

    def __init__(self) -> None:
        self.miss: Optional[Miss] = None
        self.rewritten_at = float("-inf")


class Rewrites:
    """Watches the keys of one cache; a race between threads costs a rewrite that is not seen.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.watched: dict[int, _Watched] = {}
        self._clock = clock

    def missed(self, key: str, miss: Miss) -> None:
        """Take note of an unreadable miss."""
        name = hash(key)
        watched = self.watched.pop(name, None) or _Watched()
        watched.miss = miss
        self.watched[name] = watched  # last: it goes last
        if len(self.watched) > MOST:
            with contextlib.suppress(RuntimeError, StopIteration):  # another thread was quicker
                self.watched.pop(next(iter(self.watched)), None)

    def rewrote(self, key: str) -> Optional[Miss]:
        """Take note of a write; give what was missed before, if it was a ping-pong."""
        watched = self.watched.get(hash(key))
        if watched is None or watched.miss is None:
            return None
        miss, watched.miss = watched.miss, None
        before, watched.rewritten_at = watched.rewritten_at, self._clock()
        return miss if watched.rewritten_at - before <= WITHIN else None
