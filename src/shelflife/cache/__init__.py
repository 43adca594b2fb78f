"""`Cache` and `AsyncCache`: the surface users see, driving the operations."""

from shelflife.cache.aio import AsyncCache
from shelflife.cache.sync import Cache, SyncCore

__all__ = ["AsyncCache", "Cache", "SyncCore"]
