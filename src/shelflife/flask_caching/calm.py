"""Requests that meet one unreadable entry at once: one of them computes, the others wait for it.

Flask-Caching computes between a `get` and a `set`, so that is where they are kept apart.

Rules:
1. Only a request that has met an unreadable entry keeps others waiting: an entry that is absent
   may be absent for good, and no computation under way.
2. The first computes, after another look. Its `set` or `delete`, or its end, lets the others go
   on; they look once more and then compute for themselves. Nobody waits longer than `PATIENCE`.
3. Who computes never waits: the other might be waiting for us.
4. A memoized function whose version was unreadable has new keys, which are absent: the version that
   they hold says that they are to be treated as if they were unreadable.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Optional

from flask import g, has_app_context

PATIENCE = 30.0
"""Seconds; as long as a worker usually gets for a request."""
_MOST_VERSIONS = 1000
_VERSIONS_IN_KEY = (slice(16, 22), slice(22, 28))
"""A memoized value's key: a digest, the version of the function, perhaps that of the instance."""
_ON_G = "_shelflife_flask_caching"


class _Request:
    """What one application context computes, from the first unreadable entry that it meets on."""

    def __init__(self) -> None:
        self.computing: dict[str, threading.Event] = {}


class Calm:
    """Keeps the requests of one cache apart, in this process."""

    def __init__(self) -> None:
        self.computing: dict[str, threading.Event] = {}
        self._versions: dict[str, None] = {}
        self._process = os.getpid()

    def new_version(self, version: Any) -> None:
        """Take note of a version that replaces an unreadable one."""
        if len(self._versions) >= _MOST_VERSIONS:
            self._versions.clear()
        self._versions[str(version)] = None

    def is_of_new_version(self, key: str) -> bool:
        """Whether a key, without the prefix, is that of a memoized value of a new version."""
        versions = self._versions
        return bool(versions) and any(key[part] in versions for part in _VERSIONS_IN_KEY)

    def enter(self, key: str, *, unreadable: bool) -> bool:
        """Begin to compute a key, or wait for who computes it; True if it may be there now.

        Args:
            key: A key that was a miss.
            unreadable: Whether an entry was there.
        """
        if self._process != os.getpid():  # a fork has not the threads of before
            self.computing, self._process = {}, os.getpid()
        request = _request(make=unreadable)
        if request is None:  # nothing unreadable so far
            others = self.computing.get(key)
            return others is not None and has_app_context() and others.wait(PATIENCE)
        mine = threading.Event()
        others = self.computing.setdefault(key, mine)
        if others is mine:
            request.computing[key] = mine
            return True  # it may have been stored between the look and this
        is_computing = any(not event.is_set() for event in request.computing.values())
        return not is_computing and others.wait(PATIENCE)

    def done(self, key: str) -> None:
        """Let those go on who wait for this key."""
        event = self.computing.pop(key, None)
        if event is not None:
            event.set()

    def end_of_request(self, _: Optional[BaseException] = None) -> None:
        """Let those go on who wait for what this request did not store; for `teardown`."""
        request = _request()
        for key, event in request.computing.items() if request is not None else ():
            if self.computing.get(key) is event:
                del self.computing[key]
            event.set()


def _request(*, make: bool = False) -> Optional[_Request]:
    if not has_app_context():
        return None
    request: Any = g.get(_ON_G)
    if request is None and make:
        request = _Request()
        setattr(g, _ON_G, request)
    return request  # type: ignore[no-any-return]
