"""AsyncCache with Cache's methods, so that one test serves both."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any

from shelflife import AsyncCache


class Blocking:
    """Runs each coroutine of an `AsyncCache` in one loop of its own."""

    def __init__(self, cache: AsyncCache) -> None:
        self.cache = cache
        self.loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.cache, name)
        if not inspect.iscoroutinefunction(attribute):
            return attribute

        @functools.wraps(attribute)
        def run(*args: Any, **kwargs: Any) -> Any:
            return self.loop.run_until_complete(attribute(*args, **kwargs))

        return run

    def close(self) -> None:
        """Close the cache, then the loop."""
        self.loop.run_until_complete(self.cache.close())
        self.loop.close()
