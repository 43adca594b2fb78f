"""What Flask-Caching's requests are, for `shelflife.cache.calm`, and versions that are new.

Rules:
1. A request is an application context: a command with one is one, too.
2. A memoized function whose version was unreadable has new keys, which are absent: the version that
   they hold says that they are to be treated as if they were unreadable.
"""

from __future__ import annotations

from typing import Any, Optional

from flask import g, has_app_context

from shelflife.cache.claims import Request

_MOST_VERSIONS = 1000
_VERSIONS_IN_KEY = (slice(16, 22), slice(22, 28))
"""A memoized value's key: a digest, the version of the function, perhaps that of the instance."""
_ON_G = "_shelflife_flask_caching"


class NewVersions:
    """The versions of memoized functions that have replaced unreadable ones."""

    def __init__(self) -> None:
        self._versions: dict[str, None] = {}

    def add(self, version: Any) -> None:
        """Take note of one."""
        if len(self._versions) >= _MOST_VERSIONS:
            self._versions.clear()
        self._versions[str(version)] = None

    def are_in(self, key: str) -> bool:
        """Whether a key, without the prefix, is that of a memoized value of one of them."""
        versions = self._versions
        return bool(versions) and any(key[part] in versions for part in _VERSIONS_IN_KEY)


def current_request() -> Optional[Request]:
    """Give what the application context computes and waits for; None outside of any."""
    if not has_app_context():
        return None
    request: Optional[Request] = g.get(_ON_G)
    if request is None:
        request = Request()
        setattr(g, _ON_G, request)
    return request


def end_of_request(_: Optional[BaseException] = None) -> None:
    """Let those go on who wait for what this request did not store; for `teardown_appcontext`."""
    request = g.get(_ON_G)
    if request is not None:
        request.end()
