"""Counts events, calls hooks, and writes at most one log line a minute for each cause."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Union

from shelflife.events.counters import Counters
from shelflife.events.event import Event, EventKind, Hook

logger = logging.getLogger("shelflife")
logger.addHandler(logging.NullHandler())

QUIET_SECONDS = 60.0
_MOST_CAUSES = 1000
_OTHERS = "other"


class Recorder:
    """One per cache.

    The lock is reentrant, so that a signal handler that reads the cache cannot wait for itself, and
    is made anew in a forked child, where its owner may not exist.
    """

    def __init__(self, hooks: Iterable[Hook] = ()) -> None:
        self._hooks = list(hooks)
        self._lock = threading.RLock()
        self._hits = 0
        self._stored = 0
        self._counts: Counter[tuple[EventKind, str]] = Counter()
        self._misses: Counter[str] = Counter()
        self._unreadable: Counter[tuple[str, str, str]] = Counter()
        self._ping_pong: Counter[tuple[str, str]] = Counter()
        self._sampled: Counter[str] = Counter()
        self._causes: dict[Any, list[Union[float, int]]] = {}
        _recorders.add(self)

    def add_hook(self, hook: Hook) -> None:
        """Call `hook` with every event from now on."""
        self._hooks.append(hook)

    def hit(self, number: int = 1) -> None:
        """Count reads that gave a value."""
        with self._lock:
            self._hits += number

    def miss(self, reason: str, number: int = 1) -> None:
        """Count reads that gave none."""
        with self._lock:
            self._misses[reason] += number

    def stored(self, number: int = 1) -> None:
        """Count entries written."""
        with self._lock:
            self._stored += number

    def sampled(self, release: str) -> None:
        """Count an entry that was read and looked at, by the release that wrote it."""
        with self._lock:
            known = release in self._sampled or len(self._sampled) < _MOST_CAUSES
            self._sampled[release if known else _OTHERS] += 1

    def event(self, event: Event) -> None:
        """Count an event, tell the hooks, and log it unless its cause was logged a moment ago."""
        with self._lock:
            self._counts[event.kind, str(event.reason)] += 1
            if event.kind is EventKind.UNREADABLE:
                cause = (event.key_class, str(event.reason), event.writer or "")
                _count(self._unreadable, cause)
            elif event.kind is EventKind.PING_PONG:
                _count(self._ping_pong, (event.key_class, event.writer or ""))
            suppressed = self._due(event)
        for hook in self._hooks:
            try:
                hook(event)
            except Exception:
                logger.exception("a hook of the cache raised; the operation goes on")
        if suppressed is not None:
            tail = f" ({suppressed} more of these since the last such line)" if suppressed else ""
            logger.warning("%s%s", event, tail)

    def counters(self) -> Counters:
        """Give a snapshot."""
        with self._lock:
            return Counters(
                hits=self._hits,
                misses=MappingProxyType(dict(self._misses)),
                stored=self._stored,
                not_stored=self._by_reason(EventKind.NOT_STORED),
                lost_invalidations=sum(self._by_reason(EventKind.LOST_INVALIDATION).values()),
                server_errors=self._by_reason(EventKind.SERVER_ERROR),
                py2_mixtures=sum(self._by_reason(EventKind.PY2_MIXTURE).values()),
                unreadable=MappingProxyType(dict(self._unreadable)),
                ping_pong=MappingProxyType(dict(self._ping_pong)),
                fleet=self._by_reason(EventKind.FLEET),
                sampled=MappingProxyType(dict(self._sampled)),
            )

    def _by_reason(self, kind: EventKind) -> MappingProxyType[str, int]:
        return MappingProxyType(
            {reason: n for (of, reason), n in self._counts.items() if of is kind}
        )

    def _due(self, event: Event) -> Union[int, float, None]:
        """Give how many lines were held back for this cause, or None if it must stay quiet."""
        cause = (event.kind, event.reason, event.key_class)
        now = time.monotonic()
        known = self._causes.get(cause)
        if known is None:
            self._causes[cause] = [now, 0]
            return 0
        if now - known[0] < QUIET_SECONDS:
            known[1] += 1
            return None
        suppressed = known[1]
        known[:] = [now, 0]
        return suppressed

    def _after_fork(self) -> None:
        self._lock = threading.RLock()


def _count(counter: Counter[Any], cause: tuple[str, ...]) -> None:
    """Count a cause; those beyond the most that are kept apart count together."""
    known = cause in counter or len(counter) < _MOST_CAUSES
    counter[cause if known else (_OTHERS,) * len(cause)] += 1


_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for recorder in list(_recorders):
        recorder._after_fork()  # noqa: SLF001 - the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
