"""How fast a scan may go: so many entries a second, and less while the server is slow."""

from __future__ import annotations

import threading
import time
from typing import Optional

BATCH = 500
_FIRST = 32
_SMALLEST = 10
_VOLUME = 8 << 20  # bytes a batch should not exceed: two are in memory at a time


class Pace:
    """Keeps to a rate, to batches that memory can hold, and gives way to a server that is slow.

    Args:
        rate: Entries a second; None for no bound.
        max_latency: Seconds that a round trip may take; None for no bound.
    """

    def __init__(self, rate: Optional[float], max_latency: Optional[float]) -> None:
        self._limit = rate
        self._rate = _Rate(rate)
        self.max_latency = max_latency
        self._most = BATCH if rate is None else max(1, min(BATCH, int(rate / 5)))
        self.batch = min(_FIRST, self._most)

    def share(self, count: int) -> list[Pace]:
        """Give paces for so many servers at a time, which keep to the rate together."""
        shares = []
        for _ in range(count):
            share = Pace(self._limit, self.max_latency)
            share._rate = self._rate
            share._most = max(1, self._most // count) if self._limit is not None else self._most
            share.batch = min(_FIRST, share._most)
            shares.append(share)
        return shares

    def after(self, entries: int, size: int, seconds: float) -> None:
        """Wait as long as is due after a batch of so many bytes that took so long to come."""
        if self.max_latency is not None and seconds > self.max_latency:
            self.batch = max(min(_SMALLEST, self._most), self.batch // 2)
            time.sleep(min(1.0, 4 * seconds))
        elif size > _VOLUME:
            self.batch = max(1, self.batch * _VOLUME // size)
        elif 2 * size < _VOLUME:
            self.batch = min(self._most, self.batch * 2)
        self._rate.wait(entries)


class _Rate:
    """So many entries a second, of all threads together; None for no bound."""

    def __init__(self, rate: Optional[float]) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._due = time.monotonic()

    def wait(self, entries: int) -> None:
        """Wait as long as is due after so many entries."""
        if self._rate is None:
            return
        with self._lock:
            now = time.monotonic()
            self._due = max(self._due, now - 1.0) + entries / self._rate
            left = self._due - now
        if left > 0:
            time.sleep(left)
