"""The cache of one application."""

from __future__ import annotations

from typing import Any, Optional

from shelflife.cache import Cache
from shelflife.http import (
    Policy,
    RequestFacts,
    StoredResponse,
    forget,
    respond,
)
from shelflife.http.sharing import Made
from shelflife.operations import Ttl, milliseconds


class AppCache(Cache):
    """A `Cache` that keeps responses too: `current_app.extensions["shelflife"]`.

    Attributes:
        policy: What the application's settings say of responses.
    """

    policy = Policy()

    def respond(self, key: str, request: RequestFacts, policy: Policy, compute: Any) -> Any:
        """Give the `StoredResponse` for a request, or what it `Made` itself."""
        found: Any = self._drive(respond(self._context, key, request, policy, compute))
        return found

    def forget(self, key: str) -> bool:
        """Remove the response under a key, and its variants; True if the server confirmed."""
        return bool(self._drive(forget(self._context, key)))

    def seconds(self, ttl: Ttl) -> Optional[float]:
        """Give a time to live in seconds; None for no expiry."""
        expiry = milliseconds(ttl, self._context.ttl)
        return None if expiry is None else expiry / 1000


__all__ = ["AppCache", "Made", "StoredResponse"]
